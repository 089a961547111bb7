"""What loyalty writes when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from loyalty.models import Program, Unit
from tenants.models import Shop
from tenants.signals import tenant_provisioned

# One point for every so many minor units. Where a unit of money is large, a smaller step: 1 point a euro, 1 for R 10.
PER_MINOR = {"EUR": 100, "USD": 100, "GBP": 100, "CHF": 100, "AUD": 100, "CAD": 100}
PER_MINOR_ELSEWHERE = 1000


@receiver(tenant_provisioned)
def start_program(sender: object, *, shop: Shop, **_: Any) -> None:
    """Give a new shop its program and its unit, so the first paid order already earns."""
    Program.objects.get_or_create(
        id=1,
        defaults={
            "name": f"{shop.name} points",
            "currency": shop.currency,
            "country": shop.country,
            "time_zone": shop.time_zone,
            "earn_per_minor": PER_MINOR.get(shop.currency, PER_MINOR_ELSEWHERE),
        },
    )
    Unit.objects.get_or_create(
        code=Unit.POINTS_CODE,
        defaults={"kind": Unit.Kind.POINTS, "name_one": "point", "name_many": "points"},
    )
