"""REST doors that describe what this server can do: models, and the video templates and blocks it does not have."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import needs, needs_by_method
from providers.catalog import NodeType, load_catalog
from providers.local import SUPPORTED
from wireflow_ui.errors import NotFound, WireflowError
from workflows.errors import envelope
from workflows.lint import why_not_runnable
from workflows.problems import Problem
from workflows.serializers import an_object

READ = needs("workflows:read")

_KINDS = ("IMAGE", "VIDEO", "AUDIO", "TEXT")
NO_VIDEO_EDITOR = "This server has no video renderer, so video:remotion nodes do not run on it."


class Models(APIView):
    """GET ``/models``: what can be generated with, and the credits for one unit of it."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"data": models()})


@lru_cache(maxsize=1)
def models() -> list[dict[str, Any]]:
    """The node types that call a provider and can run here, in the order of the catalog."""
    kinds = load_catalog().kinds.values()
    return [_model(kind) for kind in kinds if kind.is_remote and why_not_runnable(kind, SUPPORTED) is None]


def _model(kind: NodeType) -> dict[str, Any]:
    made = {port.type for port in kind.outputs}
    return {
        "id": kind.name,
        "label": kind.title,
        "kind": next((name.lower() for name in _KINDS if name in made), "json"),
        "credits": kind.spec["credits"],
        "unit": kind.spec.get("credits_basis", {}).get("unit") or "call",
    }


class VideoTemplates(APIView):
    """GET ``/remotion/templates``: none."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"data": []})


class VideoTemplate(APIView):
    """GET ``/remotion/templates/{id}``: there is none of that id."""

    permission_classes = [READ]

    def get(self, request: Request, **_: str) -> Response:
        raise NotFound("Template not found")


class NoBlocks(WireflowError):
    """Blocks are pieces of videos that only a video renderer could use."""

    code = "no_video_renderer"


class Blocks(APIView):
    """``/blocks``: GET lists none, POST says why none is kept."""

    permission_classes = [needs_by_method(GET=READ, POST=needs("workflows:write", role="editor"))]

    def get(self, request: Request) -> Response:
        return Response({"count": 0, "usage": NO_VIDEO_EDITOR, "blocks": []})

    def post(self, request: Request) -> Response:
        raise NoBlocks("This server has no video renderer, so it keeps no blocks. Nothing was saved.")


class VideoPreview(APIView):
    """POST ``/render/remotion/preview``: says that nothing can be rendered, and costs nothing."""

    permission_classes = [READ]

    def post(self, request: Request) -> Response:
        an_object(request.data)
        problem = Problem("requirement-missing", "error", NO_VIDEO_EDITOR)
        return Response(
            {
                "frames": [],
                "issues": [NO_VIDEO_EDITOR],
                "warnings": [],
                "renderable": False,
                "durationFrames": 0,
                "durationSeconds": 0,
                "fps": 0,
                "sceneCount": 0,
                "diagnostics": envelope([problem]),
            }
        )
