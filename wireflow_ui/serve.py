"""Runs everything in one process: what `bin/up` ends in.

Brings the database up to date, serves, and says "Ready:" once requests are answered and, on first start, the one-time
sign-in link.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from io import StringIO


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/up", description="Set up and run Wireflow UI in one process.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    options = parser.parse_args()

    shown_host = f"[{options.host}]" if ":" in options.host else options.host
    if options.host in ("0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        shown_host = "127.0.0.1"
    address = f"http://{shown_host}:{options.port}"
    if not any(os.environ.get(name) for name in ("WIREFLOW_PUBLIC_URL", "WIREFLOW_PUBLIC_URL_FILE")):
        os.environ["WIREFLOW_PUBLIC_URL"] = address
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wireflow_ui.settings")

    _refuse_taken_port(options.host, options.port)
    import django
    import uvicorn
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command

    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    told = StringIO()
    call_command("prepare", stdout=told)
    link = told.getvalue().strip()

    class Server(uvicorn.Server):
        """Says so once requests are answered."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                settings.ADDRESS_FILE.write_text(settings.PUBLIC_URL, encoding="utf-8")
                said = f"Ready: {address}\n"
                if link:
                    said += f"Sign in once with this link, within the hour: {address}{link}\n"
                sys.stdout.write(said)  # at once: whoever waits for the first line reads the second one too
                sys.stdout.flush()

    config = uvicorn.Config(
        "wireflow_ui.asgi:application",
        host=options.host,
        port=options.port,
        log_config=None,  # ours, which masks secrets
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
        ws_max_size=16 * 1024,
        server_header=False,
        proxy_headers=False,
    )
    server = Server(config)
    # The server stops gracefully on a signal and then sends it to itself once more: that one ends the process.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: sys.exit(0))
    server.run()
    if not server.started:
        sys.exit(3)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) < 65536:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def _refuse_taken_port(host: str, port: int) -> None:
    """Say so in a sentence when somebody listens there already, before anything is prepared."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"Port {port} on {host} cannot be used ({error.strerror}). Choose another with --port.")


if __name__ == "__main__":
    main()
