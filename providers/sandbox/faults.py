"""Failures to order: words in a prompt (or in score criteria) that make the call fail that way.

``[429]`` ``[500]`` ``[block]`` ``[empty]`` refuse the call, every time it is made; ``[500x2]`` refuses the
first two calls of a submission and lets the third through. ``[timeout]`` takes the call and never gets ready,
``[lost]`` takes it and forgets the job, ``[unknown]`` takes it and drops the answer (the same key finds the
job again). ``[low]`` in the criteria makes llm:score give 0.
"""

from __future__ import annotations

import re

from providers.errors import ContentBlocked, NoOutput, ProviderError, RateLimited, ServerFault, UnknownOutcome

_WORD = re.compile(r"\[(429|500|block|empty|timeout|lost|unknown|low)(?:x(\d{1,3}))?\]", re.IGNORECASE)


def _words(text: str) -> list[tuple[str, int | None]]:
    return [(word.lower(), int(times) if times else None) for word, times in _WORD.findall(text)]


def without_words(text: str) -> str:
    """``text`` without the words of this module, so that what is made of it does not fail in turn."""
    return _WORD.sub("", text)


def asks_for(word: str, text: str) -> bool:
    return any(found == word for found, _ in _words(text))


def never_ready(text: str) -> bool:
    """Whether a call with this text is taken and then never answered."""
    return asks_for("timeout", text) or asks_for("lost", text)


def refusal(text: str, calls: int) -> ProviderError | None:
    """What call number ``calls`` (from 1) of a submission meets instead of being taken."""
    for word, times in _words(text):
        if times is not None and calls > times:
            continue
        match word:
            case "429":
                return RateLimited("The sandbox was asked to refuse: too many calls.", retry_after=1.0)
            case "500":
                return ServerFault("The sandbox was asked to fail on its side.")
            case "block":
                return ContentBlocked("The sandbox was asked to refuse this prompt as against its policy.")
            case "empty":
                return NoOutput("The sandbox was asked to answer with nothing.")
    return None


def dropped_answer(text: str, calls: int) -> ProviderError | None:
    """What the caller hears in place of the answer once the call has been taken; later calls are answered."""
    if calls == 1 and asks_for("unknown", text):
        return UnknownOutcome("The sandbox was asked to take the work and drop its answer.")
    return None
