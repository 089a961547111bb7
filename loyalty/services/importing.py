"""Purchases of the past, taken over in bulk: for a shop that moves in, and for the demo."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from loyalty import ledger
from loyalty.earning import Quote, evaluate
from loyalty.expiry import ripe_at
from loyalty.ledger.book import Book, books_of
from loyalty.models import Account, Operation, Program, Purchase, PurchaseLine, Unit
from loyalty.services.awards import facts_of, lines_of, request_of, rules_of
from loyalty.types import Award, PurchaseLineFacts

# Larger transactions make the database's proofs slow.
CUSTOMERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PastPurchase:
    """A paid order of the past, with the same facts `award_purchase` takes."""

    customer_id: int
    order_id: int
    reference: str
    lines: tuple[PurchaseLineFacts, ...]
    total_cents: int
    currency: str
    occurred_at: datetime
    channel: str


def import_purchases(purchases: Sequence[PastPurchase], *, now: datetime | None = None) -> dict[int, Award]:
    """Give the points of past purchases, oldest first for each customer; awards by order id.

    Each gets the key and the entries `award_purchase` would have written at the time, and what lapsed since has
    lapsed. An order that was seen before is left out. No news is told. One transaction for each 500 customers.
    Refuses: nothing; purchases that earn nothing are kept with their reason.
    """
    moment = now or timezone.now()
    by_customer: dict[int, list[PastPurchase]] = defaultdict(list)
    for purchase in sorted(purchases, key=lambda each: (each.occurred_at, each.order_id)):
        by_customer[purchase.customer_id].append(purchase)
    customers = sorted(by_customer)
    awards: dict[int, Award] = {}
    for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
        page = {customer_id: by_customer[customer_id] for customer_id in customers[start : start + CUSTOMERS_AT_ONCE]}
        awards |= _import_page(page, moment)
        if start == 0 and len(customers) > CUSTOMERS_AT_ONCE:
            _measure()
    return awards


def _measure() -> None:
    """Let Postgres look at the tables it will prove: without, it reads them from end to end for each entry."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE loyalty_account, loyalty_operation, loyalty_entry, loyalty_lot, loyalty_movement")


@transaction.atomic
def _import_page(page: dict[int, list[PastPurchase]], now: datetime) -> dict[int, Award]:
    program = Program.objects.get()
    operations = _claim([purchase for theirs in page.values() for purchase in theirs], now)
    books = {book.account.customer_id: book for book in _open_books(list(page), program, now)}
    kept = _keep(
        [purchase for theirs in page.values() for purchase in theirs if purchase.order_id in operations], program
    )
    awards: dict[int, Award] = {}
    for customer_id, theirs in page.items():
        book = books[customer_id]
        for purchase in theirs:
            if purchase.order_id in kept:
                book.operation_id = operations[purchase.order_id]
                awards[purchase.order_id] = _award(book, kept[purchase.order_id], program)
        book.now = now
        if book.operation_id:
            ledger.settle(book)
    ledger.write(book for book in books.values() if book.operation_id)
    _finish({operations[order_id]: award for order_id, award in awards.items()})
    return awards


def _claim(purchases: Sequence[PastPurchase], now: datetime) -> dict[int, int]:
    """An operation for every order that has none yet: order id → operation id."""
    keys = {f"earn:order:{purchase.order_id}": purchase for purchase in purchases}
    taken = set(Operation.objects.filter(key__in=list(keys)).values_list("key", flat=True))
    rows = [
        Operation(
            key=key,
            kind="award",
            fingerprint=_fingerprint(purchase),
            channel=purchase.channel,
            created_at=now,
        )
        for key, purchase in keys.items()
        if key not in taken
    ]
    Operation.objects.bulk_create(rows)
    return {keys[row.key].order_id: row.pk for row in rows}


def _fingerprint(purchase: PastPurchase) -> bytes:
    request = request_of(
        customer_id=purchase.customer_id,
        lines=purchase.lines,
        total_cents=purchase.total_cents,
        currency=purchase.currency,
    )
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).digest()


def _open_books(customer_ids: list[int], program: Program, now: datetime) -> list[Book]:
    unit = Unit.objects.get(code=Unit.POINTS_CODE)
    fresh = [Account(customer_id=customer_id, unit=unit) for customer_id in customer_ids]
    Account.objects.bulk_create(fresh, ignore_conflicts=True)
    accounts = Account.objects.filter(customer__in=customer_ids, unit=unit).order_by("id")
    return books_of(list(accounts.select_for_update(no_key=True)), program=program, operation_id=0, now=now)


def _keep(purchases: Sequence[PastPurchase], program: Program) -> dict[int, Purchase]:
    """Write the purchases with their quotes: order id → row."""
    rules = rules_of(program)
    quotes: list[tuple[PastPurchase, Quote]] = []
    for purchase in purchases:
        facts = facts_of(purchase.lines, total_cents=purchase.total_cents, currency=purchase.currency)
        quotes.append((purchase, evaluate(facts, rules)))
    rows = [
        Purchase(
            customer_id=purchase.customer_id,
            order_id=purchase.order_id,
            reference=purchase.reference,
            source=Purchase.Source.IMPORT,
            channel=purchase.channel,
            currency=purchase.currency,
            gross=purchase.total_cents + quote.discount_cents,
            discount=quote.discount_cents,
            excluded=purchase.total_cents - quote.basis_cents,
            basis=quote.basis_cents,
            points_awarded=quote.points,
            quote=quote.to_json(),
            occurred_at=purchase.occurred_at,
        )
        for purchase, quote in quotes
    ]
    Purchase.objects.bulk_create(rows)
    PurchaseLine.objects.bulk_create(
        line
        for row, (purchase, quote) in zip(rows, quotes, strict=True)
        for line in lines_of(row, purchase.lines, quote)
    )
    return {purchase.order_id: row for row, (purchase, _) in zip(rows, quotes, strict=True)}


def _award(book: Book, purchase: Purchase, program: Program) -> Award:
    """Live through the moment of one purchase."""
    book.now = purchase.occurred_at
    ledger.settle(book)
    if purchase.points_awarded:
        ripe = ripe_at(purchase.occurred_at, program.pending_days, ZoneInfo(program.time_zone))
        ledger.earn(book, purchase.points_awarded, reason="purchase", at=book.now, ripe_at=ripe, purchase=purchase)
        ledger.settle(book)
    reason = str(purchase.quote.get("reason", ""))
    return Award(points=purchase.points_awarded, balance=book.account.active, replayed=False, reason=reason)


def _finish(awards: dict[int, Award]) -> None:
    results = [
        json.dumps({name: value for name, value in asdict(award).items() if name != "replayed"})
        for award in awards.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_operation AS operation SET result = done.result::jsonb"
            " FROM unnest(%s::bigint[], %s::text[]) AS done (id, result) WHERE operation.id = done.id",
            [list(awards), results],
        )
