"""One locked account in memory: entries are added here, checked by the triggers, and written in a few statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from loyalty.expiry import ExpiryPolicy, inactive_since
from loyalty.models import Account, Customer, Entry, Lot, Movement, Program, Purchase, Unit
from loyalty.models.ledger import OPEN_LOT

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Move:
    """What an entry does to one lot."""

    lot: Lot
    pending: int = 0
    active: int = 0
    held: int = 0


@dataclass(slots=True)
class Book:
    """An account with its open lots, the rules of time, and the entries not yet written.

    `now` was taken after the lock was granted. `operation_id` is 0 in a book that is only looked at.
    """

    account: Account
    lots: list[Lot]
    policy: ExpiryPolicy
    tz: ZoneInfo
    now: datetime
    operation_id: int = 0
    entries: list[Entry] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def enter(  # noqa: PLR0913  (one entry has that many sides)
        self,
        kind: Entry.Kind,
        moves: Sequence[Move],
        *,
        effective_at: datetime,
        debt: int = 0,
        reason: str = "",
        purchase: Purchase | None = None,
        reverses_id: int | None = None,
    ) -> Entry:
        """Add one entry: the sum of its moves, plus `debt`. Balances of lots and account follow."""
        account = self.account
        pending, active, held = _sums(moves)
        account.pending, account.active = account.pending + pending, account.active + active
        account.held, account.debt = account.held + held, account.debt + debt
        account.seq += 1
        entry = Entry(
            account=account,
            seq=account.seq,
            operation_id=self.operation_id,
            kind=kind,
            reason=reason,
            d_pending=pending,
            d_active=active,
            d_held=held,
            d_debt=debt,
            after_pending=account.pending,
            after_active=account.active,
            after_held=account.held,
            after_debt=account.debt,
            purchase=purchase,
            reverses_id=reverses_id,
            effective_at=effective_at,
        )
        self.entries.append(entry)
        for move in moves:
            self._apply(entry, move)
        return entry

    def _apply(self, entry: Entry, move: Move) -> None:
        lot = move.lot
        lot.pending += move.pending
        lot.active += move.active
        lot.held += move.held
        if lot.pk is None and lot not in self.lots:
            lot.source_entry = entry
            self.lots.append(lot)
        self.touch(lot)
        self.movements.append(
            Movement(entry=entry, lot=lot, d_pending=move.pending, d_active=move.active, d_held=move.held)
        )

    def touch(self, lot: Lot) -> None:
        """Note that a lot known to the database has to be written."""
        if lot.pk is not None:
            self.touched.add(lot.pk)
            if all(known.pk != lot.pk for known in self.lots):
                self.lots.append(lot)

    def spendable_lots(self) -> list[Lot]:
        """Lots with available points: first to lapse, then first earned, then first made."""
        lots = [lot for lot in self.lots if lot.active > 0]
        return sorted(lots, key=lambda lot: (lot.expires_at or NEVER, lot.earned_at, lot.pk or float("inf")))

    def take_active(self, points: int, *, first: Lot | None = None) -> list[Move]:
        """Moves that take `points` available points, from `first` before all others. Never more than there are."""
        lots = self.spendable_lots()
        if first is not None and first.active > 0:
            lots = [first, *(lot for lot in lots if lot is not first)]
        moves: list[Move] = []
        for lot in lots:
            part = min(points, lot.active)
            if part > 0:
                moves.append(Move(lot, active=-part))
                points -= part
        return moves

    def next_event_at(self) -> datetime | None:
        """The earliest instant at which time alone changes this account."""
        instants = [lot.activates_at for lot in self.lots if lot.pending > 0 and lot.activates_at]
        instants += [lot.expires_at for lot in self.lots if lot.active > 0 and lot.expires_at]
        if self.account.active > 0 and (idle := self.idle_at()):
            instants.append(idle)
        return min(instants, default=None)

    def idle_at(self) -> datetime | None:
        """When the account loses its points for being idle, if the program does that."""
        since = self.account.last_activity_at
        return inactive_since(since, self.policy, self.tz) if since else None


def _sums(moves: Sequence[Move]) -> tuple[int, int, int]:
    """Pending, available and held points of all moves together."""
    return (
        sum(move.pending for move in moves),
        sum(move.active for move in moves),
        sum(move.held for move in moves),
    )


def open_book(
    customer: Customer, *, program: Program, operation_id: int, now: datetime | None = None, follow: bool = True
) -> Book:
    """The customer's points account, made if new, locked until the transaction ends.

    The lock leaves foreign keys alone (`FOR NO KEY UPDATE`); `now` is read after it is granted. Of somebody who became
    part of another customer it is that one's account, also when that happened while we waited (unless not `follow`).
    """
    account = _locked_account(customer)
    while follow and account.status == Account.Status.CLOSED:
        found = Customer.objects.select_related("merged_into").get(pk=account.customer_id)
        if found.merged_into is None:
            break
        account = _locked_account(found.merged_into)
    return books_of([account], program=program, operation_id=operation_id, now=now)[0]


def _locked_account(customer: Customer) -> Account:
    locked = Account.objects.select_for_update(no_key=True, of=("self",)).filter(unit__code=Unit.POINTS_CODE)
    account = locked.filter(customer=customer).first()
    if account is None:
        unit = Unit.objects.get(code=Unit.POINTS_CODE)
        Account.objects.bulk_create([Account(customer=customer, unit=unit)], ignore_conflicts=True)
        account = locked.get(customer=customer)
    return account


def peek(customer: Customer, *, program: Program, now: datetime | None = None) -> Book | None:
    """The same without lock or operation, to look at; None when the customer never had points."""
    account = Account.objects.filter(customer=customer, unit__code=Unit.POINTS_CODE).first()
    return books_of([account], program=program, operation_id=0, now=now)[0] if account else None


def books_of(
    accounts: Sequence[Account], *, program: Program, operation_id: int, now: datetime | None = None
) -> list[Book]:
    """Books of accounts the caller has read (and locked, if they are to be written), with their open lots."""
    lots: dict[int, list[Lot]] = {account.pk: [] for account in accounts}
    for lot in Lot.objects.filter(OPEN_LOT, account__in=list(lots)).order_by("id"):
        lots[lot.account_id].append(lot)
    policy, tz = policy_of(program), ZoneInfo(program.time_zone)
    moment = now or timezone.now()
    return [Book(account, lots[account.pk], policy, tz, moment, operation_id) for account in accounts]


def policy_of(program: Program) -> ExpiryPolicy:
    """The expiry part of the program as plain facts."""
    return ExpiryPolicy(
        kind=program.expiry_kind,
        months=program.expiry_months,
        round_to=program.expiry_round_to,
        fixed_month=program.fixed_month,
        fixed_day=program.fixed_day,
        fixed_min_days=program.fixed_min_days,
    )


def write(books: Iterable[Book]) -> None:
    """Write what was entered: entries, new lots, changed lots, movements, accounts, in that order, for all books."""
    books = list(books)
    Entry.objects.bulk_create([entry for book in books for entry in book.entries])
    lots = [lot for book in books for lot in book.lots]
    touched = set().union(*(book.touched for book in books))
    new_lots = [lot for lot in lots if lot.pk is None]
    _update_lots([lot for lot in lots if lot.pk in touched])
    Lot.objects.bulk_create(new_lots)
    Movement.objects.bulk_create([movement for book in books for movement in book.movements])
    _update_accounts(books)
    for book in books:
        book.entries, book.movements, book.touched = [], [], set()


def _update_lots(lots: Sequence[Lot]) -> None:
    if not lots:
        return
    columns = ("pk", "pending", "active", "held", "expired", "reversed")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_lot AS lot SET pending = new.pending, active = new.active, held = new.held,"
            " expired = new.expired, reversed = new.reversed"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " AS new (id, pending, active, held, expired, reversed) WHERE lot.id = new.id",
            [[getattr(lot, column) for lot in lots] for column in columns],
        )


def _update_accounts(books: Sequence[Book]) -> None:
    accounts = [book.account for book in books]
    for book in books:
        book.account.next_event_at = book.next_event_at()
    numbers = ("pk", "pending", "active", "held", "debt", "seq", "lifetime_issued", "lifetime_redeemed")
    moments = ("next_event_at", "last_activity_at")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_account AS account SET pending = new.pending, active = new.active, held = new.held,"
            " debt = new.debt, seq = new.seq, lifetime_issued = new.issued, lifetime_redeemed = new.redeemed,"
            " next_event_at = new.next_event_at, last_activity_at = new.last_activity_at"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],"
            " %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])"
            " AS new (id, pending, active, held, debt, seq, issued, redeemed, next_event_at, last_activity_at)"
            " WHERE account.id = new.id",
            [[getattr(account, column) for account in accounts] for column in (*numbers, *moments)],
        )
