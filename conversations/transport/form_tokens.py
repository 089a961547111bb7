"""The token of a form: WhatsApp sends it back with the answer, and it alone says what was asked, where and by which shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.utils import timezone

_SALT: Final = "conversations.form"
# An answer that comes later than that was not waited for.
LIVES: Final = timedelta(days=30)
# Clocks of two machines differ a little.
_EARLY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a form was for: `purpose` names it to a flow, `subject` is what it was about (an order's id, say)."""

    shop_id: int
    conversation_id: int
    purpose: str
    subject: str = ""


def form_token(
    *, shop_id: int, conversation_id: int, purpose: str, subject: str = "", at: datetime | None = None
) -> str:
    """Seal what the form is for; it is good for `LIVES` from `at`. What it may still do then is for the flow to check."""
    made = int((at or timezone.now()).timestamp())
    return signing.dumps([shop_id, conversation_id, purpose, subject, made], salt=_SALT)


def read_form_token(token: object, *, shop_id: int, at: datetime) -> FormToken | None:
    """What the form was for; None for a token that is not ours, was another shop's, or was too old when it came at `at`.

    Whether it was asked in the same conversation is for the caller, who knows which became one.
    """
    if not isinstance(token, str) or not token:
        return None
    try:
        *given, made = signing.loads(token, salt=_SALT)
        found = FormToken(*given)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    age = at.timestamp() - made
    is_fresh = -_EARLY.total_seconds() <= age <= LIVES.total_seconds()
    return found if found.shop_id == shop_id and is_fresh else None
