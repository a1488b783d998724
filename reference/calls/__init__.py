"""What each call is for: one entry per method of every address below ``/api``. Without one there is no document."""

from __future__ import annotations

from reference.call import Call, Calls
from reference.calls.catalog import CATALOG
from reference.calls.components import COMPONENTS
from reference.calls.executions import EXECUTIONS
from reference.calls.media import MEDIA
from reference.calls.triggers import TRIGGERS
from reference.calls.workflows import WORKFLOWS

CALLS: Calls = {**WORKFLOWS, **COMPONENTS, **EXECUTIONS, **TRIGGERS, **MEDIA, **CATALOG}

#: The parts of the reference, in its order.
GROUPS = {
    "Workflows": "Make, change and check workflows.",
    "Components": "Keep pieces of graphs to use in several workflows.",
    "Executions": "Run workflows and follow what they do.",
    "Webhooks": "Start workflows from outside.",
    "Schedules": "Have workflows run at set times.",
    "Apps": "Publish workflows for others to run.",
    "Media": "Upload files for workflows, and take results away.",
    "Catalog and usage": "What this server can do, and what was used of it.",
}


def call_of(view: type, method: str) -> Call:
    """What is said of a method of a view. Raises LookupError with what to do when nothing is."""
    name = f"{view.__module__}.{view.__qualname__}"
    try:
        return CALLS[name, method]
    except KeyError:
        raise LookupError(f"Say in reference/calls what {method} of {name} does.") from None
