"""A store of its own for every test."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import LazySettings

import providers.fetch


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path, settings: LazySettings) -> Path:
    root = tmp_path / "media"
    root.mkdir()
    settings.MEDIA_ROOT = root
    settings.SCRATCH_DIR = tmp_path / "scratch"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploading"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    return root


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A server on this machine that a name of the internet stands for."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    Thread(target=server.serve_forever, daemon=True).start()
    dial = providers.fetch._dial

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34"]

    async def dial_here(address: str, port: int, timeout: float | None):
        return await dial("127.0.0.1", server.server_port, timeout)

    monkeypatch.setattr("providers.fetch._resolve", resolve)
    monkeypatch.setattr("providers.fetch._dial", dial_here)
    yield folder
    server.shutdown()
    server.server_close()
