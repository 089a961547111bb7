"""The daily look: what is wrong is told once, what is right again ends it; and the switches of the simulator cause it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.transport.door.endpoints import ensure_number_endpoint
from conversations.transport.health import facts, number_alerts
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import InboxEvent, NumberFacts, NumberNews, StandInThing
from conversations.transport.numbers import accounts, daily_look
from conversations.transport.providers.meta_cloud import numbers
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.number_desk import Told
from conversations.transport.providers.simulator import number_switches, webhook
from conversations.transport.providers.simulator.graph_numbers import HOOK, NUMBER, SUBSCRIPTION, TOKEN
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.splitting import seen_webhooks
from shopme.lib import http
from shopme.settings.celery import CELERY_BEAT_SCHEDULE
from tenants.context import inside
from tenants.models import Role, Shop, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.fakes.graph import FakeGraph
from tests.transport.conftest import new_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    with FakeGraph() as running:
        settings.WHATSAPP_GRAPH_URL = running.url
        yield running


@pytest.fixture
def number(amber: Shop) -> WhatsAppNumber:
    return new_number(amber, "1000001", waba_id="w", token="t")


def subscribe(graph: FakeGraph) -> None:
    graph.shelf.things[SUBSCRIPTION, "w"] = Thing(SUBSCRIPTION, "w", "w")


def kinds(shop: Shop) -> list[str]:
    return [alert.kind for alert in number_alerts.open_alerts(shop)]


def look(shop: Shop) -> list[str]:
    with inside(shop):
        assert daily_look.look_at_numbers(shop) == 1
    return kinds(shop)


def test_a_number_in_order_is_learnt_and_tells_nothing(graph: FakeGraph, number: WhatsAppNumber, amber: Shop) -> None:
    subscribe(graph)
    assert look(amber) == []
    known = NumberFacts.objects.get(pk=number.pk)
    assert (known.status, known.quality, known.tier, known.daily_limit) == ("CONNECTED", "GREEN", "TIER_2K", 2000)
    assert (known.is_subscribed, known.token_problem, known.checked_at is not None) == (True, "", True)


def test_a_dead_token_is_told_once_and_ends_when_it_lives(
    graph: FakeGraph, number: WhatsAppNumber, amber: Shop
) -> None:
    subscribe(graph)
    graph.shelf.things[TOKEN, "t"] = Thing(TOKEN, "", "t", {"is_valid": False, "error": {"message": "Ended."}})
    assert look(amber)[0] in ("token", "gone")
    assert "token" in kinds(amber)
    alert = next(each for each in number_alerts.open_alerts(amber) if each.kind == "token")
    look(amber)
    assert [each.pk for each in number_alerts.open_alerts(amber) if each.kind == "token"] == [alert.pk]
    del graph.shelf.things[TOKEN, "t"]
    assert look(amber) == []


def test_a_token_that_ends_within_a_week_is_told(graph: FakeGraph, number: WhatsAppNumber, amber: Shop) -> None:
    subscribe(graph)
    ends = int((timezone.now() + timedelta(days=3)).timestamp())
    graph.shelf.things[TOKEN, "t"] = Thing(TOKEN, "", "t", {"expires_at": ends})
    assert look(amber) == ["token_ends"]
    graph.shelf.things[TOKEN, "t"] = Thing(TOKEN, "", "t", {"expires_at": ends + 30 * 86400})
    assert look(amber) == []


def test_a_lost_subscription_a_low_quality_and_a_lost_connection_are_told(
    graph: FakeGraph, number: WhatsAppNumber, amber: Shop
) -> None:
    graph.shelf.things[NUMBER, "1000001"] = Thing(
        NUMBER, "w", "1000001", {"status": "DISCONNECTED", "quality_rating": "RED"}
    )
    assert sorted(look(amber)) == ["quality", "status", "subscription"]
    graph.shelf.things.clear()
    subscribe(graph)
    assert look(amber) == []


def test_messages_that_are_led_to_somebody_else_are_told(
    graph: FakeGraph, number: WhatsAppNumber, amber: Shop, settings: Any
) -> None:
    ours = f"{settings.PLATFORM_URL}/webhooks/whatsapp/{ensure_number_endpoint(number=number).opaque}/"

    def led(to: str) -> None:
        graph.shelf.things[SUBSCRIPTION, "w"] = Thing(SUBSCRIPTION, "w", "w", {"override_callback_uri": to})

    led("https://other.example/hook")
    assert look(amber) == ["subscription"]
    (alert,) = number_alerts.open_alerts(amber)
    assert alert.sentence == "WhatsApp sends the messages of this number to another address: other.example"
    known = NumberFacts.objects.get(pk=number.pk)
    assert (known.is_subscribed, known.leads_to) == (False, "other.example")
    graph.shelf.things[NUMBER, "1000001"] = Thing(
        NUMBER, "w", "1000001", {"webhook_configuration": {"phone_number": ours, "application": "https://app.example/"}}
    )
    assert look(amber) == [], "the number's own address goes before its account's"
    assert NumberFacts.objects.get(pk=number.pk).leads_to == ""
    del graph.shelf.things[NUMBER, "1000001"]
    led(f"{settings.PLATFORM_URL}/webhooks/whatsapp/a-door-we-never-had/")
    assert look(amber) == ["subscription"]
    led(ours)
    assert look(amber) == []


def at_the_number(graph: FakeGraph, number: WhatsAppNumber, address: str) -> int:
    """Somebody sets an address for this number alone, as Meta's interface takes it; what Meta answers."""
    wish = {"webhook_configuration": {"override_callback_uri": address, "verify_token": "v"}}
    url = f"{graph.url}/v24.0/{number.phone_number_id}"
    return http.call("POST", url, headers={}, body=json.dumps(wish).encode()).status


def test_an_address_set_for_the_number_alone_is_told_until_it_is_taken_away(
    graph: FakeGraph, number: WhatsAppNumber, amber: Shop, client_of: Callable[..., Client], settings: Any
) -> None:
    graph.recorder.accounts[number.phone_number_id] = "w"
    assert at_the_number(graph, number, "https://other.example/hook") == 400, "nobody is subscribed yet"
    subscribe(graph)
    assert look(amber) == []
    assert at_the_number(graph, number, f"https://other.example/{'x' * 200}") == 400
    assert at_the_number(graph, number, "https://other.example/hook") == 200
    assert look(amber) == ["subscription"]
    (alert,) = number_alerts.open_alerts(amber)
    assert alert.sentence == "WhatsApp sends the messages of this number to another address: other.example"
    page = client_of(amber, Role.ADMIN).get(f"/settings/numbers/{number.pk}/").content.decode()
    assert "Leads to other.example" in page
    assert alert.sentence in page
    ours = f"{settings.PLATFORM_URL}/webhooks/whatsapp/{ensure_number_endpoint(number=number).opaque}/"
    assert at_the_number(graph, number, ours) == 200
    assert look(amber) == []
    at_the_number(graph, number, "https://other.example/hook")
    assert look(amber) == ["subscription"]
    assert at_the_number(graph, number, "") == 200
    assert look(amber) == []
    known = NumberFacts.objects.get(pk=number.pk)
    assert (known.is_subscribed, known.leads_to) == (True, "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Told(False), ["subscription"]),
        (Told(False, code=100, is_refused=True), []),
        (Told(False, code=190), ["subscription"]),
    ],
)
def test_only_a_provider_that_answers_ends_what_was_told_of_an_address(
    graph: FakeGraph, number: WhatsAppNumber, amber: Shop, monkeypatch: pytest.MonkeyPatch, answer: Told, expected: Any
) -> None:
    graph.recorder.accounts[number.phone_number_id] = "w"
    subscribe(graph)
    at_the_number(graph, number, "https://other.example/hook")
    assert look(amber) == ["subscription"]
    monkeypatch.setattr(numbers.MetaNumber, "webhook", lambda _self: answer)
    assert look(amber) == expected
    assert NumberFacts.objects.get(pk=number.pk).leads_to == ("other.example" if expected else "")


def test_a_key_of_360dialog_that_sends_elsewhere_is_told(graph: FakeGraph, amber: Shop, settings: Any) -> None:
    settings.DIALOG360_URL = f"{graph.url}/d360"
    number = add_number(
        shop=amber, provider="dialog360", phone="+27110001002", phone_number_id="1000002", token="key"
    ).number
    assert look(amber) == []
    graph.shelf.things[HOOK, "key"] = Thing(HOOK, "key", "key", {"url": "https://other.example/hook"})
    assert look(amber) == ["subscription"]
    ours = f"{settings.PLATFORM_URL}/webhooks/whatsapp/{ensure_number_endpoint(number=number).opaque}/"
    graph.shelf.things[HOOK, "key"] = Thing(HOOK, "key", "key", {"url": ours})
    assert look(amber) == []


def test_a_provider_that_is_away_proves_nothing(number: WhatsAppNumber, amber: Shop, settings: Any) -> None:
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    assert look(amber) == []
    assert NumberFacts.objects.get(pk=number.pk).is_subscribed is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, 4, None), []),
        ((400, 80007, None), []),
        ((403, 130429, None), []),
        ((429, None, None), []),
        ((404, None, None), []),
        ((500, 2, None), []),
        ((400, 190, None), ["token"]),
        ((500, 190, None), ["token"]),
        ((401, None, None), ["token"]),
        ((400, 100, 33), ["gone"]),
        ((500, 10, None), ["gone"]),
    ],
)
def test_what_a_refused_look_means_is_decided_by_its_code(
    number: WhatsAppNumber,
    amber: Shop,
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, int | None, int | None],
    expected: list[str],
) -> None:
    status, code, subcode = answer
    facts.learn(number_id=number.pk, at=timezone.now(), is_subscribed=True)
    body = json.dumps({"error": {"code": code, "error_subcode": subcode}} if code else {"oops": 1}).encode()
    monkeypatch.setattr(numbers.http, "call", lambda *_args, **_more: http.HttpAnswer(status, {}, body))
    assert look(amber) == expected
    assert NumberFacts.objects.get(pk=number.pk).is_subscribed is True


def test_the_clock_starts_both(amber: Shop) -> None:
    tasks = {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()}
    assert {
        "conversations.transport.tasks.look_at_numbers_everywhere",
        "conversations.transport.tasks.note_last_webhooks",
    } <= tasks


def test_when_something_last_came_is_noted_and_never_goes_back(number: WhatsAppNumber) -> None:
    event = InboxEvent.objects.create(number_id=number.pk, scope="1000001", event_key="msg:1", kind="message")
    assert seen_webhooks.note_last_webhooks() == 1
    known = NumberFacts.objects.get(pk=number.pk)
    assert known.last_webhook_at == event.created_at
    assert seen_webhooks.last_webhook_at(number.pk, known) == event.created_at
    later = event.created_at + timedelta(hours=1)
    NumberFacts.objects.update(last_webhook_at=later)
    seen_webhooks.note_last_webhooks()
    assert NumberFacts.objects.get(pk=number.pk).last_webhook_at == later
    facts.learn(number_id=number.pk, at=timezone.now(), quality="GREEN")
    assert NumberFacts.objects.get(pk=number.pk).last_webhook_at == later


def test_old_news_is_forgotten() -> None:
    for days, event_id in ((100, 1), (10, 2)):
        at = timezone.now() - timedelta(days=days)
        NumberNews.objects.create(event_id=event_id, shop_id=1, field="security", at=at)
    daily_look.forget_old_news()
    assert list(NumberNews.objects.values_list("event_id", flat=True)) == [2]


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    bodies: list[bytes] = []

    def call(method: str, url: str, *, headers: Any, body: bytes) -> http.HttpAnswer:
        assert headers["X-Hub-Signature-256"].startswith("sha256=")
        bodies.append(body)
        return http.HttpAnswer(200, {}, b"")

    monkeypatch.setattr(webhook.http, "call", call)
    return bodies


def test_each_switch_of_the_simulator_posts_news_that_is_understood(amber: Shop, posted: list[bytes]) -> None:
    number = new_number(amber, "1000009", waba_id="sw")
    WhatsAppNumber.objects.filter(pk=number.pk).update(provider="simulator")
    number.refresh_from_db()
    number_switches.set_quality(number, "RED")
    number_switches.set_tier(number, "TIER_250")
    number_switches.set_name_decision(number, "REJECTED", name="Best", reason="NAME_X")
    number_switches.disconnect(number)
    number_switches.expire_token("t")
    assert len(posted) == 4
    for index, body in enumerate(posted):
        (event,) = parse(body).events
        data = {**event.data, "numbers": [number.pk]}
        at = datetime.now(UTC)
        accounts.tell(amber, [LaneEvent(900 + index, "account", event.event_key, amber.pk, number.pk, at, data)])
    assert sorted(kinds(amber)) == ["disconnected", "name", "quality"]
    assert NumberFacts.objects.get(pk=number.pk).daily_limit == 250
    number_switches.reconnect(number)
    assert StandInThing.objects.get(kind=NUMBER).data["status"] == "CONNECTED"
    assert StandInThing.objects.get(kind=TOKEN).data["is_valid"] is False
