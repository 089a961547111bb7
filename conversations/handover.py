"""Who is answering: the bot, or a person who stepped in."""

from datetime import datetime

from conversations.models import Conversation, Message
from shopme.lib.errors import BusinessError


class NoSuchConversation(BusinessError):
    """There is no such thread in this shop."""


class WindowClosed(BusinessError):
    """The customer's last message is more than a day old, so WhatsApp takes no free message."""


class NothingToSay(BusinessError):
    """The message is empty."""


class MessageTooLong(BusinessError):
    """WhatsApp takes at most 4,096 characters in one message."""


def take_over(*, conversation_id: int, user_id: int, at: datetime | None = None) -> Conversation:
    """A person of the shop answers from now on; the bot is silent for `takeover_minutes` after their last word."""
    raise NotImplementedError


def hand_back(*, conversation_id: int, user_id: int | None = None, at: datetime | None = None) -> Conversation:
    """The bot answers again."""
    raise NotImplementedError


def close(*, conversation_id: int, user_id: int, at: datetime | None = None) -> Conversation:
    """The thread is done; it opens by itself when the customer writes again."""
    raise NotImplementedError


def reopen(*, conversation_id: int, user_id: int, at: datetime | None = None) -> Conversation:
    """A closed thread is open again."""
    raise NotImplementedError


def mark_read(*, conversation_id: int) -> None:
    """Somebody of the shop has seen the thread up to now."""
    raise NotImplementedError


def send_staff_message(
    *, conversation_id: int, user_id: int, text: str, request_id: str, at: datetime | None = None
) -> Message:
    """Say `text` as a person of the shop, who thereby takes over. The same `request_id` sends nothing again.

    Refuses: `NoSuchConversation`, `NothingToSay`, `MessageTooLong`, `WindowClosed`.
    """
    raise NotImplementedError


def ask_for_person(*, conversation: Conversation, at: datetime) -> None:
    """The customer wants a person: the bot is silent and the thread is marked, until somebody answers."""
    raise NotImplementedError
