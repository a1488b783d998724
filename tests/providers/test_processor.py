"""The limit of the processor keeps within those that the operator set."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASK = """
import resource
from providers.local import processor
resource.setrlimit(resource.RLIMIT_CPU, ({soft}, {hard}))
with processor.at_most(1_000):
    print(*resource.getrlimit(resource.RLIMIT_CPU))
print(*resource.getrlimit(resource.RLIMIT_CPU))
"""


@pytest.mark.parametrize(("soft", "hard", "within"), [(300, 500, 300), (500, 500, 500)])
def test_what_the_operator_allows_is_never_passed(soft: int, hard: int, within: int):
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(soft=soft, hard=hard)], capture_output=True, text=True, check=False
    )
    assert (asked.stdout.split(), asked.stderr) == ([str(within), str(hard), str(soft), str(hard)], "")
