"""The same tables as for test_roles.py, asked for more: every role above the one that is needed, keys with one
scope that delete, the routes without an owner, and a person who is in both teams. Slower, so not in the fast set.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.transaction import atomic, set_rollback
from django.test import Client

from accounts.actions import create_api_key
from accounts.models import Member, Team, User
from accounts.roles import RANK
from accounts.scopes import SCOPES
from tests.factories import bearer, make_user, team_of
from tests.rights.routes import ALL, OPEN, Way, each_way
from tests.rights.world import MARK, Teams, address, ask, everything, is_refused, make_ready

pytestmark = pytest.mark.service

#: What asks for more than a role: only who started a run, and owners, resume it.
NOT_FOR = {
    ("api/v1/workflows/executions/<str:execution_id>/resume", "editor"),
    ("executions/<uuid:execution_id>/resume", "editor"),
}


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is undone, so that one deed does not stand in the way of the next."""
    with atomic():
        yield
        set_rollback(True)


@each_way
def test_every_role_above_the_needed_one_may_too(teams: Teams, path: str, way: Way):
    make_ready(path, teams.places)
    tried = 0
    for role in RANK:
        if RANK[role] < RANK[way.role]:
            continue
        user = teams.people[role]
        for with_key in (False, True) if path.startswith("api/") else (False,):
            with undone():
                who: dict[str, Any] = {"key": bearer(user)} if with_key else {"user": user}
                answer = ask(path, way, teams.places, **who)
            tried += 1
            where = (role, with_key, answer.status_code, answer.content[:200])
            assert answer.status_code < 500, where
            if (path, role) in NOT_FOR:
                assert answer.status_code == 403, where
            else:
                assert not is_refused(answer), where
    assert tried


DELETES = [(path, way) for path, way in ALL if way.method == "delete"]


@pytest.mark.parametrize(("path", "way"), DELETES, ids=[path for path, _ in DELETES])
def test_a_key_deletes_by_its_scope_alone(teams: Teams, path: str, way: Way):
    for scope in SCOPES:
        with undone():
            key = bearer(teams.people["owner"], scopes=[scope])
            before = everything()
            answer = ask(path, way, teams.places, key=key)
            if scope in way.scopes:
                assert answer.status_code == 200, answer.content
                assert everything() != before
            else:
                assert (answer.status_code, answer.json()["requiredScope"]) == (403, way.scopes[0])
                assert everything() == before


# Routes without an owner


@dataclass(frozen=True)
class Open:
    """A call of such a route, and what nobody and a stranger are answered. ``changes``: a run, or a counted try."""

    nobody: int
    stranger: int
    method: str = "get"
    query: str = ""
    body: Any = None
    changes: bool = False


OPEN_CALLS: dict[str, tuple[Open, ...]] = {
    "healthz": (Open(200, 200),),
    "readyz": (Open(503, 503),),  # no engine runs in a test
    "openapi.json": (Open(200, 200),),
    "api/v1/openapi.json": (Open(200, 200),),
    "docs": (Open(200, 200),),
    "docs/api": (Open(200, 200),),
    "docs/<slug:slug>": (Open(404, 404),),
    "sign-in": (
        Open(200, 303),
        Open(401, 401, "post", body={"email": "alice@example.org", "password": "x"}, changes=True),
    ),
    "sign-in/code": (Open(303, 303), Open(303, 303, "post")),
    "sign-in/link/": (Open(403, 403),),
    "sign-in/link/<str:token>": (Open(403, 403),),
    "sign-in/openid": (Open(404, 404, "post"),),  # no provider is named
    "sign-in/openid/back": (Open(404, 404),),
    "settings/openid/link": (Open(302, 404, "post"),),
    "settings/openid/unlink": (Open(302, 404, "post"),),
    "invitation/": (Open(404, 404),),
    "invitation/<str:token>": (Open(404, 404), Open(404, 404, "post")),
    "notices/<int:notice_id>": (Open(302, 404),),
    "settings/browsers/<int:browser_id>/end": (Open(302, 404, "post"),),
    "language": (Open(400, 400, "post", body={"language": "xx"}),),
    "sign-out": (Open(303, 303, "post"),),
    "admin/login/": (Open(302, 404),),
    "api/download": (Open(400, 400), Open(404, 404, query=f"?url=/media/{'a' * 26}.png")),
    "media/<str:name>": (Open(200, 200),),  # the name is the secret
    "media/upload/<str:token>": (Open(403, 403, "put", body={}),),
    "api/v1/workflow/<str:name>/trigger": (
        Open(200, 200),
        Open(202, 202, "post", body={"prompt": "x"}, changes=True),
    ),
    "api/v1/apps/<str:slug>": (Open(401, 200),),
    "app/<str:slug>": (Open(302, 200),),
    "app/<str:slug>/style.css": (Open(302, 200),),
    "webhooks/providers/<str:provider>/<str:key>": (Open(404, 404, "post", body={}),),
    "webhooks/stripe": (Open(404, 404, "post", body={}),),
    "app/<str:slug>/runs/<uuid:execution_id>": (Open(302, 404),),
    "api/v1/remotion/templates/<str:template_id>": (Open(401, 404),),
    "api/v1/media/upload-url/complete": (
        Open(401, 404, "post", body={"mediaId": "as_aaaaaaaaaaaaaaaaaaaaaaaaaa"}),
    ),
    "settings/team": (Open(302, 404, "post", body={"team": "1"}),),
    "shared/run/<str:token>": (Open(404, 404),),
    "executions/bulk": (Open(302, 400, "post", body={"do": "delete"}),),
    "decide/<str:token>": (Open(404, 404), Open(404, 404, "post", body={"decision": "approve"})),
    "executions/compare": (Open(302, 400),),
    "system": (Open(302, 404),),
    "system.json": (Open(401, 404),),
    "metrics": (Open(404, 404),),  # no token is set
}


def test_every_open_route_is_tried():
    assert OPEN_CALLS.keys() == OPEN.keys()


@pytest.mark.parametrize(
    ("path", "call"),
    [
        pytest.param(path, call, id=f"{call.method} {path}")
        for path, calls in OPEN_CALLS.items()
        for call in calls
    ],
)
def test_an_open_route_tells_strangers_no_more_than_it_is_for(teams: Teams, path: str, call: Open):
    name = teams.places["webhook"] if "trigger" in path else f"{'a' * 30}.png"
    places = {
        **teams.places,
        "notice_id": "1",
        "browser_id": "999999",
        "token": "x",
        "name": name,
        "template_id": "x",
        "provider": "fal",
        "key": "x",
    }
    way = Way(call.method, body=call.body)
    for user, status in ((None, call.nobody), (teams.people["stranger"], call.stranger)):
        with undone():
            before = everything()
            answer = ask(f"{path}{call.query}", way, places, user=user)
            assert answer.status_code == status, answer.content[:300]
            seen = answer.content.decode(errors="replace")
            assert MARK not in seen or path.endswith("trigger")  # whoever holds its id may know its name
            assert (everything() != before) == call.changes


# A person in both teams


@pytest.fixture
def dana(teams: Teams) -> User:
    """She looks on in team A, and owns a team of her own, in which she is at work."""
    dana = make_user("dana")
    Member.objects.create(user=dana, team=team_of(teams.people["owner"]), role="viewer")
    return dana


def browser_of(user: User, team: Team) -> Client:
    """Signed in, and at work in this team."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    assert client.post("/settings/team", {"team": team.pk}).status_code == 303
    return client


READS = [(path, way) for path, way in ALL if way.method == "get" and "restore" not in path]


@pytest.mark.parametrize(("path", "way"), READS, ids=[path or "home" for path, _ in READS])
def test_who_is_in_two_teams_sees_the_one_they_are_at_work_in(teams: Teams, dana: User, path: str, way: Way):
    here, there = team_of(dana), team_of(teams.people["owner"])
    where = address(path, teams.places)
    for team in (here, there):
        text = create_api_key(user=dana, team=team, name="k", scopes=tuple(SCOPES)).text
        answers = [browser_of(dana, team).get(where)]
        if path.startswith("api/"):
            answers.append(Client().get(where, headers={"Authorization": f"Bearer {text}"}))
        for answer in answers:
            seen = answer.content.decode(errors="replace")
            if team == here:
                assert MARK not in seen
                assert way.own or answer.status_code == 404, answer.status_code
            elif way.role == "viewer":
                assert not is_refused(answer) and answer.status_code < 500, answer.status_code
            else:
                assert answer.status_code == 403, answer.status_code


def test_figures_of_two_teams_are_not_added_up(teams: Teams, dana: User):
    here, there = team_of(dana), team_of(teams.people["owner"])
    usage = {
        team: browser_of(dana, team).get("/api/v1/developer/usage").json()["data"] for team in (here, there)
    }
    assert usage[here]["today"] == {"executions": 0}
    assert usage[there]["today"] == {"executions": 1}
    assert usage[here]["credits"]["available"] == 0
    assert usage[here]["recent"] == []
    for path, here_count, there_count in (
        ("/api/v1/workflows?limit=9", "0", "1"),
        ("/api/v1/workflows/executions?limit=9", "0", "1"),
        ("/api/v1/media?limit=9", "0", "1"),
    ):
        totals = [browser_of(dana, team).get(path).headers["X-Total-Count"] for team in (here, there)]
        assert totals == [here_count, there_count], path
