"""Acts on points. Each is harmless to repeat with the same key."""

from loyalty.services.awards import award_purchase, reverse_award
from loyalty.services.balances import adjust_points, balance_of
from loyalty.services.importing import PastPurchase, import_purchases
from loyalty.services.sweeping import settle_due
from loyalty.types import PurchaseLineFacts

__all__ = [
    "PastPurchase",
    "PurchaseLineFacts",
    "adjust_points",
    "award_purchase",
    "balance_of",
    "import_purchases",
    "reverse_award",
    "settle_due",
]
