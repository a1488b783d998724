"""A team that has run much, made by the database itself: one real run of five nodes, copied in SQL.

Runs inside Django, in the process that `bench.history_pages` starts.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from django.db import connection, transaction

from accounts.actions import create_api_key
from accounts.actor import Actor
from accounts.models import Member, Team, User
from credits.actions import grant
from credits.models import Entry
from executions.actions import Start, start_execution
from executions.models import Batch, Event, Execution, NodeRun
from history.models import Listing, Mark, Subject, Tally, Vocabulary
from workflows.actions import create_workflow

WORKFLOWS, PEOPLE, SECONDS_APART, IN_A_BATCH = 20, 5, 31, 20
MODELS = ("generate:nano_banana_2", "generate:flux_pro", "llm:gemini", "llm:openrouter_router")
NOW = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
OTHERS = ("llm:prompt_enhancer", "video:veo3", "edit:upscale", "generate:gpt_image")


def make_team(size: int) -> Actor:
    """A team with so many executions, five times as many node runs, and all that the history keeps beside them."""
    began = time.monotonic()
    owner = User.objects.create_user("owner@example.org", name="Owner")
    team = Team.objects.create(name="Much", plan="operator")
    people = [owner, *(User.objects.create_user(f"p{n}@example.org") for n in range(1, PEOPLE))]
    for person in people:
        Member.objects.create(user=person, team=team, role="owner" if person == owner else "editor")
    grant(team=team, amount=100_000_000, reason="figures")
    actor = Actor(user=owner, team=team, role="owner")
    nodes, edges = _graph()
    runs = []
    for number in range(WORKFLOWS):
        workflow = create_workflow(actor=actor, name=f"Workflow {number}", nodes=nodes, edges=edges).workflow
        key = create_api_key(user=owner, team=team, name=f"key {number}").key
        start = Start(trigger="api")
        runs.append(start_execution(workflow=workflow, team=team, start=start, user=owner, key=key))
    ids = [str(one.pk) for one in runs]
    Execution.objects.filter(pk__in=ids).update(status="COMPLETED", ended_at="2026-01-01T00:00:00Z", noted=2)
    if _is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    for step, copy in enumerate((_executions, _node_runs, _listings, _marks, _entries)):
        with transaction.atomic():
            copy(size, team.pk, [person.pk for person in people])
        sys.stderr.write(f"{step + 1}/5 after {time.monotonic() - began:.0f} s\n")
    _tallies(team, size)
    Event.objects.all().delete()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SET statement_timeout = '10s'")
        else:
            cursor.execute("ANALYZE")
    return actor


def _graph() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    kinds = {
        "ask": "input:text",
        "say": "llm:gemini",
        "more": "llm:gemini",
        "last": "llm:gemini",
        "out": "output:preview",
    }
    nodes = [
        {"id": name, "type": "basedNode", "position": {"x": 300 * place, "y": 0},
         "data": {"nodeType": kind, "params": {"prompt": "a lighthouse in fog"} if name == "ask" else {}}}
        for place, (name, kind) in enumerate(kinds.items())
    ]  # fmt: skip
    names = list(kinds)
    edges = [
        {"id": f"e{place}", "source": one, "target": two,
         "sourceHandle": "out-prompt" if place == 0 else "out-text",
         "targetHandle": "in-value" if two == "out" else "in-prompt"}
        for place, (one, two) in enumerate(pairwise(names))
    ]  # fmt: skip
    return nodes, edges  # type: ignore[return-value]


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _numbers(size: int) -> str:
    if _is_postgresql():
        return f"generate_series(1, {size}) AS n(i)"
    return f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) SELECT i FROM n) n"


def _id(number: str) -> str:
    if _is_postgresql():
        return f"lpad(to_hex({number}), 32, '0')::uuid"
    return f"printf('%%032x', {number})"


def _moment(seconds: str) -> str:
    """So many seconds before `NOW`: a moment that all tables must agree on."""
    if _is_postgresql():
        return f"timestamptz '{NOW} UTC' - ({seconds}) * interval '1 second'"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', '{NOW}', '-' || ({seconds}) || ' seconds')"


def _place(number: str) -> str:
    """The place of its moment, see `history.listing.place_of`."""
    moment = _moment(f"{number} * {SECONDS_APART}")
    return (
        f"(extract(epoch FROM {moment}) * 1000000)::bigint"
        if _is_postgresql()
        else f"unixepoch({moment}) * 1000000"
    )


def _copy(model: type, source: str, changes: dict[str, str], *, without: tuple[str, ...] = ()) -> None:
    """INSERT … SELECT: every column as it is in ``source`` (named r), but for ``changes``."""
    names = [field.column for field in model._meta.concrete_fields if field.column not in without]
    values = [changes.get(name, f'r."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{table}" ({quoted}) SELECT {", ".join(values)} FROM {source}', [])


def _executions(size: int, team: int, people: list[int]) -> None:
    samples = "(SELECT *, row_number() OVER (ORDER BY created_at) - 1 AS place FROM executions_execution) r"
    seconds = f"n.i * {SECONDS_APART}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Batch._meta.db_table} (id, team_id, created_at)"
            f" SELECT {_id('n.i')}, {team}, {_moment(seconds)} FROM {_numbers(size)}"
            f" WHERE n.i %% {IN_A_BATCH} = 0 UNION ALL SELECT {_id('0')}, {team}, {_moment('0')}",
            [],
        )
    _copy(
        Execution,
        f"{_numbers(size)} JOIN {samples} ON r.place = n.i %% {WORKFLOWS}",
        {
            "id": _id("n.i"),
            "batch_id": _id(f"n.i - n.i %% {IN_A_BATCH}"),
            "created_at": _moment(seconds),
            "deadline_at": _moment(seconds),
            "ended_at": _moment(f"{seconds} - n.i %% 90"),
            "status": "CASE n.i %% 20 WHEN 0 THEN 'FAILED' WHEN 1 THEN 'CANCELLED' ELSE 'COMPLETED' END",
            "error": "CASE n.i %% 20 WHEN 0 THEN 'The provider refused this content.' ELSE '' END",
            "trigger": "CASE n.i %% 50 WHEN 0 THEN 'webhook' WHEN 1 THEN 'canvas' ELSE 'api' END",
            "started_by_id": f"{people[0]} + n.i %% {PEOPLE}",
            "credits_used": "n.i %% 50",
        },
    )


def _node_runs(size: int, team: int, people: list[int]) -> None:
    kinds = " ".join(f"WHEN {n} THEN '{kind}'" for n, kind in enumerate((*MODELS, *OTHERS)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT execution_id FROM executions_noderun LIMIT 1")  # a real one: no other has any
        [sample] = cursor.fetchone()
    first = f"(SELECT * FROM executions_noderun WHERE execution_id = '{sample}') r"
    _copy(
        NodeRun,
        f"{_numbers(size)} CROSS JOIN {first}",
        {
            "execution_id": _id("n.i"),
            "status": "CASE WHEN n.i %% 20 = 0 AND r.position = 3 THEN 'FAILED' ELSE 'COMPLETED' END",
            "node_type": f"CASE r.position WHEN 1 THEN CASE n.i %% 8 {kinds} END ELSE r.node_type END",
            "credits_used": "CASE r.position WHEN 1 THEN n.i %% 50 ELSE 0 END",
            "lease_until": "NULL",
            "due_at": "NULL",
            "ready_at": "NULL",
            "content_hash": "''",
            "provider": "CASE WHEN r.position BETWEEN 1 AND 3 THEN 'sandbox' ELSE '' END",
        },
        without=("id",),
    )


def _listings(size: int, team: int, people: list[int]) -> None:
    words = "'lighthouse fog word' || (n.i %% 1000) || ' rare' || n.i"
    with connection.cursor() as cursor:
        columns, values = (
            "execution_id, place, thumbs, is_sandbox, caption",
            f"{_id('n.i')}, {_place('n.i')}, '[]', %s, 'A lighthouse in fog, number ' || n.i",
        )
        if _is_postgresql():
            columns, values = (
                f"{columns}, words",
                f"{values}, array_to_tsvector(string_to_array({words}, ' '))",
            )
        cursor.execute(
            f"INSERT INTO {Listing._meta.db_table} ({columns}) SELECT {values} FROM {_numbers(size)}", [True]
        )
        if not _is_postgresql():
            cursor.execute(
                f"INSERT INTO history_words (rowid, words) SELECT {_place('n.i')}, {words} FROM {_numbers(size)}",
                [],
            )


def _marks(size: int, team: int, people: list[int]) -> None:
    table = Mark._meta.db_table
    models = " ".join(f"WHEN {n} THEN '{kind}'" for n, kind in enumerate((*MODELS, *OTHERS)))
    kinds = {
        "model": (f"CASE n.i %% 8 {models} END", "1 = 1"),
        "cost": ("CASE WHEN n.i %% 50 = 0 THEN '0' WHEN n.i %% 50 < 10 THEN '1' ELSE '10' END", "1 = 1"),
        "duration": (
            "CASE WHEN n.i %% 90 < 10 THEN '0' WHEN n.i %% 90 < 60 THEN '10' ELSE '60' END",
            "1 = 1",
        ),
        "label": ("'label ' || (n.i %% 7)", "n.i %% 100 = 0"),
    }
    with connection.cursor() as cursor:
        for kind, (value, where) in kinds.items():
            cursor.execute(
                f"INSERT INTO {table} (execution_id, team_id, kind, value, created_at) SELECT {_id('n.i')}, {team},"
                f" '{kind}', {value}, {_moment(f'n.i * {SECONDS_APART}')} FROM {_numbers(size)} WHERE {where}",
                [],
            )
    for value in (*MODELS, *OTHERS):
        Vocabulary.objects.create(team_id=team, kind="model", value=value, last_at="2026-01-01T00:00:00Z")


def _entries(size: int, team: int, people: list[int]) -> None:
    sample = "(SELECT * FROM credits_entry WHERE kind = 'hold' ORDER BY id LIMIT 1) r"
    for kind, debit, credit in (("hold", "available", "held"), ("settle", "held", "spent")):
        _copy(
            Entry,
            f"(SELECT run.id AS run_id, run.credits_used AS credits, execution.created_at AS at"
            f" FROM executions_noderun run JOIN executions_execution execution ON execution.id = run.execution_id"
            f" WHERE run.credits_used > 0 ORDER BY execution.created_at) x CROSS JOIN {sample}",
            {
                "kind": f"'{kind}'",
                "reference": "'node-run:' || x.run_id",
                "debit": f"'{debit}'",
                "credit": f"'{credit}'",
                "amount": "x.credits",
                "created_at": "x.at",
            },
            without=("id",),
        )


def _tallies(team: Team, size: int) -> None:
    days = min(365, size * SECONDS_APART // 86400 + 1)
    keys = {
        Subject.ALL: [""],
        Subject.WORKFLOW: list(Execution.objects.order_by().values_list("workflow_id", flat=True).distinct()),
        Subject.PERSON: [
            str(pk) for pk in Member.objects.filter(team=team).values_list("user_id", flat=True)
        ],
        Subject.KEY: [str(n) for n in range(1, WORKFLOWS + 1)],
        Subject.NODE_TYPE: [*MODELS, *OTHERS],
    }
    Tally.objects.bulk_create(
        [
            Tally(team=team, day=date.today() - timedelta(days=back), subject=subject, key=key, name=key, runs=100,
                  failed=5, credits=2000, saved=10, pictures=90, durations={str(n): n for n in range(80, 110)})
            for back in range(days) for subject, found in keys.items() for key in found
        ],
        batch_size=500,
    )  # fmt: skip
