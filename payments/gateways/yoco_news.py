"""Yoco's events in our words. A kind we do not know says nothing; one we know must be whole."""

import json
from datetime import datetime
from typing import Any, Final

from payments.gateways.base import GatewayResult, ResultKind, ResultState, UnreadableNotification

MONEY: Final = "payment.succeeded"
# Documented nowhere; if it comes, one card was declined and the page still stands.
ONE_TRY_FAILED: Final = "payment.failed"
REFUNDS: Final = {"refund.succeeded": ResultState.REFUNDED, "refund.failed": ResultState.REFUND_FAILED}
LONGEST_ID: Final = 100


def results_in(body: bytes) -> list[GatewayResult]:
    """What an event says about payments and refunds; empty for other kinds. Refuses: `UnreadableNotification`."""
    try:
        event = _read(body)
        kind, payload = event["type"], event.get("payload")
        if kind == MONEY:
            return [_money(payload)]
        if kind == ONE_TRY_FAILED:
            return [_failed_try(payload)]
        return [_refund(payload, REFUNDS[kind])] if kind in REFUNDS else []
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise UnreadableNotification("The notification is not in the agreed form.") from problem


def _read(body: bytes) -> Any:
    if rb"\u0000" in body:
        raise ValueError("A NUL belongs into no reference.")
    return json.loads(body)


def _money(payload: Any) -> GatewayResult:
    if payload["status"] != "succeeded":
        raise ValueError("A success whose status is another one.")
    return GatewayResult(ResultState.PAID, gateway_payment_id=_id(payload["id"]), **_facts(payload))


def _failed_try(payload: Any) -> GatewayResult:
    """A failed try is never the end of the payment: the customer may pay on the same page a minute later."""
    return GatewayResult(ResultState.PENDING, message="A card was declined.", **_facts(payload))


def _refund(payload: Any, state: ResultState) -> GatewayResult:
    return GatewayResult(
        state,
        gateway_refund_id=_id(payload["id"]),
        gateway_payment_id=_id(payload["paymentId"]) if payload.get("paymentId") else None,
        message=str(payload.get("failureReason") or "")[:300],
        kind=ResultKind.REFUND,
        **_facts(payload),
    )


def _facts(payload: Any) -> dict[str, Any]:
    metadata = payload["metadata"]
    return {
        "reference": str(metadata.get("shopme_payment") or ""),
        "gateway_checkout_id": _id(metadata["checkoutId"]),
        "amount_cents": _cents(payload["amount"]),
        "currency": _text(payload["currency"]),
        "mode": _text(payload["mode"]),
        "occurred_at": datetime.fromisoformat(payload["createdDate"]) if payload.get("createdDate") else None,
    }


def _id(value: Any) -> str:
    if not (isinstance(value, str) and 0 < len(value) <= LONGEST_ID):
        raise ValueError("That is no id.")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("That is no text.")
    return value


def _cents(value: Any) -> int:
    if type(value) is not int or value <= 0:
        raise ValueError("That is no amount.")
    return value
