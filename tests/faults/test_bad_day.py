"""A bad day for WhatsApp, with real processes: every webhook three times, out of order, and nobody's phone number known."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from conversations.transport.door.signatures import sign_meta
from conversations.transport.providers.simulator import payloads
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.postman import Postman, without_phone
from conversations.transport.providers.simulator.switches import Switches
from tenants.models import WhatsAppNumber
from tests.fakes.graph import FakeGraph
from tests.faults.stages import long_run
from tests.rig import meta
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

PEOPLE, EACH = 20, 8
WITHIN_SECONDS = 60
BAD = Switches(duplicate=True, reorder=True, hide_phone=True)


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def stage(tmp_path: Path, graph: FakeGraph) -> Iterator[Stage]:
    with staged(tmp_path, graph_url=graph.url) as stage:
        yield stage


def postman(stage: Stage, answers: list[int], timers: list[threading.Timer]) -> Postman:
    """Posts to the edge; what is to come later comes from timers."""

    def post(_number: str, body: dict[str, Any]) -> None:
        raw = orjson.dumps(body)
        signed = {"X-Hub-Signature-256": sign_meta(raw, meta.APP_SECRET), "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{stage.port}/webhooks/whatsapp/"
        answers.append(requests.post(url, data=raw, headers=signed, timeout=10).status_code)

    def later(seconds: float, act: Callable[[], None]) -> None:
        timers.append(threading.Timer(seconds, act))
        timers[-1].start()

    return Postman(post=post, later=later)


def pieces_in_baskets(stage: Stage, shop: BuiltShop) -> list[int]:
    return [int(str(row[0])) for row in stage.ask(f"SELECT quantity FROM {shop.schema}.orders_basketline")]


@long_run
def test_a_bad_day_costs_nobody_a_message_and_gives_nobody_two(stage: Stage, graph: FakeGraph) -> None:
    shop = stage.build(shops=1)[0]
    stage.start_edge()
    stage.start_lanes()
    number = WhatsAppNumber(
        phone=f"+{shop.line.phone.lstrip('+')}", phone_number_id=shop.line.phone_number_id, waba_id=shop.line.waba_id
    )
    people = [Person(f"27850{place:06d}", f"Person {place}") for place in range(PEOPLE)]
    answers: list[int] = []
    timers: list[threading.Timer] = []
    carrier = postman(stage, answers, timers)
    for _round in range(EACH):
        for person in people:
            tap = payloads.button_reply(f"cart.add:{shop.variants[0]}", "Add")
            body = without_phone(payloads.message_body(number, person, tap), payloads.user_id_of)
            carrier.carry(shop.line.phone_number_id, body, BAD)
    for timer in timers:
        timer.join()

    until = time.monotonic() + WITHIN_SECONDS
    while pieces_in_baskets(stage, shop) != [EACH] * PEOPLE and time.monotonic() < until:
        time.sleep(0.25)
    assert answers == [200] * (PEOPLE * EACH * 3)
    assert pieces_in_baskets(stage, shop) == [EACH] * PEOPLE, stage.tail("lanes")
    assert stage.ask(f"SELECT count(*), count(phone) FROM {shop.schema}.loyalty_customer") == [(PEOPLE, 0)]
    assert stage.ask(f"SELECT count(*) FROM {shop.schema}.conversations_message WHERE direction = 'in'") == [
        (PEOPLE * EACH,)
    ]
    time.sleep(2)  # an answer said twice would come now
    tokens = [call.token for call in graph.calls]
    assert len(tokens) == len(set(tokens))
    assert {call.recipient for call in graph.calls} == {person.bsuid for person in people}
    assert all("to" not in call.payload for call in graph.calls)
