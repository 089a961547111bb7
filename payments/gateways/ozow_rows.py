"""Ozow's transactions and notices in our words. Pure but for the log: what nobody foresaw is told to whoever watches it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import structlog

from payments.gateways.base import GatewayResult, ResultKind, ResultState, TemporaryFailure
from payments.gateways.ozow_api import text_of

STATES: Final = {
    "complete": ResultState.PAID,
    "cancelled": ResultState.CANCELLED,
    "error": ResultState.FAILED,
    "abandoned": ResultState.ABANDONED,
    "pendinginvestigation": ResultState.INVESTIGATED,
    "pending": ResultState.PENDING,
}
# By word or by number: the documentation has both.
REFUND_STATES: Final = {
    **dict.fromkeys(("pending", "0", "submitted", "2"), ResultState.PENDING),
    **dict.fromkeys(("complete", "1"), ResultState.REFUNDED),
    **dict.fromkeys(("failed", "3", "cancelled", "4", "returned", "5", "invalid", "-1"), ResultState.REFUND_FAILED),
}
# The account was gone, perhaps after the refund had been complete.
RETURNED: Final = ("returned", "5")
# Ozow's amounts have nine digits, two of them behind the dot.
MOST_CENTS: Final = 9_999_999_99

log = structlog.get_logger(__name__)


def amount_text(cents: int) -> str:
    """`14990` → `149.90`: always two decimals, for the hash is over this very text. Refuses: ValueError."""
    if not 0 < cents <= MOST_CENTS:
        raise ValueError("Ozow takes no such amount.")
    return f"{cents // 100}.{cents % 100:02d}"


def cents_of(amount: object) -> int:
    """`"149.90"`, `Decimal("149.9")` or `150` → cents. Refuses: ValueError."""
    if isinstance(amount, bool | float) or not isinstance(amount, str | int | Decimal):
        raise ValueError("This is no amount.")  # noqa: TRY004 - one refusal, whatever is wrong with it
    try:
        cents = Decimal(amount) * 100
    except InvalidOperation as problem:
        raise ValueError("This is no amount.") from problem
    if not cents.is_finite() or not 0 < cents <= MOST_CENTS or cents != int(cents):
        raise ValueError("This is no amount of rand and cents.")
    return int(cents)


def payment_id_of(value: object) -> str:
    """A transaction's id. Ids are written in small letters, so that one is always the same text."""
    return text_of(value).lower()[:100]


def state_of(status: object) -> ResultState:
    """What a status means; an unknown one is waited for, and told to whoever watches the log."""
    found = STATES.get(text_of(status).lower())
    if found is None:
        log.error("ozow_status_unknown", status=text_of(status)[:50])
    return found or ResultState.PENDING


def notice_result(values: Mapping[str, str]) -> GatewayResult:
    """What the signed values of a payment notice say. Refuses: ValueError."""
    state = state_of(values["Status"])
    return GatewayResult(
        state,
        reference=values["TransactionReference"],
        gateway_payment_id=payment_id_of(values["TransactionId"]) or None,
        amount_cents=cents_of(values["Amount"]) if state is ResultState.PAID else None,
        currency=values["CurrencyCode"].upper()[:3],
        mode=mode_of(values["IsTest"]),
        message=text_of(values["StatusMessage"]),
    )


def refund_result(values: Mapping[str, str], *, mode: str) -> GatewayResult:
    """What the signed values of a notice about a refund say; they name no mode. Refuses: ValueError."""
    status = values["Status"].strip().lower()
    state = REFUND_STATES.get(status)
    if state is None or status in RETURNED:
        log.error("ozow_refund_needs_a_look", status=text_of(values["Status"])[:50])
    return GatewayResult(
        state or ResultState.PENDING,
        gateway_payment_id=payment_id_of(values["TransactionId"]) or None,
        gateway_refund_id=payment_id_of(values["RefundId"]) or None,
        amount_cents=cents_of(values["Amount"]),
        currency=values["CurrencyCode"].upper()[:3],
        mode=mode,
        message=text_of(values["StatusMessage"])[:300],
        kind=ResultKind.REFUND,
    )


def mode_of(is_test: str) -> str:
    return "test" if is_test.strip().lower() == "true" else "live"


def results(rows: Iterable[Mapping[str, Any]], *, site_code: str, reference: str, mode: str) -> list[GatewayResult]:
    """What Ozow knows of one attempt: every payment if there is any, else the one word that says most.

    Rows of another site or attempt say nothing. Refuses: `TemporaryFailure` if money cannot be read.
    """
    ours = [row for row in rows if _is_about(row, site_code, reference)]
    ours.sort(key=lambda row: text_of(row.get("createdDate")))
    found = [_result(row, reference, mode) for row in ours]
    paid = {result.gateway_payment_id: result for result in found if result.state is ResultState.PAID}
    if paid:
        return list(paid.values())
    for state in (ResultState.INVESTIGATED, ResultState.PENDING):
        if open_still := next((result for result in found if result.state is state), None):
            return [open_still]
    return found[-1:] or [GatewayResult(ResultState.UNKNOWN, reference=reference, mode=mode, authoritative=True)]


def payment_ids(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Of a report: the ids of what was paid, and of what it gives no status for."""
    paid = (row for row in rows if not row.get("status") or state_of(row.get("status")) is ResultState.PAID)
    return frozenset(filter(None, (payment_id_of(row.get("id") or row.get("transactionId")) for row in paid)))


def _is_about(row: Mapping[str, Any], site_code: str, reference: str) -> bool:
    theirs = (text_of(row.get("siteCode")).lower(), text_of(row.get("transactionReference")).lower())
    if theirs == (site_code.lower(), reference.lower()):
        return True
    log.error("ozow_row_of_another_payment", reference=reference)
    return False


def _result(row: Mapping[str, Any], reference: str, mode: str) -> GatewayResult:
    state = state_of(row.get("status"))
    try:
        return GatewayResult(
            state,
            reference=reference,
            gateway_payment_id=payment_id_of(row.get("transactionId")) or None,
            amount_cents=cents_of(row.get("amount")) if state is ResultState.PAID else None,
            currency=text_of(row.get("currencyCode")).upper()[:3],
            # Asked for with `isTest`: Ozow shows test transactions to nobody else, and a test asks for no others.
            mode=mode,
            message=text_of(row.get("statusMessage"))[:300],
            authoritative=True,
        )
    except ValueError as problem:
        log.exception("ozow_money_unreadable", reference=reference)
        raise TemporaryFailure("Ozow's answer about money cannot be read.") from problem
