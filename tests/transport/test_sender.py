"""What a sender has in its hands: no more calls and unwritten answers than it has callers."""

import threading
import time

import pytest

from conversations.transport import delivery
from conversations.transport.sending import sender
from tenants.models import Shop
from tests.fakes.graph import FakeGraph
from tests.transport.sending import MemoryStore, Post, running_sender, until

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 2


@pytest.fixture
def post(amber: Shop, store: MemoryStore) -> Post:
    return Post(amber, store)


class _Unlimited:
    """A semaphore that lets everybody through."""

    def __init__(self, _places: int) -> None: ...

    def acquire(self) -> None: ...

    def release(self) -> None: ...


def _called_before_anything_is_written(post: Post, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of twelve are called while nothing can be written; all of them are sent once it can."""
    may_write, write = threading.Event(), delivery.write

    def waiting_write(decisions: object) -> None:
        may_write.wait(10)
        write(decisions)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "write", waiting_write)
    for person in range(12):
        post.say("Hello", to=f"2782900{person:04d}")
    with running_sender(CALLERS):
        until(lambda: len(graph.calls) >= CALLERS)
        time.sleep(0.3)
        called = len(graph.calls)
        may_write.set()
        until(lambda: {row.state for row in post.rows()} == {"sent"})
    assert len(graph.calls) == 12
    return called


def test_no_call_begins_before_an_earlier_answer_is_written(
    post: Post, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death doubles what was called and not written: at most one message a caller."""
    assert _called_before_anything_is_written(post, graph, monkeypatch) == CALLERS


def test_without_waiting_for_the_writer_more_would_be_in_its_hands(
    post: Post, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender.threading, "Semaphore", _Unlimited)
    assert _called_before_anything_is_written(post, graph, monkeypatch) > CALLERS
