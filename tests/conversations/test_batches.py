"""Big bodies: every element counts once, a bad one stands alone, and coming again doubles nothing."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone

from conversations import engine
from conversations.intake import Arrival
from conversations.models import Message
from conversations.transport.lanes import backoff
from conversations.transport.models import InboxEvent
from tenants.models import Shop
from tests.journeys.conftest import Bakery
from tests.payloads.playing import arrive, retry, work
from tests.transport.payloads import envelope, message, value

AT = int(timezone.now().timestamp())


def texts(count: int, first: int = 0) -> list[Any]:
    return [message(f"wamid.{n:02}", text=f"message {n}", at=AT) for n in range(first, first + count)]


def body(bakery: Bakery, *entries: Sequence[Sequence[Any]]) -> bytes:
    """Entries of changes of messages, for the bakery's number."""
    pnid = bakery.number.phone_number_id
    filled = [[value(pnid, list(messages)) for messages in changes] for changes in entries]
    return json.dumps(envelope(*filled, waba=bakery.number.waba_id)).encode()


def states() -> dict[str, int]:
    found = list(InboxEvent.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def incoming() -> list[str]:
    rows = Message.objects.filter(direction="in").order_by("id")
    return [row.wamid or "" for row in rows if not (row.wamid or "").startswith("dead:")]


def test_three_entries_of_three_changes_of_three_messages_are_27_messages(bakery: Bakery) -> None:
    entries = [[texts(3, e * 9 + c * 3) for c in range(3)] for e in range(3)]

    arrive(body(bakery, *entries))
    work()

    assert states() == {"done": 27}
    assert incoming() == [f"wamid.{n:02}" for n in range(27)]


def test_coming_again_whole_or_cut_otherwise_doubles_nothing(bakery: Bakery) -> None:
    entries = [[texts(3, e * 9 + c * 3) for c in range(3)] for e in range(3)]
    arrive(body(bakery, *entries))
    work()
    answers = Message.objects.filter(direction="out").count()

    arrive(body(bakery, *entries), body(bakery, [texts(27)]), body(bakery, *[[texts(1, n)] for n in range(27)]))
    work()

    assert states() == {"done": 27}
    assert len(incoming()) == 27
    assert Message.objects.filter(direction="out").count() == answers


def test_an_element_that_cannot_be_read_leaves_19_done_and_one_dead(bakery: Bakery) -> None:
    items = texts(20)
    del items[6]["id"]
    for _ in range(2):
        arrive(body(bakery, [items]))
        work()

    assert states() == {"done": 19, "dead": 1}
    dead = InboxEvent.objects.get(state="dead")
    assert (dead.kind, dead.last_error) == ("unreadable", "entry.0.changes.0.messages.6: id is missing")
    assert incoming() == [f"wamid.{n:02}" for n in range(20) if n != 6]


def test_a_message_that_nobody_can_handle_leaves_19_done_and_one_dead(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engine.take_turn

    def breaks_at_seven(*, shop: Shop, arrival: Arrival) -> None:
        if any(said.wamid == "wamid.06" for _id, said in arrival.messages):
            raise ValueError("cannot be understood at all")
        real(shop=shop, arrival=arrival)

    monkeypatch.setattr(engine, "take_turn", breaks_at_seven)
    arrive(body(bakery, [texts(20)]))
    for _ in range(backoff.MOST_RETRIES + 3):
        retry()
    arrive(body(bakery, [texts(20)]), body(bakery, [texts(10)], [texts(10, 10)]))
    retry()

    marker = {"done": 20, "dead": 1}  # the marker that shows its place in the thread is an event as well
    assert states() == marker
    dead = InboxEvent.objects.get(state="dead")
    assert (dead.event_key, dead.last_error) == ("msg:wamid.06", "ValueError: cannot be understood at all")
    assert sorted(incoming()) == [f"wamid.{n:02}" for n in range(20) if n != 6]
    assert Message.objects.filter(wamid=f"dead:{dead.pk}").count() == 1
