"""All doubles at once, for demonstrations: ``python -m tests.doubles FILE`` writes the settings that lead to them.

They end with the process that started them.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

from tests.doubles.every import DOUBLES
from tests.doubles.server import Double

SCALE = 12


def main(file: Path) -> None:
    parent = os.getppid()
    Double.scale = SCALE
    doubles = [double() for double in DOUBLES.values()]
    settings = {name: value for double in doubles for name, value in double.settings.items()}
    whole = file.with_suffix(".whole")
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    whole.write_text("".join(lines), encoding="utf-8")
    whole.rename(file)
    while os.getppid() == parent:
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
