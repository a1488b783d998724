"""A port of its own for scrapes: workers and sweepers serve no other requests."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from telemetry import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a line."""


def serve(host: str, port: int, token: str) -> WSGIServer:
    """Start answering; ``token`` "" asks for none. Raises OSError when the port is taken."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        registry = metrics.registry()
        if token and not metrics.knows_token(environ.get("HTTP_AUTHORIZATION", ""), token):
            start("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"] != "/metrics" or registry is None:
            start("404 Not Found", [("Content-Length", "0")])
            return []
        text, content_type = metrics.page(registry)
        start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(text)))])
        return [text]

    server = make_server(host, port, answer, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
