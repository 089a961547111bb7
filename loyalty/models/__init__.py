"""People and their points. Each file holds one family; everything is imported from here."""

from loyalty.models.ledger import Account, Entry, Lot, Movement, Operation
from loyalty.models.people import Address, Consent, Customer, CustomerIdentity
from loyalty.models.program import Program, Unit
from loyalty.models.proof import LedgerDigest, ReconcileRun
from loyalty.models.purchases import Purchase, PurchaseLine

__all__ = [
    "Account",
    "Address",
    "Consent",
    "Customer",
    "CustomerIdentity",
    "Entry",
    "LedgerDigest",
    "Lot",
    "Movement",
    "Operation",
    "Program",
    "Purchase",
    "PurchaseLine",
    "ReconcileRun",
    "Unit",
]
