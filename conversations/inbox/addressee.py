"""To which of several WhatsApp accounts of a customer the next answer goes, for whoever is about to write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.inbox.day_window import ITS_WINDOW_IS_CLOSED, given_up
from conversations.models import Conversation
from conversations.people.reaches import Reach, chosen, reach_of_message, reaches_of


@dataclass(frozen=True, slots=True)
class Addressee:
    """The account, with the others that write in this thread. `closed` says why nothing free may go there, if so."""

    reach: Reach
    others: Sequence[Reach]
    is_latest: bool
    closed: str = ""


def addressee_of(conversation: Conversation, *, answers: str = "", at: datetime) -> Addressee | None:
    """As the send will choose it, for an answer to the message `answers` (a wamid); None where one account writes alone."""
    if not conversation.other_reaches:
        return None
    lost, known = given_up(conversation), reaches_of(conversation)
    reach = chosen(reach_of_message(conversation, answers), known, given_up=lost)
    others = [each for each in known if reach and not each.is_same(reach) and each.without(lost).names]
    if reach is None or not others:
        return None
    is_latest = reach.is_same(known[0])
    is_open = is_latest or (reach.until is not None and reach.until > at)
    return Addressee(reach, others, is_latest, "" if is_open else ITS_WINDOW_IS_CLOSED)
