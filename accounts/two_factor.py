"""A second proof at the door: six digits of an authenticator app, or a recovery code that works once."""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass

import segno
from django.db import transaction
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import RecoveryCode, User
from accounts.secrets import digest
from wireflow_ui.errors import WireflowError

CODES = 10
LONGEST = 40


class WrongCode(WireflowError):
    """The code is wrong, was used, or came too soon after wrong ones."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            "This code is not right. Take the one that the app shows now; after wrong ones wait a little."
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app is given: ``picture`` is a QR code as an SVG in a data address, ``text`` the key."""

    picture: str
    text: str


def is_on(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user).count()


def begin(*, user: User) -> None:
    """Make a key for an app; it asks for nothing until `confirm`."""
    if is_on(user):
        raise WireflowError("Two-factor sign-in is on already. Switch it off first to set up another app.")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def setup_of(user: User) -> Setup | None:
    """The key that waits to be confirmed; None when there is none."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        return None
    picture = segno.make(device.config_url, error="m").svg_data_uri(
        scale=4, border=4, light="#fff", dark="#000"
    )
    text = b32encode(device.bin_key).decode()
    return Setup(picture, " ".join(text[at : at + 4] for at in range(0, len(text), 4)))


def confirm(*, user: User, code: str) -> list[str]:
    """Ask for a second proof from now on. Returns the recovery codes: the only moment anybody reads them."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        raise WireflowError("Begin with setting up an app.")
    with transaction.atomic():
        is_right = verify_token(user, device.persistent_id, _tidy(code)) is not None
        if is_right:
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            return _new_codes(user)
    raise WrongCode()  # outside: how often it was wrong has to stay


def check(*, user: User, code: str) -> None:
    """Let pass whoever has the app or a recovery code, which is used up by it. Raises `WrongCode`."""
    code = _tidy(code)
    if len(code) > LONGEST or not (_is_of_app(user, code) if code.isdigit() else _use_up(user, code)):
        raise WrongCode()


def check_if_on(*, user: User, code: str) -> None:
    """Ask for a code of whoever switched that on. Raises `WrongCode`."""
    if is_on(user):
        check(user=user, code=code)


def need_proof(*, user: User, password: str, code: str) -> None:
    """Ask whoever sits at a signed-in browser for what they got in with: a password where they have one, and a code
    where that is on. Raises `WireflowError`."""
    if user.has_usable_password() and not user.check_password(password):
        raise WireflowError("The password is wrong.", code="wrong_password")
    check_if_on(user=user, code=code)


def switch_off(*, user: User, code: str) -> None:
    """Ask for no code from now on."""
    check(user=user, code=code)
    forget(user=user)


def renew_codes(*, user: User, code: str) -> list[str]:
    """Other recovery codes in the place of those that are left."""
    check(user=user, code=code)
    with transaction.atomic():
        return _new_codes(user)


def forget(*, user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _is_of_app(user: User, code: str) -> bool:
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return device is not None and verify_token(user, device.persistent_id, code) is not None


def _use_up(user: User, code: str) -> bool:
    """Of two who come at once with the same code, one alone gets True."""
    return RecoveryCode.objects.filter(user=user, digest=digest(code)).delete()[0] == 1


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=digest(code)) for code in codes])
    return [f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}" for code in codes]


def _tidy(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
