"""Read marks and typing: the latest of each thread, at most so many, and never in anybody's way."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from conversations.models import ChatSettings, Conversation
from conversations.transport import wakeup
from conversations.transport.sending import glances
from conversations.transport.sending.glances import MOST_WAITING, PER_SECOND, Glance, Glancer, run_glances
from tenants.models import Role, Shop
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.transport.sending import number_of, until


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        yield graph


@pytest.fixture
def running(transactional_db: None) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run_glances, args=[stop])
    thread.start()
    until(lambda: wakeup.is_heard(glances.CHANNEL))
    yield
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_the_latest_of_a_thread_takes_the_place_of_the_earlier_ones() -> None:
    glancer = Glancer()
    for wamid in ("wamid.1", "wamid.2:x"):
        glancer.take(Glance(7, "1.5", wamid).to_text())
    glancer.take(Glance(7, "1.6", "wamid.3", is_typing=True).to_text())
    assert glancer.next() == Glance(7, "1.5", "wamid.2:x")
    assert glancer.next() == Glance(7, "1.6", "wamid.3", is_typing=True)
    assert glancer.next() is None


def test_when_too_many_wait_the_oldest_are_forgotten() -> None:
    glancer = Glancer()
    for place in range(MOST_WAITING + 5):
        glancer.take(Glance(7, f"1.{place}", f"wamid.{place}").to_text())
    first = glancer.next()
    assert first is not None
    assert first.wamid == "wamid.5"


def test_nobody_is_asked_where_nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(wakeup, "notify", lambda channel, payload: told.append(payload))
    glances.show(Glance(7, "1.5", "wamid.1"), only_here=True)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_a_turn_marks_its_latest_message_as_read_in_one_call(graph: FakeGraph, running: None, thandi: Customer) -> None:
    text = {"type": "text", "text": {"body": "hi"}}
    thandi.sends(text, text, text)
    until(lambda: bool(graph.recorder.glances))
    assert graph.recorder.glances == [
        {"messaging_product": "whatsapp", "status": "read", "message_id": thandi.wamids[-1]}
    ]


@pytest.mark.django_db(transaction=True)
def test_a_shop_may_keep_it_to_itself_and_a_blocked_person_sees_nothing(
    graph: FakeGraph, running: None, thandi: Customer
) -> None:
    ChatSettings.objects.update(shows_read=False)
    thandi.says("hi")
    ChatSettings.objects.update(shows_read=True)
    thandi.says("agent")
    until(lambda: bool(graph.recorder.glances))
    thandi.says("are you there?")  # a person has to answer: nothing is read yet
    time.sleep(0.5)
    assert [seen["message_id"] for seen in graph.recorder.glances] == [thandi.wamids[1]]


@pytest.mark.django_db(transaction=True)
def test_opening_the_thread_marks_it_read(
    graph: FakeGraph, running: None, thandi: Customer, shop: Shop, client_of: Callable[..., Client]
) -> None:
    thandi.says("agent")
    thandi.says("are you there?")
    until(lambda: bool(graph.recorder.glances))
    conversation = Conversation.objects.get()
    for _again in range(2):
        client_of(shop, Role.AGENT).post(f"/inbox/{conversation.pk}/seen/")
    until(lambda: len(graph.recorder.glances) == 2)
    time.sleep(0.3)
    assert [seen["message_id"] for seen in graph.recorder.glances] == thandi.wamids[:2]


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_is_away_disturbs_nobody_and_the_pace_is_kept(
    graph: FakeGraph, running: None, amber: Shop
) -> None:
    number = number_of(amber, phone_number_id="pn-glance")
    began = time.monotonic()
    glances.show(Glance(999_999, "1.1", "wamid.0"))
    for place in range(PER_SECOND):
        glances.show(Glance(number.pk, f"1.{place}", f"wamid.{place}"))
    until(lambda: len(graph.recorder.glances) == PER_SECOND)
    assert time.monotonic() - began > 0.8
