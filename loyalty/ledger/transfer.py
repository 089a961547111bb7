"""Points that change hands as they are: each lot with its dates, and what is owed. Both books are settled before."""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.ledger.book import Book, Move
from loyalty.ledger.settle import repay_debt
from loyalty.models import Entry, Lot

Kind = Entry.Kind


@dataclass(frozen=True, slots=True)
class Carried:
    """One lot and the one it became with the other customer; `points` pending and active then."""

    before: Lot
    after: Lot
    points: int


def transfer(source: Book, target: Book, *, lots: Sequence[Lot], debt: int, reason: str) -> list[Carried]:
    """Move all pending and active points of `lots` of `source`, and `debt` of what it owes, to `target`.

    A lot keeps its dates and what of it already lapsed or was taken back, so a refund of its purchase takes as much as
    it would have taken. What is owed is paid from what is there. Held points do not move.
    """
    moving = [(lot, lot.pending, lot.active) for lot in lots if lot.pending or lot.active]
    if not moving and not debt:
        return []
    carried = [Carried(lot, _copy(lot, target), pending + active) for lot, pending, active in moving]
    leaving = [Move(lot, pending=-pending, active=-active) for lot, pending, active in moving]
    source.enter(Kind.TRANSFER_OUT, leaving, effective_at=source.now, debt=-debt, reason=reason)
    coming = [
        Move(each.after, pending=pending, active=active)
        for each, (_lot, pending, active) in zip(carried, moving, strict=True)
    ]
    target.enter(Kind.TRANSFER_IN, coming, effective_at=source.now, debt=debt, reason=reason)
    repay_debt(target, at=target.now)
    return carried


def _copy(lot: Lot, target: Book) -> Lot:
    return Lot(
        account=target.account,
        purchase_id=lot.purchase_id,
        origin_lot=lot,
        original=lot.original,
        expired=lot.expired,
        reversed=lot.reversed,
        earned_at=lot.earned_at,
        activates_at=lot.activates_at,
        expires_at=lot.expires_at,
    )
