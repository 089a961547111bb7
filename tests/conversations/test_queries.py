"""What the inbox shows, and that it stays cheap."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.inbox import handover, queries
from conversations.models import Conversation, Message
from loyalty.models import Customer as Person
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


@pytest.fixture
def threads(bakery: Bakery, person: Callable[..., Customer]) -> dict[str, Conversation]:
    """Amara waits for a person, Bongani has an order to pay, Chen talks with the bot, Dora is done."""
    people = {
        name: person(f"{name} Test", phone)
        for name, phone in (
            ("Amara", "27820000001"),
            ("Bongani", "27820000002"),
            ("Chen", "27820000003"),
            ("Dora", "27820000004"),
        )
    }
    people["Dora"].says("hi")
    people["Bongani"].says("rye")
    for title in ("Add to basket", "Check out", "Collection", "Order · R52,00"):
        people["Bongani"].taps(title)
    people["Chen"].says("Do you have croissants?")
    people["Amara"].says("agent")
    found = {name: one.thread for name, one in people.items()}
    for age, name in enumerate(("Chen", "Amara", "Bongani", "Dora")):
        at = timezone.now() - timedelta(hours=age)
        Conversation.objects.filter(pk=found[name].pk).update(last_message_at=at)
    handover.close(conversation_id=found["Dora"].pk, user_id=7)
    return found


def _names(page: queries.InboxPage) -> list[str]:
    return [row.conversation.customer.display_name.split()[0] for row in page.rows]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("open", ["Amara", "Chen", "Bongani"]),
        ("needs_you", ["Amara"]),
        ("assistant", ["Chen", "Bongani"]),
        ("closed", ["Dora"]),
        ("mine", []),
        ("nonsense", ["Amara", "Chen", "Bongani"]),
    ],
)
def test_each_tab_holds_its_threads(threads: dict[str, Conversation], chosen: str, names: list[str]) -> None:
    assert _names(queries.conversations_for_inbox(filter=chosen, user_id=7)) == names


def test_counts_and_badges(threads: dict[str, Conversation]) -> None:
    handover.take_over(conversation_id=threads["Chen"].pk, user_id=7)

    assert queries.inbox_counts(user_id=7) == {
        "open": 3, "needs_you": 1, "mine": 1, "assistant": 1, "closed": 1, "unread": 1,
    }  # fmt: skip
    rows = queries.conversations_for_inbox(filter="open", user_id=7).rows
    assert [(row.badge, row.order_number) for row in rows] == [
        ("needs_you", None), ("person", None), ("waiting_for_payment", 1001),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("amara", ["Amara"]),
        ("082 000 0002", ["Bongani"]),
        ("0003", ["Chen"]),
        ("#1001", ["Bongani"]),
        ("croissants", ["Chen"]),
        ("do you have croissants", ["Chen"]),
        ("nobody", []),
        ("%", []),
        ("Dora", ["Dora"]),
    ],
)
def test_a_search_looks_everywhere(threads: dict[str, Conversation], search: str, names: list[str]) -> None:
    assert _names(queries.conversations_for_inbox(search=search)) == names


def test_pages_follow_one_another(threads: dict[str, Conversation]) -> None:
    first = queries.conversations_for_inbox(limit=2)
    second = queries.conversations_for_inbox(limit=2, before=first.next_before)

    assert (_names(first), _names(second), second.next_before) == (["Amara", "Chen"], ["Bongani"], "")


def test_the_list_costs_the_same_however_long_it_is(threads: dict[str, Conversation]) -> None:
    with CaptureQueriesContext(connection) as one:
        queries.conversations_for_inbox(limit=1)
    with CaptureQueriesContext(connection) as many:
        queries.conversations_for_inbox(limit=40)

    assert (len(one), len(many)) == (2, 2)


def test_a_thread_is_read_from_its_end(thandi: Customer) -> None:
    for words in ("hi", "menu", "points"):
        thandi.says(words)
    thread = thandi.thread

    with CaptureQueriesContext(connection) as asked:
        page = queries.thread(conversation_id=thread.pk, limit=4)
    assert page is not None
    earlier = queries.thread(conversation_id=thread.pk, before=page.earlier_before, limit=4)

    assert len(asked) == 3  # the thread, its messages, and what was said about them
    assert [message.text for message in page.messages if not message.is_outgoing] == ["menu", "points"]
    assert earlier is not None
    assert [message.text for message in earlier.messages if not message.is_outgoing] == ["hi"]
    assert (earlier.earlier_before, page.is_window_open, page.is_with_person) == (None, True, False)
    assert queries.thread(conversation_id=404) is None


def test_what_was_behind_a_reply(thandi: Customer) -> None:
    thandi.says("menu")
    question, answer = Message.objects.order_by("pk")

    trace = queries.trace_of(answer.pk)
    assert trace is not None
    assert trace == queries.trace_of(question.pk)
    assert [step["step"] for step in trace.steps] == ["heard", "understood", "moved", "said"]
    assert queries.trace_of(404) is None


def test_five_thousand_open_threads_are_listed_quickly(bakery: Bakery) -> None:
    now = timezone.now()
    people = Person.objects.bulk_create(
        [Person(name=f"Customer {place}", phone=f"+2783{place:07d}") for place in range(5000)]
    )
    Conversation.objects.bulk_create(
        [
            Conversation(
                customer=one,
                number_id=bakery.number.pk,
                needs_person=place % 500 == 0,
                last_message_at=now - timedelta(minutes=place),
            )
            for place, one in enumerate(people)
        ]
    )

    with CaptureQueriesContext(connection) as asked:
        page = queries.conversations_for_inbox(filter="open", user_id=7)
        counts = queries.inbox_counts(user_id=7)

    assert (len(asked), len(page.rows), counts["open"], counts["needs_you"]) == (3, 40, 5000, 10)
    assert all(row.conversation.needs_person for row in page.rows[:10])
