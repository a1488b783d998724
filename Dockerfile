FROM node:20-slim AS canvas
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
COPY executions/next_steps.json ../executions/
RUN npm run build

FROM python:3.11-slim
# The font that texts are drawn in; everything else comes with the Python packages.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home wireflow && install -d -o wireflow -g wireflow /data
WORKDIR /app
COPY requirements-traces.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-traces.lock
COPY . .
COPY --from=canvas /build/static/canvas static/canvas
ENV PYTHONUNBUFFERED=1 WIREFLOW_DATA_DIR=/data
USER wireflow
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "wireflow_ui.serve", "--host", "0.0.0.0", "--port", "8000"]
