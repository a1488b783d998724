"""Every route and who may take it: the tables of the tests beside it.

The routes are Django's own: one that these tables do not know fails in test_roles.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Way:
    """A method of a route. ``own``: it is about the caller's own team, so everybody signed in may; else it names
    something of team A. ``scopes``: of which a key needs one; () where any will do."""

    method: str
    role: str = "viewer"
    scopes: tuple[str, ...] = ()
    own: bool = False
    body: Any = None


R, W, X, E = "workflows:read", "workflows:write", "workflows:execute", "executions:read"
HOURLY = {"every": "hour", "minute": 0}
GRAPH = {"nodes": [{"id": "ask", "data": {"nodeType": "input:text", "params": {"prompt": "x"}}}], "edges": []}

#: Below /api/v1/, and what a key or a session may do there.
API: dict[str, tuple[Way, ...]] = {
    "developer/usage": (Way("get", scopes=("usage:read", R), own=True),),
    "workflows/executions": (Way("get", scopes=(E, R), own=True),),
    "workflows/executions/<str:execution_id>": (Way("get", scopes=(E, R)),),
    "workflows/executions/<str:execution_id>/poll": (Way("get", scopes=(E, R)),),
    "workflows/executions/<str:execution_id>/cancel": (Way("post", "runner", (X,)),),
    "workflows/executions/<str:execution_id>/resume": (Way("post", "runner", (X,)),),
    "workflows/executions/<str:execution_id>/nodes/<str:node_id>/decision": (
        Way("post", "runner", (X,), body={"decision": "approve"}),
    ),
    "workflows/<str:workflow_id>/executions": (Way("get", scopes=(E, R)),),
    "workflows/<str:workflow_id>/run": (Way("get", scopes=(R,)), Way("post", "runner", (X,))),
    "workflows/<str:workflow_id>/execute": (Way("post", "runner", (X,)),),
    "workflows/<str:workflow_id>/estimate": (Way("post", scopes=(E, R)),),
    "workflows/<str:workflow_id>/webhook": (
        Way("get", "editor", (R,)), Way("post", "editor", (W,)), Way("delete", "editor", (W,)),
    ),
    "workflows/<str:workflow_id>/schedules": (
        Way("get", scopes=(R,)), Way("post", "editor", (W,), body={"name": "It", "when": HOURLY}),
    ),
    "workflows/<str:workflow_id>/schedules/<str:schedule_id>": (
        Way("get", scopes=(R,)), Way("patch", "editor", (W,), body={"name": "It"}), Way("delete", "editor", (W,)),
    ),
    "workflows/<str:workflow_id>/schedules/<str:schedule_id>/run": (Way("post", "runner", (X,)),),
    "workflows/<str:workflow_id>/publish": (Way("post", "editor", (W,)), Way("delete", "editor", (W,))),
    "nodes": (Way("get", scopes=(R,), own=True),),
    "components": (
        Way("get", scopes=(R,), own=True), Way("post", "editor", (W,), own=True, body={"name": "Part", **GRAPH}),
    ),
    "components/<str:component_id>": (
        Way("get", scopes=(R,)), Way("put", "editor", (W,), body={"baseVersion": 1, **GRAPH}),
        Way("delete", "editor", (W,)),
    ),
    "components/<str:component_id>/workflows": (Way("get", scopes=(R,)),),
    "components/<str:component_id>/workbench": (
        Way("post", "editor", (W,)), Way("delete", "editor", (W,)),
    ),
    "models": (Way("get", scopes=(R,), own=True),),
    "remotion/templates": (Way("get", scopes=(R,), own=True),),
    "render/remotion/preview": (Way("post", scopes=(R,), own=True),),
    "blocks": (Way("get", scopes=(R,), own=True), Way("post", "editor", (W,), own=True)),
    "workflows": (
        Way("get", scopes=(R,), own=True),
        Way("post", "editor", (W,), own=True, body={"name": "New", **GRAPH}),
    ),
    "workflows/generate/stream": (Way("post", "editor", (W,), own=True, body={"prompt": "a boat"}),),
    "workflows/lint": (Way("post", scopes=(R,), own=True, body=GRAPH),),
    "workflows/<workflow:workflow_id>": (
        Way("get", scopes=(R,)), Way("put", "editor", (W,), body={"name": "New", **GRAPH}),
        Way("delete", "owner", (W,)),
    ),
    "workflows/<workflow:workflow_id>/visibility": (Way("post", "editor", (W,), body={"visibility": "private"}),),
    "workflows/<workflow:workflow_id>/layout": (Way("post", "editor", (W,)),),
    "workflows/<workflow:workflow_id>/duplicate": (Way("post", "editor", (W,)),),
    "workflows/<workflow:workflow_id>/nodes/<node:node_id>": (Way("patch", "editor", (W,), body={"label": "New"}),),
    "media": (Way("get", scopes=(R,), own=True),),
    "media/upload": (Way("post", "runner", (W,), own=True, body={"url": "http://127.0.0.1/x.png"}),),
    "media/upload-url": (Way("post", "runner", (W,), own=True, body={"bytes": 9, "filename": "a.png"}),),
    "media/<str:asset_id>": (Way("get", scopes=(R,)), Way("delete", "editor", (W,))),
    "feedback": (Way("post", own=True, body={"title": "t", "body": "b"}),),
    "agent-guidelines": (Way("get", own=True),),
    "apps/<str:slug>/execute": (Way("post", "runner", ("apps:execute",), own=True, body={"inputs": {}}),),
}  # fmt: skip

#: Pages, which only a session opens. A refused visitor is sent to sign in.
PAGES: dict[str, tuple[Way, ...]] = {
    "settings": (Way("get", own=True),),
    "settings/profile": (Way("post", own=True),),
    "settings/keys": (Way("post", own=True),),
    "settings/password": (Way("post", own=True),),
    "settings/api-keys": (Way("get", own=True), Way("post", own=True)),
    "settings/api-keys/<int:key_id>/delete": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>": (
        Way("post", "owner", own=True, body={"key": "key-0123456789"}),
    ),
    "settings/provider-keys/<str:provider>/test": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>/remove": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>/state": (Way("get", own=True),),
    "settings/api-keys/<int:key_id>/rotate": (Way("post", "owner"),),
    "settings/secrets": (Way("post", "owner", own=True, body={"name": "cms", "value": "x"}),),
    "settings/secrets/remove": (Way("post", "owner", body={"name": "kept"}),),
    "settings/secrets/signing": (Way("post", "owner", own=True),),
    "deliveries": (Way("get", own=True),),
    "deliveries/<uuid:delivery_id>.json": (Way("get"),),
    "deliveries/<uuid:delivery_id>/again": (Way("post", "runner"),),
    "settings/invitations": (
        Way("get", own=True),
        Way("post", "owner", own=True, body={"email": "gil@example.org", "role": "viewer", "hours": "24"}),
    ),
    "settings/invitations/<int:invitation_id>/withdraw": (Way("post", "owner"),),
    "settings/team/new": (Way("post", own=True, body={"name": "Another"}),),
    "settings/team/change": (Way("post", "owner", own=True, body={"name": "Ours"}),),
    "settings/team/hand-over": (Way("post", "owner", own=True),),
    "settings/team/leave": (Way("post", own=True),),
    "settings/team/import": (Way("get", "viewer", own=True), Way("post", "viewer", own=True)),
    "settings/team/archive": (Way("get", "owner", own=True), Way("post", "owner", own=True)),
    "settings/team/archive/<int:archive_id>": (Way("get", "owner"),),
    "settings/team/archive/<int:archive_id>/remove": (Way("post", "owner"),),
    "settings/browsers/end-others": (Way("post", own=True),),
    "settings/two-factor/begin": (Way("post", own=True),),
    "settings/two-factor": (Way("post", own=True, body={"do": "confirm", "code": "000000"}),),
    "settings/delete-account": (Way("post", own=True, body={"email": "nobody"}),),
    "settings/notices": (Way("post", own=True, body={"kind": "limit"}),),
    "notices": (Way("get", own=True),),
    "notices/read": (Way("post", own=True),),
    "notices/newest": (Way("get", own=True), Way("post", own=True)),
    "webhooks": (Way("get", "editor", own=True),),
    "schedules": (Way("get", own=True),),
    "schedules/preview": (Way("get", own=True),),
    "schedules/<uuid:schedule_id>": (Way("get"), Way("post", "editor")),
    "schedules/<uuid:schedule_id>/do": (Way("post", "editor", body={"do": "pause"}),),
    "workflows/<str:workflow_id>/schedules/new": (Way("get", "editor"), Way("post", "editor")),
    "settings/audit": (Way("get", "owner", own=True),),
    "settings/audit.csv": (Way("get", "owner", own=True),),
    "settings/members/<int:member_id>/role": (Way("post", "owner", body={"role": "editor"}),),
    "settings/members/<int:member_id>/remove": (Way("post", "owner"),),
    "assets": (Way("get", own=True), Way("post", "runner", own=True)),
    "assets/use": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/delete": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/restore": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/discard": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/download": (Way("post", own=True, body={"asset": "x"}),),
    "assets/<str:asset_id>/favourite": (Way("post"),),
    "assets/<str:asset_id>/download": (Way("get"),),
    "assets/<str:asset_id>/delete": (Way("post", "editor"),),
    "assets/<str:asset_id>/restore": (Way("post", "editor"),),
    "flow/<str:workflow_id>": (Way("get"),),
    "usage": (Way("get", own=True),),
    "usage.csv": (Way("get", own=True),),
    "usage/ledger": (Way("get", own=True),),
    "usage/table.csv": (Way("get", own=True),),
    "executions": (Way("get", own=True),),
    "usage/credits": (
        Way("get", own=True),
        Way("post", "owner", own=True, body={"credits": "1000", "ask": "x"}),
    ),
    "usage/limits": (
        Way("get", own=True),
        Way(
            "post",
            "owner",
            own=True,
            body={"subject": "team", "period": "day", "credits": "9", "kind": "hard"},
        ),
    ),
    "usage/limits/<int:limit_id>/delete": (Way("post", "owner"),),
    "executions.csv": (Way("get", own=True),),
    "beside/runs/<str:workflow_id>": (Way("get"),),
    "beside/runs/<str:workflow_id>/<node:node_id>": (Way("get"),),
    "beside/queue": (Way("get", own=True),),
    "beside/credits": (Way("get", own=True),),
    "beside/workflows": (Way("get", own=True),),
    "beside/templates": (Way("get", own=True),),
    "executions/views": (Way("post", own=True, body={"name": "Failed", "status": "FAILED"}),),
    "executions/views/<int:view_id>/delete": (Way("post", "owner"),),
    "executions/retention": (Way("post", "owner", own=True, body={"days": "30"}),),
    "executions/<uuid:execution_id>": (Way("get"),),
    "executions/<uuid:execution_id>/graph": (Way("get"),),
    "executions/<uuid:execution_id>/cancel": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/again": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/decide": (
        Way("post", "runner", body={"node": "ask", "decision": "approve"}),
    ),
    "approvals": (Way("get", own=True),),
    "executions/<uuid:execution_id>/resume": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/load": (Way("post", "editor"),),
    "executions/<uuid:execution_id>/share": (Way("post", "editor", body={"do": "on"}),),
    "executions/<uuid:execution_id>/labels": (Way("post", "runner", body={"label": "fair"}),),
    "workflows/<str:workflow_id>/settings": (Way("get", "editor"),),
    "workflows/<str:workflow_id>/settings/webhook": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/settings/app": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/table": (Way("get"), Way("post", "runner", body={"text": "ask\na boat"})),
    "workflows/<str:workflow_id>/table.csv": (Way("get"),),
    "batches/<uuid:batch_id>": (Way("get"),),
    "batches/<uuid:batch_id>.csv": (Way("get"),),
    "batches/<uuid:batch_id>.zip": (Way("get"),),
    "batches/<uuid:batch_id>/stop": (Way("post", "runner"),),
    "": (Way("get", own=True),),
    "templates": (Way("get", own=True),),
    "templates/<slug:slug>/use": (Way("post", "editor", own=True),),
    "templates/team/<int:template_id>/use": (Way("post", "editor"),),
    "templates/team/<int:template_id>/remove": (Way("post", "editor"),),
    "templates/team/<int:template_id>/restore": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/template": (
        Way("get", "editor"),
        Way("post", "editor", body={"name": "It"}),
    ),
    "workflows/new": (Way("post", "editor", own=True),),
    "workflows/import": (
        Way("get", "editor", own=True),
        Way("post", "editor", own=True, body={"text": "{}"}),
    ),
    "workflows/comfyui": (Way("post", "editor", own=True),),
    "workflows/<str:workflow_id>": (Way("get"),),
    "workflows/<str:workflow_id>/plan": (Way("post", body={"plans": [{}]}),),
    "workflows/<str:workflow_id>/versions": (Way("get"), Way("post", "editor", body={"name": "First"})),
    "workflows/<str:workflow_id>/versions/<int:version_id>": (
        Way("get"),
        Way("patch", "editor", body={"name": "It"}),
    ),
    "workflows/<str:workflow_id>/versions/newest": (Way("get"),),
    "workflows/<str:workflow_id>/versions/automatic": (Way("post", "editor", body={"reason": "restored"}),),
    "workflows/<str:workflow_id>/versions/automatic/<int:snapshot_id>": (
        Way("get"),
        Way("patch", "editor", body={"name": "It"}),
    ),
    "workflows/<str:workflow_id>/draft": (Way("patch", "editor", body={"baseUpdatedAt": "x", **GRAPH}),),
    "workflows/<str:workflow_id>/rename": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/duplicate": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/delete": (Way("post", "owner"),),
    "workflows/<str:workflow_id>/restore": (Way("post", "editor"),),
}

#: Routes without an owner, each with the reason why nobody is asked who they are, or where it is tried instead.
OPEN = {
    "healthz": "says that the process lives", "readyz": "says that it can work",
    "openapi.json": "the document", "api/v1/openapi.json": "the document",
    "docs": "the guides", "docs/api": "the reference", "docs/<slug:slug>": "a guide",
    "sign-in": "the door itself", "sign-in/link/": "the door itself",
    "sign-in/code": "asks whoever gave the right password; tests/accounts/test_two_factor.py",
    "sign-in/link/<str:token>": "the token is the key",
    "sign-in/openid": "the door itself; tests/accounts/test_openid.py", "sign-in/openid/back": "the door itself",
    "settings/openid/link": "each has their own; tests/accounts/test_openid_links.py",
    "settings/openid/unlink": "each has their own; tests/accounts/test_openid_links.py",
    "invitation/": "the door itself", "invitation/<str:token>": "the token is the key; tests/accounts",
    "language": "a choice for whoever reads; tests/accounts/test_language.py",
    "sign-out": "ends the caller's own session", "admin/login/": "leads to the sign-in page",
    "api/download": "media whose names are secrets", "media/<str:name>": "the name is the secret",
    "media/upload/<str:token>": "the token is the key",
    "api/v1/workflow/<str:name>/trigger": "the webhook's id is the key",
    "api/v1/apps/<str:slug>": "published to callers of all teams",
    "app/<str:slug>": "published to callers of all teams",
    "app/<str:slug>/style.css": "colours of a published app",
    "webhooks/providers/<str:provider>/<str:key>": "signed by the provider; tests/executions/test_callbacks.py",
    "webhooks/stripe": "signed by Stripe; tests/credits/test_checkout.py",
    "app/<str:slug>/runs/<uuid:execution_id>": "a run of the caller's own team; tests/triggers",
    "shared/run/<str:token>": "the token is the key; tests/history/test_sharing.py",
    "executions/bulk": "its body names the runs; tests/history/test_bulk.py",
    "decide/<str:token>": "the signed link is the key; tests/executions/test_decisions.py",
    "executions/compare": "its query names the runs; tests/pages/test_comparing.py",
    "api/v1/remotion/templates/<str:template_id>": "there are none",
    "api/v1/media/upload-url/complete": "needs bytes that were sent; tests/assets/test_presigned.py",
    "system": "for operators; tests/operations", "system.json": "for operators; tests/operations",
    "metrics": "its token is the key; tests/operations",
    "settings/browsers/<int:browser_id>/end": "each has their own; tests/accounts/test_security.py",
    "notices/<int:notice_id>": "each has their own; tests/accounts/test_notices.py",
    "settings/team": "chooses among the caller's own teams; tests/accounts/test_settings.py",
}  # fmt: skip

ALL = [(f"api/v1/{path}", way) for path, ways in API.items() for way in ways]
ALL += [(path, way) for path, ways in PAGES.items() for way in ways]
NAMES = [f"{way.method} {path}" for path, way in ALL]
each_way = pytest.mark.parametrize(("path", "way"), ALL, ids=NAMES)
