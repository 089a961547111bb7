"""News from loyalty, sent inside the transaction that made it true."""

from django.dispatch import Signal

# customer: Customer, points: int (of this purchase), balance: int (spendable now), reference: str
points_earned = Signal()

# merge: Merge. Sent before anything moves: whoever is writing for either customer is waited for (locks are taken).
customers_merging = Signal()

# merge: Merge. Every room moves its rows from `merge.gone` to `merge.kept` and notes them in `merge.moved`.
customers_merged = Signal()

# merge: Merge. Every room puts back what `merge.moved` says.
customers_parted = Signal()
