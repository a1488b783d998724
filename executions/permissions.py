"""What calls on executions need."""

from __future__ import annotations

from accounts.api import needs

MayRead = needs(("executions:read", "workflows:read"))
MayRun = needs("workflows:execute", role="runner")
