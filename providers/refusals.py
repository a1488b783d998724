"""What the status of a provider's answer means, where its body says nothing more precise."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from providers import paths
from providers.errors import (
    AuthFailed,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    ProviderError,
    RateLimited,
    ServerFault,
    UnknownOutcome,
)
from providers.http import Answer, Http


def refusal(
    http: Http,
    answer: Answer,
    *,
    said: str,
    code: str = "",
    retry_after: float | None = None,
    may_have_begun: bool = False,
) -> ProviderError:
    """The error for an answer that is no success.

    ``said`` are the provider's own words, ``code`` its own code. ``may_have_begun``: this call starts a job that goes
    on without us, so that only a clear refusal says that there is none.
    """
    title = http.title
    words = http.scrubbed(said)
    told = f" It said: {words}" if words else ""
    detail = f"HTTP {answer.status} {code} {request_id(answer)} {words}".strip()
    match answer.status:
        case 401 | 403:
            return AuthFailed(f"{title} refused the key of {http.owner}.{told}", detail=detail)
        case 402:
            return InsufficientFunds(f"The account of {http.owner} at {title} is empty.", detail=detail)
        case 404 | 410:
            return ModelUnavailable(f"{title} does not serve this model (any more).{told}", detail=detail)
        case 429:
            delay = retry_after if retry_after is not None else wait_named(answer)
            return RateLimited(f"{title} takes no more calls just now.", retry_after=delay, detail=detail)
        case status if status == 408 or status >= 500:
            if may_have_begun and status != 503:
                said = f"{title} failed while it took the job; it may have begun."
                return UnknownOutcome(said, detail=detail)
            return ServerFault(f"{title} failed on its side (HTTP {status}).", detail=detail)
        case _:
            return InvalidInput(f"{title} refused the values of this node.{told}", detail=detail)


def request_id(answer: Answer) -> str:
    """The provider's own name of the call, for a question to its support."""
    return answer.headers.get("x-fal-request-id") or answer.headers.get("x-request-id", "")


def wait_named(answer: Answer) -> float | None:
    """Seconds from the header Retry-After, a number or a date; None when it says nothing."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def google_refusal(http: Http, answer: Answer, *, may_have_begun: bool = False) -> ProviderError:
    """The error for an answer of one of Google's services that is no success."""
    error = answer.data().get("error")
    error = error if isinstance(error, dict) else {}
    said, code = str(error.get("message", "")), str(error.get("status", ""))
    details = [one for one in error.get("details") or () if isinstance(one, dict)]
    detail = f"HTTP {answer.status} {code} {http.scrubbed(said)}"
    if any(one.get("reason") == "API_KEY_INVALID" for one in details):
        return AuthFailed(f"{http.title} refused the key of {http.owner}.", detail=detail)
    if "billing" in said.lower() and answer.status in (400, 403, 429):
        return InsufficientFunds(
            f"The account of {http.owner} at {http.title} cannot be billed.", detail=detail
        )
    if answer.status == 429 and any("PerDay" in quota for quota in _quotas(details)):
        return InsufficientFunds(
            f"The calls of {http.owner} to {http.title} for today are used up.", detail=detail
        )
    return refusal(
        http,
        answer,
        said=said,
        code=code,
        retry_after=_retry_delay(details),
        may_have_begun=may_have_begun,
    )


def _quotas(details: list[dict[str, Any]]) -> list[str]:
    return [str(one.get("quotaId", "")) for detail in details for one in paths.read(detail, "violations[]")]


def _retry_delay(details: list[dict[str, Any]]) -> float | None:
    """Seconds from RetryInfo, such as "0.5s"."""
    for detail in details:
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", ""))):
            return float(match[1])
    return None
