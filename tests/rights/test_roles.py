"""Who may do what: every route, by every role, over two teams. Counts and sockets: test_strangers.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.roles import RANK
from accounts.scopes import SCOPES
from tests.factories import bearer, team_of
from tests.rights.routes import ALL, API, OPEN, PAGES, Way, each_way
from tests.rights.world import MARK, ask, everything, is_refused, make_ready


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if not isinstance(one, URLResolver):
            yield path
        elif path != "admin/":  # staff alone: below
            yield from routes(one.url_patterns, path)


def test_every_route_is_in_one_of_the_tables():
    told = [*(f"api/v1/{path}" for path in API), *PAGES, *OPEN]
    assert len(told) == len(set(told))
    assert set(routes()) == set(told)


@each_way
def test_nobody_gets_in_without_signing_in(teams, path, way):
    make_ready(path, teams.places)
    before = everything()
    answer = ask(path, way, teams.places)
    assert is_refused(answer), answer.status_code
    assert answer.status_code == 401 or not path.startswith("api/")
    assert MARK not in answer.content.decode(errors="replace")
    assert everything() == before


@each_way
def test_a_role_may_what_it_may_and_no_more(teams, path, way):
    make_ready(path, teams.places)
    for role in RANK:
        before = everything()
        if RANK[role] >= RANK[way.role]:
            continue
        answer = ask(path, way, teams.places, user=teams.people[role])
        assert answer.status_code in (403, 404), (role, answer.status_code)
        assert everything() == before, role
    answer = ask(path, way, teams.places, user=teams.people[way.role])
    assert not is_refused(answer), (way.role, answer.status_code, answer.content[:200])
    assert answer.status_code < 500


@each_way
def test_a_stranger_reads_and_changes_nothing(teams, path, way):
    make_ready(path, teams.places)
    charlie = teams.people["stranger"]
    own = {
        ("accounts_user", charlie.pk),
        ("accounts_team", team_of(charlie).pk),
        ("credits_wallet", team_of(charlie).pk),
    }
    own |= {("accounts_member", one.pk) for one in charlie.memberships.all()}
    for key in (None, bearer(charlie)):
        if key and not path.startswith("api/"):
            continue
        before = everything()
        answer = ask(path, way, teams.places, user=None if key else charlie, key=key)
        assert answer.status_code < 500
        assert MARK not in answer.content.decode(errors="replace")
        if not way.own:
            assert answer.status_code == 404, answer.status_code
            assert everything() == before
        after = everything()
        assert {row for row in before if after.get(row) != before[row]} <= own


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_one_scope_opens_what_that_scope_opens(teams, scope):
    owner = teams.people["owner"]
    key = bearer(owner, scopes=[scope])
    for path, way in ALL:
        if not path.startswith("api/"):
            assert is_refused(ask(path, way, teams.places, key=key)), path
            continue
        if way.method == "delete":  # what it deletes the others need; tried role by role above
            continue
        if path.endswith("/decision"):
            make_ready(path, teams.places)
        answer = ask(path, way, teams.places, key=key)
        where = (way.method, path, answer.status_code, answer.content[:200])
        if way.scopes and scope not in way.scopes:
            assert (answer.status_code, answer.json()["requiredScope"]) == (403, way.scopes[0]), where
        else:
            assert answer.status_code not in (401, 403, 404), where
            assert answer.status_code < 500, where


def test_the_admin_pages_are_for_staff_alone(teams):
    for user in (None, *teams.people.values()):
        client = Client()
        if user:
            client.force_login(user)
        answer = client.get("/admin/workflows/workflow/")
        assert is_refused(answer) or "/admin/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path", ["api/v1/workflows", "api/v1/workflows/executions", "api/v1/media", "", "executions"]
)
def test_the_mark_is_there_for_those_who_may_read_it(teams, path):
    answer = ask(path, Way("get"), teams.places, user=teams.people["viewer"])
    seen = answer.content.decode()
    assert MARK in seen or teams.places["execution_id"] in seen
