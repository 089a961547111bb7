"""The only writer of reservations: pieces are promised, sold or given back by conditional updates.

Variants are always touched in the order of their ids, so two baskets in opposite order never deadlock.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from catalog.models import Reservation, Variant
from shopme.lib.errors import BusinessError


class OutOfStock(BusinessError):
    """Fewer pieces are left than asked for. `available` is what could be had; `variant` whose stock it is."""

    def __init__(self, variant: Variant, available: int) -> None:
        self.variant = variant
        self.available = available
        name = " ".join(part for part in (variant.product.name, variant.name) if part)
        super().__init__(f"{name}: {available} left." if available else f"{name} is sold out.")


@transaction.atomic
def reserve(*, lines: Mapping[int, int], order_ref: str, expires_at: datetime) -> None:
    """Promise `lines` (variant id → pieces) to `order_ref` until `expires_at`, all or none.

    Asking again for the same order changes nothing; pieces released before are promised anew. Refuses: `OutOfStock`.
    """
    rows = Reservation.objects.select_for_update().filter(order_ref=order_ref)
    settled = {row.variant_id for row in rows if row.state != Reservation.State.RELEASED}
    wanted = sorted(set(lines) - settled)
    for variant_id in wanted:
        _promise(variant_id, lines[variant_id])
    Reservation.objects.bulk_create(
        [Reservation(order_ref=order_ref, variant_id=pk, quantity=lines[pk], expires_at=expires_at) for pk in wanted],
        update_conflicts=True,
        unique_fields=["order_ref", "variant"],
        update_fields=["quantity", "state", "expires_at", "changed_at"],
    )


def _promise(variant_id: int, quantity: int) -> None:
    enough = Q(is_tracked=False) | Q(allow_backorder=True) | Q(on_hand__gte=F("reserved") + quantity)
    kept = Variant.objects.filter(enough, pk=variant_id, is_active=True).update(reserved=F("reserved") + quantity)
    if not kept:
        variant = Variant.objects.select_related("product").get(pk=variant_id)
        raise OutOfStock(variant, variant.available or 0 if variant.is_active else 0)


@transaction.atomic
def release(*, order_ref: str) -> int:
    """Give the held pieces of `order_ref` back; returns how many reservations were released."""
    rows = _held(order_ref)
    for row in rows:
        Variant.objects.filter(pk=row.variant_id).update(reserved=F("reserved") - row.quantity)
    return _move(rows, Reservation.State.RELEASED)


@transaction.atomic
def sell(*, order_ref: str) -> int:
    """Turn the held pieces of `order_ref` into sold ones, leaving the shop; returns how many reservations."""
    rows = _held(order_ref)
    for row in rows:
        left = Greatest(F("on_hand") - row.quantity, Value(0))
        Variant.objects.filter(pk=row.variant_id).update(
            reserved=F("reserved") - row.quantity,
            on_hand=Case(When(is_tracked=True, then=left), default=F("on_hand")),
        )
    return _move(rows, Reservation.State.SOLD)


@transaction.atomic
def take_back(*, order_ref: str) -> int:
    """Put sold pieces of `order_ref` on the shelf again, as after a refund; returns how many reservations."""
    rows = _locked(order_ref, Reservation.State.SOLD)
    for row in rows:
        Variant.objects.filter(pk=row.variant_id, is_tracked=True).update(on_hand=F("on_hand") + row.quantity)
    return _move(rows, Reservation.State.RELEASED)


def _held(order_ref: str) -> list[Reservation]:
    return _locked(order_ref, Reservation.State.HELD)


def _locked(order_ref: str, state: Reservation.State) -> list[Reservation]:
    rows = Reservation.objects.select_for_update().filter(order_ref=order_ref, state=state)
    return list(rows.order_by("variant_id"))


def _move(rows: list[Reservation], state: Reservation.State) -> int:
    return Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(state=state)
