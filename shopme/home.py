"""What the first page of a shop shows: what waits, the key figures of a period, and what sells."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.models import Product, Variant
from catalog.queries import LOW_STOCK
from conversations.models import Conversation, Message
from conversations.transport.health.number_alerts import unread_alerts
from loyalty.models import Customer
from orders import queries as orders
from orders.models import Order
from payments.models import PaymentAttempt
from shopme.problems.queries import count_of as problems_waiting
from tenants.context import current_shop

PERIODS = (7, 14, 90)
# The colour of an alert by how bad it is.
_TONES = {"danger": "error", "warning": "warn", "info": "primary"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure. `change` is percent (or points when `is_share`) against the period before; None without one."""

    label: str
    icon: str
    value: int
    change: int | None
    note: str
    spark: list[int]
    is_money: bool = False
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing a person of the shop should look at, and where."""

    title: str
    detail: str
    icon: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Seller:
    """A product that sold, with what is left. `left` is None without a limit."""

    product: Product
    quantity: int
    cents: int
    left: int | None

    @property
    def is_low(self) -> bool:
        return self.left is not None and self.left <= LOW_STOCK


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart: turnover then, and on the same day of the period before, in minor units."""

    day: date
    cents: int
    before_cents: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of one period and the days behind them, oldest first."""

    figures: list[Figure]
    days: list[Day]
    cents_today: int
    orders_today: int


def today_here() -> date:
    """Today in the shop's time zone."""
    return timezone.now().astimezone(_zone()).date()


def overview(days: int) -> Overview:
    """Key figures of the last `days` days against the `days` before them. Four queries."""
    since = today_here() - timedelta(days=2 * days - 1)
    sales = orders.sales_by_day(since)
    before, now = sales[:days], sales[-days:]
    cents, cents_before = sum(day.cents for day in now), sum(day.cents for day in before)
    count, count_before = sum(day.orders for day in now), sum(day.orders for day in before)
    return Overview(
        figures=[
            Figure(
                label="Revenue",
                icon="wallet",
                value=cents,
                change=_percent(cents, cents_before),
                note=f"vs previous {days} days",
                spark=[day.cents for day in now],
                is_money=True,
            ),
            Figure(
                label="Paid orders",
                icon="shopping-bag",
                value=count,
                change=_percent(count, count_before),
                note=f"vs previous {days} days",
                spark=[day.orders for day in now],
            ),
            _assistant_figure(since, days),
            _new_customers_figure(since, days),
        ],
        days=[Day(day.day, day.cents, earlier.cents) for day, earlier in zip(now, before, strict=True)],
        cents_today=now[-1].cents,
        orders_today=now[-1].orders,
    )


def what_waits() -> list[Waiting]:
    """Chats that need a person, payments to check, orders to prepare, stock that runs out: only what there is."""
    found = [_chats_waiting(), _payments_waiting(), _orders_waiting(), _problems_waiting(), *_stock_waiting()]
    return [waiting for waiting in found if waiting is not None]


def best_sellers(days: int, *, limit: int = 5) -> list[Seller]:
    """What sold most in the last `days` days, with what is left of it. Three queries."""
    sold = orders.best_sellers(today_here() - timedelta(days=days - 1), limit=limit)
    products = Product.objects.with_variants().in_bulk([row.product_id for row in sold])
    return [
        Seller(products[row.product_id], row.quantity, row.cents, _left_of(products[row.product_id]))
        for row in sold
        if row.product_id in products
    ]


def _left_of(product: Product) -> int | None:
    left = [variant.available for variant in getattr(product, "active_variants", [])]
    known = [pieces for pieces in left if pieces is not None]
    return sum(known) if left and len(known) == len(left) else None


def _assistant_figure(since: date, days: int) -> Figure:
    """Share of a day's chats that no person of the shop wrote in."""
    rows = (
        Message.objects.filter(created_at__gte=_start_of(since), author__in=["customer", "staff"])
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=_zone()))
        .values("day")
        .annotate(
            chats=Count("conversation", distinct=True),
            stepped_in=Count("conversation", filter=Q(author="staff"), distinct=True),
        )
    )
    known = {row["day"]: (row["chats"], row["chats"] - row["stepped_in"]) for row in rows}
    counted = [known.get(day, (0, 0)) for day in _days_from(since, 2 * days)]
    share, share_before = _share(counted[days:]), _share(counted[:days])
    chats, alone = sum(day[0] for day in counted[days:]), sum(day[1] for day in counted[days:])
    return Figure(
        label="Handled by assistant",
        icon="sparkles",
        value=share or 0,
        change=share - share_before if share is not None and share_before is not None else None,
        note=f"{alone} of {chats} chats",
        spark=_shares_by_day(counted[days:]),
        is_share=True,
    )


def _new_customers_figure(since: date, days: int) -> Figure:
    rows = (
        Customer.objects.filter(created_at__gte=_start_of(since))
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=_zone()))
        .values_list("day")
        .annotate(Count("id"))
    )
    known = dict(rows)
    counted = [known.get(day, 0) for day in _days_from(since, 2 * days)]
    now, before = sum(counted[days:]), sum(counted[:days])
    return Figure(
        label="New customers",
        icon="users",
        value=now,
        change=_percent(now, before),
        note=f"vs previous {days} days",
        spark=counted[days:],
    )


def _chats_waiting() -> Waiting | None:
    waiting = Conversation.objects.filter(status="open", needs_person=True)
    count = waiting.count()
    if not count:
        return None
    oldest = waiting.select_related("customer").order_by("last_message_at").first()
    title = "1 customer asks for a person" if count == 1 else f"{count} customers ask for a person"
    detail = f"{oldest.customer.display_name}, since {_clock(oldest.last_message_at)}" if oldest else ""
    return Waiting(title, detail, "hand", "accent", "/inbox/?filter=needs_you")


def _payments_waiting() -> Waiting | None:
    attempts = PaymentAttempt.objects.filter(Q(state=PaymentAttempt.State.REVIEW) | Q(investigated_at__isnull=False))
    count = attempts.count()
    if not count:
        return None
    oldest = attempts.select_related("order").order_by("id").first()
    title = "1 payment to check" if count == 1 else f"{count} payments to check"
    reason = oldest.get_review_reason_display().lower() if oldest else ""
    detail = f"Order #{oldest.order.number}: {reason or 'the bank is asked by hand'}" if oldest else ""
    return Waiting(title, detail, "banknote", "warn", f"/orders/{oldest.order_id}/" if oldest else "/orders/")


def _orders_waiting() -> Waiting | None:
    found = Order.objects.filter(state=Order.State.PAID).aggregate(count=Count("id"), oldest=Min("paid_at"))
    if not found["count"]:
        return None
    title = "1 order to prepare" if found["count"] == 1 else f"{found['count']} orders to prepare"
    return Waiting(title, f"Oldest paid {_clock(found['oldest'])}", "chef-hat", "primary", "/orders/?state=paid")


def _problems_waiting() -> Waiting | None:
    shop = current_shop()
    alerts, count = unread_alerts(shop), problems_waiting(shop)
    if not alerts and not count:
        return None
    title = "1 problem" if count == 1 else f"{count} problems" if count else "Something about WhatsApp"
    detail = alerts[0].sentence if alerts else "Tried for a day and given up"
    tone = "error" if count else _TONES[alerts[0].severity]
    return Waiting(title, detail, "triangle-alert", tone, "/settings/problems/")


def _stock_waiting(*, limit: int = 3) -> list[Waiting]:
    low = Variant.objects.running_low(LOW_STOCK).select_related("product")[:limit]
    return [
        Waiting(
            f"{variant.product.name} is sold out" if variant.available == 0 else f"{variant.product.name} is low",
            f"{variant.name}: {variant.available} left" if variant.name else f"{variant.available} left",
            "package",
            "error",
            f"/products/{variant.product_id}/",
        )
        for variant in low
    ]


def _shares_by_day(days: list[tuple[int, int]]) -> list[int]:
    """The share of each day; a day without chats repeats the one before."""
    shares: list[int] = []
    for day in days:
        share = _share([day])
        shares.append(share if share is not None else shares[-1] if shares else 100)
    return shares


def _share(days: list[tuple[int, int]]) -> int | None:
    """Percent of chats handled without a person, or None without chats."""
    chats = sum(day[0] for day in days)
    return round(100 * sum(day[1] for day in days) / chats) if chats else None


def _percent(now: int, before: int) -> int | None:
    return round(100 * (now - before) / before) if before else None


def _days_from(since: date, count: int) -> list[date]:
    return [since + timedelta(days=offset) for offset in range(count)]


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(current_shop().time_zone)


def _clock(at: datetime) -> str:
    there = at.astimezone(_zone())
    return f"{there:%H:%M}" if there.date() == today_here() else f"{there.day} {there:%b, %H:%M}"
