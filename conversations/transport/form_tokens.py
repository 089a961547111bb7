"""The token of a form: WhatsApp sends it back with the answer, and it alone says what was asked and by which shop."""

from dataclasses import dataclass
from typing import Final

from django.core import signing

_SALT: Final = "conversations.form"


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a form was for: `purpose` names it to a flow, `subject` is what it was about (an order's id, say)."""

    shop_id: int
    purpose: str
    subject: str = ""


def form_token(*, shop_id: int, purpose: str, subject: str = "") -> str:
    """Sign what the form is for. It lives as long as the message does: what it may still do is for the flow to check."""
    return signing.dumps([shop_id, purpose, subject], salt=_SALT)


def read_form_token(token: object, *, shop_id: int) -> FormToken | None:
    """What the form was for; None for a token that is not ours or was another shop's."""
    if not isinstance(token, str):
        return None
    try:
        given = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    found = FormToken(*given)
    return found if found.shop_id == shop_id else None
