"""The page of figures: who may read it here, and what it says."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-of-the-tests-0123"


def values(text: str) -> dict[tuple[str, str], float]:
    """(name, the values of its labels) → value"""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
