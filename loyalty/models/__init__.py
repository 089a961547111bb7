"""People and their points. Each file holds one family; everything is imported from here."""

from loyalty.models.consent import ConsentEntry
from loyalty.models.identities import CustomerIdentity, IdentityDoubt, PhoneAlias
from loyalty.models.ledger import Account, Entry, Lot, Movement, Operation
from loyalty.models.merges import Merge
from loyalty.models.people import Address, Customer
from loyalty.models.program import Program, Unit
from loyalty.models.proof import LedgerDigest, ReconcileRun
from loyalty.models.purchases import Purchase, PurchaseLine

__all__ = [
    "Account",
    "Address",
    "ConsentEntry",
    "Customer",
    "CustomerIdentity",
    "Entry",
    "IdentityDoubt",
    "LedgerDigest",
    "Lot",
    "Merge",
    "Movement",
    "Operation",
    "PhoneAlias",
    "Program",
    "Purchase",
    "PurchaseLine",
    "ReconcileRun",
    "Unit",
]
