"""Telling people: in the bell of every page, and by mail where they want it.

A notice is written in the transaction of what it tells of, and mailed after its commit: once as a rule, whatever
message is lost or comes twice. A mail that fails is tried again a few times, and one whose sender died before it wrote
down that it went out goes out twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from accounts import news, tasks
from accounts.mailing import tried_now
from accounts.models import MailChoice, Member, Notice, User
from accounts.roles import RANK, Role

#: What people are told of, in the words of the switches.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "limit": "A limit of spending is half used, nearly used up, or used up",
        "webhook": "A webhook is stopped by its limits",
        "schedule": "A schedule of yours is refused, or has paused itself",
        "failed": "Runs that nobody watches fail: those that a webhook or a schedule started",
        "approval": "A run waits for a decision that is yours",
        "key": "Calls with an API key are refused at a limit",
        "member": "You are invited, or somebody joins your team",
    }
)
KEPT = timedelta(days=90)
DIGEST_EVERY = timedelta(days=1)
#: A mail that should have gone out so long ago is rung for again.
LATE = timedelta(minutes=1)


def tell(*, team_id: int, kind: str, key: str, text: str, link: str, users: Iterable[int]) -> None:
    """Tell these people, each once for this ``key``. For the transaction of what is told."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind of notice {kind!r}.")
    wanted = set(users)
    wanted -= set(Notice.objects.filter(user__in=wanted, key=key).values_list("user", flat=True))
    if not wanted:
        return
    choices = {choice.user_id: choice for choice in MailChoice.objects.filter(user__in=wanted)}
    rows = []
    for user_id in sorted(wanted):
        choice = choices.get(user_id)
        wants_mail = choice is None or kind not in choice.without
        rows.append(
            Notice(
                user_id=user_id,
                team_id=team_id,
                kind=kind,
                key=key[:120],
                text=text[:400],
                link=link[:200],
                wants_mail=wants_mail,
            )
        )
        if wants_mail and not (choice and choice.digest):
            transaction.on_commit(partial(tasks.ring, tasks.send_notices, user_id))
        transaction.on_commit(partial(news.publish, bell_of(user_id), {"type": "notice.told"}))
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def bell_of(user_id: int) -> str:
    """The group of the channel layer that hears when a person has been told something."""
    return f"person.{user_id}"


def members_of(team_id: int, role: str = Role.OWNER) -> list[int]:
    """The people of a team with this role or one above it."""
    enough = [name for name, rank in RANK.items() if rank >= RANK[role]]
    return list(Member.objects.filter(team=team_id, role__in=enough).values_list("user", flat=True))


def read(*, user: User, ids: Collection[int] | None = None) -> None:
    """These, or all, have been read."""
    mine = Notice.objects.filter(user=user).unread()
    (mine if ids is None else mine.filter(pk__in=ids)).update(read_at=timezone.now())


def choose(*, user: User, kinds: Collection[str], digest: bool) -> None:
    """Of which kinds the person wants mail, and whether together once a day."""
    without = [kind for kind in KINDS if kind not in kinds]
    MailChoice.objects.update_or_create(user=user, defaults={"without": without, "digest": digest})


def send(*, user_id: int) -> None:
    """Mail a person what waits for them. Whoever claims a notice tries; where that fails it waits again, each
    time for longer."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    waiting = Notice.objects.filter(user=user).to_mail().select_related("team").order_by("pk")[:50]
    claimed = [notice for notice in waiting if _claim(notice)]
    if claimed:
        _mail(user, claimed).send()
        Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(mailed_at=timezone.now())


def _claim(notice: Notice) -> bool:
    """False means somebody else was first."""
    same = Notice.objects.to_mail().filter(pk=notice.pk, mail_tries=notice.mail_tries)
    return same.update(**tried_now(notice.mail_tries)) == 1


def _mail(user: User, notices: list[Notice]) -> EmailMessage:
    first = notices[0]
    subject = first.text if len(notices) == 1 else f"{len(notices)} notices from Wireflow UI"
    lines = [f"{notice.text}\n{notice.team}: {settings.PUBLIC_URL}/notices/{notice.pk}" for notice in notices]
    end = f"You choose what you are told by mail: {settings.PUBLIC_URL}/settings?tab=notices"
    return EmailMessage(
        subject=" ".join(subject.split())[:150], body="\n\n".join([*lines, end, ""]), to=[user.email]
    )


def unsent() -> list[int]:
    """Whose notices are to be mailed now: late ones, and those that were gathered for a day."""
    now = timezone.now()
    waiting = Notice.objects.to_mail().filter(at__lt=now - LATE, user__is_active=True)
    gathered = MailChoice.objects.filter(digest=True).values("user")
    late = waiting.exclude(user__in=gathered)
    old = waiting.filter(user__in=gathered, at__lt=now - DIGEST_EVERY)
    return sorted({*_longest_waiting(late), *_longest_waiting(old)})


def _longest_waiting(notices: QuerySet[Notice]) -> Iterable[int]:
    people = notices.values("user").annotate(first=Min("pk")).order_by("first")
    return people.values_list("user", flat=True)[:50]


def forget_old() -> None:
    """What is older than three months is nobody's news."""
    Notice.objects.filter(at__lt=timezone.now() - KEPT).delete()
