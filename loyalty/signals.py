"""News from loyalty, sent inside the transaction that made it true."""

from django.dispatch import Signal

# customer: Customer, points: int (of this purchase), balance: int (spendable now), reference: str
points_earned = Signal()
