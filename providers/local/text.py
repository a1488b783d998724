"""Nodes that join, fill, change and split texts."""

from __future__ import annotations

import time

import re2

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.json_paths import MissingPath, read_json, read_path
from providers.local.limits import LIST_ITEMS, byte_length, check_items, check_text_bytes, join_within_limit
from providers.local.placeholders import fill
from providers.local.values import text_of

_FRAGMENTS = ("prompt1", "prompt2", "prompt3", "prompt4")
_VARIABLES = ("var1", "var2", "var3")
#: RE2 is linear in one search, but a pattern may search the rest of the text again at every letter.
REPLACE_SECONDS = 1.0


def prompt_concat(request: Request) -> dict[str, Value]:
    """``prompt``: the fragments joined, or the template filled with them."""
    params = request.params
    fragments = [text_of(request.inputs.get(name, params[name])) for name in _FRAGMENTS]
    if params["template"]:
        by_name = dict(zip(_FRAGMENTS, fragments, strict=True))
        return {"prompt": fill(params["template"], by_name.get)}
    if params["skip_empty"]:
        used = [fragment for fragment in fragments if fragment.strip()]
    else:
        present = [
            number
            for number, name in enumerate(_FRAGMENTS, 1)
            if name in request.inputs or fragments[number - 1]
        ]
        used = fragments[: max(present, default=0)]
    joined = join_within_limit(params["separator"], used)
    return {"prompt": join_within_limit("", [params["prefix"], joined, params["suffix"]])}


def prompt_template(request: Request) -> dict[str, Value]:
    """``prompt``: the template with wired values and keys of the JSON value put in."""
    wired = {name: request.inputs[name] for name in _VARIABLES if request.inputs.get(name) is not None}
    data = request.inputs.get("json")
    data = {} if data is None else read_json(data)
    missing = request.params["missing"]

    def value_of(name: str) -> str | None:
        if name in wired:
            return text_of(wired[name])
        try:
            return text_of(read_path(data, name))
        except MissingPath:
            if missing == "error":
                raise InvalidInput(
                    f"The template asks for {{{{{name[:80]}}}}}, but nothing of that name arrived."
                ) from None
        except InvalidInput:
            if missing == "error":
                raise
        return "" if missing == "empty" else None

    return {"prompt": fill(request.params["template"], value_of)}


def text_replace(request: Request) -> dict[str, Value]:
    """``text`` with every occurrence replaced; a pattern's groups are written \\1 or \\g<name>."""
    text = text_of(request.inputs.get("text"))
    find, replacement = request.params["find"], request.params["replace"]
    if not find:
        raise InvalidInput("Find is empty; write the text or pattern to look for.")
    if not request.params["regex"] and not request.params["ignore_case"]:
        growth = text.count(find) * (byte_length(replacement) - byte_length(find))
        check_text_bytes(byte_length(text) + growth)
        return {"text": text.replace(find, replacement)}
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not request.params["ignore_case"]
    try:
        pattern = re2.compile(find if request.params["regex"] else re2.escape(find), options)
    except re2.error as problem:
        raise InvalidInput(f"Find is not a pattern that RE2 can read: {_reason(problem)}.") from None
    parts: list[str | int] = [replacement]
    if request.params["regex"]:
        parts = _replacement_parts(replacement, pattern.groups, pattern.groupindex)
    return {"text": _replace_all(pattern, parts, text)}


def text_split(request: Request) -> dict[str, Value]:
    """``items``: the parts of the text; more than the limit of a list is refused unless ``limit`` is set."""
    text = text_of(request.inputs.get("text")).replace("\r\n", "\n")
    separator = request.params["separator"].replace("\\n", "\n").replace("\\t", "\t")
    if not separator:
        raise InvalidInput("Separator is empty; write the sign between two items, or \\n for a new line.")
    wanted = request.params["limit"] or LIST_ITEMS + 1
    items: list[str] = []
    start = 0
    while start <= len(text) and len(items) < wanted:
        end = text.find(separator, start)
        end = len(text) if end < 0 else end
        item = text[start:end].strip() if request.params["trim"] else text[start:end]
        if item.strip() or not request.params["drop_empty"]:
            items.append(item)
        start = end + len(separator)
    if len(items) > LIST_ITEMS:
        check_items(text.count(separator) + 1, what="The text split there")
    return {"items": items}


def _replace_all(pattern: re2._Regexp, parts: list[str | int], text: str) -> str:
    pieces: list[str] = []
    size, rest, give_up_at = 0, 0, time.monotonic() + REPLACE_SECONDS
    for found in pattern.finditer(text):
        new = [text[rest : found.start()]]
        new += [part if isinstance(part, str) else (found.group(part) or "") for part in parts]
        size += sum(map(byte_length, new))
        check_text_bytes(size)
        pieces += new
        rest = found.end()
        if time.monotonic() > give_up_at:
            raise InvalidInput("The pattern takes too long on this text; write it so that it matches less.")
    check_text_bytes(size + byte_length(text[rest:]))
    return "".join(pieces) + text[rest:]


def _replacement_parts(template: str, groups: int, names: dict[str, int]) -> list[str | int]:
    """Literal texts and group numbers in turn. Raises `InvalidInput` for a group the pattern lacks."""
    parts: list[str | int] = []
    rest = template
    while True:
        text, backslash, rest = rest.partition("\\")
        parts.append(text)
        if not backslash:
            return parts
        if rest[:1].isdecimal():
            length = 2 if rest[1:2].isdecimal() and int(rest[:2]) <= groups else 1
            group, rest = rest[:length], rest[length:]
        elif rest.startswith("g<") and ">" in rest:
            group, _, rest = rest[2:].partition(">")
        else:
            parts.append({"n": "\n", "t": "\t", "\\": "\\"}.get(rest[:1], "\\" + rest[:1]))
            rest = rest[1:]
            continue
        number = names.get(group, int(group) if group.isdecimal() and len(group) < 4 else -1)
        if not 0 <= number <= groups:
            raise InvalidInput(f"Replace names the group {group[:40]}, which the pattern does not have.")
        parts.append(number)


def _reason(problem: Exception) -> str:
    reason = problem.args[0] if problem.args else "it is not valid"
    return (reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason))[:200]
