"""Texts and JSON of the sandbox: fixed sentence patterns around the first words of the prompt."""

from __future__ import annotations

import json
import math
from typing import Any

from providers.base import Value
from providers.sandbox import faults
from providers.sandbox.dice import Dice
from providers.sandbox.shapes import smallest
from providers.sandbox.wire import Order

_LIGHT = ("soft morning light", "warm evening light", "bright studio light", "cool window light")
_VIEW = ("seen at eye level", "seen from a low angle", "in a close view", "in a wide view", "seen from above")
_COLOUR = ("muted earth colours", "fresh greens and blues", "deep reds and gold", "pale pastel colours")
_FEEL = ("calm and spacious", "lively and crisp", "quiet and intimate", "bold and graphic")
_MOVE = ("a slow push in", "a gentle pan to the right", "a steady tracking shot", "a slow orbit")
_TUNE = ("a steady beat at 96 bpm", "soft piano over strings", "guitar and hand drums", "warm analogue pads")
_SPEECH = (
    "This is the sandbox speaking: what you hear was drawn, not recorded, and the words are always these.",
    "Every morning begins with a small plan, and the sandbox reads it aloud so that captions can be tried.",
    "Nothing here was said by anyone; the sandbox writes this sentence for each sound that it is given.",
)
WORDS_SHOWN = 12


def first_words(text: str, most: int = WORDS_SHOWN) -> str:
    """The first ``most`` words on one line, without words that order failures; ``…`` when there are more."""
    words = faults.without_words(text[:4_000]).split()
    return " ".join(words[:most]).rstrip(".,;:") + (" …" if len(words) > most else "")


def speak(order: Order) -> dict[str, Value]:
    """The outputs of a node whose artefact is text or JSON, by port id. Raises InvalidInput."""
    match order.kind.name:
        case "llm:score":
            return _score(order)
        case "llm:prompt_enhancer":
            return {"text": _enhanced(order)}
        case "llm:image_caption":
            return {"text": _caption(order)}
        case "audio:whisper" | "audio:elevenlabs_stt":
            return _transcript(order)
        case "remote:wireflow":
            return {"text": _answer(order), "credits": 0}
    schema = order.params.get("json_schema")
    if schema is None:
        return {"text": _answer(order)}
    value = smallest(schema, first_words(order.prompt, 8))
    return {"text": json.dumps(value, ensure_ascii=False), "json": value}


def _subject(order: Order) -> str:
    return first_words(order.prompt) or "an untitled scene"


def _answer(order: Order) -> str:
    dice = Dice(order.seed, "answer")
    parts = [_subject(order), *(dice.pick(words) for words in (_VIEW, _LIGHT, _COLOUR, _FEEL))]
    return ", ".join(parts) + ". (SANDBOX answer)"


def _enhanced(order: Order) -> str:
    dice = Dice(order.seed, "enhanced")
    parts = [
        f"{_subject(order)}, {dice.pick(_VIEW)}",
        f"lit by {dice.pick(_LIGHT)}, in {dice.pick(_COLOUR)}",
        f"the mood is {dice.pick(_FEEL)}, with fine detail in the foreground and a simple background",
    ]
    match order.params.get("target"):
        case "video":
            parts.append(f"the camera makes {dice.pick(_MOVE)} while the subject moves naturally")
        case "music":
            parts.append(f"it sounds like {dice.pick(_TUNE)}, building slowly and ending softly")
        case _:
            parts.append("sharp focus, natural textures, balanced composition, high resolution")
    length = {"short": 2, "long": len(parts)}.get(str(order.params.get("length")), len(parts) - 1)
    extra = ["no text, no frame, no watermark"] if order.params.get("length") == "long" else []
    return "; ".join([*parts[: length - 1], parts[-1], *extra]) + ". (SANDBOX prompt)"


def _caption(order: Order) -> str:
    dice = Dice(order.seed, "caption")
    pictures = order.media("image")
    size = f"{pictures[0].width} × {pictures[0].height} pixels, " if pictures and pictures[0].width else ""
    sentences = [
        f"A picture in {dice.pick(_COLOUR)}, {dice.pick(_VIEW)}.",
        f"It is {size}in {dice.pick(_LIGHT)}, and it feels {dice.pick(_FEEL)}.",
        "The main subject stands a little off the centre, with room around it for a title or a logo.",
    ]
    count = {"short": 1, "long": 3}.get(str(order.params.get("length")), 2)
    return " ".join(sentences[:count]) + " (SANDBOX caption)"


def _score(order: Order) -> dict[str, Value]:
    scale = float(order.params.get("scale") or 10)
    least = float(order.params.get("min_score") or 0)
    criteria = first_words(order.prompt)
    if faults.asks_for("low", order.prompt):
        score, verdict = 0.0, "falls short of"
    else:
        score = min(scale, round(Dice(order.seed, "score").between(min(least, scale), scale) + 0.05, 1))
        verdict = "meets"
    reason = f"The sandbox finds that the picture {verdict} the criteria"
    return {
        "score": int(score) if score.is_integer() else score,
        "reason": f"{reason}: {criteria}." if criteria else f"{reason}.",
        "passed": score >= least,
    }


def _transcript(order: Order) -> dict[str, Value]:
    sentence = Dice(order.seed, "speech").pick(_SPEECH)
    sounds = order.media("audio") + order.media("video")
    seconds = (sounds[0].seconds if sounds else None) or 5.0
    return {"text": sentence, "word_timestamps": _timestamps(sentence.split(), seconds)}


def _timestamps(words: list[str], seconds: float) -> list[dict[str, Any]]:
    """Each word's place in the clip, in seconds, by its length; in the spelling of both speech services."""
    total = sum(len(word) + 1 for word in words)
    placed: list[dict[str, Any]] = []
    passed = 0
    for word in words:
        start = math.floor(1000 * seconds * passed / total) / 1000
        passed += len(word) + 1
        end = math.floor(1000 * seconds * passed / total) / 1000
        placed.append({"text": word, "start": start, "end": end, "timestamp": [start, end]})
    return placed
