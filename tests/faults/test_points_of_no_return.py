"""kill -9 at every step of an event and of a send (B1, B2): each effect once, no answer lost, nothing doubled that must not be."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.graph import FakeGraph
from tests.faults.stages import FULL, sampled, states, until
from tests.rig import meta
from tests.rig.caller import Caller, closed_loop
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

STEPS = (
    "bodies_split",
    "lane_claimed",
    "turn_begun",
    "lane_read",
    "message_kept",
    "events_handled",
    "lane_finished",
    "turn_committed",
)
# Each message ends a process once at the step, so this many processes die in each run.
KILLS = 50 if FULL else 12
SENDERS = 8
# A dead sender is noticed after 4 s instead of 20 and a silence counts after 2 s instead of 8. What waited longer than
# 1 s instead of 5 is not begun: a lease must outlast a call that begins at its last moment.
SOONER = {
    "conversations.transport.processes.lane_processes.LONGEST_RESTART_PAUSE": 0.05,
    "conversations.transport.processes.lane_processes.RECLAIM_SECONDS": 1.0,
    "conversations.transport.sending.claims.LEASE_SECONDS": 4,
    "conversations.transport.sending.claims.BEGIN_SECONDS": 1,
    "conversations.transport.delivery.LAST_CHANCE_SECONDS": 2,
}
HANDLED = """
    SELECT (SELECT min(id) FROM transport_webhookraw WHERE state = 'new'),
           (SELECT count(*) FROM transport_inboxevent WHERE state <> 'done')
"""
_people = itertools.count(1)


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, graph: FakeGraph) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage"), graph_url=graph.url) as stage:
        yield stage


@pytest.fixture(scope="module")
def shop(stage: Stage) -> BuiltShop:
    shop = stage.build(shops=1)[0]
    stage.start_edge()
    return shop


@pytest.mark.parametrize("step", sampled(STEPS, always=["lane_finished"]))
def test_a_process_that_dies_at_a_step_changes_nothing_twice(
    stage: Stage, shop: BuiltShop, graph: FakeGraph, tmp_path: Path, step: str
) -> None:
    graph.calls.clear()
    phones = [f"27870{next(_people):06d}" for _ in range(KILLS)]
    posts = [meta.tap(shop.line, meta.Person(phone), f"cart.add:{shop.variants[0]}") for phone in phones]
    # One body a split, so that the splitter dies as often as the lanes do.
    answers = asyncio.run(closed_loop(Caller(stage.port), posts, connections=1))
    assert {answer.status for answer in answers} == {200}
    doomed = {"SHOPME_FAILPOINT": step, "SHOPME_FAILPOINT_FOLDER": str(tmp_path)}
    more = {"conversations.transport.splitter.BATCH_BODIES": 1}
    # Nothing is sent while processes die: a send in a dying hand is another matter, and another test.
    stage.start_workers(processes=2, threads=1, senders=0, figures=SOONER | more, **doomed)
    try:
        until(lambda: stage.ask(HANDLED) == [(None, 0)], seconds=150, stage=stage)
    finally:
        stage.kill("lanes")
    stage.start_workers(processes=1, threads=1, senders=2)
    try:
        until(lambda: {call.recipient for call in graph.calls} == set(phones), seconds=60, stage=stage)
    finally:
        stage.kill("lanes")
    assert len(list(tmp_path.iterdir())) == KILLS, "nobody died: the run shows nothing"
    baskets = f"""
        SELECT line.quantity FROM {shop.schema}.orders_basketline line
        JOIN {shop.schema}.orders_basket basket ON basket.id = line.basket_id
        JOIN {shop.schema}.loyalty_customer person ON person.id = basket.customer_id
        WHERE person.phone IN ({", ".join(f"'+{phone}'" for phone in phones)})
    """
    assert stage.ask(baskets) == [(1,)] * KILLS
    assert stage.ask("SELECT DISTINCT state FROM transport_inboxevent WHERE kind = 'message'") == [("done",)]
    assert Counter(call.recipient for call in graph.calls) == Counter(phones)


@pytest.mark.parametrize("point", sampled(["send_claimed", "request_sent", "send_answered"], always=["send_answered"]))
def test_a_sender_that_dies_in_a_call_doubles_at_most_what_was_in_its_hands(
    stage: Stage, shop: BuiltShop, graph: FakeGraph, tmp_path: Path, point: str
) -> None:
    graph.calls.clear()
    graph.recorder.latency = 0.3
    before, first = states(stage, shop), next(_people) * 1000
    stage.mail(shop, people=30, first=first)
    stage.mail(shop, people=30, first=first + 500, send_class="never_twice")
    doomed = {"SHOPME_FAILPOINT": point, "SHOPME_FAILPOINT_FOLDER": str(tmp_path)}
    stage.start_workers(processes=1, threads=1, senders=SENDERS, figures=SOONER, **doomed)
    try:
        until(lambda: not set(states(stage, shop)) - {"sent", "dead"}, seconds=90, stage=stage)
    finally:
        stage.kill("lanes")
        graph.recorder.latency = 0.0
    assert len(list(tmp_path.iterdir())) == 1
    told = Counter(call.recipient for call in graph.calls)
    rather = [told[f"27861{first + place:06d}"] for place in range(30)]
    never = [told[f"27861{first + 500 + place:06d}"] for place in range(30)]
    assert min(rather) == 1  # none lost
    assert max(rather) <= 2
    assert sum(rather) - 30 <= SENDERS
    assert max(never) <= 1
    left = states(stage, shop).get("dead", 0) - before.get("dead", 0)
    # What must never go twice and may be out there waits for a person, and for nobody else.
    assert never.count(0) <= left <= SENDERS
