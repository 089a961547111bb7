"""One shop sends fifty times another's load: how much longer the other's customers wait."""

import asyncio
from typing import Any

from tests.bench.figures import percentiles
from tests.bench.turns import paired, settle
from tests.rig import meta
from tests.rig.caller import Caller, closed_loop, open_loop
from tests.rig.graph import Graph
from tests.rig.stage import BuiltShop, Stage

QUIET_PER_SECOND, TIMES = 1, 50
PARTS, SECONDS, PEOPLE = 6, 20, 200


def fairness(stage: Stage, shops: list[BuiltShop], graph: Graph) -> dict[str, Any]:
    """The turn of a quiet shop beside a neighbour as quiet, and beside one with fifty times its load, by turns."""
    stage.start_edge()
    stage.start_lanes()
    quiet, busy = shops[0], shops[1]
    asyncio.run(closed_loop(Caller(stage.port), [*_posts(quiet, 200), *_posts(busy, 200)], connections=10))
    settle(graph)
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(PARTS):
        alone += _waits(stage, graph, quiet, busy, times=1)
        beside += _waits(stage, graph, quiet, busy, times=TIMES)
    figures = {"alone": percentiles(alone), "beside": percentiles(beside)}
    return {
        "the quiet shop, turns/s": QUIET_PER_SECOND,
        "the busy shop, turns/s": QUIET_PER_SECOND * TIMES,
        "answered": [len(alone), len(beside)],
        "latency beside an equal": figures["alone"],
        "latency beside fifty times the load": figures["beside"],
        "longer at p50 (wanted: under 0.25)": _longer(figures, "p50_ms"),
        "longer at p95 (wanted: under 0.25)": _longer(figures, "p95_ms"),
    }


def _longer(figures: dict[str, dict[str, float]], name: str) -> float:
    return round(figures["beside"][name] / figures["alone"][name] - 1, 2)


def _posts(shop: BuiltShop, count: int) -> list[meta.Post]:
    people = [meta.Person(f"27845{number:06d}") for number in range(PEOPLE)]
    return [meta.text(shop.line, people[place % PEOPLE], "menu") for place in range(count)]


def _waits(stage: Stage, graph: Graph, quiet: BuiltShop, busy: BuiltShop, *, times: int) -> list[float]:
    """Seconds of the quiet shop's turns while the busy one has `times` as many, evenly mixed."""
    turns = QUIET_PER_SECOND * SECONDS
    ours, theirs = _posts(quiet, turns), iter(_posts(busy, turns * times))
    posts = [post for ours_ in ours for post in (ours_, *(next(theirs) for _ in range(times)))]
    before = len(graph.sent)
    answers = asyncio.run(open_loop(Caller(stage.port), posts, per_second=QUIET_PER_SECOND * (times + 1)))
    settle(graph)
    own = {post.wamid for post in ours}
    mine = [(post, answer) for post, answer in zip(posts, answers, strict=True) if post.wamid in own]
    replies = [reply for reply in graph.sent[before:] if reply.phone_number_id == quiet.line.phone_number_id]
    waits, _ = paired([post for post, _ in mine], [answer for _, answer in mine], replies)
    return waits
