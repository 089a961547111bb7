"""What loyalty takes and gives back. Points are whole numbers, money is in minor units."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models


class AdjustReason(models.TextChoices):
    """Why a person changed a balance by hand."""

    GOODWILL = "goodwill", "Goodwill"
    CORRECTION = "correction", "Correction"
    MIGRATION = "migration", "Moved from another system"
    FRAUD = "fraud", "Fraud"


@dataclass(frozen=True, slots=True)
class PurchaseLineFacts:
    """One bought line: `gross_cents` for all pieces, `discount_cents` taken off this line, excluded lines earn nothing."""

    product_id: int | None
    category_id: int | None
    quantity: int
    gross_cents: int
    discount_cents: int = 0
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Award:
    """What a purchase gave. `reason` says why it gave nothing; `replayed` that it was given before."""

    points: int
    balance: int
    replayed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a refund took: from the balance, and what is now owed (`debt`, part of `points`)."""

    points: int
    balance: int
    debt: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change by hand and the spendable balance after it."""

    points: int
    balance: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What a customer may read about their points now; lapsed and ripened points are already counted.

    `next_expiry_at` is the instant points are gone; people are told `last_good_on`, the last day they can be spent.
    """

    available: int
    pending: int
    held: int
    debt: int
    next_expiry_at: datetime | None
    next_expiry_points: int
    last_good_on: date | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line a customer understands. `points` is signed; `label` is the purchase's reference or empty."""

    at: datetime
    points: int
    kind: str
    label: str
