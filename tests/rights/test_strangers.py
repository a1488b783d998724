"""What strangers are not told: a stranger's pages read the same whether team A has anything or not, and its sockets
stay shut."""

from __future__ import annotations

import re

import pytest
from asgiref.sync import async_to_sync

from accounts.models import Member
from executions.urls import websocket_urlpatterns
from tests.executions.lines import Line
from tests.factories import make_user, team_of
from tests.rights.routes import ALL, Way
from tests.rights.world import address, ask, furnish


@pytest.mark.parametrize("path", [path for path, way in ALL if way.own and way.method == "get"])
def test_no_count_crosses_a_team(db, path, settings, tmp_path):
    """What a stranger reads is the same to the letter before and after team A has something."""
    settings.PROVIDER_ADDRESSES, settings.SEAL_KEY_FILE = {"gemini": "http://127.0.0.1:9"}, tmp_path / "key"
    charlie = make_user("charlie")
    way = Way("get", own=True)
    volatile = re.compile(r'csrf[^>]*>|"X-CSRFToken": "[^"]*"|"?20\d\d-\d\d-\d\d[T ][^"<]*|\d\d:\d\d')

    def read() -> tuple[int, str, str | None]:
        answer = ask(path, way, {"provider": "gemini"}, user=charlie)
        return (
            answer.status_code,
            volatile.sub("", answer.content.decode()),
            answer.headers.get("X-Total-Count"),
        )

    before = read()
    furnish(make_user("alice"))
    assert before[0] in (200, 303)
    assert read() == before


SOCKETS = [str(one.pattern) for one in websocket_urlpatterns]


def test_every_socket_is_tried():
    assert SOCKETS == ["ws/executions/<uuid:execution_id>", "ws/workflows/<str:workflow_id>"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_opens_for_the_team_alone(alice, vera, charlie, path):
    places = furnish(alice)
    assert opens(Line(address(path, places), alice))
    assert opens(Line(address(path, places), vera))
    assert not opens(Line(address(path, places), charlie))
    assert not opens(Line(address(path, places), None))


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_opens_for_the_team_one_is_at_work_in(alice, path):
    places = furnish(alice)
    dana = make_user("dana")
    assert not opens(Line(address(path, places), dana))
    Member.objects.create(user=dana, team=team_of(alice), role="viewer")
    assert not opens(Line(address(path, places), dana))  # she is at work in her own
    Member.objects.filter(user=dana).exclude(team=team_of(alice)).delete()
    assert opens(Line(address(path, places), dana))


def opens(line: Line) -> bool:
    """Whether the socket lets in; one that is closed with a code of ours right after has not."""

    async def try_it() -> bool:
        if not await line.connect():
            return False
        answer = await line.receive_output(5) if not await line.receive_nothing(0.3) else {"type": "quiet"}
        await line.send_input({"type": "websocket.disconnect", "code": 1000})
        return answer["type"] != "websocket.close"

    return async_to_sync(try_it)()
