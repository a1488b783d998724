"""The JSON of answers, as schemas, by room: contract §§3–10.

Requests are read by serializers, and the document takes their schemas from these; only graphs are told here.
"""

from __future__ import annotations

from reference.schemas import Schema
from reference.shapes.executions import EXECUTIONS
from reference.shapes.media import MEDIA
from reference.shapes.problems import PROBLEMS
from reference.shapes.triggers import TRIGGERS
from reference.shapes.workflows import WORKFLOWS

SHAPES: dict[str, Schema] = {**PROBLEMS, **WORKFLOWS, **EXECUTIONS, **TRIGGERS, **MEDIA}
