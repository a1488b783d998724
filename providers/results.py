"""From a provider's answer to outputs: texts as they are, media in files of ours, told by their bytes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import secrets
import wave
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from providers import paths
from providers.base import Media, Request, Value
from providers.catalog import Port
from providers.errors import BadOutput, InvalidInput, NoOutput, ResultLost
from providers.fetch import FetchRefused, fetch_public
from providers.http import Http
from providers.local import sniff
from providers.routes import Route

MEGABYTE = 1024 * 1024
#: Port type → the largest file that is taken, and the seconds its transfer may last.
LIMITS = {"IMAGE": (50 * MEGABYTE, 60.0), "AUDIO": (100 * MEGABYTE, 120.0), "VIDEO": (1024 * MEGABYTE, 600.0)}
_PCM = re.compile(r"audio/(?:L16|pcm)\b", re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


def price_notes(request: Request, outputs: Mapping[str, Value]) -> dict[str, Any]:
    """For `Job.notes`: the number to charge for where fewer results came than were asked and are priced by."""
    wanted = (request.kind.spec.get("credits_basis", {}).get("quantity_from") or {}).get("param", "")
    made, asked = outputs.get(request.kind.outputs[0].id), request.params.get(wanted)
    if isinstance(made, list) and isinstance(asked, int) and 0 < len(made) < asked:
        return {"price_as": {wanted: len(made)}}
    return {}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one answer for one request."""

    http: Http
    request: Request
    route: Route

    @property
    def _draws(self) -> bool:
        """May its results be vector drawings? Whoever stores them has them drawn in a child process first."""
        return self.request.kind.output("vectors") is not None

    async def outputs(self, answer: Mapping[str, Any]) -> dict[str, Value]:
        """Port → value. Raises `NoOutput` when the answer has none, `BadOutput` when it is not what it should be."""
        spec = self.route.output
        main = self.request.kind.outputs[0]
        found = paths.read(answer, spec["path"])
        outputs: dict[str, Value]
        if spec["kind"] == "text":
            outputs = self._text(main, found)
        elif spec["kind"] == "json":
            outputs = self._fields(found)
        else:
            if spec["kind"] == "url_or_list":
                found = [one for value in found for one in (value if isinstance(value, list) else [value])]
            if spec["kind"] == "url_or_object":
                found = _addresses(found, main.type.lower())
            if not main.multiple:
                found = found[:1]
            outputs = self._media(main, [await self._medium(one, main) for one in found])
        for name, path in spec.get("extra", {}).items():
            port = self.request.kind.output(name)
            more = paths.read(answer, path)
            if port is not None and more:
                outputs[name] = await self._medium(more[0], port) if port.type in LIMITS else more[0]
        return outputs

    async def sorted(self, addresses: Iterable[str]) -> dict[str, Value]:
        """What lies at these addresses, each medium at the first output of its type; other types are left out."""
        ports = {port.type: port for port in reversed(self.request.kind.outputs) if port.type in LIMITS}
        most_bytes, seconds = max(LIMITS[kind] for kind in ports)
        outputs: dict[str, Value] = {}
        for address in addresses:
            path = self.request.scratch / f"result-{secrets.token_hex(8)}"
            await self._fetch(address, path, most_bytes, seconds)
            media = await asyncio.to_thread(self._any, path)
            port = ports.get(media.kind.upper())
            if port is not None and port.multiple:
                outputs.setdefault(port.id, []).append(media)
            elif port is not None:
                outputs.setdefault(port.id, media)
        return outputs

    def _any(self, path: Path) -> Media:
        media = self._named(path, ResultLost)
        most_bytes = LIMITS.get(media.kind.upper(), (0, 0.0))[0]
        if media.path.stat().st_size > most_bytes:
            media.path.unlink()
            raise ResultLost(f"The result of {self.http.title} is larger than {most_bytes // MEGABYTE} MB.")
        return media

    def _media(self, port: Port, media: list[Media]) -> dict[str, Value]:
        if not media:
            raise NoOutput(
                f"{self.http.title} answered without a result. Change the prompt and run it again."
            )
        return {port.id: media if port.multiple else media[0]}

    def _text(self, port: Port, found: list[Any]) -> dict[str, Value]:
        text = "".join(str(one) for one in found)
        if not text.strip():
            raise NoOutput(f"{self.http.title} answered without words. Change the prompt and run it again.")
        outputs: dict[str, Value] = {port.id: text}
        for other in self.request.kind.outputs[1:]:
            if other.type == "JSON" and self.request.params.get("json_schema"):
                outputs[other.id] = self._parsed(text)
        return outputs

    def _fields(self, found: list[Any]) -> dict[str, Value]:
        read = self._parsed("".join(str(one) for one in found))
        spec = self.route.output
        if not isinstance(read, dict):
            raise BadOutput(f"{self.http.title} did not answer with the JSON that was asked for.")
        outputs = {ours: read[theirs] for ours, theirs in spec.get("fields", {}).items() if theirs in read}
        for name, rule in spec.get("derived", {}).items():
            value, least = outputs.get(rule["value"]), self.request.params.get(rule["at_least"])
            if isinstance(value, int | float) and isinstance(least, int | float):
                outputs[name] = value >= least
        if not outputs:
            raise BadOutput(f"{self.http.title} left out all that was asked for.")
        return outputs

    def _parsed(self, text: str) -> Any:
        fenced = _FENCE.match(text)
        try:
            return json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError) as error:
            raise BadOutput(f"{self.http.title} answered with JSON that cannot be read.") from error

    async def _medium(self, value: Any, port: Port) -> Media:
        """One medium from base64 text, ``{mimeType, data}``, ``{url}`` or an address."""
        told = ""
        if isinstance(value, Mapping):
            told = str(value.get("mimeType") or value.get("mime_type") or "")
            value = value.get("data") or value.get("uri") or value.get("url")
        if not isinstance(value, str) or port.type not in LIMITS:
            raise BadOutput(f"{self.http.title} did not answer with the media it should.")
        path = self.request.scratch / f"result-{secrets.token_hex(8)}"
        if value.startswith("data:"):
            value = value.partition(",")[2]
        elif value.startswith(("http://", "https://")):
            await self._fetch(value, path, *LIMITS[port.type])
            return await asyncio.to_thread(self._told, path, port, ResultLost)
        await asyncio.to_thread(self._decode, value, path, told, LIMITS[port.type][0])
        return await asyncio.to_thread(self._told, path, port, BadOutput)

    def _decode(self, text: str, path: Path, told: str, most_bytes: int) -> None:
        if len(text) > most_bytes * 4 // 3 + 4:
            raise BadOutput(f"The result of {self.http.title} is larger than {most_bytes // MEGABYTE} MB.")
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadOutput(f"The result of {self.http.title} is damaged.") from error
        if _PCM.match(told):
            rate = re.search(r"rate=(\d{4,6})", told)
            with wave.open(str(path), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(int(rate[1]) if rate else 24_000)
                sound.writeframes(content)
        else:
            path.write_bytes(content)

    async def _fetch(self, address: str, path: Path, most_bytes: int, seconds: float) -> None:
        """Copy a result to us: from the operator's own host as it is, else through the guarded fetcher."""
        if self.http.is_own(address):
            address = await self.http.download(address, path, most_bytes=most_bytes, seconds=seconds)
        for last in (False, True):
            if not address:
                return
            try:
                await fetch_public(address, path, max_bytes=most_bytes, total_seconds=seconds)
                return
            except FetchRefused as refused:
                if last:
                    said = f"{self.http.title} made a result that could not be fetched. Run the step again."
                    raise ResultLost(said, detail=refused.message) from None

    def _told(self, path: Path, port: Port, wrong: type[BadOutput]) -> Media:
        """The medium in a file. Raises ``wrong`` when it is not of the port's type."""
        media = self._named(path, wrong)
        is_drawing = media.content_type == sniff.VECTOR.content_type and port.type == "IMAGE"
        if media.kind != port.type.lower() and not is_drawing:
            raise wrong(f"{self.http.title} made something else than the {port.type.lower()} it should.")
        return replace(media, role=port.role)

    def _named(self, path: Path, wrong: type[BadOutput]) -> Media:
        """The medium in a file, its type told from the first bytes. Raises ``wrong`` when it is none that is taken."""
        with path.open("rb") as file:
            head = file.read(sniff.HEAD_BYTES)
        try:
            kind = sniff.media_type(head)
        except InvalidInput:
            kind = sniff.VECTOR if self._draws and b"<svg" in head else None
        if kind is None:
            raise wrong(f"{self.http.title} made a file of a type that is not taken.")
        named = path.with_suffix(kind.suffix)
        path.rename(named)
        return Media(named, kind.content_type)


def _addresses(found: Any, kind: str) -> list[str]:
    """All addresses in a value of any shape; of several those whose names speak of this kind of media."""
    named = dict(_named_addresses(found, ""))
    return [address for address, name in named.items() if kind in name] or list(named)


def _named_addresses(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        yield value, name
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _named_addresses(one, f"{name}.{key}".lower())
    elif isinstance(value, list):
        for one in value:
            yield from _named_addresses(one, name)
