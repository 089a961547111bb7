"""News of this room, sent inside the shop's context and the transaction that writes it. Receivers only write rows."""

from django.dispatch import Signal

# shop: Shop, message_id: int, at: datetime. WhatsApp says that the person of this message wants no marketing.
marketing_refused = Signal()
