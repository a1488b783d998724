"""Vector drawings that providers make: cleaned, and drawn as a picture. Runs inside a child process only.

A drawing may hold scripts, and may name files and addresses. What is kept has none of that, and what is drawn is what
is kept.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import resvg_py

from providers.base import Media
from providers.errors import BadOutput
from providers.local import sniff

MOST_BYTES, MOST_DEPTH = 10 * 1024 * 1024, 200
#: The long side of the picture, and how many times longer than the short one it may be.
SIDE, MOST_RATIO = 2048, 20
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_ACTIVE = frozenset(
    {"script", "foreignObject", "iframe", "object", "embed", "audio", "video", "handler", "a"}
)
_ANIMATED = re.compile(r"animate\w*|set|discard")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[\w+/=\s]*", re.ASCII)
_REACHES_OUT = re.compile(r"@import|url\(\s*['\"]?\s*(?!#)[^)\s'\"]", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(?:px)?\s*", re.ASCII)

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def draw(media: Media, target: Path) -> tuple[Media, Media]:
    """The picture, a PNG, and the cleaned drawing, written beside ``target``. Raises `BadOutput`."""
    root = _parsed(media.path)
    _clean(root)
    width, height = _size(root)
    root.set("viewBox", root.get("viewBox") or f"0 0 {width:g} {height:g}")
    kept = target.with_suffix(sniff.VECTOR.suffix)
    kept.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    scale = SIDE / max(width, height)
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    root.set("width", str(columns))
    root.set("height", str(rows))
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=ElementTree.tostring(root, encoding="unicode"), skip_system_fonts=True
        )
    except ValueError as error:
        raise BadOutput("The drawing that came cannot be drawn. Run the step again.") from error
    picture = target.with_suffix(".png")
    picture.write_bytes(drawn)
    return Media(picture, sniff.PNG.content_type, columns, rows), Media(kept, sniff.VECTOR.content_type)


def _parsed(path: Path) -> ElementTree.Element:
    """The drawing's root. Entities are refused before anything is read."""
    if path.stat().st_size > MOST_BYTES:
        raise BadOutput(f"The drawing that came is larger than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            raise BadOutput("The drawing that came declares entities, which are not taken.")
        root = ElementTree.fromstring(text)  # noqa: S314  # nothing but elements is left to be read
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as error:
        raise BadOutput("The drawing that came is damaged. Run the step again.") from error
    if root.tag not in (f"{{{_SVG}}}svg", "svg"):
        raise BadOutput("What came is no drawing. Run the step again.")
    return root


def _clean(root: ElementTree.Element) -> None:
    """Take out all that runs, moves, or reaches beyond the drawing."""
    _clean_attributes(root)
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        if depth > MOST_DEPTH:
            raise BadOutput("The drawing that came is nested too deeply.")
        for child in list(element):
            name = _plain(child.tag)
            style_reaches_out = name == "style" and _REACHES_OUT.search("".join(child.itertext()))
            if name in _ACTIVE or _ANIMATED.fullmatch(name) or style_reaches_out:
                element.remove(child)
                continue
            _clean_attributes(child)
            stack.append((child, depth + 1))


def _clean_attributes(element: ElementTree.Element) -> None:
    for key, value in list(element.attrib.items()):
        name = _plain(key).lower()
        is_reference = name in ("href", "src")
        stays = value.strip().startswith("#") or _PICTURE.fullmatch(value.strip())
        if name.startswith("on") or (is_reference and not stays) or _REACHES_OUT.search(value):
            del element.attrib[key]


def _plain(tag: object) -> str:
    """A name without its namespace; "" for comments and the like."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _size(root: ElementTree.Element) -> tuple[float, float]:
    sides = [_NUMBER.fullmatch(root.get(name, "")) for name in ("width", "height")]
    found = [float(one[1]) for one in sides if one]
    box = root.get("viewBox", "").replace(",", " ").split()
    if len(found) != 2 and len(box) == 4:
        found = [float(one[1]) for text in box[2:] if (one := _NUMBER.fullmatch(text))]
    if len(found) != 2 or not min(found):
        found = [1.0, 1.0]
    if max(found) > min(found) * MOST_RATIO:
        raise BadOutput(f"The drawing that came is more than {MOST_RATIO} times longer than it is wide.")
    return found[0], found[1]
