"""News of this room, sent inside the transaction. Receivers only write rows."""

from django.dispatch import Signal

# shop: Shop. Sent inside the new shop's context, in the transaction that makes it.
tenant_provisioned = Signal()

# number: WhatsAppNumber. Its access token is another one now. Sent in public.
token_changed = Signal()

# number: WhatsAppNumber. It takes and sends messages again, or for the first time. Sent in public.
number_switched_on = Signal()

# number: WhatsAppNumber. The shop gave it up; its address must open nothing any more. Sent in public.
number_removed = Signal()

# number: WhatsAppNumber, app_secret: str, verify_token: str, opaque: str. Sent in public.
number_added = Signal()
