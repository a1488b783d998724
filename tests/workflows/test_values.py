"""Whether a value fits its parameter: what the canvas says while somebody types is what the server says in the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers.catalog import read_param
from workflows.values import Misfit, fit

VECTORS = json.loads((Path(__file__).parent / "values.json").read_text(encoding="utf-8"))


def value_of(told: Any) -> Any:
    """Long texts are told by what they repeat."""
    return told["repeat"] * told["times"] if isinstance(told, dict) and "repeat" in told else told


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["fact"] for vector in VECTORS])
def test_a_value_fits_or_does_not(vector: dict[str, Any]):
    param = read_param(vector["param"])
    try:
        fit(param, value_of(vector["value"]))
        fits = True
    except Misfit:
        fits = False
    assert fits is vector["fits"]
