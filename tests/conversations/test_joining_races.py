"""A message that is on its way while its customer becomes part of another: it lands in the one thread, or is tried again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import OperationalError, connections, transaction

from conversations import intake
from conversations.models import Conversation, Message
from conversations.people import joining
from loyalty.models import Customer as Person
from loyalty.services import balance_of, merge_customers, merging
from loyalty.signals import customers_merging
from tenants.context import inside
from tenants.models import User
from tests.journeys.conftest import Bakery
from tests.journeys.hidden import Hidden

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(bakery: Bakery) -> tuple[Hidden, Hidden]:
    known = Hidden(bakery.shop, bakery.number, name="Nomsa", phone="27835557788", bsuid="", shows="phone")
    hidden = Hidden(bakery.shop, bakery.number, name="N", phone="27835557788")
    known.says("hi")
    hidden.says("hi")
    return known, hidden


def merge_beside_a_turn(bakery: Bakery, pair: tuple[Hidden, Hidden]) -> None:
    """The hidden customer's turn has written its message and not committed; the merge begins meanwhile."""
    known, hidden = pair
    manager = User.objects.create_user("manager@example.com", name="Lerato")
    kept, gone = known.thread.customer, hidden.thread.customer
    body = hidden.payload({"type": "text", "text": {"body": "points"}})
    written, begun = Event(), Event()

    def turn() -> None:
        try:
            with inside(bakery.shop), transaction.atomic():
                hidden.deliver(body)
                written.set()
                begun.wait(timeout=1.5)
        finally:
            connections.close_all()

    def merge() -> None:
        try:
            with inside(bakery.shop):
                written.wait(timeout=20)
                merge_customers(kept=kept, gone=gone, actor=manager)
                begun.set()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(turn), pool.submit(merge)]:
            done.result(timeout=60)


def left_behind() -> int:
    return Message.objects.filter(conversation__moved_to__isnull=False).count()


def test_what_a_turn_writes_beside_a_merge_comes_along(bakery: Bakery, pair: tuple[Hidden, Hidden]) -> None:
    merge_beside_a_turn(bakery, pair)
    assert left_behind() == 0
    assert Message.objects.filter(direction="in", conversation__moved_to=None).count() == 3
    assert Person.objects.filter(merged_into=None).count() == 1
    assert balance_of(pair[0].thread.customer).available == 0


def test_without_waiting_for_turns_it_would_stay_behind(bakery: Bakery, pair: tuple[Hidden, Hidden]) -> None:
    """The control: what the lock on the threads is there for."""
    customers_merging.disconnect(joining.wait_for_turns)
    try:
        merge_beside_a_turn(bakery, pair)
    finally:
        customers_merging.connect(joining.wait_for_turns)
    assert left_behind() > 0


def merge_against_a_turn(bakery: Bakery, pair: tuple[Hidden, Hidden]) -> None:
    """A turn holds its thread and then wants its customer, as STOP does; the merge has the customer and wants the thread."""
    manager = User.objects.create_user("manager@example.com", name="Lerato")
    kept, gone = (each.thread.customer for each in pair)
    thread = pair[1].thread.pk
    held, wanted = Event(), Event()

    def turn() -> None:
        try:
            with inside(bakery.shop), transaction.atomic():
                Conversation.objects.select_for_update().get(pk=thread)
                held.set()
                wanted.wait(timeout=10)
                sleep(0.4)  # Postgres lets go of whoever has waited longer: the merge
                Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=gone.pk)
        finally:
            connections.close_all()

    def has_the_customers(**_signal: object) -> None:
        wanted.set()

    def merge() -> None:
        customers_merging.connect(has_the_customers)
        customers_merging.disconnect(joining.wait_for_turns)
        customers_merging.connect(joining.wait_for_turns)  # behind ours
        try:
            held.wait(timeout=20)
            with inside(bakery.shop):
                merge_customers(kept=kept, gone=gone, actor=manager)
        finally:
            customers_merging.disconnect(has_the_customers)
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(turn), pool.submit(merge)]:
            done.result(timeout=60)


def test_a_merge_that_runs_into_a_turn_begins_once_more(bakery: Bakery, pair: tuple[Hidden, Hidden]) -> None:
    merge_against_a_turn(bakery, pair)
    assert Person.objects.filter(merged_into=None).count() == 1


def test_without_a_second_try_they_run_into_each_other(
    bakery: Bakery, pair: tuple[Hidden, Hidden], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(merging, "_IN_THE_WAY", frozenset())
    with pytest.raises(OperationalError, match="deadlock"):
        merge_against_a_turn(bakery, pair)


def test_a_turn_that_comes_to_a_moved_thread_writes_nothing_and_is_tried_again(
    bakery: Bakery, pair: tuple[Hidden, Hidden]
) -> None:
    known, hidden = pair
    manager = User.objects.create_user("manager@example.com", name="Lerato")
    kept, gone = known.thread.customer, hidden.thread.customer
    merge_customers(kept=kept, gone=gone, actor=manager)
    gone.identities.model.objects.filter(value=hidden.bsuid).update(customer=gone)  # as the late turn had read it
    body = hidden.payload({"type": "text", "text": {"body": "points"}})
    with pytest.raises(intake.ThreadMoved), transaction.atomic():
        hidden.deliver(body)
    assert left_behind() == 0
    gone.identities.model.objects.filter(value=hidden.bsuid).update(customer=kept)
    hidden.deliver(body)
    assert Message.objects.filter(direction="in", conversation=known.thread).count() == 3
