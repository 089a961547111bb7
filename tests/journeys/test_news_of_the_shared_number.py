"""What WhatsApp says of the platform's own number: heard by the platform, and a no to offers by every shop it concerns."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations import lanes
from conversations.transport.health import number_alerts as alerts
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import InboxEvent, NumberFacts, NumberHealth, NumberNews, StandInThing
from conversations.transport.numbers import daily_look
from conversations.transport.processes import sweeper
from conversations.transport.providers.simulator.graph_numbers import TOKEN
from conversations.transport.providers.simulator.shelf import Thing
from loyalty.models import Customer
from tenants.context import in_public, inside
from tenants.models import QrCode, Shop, User, WhatsAppNumber
from tenants.queries import platform
from tests.fakes.graph import FakeGraph
from tests.journeys.shared import OnShared
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


def test_events_that_belong_to_no_number_call_the_platform_once_a_day() -> None:
    arrive(news("account_update", {"event": "X"}, waba="nobody's"))
    assert InboxEvent.objects.get().state == "quarantined"
    sweeper.sweep(), sweeper.sweep()
    assert [alert.kind for alert in alerts.unread_alerts(None)] == ["quarantined"]


def test_events_of_a_number_that_is_switched_off_call_nobody(shared: WhatsAppNumber) -> None:
    InboxEvent.objects.create(
        kind="message", scope="x", event_key="x", state="quarantined", last_error="the number is switched off"
    )
    sweeper.sweep()
    assert alerts.open_alerts(None) == []
