"""All doubles at once, for demonstrations: ``python -m tests.doubles FILE`` writes the settings that lead to them.

They end with the process that started them.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.doubles.fal import FalDouble
from tests.doubles.gemini import GeminiDouble
from tests.doubles.openai import OpenAIDouble
from tests.doubles.replicate import ReplicateDouble
from tests.doubles.server import Double

SCALE = 12


def main(file: Path) -> None:
    parent = os.getppid()
    Double.scale = SCALE
    doubles = {
        ("GEMINI_API_KEY", "GEMINI_BASE_URL"): GeminiDouble(),
        ("FAL_KEY", "FAL_BASE_URL"): FalDouble(),
        ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL"): ReplicateDouble(),
        ("OPENAI_API_KEY", "OPENAI_BASE_URL"): OpenAIDouble(),
    }
    lines = [
        f"export {key}={double.key} {address}={double.base_url}" for (key, address), double in doubles.items()
    ]
    whole = file.with_suffix(".whole")
    whole.write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole.rename(file)
    while os.getppid() == parent:
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
