"""A customer's balance: read, and changed by hand."""

from datetime import datetime, timedelta

from django.db import transaction

from loyalty import ledger
from loyalty.errors import AccountFrozen
from loyalty.models import Account, Customer, Operation, Program
from loyalty.types import Adjustment, AdjustReason, BalanceView

NO_POINTS = BalanceView(
    available=0, pending=0, held=0, debt=0, next_expiry_at=None, next_expiry_points=0, last_good_on=None
)


@transaction.atomic
def adjust_points(
    *,
    customer: Customer,
    points: int,
    reason: AdjustReason | str,
    key: str,
    actor_id: int | None,
    now: datetime | None = None,
) -> Adjustment:
    """Give (`points` above 0) or take points by hand; the same `key` again changes nothing.

    Refuses: `NotEnoughPoints`, `AccountFrozen`, `IdempotencyConflict`, `PointsAreBusy`. Zero points or an unknown
    reason are a caller's mistake: `ValueError`.
    """
    if points == 0:
        raise ValueError("an adjustment moves at least one point")
    cause = AdjustReason(reason)
    actor = ledger.Actor(Operation.Actor.STAFF if actor_id else Operation.Actor.SYSTEM, actor_id)
    request = {"customer": customer.pk, "points": points, "reason": cause.value}
    with ledger.impatiently():
        claim = ledger.claim(key=f"adj:{key}", kind="adjust", request=request, actor=actor)
        if claim.result is not None:
            return Adjustment(replayed=True, **claim.result)
        program = Program.objects.get()
        book = ledger.open_book(customer, program=program, operation_id=claim.operation_id, now=now)
    if book.account.status in {Account.Status.FROZEN, Account.Status.CLOSED}:
        raise AccountFrozen("These points are frozen.")
    ledger.settle(book)
    ledger.adjust(book, points, reason=cause.value)
    ledger.write([book])
    result = {"points": points, "balance": book.account.active}
    ledger.finish(claim.operation_id, result)
    return Adjustment(replayed=False, **result)


def balance_of(customer: Customer, *, now: datetime | None = None) -> BalanceView:
    """What the customer holds now: what is due but not yet written is already counted. Reads only, at most 3 queries."""
    program = Program.objects.get()
    book = ledger.peek(customer, program=program, now=now)
    if book is None:
        return NO_POINTS
    ledger.settle(book)
    account = book.account
    gone_at, points = _next_expiry(book)
    return BalanceView(
        available=account.active,
        pending=account.pending,
        held=account.held,
        debt=account.debt,
        next_expiry_at=gone_at,
        next_expiry_points=points,
        last_good_on=(gone_at - timedelta(microseconds=1)).astimezone(book.tz).date() if gone_at else None,
    )


def _next_expiry(book: ledger.Book) -> tuple[datetime | None, int]:
    dated = [(lot.expires_at, lot.active) for lot in book.spendable_lots() if lot.expires_at]
    if idle := book.idle_at():
        dated = [(idle, book.account.active)]
    first = min((at for at, _ in dated), default=None)
    return first, sum(points for at, points in dated if at == first)
