"""What the team writes down about a customer. The customer never sees it."""

from django.utils import timezone

from conversations.models import Note
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.live import announce

MOST_CHARACTERS = 2000


class EmptyNote(BusinessError):
    """There is nothing to keep."""


def write_note(*, customer_id: int, author_id: int, text: str) -> Note:
    """Keep a note about a customer. Refuses: `EmptyNote`."""
    words = clean_text(text, limit=MOST_CHARACTERS).strip()
    if not words:
        raise EmptyNote("Write something first.")
    note = Note.objects.create(customer_id=customer_id, author_id=author_id, text=words, at=timezone.now())
    announce(f"customer-{customer_id}")
    return note
