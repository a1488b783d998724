"""The refusals of this app. The texts of the keys' refusals are fixed by the API contract."""

from __future__ import annotations

from wireflow_ui.errors import Forbidden, WireflowError


class NotAuthenticated(WireflowError):
    """We do not know who is asking."""

    code = "unauthenticated"
    status = 401
    kind = "authentication_error"


class InsufficientScope(Forbidden):
    """The key is good, but was not made for this."""

    code = "insufficient_scope"


class CsrfFailed(Forbidden):
    """A session call without the token of its page."""

    code = "csrf_failed"


class WrongSignIn(WireflowError):
    """E-mail and password do not belong together."""

    code = "wrong_sign_in"
    status = 401
    kind = "authentication_error"


class TooManyAttempts(WireflowError):
    """Signing in failed too often; ``retryAfter`` tells in how many seconds to try again."""

    code = "rate_limited"
    status = 429
    kind = "rate_limit_error"
