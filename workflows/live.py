"""Telling open canvases that a workflow changed."""

from __future__ import annotations

from typing import Any

from accounts import news


def announce(workflow_id: str, message: dict[str, Any]) -> None:
    """Send a nudge to everybody who has this workflow open; ``message["type"]`` says what happened.

    Call it after the commit. It may be lost or come twice: who hears it asks for the rows.
    """
    news.publish(f"workflow.{workflow_id}", message)
