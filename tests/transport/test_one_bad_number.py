"""One number that cannot send must not silence the others."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from conversations.transport.models import OutboxItem
from conversations.transport.sending import checks
from conversations.transport.wakeup import own_conninfo
from tenants.models import Shop
from tenants.queries import forget
from tests.fakes.graph import FakeGraph
from tests.transport.sending import MemoryStore, Post, running_sender, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    with FakeGraph() as running:
        settings.WHATSAPP_GRAPH_URL = running.url
        yield running


def test_a_number_of_an_unknown_provider_fails_alone(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    bad, good = Post(amber, store, provider="pigeon"), Post(amber, store)

    with running_sender():
        bad.say("Never arrives")
        until(lambda: bad.rows()[0].state == "failed")
        good.say("Hello")
        until(lambda: len(graph.calls) == 1)

    assert bad.rows()[0].last_error == checks.NOT_RENDERED
    assert [call.payload["text"]["body"] for call in graph.calls] == ["Hello"]


def test_a_number_with_an_unreadable_token_waits_alone(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    bad, good = Post(amber, store), Post(amber, store)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.tenants_whatsappnumber SET access_token = %s WHERE id = %s", ["lost:AAAA", bad.number.pk]
        )
    forget()

    with running_sender():
        bad.say("Waits for a new token")
        good.say("Hello")
        until(lambda: len(graph.calls) == 1)

    assert (bad.rows()[0].state, bad.rows()[0].attempts) == ("queued", 0)
    assert [call.payload["text"]["body"] for call in graph.calls] == ["Hello"]


def test_a_round_that_breaks_is_not_the_last(
    amber: Shop, store: MemoryStore, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(amber, store)
    rounds: list[int] = []
    numbers = checks.claims.due_numbers

    def once_broken(**how: Any) -> list[int]:
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("bug")
        return numbers(**how)

    monkeypatch.setattr(checks.claims, "due_numbers", once_broken)

    with running_sender():
        post.say("Hello")
        until(lambda: len(graph.calls) == 1)

    assert len(rounds) > 1


def test_a_number_with_a_long_queue_leaves_room_for_another(
    amber: Shop, blue: Shop, store: MemoryStore, settings: Any
) -> None:
    with FakeGraph(latency=0.3) as far_away:
        settings.WHATSAPP_GRAPH_URL = far_away.url
        busy, quiet = Post(amber, store), Post(blue, store)
        for person in range(400):
            busy.say("News", to=f"27826{person:06d}")
        with running_sender(8):
            until(lambda: len(far_away.calls) >= 8)
            for person in range(3):
                asked = time.monotonic()
                quiet.say("Hello", to=f"2783000000{person}")
                until(lambda: quiet.rows()[-1].state != "queued")
                assert time.monotonic() - asked < 2
            assert any(row.state == "queued" for row in busy.rows())
            OutboxItem.objects.filter(state="queued").delete()


def test_a_table_that_changes_under_the_senders_plans_does_not_stop_them(
    amber: Shop, store: MemoryStore, graph: FakeGraph
) -> None:
    post = Post(amber, store)
    with running_sender():
        for person in range(8):
            post.say("Before", to=f"2783000000{person}")
            until(lambda person=person: len(graph.calls) == person + 1)
        widened("varchar(90)")
        try:
            post.say("After")
            until(lambda: len(graph.calls) == 9)
            until(lambda: post.rows()[-1].state == "sent")
        finally:
            widened("varchar(64)")
    assert [call.payload["text"]["body"] for call in graph.calls] == ["Before"] * 8 + ["After"]
    assert {row.state for row in post.rows()} == {"sent"}


def widened(to: str) -> None:
    with psycopg.connect(own_conninfo("test"), autocommit=True) as other:
        other.execute(f"ALTER TABLE public.transport_outboxitem ALTER COLUMN token TYPE {to}")
