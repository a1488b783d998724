"""The keys of the canvas, kept for each person, so that they are the same on every machine."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.api import SessionOnly
from accounts.models import User
from wireflow_ui.body import validated

PRESETS = ("own", "comfyui", "n8n", "figma")
MOST_ACTIONS, MOST_KEYS, LONGEST = 300, 8, 60


class KeysInput(serializers.Serializer[Any]):
    preset = serializers.ChoiceField(choices=PRESETS)
    own = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=LONGEST), max_length=MOST_KEYS)
    )

    def validate_own(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        if len(value) > MOST_ACTIONS or any(len(name) > LONGEST for name in value):
            raise serializers.ValidationError(f"Keys can be set for {MOST_ACTIONS} actions at most.")
        return value


class Keys(APIView):
    """POST: keep which keys whoever asks uses on the canvas; the usual ones are kept as nothing."""

    authentication_classes = [SessionOnly]

    def post(self, request: Request) -> Response:
        given = validated(KeysInput, request.data)
        keys = {"preset": given["preset"], "own": given["own"]}
        usual = keys == {"preset": PRESETS[0], "own": {}}
        User.objects.filter(pk=actor_of(request).user.pk).update(canvas_keys=None if usual else keys)
        return Response(keys)
