"""News of accounts: to every shop and number it concerns, once, to whoever listens."""

import json
from typing import Any

import pytest

from conversations import lanes
from conversations.transport.door import endpoints
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import InboxEvent
from conversations.transport.numbers import accounts
from conversations.transport.numbers.accounts import News
from tenants.models import Shop, WhatsAppNumber
from tests.transport.conftest import new_number
from tests.transport.test_splitter import arrive

pytestmark = pytest.mark.django_db


def news(field: str, value: dict[str, Any], *, waba: str = "waba-amber", at: int = 1790000000) -> bytes:
    change = {"field": field, "value": value}
    entry = {"id": waba, "time": at, "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def waiting() -> list[tuple[int | None, list[int], str]]:
    kept = InboxEvent.objects.filter(kind="account").order_by("shop_id", "id")
    return [(event.shop_id, event.data.get("numbers", []), event.state) for event in kept]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[News]:
    """What a listener to the field `test_field` hears."""
    found: list[News] = []
    monkeypatch.setattr(accounts, "_handlers", dict(accounts._handlers))
    accounts.on_field("test_field")(found.append)
    return found


def work_off(shop: Shop) -> None:
    for event in InboxEvent.objects.filter(shop_id=shop.pk, state="ready").order_by("id"):
        row = LaneEvent(
            event.pk, event.kind, event.event_key, event.shop_id, event.number_id, event.provider_at, event.data
        )
        lanes.handle(shop, event.lane, [row])


def test_news_of_an_account_reach_each_shop_once_with_all_its_numbers(amber: Shop, blue: Shop) -> None:
    first, second = new_number(amber, "1000001", waba_id="w"), new_number(amber, "1000002", waba_id="w")
    theirs = new_number(blue, "1000003", waba_id="w")
    new_number(blue, "1000004", waba_id="another")

    arrive(news("account_update", {"event": "VERIFIED_ACCOUNT"}, waba="w"))
    arrive(news("account_update", {"event": "VERIFIED_ACCOUNT"}, waba="w"))

    assert waiting() == [(amber.pk, [first.pk, second.pk], "ready"), (blue.pk, [theirs.pk], "ready")]
    lanes_ = InboxEvent.objects.order_by("shop_id").values_list("lane", flat=True)
    assert list(lanes_) == [f"n:{amber.pk}:{first.pk}", f"n:{blue.pk}:{theirs.pk}"]


def test_news_that_names_a_phone_concern_that_number_alone(amber: Shop) -> None:
    new_number(amber, "1000001", waba_id="w")
    second = new_number(amber, "1000002", waba_id="w")

    arrive(news("phone_number_quality_update", {"display_phone_number": "+27 11 100 0002"}, waba="w"))
    arrive(news("account_alerts", {"entity_type": "PHONE_NUMBER", "entity_id": 1000002}, waba="w"))

    assert waiting() == [(amber.pk, [second.pk], "ready")] * 2


def test_news_of_a_phone_nobody_attached_are_kept_apart(amber: Shop) -> None:
    new_number(amber, "1000001", waba_id="w")

    arrive(news("phone_number_quality_update", {"display_phone_number": "27119999999"}, waba="w"))

    assert waiting() == [(None, [], "quarantined")]


def test_partner_news_go_by_the_account_inside_not_by_the_portfolio_outside(amber: Shop, blue: Shop) -> None:
    number = new_number(amber, "1000001", waba_id="w")
    new_number(blue, "1000002", waba_id="portfolio-9")
    value = {"event": "PARTNER_REMOVED", "waba_info": {"waba_id": "w", "owner_business_id": "portfolio-9"}}

    arrive(news("account_update", value, waba="portfolio-9"))

    assert waiting() == [(amber.pk, [number.pk], "ready")]
    assert InboxEvent.objects.get().scope == "waba:w"


def test_a_switched_off_number_hears_of_its_account(amber: Shop) -> None:
    number = new_number(amber, "1000001", waba_id="w")
    WhatsAppNumber.objects.update(is_active=False)

    arrive(news("account_update", {"event": "ACCOUNT_RECONNECTED"}, waba="w"))

    assert waiting() == [(amber.pk, [number.pk], "ready")]


def test_an_address_of_one_shop_tells_no_other_shop(amber: Shop, blue: Shop) -> None:
    new_number(amber, "1000001", waba_id="w")
    own = new_number(blue, "1000002", waba_id="own")
    address = endpoints.ensure_number_endpoint(number=own)

    arrive(news("account_update", {"event": "DISABLED_UPDATE"}, waba="w"), endpoint=address)

    event = InboxEvent.objects.get()
    assert (event.state, event.last_error) == ("quarantined", "the address belongs to another shop")


def test_whoever_listens_hears_field_value_time_and_numbers(amber: Shop, heard: list[News]) -> None:
    number = new_number(amber, "1000001", waba_id="w")
    arrive(news("test_field", {"x": 1}, waba="w"))

    work_off(amber)

    (told,) = heard
    assert (told.shop, told.numbers, told.field, told.value) == (amber, (number,), "test_field", {"x": 1})
    assert (told.at.timestamp(), told.waba_id) == (1790000000, "w")
    assert told.event_id == InboxEvent.objects.get().pk


def test_a_field_nobody_listens_to_and_a_value_of_no_shape_are_no_error(amber: Shop, heard: list[News]) -> None:
    new_number(amber, "1000001", waba_id="w")
    arrive(news("a_field_of_next_year", {"display": "x"}, waba="w"))
    work_off(amber)
    assert heard == []


def test_two_listeners_to_one_field_are_a_bug(heard: list[News]) -> None:
    with pytest.raises(accounts.FieldTaken):
        accounts.on_field("test_field")(print)
