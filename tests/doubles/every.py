"""All doubles, by the provider's name in the catalog."""

from __future__ import annotations

from collections.abc import Mapping

from tests.doubles.a1111 import A1111Double
from tests.doubles.apiframe import ApiframeDouble
from tests.doubles.atlas import AtlasDouble
from tests.doubles.comfyui import ComfyUIDouble
from tests.doubles.fal import FalDouble
from tests.doubles.gemini import GeminiDouble
from tests.doubles.openai import OpenAIDouble
from tests.doubles.replicate import ReplicateDouble
from tests.doubles.server import Double
from tests.doubles.vertex import VertexDouble
from tests.doubles.wireflow import WireflowDouble

_ALL = (
    GeminiDouble,
    VertexDouble,
    FalDouble,
    ReplicateDouble,
    OpenAIDouble,
    ApiframeDouble,
    AtlasDouble,
    ComfyUIDouble,
    A1111Double,
    WireflowDouble,
)
DOUBLES: Mapping[str, type[Double]] = {double.name: double for double in _ALL}
