"""What people type on the pages of webhooks and apps."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from django import forms

from triggers.models import App, Webhook

PICTURES = "image/png,image/jpeg,image/webp,image/gif,image/avif"
MEDIA = f"{PICTURES},video/mp4,video/quicktime,video/webm,audio/mpeg,audio/wav,audio/mp4,audio/ogg"

SLUG_LETTERS = "An address takes the letters A to Z, digits, hyphens and underscores, and nothing else."


class LimitsForm(forms.ModelForm):
    class Meta:
        model = Webhook
        fields = ["credits_per_day", "calls_per_minute", "takes_workflow_id"]
        labels = {
            "credits_per_day": "Credits a day",
            "calls_per_minute": "Calls a minute",
            "takes_workflow_id": "The workflow's own id may stand in the address too, while the workflow is private",
        }


class AppForm(forms.ModelForm):
    """How an app looks. ``logo_file`` is a new logo; ``no_logo`` takes the old one away."""

    slug = forms.SlugField(
        max_length=60, required=False, label="Address", error_messages={"invalid": SLUG_LETTERS}
    )
    logo_file = forms.FileField(
        required=False, label="Logo", widget=forms.FileInput(attrs={"accept": PICTURES})
    )
    no_logo = forms.BooleanField(required=False, label="Without a logo")
    has_color = forms.BooleanField(required=False, label="Use this colour for buttons")
    color = forms.RegexField(
        r"\A#[0-9a-fA-F]{6}\Z",
        required=False,
        label="Colour",
        widget=forms.TextInput(attrs={"type": "color"}),
    )

    class Meta:
        model = App
        fields = ["name", "slug", "description", "color"]
        labels = {"name": "Name", "description": "Description"}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"])

    def validate_unique(self) -> None:
        """Whether the address is free is asked when it is written, and answered for all at once."""


class JSONText(forms.CharField):
    """JSON that can be stored: without NUL, halves of surrogate pairs and numbers that are none."""

    def prepare_value(self, value: Any) -> Any:
        return (
            value
            if value is None or isinstance(value, str)
            else json.dumps(value, ensure_ascii=False, indent=2)
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = json.loads(text)
            written = json.dumps(found, allow_nan=False)
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("Enter JSON that can be stored.") from error
        if "\\u0000" in written:
            raise forms.ValidationError("Leave out NUL characters.")
        return found


def field_for(one: Mapping[str, Any]) -> forms.Field:
    """The field for one described input of an app."""
    options: dict[str, Any] = {"label": one["label"], "required": False, "help_text": one["description"]}
    needs = bool(one["required"]) and one["default"] in (None, "", [], {})
    match one["type"]:
        case "number":
            return forms.FloatField(
                **options | {"required": needs}, widget=forms.NumberInput(attrs={"step": "any"})
            )
        case "boolean":
            return forms.BooleanField(**options)
        case "select" if one.get("options"):
            return forms.ChoiceField(**options, choices=[(str(each), str(each)) for each in one["options"]])
        case "image" | "images" | "url":
            return forms.FileField(
                **options | {"required": needs}, widget=forms.FileInput(attrs={"accept": MEDIA})
            )
        case "json":
            return JSONText(
                **options, max_length=50_000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
            )
        case _:
            return forms.CharField(
                **options | {"required": needs}, max_length=50_000, widget=forms.Textarea(attrs={"rows": 3})
            )


def run_form(
    inputs: Sequence[Mapping[str, Any]],
    data: Any = None,
    files: Any = None,
    *,
    last: Mapping[str, Any] | None = None,
    kept: Container[str] = (),
) -> forms.Form:
    """The form of an app: a field per input, named by its key. ``last`` are values to begin with, by node id.

    Where files of the last run are ``kept``, by key, none needs to be chosen.
    """
    form = forms.Form(data, files, prefix="in", label_suffix="")
    for one in inputs:
        field = field_for(one)
        if not isinstance(field, forms.FileField):
            field.initial = (last or {}).get(one["nodeId"], one["default"])
        elif one["key"] in kept:
            field.required = False
        form.fields[one["key"]] = field
    return form
