"""What purchases and people do to an account. Each act expects a settled book and only adds entries."""

from datetime import datetime

from loyalty.errors import NotEnoughPoints
from loyalty.expiry import expiry_for
from loyalty.ledger.book import Book, Move
from loyalty.ledger.settle import repay_debt
from loyalty.models import Entry, Lot, Purchase

Kind = Entry.Kind


def earn(
    book: Book,
    points: int,
    *,
    reason: str,
    at: datetime,
    ripe_at: datetime | None = None,
    purchase: Purchase | None = None,
) -> None:
    """New points, spendable at once or from `ripe_at` on. The clock of their expiry starts when they are spendable."""
    lot = _new_lot(book, points, at=at, ripe_at=ripe_at, purchase=purchase)
    move = Move(lot, pending=points) if ripe_at else Move(lot, active=points)
    book.enter(Kind.EARN, [move], effective_at=at, reason=reason, purchase=purchase)
    book.account.lifetime_issued += points
    if purchase is not None:
        book.account.last_activity_at = max(at, book.account.last_activity_at or at)
    repay_debt(book, at=at)


def adjust(book: Book, points: int, *, reason: str) -> None:
    """Points given (a new lot) or taken (first to lapse first) by hand. Refuses: `NotEnoughPoints`."""
    if points > 0:
        move = Move(_new_lot(book, points, at=book.now, ripe_at=None, purchase=None), active=points)
        book.enter(Kind.ADJUST, [move], effective_at=book.now, reason=reason)
        repay_debt(book, at=book.now)
        return
    if book.account.active < -points:
        raise NotEnoughPoints(available=book.account.active, needed=-points)
    book.enter(Kind.ADJUST, book.take_active(-points), effective_at=book.now, reason=reason)


def reverse(
    book: Book, lot: Lot, asked: int, *, reason: str, purchase: Purchase, forgive: bool = False
) -> tuple[int, int]:
    """Take back points of a purchase: its own lot, then the other lots, and the rest is owed (or forgiven).

    Points of the lot that already lapsed or were taken back are not taken again. Held points stay with their code.
    Returns the points taken in all and the part that is owed.
    """
    points = min(asked, lot.original - lot.reversed - lot.expired)
    if points <= 0:
        return 0, 0
    from_pending = min(points, lot.pending)
    moves = book.take_active(points - from_pending, first=lot)
    if from_pending:
        own = -sum(move.active for move in moves if move.lot is lot)
        moves = [move for move in moves if move.lot is not lot]
        moves.insert(0, Move(lot, pending=-from_pending, active=-own))
    debt = points - from_pending + sum(move.active for move in moves)
    lot.reversed += points
    book.touch(lot)
    book.enter(
        Kind.REVERSE,
        moves,
        effective_at=book.now,
        debt=debt,
        reason=reason,
        purchase=purchase,
        reverses_id=lot.source_entry_id,
    )
    if forgive and debt:
        book.enter(Kind.WRITE_OFF, [], effective_at=book.now, debt=-debt, reason=reason, purchase=purchase)
    return points, debt


def _new_lot(book: Book, points: int, *, at: datetime, ripe_at: datetime | None, purchase: Purchase | None) -> Lot:
    """A lot still empty; the entry that fills it becomes its source."""
    return Lot(
        account=book.account,
        purchase=purchase,
        original=points,
        earned_at=at,
        activates_at=ripe_at,
        expires_at=expiry_for(ripe_at or at, book.policy, book.tz),
    )
