"""kill -9 of the workers and an emptied Redis in the middle of 2,000 messages: each answered once, in order, in time."""

import asyncio
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.rig import meta
from tests.rig.caller import Caller, open_loop
from tests.rig.graph import Graph
from tests.rig.own_redis import own_redis
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

PEOPLE, EACH = 200, 10
PER_SECOND = 120
WITHIN_SECONDS = 60
ADDED = re.compile(r"Your basket: (\d+)")


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own: it is going to be emptied."""
    with own_redis(tmp_path) as url:
        yield url


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph(seconds=0.02).start()
    yield graph
    graph.stop()


@pytest.fixture
def stage(tmp_path: Path, redis_url: str, graph: Graph) -> Iterator[Stage]:
    with staged(tmp_path, graph_url=graph.url, redis_url=redis_url) as stage:
        yield stage


def offer(stage: Stage, posts: list[meta.Post], faults: list[threading.Timer]) -> list[int]:
    """Post at a steady pace while the faults happen at their seconds; the status of each answer."""
    for fault in faults:
        fault.start()
    answers = asyncio.run(open_loop(Caller(stage.port), posts, per_second=PER_SECOND))
    for fault in faults:
        fault.join()
    return [answer.status for answer in answers]


def baskets_told(graph: Graph) -> dict[tuple[str, str], list[int]]:
    """What each person was told about the count in their basket, in the order the messages arrived."""
    told: dict[tuple[str, str], list[int]] = defaultdict(list)
    for sent in graph.sent:
        counts = ADDED.findall(sent.words)
        told[sent.phone_number_id, sent.to] += [int(count) for count in counts]
    return told


def wait_until_all_know(graph: Graph, people: int, *, seconds: float) -> float:
    """Seconds until everybody was told of all their pieces; at most `seconds`."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        told = baskets_told(graph)
        if len(told) == people and all(counts[-1] == EACH for counts in told.values()):
            break
        time.sleep(0.25)
    return time.monotonic() - started


def test_kill_9_and_an_emptied_redis_in_the_middle_of_2000_messages(stage: Stage, graph: Graph, redis_url: str) -> None:
    shops = stage.build(shops=4)
    stage.start_edge()
    stage.start_celery()
    stage.start_lanes()
    graph.report_statuses(Caller(stage.port), [shop.line for shop in shops])
    greet(stage, shops[0], graph)
    posts = taps(shops)
    length = len(posts) / PER_SECOND

    def kill_the_workers() -> None:
        stage.kill("lanes")
        stage.start_lanes(name="lanes-again")

    faults = [threading.Timer(length / 3, kill_the_workers), threading.Timer(length / 2, empty, [redis_url])]
    statuses = offer(stage, posts, faults)
    took = wait_until_all_know(graph, PEOPLE, seconds=WITHIN_SECONDS)

    assert statuses == [200] * len(posts)
    assert took < WITHIN_SECONDS, stage.tail("lanes-again")
    time.sleep(3)  # a message sent twice would come now
    every_message_had_its_effect_once(stage, shops)
    every_answer_came_once_and_in_order(graph)


def greet(stage: Stage, shop: BuiltShop, graph: Graph) -> None:
    """One message and its answer: from here on everything runs."""
    asyncio.run(open_loop(Caller(stage.port), [meta.text(shop.line, meta.Person("27859999999"), "menu")], per_second=1))
    assert graph.wait_for(1, seconds=30), stage.tail("lanes")
    graph.sent.clear()


def empty(redis_url: str) -> None:
    """Redis forgets everything, the queues of Celery included."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()


def taps(shops: list[BuiltShop]) -> list[meta.Post]:
    """Everybody adds one piece of the same thing, ten times; the rounds of all people follow each other."""
    people = [meta.Person(f"27850{number:06d}") for number in range(PEOPLE)]
    return [
        meta.tap(shop.line, person, f"cart.add:{shop.variants[0]}")
        for _round in range(EACH)
        for place, person in enumerate(people)
        for shop in [shops[place % len(shops)]]
    ]


def every_message_had_its_effect_once(stage: Stage, shops: list[BuiltShop]) -> None:
    events = stage.ask("SELECT state, count(*) FROM transport_inboxevent WHERE kind = 'message' GROUP BY 1")
    assert events == [("done", PEOPLE * EACH + 1)]  # and the greeting
    for shop in shops:
        lines = stage.ask(f"SELECT quantity FROM {shop.schema}.orders_basketline")
        assert lines == [(EACH,)] * (PEOPLE // len(shops))


def every_answer_came_once_and_in_order(graph: Graph) -> None:
    told = baskets_told(graph)
    assert len(told) == PEOPLE
    for counts in told.values():
        # Messages that waited together are answered together, so counts may leap; they never repeat or fall.
        assert counts == sorted(set(counts))
        assert counts[-1] == EACH
    tokens = [sent.token for sent in graph.sent]
    assert len(tokens) == len(set(tokens))
