"""Who is asking, in which team, with which rights: what every ``visible_to`` starts from."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.errors import NotAuthenticated
from accounts.models import ApiKey, Member, Team, User
from accounts.roles import ACTIONS, is_at_least
from accounts.scopes import SCOPES

#: So many letters at most say who acted.
MOST_CALLED = 300


@dataclass(frozen=True)
class Actor:
    """A person acting in a team, in the browser (``key`` is None) or by an API key."""

    user: User
    team: Team
    role: str
    key: ApiKey | None = None
    #: All the person's memberships, for the menu that switches teams; known in the browser only.
    memberships: tuple[Member, ...] = field(default=(), compare=False, repr=False)

    @property
    def called(self) -> str:
        """Who acts, for those who look back on it: the person, and the key they did it with; a long name is cut."""
        if self.key is None:
            return str(self.user)
        person, key = str(self.user), f" · {self.key.name}"
        room = MOST_CALLED - len(key)
        return (person if len(person) <= room else f"{person[: room - 1]}…") + key

    def may(self, action: str) -> bool:
        """Whether the role allows an action of ``accounts.roles.ACTIONS``: view, run, edit, manage."""
        return is_at_least(self.role, ACTIONS[action])

    def has_scope(self, scope: str) -> bool:
        """Whether the key was made for this scope; a session holds every scope."""
        if scope not in SCOPES:
            raise ValueError(f"There is no scope {scope!r}.")
        return self.key is None or scope in self.key.scopes


def find_actor(request: HttpRequest | Request) -> Actor | None:
    """The actor of this request, or None when nobody is signed in."""
    # The middleware sets a lazy object, which may stand for None: its truth is asked, not its identity.
    return getattr(request, "actor", None) or None


def actor_of(request: HttpRequest | Request) -> Actor:
    """The actor of this request; raises NotAuthenticated (401) when nobody is signed in."""
    actor = find_actor(request)
    if actor is None:
        raise NotAuthenticated("Missing Authorization header")
    return actor
