"""WhatsApp's 24 hours: whether a free message may go into a thread now, and to the account that is quoted."""

from datetime import datetime
from typing import Final

from conversations.inbox.thread_numbers import must_have_a_number
from conversations.models import Conversation
from conversations.people.reaches import Name, Reach, reach_of_message
from loyalty.models import CustomerIdentity
from shopme.lib.errors import BusinessError
from tenants.queries import number_by_id

WINDOW_IS_CLOSED: Final = "The customer has not written for 24 hours, so WhatsApp takes no free message now."
ITS_WINDOW_IS_CLOSED: Final = (
    "That message came from another phone, from which nobody has written for 24 hours, so WhatsApp takes no free message to it now. "
    "Write without answering it: that goes to the phone that wrote last."
)


class WindowClosed(BusinessError):
    """The last message of whom it would go to is more than a day old, so WhatsApp takes no free message."""


def must_be_open(conversation: Conversation, at: datetime, *, answers: str = "") -> None:
    """Whether anything may be said freely, and to whoever wrote the message `answers` (a wamid), whose 24 hours are their own.

    Asks the database only where several accounts write. Refuses: `NumberIsSilent`, `WindowClosed`.
    """
    must_have_a_number(conversation)
    if not conversation.is_window_open(at):
        raise WindowClosed(WINDOW_IS_CLOSED)
    if not _is_open_to(conversation, reach_of_message(conversation, answers), at):
        raise WindowClosed(ITS_WINDOW_IS_CLOSED)


def _is_open_to(conversation: Conversation, reach: Reach, at: datetime) -> bool:
    """As the send will see it: what was meant for an account that was given up goes to who wrote last."""
    latest = Reach(conversation.reach_phone, conversation.reach_bsuid)
    if not reach.names or reach.is_same(latest) or not reach.without(given_up(conversation)).names:
        return True
    return reach.until is not None and reach.until > at


def given_up(conversation: Conversation) -> set[Name]:
    """Names of the customer's that are theirs no longer, in the portfolio of the thread's number."""
    scope = number_by_id(conversation.number_id).portfolio
    names = CustomerIdentity.objects.filter(
        customer=conversation.customer_id, scope=scope, kind__in=("phone", "bsuid")
    ).values_list("kind", "value", "retired_at")
    return {(kind, value) for kind, value, ended in names if ended} - {
        (kind, value) for kind, value, ended in names if not ended
    }
