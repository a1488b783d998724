"""What people call the places of a graph where something was changed, and how values are shown to them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Self

from providers.catalog import NodeType, Param, Port, load_catalog
from workflows.components import ports_of
from workflows.nodes import data_of, type_name
from workflows.ports import Landing, find_input, find_output

Json = Mapping[str, Any]

#: What people call settings that are no parameters of a node.
NAMES = {
    "label": "Name",
    "pinned": "Pinned result",
    "runMode": "Mode",
    "onError": "When it fails",
    "timeLimit": "Time limit",
    "selectedIndex": "Chosen result",
    "nodeType": "Type",
}
#: So many characters of a value are shown at all.
LONGEST = 5_000
#: Parameters whose choices are names, the same in every language; the canvas knows them too.
NAMING = {"checkpoint", "font", "format", "model", "model_version", "output_format", "resample", "voice"}
_CHOICE = re.compile(r"[a-z]{3,}([-_ ][a-z]+)*")
_INITIALS = re.compile(r"\b(json|url|csv|cfg|fps|id|ai|tts|hd)\b")


class Word(str):
    """A text; ``is_ours`` when it stands in the catalog, whose words a page says in its own language."""

    is_ours: bool

    def __new__(cls, text: str, *, is_ours: bool = False) -> Self:
        word = super().__new__(cls, text)
        word.is_ours = is_ours
        return word


def node_word(raw: Json) -> Word:
    """A node as people named it, else by its type. Graphs keep the English name of a type, which is nobody's choice."""
    data, kind = data_of(raw), load_catalog().find(type_name(raw))
    label = str(data.get("label") or "")
    if kind is not None and label in ("", kind.title):
        return Word(kind.title, is_ours=True)
    return Word(label or str(_component(data).get("name") or raw["id"]))


def input_word(raw: Json, handle: str) -> Word:
    landing = landing_of(raw, handle)
    return _label_of(landing.port) if landing else _port_word(raw, handle, 0)


def output_word(raw: Json, handle: str) -> Word:
    kind = load_catalog().find(type_name(raw))
    port = find_output(kind, handle, settings_of(raw)) if kind else None
    return _label_of(port) if port else _port_word(raw, handle, 1)


def landing_of(raw: Json, handle: str) -> Landing | None:
    """The input that a handle means; None of a component, and where there is none."""
    kind = load_catalog().find(type_name(raw))
    return find_input(kind, handle) if kind else None


def takes_many(raw: Json, handle: str) -> bool:
    """Do several wires end at this input, in an order?"""
    landing = landing_of(raw, handle)
    return landing.port.multiple if landing else bool(_port(raw, handle, 0).get("multiple"))


def setting_word(raw: Json, name: str) -> Word:
    """What the setting of a node is called."""
    for one in _component(data_of(raw)).get("settings") or ():
        if isinstance(one, Mapping) and one.get("id") == name and one.get("label"):
            return Word(str(one["label"]))
    if _param(raw, name) is None and name in NAMES:
        return Word(NAMES[name])
    return Word(_humanised(name), is_ours=True)


def value_word(raw: Json, name: str, value: Any) -> Word:
    """A value of a setting as it is shown."""
    param = _param(raw, name)
    is_choice = param is not None and param.type == "enum" and name not in NAMING
    if is_choice and isinstance(value, str) and _CHOICE.fullmatch(value):
        return Word(value, is_ours=True)
    return Word(_shown(value))


def settings_of(raw: Json) -> dict[str, Any]:
    data = data_of(raw)
    return {**held(data, "config"), **held(data, "params")}


def held(data: Json, part: str) -> Json:
    found = data.get(part)
    return found if isinstance(found, Mapping) else {}


def _component(data: Json) -> Json:
    return held(data, "component")


def _port(raw: Json, handle: str, side: int) -> Json:
    name = _bare(handle)
    ports = ports_of(data_of(raw))[side]
    found = [one for one in ports if str(one.get("id")) == name or (not name and len(ports) == 1)]
    return found[0] if found else {}


def _port_word(raw: Json, handle: str, side: int) -> Word:
    return Word(str(_port(raw, handle, side).get("label") or _humanised(_bare(handle))))


def _bare(handle: str) -> str:
    return handle.removeprefix("in-").removeprefix("out-")


def _label_of(port: Port) -> Word:
    """The label of the catalog; where that says nothing but the id, the id as people read it."""
    if port.label.lower().replace(" ", "_") != port.id.lower():
        return Word(port.label, is_ours=True)
    return Word(f"{_humanised(port.stem)}s" if port.numbered else _humanised(port.id), is_ours=True)


def _param(raw: Json, name: str) -> Param | None:
    kind: NodeType | None = load_catalog().find(type_name(raw))
    return kind.param(name) if kind else None


def _humanised(name: str) -> str:
    """``aspect_ratio`` is "Aspect ratio", ``prompt2`` is "Prompt 2", ``num_images`` is "Images", as on the canvas."""
    words = re.sub(r"([a-z])([A-Z0-9])", r"\1 \2", name.removeprefix("num_")).replace("_", " ").strip()
    text = _INITIALS.sub(lambda found: found[0].upper(), words.lower())
    return text[:1].upper() + text[1:]


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    match value:
        case bool():
            return "✓" if value else "✗"
        case {"filename": str(name)} if name:
            return name
        case {"assetId": _, "url": str(address)} if address:
            return address
        case [*several] if all(isinstance(one, Mapping) and "assetId" in one for one in several):
            return "\n".join(map(_shown, several))
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
