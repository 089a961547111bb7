"""What is said once is said once, whoever says it and whatever happens beside it."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from conversations import outbox
from conversations.models import Conversation, Message
from conversations.transport.models import OutboxItem
from conversations.transport.replies import Text
from orders.models import BasketLine
from tenants.context import inside
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


def _in_thread(bakery: Bakery, act: Callable[[], object]) -> list[BaseException]:
    """Run `act` inside the shop in a thread of its own; what went wrong there."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            with inside(bakery.shop):
                act()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return problems


def test_a_cause_speaks_once(thandi: Customer) -> None:
    thandi.says("hi")
    thread, before = thandi.thread, OutboxItem.objects.count()

    first = outbox.enqueue(conversation=thread, replies=[Text("One"), Text("Two")], cause="order:7:paid")
    again = outbox.enqueue(conversation=thread, replies=[Text("One"), Text("Two")], cause="order:7:paid")

    assert [(message.text, message.dedupe_key, message.author) for message in first] == [
        ("One", None, "bot"), ("Two", None, "bot"),
    ]  # fmt: skip
    assert list(Message.objects.filter(cause="order:7:paid").order_by("id").values_list("dedupe_key", flat=True)) == [
        "order:7:paid:1", "order:7:paid:2",
    ]  # fmt: skip
    assert again == []
    assert OutboxItem.objects.count() == before + 2
    assert Conversation.objects.get().last_preview == "Two"


def test_messages_leave_in_their_order_under_their_own_tokens(thandi: Customer) -> None:
    thandi.says("hi")
    said = outbox.enqueue(conversation=thandi.thread, replies=[Text(str(n)) for n in range(5)], cause="x")

    items = OutboxItem.objects.filter(message_id__in=[message.pk for message in said]).order_by("id")
    assert [(item.message_id, item.token) for item in items] == [(message.pk, message.token) for message in said]
    assert {item.lane for item in items} == {f"o:{thandi.shop.pk}:{thandi.thread.pk}"}


@pytest.mark.django_db(transaction=True)
def test_the_same_cause_from_eight_threads_speaks_once(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thread_id, barrier = thandi.thread.pk, threading.Barrier(8)
    problems: list[BaseException] = []

    def speak() -> None:
        thread = Conversation.objects.get(pk=thread_id)
        barrier.wait(10)
        with transaction.atomic():
            outbox.enqueue(conversation=thread, replies=[Text("Paid")], cause="order:7:paid")

    threads = [threading.Thread(target=lambda: problems.extend(_in_thread(bakery, speak))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert problems == []
    assert Message.objects.filter(cause="order:7:paid").count() == 1
    assert OutboxItem.objects.filter(message_id=Message.objects.get(cause="order:7:paid").pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_news_of_an_order_does_not_wait_for_a_turn(bakery: Bakery, thandi: Customer) -> None:
    """A turn may hold the thread and want the order, while the payment holds the order: neither may wait in a ring."""
    thandi.says("hi")
    thread = thandi.thread

    def tell() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            outbox.enqueue(conversation=thread, replies=[Text("Paid")], cause="order:7:paid", speaker=outbox.SYSTEM)

    with transaction.atomic():
        Conversation.objects.select_for_update(no_key=True).get(pk=thread.pk)
        assert _in_thread(bakery, tell) == []
    assert Message.objects.get(cause="order:7:paid").author == "system"


@pytest.mark.django_db(transaction=True)
def test_a_plain_update_of_the_thread_would_wait(bakery: Bakery, thandi: Customer) -> None:
    """The negative control of the test above."""
    thandi.says("hi")
    thread = thandi.thread

    def save() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            thread.save(update_fields=["last_preview"])

    with transaction.atomic():
        Conversation.objects.select_for_update(no_key=True).get(pk=thread.pk)
        (problem,) = _in_thread(bakery, save)
    assert isinstance(problem, OperationalError)


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_person_answer_one_after_the_other(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    bodies = [thandi.payload(thandi.tap_on("Add to basket")) for _ in range(6)]
    problems: list[BaseException] = []
    threads = [
        threading.Thread(target=lambda body=body: problems.extend(_in_thread(bakery, lambda: thandi.deliver(body))))
        for body in bodies
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert problems == []
    assert BasketLine.objects.get().quantity == 6
    said = Message.objects.filter(direction="out", text__startswith="Done!").order_by("id")
    assert [message.text.split(" × ")[0] for message in said] == [f"Done! ✓ {count}" for count in range(1, 7)]
