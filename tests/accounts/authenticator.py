"""The app in which a person reads their codes."""

from __future__ import annotations

from django.test import Client
from django_otp.oath import totp

from accounts import two_factor
from accounts.models import Authenticator, User


def code_of(user: User) -> str:
    """What the person's app shows; a code that was used counts as not used, for tests do not wait for the next."""
    Authenticator.objects.filter(user=user).update(last_step=-1, wrong_count=0)
    return shown_to(user)


def shown_to(user: User) -> str:
    return f"{totp(two_factor.key_of(Authenticator.objects.get(user=user))):06d}"


def wrong_for(user: User) -> str:
    key = two_factor.key_of(Authenticator.objects.get(user=user))
    near = {totp(key, t0=-30 * step) for step in range(-3, 4)}
    return f"{next(number for number in range(10) if number not in near):06d}"


def switched_on(browser: Client, user: User) -> list[str]:
    """The recovery codes."""
    browser.post("/settings/two-factor/begin")
    answer = browser.post("/settings/two-factor", {"do": "confirm", "code": code_of(user)})
    return answer.context["new_codes"]
