"""A gateway for demos and tests that behaves like a real one: its own hosted page, signed notifications, a status API.

The company behind it is reached through `Company`; the room that plays it is set at start.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from payments.gateways.base import (
    AttemptRef,
    Capabilities,
    Checkout,
    CheckoutRequest,
    Gateway,
    GatewayResult,
    InvalidRequest,
    OutcomeUnknown,
    RawNotification,
    ResultKind,
    ResultState,
    UnreadableNotification,
    VerifiedNotification,
)
from payments.gateways.giving_back import RefundRef, RefundRequest, RefundResult, RefundState
from payments.gateways.signing import verify_standard_webhook

KNOWN_STATES = {
    "open": ResultState.PENDING,
    "declined": ResultState.FAILED,
    "abandoned": ResultState.ABANDONED,
    "paid": ResultState.PAID,
}
EVENT_STATES = {"payment.succeeded": ResultState.PAID, "payment.failed": ResultState.FAILED}
EVENT_STATES |= {"payment.abandoned": ResultState.ABANDONED}
REFUND_EVENT = "refund.succeeded"


class Company(Protocol):
    """The other company's API as seen from here: JSON in, JSON out."""

    def open_checkout(self, wish: dict[str, Any]) -> dict[str, Any]: ...

    def look_up(self, *, checkout_id: str | None, reference: str) -> dict[str, Any] | None: ...

    def refund(self, *, checkout_id: str, amount: int, key: str) -> dict[str, Any]: ...

    def look_up_refund(self, *, checkout_id: str, key: str) -> dict[str, Any] | None: ...


class _Line:
    """The line to the company; nobody answers until the application has started."""

    company: Company | None = None


def connect(company: Company) -> None:
    """Let `company` answer from now on."""
    _Line.company = company


def _company() -> Company:
    if _Line.company is None:
        raise OutcomeUnknown("The simulated gateway does not answer.")
    return _Line.company


class SimulatedGateway(Gateway):
    """Hosted page at `/simulator/pay/…`, Standard Webhooks, status by question."""

    code = "simulated"
    label = "Simulated payments"
    is_simulated = True

    def capabilities(self, attempt: AttemptRef | None = None) -> Capabilities:
        return Capabilities(
            needs_api_confirmation=True,
            has_expiry=False,
            sends_test_notifications=True,
            refund=True,
            partial_refund=True,
            refund_in_test=True,
            keeps_refund_keys=True,
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        answer = _company().open_checkout(
            {
                "merchant": request.merchant,
                "idempotency_key": request.idempotency_key,
                "reference": request.reference,
                "description": request.description,
                "amount": request.amount_cents,
                "currency": request.currency,
                "language": request.language,
                "mode": self.account.mode,
                "return_url": request.return_url,
                "notify_url": request.notify_url,
                "secret": self.account.webhook_secret,
            }
        )
        return Checkout(answer["id"], answer["redirect_url"], answer["mode"])

    def verify(self, raw: RawNotification) -> VerifiedNotification:
        # The edge judged its age on arrival; one that waited in a lane or is replayed is not stale.
        event_id = verify_standard_webhook(self.account.webhook_secret, raw.headers, raw.body, now=None)
        return VerifiedNotification(event_id, raw.body)

    def parse_notification(self, verified: VerifiedNotification) -> list[GatewayResult]:
        try:
            event = _read(verified.body)
            if event["type"] == REFUND_EVENT:
                return [_refund_result(event["payload"])]
            state = EVENT_STATES.get(event["type"])
            return [_result(event["payload"], state)] if state else []
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
            raise UnreadableNotification("The notification is not in the agreed form.") from problem

    def fetch_status(self, ref: AttemptRef) -> list[GatewayResult]:
        found = _company().look_up(checkout_id=ref.gateway_checkout_id, reference=ref.reference)
        if found is None:
            return [GatewayResult(ResultState.UNKNOWN, reference=ref.reference, authoritative=True)]
        payments = found["payments"] or [None]
        state = KNOWN_STATES[found["state"]]
        return [_result(found | {"payment_id": payment}, state, authoritative=True) for payment in payments]

    def refund(self, request: RefundRequest) -> RefundResult:
        answer = _company().refund(
            checkout_id=str(request.gateway_checkout_id), amount=request.amount_cents, key=request.idempotency_key
        )
        if error := answer.get("error"):
            raise InvalidRequest(str(error))
        return RefundResult(RefundState.SUBMITTED, answer["refund_id"], answer["amount"])

    def fetch_refund(self, ref: RefundRef) -> RefundResult | None:
        found = _company().look_up_refund(checkout_id=str(ref.gateway_checkout_id), key=ref.idempotency_key)
        return RefundResult(RefundState(found["state"]), found["refund_id"], found["amount"]) if found else None


def _read(body: bytes) -> Any:
    if rb"\u0000" in body:
        raise ValueError("A NUL belongs into no reference.")
    return json.loads(body)


def _refund_result(facts: dict[str, Any]) -> GatewayResult:
    return replace(
        _result(facts, ResultState.REFUNDED), kind=ResultKind.REFUND, gateway_refund_id=str(facts["refund_id"])
    )


def _result(facts: dict[str, Any], state: ResultState, *, authoritative: bool = False) -> GatewayResult:
    occurred = facts.get("occurred_at")
    return GatewayResult(
        state=state,
        reference=str(facts["reference"]),
        gateway_checkout_id=str(facts["checkout_id"]),
        gateway_payment_id=facts["payment_id"] and str(facts["payment_id"]),
        amount_cents=int(facts["amount"]),
        currency=str(facts["currency"]),
        mode=str(facts["mode"]),
        occurred_at=datetime.fromisoformat(occurred) if occurred else None,
        message=str(facts.get("message") or ""),
        authoritative=authoritative,
    )
