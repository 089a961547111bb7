"""Small makers for the tests of points."""

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty import services
from loyalty.models import Account, Customer, Entry, Lot, Program
from loyalty.types import Award, PurchaseLineFacts, Reversal

JOBURG = ZoneInfo("Africa/Johannesburg")
_orders = itertools.count(1)


def local(text: str) -> datetime:
    """`2025-01-15 10:00` in Johannesburg."""
    return datetime.fromisoformat(text).replace(tzinfo=JOBURG)


def customer(name: str = "Thandi") -> Customer:
    return Customer.objects.create(name=name)


def program(**changes: object) -> Program:
    """The shop's program at one point for each 100.00, floor, twelve rolling months."""
    settings = {"earn_points": 1, "earn_per_minor": 100_00, **changes}
    Program.objects.update(**settings)
    return Program.objects.get()


def buy(who: Customer, cents: int, *, at: datetime, order_id: int | None = None, lines: int = 1) -> tuple[int, Award]:
    """A paid order of `cents`; its id and what it earned."""
    order_id = order_id or next(_orders)
    first = cents - (cents // lines) * (lines - 1)
    facts = [PurchaseLineFacts(1, 1, 1, gross) for gross in [first, *[cents // lines] * (lines - 1)]]
    award = services.award_purchase(
        customer=who,
        order_id=order_id,
        reference=f"#{order_id}",
        lines=facts,
        total_cents=cents,
        currency="ZAR",
        occurred_at=at,
        channel="chat",
        now=at,
    )
    return order_id, award


def refund(order_id: int, cents: int, *, at: datetime, key: str = "one") -> Reversal:
    return services.reverse_award(order_id=order_id, refunded_cents=cents, refund_key=key, now=at)


def sweep(at: datetime) -> int:
    return services.settle_due(now=at)


def buckets(who: Customer) -> tuple[int, int, int, int]:
    """Pending, available, held, debt as written."""
    return Account.objects.values_list("pending", "active", "held", "debt").get(customer=who)


def entries_of(who: Customer) -> list[tuple[str, int, int, int, int]]:
    return list(
        Entry.objects.filter(account__customer=who)
        .order_by("seq")
        .values_list("kind", "d_pending", "d_active", "d_held", "d_debt")
    )


def open_lots(who: Customer) -> list[int]:
    return [
        lot.pending + lot.active + lot.held
        for lot in Lot.objects.filter(account__customer=who).order_by("id")
        if lot.pending + lot.active + lot.held
    ]


def prove_now() -> None:
    """Ask the deferred triggers before the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
