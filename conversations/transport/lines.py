"""A number as its provider needs it for a call."""

from conversations.transport.providers.base import Line
from tenants.models import WhatsAppNumber
from tenants.queries import UnknownNumber, number_by_id


def line_of(number: WhatsAppNumber) -> Line:
    """The line of a number, whether it is switched on or not."""
    return Line(number.pk, number.provider, number.phone_number_id, number.access_token)


def open_line(number_id: int) -> Line | None:
    """The line of a number that may be used now; None while it is switched off or gone."""
    try:
        number = number_by_id(number_id)
    except UnknownNumber:
        return None
    return line_of(number) if number.is_active else None
