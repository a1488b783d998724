"""Photos on their way into the library, and the library of a team that has very many."""

from __future__ import annotations

import io
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import httpx
from PIL import Image

from bench.figures import Figure, percentile, spread
from bench.site import Site, running

UPLOADS = 100
ASSETS = 100_000
TIMES = 20
UPLOAD_NOTE = (
    f"{UPLOADS} JPEG photos of 4000 × 3000 pixels, sent one after the other over one connection: from the first "
    "byte sent until the smaller thumbnail was read."
)
LIBRARY_NOTE = (
    f"{ASSETS:,} assets, 36 a page; {TIMES} requests each of the first page, a page from the middle, every single "
    "filter (one of them finding nothing), several filters at once, and searches that find much, little and nothing."
)


def measure() -> list[Figure]:
    with running() as site:
        cookies = {"sessionid": site.sign_in()}
        with httpx.Client(base_url=site.server.url, cookies=cookies, trust_env=False, timeout=60) as person:
            uploads = [_upload(site, person, photo) for photo in _photos(UPLOADS)]
            middle = _fill(site)
            paths = (
                "",
                f"?cursor={middle}",
                "?kind=image",
                "?kind=audio",
                "?workflow=cm5",
                "?workflow=cmnone",
                "?node=type:3",
                "?person=1",
                "?since=2026-01-01&until=2026-02-01",
                "?favourites=1",
                "?kind=video&workflow=cm7&node=type:2",
                "?q=cat",
                "?q=cat+4711",
                "?q=nowhere",
                "?q=nowhere&kind=image",
                "?q=cat&person=1",
                "?bin=1",
                "?bin=1&q=nowhere",
            )
            pages = {path: [_timed(person, f"/assets{path}") for _ in range(TIMES)] for path in paths}
    slowest = max(paths, key=lambda path: percentile(pages[path], 0.95))
    return [
        *spread("upload to thumbnail, 12 megapixels", uploads, note=UPLOAD_NOTE),
        *spread(
            "library page",
            [seconds for each in pages.values() for seconds in each],
            p95=100,
            note=LIBRARY_NOTE,
        ),
        *spread(
            f"library page, slowest: {slowest or 'the first'}", pages[slowest], p95=100, note=LIBRARY_NOTE
        ),
    ]


def _photos(count: int) -> Iterator[bytes]:
    """Photos that no two are alike, of noise in soft colours, which packs about as a camera's does."""
    dice = random.Random(12)
    ground = Image.effect_noise((4000, 3000), 24)
    for _ in range(count):
        colours = [
            ground.point([min(255, int(value * dice.uniform(0.6, 1.1))) for value in range(256)])
            for _ in "rgb"
        ]
        written = io.BytesIO()
        Image.merge("RGB", colours).save(written, "JPEG", quality=70)
        yield written.getvalue()


def _upload(site: Site, person: httpx.Client, photo: bytes) -> float:
    began = time.perf_counter()
    answer = person.post(
        "/api/v1/media/upload",
        files={"file": ("photo.jpg", photo, "image/jpeg")},
        headers={"Authorization": f"Bearer {site.key}"},
    )
    assert answer.status_code == 201, answer.text
    assert person.get(f"{answer.json()['data']['thumbnailUrl']}?side=256").status_code == 200
    return time.perf_counter() - began


def _timed(person: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - began


def _fill(site: Site) -> str:
    """Rows as `ASSETS` uploads and results leave them, without files; the cursor of a page in the middle."""
    dice = random.Random(5)
    with closing(sqlite3.connect(site.database, timeout=60)) as database:
        database.row_factory = sqlite3.Row
        pattern = dict(database.execute("SELECT * FROM assets_asset LIMIT 1").fetchone())
        newest = datetime.fromisoformat(pattern["created_at"])
        rows = [_row(pattern, newest, number, dice) for number in range(ASSETS)]
        names, marks = ", ".join(pattern), ", ".join("?" * len(pattern))
        database.executemany(f"INSERT INTO assets_asset ({names}) VALUES ({marks})", rows)
        favourites = [(row[0], pattern["created_by_id"]) for row in dice.sample(rows, 500)]
        database.executemany("INSERT INTO assets_favourite (asset_id, user_id) VALUES (?, ?)", favourites)
        database.commit()
    middle = newest - timedelta(minutes=ASSETS // 2)
    return f"{middle.isoformat()}~as_{'a' * 26}"


def _row(pattern: dict[str, object], newest: datetime, number: int, dice: random.Random) -> list[object]:
    own = secrets.token_hex(13).translate(str.maketrans("0189", "ghij"))
    kind = dice.choices(["image", "video", "audio", "data"], [900, 80, 15, 5])[0]
    changes = {
        "id": f"as_{own}",
        "name": f"{own}.png",
        "thumbnail_name": f"{own[::-1]}.webp",
        "blob": own,
        "sha256": own,
        "kind": kind,
        "filename": f"{dice.choice(['cat', 'lighthouse', 'street', 'face', 'shop'])} {number}.png",
        "workflow": f"cm{dice.randrange(40)}",
        "node_type": f"type:{dice.randrange(12)}",
        "created_at": str(newest - timedelta(minutes=number + 1)),
        "deleted_at": str(newest) if number % 100 == 0 else None,
    }
    return [changes.get(name, value) for name, value in pattern.items()]
