"""What can go wrong when work is handed to a provider.

ProviderError
├── InvalidInput          the request itself is wrong
│   └── TooManyItems      a list is longer than the node takes
├── AuthFailed            our key was refused
├── InsufficientFunds     the provider's account is empty
├── RateLimited           ask again later, ``retry_after`` says when
├── ContentBlocked        refused by a content policy
├── NoOutput              it answered, but with nothing usable
│   └── BadOutput         … with something that is not what it should be
│       └── ResultLost    … or that cannot be taken over, though it was made and paid
├── ModelUnavailable      this model is not served (any more)
├── ServerFault           the provider failed; asking again may help
├── JobFailed             the provider gave the job up; another one may succeed
├── Timeout               it took longer than the node type allows
├── Cancelled             the provider stopped it
├── ProviderLost          the provider no longer knows the job
└── UnknownOutcome        the request left, and nobody knows what became of it

The engine decides from the class alone: ``retry`` says whether the same request may be made again,
``most_tries`` how often it is made at most, ``next_route`` whether another provider may be tried.
"""

from __future__ import annotations


class ProviderError(Exception):
    """Base of all provider failures. ``message`` may be shown to the team that owns the run."""

    code = "provider_error"
    retry = False
    most_tries = 3
    next_route = False

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail[:500]


class InvalidInput(ProviderError):
    """The values of the node cannot be served; changing them is the only cure."""

    code = "invalid_input"


class TooManyItems(InvalidInput):
    """A list is longer than the node takes."""

    code = "too_many_items"


class AuthFailed(ProviderError):
    """The provider refused our key."""

    code = "auth_failed"
    next_route = True


class InsufficientFunds(ProviderError):
    """The account at the provider has no money left."""

    code = "insufficient_funds"
    next_route = True


class RateLimited(ProviderError):
    """Too many calls. ``retry_after`` is in seconds, None when the provider did not say."""

    code = "rate_limited"
    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class ContentBlocked(ProviderError):
    """A content policy refused the prompt or the result."""

    code = "content_blocked"


class NoOutput(ProviderError):
    """The provider answered without a result; once more is worth a try, and each is paid there."""

    code = "no_output"
    retry = True
    most_tries = 2


class BadOutput(NoOutput):
    """The result is not the media it should be."""

    code = "bad_output"


class ResultLost(BadOutput):
    """The result lies at the provider and cannot be taken over; making another would be paid again."""

    retry = False


class ModelUnavailable(ProviderError):
    """The model is not served here (any more)."""

    code = "model_unavailable"
    next_route = True


class ServerFault(ProviderError):
    """The provider failed on its side, and nothing was started or billed."""

    code = "provider_error"
    retry = True
    next_route = True


class JobFailed(ProviderError):
    """The provider took the job and gave it up for a reason of its own."""

    code = "provider_error"
    retry = True
    next_route = True


class Timeout(ProviderError):
    """No result within the time the node type allows."""

    code = "timeout"


class Cancelled(ProviderError):
    """The provider stopped the job."""

    code = "cancelled"


class ProviderLost(ProviderError):
    """The provider no longer knows the job."""

    code = "provider_lost"


class UnknownOutcome(ProviderError):
    """The request left us, and no answer came: it may or may not have been carried out."""

    code = "unknown_outcome"


class NotTold(Exception):
    """A message that came in the provider's name is not signed by it, or too old to count."""
