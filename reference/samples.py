"""How to make a call in three languages: text that runs once key and ids are put in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from reference.call import JSON
from reference.markdown import code

KEY = "sk-your-key"


@dataclass(frozen=True, slots=True)
class Sample:
    language: str
    text: str

    @property
    def html(self) -> SafeString:
        return code(self.text, self.language)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sample sends."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any  # None: none


def samples_of(host: str, path: str, method: str, operation: Mapping[str, Any]) -> list[Sample]:
    wanted = _wanted(host, path, method.upper(), operation)
    answers = {
        media
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for media in answer.get("content", {})
    }
    is_json = answers == {JSON}
    return [
        Sample("curl", _curl(wanted, is_json=is_json)),
        Sample("Python", _python(wanted, is_json=is_json)),
        Sample("JavaScript", _javascript(wanted, is_json=is_json)),
    ]


def _wanted(host: str, path: str, method: str, operation: Mapping[str, Any]) -> Wanted:
    address = host + re.sub(r"\{(\w+)\}", lambda found: _placeholder(found[1]), path)
    parameters = operation.get("parameters", ())
    needed = [one for one in parameters if one["in"] == "query" and one.get("required")]
    if needed:
        address += "?" + "&".join(f"{one['name']}={_placeholder(one['name'])}" for one in needed)
    headers = {"Authorization": f"Bearer {KEY}"} if operation.get("security") == [{"key": []}] else {}
    if any(one["name"] == "Idempotency-Key" for one in parameters):
        headers["Idempotency-Key"] = "order-4711"
    content = operation.get("requestBody", {}).get("content", {}).get(JSON)
    return Wanted(method, address, headers, content.get("example", {}) if content else None)


def _placeholder(name: str) -> str:
    """``workflowId`` → ``WORKFLOW_ID``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _curl(wanted: Wanted, *, is_json: bool) -> str:
    method = "" if wanted.method == "GET" else f"-X {wanted.method} "
    lines = [f"curl {method}'{wanted.url}'"]
    lines += [f"-H '{name}: {value}'" for name, value in wanted.headers.items()]
    if wanted.body is not None:
        text = json.dumps(wanted.body, ensure_ascii=False).replace("'", "'\\''")
        lines += [f"-H 'Content-Type: {JSON}'", f"-d '{text}'"]
    if not is_json:
        lines.append("-o answer")
    return " \\\n  ".join(lines)


def _python(wanted: Wanted, *, is_json: bool) -> str:
    arguments = [f'"{wanted.url}"']
    if wanted.headers:
        arguments.append(f"headers={_python_value(dict(wanted.headers))}")
    if wanted.body is not None:
        arguments.append(f"json={_python_value(wanted.body)}")
    call = ",\n    ".join(arguments)
    end = "print(answer.json())" if is_json else "print(len(answer.content))"
    return f"import httpx\n\nanswer = httpx.{wanted.method.lower()}(\n    {call},\n)\nanswer.raise_for_status()\n{end}"


def _python_value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=4)
    for word, python in (("true", "True"), ("false", "False"), ("null", "None")):
        text = re.sub(rf"(?<=[:\[,] ){word}\b", python, text)
    return text.replace("\n", "\n    ")


def _javascript(wanted: Wanted, *, is_json: bool) -> str:
    options = [f'method: "{wanted.method}"'] if wanted.method != "GET" else []
    headers = dict(wanted.headers)
    if wanted.body is not None:
        headers["Content-Type"] = JSON
    if headers:
        options.append(f"headers: {_indented(headers)}")
    if wanted.body is not None:
        options.append(f"body: JSON.stringify({_indented(wanted.body)})")
    more = ", {\n  " + ",\n  ".join(options) + ",\n}" if options else ""
    end = "console.log(await answer.json());" if is_json else "console.log(await answer.text());"
    return (
        f'const answer = await fetch("{wanted.url}"{more});\n'
        f"if (!answer.ok) throw new Error((await answer.json()).error);\n{end}"
    )


def _indented(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n  ")
