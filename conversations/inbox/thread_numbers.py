"""The number of a thread: whether anything leaves from it, and which thread tells news when nothing does."""

from conversations.inbox.queries import conversation_of_customer
from conversations.models import Conversation
from conversations.transport.sending.leftovers import silence_of
from loyalty.models import Customer
from shopme.lib.errors import BusinessError
from tenants.context import current_shop
from tenants.models import WhatsAppNumber
from tenants.queries import UnknownNumber, default_number, number_by_id


class NumberIsSilent(BusinessError):
    """The thread's number was removed or is switched off: what is written there would not leave."""


def must_have_a_number(conversation: Conversation) -> None:
    """Refuses: `NumberIsSilent`."""
    if silence := silence_of(conversation.number_id):
        raise NumberIsSilent(silence)


def thread_for_notification(customer: Customer) -> Conversation | None:
    """Where steps of an order, payments and points are told: the customer's latest thread.

    When its number sends no more: their thread on the shop's default number. That one is opened if need be: its window is
    closed, so only a template can go. Without any number that sends the latest thread stays the place, and says why
    nothing leaves. None for a customer who never wrote.
    """
    latest = conversation_of_customer(customer.pk)
    if latest is None or not silence_of(latest.number_id):
        return latest
    number = default_number(current_shop())
    return latest if number is None else _thread_on(number, latest)


def _thread_on(number: WhatsAppNumber, latest: Conversation) -> Conversation:
    """The thread on that number; a new one writes to the account that wrote last, whose id counts in one portfolio only."""
    is_known_there = _portfolio_of(latest.number_id) == number.portfolio
    begun = {"language": latest.language, "reach_phone": latest.reach_phone}
    if is_known_there:
        begun["reach_bsuid"] = latest.reach_bsuid
    opened, _is_new = Conversation.objects.get_or_create(
        customer_id=latest.customer_id, number_id=number.pk, defaults=begun
    )
    return opened.moved_to or opened


def _portfolio_of(number_id: int) -> str:
    """The number's portfolio; empty when it was removed."""
    try:
        return number_by_id(number_id).portfolio
    except UnknownNumber:
        return ""
