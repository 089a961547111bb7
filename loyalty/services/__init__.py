"""Acts on points. Each is harmless to repeat with the same key."""

from loyalty.services.awards import award_purchase, reverse_award
from loyalty.services.balances import adjust_points, balance_of
from loyalty.services.importing import PastPurchase, import_purchases
from loyalty.services.merging import CannotMerge, CannotUndo, merge_customers, undo_merge
from loyalty.services.sweeping import settle_due
from loyalty.types import PurchaseLineFacts

__all__ = [
    "CannotMerge",
    "CannotUndo",
    "PastPurchase",
    "PurchaseLineFacts",
    "adjust_points",
    "award_purchase",
    "balance_of",
    "import_purchases",
    "merge_customers",
    "reverse_award",
    "settle_due",
    "undo_merge",
]
