"""Redis emptied, stopped and brought back empty (B4, B5): only hints were in it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests

from shopme.engines import redis as embedded_redis
from shopme.engines.home import Home
from shopme.engines.owner import engine_owner
from tests.faults.stages import FULL, long_run, until
from tests.rig import meta
from tests.rig.caller import Caller, closed_loop
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage, staged, wait_for_port

pytestmark = pytest.mark.load
AWAY_SECONDS = 300 if FULL else 15
PENDING = 1_000
EMAIL, PASSWORD = "owner-0@example.com", "a long pass phrase"
PAGES = ("/", "/inbox/", "/orders/", "/customers/", "/settings/", "/settings/problems/")


class OwnRedis:
    """A Redis of the test's own, to be stopped and started empty."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder / "redis-home", is_throwaway=True)
        home.make()
        self.state = home.load()
        self.engine = embedded_redis.Redis(home, engine_owner())
        self.folder = folder
        self.start()

    @property
    def url(self) -> str:
        return embedded_redis.url_of(self.state)

    def start(self) -> None:
        # The engine may run as another user, and another run of pytest may have shut the folders meanwhile.
        for above in (self.folder, self.folder.parent, self.folder.parent.parent):
            above.chmod(0o711)
        port = self.state.redis_port
        self.engine.start(self.state, say=lambda _line: None)
        assert port in (0, None, self.state.redis_port), "the port was taken by somebody else"

    def stop(self) -> None:
        self.engine.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def stage(tmp_path: Path, own_redis: OwnRedis) -> Iterator[Stage]:
    graph = Graph(seconds=0.01).start()
    with staged(tmp_path, graph_url=graph.url, redis_url=own_redis.url) as stage:
        yield stage
    graph.stop()


def menus(shop: BuiltShop, count: int, first: int) -> list[meta.Post]:
    return [meta.text(shop.line, meta.Person(f"27871{first + place:06d}"), "menu") for place in range(count)]


def handled(stage: Stage) -> int:
    return int(
        str(stage.ask("SELECT count(*) FROM transport_inboxevent WHERE kind = 'message' AND state = 'done'")[0][0])
    )


def sent(stage: Stage) -> int:
    return int(str(stage.ask("SELECT count(*) FROM transport_outboxitem WHERE state = 'sent'")[0][0]))


class Browser:
    """A signed-in person who opens every page again and again; the status of each."""

    def __init__(self, stage: Stage) -> None:
        self.base = f"http://127.0.0.1:{stage.port}"
        self.headers = {"Host": f"shop-0.localhost:{stage.port}"}
        self.session = requests.Session()
        self.found: Counter[int] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def sign_in(self) -> None:
        page = self.session.get(f"{self.base}/login/", headers=self.headers, timeout=20)
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"csrfmiddlewaretoken": token, "login": EMAIL, "password": PASSWORD}
        self._carry(page)
        done = self.session.post(
            f"{self.base}/login/", data=form, headers=self.headers, timeout=20, allow_redirects=False
        )
        self._carry(done)
        assert done.status_code == 302, done.text[:500]

    def _carry(self, answer: requests.Response) -> None:
        """Cookies are for the shop's host, and we call by address: they are sent along by hand."""
        for cookie in answer.cookies:
            kept = dict(part.split("=", 1) for part in self.headers.get("Cookie", "").split("; ") if part)
            self.headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in {**kept, cookie.name: str(cookie.value)}.items())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _look(self) -> None:
        while not self._stop.is_set():
            for path in PAGES:
                answer = requests.get(self.base + path, headers=self.headers, timeout=20, allow_redirects=False)
                self.found[answer.status_code] += 1


@long_run
def test_redis_emptied_stopped_and_brought_back_loses_nothing_and_breaks_no_page(
    stage: Stage, own_redis: OwnRedis
) -> None:
    shop = stage.build(shops=1)[0]
    script = (
        "import django; django.setup()\nfrom tenants.models import User\n"
        f"u = User.objects.get(email='{EMAIL}'); u.set_password('{PASSWORD}'); u.save()"
    )
    stage.run("-c", script)
    stage.environment["ALLOWED_HOSTS"] = "localhost,.localhost,127.0.0.1"
    stage.start_edge("shopme.asgi:application")
    wait_for_port(stage.port)
    browser = Browser(stage)
    browser.sign_in()

    asyncio.run(closed_loop(Caller(stage.port), menus(shop, PENDING, 0), connections=20))
    stage.start_celery()
    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
    began = time.monotonic()
    stage.start_lanes()
    until(lambda: handled(stage) == PENDING, seconds=60, stage=stage)
    print(f"{PENDING} pending events after FLUSHALL: {time.monotonic() - began:.1f} s")  # noqa: T201

    browser.start()
    own_redis.stop()
    stopped, count = time.monotonic(), PENDING
    while time.monotonic() - stopped < AWAY_SECONDS:
        answers = asyncio.run(closed_loop(Caller(stage.port), menus(shop, 20, count), connections=5))
        assert {answer.status for answer in answers} == {200}
        count += 20
        until(lambda expected=count: handled(stage) == expected, seconds=30, stage=stage)  # the lag stays under 30 s
        time.sleep(1)
    own_redis.start()
    answers = asyncio.run(closed_loop(Caller(stage.port), menus(shop, 20, count), connections=5))
    count += 20
    until(lambda: handled(stage) == count, seconds=30, stage=stage)
    until(lambda: sent(stage) >= count, seconds=60, stage=stage)
    time.sleep(2)
    browser.stop()
    assert set(browser.found) == {200}, browser.found  # no error, and nobody was signed out
    assert browser.found[200] >= len(PAGES)
