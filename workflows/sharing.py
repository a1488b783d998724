"""What a stranger may see of a graph: everything but what looks like a secret.

Pure. Settings are told by their name (``api_key``, ``authToken``), texts by their look (``sk-…``, ``Bearer …``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(
    r"(?:^|_)(?:api_?key|access_?key|private_?key|secrets?|client_secret|passwords?|passwd|passphrase|credentials?"
    r"|authorization|bearer|cookies?|token)(?:$|_)"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOOK = re.compile(
    r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"
    r"|\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{16,}"
    r"|\bgh[opsur]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bwhk_[a-z2-7]{26}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
#: What the catalog writes, not people.
_OURS = ("inputs", "outputs", "nodeType", "category")


def without_secrets(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node on the wire with nothing secret in its ``data``; the same node when there was nothing."""
    data = node.get("data") or {}
    kept = {key: value if key in _OURS else _wiped(key, value) for key, value in data.items()}
    return {**node, "data": kept}


def _wiped(name: str, value: Any) -> Any:
    """A value of a setting called ``name``; bodies are not nested deep, so this may call itself."""
    if isinstance(value, Mapping):
        return {key: _wiped(str(key), one) for key, one in value.items()}
    if isinstance(value, list):
        return [_wiped(name, one) for one in value]
    if not isinstance(value, str):
        return value
    if _NAME.search(_HUMP.sub("_", name).replace("-", "_").lower()):
        return ""
    return _LOOK.sub("", value)
