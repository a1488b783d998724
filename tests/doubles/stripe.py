"""Stripe's wire format, as far as a payment by Checkout needs it: form fields in, JSON out, signed events."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl

from tests.doubles.server import Call, Double, Reply


class Stripe(Double):
    """Sessions are kept by their idempotency key, so that the same one is made once."""

    name = "stripe"
    key = "sk_test_0123456789abcdef"
    secret = "whsec_0123456789abcdef0123456789"

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided")
        if (call.method, call.path) != ("POST", "/v1/checkout/sessions"):
            return _error(404, "invalid_request_error", "Unrecognized request URL")
        given = dict(parse_qsl(call.body.decode()))
        match self.fault_for(""):
            case "500":
                return _error(500, "api_error", "Something went wrong on Stripe's end.")
            case "":
                pass
            case fault:
                return Reply(fault=fault)
        price = given["line_items[0][price_data][unit_amount]"]
        made = {
            "id": f"cs_test_{len(self.sessions) + 1:024d}",
            "object": "checkout.session",
            "mode": given["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": int(price) * int(given["line_items[0][quantity]"]),
            "currency": given["line_items[0][price_data][currency]"],
            "client_reference_id": given["client_reference_id"],
            "success_url": given["success_url"],
            "cancel_url": given["cancel_url"],
            "metadata": {
                name[len("metadata[") : -1]: value
                for name, value in given.items()
                if name.startswith("metadata[")
            },
        }
        made["url"] = f"https://checkout.stripe.com/c/pay/{made['id']}"
        return Reply(200, self.sessions.setdefault(call.headers["idempotency-key"], made))

    def event(self, kind: str, session: dict[str, Any], number: int = 1) -> bytes:
        """What is told about a session, as the bytes that are signed."""
        return json.dumps(
            {
                "id": f"evt_{number:024d}",
                "object": "event",
                "api_version": "2026-01-28",
                "created": int(time.time()),
                "type": kind,
                "livemode": False,
                "data": {"object": session},
            }
        ).encode()

    def signature(self, body: bytes, *, at: float | None = None, secret: str = "") -> str:
        """The header that goes with these bytes."""
        moment = int(time.time() if at is None else at)
        signed = hmac.new((secret or self.secret).encode(), f"{moment}.".encode() + body, hashlib.sha256)
        return f"t={moment},v1={signed.hexdigest()}"


def _error(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"error": {"type": kind, "message": message}})
