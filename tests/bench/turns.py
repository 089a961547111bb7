"""Chat turns: from the accepted webhook to the reply at the stand-in, and a backlog that is drained."""

import asyncio
import json
import random
import time
from collections import defaultdict, deque
from typing import Any

from tests.bench.figures import percentiles
from tests.rig import meta
from tests.rig.caller import Answer, Caller, closed_loop, open_loop
from tests.rig.graph import Graph, Sent
from tests.rig.stage import BuiltShop, Stage

PEOPLE = 1000
# How often each wish comes, about as in a talk that ends in an order.
WISHES = (("menu", 2), ("browse", 3), ("product", 4), ("cart.add", 4), ("cart", 2), ("search", 2), ("points", 1))


def turns(stage: Stage, shops: list[BuiltShop], graph: Graph) -> dict[str, Any]:
    """Latency at 100 turns a second for 30 s, then as many as the machine can do."""
    stage.start_edge()
    stage.start_lanes()
    talks = Talks(shops)
    asyncio.run(closed_loop(Caller(stage.port), talks.posts(PEOPLE), connections=10))
    graph.wait_for(PEOPLE, seconds=60)
    settle(graph)
    steady = _measure(stage, graph, talks.posts(3000), per_second=100)
    settle(graph)
    most = _measure(stage, graph, talks.posts(6000), per_second=500)
    return {
        "people": PEOPLE,
        "shops": len(shops),
        "turns at 100/s": steady["turns"],
        "answered at 100/s": steady["answered"],
        "latency at 100/s (wanted: p95 150)": steady["latency"],
        "turns offered at 500/s": most["turns"],
        "answered": most["answered"],
        "sustained turns/s (wanted: 300)": most["per_second"],
        "latency while offered more than that": most["latency"],
    }


def backlog(stage: Stage, shops: list[BuiltShop], graph: Graph) -> dict[str, Any]:
    """10,000 webhooks are accepted while no worker runs; then the workers start."""
    stage.start_edge()
    posts = Talks(shops).posts(10_000)
    asyncio.run(closed_loop(Caller(stage.port), posts, connections=20))
    started = time.monotonic()
    stage.start_lanes()
    done_at = _wait_until_done(stage, len(posts), seconds=300)
    settle(graph)
    handled = stage.ask("SELECT state, count(*) FROM transport_inboxevent WHERE kind = 'message' GROUP BY 1")
    return {
        "events": len(posts),
        "states afterwards": {str(state): count for state, count in handled},
        "seconds until handled, start of the workers included (wanted: 60)": round(done_at - started, 1),
        "events/s": round(len(posts) / (done_at - started)),
        "replies posted (people who wait are answered once for all they said)": len(graph.sent),
        "seconds until the last reply was posted": round(graph.sent[-1].at - started, 1),
        "messages heard out of order": _out_of_order(stage, shops),
    }


class Talks:
    """What a thousand people write, each in turn, always the same for the same seed."""

    def __init__(self, shops: list[BuiltShop]) -> None:
        self.shops = shops
        self.random = random.Random(7)
        self.people = [meta.Person(f"27840{number:06d}") for number in range(PEOPLE)]
        self.next = 0

    def posts(self, count: int) -> list[meta.Post]:
        return [self._one() for _ in range(count)]

    def _one(self) -> meta.Post:
        place = self.next % PEOPLE
        self.next += 1
        shop, person = self.shops[place % len(self.shops)], self.people[place]
        wish = self.random.choices([name for name, _ in WISHES], [share for _, share in WISHES])[0]
        number = self.random.randrange(len(shop.variants))
        if wish == "browse":
            return meta.tap(shop.line, person, f"cat:{1 + number % 3}", "Bread")
        if wish == "product":
            return meta.tap(shop.line, person, f"product:{1 + number}", "Bread no. 1")
        if wish == "cart.add":
            return meta.tap(shop.line, person, f"cart.add:{shop.variants[number]}", "Add to basket")
        return meta.text(shop.line, person, {"search": f"bread no {number}"}.get(wish, wish))


def _measure(stage: Stage, graph: Graph, posts: list[meta.Post], *, per_second: float) -> dict[str, Any]:
    """Offer `posts` at a pace and pair each accepted webhook with the reply its person got next."""
    before = len(graph.sent)
    answers = asyncio.run(open_loop(Caller(stage.port), posts, per_second=per_second))
    settle(graph)
    replies = graph.sent[before:]
    waits, answered = paired(posts, answers, replies)
    took = replies[-1].at - answers[0].answered_at
    return {
        "turns": len(posts),
        "answered": answered,
        "latency": percentiles(waits),
        "per_second": round(answered / took),
    }


def paired(posts: list[meta.Post], answers: list[Answer], replies: list[Sent]) -> tuple[list[float], int]:
    """Seconds from each 200 to the first reply after it. A reply answers everything its person had said until then."""
    by_person: dict[tuple[str, str], deque[float]] = defaultdict(deque)
    for reply in replies:
        by_person[reply.phone_number_id, reply.to].append(reply.at)
    waits = []
    for post, answer in zip(posts, answers, strict=True):
        times = by_person[_who(post)]
        while times and times[0] < answer.asked_at:
            times.popleft()
        if times:
            # A reply may overtake the 200 on its way back; it then took no time at all.
            waits.append(max(0.0, times[0] - answer.answered_at))
    return waits, len(waits)


def _who(post: meta.Post) -> tuple[str, str]:
    value = json.loads(post.body)["entry"][0]["changes"][0]["value"]
    return value["metadata"]["phone_number_id"], value["messages"][0]["from"]


def settle(graph: Graph, *, quiet_seconds: float = 3.0, most_seconds: float = 180.0) -> None:
    """Return when no reply has come for a while."""
    count, since, deadline = len(graph.sent), time.monotonic(), time.monotonic() + most_seconds
    while time.monotonic() - since < quiet_seconds and time.monotonic() < deadline:
        time.sleep(0.1)
        if len(graph.sent) != count:
            count, since = len(graph.sent), time.monotonic()


def _wait_until_done(stage: Stage, count: int, *, seconds: float) -> float:
    """The moment when `count` messages are handled and none waits."""
    deadline = time.monotonic() + seconds
    query = "SELECT count(*) FROM transport_inboxevent WHERE kind = 'message' AND state <> 'ready'"
    while time.monotonic() < deadline:
        if stage.ask(query)[0][0] == count:
            break
        time.sleep(0.2)
    return time.monotonic()


def _out_of_order(stage: Stage, shops: list[BuiltShop]) -> int:
    """Messages kept before one of the same person that was accepted earlier; wamids count upwards."""
    count = 0
    for shop in shops:
        query = f"""
            SELECT count(*) FROM (
                SELECT wamid, lag(wamid) OVER (PARTITION BY conversation_id ORDER BY id) AS earlier
                FROM {shop.schema}.conversations_message WHERE direction = 'in') AS heard
            WHERE wamid < earlier
        """
        count += int(str(stage.ask(query)[0][0]))
    return count
