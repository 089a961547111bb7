"""What is said with a gateway about giving money back. Amounts are one refund's own, never a running total."""

from dataclasses import dataclass
from enum import StrEnum


class RefundState(StrEnum):
    """What a gateway says about a refund we asked for. Taken on is not done."""

    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETURNED = "returned"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back `amount_cents` of one payment. The same `idempotency_key` gives it back once."""

    reference: str
    gateway_checkout_id: str | None
    gateway_payment_id: str
    amount_cents: int
    currency: str
    idempotency_key: str
    # The whole payment, of which nothing was given back before.
    is_whole: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundRef:
    """By what a gateway finds one refund."""

    reference: str
    gateway_refund_id: str | None
    gateway_checkout_id: str | None
    gateway_payment_id: str | None
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What the gateway says about one refund; `amount_cents` is this refund's, None where it was not told."""

    state: RefundState
    gateway_refund_id: str | None = None
    amount_cents: int | None = None
    message: str = ""
