"""Reads about orders. None of them writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from loyalty.models import Customer
from orders.errors import UnknownOrder
from orders.models import DeliveryTerms, Order, OrderLine
from orders.querysets import SALE_STATES
from tenants.context import current_shop


@dataclass(frozen=True, slots=True)
class DaySales:
    """One day in the shop's time zone: orders paid then and not refunded since, in minor units."""

    day: date
    orders: int
    cents: int


@dataclass(frozen=True, slots=True)
class BestSeller:
    """How well one product sold."""

    product_id: int
    name: str
    quantity: int
    cents: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What a customer has bought: paid and not refunded, in minor units."""

    orders: int
    cents: int
    last_at: datetime | None


def delivery_terms() -> DeliveryTerms:
    """This shop's terms; the defaults if nobody has set any."""
    return DeliveryTerms.objects.filter(pk=1).first() or DeliveryTerms()


def latest_order_of(customer: Customer, *, states: Sequence[str] = ()) -> Order | None:
    """The newest order of `customer` with its lines; with `states` the newest of those."""
    rows = Order.objects.filter(customer=customer)
    rows = rows.filter(state__in=states) if states else rows
    return rows.prefetch_related("lines").order_by("-id").first()


def order_numbered(customer: Customer, number: int) -> Order | None:
    """The customer's order with this number; nobody else's."""
    return Order.objects.filter(customer=customer, number=number).first()


def orders_of(customer: Customer, *, limit: int = 10) -> list[Order]:
    """The newest orders of `customer`, with their lines."""
    rows = Order.objects.filter(customer=customer)
    return list(rows.prefetch_related("lines").order_by("-id")[:limit])


def order_of(customer: Customer, order_id: int) -> Order:
    """One order with its lines, only if it is theirs. Refuses: `UnknownOrder`."""
    order = Order.objects.filter(customer=customer, pk=order_id).prefetch_related("lines").first()
    if order is None:
        raise UnknownOrder("This order is not yours.")
    return order


def orders_for_dashboard(*, state: str = "", search: str = "") -> QuerySet[Order]:
    """Orders newest first with customer and lines; `state` may be a state, `open` or empty for all."""
    rows = Order.objects.matching(search)
    if state == "open":
        rows = rows.open()
    elif state:
        rows = rows.filter(state=state)
    return rows.select_related("customer").prefetch_related("lines").order_by("-id")


def order_with_history(order_id: int) -> Order:
    """One order with customer, lines and moves, ready to show. Refuses: `UnknownOrder`."""
    rows = Order.objects.select_related("customer").prefetch_related("lines__variant__product", "events")
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise UnknownOrder(f"There is no order {order_id}.")
    return order


def counts_by_state() -> dict[str, int]:
    """How many orders are in each state, zero included."""
    counted = dict(Order.objects.order_by().values_list("state").annotate(Count("id")))
    return {state: counted.get(state, 0) for state in Order.State.values}


def sales_by_day(since: date) -> list[DaySales]:
    """One entry a day from `since` to today in the shop's time zone, days without a sale included."""
    zone = ZoneInfo(current_shop().time_zone)
    start = datetime(since.year, since.month, since.day, tzinfo=zone)
    rows = (
        Order.objects.sales()
        .filter(paid_at__gte=start)
        .order_by()
        .annotate(day=TruncDate("paid_at", tzinfo=zone))
        .values("day")
        .annotate(orders=Count("id"), cents=Sum("total_cents"))
    )
    known = {row["day"]: DaySales(row["day"], row["orders"], row["cents"]) for row in rows}
    today = timezone.now().astimezone(zone).date()
    days = [since + timedelta(days=offset) for offset in range((today - since).days + 1)]
    return [known.get(day, DaySales(day, 0, 0)) for day in days]


def best_sellers(since: date, *, limit: int = 5) -> list[BestSeller]:
    """Products by pieces sold since the beginning of that day in the shop's time zone."""
    start = datetime(since.year, since.month, since.day, tzinfo=ZoneInfo(current_shop().time_zone))
    rows = (
        OrderLine.objects.filter(order__state__in=SALE_STATES, order__paid_at__gte=start)
        .order_by()
        .values("variant__product_id")
        .annotate(label=Max("variant__product__name"), pieces=Sum("quantity"), cents=Sum("total_cents"))
        .order_by("-pieces", "variant__product_id")[:limit]
    )
    return [BestSeller(row["variant__product_id"], row["label"], row["pieces"], row["cents"]) for row in rows]


def spending_of(customer: Customer) -> Spending:
    """What `customer` has bought so far."""
    totals = Order.objects.sales().filter(customer=customer).order_by()
    found = totals.aggregate(orders=Count("id"), cents=Sum("total_cents"), last_at=Max("paid_at"))
    return Spending(found["orders"], found["cents"] or 0, found["last_at"])
