"""A customer wants a person, a person answers, and the bot comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.inbox import handover
from conversations.inbox.day_window import WindowClosed
from conversations.models import ChatSettings, Conversation, Message, TurnTrace
from conversations.transport.models import OutboxItem
from loyalty.models import ConsentEntry
from loyalty.models import Customer as Person
from tests.journeys.chat import Customer, chat

CALLED = """
    I have called the team of Amber Bakery. Somebody will answer you right here. 🙋

    I will keep quiet until then. If you would rather go on with me, tap Menu.
    [Menu]
"""


def _thread() -> Conversation:
    return Conversation.objects.get()


def test_asking_for_a_person_silences_the_bot_and_marks_the_thread(thandi: Customer) -> None:
    thandi.says("hi")

    assert thandi.says("I want to talk to a person, please") == chat(CALLED)
    assert thandi.says("Is anybody there?") == ""
    assert thandi.says("agent") == ""

    thread = _thread()
    assert (thread.mode, thread.needs_person, thread.unread_count) == ("human", True, 3)
    assert TurnTrace.objects.latest("pk").steps[1] == {"step": "silent", "detail": "a person answers here"}


def test_whoever_waits_may_go_on_with_the_bot(thandi: Customer) -> None:
    thandi.says("agent")

    assert thandi.taps("Menu").startswith("What would you like to do?")
    assert _thread().mode == "bot"
    assert _thread().needs_person


def test_a_person_answers_and_hands_back(thandi: Customer) -> None:
    thandi.says("agent")

    said = handover.send_staff_message(
        conversation_id=_thread().pk, user_id=7, text="Hello, Lerato here!", request_id="r1"
    )
    again = handover.send_staff_message(
        conversation_id=_thread().pk, user_id=7, text="Hello, Lerato here!", request_id="r1"
    )

    assert said == again
    assert thandi.sees().endswith("Hello, Lerato here!")
    thread = _thread()
    assert (thread.mode, thread.assignee_id, thread.needs_person, thread.unread_count) == ("human", 7, False, 0)
    assert (said.author, said.author_id) == ("staff", 7)

    assert thandi.says("menu") == ""
    assert (_thread().needs_person, _thread().unread_count) == (True, 1)

    handover.hand_back(conversation_id=thread.pk, user_id=7)
    assert thandi.says("menu").startswith("What would you like to do?")
    assert (_thread().mode, _thread().needs_person) == ("bot", False)


def test_the_bot_returns_by_itself_when_the_person_has_been_quiet_for_long_enough(thandi: Customer) -> None:
    thandi.says("hi")
    handover.take_over(conversation_id=_thread().pk, user_id=7, at=timezone.now() - timedelta(minutes=31))

    assert thandi.says("menu").startswith("What would you like to do?")
    assert (_thread().mode, _thread().assignee_id, _thread().takeover_until) == ("bot", None, None)


def test_a_closed_thread_opens_when_the_customer_writes(thandi: Customer) -> None:
    thandi.says("hi")
    handover.close(conversation_id=_thread().pk, user_id=7)
    assert _thread().status == "closed"

    thandi.says("menu")

    assert _thread().status == "open"


def test_a_bot_that_is_switched_off_says_nothing_and_calls_a_person(thandi: Customer) -> None:
    ChatSettings.objects.filter(pk=1).update(bot_enabled=False)

    assert thandi.says("hi") == ""
    assert (_thread().needs_person, _thread().unread_count) == (True, 1)


def test_a_blocked_customer_is_not_answered(thandi: Customer) -> None:
    thandi.says("hi")
    Person.objects.update(is_blocked=True)

    assert thandi.says("menu") == ""
    assert not _thread().needs_person


def test_stop_is_heard_even_by_a_silent_bot(thandi: Customer) -> None:
    thandi.says("agent")

    assert thandi.says("STOP").startswith("All right, no more offers from us.")
    assert [(said.purpose, said.kind, said.source, said.words) for said in ConsentEntry.objects.all()] == [
        ("marketing", "opt_out", "words", "STOP")
    ]
    assert Person.objects.get().marketing_opt_in is False
    assert _thread().mode == "human"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("   ", handover.NothingToSay), ("x" * 16_385, handover.MessageTooLong)],
)
def test_what_whatsapp_would_not_take_is_refused(thandi: Customer, text: str, refusal: type[Exception]) -> None:
    thandi.says("hi")
    sent = OutboxItem.objects.count()

    with pytest.raises(refusal):
        handover.send_staff_message(conversation_id=_thread().pk, user_id=7, text=text, request_id="r1")

    assert (OutboxItem.objects.count(), _thread().mode) == (sent, "bot")


def test_a_long_message_of_a_person_leaves_in_several_in_their_order_once(thandi: Customer) -> None:
    thandi.says("hi")
    paragraphs = [f"{number} " + "word " * 300 for number in range(6)]
    for _again in range(2):
        handover.send_staff_message(
            conversation_id=_thread().pk, user_id=7, text="\n\n".join(paragraphs), request_id="r1"
        )

    said = list(Message.objects.filter(author="staff").order_by("id"))
    assert [message.dedupe_key for message in said] == ["staff:r1:1", "staff:r1:2", "staff:r1:3"]
    assert " ".join(" ".join(message.text for message in said).split()) == " ".join(" ".join(paragraphs).split())
    waiting = OutboxItem.objects.filter(message_id__in=[message.pk for message in said]).order_by("id")
    assert [item.message_id for item in waiting] == [message.pk for message in said]
    assert len({item.lane for item in waiting}) == 1


def test_outside_the_24_hours_nothing_is_sent(thandi: Customer) -> None:
    thandi.sends({"type": "text", "text": {"body": "hi"}}, at=timezone.now().timestamp() - 24 * 3600)
    sent = Message.objects.count()

    with pytest.raises(WindowClosed):
        handover.send_staff_message(conversation_id=_thread().pk, user_id=7, text="Hello!", request_id="r1")

    assert (Message.objects.count(), _thread().mode) == (sent, "bot")


def test_a_thread_that_is_not_there_is_refused(thandi: Customer) -> None:
    with pytest.raises(handover.NoSuchConversation):
        handover.take_over(conversation_id=404, user_id=7)
