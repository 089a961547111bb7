"""Two lanes turn out to be one person's while workers are at both: nothing is lost, doubled, or overtakes."""

import time
from collections.abc import Sequence

import pytest
from django.db import connection

from conversations.transport.lanes.handling import LaneEvent
from conversations.transport.models import InboxEvent, Lane
from conversations.transport.splitting import aliases
from tenants.models import Shop, WhatsAppNumber
from tests.transport.crew import record
from tests.transport.payloads import body, message
from tests.transport.test_lanes import effects, until, working
from tests.transport.test_splitter import arrive

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = range(8)


def late(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """Effects at the end of a turn that takes a while."""
    time.sleep(0.15 * len(events))
    record(shop, lane, events)


def says(person: int, step: int, *, phone: bool = False, bsuid: bool = False) -> bytes:
    names = {"sender": f"2782000{person:04d}" if phone else "", "bsuid": f"ZA.p{person}" if bsuid else ""}
    return body("1000001", message(f"wamid.{person}.{step}", **names))


def meet_both_ways() -> list[str]:
    """Each person writes twice by phone, once by id, then a message tells that they are one, then by phone again."""
    for person in PEOPLE:
        arrive(*(says(person, step, phone=True) for step in (0, 1)), says(person, 2, bsuid=True))
    with working(late, threads=6), working(late, threads=6):
        time.sleep(0.1)
        arrive(*(says(person, 3, phone=True, bsuid=True) for person in PEOPLE))
        arrive(*(says(person, 4, phone=True) for person in PEOPLE))
        until(lambda: not InboxEvent.objects.filter(state="ready").exists())
    return effects()


def overtaken(done: list[str]) -> list[int]:
    """People whose joining message was answered before something they had said earlier."""
    places = {key: place for place, key in enumerate(done)}
    return [
        person
        for person in PEOPLE
        if places[f"msg:wamid.{person}.3"] < max(places[f"msg:wamid.{person}.{step}"] for step in (0, 1, 2))
        or places[f"msg:wamid.{person}.4"] < places[f"msg:wamid.{person}.3"]
    ]


def test_each_is_done_once_and_none_overtakes(amber_number: WhatsAppNumber) -> None:
    done = meet_both_ways()
    assert sorted(done) == sorted(f"msg:wamid.{person}.{step}" for person in PEOPLE for step in range(5))
    assert overtaken(done) == []
    assert set(Lane.objects.values_list("pending", "holder", "attempt")) == {(0, "", 0)}


def test_without_moving_what_waits_it_would_be_overtaken(
    amber_number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the names lead to one lane, but what waits in the other one stays there."""

    def only_the_names(lane: str, *, into: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE public.transport_lanealias SET lane = %s WHERE lane = %s", [into, lane])

    monkeypatch.setattr(aliases, "_merge", only_the_names)
    assert lanes_in_use() == [2] * len(PEOPLE)  # two workers may take them at once, in any order


def test_what_waits_moves_into_one_lane_the_moment_they_become_one(amber_number: WhatsAppNumber) -> None:
    assert lanes_in_use() == [1] * len(PEOPLE)


def lanes_in_use() -> list[int]:
    """In how many lanes each person's messages wait once a message has told that phone and id are one."""
    for person in PEOPLE:
        arrive(*(says(person, step, phone=True) for step in (0, 1)), says(person, 2, bsuid=True))
    arrive(*(says(person, 3, phone=True, bsuid=True) for person in PEOPLE))
    waiting = InboxEvent.objects.filter(state="ready")
    return [
        waiting.filter(event_key__startswith=f"msg:wamid.{person}.").values("lane").distinct().count()
        for person in PEOPLE
    ]
