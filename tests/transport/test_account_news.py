"""What each field of news does to a number: its facts, its alerts, and whether it sends."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.transport.health import facts, pace
from conversations.transport.health import number_alerts as alerts
from conversations.transport.lanes.backlog import LaneEvent
from conversations.transport.models import NumberAlert, NumberFacts, NumberHealth, NumberNews
from conversations.transport.numbers import accounts
from conversations.transport.numbers.account_updates import forget_ended_restrictions
from conversations.transport.numbers.accounts import News
from tenants.models import Shop, User, WhatsAppNumber
from tests.transport.conftest import new_number

pytestmark = pytest.mark.django_db
NOON = 1790000000


@pytest.fixture
def number(amber: Shop) -> WhatsAppNumber:
    return new_number(amber, "1000001", waba_id="w")


class Teller:
    """Tells news of one number as the lane worker does."""

    def __init__(self, number: WhatsAppNumber) -> None:
        self.number, self._event = number, 500

    def __call__(self, field: str, value: dict[str, Any], *, at: int = NOON) -> None:
        self._event += 1
        when = datetime.fromtimestamp(at, UTC)
        data = {"field": field, "value": value, "numbers": [self.number.pk]}
        assert self.number.shop is not None
        event = LaneEvent(self._event, "account", f"acc:{self._event}", self.number.shop_id, self.number.pk, when, data)
        accounts.tell(self.number.shop, [event])

    @property
    def facts(self) -> NumberFacts:
        return NumberFacts.objects.get(pk=self.number.pk)

    @property
    def breaker(self) -> str:
        health = NumberHealth.objects.filter(pk=self.number.pk).first()
        return health.breaker if health else "closed"

    @property
    def alerts(self) -> list[tuple[str, str, str]]:
        assert self.number.shop is not None
        return [(each.kind, each.severity, each.sentence) for each in alerts.open_alerts(self.number.shop)]


@pytest.fixture
def tell(number: WhatsAppNumber) -> Teller:
    return Teller(number)


@pytest.mark.parametrize(
    ("field", "value", "tier", "limit"),
    [
        ("business_capability_update", {"max_daily_conversations_per_business": "TIER_2K"}, "TIER_2K", 2000),
        ("business_capability_update", {"max_daily_conversations_per_business": 10000}, "TIER_10K", 10000),
        ("business_capability_update", {"max_daily_conversation_per_phone": 250}, "TIER_250", 250),
        ("business_capability_update", {"max_daily_conversations_per_business": -1}, "TIER_UNLIMITED", -1),
        ("business_capability_update", {"max_daily_conversations_per_business": 777}, "", 777),
        ("phone_number_quality_update", {"event": "ONBOARDING", "current_limit": "TIER_250"}, "TIER_250", 250),
        ("phone_number_quality_update", {"max_daily_conversations_per_business": "TIER_100K"}, "TIER_100K", 100000),
    ],
)
def test_a_limit_is_understood_in_each_of_its_shapes(
    tell: Teller, field: str, value: dict[str, Any], tier: str, limit: int
) -> None:
    tell(field, value)
    assert (tell.facts.tier, tell.facts.daily_limit) == (tier, limit)
    assert tell.alerts == []


def test_a_lower_limit_is_told_and_a_higher_one_ends_that(tell: Teller) -> None:
    tell("business_capability_update", {"max_daily_conversations_per_business": "TIER_UNLIMITED"})
    tell("business_capability_update", {"max_daily_conversations_per_business": 2000}, at=NOON + 1)
    sentence = "WhatsApp lowered the limit to 2000 people a day who may be written to first."
    assert tell.alerts == [("limit", "warning", sentence)]
    tell("business_capability_update", {"max_daily_conversations_per_business": 10000}, at=NOON + 2)
    assert tell.alerts == []
    assert NumberAlert.objects.get().resolved_at == datetime.fromtimestamp(NOON + 2, UTC)


def test_a_throughput_upgrade_lets_the_number_speak_faster(tell: Teller) -> None:
    tell("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"})
    assert tell.facts.throughput == "HIGH"
    assert WhatsAppNumber.objects.get(pk=tell.number.pk).throughput_per_second == 1000


def test_a_flag_and_its_end(tell: Teller) -> None:
    tell("phone_number_quality_update", {"event": "FLAGGED"})
    assert [kind for kind, *_ in tell.alerts] == ["quality"]
    tell("phone_number_quality_update", {"event": "UNFLAGGED"}, at=NOON + 5)
    assert tell.alerts == []
    assert tell.facts.quality == "GREEN"


def test_the_name_and_what_meta_decided(tell: Teller) -> None:
    refused = {
        "decision": "REJECTED",
        "requested_verified_name": "Best Bread",
        "rejection_reason": "NAME_EMPLOYEE_NAME",
    }
    tell("phone_number_name_update", refused)
    assert tell.facts.name_status == "REJECTED"
    assert tell.alerts == [("name", "warning", "Meta refused the name “Best Bread”: name employee name.")]
    tell("phone_number_name_update", {"decision": "APPROVED", "requested_verified_name": "Amber Bakery"}, at=NOON + 9)
    assert (tell.facts.verified_name, tell.facts.name_status, tell.alerts) == ("Amber Bakery", "APPROVED", [])


def test_a_disconnected_number_stops_says_why_and_goes_on_when_it_is_back(tell: Teller) -> None:
    lost = {"event": "ACCOUNT_OFFBOARDED", "disconnection_info": {"reason": "PRIMARY_INACTIVITY"}}
    tell("account_update", lost)
    ((kind, severity, sentence),) = tell.alerts
    assert (kind, severity, tell.breaker) == ("disconnected", "danger", "hard")
    assert sentence == (
        "This number is disconnected. The WhatsApp Business app on the phone was not opened for about two weeks."
    )
    assert NumberHealth.objects.get(pk=tell.number.pk).reason == sentence
    tell("account_update", {"event": "ACCOUNT_RECONNECTED"}, at=NOON + 60)
    assert (tell.alerts, tell.breaker, tell.facts.status) == ([], "closed", "CONNECTED")


def test_late_news_of_an_old_loss_stop_nothing(tell: Teller) -> None:
    tell("account_update", {"event": "ACCOUNT_RECONNECTED"}, at=NOON + 60)
    tell("account_update", {"event": "ACCOUNT_OFFBOARDED"})
    assert (tell.alerts, tell.breaker, tell.facts.status) == ([], "closed", "CONNECTED")


def test_a_ban_is_announced_carried_out_and_lifted(tell: Teller) -> None:
    tell("account_update", {"ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "April 17, 2027"}})
    assert tell.alerts == [("banned", "danger", "Meta will switch this WhatsApp account off on April 17, 2027.")]
    assert tell.breaker == "closed"
    tell("account_update", {"ban_info": {"waba_ban_state": "DISABLE"}}, at=NOON + 1)
    assert tell.alerts == [("banned", "danger", "Meta has switched this WhatsApp account off.")]
    assert tell.breaker == "hard"
    tell("account_update", {"ban_info": {"waba_ban_state": "REINSTATE"}}, at=NOON + 2)
    assert (tell.alerts, tell.breaker) == ([], "closed")


def test_a_reconnected_number_that_is_banned_stays_stopped(tell: Teller) -> None:
    tell("account_update", {"event": "ACCOUNT_OFFBOARDED"})
    tell("account_update", {"ban_info": {"waba_ban_state": "DISABLE"}}, at=NOON + 1)
    tell("account_update", {"event": "ACCOUNT_RECONNECTED"}, at=NOON + 2)
    assert [kind for kind, *_ in tell.alerts] == ["banned"]
    assert tell.breaker == "hard"


def test_a_restriction_names_its_end_and_ends_by_itself(tell: Teller) -> None:
    item = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1790086400}
    tell("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [item]})
    sentence = "Meta restricts this account until 2026-09-22: restricted biz initiated messaging."
    assert tell.alerts == [("restricted", "warning", sentence)]
    assert tell.breaker == "closed"
    assert forget_ended_restrictions() == 1
    assert (tell.alerts, tell.facts.restrictions) == ([], [])


def test_a_restriction_of_answers_stops_the_number_and_an_empty_list_lifts_it(tell: Teller) -> None:
    item = {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "remediation": "Appeal."}
    tell("account_update", {"restriction_info": [item]})
    assert (tell.breaker, NumberAlert.objects.get().advice) == ("hard", "Appeal.")
    tell("account_update", {"restriction_info": []}, at=NOON + 3)
    assert (tell.breaker, tell.alerts) == ("closed", [])


def test_an_app_that_lost_its_access_stops_the_number(tell: Teller) -> None:
    tell("account_update", {"event": "PARTNER_REMOVED", "waba_info": {"waba_id": "w"}})
    assert (tell.breaker, tell.facts.is_subscribed) == ("hard", False)
    tell("account_update", {"event": "PARTNER_ADDED", "waba_info": {"waba_id": "w"}}, at=NOON + 1)
    assert (tell.breaker, tell.facts.is_subscribed, tell.alerts) == ("closed", True, [])


def test_a_violation_a_pin_and_metas_own_notices_are_over_once_read(tell: Teller, amber: Shop) -> None:
    tell("account_update", {"violation_info": {"violation_type": "ADULT"}})
    tell("security", {"event": "PIN_RESET_REQUEST", "display_phone_number": "27110001", "requester": "99"})
    oba = {"alert_info": {"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED", "alert_status": "NONE"}}
    tell("account_alerts", {"entity_type": "WABA", **oba})
    assert [(kind, severity) for kind, severity, _ in tell.alerts] == [
        ("security:PIN_RESET_REQUEST", "danger"),
        ("violation:ADULT", "warning"),
        ("meta:OBA_APPROVED", "info"),
    ]
    assert alerts.unread_count(amber) == 3
    reader = User.objects.create_user("reader@amber.example")
    for alert in alerts.open_alerts(amber):
        alerts.acknowledge(shop=amber, alert_id=alert.pk, actor=reader)
    assert tell.alerts == []


@pytest.mark.parametrize("event", ["UPGRADE", "DOWNGRADE"])
def test_news_of_the_limit_neither_end_nor_raise_an_alert_of_the_quality(tell: Teller, event: str) -> None:
    tell("phone_number_quality_update", {"event": event})
    assert tell.alerts == []
    tell("phone_number_quality_update", {"event": "FLAGGED"}, at=NOON + 1)
    tell("phone_number_quality_update", {"event": event, "current_limit": "TIER_10K"}, at=NOON + 2)
    assert ([kind for kind, *_ in tell.alerts], tell.facts.quality) == (["quality"], "RED")
    assert tell.facts.daily_limit == 10000


def test_a_lasting_alert_that_was_read_calls_again_only_when_it_says_something_new(tell: Teller, amber: Shop) -> None:
    tell("account_update", {"ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}})
    reader = User.objects.create_user("reader@amber.example")
    alerts.acknowledge(shop=amber, alert_id=NumberAlert.objects.get().pk, actor=reader)
    assert (alerts.unread_count(amber), len(tell.alerts)) == (0, 1)
    tell("account_update", {"ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}}, at=NOON + 1)
    assert alerts.unread_count(amber) == 0
    tell("account_update", {"ban_info": {"waba_ban_state": "DISABLE"}}, at=NOON + 2)
    assert alerts.unread_count(amber) == 1
    assert NumberAlert.objects.count() == 1


def test_another_shop_cannot_read_an_alert_away(tell: Teller, blue: Shop) -> None:
    tell("security", {"event": "PIN_CHANGED"})
    stranger = User.objects.create_user("stranger@blue.example")
    with pytest.raises(alerts.NoSuchAlert):
        alerts.acknowledge(shop=blue, alert_id=NumberAlert.objects.get().pk, actor=stranger)
    assert NumberAlert.objects.get().acknowledged_at is None


def test_the_review_of_an_account_and_its_price_tier(tell: Teller) -> None:
    tell("account_review_update", {"decision": "REJECTED"})
    assert [kind for kind, *_ in tell.alerts] == ["review"]
    tell("account_review_update", {"decision": "APPROVED"}, at=NOON + 1)
    tell("account_update", {"event": "VOLUME_BASED_PRICING_TIER_UPDATE", "volume_tier_info": {"tier": "0:1000"}})
    assert (tell.facts.account_review, tell.facts.volume_tier, tell.alerts) == ("APPROVED", {"tier": "0:1000"}, [])


def test_all_news_are_kept_once_and_what_nobody_understands_is_marked(tell: Teller, amber: Shop) -> None:
    tell("a_field_of_next_year", {"x": "1"})
    tell("template_correct_category_detection", {"message_template_id": 1})
    tell("user_preferences", {"user_preferences": [{"wa_id": "27820000001", "value": "stop"}]})
    kept = NumberNews.objects.order_by("id").values_list("field", "is_understood", "value")
    assert list(kept) == [
        ("a_field_of_next_year", False, {"x": "1"}),
        ("template_correct_category_detection", True, {"message_template_id": 1}),
    ]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"event": 7},
        {"event": "NEW_THING"},
        {"ban_info": "x", "restriction_info": "y", "violation_info": [], "disconnection_info": 3},
        {"restriction_info": [None, 3, {"restriction_type": 4}, {"expiration": "soon"}]},
    ],
)
@pytest.mark.parametrize(
    "field",
    [
        "account_update",
        "account_alerts",
        "security",
        "phone_number_name_update",
        "business_capability_update",
        "phone_number_quality_update",
        "account_review_update",
    ],
)
def test_odd_shapes_are_no_error(tell: Teller, field: str, value: dict[str, Any]) -> None:
    tell(field, value)
    assert NumberNews.objects.filter(field=field).count() == 1
    assert tell.breaker == "closed"


def test_the_same_news_twice_change_nothing(number: WhatsAppNumber) -> None:
    at = datetime.fromtimestamp(NOON, UTC)
    assert facts.learn(number_id=number.pk, at=at, quality="RED") == {"quality"}
    assert facts.learn(number_id=number.pk, at=datetime.fromtimestamp(NOON - 1, UTC), quality="GREEN") == frozenset()
    assert facts.facts_of([number.pk])[number.pk].quality == "RED"


def test_a_number_without_a_shop_calls_the_platform_and_a_removed_one_nobody(number: WhatsAppNumber) -> None:
    shared = WhatsAppNumber(pk=9, shop=None)
    assert alerts.raise_alert(number=shared, kind="x", severity="info", sentence="x")
    assert not alerts.raise_alert(number=shared, kind="x", severity="info", sentence="x")
    assert [(each.key, each.shop_id) for each in alerts.open_alerts(None)] == [("number:9", None)]
    number.removed_at = datetime.now(UTC)
    assert not alerts.raise_alert(number=number, kind="x", severity="info", sentence="x")


def test_news_carry_the_account_they_are_about(number: WhatsAppNumber, amber: Shop) -> None:
    assert News(amber, (number,), "x", {}, datetime.now(UTC), 1).waba_id == "w"
    assert pace.HARD_PROBE_SECONDS == 600
