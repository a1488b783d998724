"""What a start refuses, in a sentence that says what to do."""

from __future__ import annotations

import socket

import pytest

from tests.chaos.conftest import House
from tests.processes import free_port, serve

pytestmark = pytest.mark.chaos


def test_a_second_process_in_the_same_data_folder_is_refused(house: House):
    first = house.serve(fresh=True)
    second = serve(house.data, wait=False)
    house.servers.append(second)
    assert second.wait() == 3
    assert f"Another Wireflow UI runs in {house.data}. Stop it, choose another folder" in second.output
    assert "Traceback" not in second.output
    assert "Ready:" not in second.output
    with first.client(house.key) as client:
        assert client.get("/workflows").status_code == 200


def test_a_taken_port_is_refused(house: House):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        server = serve(house.data, port=port, wait=False)
        house.servers.append(server)
        assert server.wait() == 1
    assert server.output.strip() == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use). Choose another with --port."
    )
