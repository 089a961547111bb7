"""The sole writer of points.

An act claims its key first, locks the account, applies what is already due, checks, and writes everything at once:
`operations` (keys), `book` (one locked account in memory, and the writing), `settle` (what time alone does),
`acts` (what people and purchases do).
"""

from loyalty.ledger.acts import adjust, earn, reverse
from loyalty.ledger.book import Book, Move, open_book, peek, write
from loyalty.ledger.operations import Actor, Claim, claim, finish, impatiently
from loyalty.ledger.settle import repay_debt, settle
from loyalty.ledger.transfer import Carried, transfer

__all__ = [
    "Actor",
    "Book",
    "Carried",
    "Claim",
    "Move",
    "adjust",
    "claim",
    "earn",
    "finish",
    "impatiently",
    "open_book",
    "peek",
    "repay_debt",
    "reverse",
    "settle",
    "transfer",
    "write",
]
