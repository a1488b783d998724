"""``GET /api/v1/openapi.json``: the document, for programs."""

from __future__ import annotations

import json
from functools import lru_cache

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from reference.document import document


class OpenApi(APIView):
    """No key is needed: what the API is like is no secret."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []  # below /api every call is counted all the same

    def get(self, request: Request) -> HttpResponse:
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
        return HttpResponse(_body(), content_type="application/json", headers=headers)


@lru_cache(maxsize=1)
def _body() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()
