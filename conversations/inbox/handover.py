"""Who is answering: the bot, or a person who stepped in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from conversations import outbox
from conversations.inbox.day_window import must_be_open
from conversations.inbox.thread_numbers import must_have_a_number
from conversations.inbox.threads import answered
from conversations.intake import Arrival
from conversations.models import ChatSettings, Conversation, Message
from conversations.templates.errors import CannotUse
from conversations.templates.using import refusal_by
from conversations.transport.replies import AskContact, Reply, TemplateMessage, Text
from conversations.transport.rules import limits
from conversations.words import body
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.context import current_shop

Mode = Conversation.Mode
ASK_FOR_PHONE: Final = body("WhatsApp does not show us your phone number. May we have it?")
LONGEST: Final = 4 * limits.TEXT_BODY

# The customer's right, whoever is answering.
ALWAYS_HEARD: Final = ("stop",)
# What brings the bot back while nobody has answered yet.
_BACK_TO_BOT: Final = ("menu",)


class NoSuchConversation(BusinessError):
    """There is no such thread in this shop."""


class NothingToSay(BusinessError):
    """The message is empty."""


class MessageTooLong(BusinessError):
    """More than a person reads in one go; up to there a long text leaves in several messages."""


@transaction.atomic
def take_over(*, conversation_id: int, user_id: int, at: datetime | None = None) -> Conversation:
    """A person of the shop answers from now on; the bot is silent for `takeover_minutes` after their last word.

    Locks the thread. Refuses: `NoSuchConversation`.
    """
    conversation = locked(conversation_id)
    _step_in(conversation, user_id, at or timezone.now())
    return saved(conversation)


@transaction.atomic
def hand_back(*, conversation_id: int, user_id: int | None = None) -> Conversation:
    """The bot answers again, from the start of its talk. Locks the thread. Refuses: `NoSuchConversation`."""
    conversation = locked(conversation_id)
    _back_to_bot(conversation)
    conversation.needs_person = False
    conversation.unread_count = 0
    return saved(conversation)


@transaction.atomic
def close(*, conversation_id: int, user_id: int) -> Conversation:
    """The thread is done; it opens by itself when the customer writes again. Refuses: `NoSuchConversation`."""
    conversation = locked(conversation_id)
    _back_to_bot(conversation)
    conversation.needs_person = False
    conversation.unread_count = 0
    conversation.status = Conversation.Status.CLOSED
    return saved(conversation)


@transaction.atomic
def reopen(*, conversation_id: int, user_id: int) -> Conversation:
    """A closed thread is open again. Refuses: `NoSuchConversation`."""
    conversation = locked(conversation_id)
    conversation.status = Conversation.Status.OPEN
    return saved(conversation)


@transaction.atomic
def send_staff_message(
    *,
    conversation_id: int,
    user_id: int,
    text: str,
    request_id: str,
    answers: int | None = None,
    at: datetime | None = None,
) -> Message:
    """Say `text` as a person of the shop, who thereby takes over. The same `request_id` sends nothing again.

    It quotes the customer's message `answers`. Locks the thread. Refuses: `NoSuchConversation`, `NothingToSay`,
    `MessageTooLong`, `NumberIsSilent`, `WindowClosed`, `NoSuchMessage`.
    """
    at, text = at or timezone.now(), clean_text(text, limit=LONGEST + 1).strip()
    conversation = locked(conversation_id)
    if earlier := said_before(request_id):
        return earlier
    _must_be_text(text)
    quoted = answered(conversation.pk, answers)
    must_be_open(conversation, at, answers=quoted)
    return speak(conversation, [Text(text)], user_id=user_id, request_id=request_id, at=at, context_wamid=quoted)[0]


@transaction.atomic
def send_staff_replies(
    *,
    conversation_id: int,
    user_id: int,
    replies: Sequence[Reply],
    request_id: str,
    answers: int | None = None,
    at: datetime | None = None,
) -> list[Message]:
    """The same for anything else a person may say freely; empty when the same `request_id` has said it before."""
    at = at or timezone.now()
    conversation = locked(conversation_id)
    if said_before(request_id):
        return []
    quoted = answered(conversation.pk, answers)
    must_be_open(conversation, at, answers=quoted)
    return speak(conversation, replies, user_id=user_id, request_id=request_id, at=at, context_wamid=quoted)


def said_before(request_id: str) -> Message | None:
    """What a person of the shop said by this request already."""
    return Message.objects.filter(dedupe_key=f"staff:{request_id}:1").first()


def speak(
    conversation: Conversation,
    replies: Sequence[Reply],
    *,
    user_id: int,
    request_id: str,
    at: datetime,
    context_wamid: str = "",
) -> list[Message]:
    """Say it as a person of the shop, in a locked thread that is saved with it."""
    _step_in(conversation, user_id, at)
    conversation.status = Conversation.Status.OPEN
    speaker = outbox.Speaker(Message.Author.STAFF, user_id)
    messages = outbox.write(
        conversation=conversation,
        replies=replies,
        cause=f"staff:{request_id}",
        speaker=speaker,
        at=at,
        context_wamid=context_wamid,
    )
    saved(conversation)
    return messages


@transaction.atomic
def send_template(
    *, conversation_id: int, user_id: int, message: TemplateMessage, request_id: str, at: datetime | None = None
) -> Message:
    """Send an approved template, filled in, as a person of the shop: it may also go when the window is closed.

    The thread is not taken over: the assistant answers what the customer says to it. The same `request_id` sends
    nothing again. Locks the thread. Refuses: `NoSuchConversation`, `NumberIsSilent`, `CannotUse` when it is an offer
    and the customer asked for none.
    """
    at = at or timezone.now()
    conversation, cause = locked(conversation_id), f"staff:{request_id}"
    if earlier := Message.objects.filter(dedupe_key=f"{cause}:1").first():
        return earlier
    must_have_a_number(conversation)
    if refusal := refusal_by(conversation.customer, message.category):
        raise CannotUse(refusal)
    conversation.status = Conversation.Status.OPEN
    conversation.unread_count = 0
    speaker = outbox.Speaker(Message.Author.STAFF, user_id)
    written = outbox.write(conversation=conversation, replies=[message], cause=cause, speaker=speaker, at=at)[0]
    saved(conversation)
    return written


@transaction.atomic
def ask_for_phone(*, conversation_id: int, user_id: int, cause: str) -> None:
    """Ask a hidden customer for their phone by WhatsApp's own button, in their language; once a cause. Locks the thread.

    Refuses: `NoSuchConversation`, `NumberIsSilent`.
    """
    conversation = locked(conversation_id)
    must_have_a_number(conversation)
    speaker = outbox.Speaker(Message.Author.STAFF, user_id)
    with override(conversation.language or current_shop().language):
        asking = AskContact(str(ASK_FOR_PHONE))
    outbox.enqueue(conversation=conversation, replies=[asking], cause=cause, speaker=speaker)


def ask_for_person(conversation: Conversation) -> None:
    """The customer wants a person: from now on the bot is silent, until somebody hands back. Saved by the turn."""
    conversation.mode = Mode.HUMAN
    conversation.takeover_until = None
    conversation.assignee_id = None
    wait_for_person(conversation)


def reason_for_silence(arrival: Arrival, *, wish: str, at: datetime) -> str:
    """Why the bot says nothing to what just came, or empty. A thread that waits for a person is marked for them.

    The bot is back when the time of whoever stepped in is over, or when the customer asks for the menu while
    nobody has answered. Saved by the turn.
    """
    conversation = arrival.conversation
    if not arrival.is_bot_enabled:
        wait_for_person(conversation)
        return "the bot is switched off in the settings"
    if conversation.mode == Mode.BOT:
        return ""
    if conversation.is_with_person(at) and not (conversation.is_waiting_for_person() and wish in _BACK_TO_BOT):
        wait_for_person(conversation)
        return "a person answers here"
    _back_to_bot(conversation)
    return ""


def wait_for_person(conversation: Conversation) -> None:
    """Mark an unsaved thread as one that needs somebody of the shop."""
    conversation.needs_person = True
    conversation.unread_count += 1


def answered_on_phone(conversation: Conversation, at: datetime) -> None:
    """A person of the shop wrote on the phone app at `at`: the bot is silent as after any word of a person.

    Changes the thread in memory. What was written long ago changes nothing.
    """
    conversation.needs_person = False
    conversation.unread_count = 0
    until = at + _silence()
    if until > timezone.now() and (conversation.takeover_until is None or until > conversation.takeover_until):
        conversation.mode = Mode.HUMAN
        conversation.takeover_until = until


def _silence() -> timedelta:
    settings = ChatSettings.objects.filter(pk=1).first() or ChatSettings()
    return timedelta(minutes=settings.takeover_minutes)


def _back_to_bot(conversation: Conversation) -> None:
    conversation.mode = Mode.BOT
    conversation.takeover_until = None
    conversation.assignee_id = None


def _step_in(conversation: Conversation, user_id: int, at: datetime) -> None:
    conversation.mode = Mode.HUMAN
    conversation.assignee_id = user_id
    conversation.takeover_until = at + _silence()
    conversation.needs_person = False
    conversation.unread_count = 0


def _must_be_text(text: str) -> None:
    if not text:
        raise NothingToSay("Write something first.")
    if limits.length(text) > LONGEST:
        raise MessageTooLong(f"Write at most {LONGEST:,} characters at once.")


def locked(conversation_id: int) -> Conversation:
    """The thread, locked. Refuses: `NoSuchConversation`."""
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if conversation is None:
        raise NoSuchConversation("There is no such conversation.")
    return conversation


def saved(conversation: Conversation) -> Conversation:
    """The thread as it is now, for everybody who looks at it."""
    conversation.save()
    outbox.announce_thread(conversation)
    return conversation
