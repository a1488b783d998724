"""Refusals and findings: contract §§3 and 5.7."""

from __future__ import annotations

from reference.schemas import ANY_OBJECT, COUNT, TEXT, WHOLE, Schema, a, has, many, maybe, of_all, one_of, ref

_PROBLEM_TYPES = one_of(
    "invalid_request_error", "authentication_error", "insufficient_credits_error", "conflict_error",
    "rate_limit_error", "api_error",
)  # fmt: skip
PROBLEMS: dict[str, Schema] = {
    "Problem": has(
        "A refusal. What else there is to know stands beside these three.",
        error=a("A sentence that says what to do.", TEXT),
        code=a("A word for programs.", TEXT),
        type=_PROBLEM_TYPES,
    ),
    "InsufficientCredits": of_all(
        "What the run would cost at most, and what there is.",
        "Problem",
        insufficientCredits={"const": True},
        requiredCredits=COUNT,
        availableCredits=COUNT,
        breakdown=many(has(nodeId=TEXT, nodeLabel=TEXT, credits=COUNT)),
    ),
    "RateLimited": of_all(
        "When to come again.",
        "Problem",
        retryAfter=a("Seconds, as in Retry-After.", {"type": "integer", "minimum": 1}),
    ),
    "InvalidGraph": of_all(
        "What stops this graph.",
        "Problem",
        violations=many(ref("Violation")),
        warnings=many(ref("Violation")),
        migrations=many(ref("Migration")),
        diagnostics=ref("Diagnostics"),
    ),
    "Violation": has(
        "What is wrong with a graph, and where.",
        optional=("fix", "nodeId", "edgeId", "field"),
        rule=TEXT,
        severity=one_of("error", "warning"),
        message=TEXT,
        fix=TEXT,
        nodeId=TEXT,
        edgeId=TEXT,
        field=TEXT,
    ),
    "Migration": {
        "type": "object",
        "description": "An old name that was rewritten.",
        "required": ["nodeId", "from", "to"],
        "properties": {"nodeId": TEXT, "from": TEXT, "to": TEXT},
    },
    "Diagnostics": has(
        "All findings in one envelope.",
        version=WHOLE,
        counts=has(error=COUNT, warning=COUNT, info=COUNT),
        diagnostics=many(
            has(
                code=TEXT,
                severity=one_of("error", "warning", "info"),
                message=TEXT,
                target=ANY_OBJECT,
                hint=maybe(TEXT),
                docs=maybe(TEXT),
            )
        ),
    ),
}
