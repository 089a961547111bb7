"""What the customer pages read from several rooms at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum

from loyalty.models import Customer
from orders.models import Order


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One person in the list. `customer.points` is annotated; money in minor units."""

    customer: Customer
    orders: int
    cents: int


def rows_of(customers: Iterable[Customer]) -> list[CustomerRow]:
    """The customers of one page with what they bought: one query for all."""
    people = list(customers)
    totals = (
        Order.objects.sales()
        .filter(customer_id__in=[person.pk for person in people])
        .order_by()
        .values("customer_id")
        .annotate(orders=Count("id"), cents=Sum("total_cents"))
    )
    known = {row["customer_id"]: row for row in totals}
    return [
        CustomerRow(person, *((row["orders"], row["cents"]) if (row := known.get(person.pk)) else (0, 0)))
        for person in people
    ]
