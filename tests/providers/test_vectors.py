"""Vector drawings: what is kept of them, how they are drawn, and what is refused."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from providers.base import Media
from providers.errors import BadOutput
from providers.local.child import answer
from providers.local.sniff import VECTOR
from providers.local.vectors import SIDE, draw
from providers.local.wire import encode_media

RED = '<rect width="20" height="10" fill="#f00"/>'


def drawing(tmp_path, inside: str = RED, *, root: str = 'viewBox="0 0 20 10"', before: str = "") -> Media:
    path = tmp_path / "came.svg"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>'
    path.write_text(f"{before}{head}{inside}</svg>", encoding="utf-8")
    return Media(path, VECTOR.content_type)


def test_a_drawing_is_drawn_at_its_own_shape(tmp_path):
    half = '<rect x="10" width="10" height="10" fill="#00f"/>'
    picture, kept = draw(drawing(tmp_path, RED + half), tmp_path / "out")
    assert (picture.content_type, picture.width, picture.height) == ("image/png", SIDE, SIDE // 2)
    with Image.open(picture.path) as shown:
        assert shown.size == (SIDE, SIDE // 2)
        assert shown.getpixel((5, 5)) == (255, 0, 0, 255)
        assert shown.getpixel((SIDE - 5, 5)) == (0, 0, 255, 255)
    assert (kept.content_type, kept.path.suffix, kept.kind) == (
        "application/octet-stream",
        ".svg",
        "application",
    )


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>", '<g onload="alert(1)"/>', "<foreignObject><p>x</p></foreignObject>",
        '<image href="file:///etc/passwd" width="9" height="9"/>', '<image xlink:href="/etc/evil.png"/>',
        '<use href="https://evil.example/a.svg#b"/>', '<a href="javascript:evil()"><rect/></a>',
        '<image href="data:image/svg+xml;base64,ZXZpbA=="/>', '<rect style="fill:url(https://evil.example/)"/>',
        "<style>@import 'https://evil.example/a.css';</style>", '<set attributeName="href" to="javascript:evil()"/>',
        '<feImage href="http://evil.example/x.png"/>', '<rect fill="url( &quot;//evil.example/#a&quot;)"/>',
    ],
)  # fmt: skip
def test_nothing_that_runs_or_reaches_out_is_kept(tmp_path, evil):
    _, kept = draw(drawing(tmp_path, RED + evil), tmp_path / "out")
    text = kept.path.read_text(encoding="utf-8")
    assert "#f00" in text
    assert not [word for word in ("evil", "alert", "passwd", "<p", "javascript", "ZXZpbA") if word in text]


def test_what_stays_inside_is_kept(tmp_path):
    inside = '<defs><linearGradient id="g"/></defs><rect fill="url(#g)"/><use href="#g"/>'
    inside += '<image href="data:image/png;base64,iVBORw0KGgo="/>'
    _, kept = draw(drawing(tmp_path, inside), tmp_path / "out")
    text = kept.path.read_text(encoding="utf-8")
    assert "url(#g)" in text and 'href="#g"' in text and "data:image/png" in text


@pytest.mark.parametrize(
    "how",
    [
        {"before": '<!DOCTYPE svg [<!ENTITY a "b">]>'},
        {"root": 'width="1" height="10000"'},
        {"inside": "<g>" * 300 + "</g>" * 300},
        {"inside": "<g>"},
        {"before": "<html/>"},
    ],
)
def test_what_is_no_drawing_or_no_good_one_is_refused(tmp_path, how):
    with pytest.raises(BadOutput):
        draw(drawing(tmp_path, **how), tmp_path / "out")
    payload = {"media": encode_media(drawing(tmp_path, **how)), "target": str(tmp_path / "out")}
    line = json.dumps({"task": "vector", "payload": payload}).encode()
    assert json.loads(answer(line))["error"][0] == "BadOutput"
