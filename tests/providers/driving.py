"""Short ways to drive a real driver against its double."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from PIL import Image

from providers.base import Job, JobState, Media, Request
from providers.catalog import load_catalog
from providers.drivers import DRIVERS, Driver
from providers.errors import ProviderError
from providers.http import Access
from providers.local.child import run_local
from providers.local.provider import LocalProvider
from tests.doubles.server import Double, picture

CATALOG = load_catalog()


def driver_for(double: Double, *, key: str = "") -> Driver:
    return DRIVERS[double.name](Access(double.base_url, key or double.key), LocalProvider(HerePool()))


class HerePool:
    """Does what a child does in this process."""

    size = 1

    def call(self, task: str, payload: dict[str, Any], *, timeout: float) -> dict[str, Any]:
        return run_local(payload)


def request_for(scratch: Path, kind: str, inputs: dict[str, Any], **params: Any) -> Request:
    """A request with the node type's defaults, as the engine makes them."""
    scratch.mkdir(exist_ok=True)
    declared = CATALOG[kind]
    values = {param.id: param.default for param in declared.params}
    values |= {name: value for name, value in inputs.items() if name in values}
    return Request(declared, inputs, values | params, scratch, idempotency_key="submission-1")


def submit(driver: Driver, request: Request) -> Job:
    return asyncio.run(driver.submit(request))


def refused(driver: Driver, request: Request) -> ProviderError:
    """The failure that a submit ends with."""
    try:
        job = submit(driver, request)
    except ProviderError as error:
        return error
    raise AssertionError(f"It was not refused: {job}")


def a_picture(folder: Path, words: str = "in", form: str = "png") -> Media:
    path = folder / f"{words}.{form}"
    path.write_bytes(picture(words, form=form.upper()))
    return Media(path, f"image/{form}", 96, 64)


def size_of(media: Media) -> tuple[int, int]:
    with Image.open(media.path) as image:
        image.load()
        return image.size


def follow(driver: Driver, job: Job, request: Request) -> Job:
    """Ask for a job until it is done."""
    for _ in range(20):
        if job.state is JobState.DONE:
            return job
        job = asyncio.run(driver.fetch(job.ref, request))
    raise AssertionError(f"It never got done: {job}")


def outcome(driver: Driver, request: Request) -> Job | ProviderError:
    """What becomes of a request in the end."""
    try:
        return follow(driver, submit(driver, request), request)
    except ProviderError as error:
        return error
