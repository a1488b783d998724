"""A second proof at the door: six digits of an authenticator app, or a recovery code that works once.

The app's key is sealed as the keys of teams are: a dump of the database makes no codes.
"""

from __future__ import annotations

import secrets
import time
from base64 import b32encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models import Authenticator, RecoveryCode, User
from accounts.sealing import CannotOpen, open_sealed, seal
from accounts.secrets import digest
from wireflow_ui.errors import WireflowError

CODES = 10
LONGEST = 40
#: What an authenticator app calls this server.
ISSUER = "Wireflow UI"
KEY_BYTES = 20
#: Half a minute earlier or later a code still counts.
TOLERANCE = 1
#: After wrong codes the next is looked at a second later, then two, four and so on, and this at most.
LONGEST_WAIT = 900


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
    return Authenticator.objects.filter(user=user, is_confirmed=True).exists()


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user).count()


def begin(*, user: User) -> None:
    """Make a key for an app; it asks for nothing until `confirm`. Raises `NoSealKey` where it cannot be kept."""
    if is_on(user):
        raise WireflowError("Two-factor sign-in is on already. Switch it off first to set up another app.")
    sealed = seal(secrets.token_hex(KEY_BYTES))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=user, is_confirmed=False).delete()
        Authenticator.objects.get_or_create(user=user, defaults={"sealed": sealed})


def setup_of(user: User) -> Setup | None:
    """The key that waits to be confirmed; None when there is none, or none that opens."""
    app = Authenticator.objects.filter(user=user, is_confirmed=False).first()
    if app is None:
        return None
    try:
        text = b32encode(key_of(app)).decode()
    except WireflowError:
        return None  # one begins anew
    words = urlencode(
        {"secret": text, "algorithm": "SHA1", "digits": 6, "period": 30, "issuer": ISSUER}, quote_via=quote
    )
    address = f"otpauth://totp/{quote(f'{ISSUER}:{user.email}')}?{words}"
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff", dark="#000")
    return Setup(picture, " ".join(text[at : at + 4] for at in range(0, len(text), 4)))


def confirm(*, user: User, code: str) -> list[str]:
    """Ask for a second proof from now on. Returns the recovery codes: the only moment anybody reads them."""
    waiting = Authenticator.objects.filter(user=user, is_confirmed=False)
    if not waiting.exists():
        raise WireflowError("Begin with setting up an app.")
    with transaction.atomic():
        if _is_of_app(user, _tidy(code), is_confirmed=False) and waiting.update(is_confirmed=True):
            return _new_codes(user)
    raise WrongCode()  # outside: how often it was wrong has to stay


def check(*, user: User, code: str) -> None:
    """Let pass whoever has the app or a recovery code, which is used up by it. Raises `WrongCode`."""
    code = _tidy(code)
    is_number = code.isascii() and code.isdecimal()
    if len(code) > LONGEST or not (_is_of_app(user, code) if is_number else _use_up(user, code)):
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
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def key_of(app: Authenticator) -> bytes:
    """What its codes are made from. Raises `WireflowError` when it was sealed by a key that this server has lost."""
    try:
        return bytes.fromhex(open_sealed(app.sealed))
    except CannotOpen as error:
        raise WireflowError(
            "The key of your app cannot be opened on this server any more. Use a recovery code, switch two-factor "
            "sign-in off and set it up anew, or ask whoever runs this server.",
            code="cannot_open",
        ) from error


def _is_of_app(user: User, code: str, *, is_confirmed: bool = True) -> bool:
    """Is this a code that the app shows now and that was not used? The app's row is locked, so that of two who come at
    once with the same code one alone gets True, and that wrong ones are counted."""
    with transaction.atomic():
        mine = Authenticator.objects.filter(user=user, is_confirmed=is_confirmed)
        app = mine.select_for_update().first()
        if app is None or _has_to_wait(app):
            return False
        codes = TOTP(key_of(app), drift=app.drift)
        codes.time = time.time()
        is_number = code.isascii() and code.isdecimal() and len(code) <= LONGEST
        if is_number and codes.verify(int(code), TOLERANCE, app.last_step + 1):
            mine.update(drift=codes.drift, last_step=codes.t(), wrong_count=0, wrong_at=None)
            return True
        mine.update(wrong_count=F("wrong_count") + 1, wrong_at=timezone.now())
        return False


def _has_to_wait(app: Authenticator) -> bool:
    """Guessing from many addresses at once gets nowhere."""
    if not app.wrong_count or app.wrong_at is None:
        return False
    seconds = LONGEST_WAIT if app.wrong_count > 10 else min(2 ** (app.wrong_count - 1), LONGEST_WAIT)
    return timezone.now() < app.wrong_at + timedelta(seconds=seconds)


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
