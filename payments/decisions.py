"""What one fact from a gateway means for one attempt. Pure: no rows, no clock.

Facts about received money win over everything earlier; nothing but refunds leaves "paid"; a failure never touches
money that arrived; money that does not fit is never swallowed and never credited by itself.
"""

from dataclasses import dataclass
from enum import StrEnum

from payments.gateways.base import GatewayResult, ResultState

OPEN = ("created", "pending")
WITH_MONEY = ("paid", "part_refunded", "refunded", "review")
FAILURES = {
    ResultState.FAILED: "failed",
    ResultState.CANCELLED: "cancelled",
    ResultState.ABANDONED: "cancelled",
}


class Verdict(StrEnum):
    """What to do."""

    IGNORE = "ignore"
    WAIT = "wait"
    CLOSE = "close"
    # The bank is asked by hand: no goods, a person knows, and we ask for days.
    INVESTIGATE = "investigate"
    CREDIT = "credit"
    REVIEW = "review"
    # The money is the one we know, and now its own id is told.
    NAME = "name"
    # Other money came through the same checkout: a row of its own, to be looked at.
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What our row says. Amounts in minor units."""

    state: str
    amount_cents: int
    currency: str
    mode: str
    gateway_payment_id: str | None
    is_investigated: bool = False
    gateway_checkout_id: str | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the order says."""

    state: str
    is_paid: bool
    # What it costs today; None where nobody asks.
    total_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`detail` is the new state of a closed attempt or the reason of a review."""

    verdict: Verdict
    detail: str = ""


def decide(attempt: AttemptFacts, order: OrderFacts, result: GatewayResult) -> Decision:
    """The one table of payments."""
    if result.state is ResultState.PAID:
        return _money(attempt, order, result)
    if result.state is ResultState.INVESTIGATED:
        is_news = attempt.state not in WITH_MONEY and not attempt.is_investigated
        return Decision(Verdict.INVESTIGATE if is_news else Verdict.IGNORE)
    if result.state is ResultState.UNKNOWN or not (attempt.state in OPEN or attempt.is_investigated):
        return Decision(Verdict.IGNORE)
    if result.state is ResultState.PENDING:
        return Decision(Verdict.WAIT if attempt.state == "created" else Verdict.IGNORE)
    return Decision(Verdict.CLOSE, FAILURES[result.state])


def _money(attempt: AttemptFacts, order: OrderFacts, result: GatewayResult) -> Decision:
    if attempt.state in WITH_MONEY:
        return _again(attempt, result)
    if misfit := _misfit(attempt, result):
        return Decision(Verdict.REVIEW, misfit)
    if order.is_paid:
        return Decision(Verdict.REVIEW, "duplicate")
    if order.total_cents not in (None, attempt.amount_cents):
        return Decision(Verdict.REVIEW, "wrong_amount")
    if order.state in ("placed", "expired"):
        return Decision(Verdict.CREDIT)
    return Decision(Verdict.REVIEW, "order_closed")


def _again(attempt: AttemptFacts, result: GatewayResult) -> Decision:
    """Money for an attempt that has some. Known only by its checkout's id it is the money of that checkout."""
    checkout_id = attempt.gateway_checkout_id
    if result.gateway_payment_id in (attempt.gateway_payment_id, checkout_id):
        return Decision(Verdict.IGNORE)
    if checkout_id and attempt.gateway_payment_id == checkout_id:
        return Decision(Verdict.NAME)
    return Decision(Verdict.SECOND, "duplicate")


def _misfit(attempt: AttemptFacts, result: GatewayResult) -> str:
    if result.mode != attempt.mode:
        return "wrong_mode"
    if result.currency != attempt.currency:
        return "wrong_currency"
    if result.amount_cents != attempt.amount_cents:
        return "wrong_amount"
    return ""
