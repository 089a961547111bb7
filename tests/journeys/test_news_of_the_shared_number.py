"""What WhatsApp says of the platform's own number: heard by the platform, and a no to offers by every shop it concerns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations import lanes, tasks
from conversations.templates.shared import usable
from conversations.transport.health import number_alerts as alerts
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import (
    InboxEvent,
    NumberFacts,
    NumberHealth,
    NumberNews,
    OutboxItem,
    SharedTemplate,
    StandInThing,
)
from conversations.transport.numbers import daily_look
from conversations.transport.processes import sweeper
from conversations.transport.providers.simulator.graph_numbers import TOKEN
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.sending import consequences
from conversations.transport.splitting import routing
from loyalty.models import Customer
from tenants.context import in_public, inside
from tenants.models import QrCode, Shop, User, WhatsAppNumber
from tenants.queries import platform
from tests.fakes.graph import FakeGraph
from tests.journeys.shared import OnShared
from tests.transport.conftest import new_number
from tests.transport.test_accounts import news
from tests.transport.test_splitter import arrive

pytestmark = pytest.mark.django_db
NOW = 1790000000


@pytest.fixture
def thandi(shared: WhatsAppNumber) -> OnShared:
    return OnShared(shared)


def happens(field: str, value: dict[str, Any], *, at: int = NOW) -> None:
    """News of the shared number's account through splitter and lane, as the worker does it."""
    with in_public():
        arrive(news(field, value, waba="waba-0", at=at))
        waiting = list(InboxEvent.objects.filter(kind="account", state="ready").order_by("id"))
        assert waiting, InboxEvent.objects.latest("id").last_error
        for event in waiting:
            row = LaneEvent(event.pk, event.kind, event.event_key, 0, event.number_id, event.provider_at, event.data)
            lanes.handle(platform(), event.lane, [row])
        InboxEvent.objects.filter(kind="account").update(state="done")


def prefers(value: str, phone: str, *, at: int = NOW) -> None:
    said = {"category": "marketing_messages", "value": value, "timestamp": at, "wa_id": phone}
    metadata = {"phone_number_id": "pn-shared", "display_phone_number": "27215550999"}
    happens("user_preferences", {"metadata": metadata, "user_preferences": [said]}, at=at)


def wants_offers(shops: dict[str, Shop]) -> list[bool | None]:
    answers: list[bool | None] = []
    for shop in shops.values():
        with inside(shop):
            answers += Customer.objects.order_by("pk").values_list("marketing_opt_in", flat=True)
    return answers


def test_a_no_in_whatsapps_menu_reaches_every_shop_the_person_has_been_in(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    zola = OnShared(thandi.number, name="Zola", phone="27829999999")
    thandi.says(codes["amber"].code), thandi.says(codes["blue"].code)
    zola.says(codes["blue"].code)
    prefers("stop", thandi.phone)
    assert wants_offers(shops) == [False, False, None]  # Thandi in both, Zola in Blue alone


def test_a_yes_in_the_menu_takes_back_its_own_no_and_none_that_a_shop_was_told(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code), thandi.says(codes["blue"].code)
    thandi.says("stop")  # told to Blue
    later = int(timezone.now().timestamp())
    Shop.objects.filter(pk=shops["amber"].pk).update(status=Shop.Status.SUSPENDED)
    prefers("stop", thandi.phone, at=NOW)
    assert wants_offers({"blue": shops["blue"]}) == [False]
    prefers("resume", thandi.phone, at=later + 60)
    Shop.objects.filter(pk=shops["amber"].pk).update(status=Shop.Status.ACTIVE)
    assert wants_offers(shops) == [True, False]


def test_a_ban_stops_the_shared_number_and_calls_the_platform_until_it_is_lifted(
    shops: dict[str, Shop], shared: WhatsAppNumber
) -> None:
    happens("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}})
    assert NumberHealth.objects.get(pk=shared.pk).breaker == "hard"
    assert NumberFacts.objects.get(pk=shared.pk).ban_state == "DISABLE"
    (alert,) = alerts.unread_alerts(None)
    assert (alert.kind, alert.severity, alert.number_id) == ("banned", "danger", shared.pk)
    assert [alerts.open_alerts(shop) for shop in shops.values()] == [[], []]
    happens("account_update", {"event": "X", "ban_info": {"waba_ban_state": "REINSTATE"}}, at=NOW + 1)
    assert (NumberHealth.objects.get(pk=shared.pk).breaker, alerts.open_alerts(None)) == ("closed", [])


def test_quality_limits_restrictions_and_lost_connections_become_facts_and_alerts_of_the_platform(
    shared: WhatsAppNumber,
) -> None:
    named = {"display_phone_number": "27215550999"}
    happens("phone_number_quality_update", {**named, "event": "FLAGGED", "current_limit": "TIER_10K"})
    happens("business_capability_update", {"max_daily_conversations_per_business": "TIER_2K"}, at=NOW + 1)
    restricted = {"restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}]}
    happens("account_update", {"event": "ACCOUNT_RESTRICTION", **restricted}, at=NOW + 2)
    happens("account_update", {**named, "event": "ACCOUNT_OFFBOARDED"}, at=NOW + 3)
    known = NumberFacts.objects.get(pk=shared.pk)
    assert (known.quality, known.daily_limit, known.status) == ("RED", 2000, "DISCONNECTED")
    assert {alert.kind for alert in alerts.unread_alerts(None)} == {"quality", "limit", "restricted", "disconnected"}
    assert NumberHealth.objects.get(pk=shared.pk).breaker == "hard"


def test_news_that_only_a_shop_can_hear_are_kept_and_break_nothing(shared: WhatsAppNumber) -> None:
    happens("smb_app_state_sync", {"state_sync": [{"contact": {"phone_number": "27821234567", "full_name": "T"}}]})
    happens("a_field_of_next_year", {"x": 1})
    kept = NumberNews.objects.get()
    assert (kept.shop_id, kept.field, kept.is_understood) == (0, "a_field_of_next_year", False)


def template_of(shared: WhatsAppNumber, status: str = "approved") -> SharedTemplate:
    return SharedTemplate.objects.create(
        waba_id="waba-0",
        provider_id="77",
        name="order_ready",
        language="en_US",
        category="UTILITY",
        status=status,
        purpose="order_ready",
        synced_at=datetime.fromtimestamp(NOW, UTC),
    )


def decided(event: str, *, at: int, **more: Any) -> None:
    named = {"message_template_id": 77, "message_template_name": "order_ready", "message_template_language": "en-US"}
    happens("message_template_status_update", {**named, "event": event, **more}, at=at)


@pytest.mark.parametrize("event", ["REJECTED", "PAUSED", "DISABLED"])
def test_a_shared_template_that_may_not_be_sent_any_more_is_used_by_nobody_from_that_moment(
    shared: WhatsAppNumber, event: str
) -> None:
    template_of(shared)
    assert len(usable(shared, "order_ready")) == 1
    decided(event, at=NOW + 5, reason="SCAM")
    assert usable(shared, "order_ready") == []
    assert SharedTemplate.objects.values_list("status", "reason").get() == (event.lower(), "SCAM")
    assert NumberNews.objects.get().is_understood
    decided("APPROVED", at=NOW + 3)  # older news that comes late undoes nothing
    assert usable(shared, "order_ready") == []


def test_the_end_of_a_shared_templates_pause_lets_every_shops_messages_leave(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    template_of(thandi.number, "paused")
    thandi.says(codes["amber"].code), thandi.says("menu"), thandi.says(codes["blue"].code)
    later = timezone.now() + timedelta(hours=3)
    OutboxItem.objects.update(state="queued", error_code="132015", next_at=later)
    other = OutboxItem.objects.order_by("id").first()
    assert other
    OutboxItem.objects.filter(pk=other.pk).update(error_code="130429")
    decided("APPROVED", at=NOW + 5)
    due = OutboxItem.objects.filter(next_at__lte=timezone.now())
    assert set(due.values_list("shop_id", flat=True)) == {shop.pk for shop in shops.values()}
    assert list(OutboxItem.objects.filter(next_at=later)) == [other]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_quality_update", {"new_quality_score": "RED"}),
        ("template_category_update", {"new_category": "MARKETING"}),
        ("message_template_components_update", {"message_template_element": "x"}),
        ("message_template_status_update", {"event": "APPROVED"}),
    ],
)
def test_any_news_of_a_shared_template_starts_a_comparison(
    shared: WhatsAppNumber,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    field: str,
    value: dict[str, str],
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.look_after_shared_templates, "apply_async", lambda **how: asked.append(how))
    with django_capture_on_commit_callbacks(execute=True):
        happens(field, {"message_template_id": 1, **value})
    assert asked == [{"countdown": 2, "retry": False}]
    assert not SharedTemplate.objects.exists()


def test_the_desk_shows_what_is_known_of_the_shared_number_and_what_was_said(shared: WhatsAppNumber) -> None:
    happens("phone_number_quality_update", {"event": "FLAGGED"})
    desk = Client(HTTP_HOST="localhost")
    desk.force_login(User.objects.create_superuser("desk@shopme.example", "secret-words-1", name="Desk"))
    assert "RED" in desk.get("/admin/transport/numberfacts/").content.decode()
    assert "Quality and limits · flagged" in desk.get("/admin/transport/numbernews/").content.decode()


def test_the_daily_look_asks_for_the_shared_numbers_token_too(shared: WhatsAppNumber, settings: Any) -> None:
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        graph.shelf.things[TOKEN, "t"] = Thing(TOKEN, "", "t", {"expires_at": int(timezone.now().timestamp()) + 86_400})
        assert daily_look.look_at_shared_numbers() == 1
    assert "token_ends" in {alert.kind for alert in alerts.unread_alerts(None)}
    assert NumberFacts.objects.get(pk=shared.pk).token_expires_at is not None
    assert not StandInThing.objects.exists()


@pytest.mark.parametrize("is_shared", [True, False])
def test_advice_names_what_those_have_who_are_called(shared: WhatsAppNumber, amber: Shop, is_shared: bool) -> None:
    number = shared if is_shared else new_number(amber, "1000001")
    for code in (190, 131031):
        failure = consequences.Failure(1, code, timezone.now())
        consequences.of_receipts(number_id=number.pk, failures=[failure])
    for kind in ("gone", "status", "subscription"):
        daily_look._wrong(number, kind, "Something is wrong.")
    told = {alert.kind: alert.advice for alert in alerts.open_alerts(None if is_shared else amber)}
    assert set(told) == {"token", "sending_stopped", "gone", "status", "subscription"}
    for words in told.values():
        of_shops = "page of the number" in words or "checks of the number" in words
        assert of_shops is not is_shared
    assert ("at the desk" in told["token"], "at the desk" in told["sending_stopped"]) == (is_shared, is_shared)


def test_a_lost_shared_number_is_connected_again_at_meta_alone(shared: WhatsAppNumber) -> None:
    happens("account_update", {"event": "ACCOUNT_OFFBOARDED"})
    (alert,) = alerts.open_alerts(None)
    assert alert.advice.startswith("Connect it again in Meta's WhatsApp Manager.")
    assert "checks" not in alert.advice


def test_events_that_belong_to_no_number_call_the_platform_once_a_day() -> None:
    arrive(news("account_update", {"event": "X"}, waba="nobody's"))
    assert InboxEvent.objects.get().state == "quarantined"
    sweeper.sweep(), sweeper.sweep()
    assert [alert.kind for alert in alerts.unread_alerts(None)] == ["quarantined"]


def test_what_came_a_day_ago_calls_nobody_any_more_and_only_the_day_is_read() -> None:
    """The plan of the look, which runs every fifteen seconds: rows of before the day are never walked."""
    for place in range(3):
        InboxEvent.objects.create(kind="message", scope="x", event_key=f"x{place}", state="quarantined")
    InboxEvent.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    sweeper.sweep()
    assert alerts.open_alerts(None) == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {sweeper._STRANGERS}", [routing.SWITCHED_OFF])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "event_created" in plan
    assert "Rows Removed by Filter" not in plan
    InboxEvent.objects.create(kind="message", scope="x", event_key="new", state="quarantined")
    sweeper.sweep()
    assert [alert.kind for alert in alerts.open_alerts(None)] == ["quarantined"]


def test_events_of_a_number_that_is_switched_off_call_nobody(shared: WhatsAppNumber) -> None:
    InboxEvent.objects.create(
        kind="message", scope="x", event_key="x", state="quarantined", last_error="the number is switched off"
    )
    sweeper.sweep()
    assert alerts.open_alerts(None) == []
