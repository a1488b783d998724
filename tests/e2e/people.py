"""Who else is in the owner's team."""

from __future__ import annotations

import sqlite3

from tests.e2e.conftest import Site
from tests.processes import manage


def make_colleague(site: Site, role: str, email: str) -> str:
    """A new member of the owner's team; the link that signs them in, once."""
    assert manage(site.data, "create_api_key", "--email", email).returncode == 0
    with sqlite3.connect(site.data / "wireflow.sqlite3", timeout=60) as database:
        database.execute(
            "UPDATE accounts_member SET role = ?, team_id = (SELECT min(team_id) FROM accounts_member)"
            " WHERE user_id = (SELECT id FROM accounts_user WHERE email = ?)",
            (role, email),
        )
    link = manage(site.data, "sign_in_link", "--email", email).stdout.strip()
    return f"{site.url}/sign-in/{link.rpartition('/sign-in/')[2]}"
