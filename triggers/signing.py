"""The headers by which a receiver knows a delivery and whose it is. Pure.

``X-Webhook-Signature`` is over the body alone; ``webhook-signature`` over id, time and body, as the Standard Webhooks
specification has it, so that nobody can send an old delivery again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def delivery_headers(*, delivery_id: str, at: int, body: bytes, secret: str) -> dict[str, str]:
    """``at`` in seconds since 1970; ``secret`` as it is shown to people, "" to sign nothing."""
    headers = {"Content-Type": "application/json", "webhook-id": delivery_id, "webhook-timestamp": str(at)}
    if secret:
        of_body = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        of_all = hmac.new(key, f"{delivery_id}.{at}.".encode() + body, hashlib.sha256).digest()
        headers["X-Webhook-Signature"] = f"sha256={of_body}"
        headers["webhook-signature"] = f"v1,{base64.b64encode(of_all).decode()}"
    return headers
