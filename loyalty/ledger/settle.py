"""What time alone does to an account: points ripen, points lapse.

Every act settles first, so a late or dead sweep never changes a result; the sweep only does the same thing earlier.
"""

from dataclasses import dataclass
from datetime import datetime

from loyalty.ledger.book import Book, Move
from loyalty.models import Entry, Lot

Kind = Entry.Kind


@dataclass(frozen=True, slots=True)
class Due:
    """One thing time does: a lot ripens, lots of one date lapse, or an idle account loses all."""

    at: datetime
    rank: int  # at the same instant: ripen, then lapse, then idleness
    order: float  # then the first made
    kind: Entry.Kind
    lots: tuple[Lot, ...]
    reason: str = ""


def settle(book: Book) -> None:
    """Apply in order of time everything that is due at `book.now`."""
    while (due := next_due(book)) is not None and due.at <= book.now:
        if due.kind == Kind.ACTIVATE:
            _ripen(book, due)
        else:
            lapse(book, due.lots, at=due.at, reason=due.reason)


def next_due(book: Book) -> Due | None:
    """The earliest thing time will do to this account."""
    dues = [
        Due(lot.activates_at, 0, lot.pk or float("inf"), Kind.ACTIVATE, (lot,))
        for lot in book.lots
        if lot.pending > 0 and lot.activates_at
    ]
    lapsing = [lot for lot in book.lots if lot.active > 0 and lot.expires_at]
    if lapsing:
        first = min(lot.expires_at for lot in lapsing if lot.expires_at)
        together = tuple(lot for lot in lapsing if lot.expires_at == first)
        dues.append(Due(first, 1, 0, Kind.EXPIRE, together, "due"))
    if book.account.active > 0 and (idle := book.idle_at()):
        dues.append(Due(idle, 2, 0, Kind.EXPIRE, tuple(book.spendable_lots()), "inactivity"))
    return min(dues, key=lambda due: (due.at, due.rank, due.order), default=None)


def lapse(book: Book, lots: tuple[Lot, ...], *, at: datetime, reason: str) -> None:
    """All available points of these lots are gone, as of `at`."""
    moves = [Move(lot, active=-lot.active) for lot in lots]
    for lot in lots:
        lot.expired += lot.active
    book.enter(Kind.EXPIRE, moves, effective_at=at, reason=reason)


def repay_debt(book: Book, *, at: datetime) -> None:
    """Available points pay what is owed first. Nothing happens when nothing is owed."""
    part = min(book.account.active, book.account.debt)
    if part > 0:
        book.enter(Kind.OFFSET, book.take_active(part), effective_at=at, debt=-part)


def _ripen(book: Book, due: Due) -> None:
    lot = due.lots[0]
    book.enter(Kind.ACTIVATE, [Move(lot, pending=-lot.pending, active=lot.pending)], effective_at=due.at)
    repay_debt(book, at=due.at)
