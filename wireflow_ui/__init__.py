"""The project: settings, routes and processes. The apps hold everything else."""

from wireflow_ui.celery import app as celery_app

__all__ = ["celery_app"]
