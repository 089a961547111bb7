"""Acts on points. Each is harmless to repeat with the same key."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loyalty.models import Customer
from loyalty.types import Adjustment, AdjustReason, Award, BalanceView, PurchaseLineFacts, Reversal

__all__ = ["PurchaseLineFacts", "adjust_points", "award_purchase", "balance_of", "reverse_award"]


def award_purchase(
    *,
    customer: Customer,
    order_id: int,
    reference: str,
    lines: Sequence[PurchaseLineFacts],
    total_cents: int,
    currency: str,
    occurred_at: datetime,
    channel: str,
) -> Award: ...


def reverse_award(*, order_id: int, refunded_cents: int, refund_key: str) -> Reversal: ...


def adjust_points(
    *, customer: Customer, points: int, reason: AdjustReason | str, key: str, actor_id: int | None
) -> Adjustment: ...


def balance_of(customer: Customer) -> BalanceView: ...
