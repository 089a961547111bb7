"""A provider that is slow, too busy, down, odd or closed to us (C1, C3 to C6), with the real workers."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conversations.transport.providers.base import Line, Outcome
from conversations.transport.providers.registry import provider
from conversations.transport.providers.simulator.rules_common import error_object
from tests.fakes.graph import FakeGraph
from tests.faults.stages import FULL, long_run, sampled, states, until, words_to
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

# Ten minutes of 5xx, and everything the breaker counts in, shortened thirty times.
SCALE = 1 if FULL else 30
OUTAGE_SECONDS = 600 / SCALE
PACE = "conversations.transport.health.pace."
SHORTER = {
    f"{PACE}FIRST_OPEN_SECONDS": 30 / SCALE,
    f"{PACE}LONGEST_OPEN_SECONDS": 600 / SCALE,
    f"{PACE}HARD_PROBE_SECONDS": 600 / SCALE,
    f"{PACE}PROBE_SECONDS": 2 if not FULL else 20,
    "conversations.transport.sending.outcomes.SERVER_ERROR_SECONDS": max(1.0, 30 / SCALE),
    "conversations.transport.processes.lane_processes.RECLAIM_SECONDS": 1.0,
}


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, graph: FakeGraph) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage"), graph_url=graph.url) as stage:
        yield stage


@pytest.fixture(scope="module")
def shops(stage: Stage) -> list[BuiltShop]:
    return stage.build(shops=7)


@pytest.fixture(autouse=True)
def well(graph: FakeGraph, stage: Stage) -> Iterator[None]:
    graph.heal()
    for kept in (graph.calls, graph.refusals, graph.recorder.moments):
        kept.clear()
    yield
    if "lanes" in stage.processes:
        stage.kill("lanes")


def health(stage: Stage, shop: BuiltShop) -> tuple[object, ...]:
    rows = stage.ask(
        "SELECT breaker, failures, calls FROM transport_numberhealth h JOIN tenants_whatsappnumber n"
        f" ON n.id = h.number_id WHERE n.phone_number_id = '{shop.line.phone_number_id}'"
    )
    return rows[0] if rows else ("closed", 0, 0)


def all_sent(stage: Stage, shop: BuiltShop, count: int) -> bool:
    return states(stage, shop) == {"sent": count}


@pytest.mark.parametrize("retry_after", sampled([None, 2], always=[]))
def test_c1_a_number_told_to_slow_down_does_and_its_neighbour_does_not(
    stage: Stage, shops: list[BuiltShop], graph: FakeGraph, retry_after: int | None
) -> None:
    sick, other = (shops[0], shops[1]) if retry_after is None else (shops[2], shops[3])
    rate, people = 20, 120
    stage.execute(f"UPDATE tenants_whatsappnumber SET throughput_per_second = {rate}")
    graph.fail_next("code", code=130429, status=429, times=5, number=sick.line.phone_number_id, retry_after=retry_after)
    for shop in (sick, other):
        stage.mail(shop, people=people)
    stage.start_workers(processes=2, threads=2, senders=8, figures=SHORTER)
    until(lambda: all_sent(stage, sick, people) and all_sent(stage, other, people), seconds=90, stage=stage)
    slow = moments(graph, sick)
    # Told five times in its first second; from then on half of its pace, over any three seconds.
    settled = [moment for moment in slow if moment > slow[0] + 2]
    assert busiest(settled, seconds=3) <= 1.2 * rate / 2 * 3
    full = moments(graph, other)
    allowed = rate + rate * (full[-1] - full[0])  # one bucket deep, then its pace
    assert len(full) <= 1.2 * allowed
    assert full[-1] - full[0] <= 1.2 * (people - rate) / rate + 1, "the neighbour was slowed down"
    assert Counter(call.token for call in graph.calls).most_common(1)[0][1] == 1


def moments(graph: FakeGraph, shop: BuiltShop) -> list[float]:
    pairs = zip(graph.calls, graph.recorder.moments, strict=False)
    return [moment for call, moment in pairs if call.phone_number_id == shop.line.phone_number_id]


def busiest(times: list[float], *, seconds: float) -> int:
    """The most calls in any stretch of so many seconds."""
    return max((sum(start <= each < start + seconds for each in times) for start in times), default=0)


@long_run
def test_c3_an_outage_costs_twenty_calls_and_a_few_probes_and_then_all_leave_in_order(
    stage: Stage, shops: list[BuiltShop], graph: FakeGraph
) -> None:
    shop, people = shops[4], 60
    graph.fail_always("status", status=503, number=shop.line.phone_number_id)
    stage.execute("UPDATE tenants_whatsappnumber SET throughput_per_second = 80")
    stage.mail(shop, people=people, each=3)
    stage.start_workers(processes=1, threads=2, senders=4, figures=SHORTER)
    until(lambda: health(stage, shop)[0] == "open", seconds=30, stage=stage)
    time.sleep(0.5)  # what was under way when it opened
    failed_until_open = len(graph.refusals)
    assert failed_until_open <= 20 + 2 * 4  # twenty decide, and as many as are in the senders' hands
    time.sleep(OUTAGE_SECONDS)
    probes = len(graph.refusals) - failed_until_open
    assert 1 <= probes <= 25
    assert probes <= OUTAGE_SECONDS / (30 / SCALE) + 1, "more than one probe in a pause"
    graph.heal()
    # The last pause began before the outage was over and may last as long again.
    until(lambda: all_sent(stage, shop, people * 3), seconds=OUTAGE_SECONDS + 120, stage=stage)
    for place in range(people):
        assert words_to(graph, f"27861{place:06d}") == [f"{place}/{step}" for step in range(3)]


def test_c4_no_silence_holds_a_worker_longer_than_its_deadline(graph: FakeGraph, settings: object) -> None:
    """Connect time-out, read time-out, drip and reset, all at once; the deadline is the real one of ten seconds."""
    settings.WHATSAPP_GRAPH_URL = graph.url  # type: ignore[attr-defined]
    modes = {"1": ("hang", 30.0), "2": ("drip", 0.5), "3": ("reset", 1.0), "4": ("reset_after_headers", 1.0)}
    for number, (mode, seconds) in modes.items():
        graph.fail_always(mode, seconds=seconds, number=number)

    def timed(number: str) -> tuple[Outcome, float]:
        began = time.monotonic()
        answer = provider("meta_cloud").send(Line(1, "meta_cloud", number, "token"), PAYLOAD)
        return answer.outcome, time.monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(modes, pool.map(timed, modes), strict=True))
    assert {outcome for outcome, _ in found.values()} == {Outcome.UNKNOWN}
    assert max(took for _, took in found.values()) <= 11


def test_c4_an_address_that_takes_no_connection_means_surely_nothing_went_out(settings: object) -> None:
    import socket

    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):  # nobody accepts: the queue is full, the next one hears nothing
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        settings.WHATSAPP_GRAPH_URL = f"http://127.0.0.1:{full.getsockname()[1]}"  # type: ignore[attr-defined]
        began = time.monotonic()
        answer = provider("meta_cloud").send(Line(1, "meta_cloud", "1", "token"), PAYLOAD)
        took = time.monotonic() - began
        for one in waiting:
            one.close()
    assert answer.outcome is Outcome.REFUSED
    assert took <= 11


PAYLOAD = {"messaging_product": "whatsapp", "to": "+27821230001", "type": "text", "text": {"body": "Hi"}}


def test_c5_answers_nobody_can_read_are_unknown_and_told_once_and_nothing_crashes(
    stage: Stage, shops: list[BuiltShop], graph: FakeGraph
) -> None:
    shop = shops[5]
    for mode in ("html", "empty", "truncated", "wrong_type", "missing_id"):
        graph.fail_next(mode, number=shop.line.phone_number_id)
    stage.mail(shop, people=10)
    stage.start_workers(processes=1, threads=2, senders=4, figures=SHORTER)
    until(lambda: states(stage, shop) == {"sent": 5, "unknown": 5}, seconds=30, stage=stage)
    assert stage.ask("SELECT kind, shop_id FROM transport_numberalert WHERE kind = 'odd_answer'") == [
        ("odd_answer", None)
    ]
    log = stage.tail("lanes")
    assert "Traceback" not in log
    assert "lane_process_died" not in log


def test_c6_a_withdrawn_token_is_told_once_loses_nothing_and_a_new_one_sends_it_all(
    stage: Stage, shops: list[BuiltShop], graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, people = shops[6], 40

    async def admit(_number: str, token: str) -> dict[str, Any] | None:
        return error_object(190) if token == "a-token" else None

    monkeypatch.setattr(graph.recorder, "admit", admit)
    stage.mail(shop, people=people)
    stage.start_workers(processes=2, threads=2, senders=4, figures={**SHORTER, f"{PACE}HARD_PROBE_SECONDS": 1.0})
    until(lambda: health(stage, shop)[0] == "hard", seconds=30, stage=stage)
    time.sleep(5)  # several probes, all refused
    assert 2 <= len(graph.refusals) <= 2 * 2 * 4 + 8
    assert states(stage, shop) == {"queued": people}
    told = "SELECT count(*) FROM transport_numberalert WHERE kind = 'token' AND shop_id IS NOT NULL"
    assert stage.ask(told) == [(1,)]
    options = ["--provider", "meta_cloud", "--phone", shop.line.phone, "--phone-number-id", shop.line.phone_number_id]
    stage.run("manage.py", "add_number", "--shop", "shop-6", *options, "--token", "a-new-token")
    until(lambda: all_sent(stage, shop, people), seconds=30, stage=stage)
    assert len(graph.calls) == people
    assert {call.access_token for call in graph.calls} == {"a-new-token"}
    # Told once, also though some processes still knew the old token for a moment; and it is over.
    assert stage.ask(told) == [(1,)]
    assert stage.ask(told + " AND resolved_at IS NULL") == [(0,)]
