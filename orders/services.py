"""Acts on the shop's own terms. Baskets, checkout and fulfilment have rooms of their own."""

from django.db import transaction

from orders.errors import FulfilmentNotOffered
from orders.models import DeliveryTerms


@transaction.atomic
def save_delivery_terms(  # noqa: PLR0913 - the terms are that many
    *,
    delivery_enabled: bool,
    delivery_fee_cents: int,
    free_delivery_over_cents: int | None,
    collection_enabled: bool,
    collection_address: str,
    minimum_cents: int,
    hold_minutes: int,
    collection_point: tuple[float, float] | None = None,
) -> DeliveryTerms:
    """Set how goods are handed over and what it costs. Placed orders keep what they were quoted.

    Refuses: `FulfilmentNotOffered` if neither way is left.
    """
    if not (delivery_enabled or collection_enabled):
        raise FulfilmentNotOffered("delivery or collection")
    latitude, longitude = collection_point or (None, None)
    terms, _ = DeliveryTerms.objects.update_or_create(
        pk=1,
        defaults={
            "delivery_enabled": delivery_enabled,
            "delivery_fee_cents": delivery_fee_cents,
            "free_delivery_over_cents": free_delivery_over_cents,
            "collection_enabled": collection_enabled,
            "collection_address": collection_address,
            "collection_latitude": latitude,
            "collection_longitude": longitude,
            "minimum_cents": minimum_cents,
            "hold_minutes": hold_minutes,
        },
    )
    return terms
