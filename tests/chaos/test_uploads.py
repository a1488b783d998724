"""Uploads whose server is killed leave no half file and no row, and may come again.

A file that was stored when its row was not is what tests/assets/test_store.py has the cleaner take away.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.assets.pictures import noise, png
from tests.chaos.conftest import House
from tests.processes import Server, rows, until

pytestmark = pytest.mark.chaos

BOUNDARY = "between-the-parts"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def begin(house: House, server: Server, body: bytes, *, announced: int) -> socket.socket:
    """Send this much of an upload, and keep the line open."""
    line = socket.create_connection(("127.0.0.1", server.port))
    said = {**FORM, "Host": f"127.0.0.1:{server.port}", "Authorization": f"Bearer {house.key}"}
    said["Content-Length"] = str(announced)
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    line.sendall(f"POST /api/v1/media/upload HTTP/1.1\r\n{lines}\r\n".encode() + body)
    return line


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def is_being_worked_on(house: House) -> bool:
    """Whether the file has come whole and is opened by a child."""
    return bool(files_below(house.data / "scratch"))


@pytest.mark.parametrize("moment", ["half of it came", "it is being opened"])
def test_a_server_that_is_killed_amid_an_upload_leaves_nothing_of_it(house: House, moment: str):
    server = house.serve()
    body = form(noise(2_500, 2_000))
    with server.client(house.key) as client:
        kept = client.post("/media/upload", files={"file": ("kept.png", png())})
        assert kept.status_code == 201
    stored = files_below(house.data / "media")
    sent = body[: len(body) // 2] if moment == "half of it came" else body
    with begin(house, server, sent, announced=len(body)):
        if moment == "it is being opened":
            until(lambda: is_being_worked_on(house), sentence="nobody opened the upload")
        house.killed(server)

    server = house.serve()
    assert files_below(house.data / "scratch") == []
    assert files_below(house.data / "media") == stored
    assert len(rows(house.database, "SELECT id FROM assets_asset")) == 1
    with server.client(house.key) as client:
        again = client.post("/media/upload", content=body, headers=FORM)
        assert again.status_code == 201, again.text
    address = httpx.URL(again.json()["data"]["url"]).path
    assert httpx.get(f"{server.url}{address}", trust_env=False).status_code == 200


def test_one_file_sent_from_many_tabs_at_once_is_stored_once_and_is_each_ones_own(house: House):
    server = house.serve()
    content = noise(700, 600)
    with server.client(house.key) as client, ThreadPoolExecutor(8) as tabs:
        sent = list(
            tabs.map(lambda _: client.post("/media/upload", files={"file": ("a.png", content)}), range(8))
        )
    assert {one.status_code for one in sent} == {201}, [one.text for one in sent]
    assert len({one.json()["data"]["id"] for one in sent}) == 8
    assert len(rows(house.database, "SELECT DISTINCT blob FROM assets_asset")) == 1
    assert len(files_below(house.data / "media")) == 3  # with two thumbnails: what the others wrote is gone
    for one in sent:
        address = httpx.URL(one.json()["data"]["url"]).path
        assert httpx.get(f"{server.url}{address}", trust_env=False).status_code == 200
