"""Balances, movements and credits set aside. Integers only; entries are never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Team

if TYPE_CHECKING:
    from accounts.actor import Actor


class Wallet(models.Model):
    """A team's balance: what it may spend, what is set aside, and what it has spent."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="wallet", primary_key=True)
    available = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(available__gte=0), name="available_is_not_negative"),
            models.CheckConstraint(condition=models.Q(held__gte=0), name="held_is_not_negative"),
            models.CheckConstraint(condition=models.Q(spent__gte=0), name="spent_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.available} available, {self.held} held"


class Account(models.TextChoices):
    """Where credits can be: issued is the house, the others belong to the entry's team."""

    ISSUED = "issued"
    AVAILABLE = "available"
    HELD = "held"
    SPENT = "spent"


class EntryKind(models.TextChoices):
    GRANT = "grant", "Granted"
    ALLOWANCE = "allowance", "Allowance"
    PURCHASE = "purchase", "Bought"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    WITHDRAWAL = "withdrawal", "Taken away"


class EntryQuerySet(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Entries are never changed; record a correction as a new entry.")

    def delete(self) -> NoReturn:
        raise TypeError("Entries are never deleted; record a correction as a new entry.")


class Entry(models.Model):
    """One immutable movement of credits between two accounts of a team (or from the house)."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=EntryKind)
    reference = models.CharField(max_length=100)
    debit = models.CharField(max_length=16, choices=Account)
    credit = models.CharField(max_length=16, choices=Account)
    amount = models.BigIntegerField()
    note = models.CharField(max_length=200, blank=True)
    is_sandbox = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="one_entry_per_kind_and_reference"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="amount_is_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="debit_is_not_credit"),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="entries_of_a_team_newest"),
            # the page of the credits: what a team spent in a period
            models.Index(fields=["team", "kind", "created_at"], name="entries_of_a_team_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Entries are never changed; record a correction as a new entry.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Entries are never deleted; record a correction as a new entry.")


class Hold(models.Model):
    """Credits set aside for one piece of work, named by ``reference`` ("node-run:41").

    The price is fixed here. A hold is over when it has a `HoldClosing`; there can be only one. ``counts`` are the
    numbers of the `SpendingCount` rows that it was counted in, with commas between them.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="holds")
    reference = models.CharField(max_length=100, unique=True)
    amount = models.BigIntegerField()
    is_sandbox = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    counts = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="hold_amount_is_positive")
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.reference}"


class HoldClosing(models.Model):
    """The end of a hold: ``settled`` credits were spent, the rest went back."""

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="closing", primary_key=True)
    settled = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(settled__gte=0), name="settled_is_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.settled} of {self.hold}"


class SpendingPeriod(models.TextChoices):
    DAY = "day"
    MONTH = "month"


class SpendingLimitQuerySet(models.QuerySet["SpendingLimit"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(team=actor.team)


class SpendingLimit(models.Model):
    """So many credits in a day or month of UTC. ``subject`` is "team", "person:5", "key:7", "workflow:…" or
    "webhook:…" with the workflow's id; ``name`` is how a refusal calls it. A soft one (not hard) only tells."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="spending_limits")
    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    period = models.CharField(max_length=5, choices=SpendingPeriod)
    credits = models.BigIntegerField()
    is_hard = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SpendingLimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "subject", "period"], name="one_limit_of_a_subject"),
            models.CheckConstraint(condition=models.Q(credits__gt=0), name="limit_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} a {self.period} for {self.subject}"


class SpendingCount(models.Model):
    """What was spent or is held under a limit in the day or month that begins on ``starts_on``."""

    limit = models.ForeignKey(SpendingLimit, on_delete=models.CASCADE, related_name="counts")
    starts_on = models.DateField()
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["limit", "starts_on"], name="one_count_of_a_period"),
            models.CheckConstraint(condition=models.Q(used__gte=0), name="used_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.used} of limit {self.limit_id} from {self.starts_on}"


class LimitNotice(models.Model):
    """A count reached so many percent of its limit."""

    count = models.ForeignKey(SpendingCount, on_delete=models.CASCADE, related_name="notices")
    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["count", "percent"], name="one_notice_of_a_step")]

    def __str__(self) -> str:
        return f"{self.percent} % of count {self.count_id}"


class PriceVersionQuerySet(models.QuerySet["PriceVersion"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Prices are never changed; a new price is a new version.")

    def delete(self) -> NoReturn:
        raise TypeError("Prices are never deleted; runs were charged by them.")


class PriceVersion(models.Model):
    """What a node type cost from ``loaded_at`` on, until its next version; see `credits.prices`."""

    node_type = models.CharField(max_length=100)
    number = models.IntegerField()
    digest = models.CharField(max_length=16)
    terms = models.JSONField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    objects = PriceVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node_type", "number"], name="one_price_per_type_and_number")
        ]

    def __str__(self) -> str:
        return f"{self.node_type}, price version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Prices are never changed; a new price is a new version.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Prices are never deleted; runs were charged by them.")
