"""Balances, movements and credits set aside. Integers only; entries are never changed."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from accounts.models import Team


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
    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"


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
    created_at = models.DateTimeField(auto_now_add=True)

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

    The price is fixed here. A hold is over when it has a `HoldClosing`; there can be only one.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="holds")
    reference = models.CharField(max_length=100, unique=True)
    amount = models.BigIntegerField()
    is_sandbox = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(settled__gte=0), name="settled_is_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.settled} of {self.hold}"
