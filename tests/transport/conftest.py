"""A real edge on a real socket, and numbers of both shops."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from django.db import connections

from conversations.transport import ports
from conversations.transport.edge import Edge
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.fakes.graph import FakeGraph
from tests.transport.payloads import SECRET, TOKEN
from tests.transport.sending import MemoryStore


@pytest.fixture(autouse=True)
def _platform_app(settings) -> None:  # type: ignore[no-untyped-def]
    settings.WHATSAPP_APP_SECRET = SECRET
    settings.WHATSAPP_VERIFY_TOKEN = TOKEN


def new_number(shop: Shop, pnid: str, **more: str) -> WhatsAppNumber:
    """A number of `shop` on Meta's own API."""
    phone = f"+2711{int(pnid[-7:]):07d}"
    return add_number(shop=shop, provider="meta_cloud", phone=phone, phone_number_id=pnid, **more).number


@pytest.fixture
def amber_number(amber: Shop) -> WhatsAppNumber:
    return new_number(amber, "1000001", waba_id="waba-amber")


@pytest.fixture
def blue_number(blue: Shop) -> WhatsAppNumber:
    return new_number(blue, "1000002", waba_id="waba-blue")


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    """The messages behind sends, kept in memory instead of in a chat."""
    before, memory = ports.store(), MemoryStore()
    ports.set_store(memory)
    yield memory
    ports.set_store(before)


@pytest.fixture(scope="module")
def running() -> Iterator[FakeGraph]:
    """Meta's API, one for all tests of a module."""
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def graph(running: FakeGraph, settings: Any) -> FakeGraph:
    """Meta's API where ours calls it; well, and without a memory of the test before."""
    settings.WHATSAPP_GRAPH_URL = running.url
    running.heal()
    running.calls.clear()
    running.refusals.clear()
    return running


class Running:
    """uvicorn with an edge, in a thread of its own."""

    def __init__(self, application: object) -> None:
        config = uvicorn.Config(application, port=0, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)


@pytest.fixture
def edge(transactional_db: None) -> Iterator[httpx.Client]:
    """A client of a running edge."""
    running = Running(Edge())
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    with httpx.Client(base_url=running.url, timeout=15, limits=limits) as client:
        yield client
    running.stop()


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """Run `act` in `count` threads that start at the same moment; what each returned."""
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = act(index)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[index]) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
