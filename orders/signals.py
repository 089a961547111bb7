"""News of this room, sent inside the transaction. Receivers only write rows."""

from django.dispatch import Signal

# order: Order. It waits for payment from now on.
order_placed = Signal()

# order: Order, award: loyalty.services.Award. Sent once in the life of an order.
order_paid = Signal()

# order: Order, from_state: str, to_state: str. Sent for every move, the two above included.
order_moved = Signal()
