"""Credits that are paid for at Stripe, where the operator has set its keys; else none are sold.

A payment begins as a Checkout Session that names team and credits, and is over when Stripe tells us, signed, that the
session is paid. The session's id is the entry's reference: whatever Stripe tells how often, it is granted once.
"""

from __future__ import annotations

import logging

from django.conf import settings

from accounts.actor import Actor
from accounts.models import Team
from credits.actions import GrantedBefore, grant
from credits.models import EntryKind
from wireflow_ui.errors import Forbidden, WireflowError

logger = logging.getLogger(__name__)
SECONDS = 8.0
#: A session is paid at once, or later, where the way of paying takes days.
PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


class PaymentsAway(WireflowError):
    """Stripe did not answer, or not as it should. Nothing was begun that costs anything."""

    code = "payments_unavailable"
    status = 502


class BadSignature(WireflowError):
    """An event that Stripe has not signed, or not now."""

    code = "bad_signature"


def is_on() -> bool:
    return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)


def begin(*, actor: Actor, credits: int, ask: str) -> str:
    """Begin the payment of a package; the address at Stripe to go on at. The same ``ask`` begins the same one."""
    if not actor.may("manage"):
        raise Forbidden("Only an owner of the team may buy credits.")
    cents = settings.CREDIT_PACKAGES.get(credits)
    if not is_on() or cents is None:
        raise WireflowError("This server does not sell that. Choose a package from the page.")
    about = {"wireflow_team": str(actor.team.pk), "wireflow_credits": str(credits)}
    import stripe  # takes as long as Django to load, and most servers sell nothing

    back = f"{settings.PUBLIC_URL}/usage/credits"
    client = stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_BASE_URL},
        http_client=stripe.RequestsClient(timeout=SECONDS),
        max_network_retries=0,
    )
    try:
        session = client.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "success_url": f"{back}?paid=1",
                "cancel_url": back,
                "client_reference_id": str(actor.team.pk),
                "metadata": about,
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": cents,
                            "product_data": {"name": f"{credits:,} credits for {actor.team.name}"[:200]},
                        },
                    }
                ],
            },
            options={"idempotency_key": f"wireflow:{actor.team.pk}:{credits}:{ask}"},
        )
    except stripe.StripeError as error:
        logger.warning("Stripe refused to begin a payment: %s", type(error).__name__)
        raise PaymentsAway(
            "The payment could not be begun. Nothing was charged; try again in a minute."
        ) from error
    if not session.url:
        raise PaymentsAway("The payment could not be begun. Nothing was charged; try again in a minute.")
    return session.url


def take(payload: bytes, signature: str) -> bool:
    """Take an event from Stripe; True when it brought credits. Raises `BadSignature`."""
    import stripe

    try:
        event = stripe.Webhook.construct_event(payload, signature, settings.STRIPE_WEBHOOK_SECRET)
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise BadSignature(
            "This is not signed by Stripe with the secret of this server, or too long ago."
        ) from error
    told = event.to_dict()
    session = told.get("data", {}).get("object", {})
    about = session.get("metadata") or {}
    if (
        told.get("type") not in PAID
        or session.get("payment_status") != "paid"
        or "wireflow_team" not in about
    ):
        return False
    team = Team.objects.filter(pk=int(about["wireflow_team"])).first()
    if team is None:
        logger.error("A payment for a team that is gone: session %s", session["id"])
        return False
    try:
        grant(
            team=team,
            amount=int(about["wireflow_credits"]),
            reason=f"Paid at Stripe: {session['amount_total'] / 100:.2f} {str(session['currency']).upper()}",
            reference=f"stripe:{session['id']}"[:100],
            kind=EntryKind.PURCHASE,
        )
    except GrantedBefore:
        return False
    return True
