"""Proves this room: each finding is one sentence, none is good."""

from collections.abc import Iterator

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from catalog.models import Product, Variant


def findings() -> Iterator[str]:
    """What does not add up among this shop's products and stock."""
    held = Coalesce(Sum("reservations__quantity", filter=Q(reservations__state="held")), 0)
    wrong = Variant.objects.annotate(held=held).exclude(held=F("reserved")).order_by("id")
    for pk, reserved, summed in wrong.values_list("id", "reserved", "held"):
        yield f"Variant {pk}: {reserved} reserved, its held reservations sum to {summed}."
    bare = Product.objects.filter(status=Product.Status.PUBLISHED).exclude(variants__is_active=True)
    for product in bare.order_by("id"):
        yield f"Product {product.pk} is published and has nothing to sell."
