"""Problems: seen by Managers, read by Admins, tried again or let go by either, and always on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Message
from conversations.transport.door import endpoints
from conversations.transport.health import number_alerts
from conversations.transport.models import InboxEvent, Lane, NumberAlert, NumberHealth, OutboxItem, WebhookRaw
from conversations.transport.providers.registry import sentence_for
from conversations.transport.splitting.routing import quarantine_of
from shopme.problems.looking import redacted
from shopme.problems.queries import count_of
from tenants.models import AuditEntry, Role, Shop, WhatsAppNumber
from tenants.services.numbers import change_token
from tests.inbox import keep_body
from tests.journeys.chat import Customer as Person
from tests.journeys.conftest import bakery, person, thandi
from tests.transport.conftest import new_number
from tests.transport.test_lanes import arrive

pytestmark = pytest.mark.django_db
LIST = "/settings/problems/"
__all__ = ["bakery", "person", "thandi"]


@pytest.fixture
def manager(client_of: Callable[..., Client], amber: Shop) -> Client:
    return client_of(amber, Role.MANAGER)


def dead_event(shop: Shop, key: str = "bad", reason: str = "ValueError: odd", number_id: int = 1) -> InboxEvent:
    arrive(shop, f"c:{key}", key)
    InboxEvent.objects.filter(event_key=key).update(
        state="dead", attempts=9, last_error=reason, number_id=number_id, data={"text": "canary words", "kind": "text"}
    )
    Lane.objects.filter(pk=f"c:{key}").update(pending=0)
    return InboxEvent.objects.get(event_key=key)


def dead_send(shop: Shop, *, message_id: int = 7, code: str = "", number_id: int = 1) -> OutboxItem:
    return OutboxItem.objects.create(
        shop_id=shop.pk,
        number_id=number_id,
        lane="o:1",
        message_id=message_id,
        dedupe_key=f"d:{shop.pk}:{message_id}",
        token=f"t-{shop.pk}-{message_id}",
        state="dead",
        attempts=8,
        last_error="No answer came.",
        error_code=code,
    )


def poison(shop: Shop, body: bytes = b"not json") -> WebhookRaw:
    number = new_number(shop, "1000055")
    endpoint = endpoints.ensure_number_endpoint(number=number)
    keep_body(body, endpoint=endpoint)
    WebhookRaw.objects.update(state="poison", error="BadBody: no JSON")
    return WebhookRaw.objects.get()


def page(browser: Client, query: str = "") -> str:
    return browser.get(f"{LIST}{query}").content.decode()


def test_all_three_kinds_are_listed_with_reason_and_counted(manager: Client, amber: Shop) -> None:
    dead_event(amber), dead_send(amber), poison(amber)
    shown = page(manager)
    for words in (
        "A customer&#x27;s message could not be handled",
        "A message may not have arrived",
        "A webhook could not",
    ):
        assert words in shown
    for words in ("ValueError: odd", "No answer came.", "BadBody: no JSON"):
        assert words in shown
    assert count_of(amber) == 3
    assert "canary words" not in shown


def test_the_filter_knows_kind_reason_number_and_time(manager: Client, amber: Shop) -> None:
    number = new_number(amber, "1000066")
    dead_event(amber, "a", "ValueError: odd"), dead_event(amber, "b", "KeyError: gone", number_id=number.pk)
    dead_send(amber)
    InboxEvent.objects.filter(event_key="a").update(created_at=timezone.now() - timedelta(days=3))
    assert "No answer came." not in page(manager, "?kind=event")
    assert "ValueError" not in page(manager, "?kind=send")
    assert "KeyError" in page(manager, "?reason=gone")
    assert "ValueError" not in page(manager, "?reason=gone")
    assert "KeyError" in page(manager, f"?number={number.pk}")
    assert "No answer came." not in page(manager, f"?number={number.pk}")
    assert "ValueError" not in page(manager, "?days=1")
    assert "ValueError" in page(manager, "?days=7")
    assert "Nothing fits" in page(manager, "?reason=zeppelin")
    assert page(manager, "?kind=%27&days=x&number=1e9&page=zz").count("tile") >= 1


def test_an_empty_page_says_that_everything_got_through(manager: Client) -> None:
    assert "Nothing waits for you here" in page(manager)


def test_agents_see_nothing_of_it(client_of: Callable[..., Client], amber: Shop) -> None:
    event = dead_event(amber)
    agent = client_of(amber, Role.AGENT)
    for path in (LIST, f"{LIST}event/{event.pk}/"):
        assert agent.get(path).status_code == 403
    for act in ("retry/", "discard/"):
        assert agent.post(f"{LIST}{act}", {"chosen": f"event:{event.pk}", "reason": "x"}).status_code == 403
    event.refresh_from_db()
    assert event.state == "dead"


def test_a_manager_sees_the_shape_and_only_an_admin_the_words(
    manager: Client, client_of: Callable[..., Client], amber: Shop
) -> None:
    event = dead_event(amber)
    path = f"{LIST}event/{event.pk}/"
    shape = manager.get(path).content.decode()
    assert "(12 characters)" in shape
    assert "canary words" not in shape
    assert manager.post(f"{path}content/").status_code == 403
    admin = client_of(amber, Role.ADMIN)
    assert "canary words" not in admin.get(path).content.decode()
    assert not AuditEntry.objects.filter(action="problem.read").exists()
    assert "canary words" in admin.post(f"{path}content/").content.decode()
    entry = AuditEntry.objects.get(action="problem.read")
    assert (entry.shop, entry.actor, entry.subject) == (amber, admin.user, f"event {event.pk}")  # type: ignore[attr-defined]


def test_a_poisoned_body_is_opened_for_an_admin(client_of: Callable[..., Client], amber: Shop) -> None:
    raw = poison(amber, b"<b>canary body</b>\x00\xff")
    admin = client_of(amber, Role.ADMIN)
    path = f"{LIST}webhook/{raw.pk}/"
    assert "sealed octets" in admin.get(path).content.decode()
    shown = admin.post(f"{path}content/").content.decode()
    assert "&lt;b&gt;canary body" in shown


def test_one_is_tried_again_by_its_own_key(manager: Client, amber: Shop) -> None:
    event = dead_event(amber)
    answer = manager.post(f"{LIST}retry/", {"chosen": f"event:{event.pk}", "kind": "event", "days": "7"}, follow=True)
    assert answer.redirect_chain == [(f"{LIST}?kind=event&days=7", 302)]
    assert "1 tried again." in answer.content.decode()
    again = InboxEvent.objects.get()
    assert (again.pk, again.event_key, again.state, again.attempts) == (event.pk, "bad", "ready", 0)
    entry = AuditEntry.objects.get(action="event.retried")
    assert (entry.shop, entry.actor) == (amber, manager.user)  # type: ignore[attr-defined]


def test_many_are_tried_again_one_after_another(manager: Client, amber: Shop) -> None:
    keys = [f"event:{dead_event(amber, f'k{place}').pk}" for place in range(11)]
    assert (
        "11 tried again, one after another."
        in manager.post(f"{LIST}retry/", {"chosen": keys}, follow=True).content.decode()
    )
    due = list(InboxEvent.objects.order_by("pk").values_list("next_at", flat=True))
    assert due == sorted(due)
    assert 1.9 <= (due[-1] - due[0]).total_seconds() < 2.6
    assert AuditEntry.objects.filter(action="event.retried").count() == 11


def test_letting_go_needs_a_reason(manager: Client, amber: Shop) -> None:
    event, item, raw = dead_event(amber), dead_send(amber), poison(amber)
    keys = [f"event:{event.pk}", f"send:{item.pk}", f"webhook:{raw.pk}"]
    refused = manager.post(f"{LIST}discard/", {"chosen": keys, "reason": " "}, follow=True).content.decode()
    assert "Say why it is let go." in refused
    assert count_of(amber) == 3
    done = manager.post(f"{LIST}discard/", {"chosen": keys, "reason": "called her"}, follow=True).content.decode()
    assert "3 let go." in done
    assert count_of(amber) == 0
    entries = AuditEntry.objects.filter(action__endswith=".discarded")
    assert [entry.detail["reason"] for entry in entries] == ["called her"] * 3


def test_nothing_ticked_and_nonsense_change_nothing(manager: Client, amber: Shop) -> None:
    dead_event(amber)
    for chosen in ([], ["event:x"], ["order:1"], ["event:1;drop"]):
        assert (
            "Tick what you mean first."
            in manager.post(f"{LIST}retry/", {"chosen": chosen}, follow=True).content.decode()
        )
    assert (
        "Some of these no longer wait."
        in manager.post(f"{LIST}retry/", {"chosen": ["event:424242"]}, follow=True).content.decode()
    )
    assert count_of(amber) == 1


def test_another_shops_problems_cannot_be_seen_or_touched(manager: Client, amber: Shop, blue: Shop) -> None:
    event, item = dead_event(blue), dead_send(blue)
    assert "ValueError: odd" not in page(manager)
    for kind, pk in (("event", event.pk), ("send", item.pk)):
        assert manager.get(f"{LIST}{kind}/{pk}/").status_code == 404
    keys = {"chosen": [f"event:{event.pk}", f"send:{item.pk}"], "reason": "mine"}
    manager.post(f"{LIST}retry/", keys)
    manager.post(f"{LIST}discard/", keys)
    assert count_of(blue) == 2
    assert not AuditEntry.objects.filter(action__in=["event.retried", "event.discarded", "send.discarded"]).exists()


def test_a_message_that_was_given_up_begins_anew_and_opens_its_chat(
    client_of: Callable[..., Client], shop: Shop, thandi: Person
) -> None:
    thandi.says("Hi")
    item = OutboxItem.objects.filter(shop_id=shop.pk).latest("id")
    OutboxItem.objects.filter(pk=item.pk).update(state="dead", error_code="131000", attempts=8)
    manager = client_of(shop, Role.MANAGER)
    assert "Open the chat" in manager.get(f"{LIST}send/{item.pk}/").content.decode()
    manager.post(f"{LIST}retry/", {"chosen": f"send:{item.pk}", "may_arrive_twice": "1"})
    again = OutboxItem.objects.get(pk=item.pk)
    assert (again.state, again.dedupe_key, again.error_code) == ("queued", item.dedupe_key, "")
    assert again.token != item.token


def test_an_alert_calls_on_every_page_until_it_is_read_on_one(manager: Client, amber: Shop, blue: Shop) -> None:
    """The dot, Home, the problems and the number's own page read one list."""
    numbers = {shop.slug: new_number(shop, f"10000{shop.pk}") for shop in (amber, blue)}
    for slug, number in numbers.items():
        number_alerts.raise_alert(number=number, kind="token", severity="danger", sentence=f"Told {slug}.")
    of_number = f"/settings/numbers/{numbers['amber'].pk}/"
    for address in (LIST, "/", of_number, "/settings/numbers/"):
        shown = manager.get(address).content.decode()
        assert ("Told amber." in shown, "Told blue." in shown) == (True, False)
    assert "1 unread about your numbers" in page(manager)
    theirs, mine = (number_alerts.open_alerts(shop)[0] for shop in (blue, amber))
    read = "/settings/numbers/alerts/{}/read/"
    assert manager.post(read.format(theirs.pk), {"on": "problems"}).status_code == 404
    assert manager.post(read.format(mine.pk), {"on": "problems"})["Location"] == LIST
    for address in (LIST, "/"):
        assert "Told amber." not in manager.get(address).content.decode()
    assert "unread about your numbers" not in page(manager)
    assert "Told amber." in manager.get(of_number).content.decode()  # it lasts
    entry = AuditEntry.objects.get(action="alert.read")
    assert (entry.subject, entry.detail) == ("token", {"number": numbers["amber"].pk})


def failed(shop: Shop, thandi: Person, code: str, count: int = 1) -> list[OutboxItem]:
    """Messages of one chat that failed with this code."""
    for place in range(count):
        thandi.says(f"Hi {place}")
    items = list(OutboxItem.objects.filter(shop_id=shop.pk).order_by("-pk")[:count])
    OutboxItem.objects.filter(pk__in=[item.pk for item in items]).update(
        state="failed", error_code=code, attempts=1, last_error=sentence_for(int(code))
    )
    ids = [item.message_id for item in items]
    Message.objects.filter(pk__in=ids).update(state="failed", error_code=code, state_at=timezone.now())
    return items


def state_of(item: OutboxItem) -> str:
    return OutboxItem.objects.get(pk=item.pk).state


def test_what_failed_is_found_by_its_cause_and_goes_again_once_that_is_mended(
    client_of: Callable[..., Client], shop: Shop, thandi: Person
) -> None:
    (other,) = failed(shop, thandi, "132001")
    items = failed(shop, thandi, "10", 3)
    (alone,) = failed(shop, thandi, "131026")
    manager = client_of(shop, Role.MANAGER)
    shown = page(manager, "?kind=failed&cause=10")
    assert shown.count("Permission denied.") == 4  # three rows, and the cause among the others
    assert f"failed:{other.pk}" not in shown
    assert f"failed:{alone.pk}" not in page(manager, "?kind=failed")
    every = {"all_of": "10", "kind": "failed", "cause": "10"}
    assert "Permission denied." in manager.post(f"{LIST}retry/", every, follow=True).content.decode()
    assert {state_of(item) for item in items} == {"failed"}
    change_token(number=WhatsAppNumber.objects.get(pk=items[0].number_id), token="a-better-one")
    assert "3 tried again" in manager.post(f"{LIST}retry/", every, follow=True).content.decode()
    assert {state_of(item) for item in items} == {"queued"}
    assert state_of(other) == "failed"
    assert AuditEntry.objects.filter(action="send.retried").count() == 3


def test_what_failed_may_be_looked_at_and_let_go(
    client_of: Callable[..., Client], shop: Shop, thandi: Person, blue: Shop
) -> None:
    (item,) = failed(shop, thandi, "131042")
    manager, key = client_of(shop, Role.MANAGER), f"failed:{item.pk}"
    assert "Open the chat" in manager.get(f"{LIST}failed/{item.pk}/").content.decode()
    stranger = client_of(blue, Role.MANAGER)
    assert stranger.get(f"{LIST}failed/{item.pk}/").status_code == 404
    stranger.post(f"{LIST}discard/", {"chosen": key, "reason": "mine"})
    assert state_of(item) == "failed"
    manager.post(f"{LIST}discard/", {"chosen": key, "reason": "called her"})
    assert state_of(item) == "cancelled"
    assert "Nothing waits for you here" in page(manager)


def test_many_at_once_leave_out_what_may_arrive_twice(
    client_of: Callable[..., Client], shop: Shop, thandi: Person
) -> None:
    sure, hiccup = failed(shop, thandi, "131042"), failed(shop, thandi, "131000")
    (silent,) = failed(shop, thandi, "131042")
    OutboxItem.objects.filter(pk=silent.pk).update(state="dead", error_code="", last_error="No answer came.")
    manager = client_of(shop, Role.MANAGER)
    chosen = [f"failed:{sure[0].pk}", f"failed:{hiccup[0].pk}", f"send:{silent.pk}"]
    told = manager.post(f"{LIST}retry/", {"chosen": chosen}, follow=True).content.decode()
    assert "1 tried again." in told
    assert "2 left out: perhaps they have arrived." in told
    assert [state_of(item) for item in (*sure, *hiccup, silent)] == ["queued", "failed", "dead"]
    told = manager.post(f"{LIST}retry/", {"chosen": chosen[1:], "may_arrive_twice": "1"}, follow=True).content.decode()
    assert "2 tried again" in told
    assert [state_of(item) for item in (*hiccup, silent)] == ["queued", "queued"]


def test_what_waits_for_a_number_that_is_switched_off_is_told(manager: Client, amber: Shop, blue: Shop) -> None:
    number, other = new_number(amber, "1000077"), new_number(blue, "1000078")
    own, foreign = (endpoints.ensure_number_endpoint(number=each) for each in (number, other))
    for place, door in enumerate((own, own, foreign)):
        scope = quarantine_of(number.phone_number_id, door.pk)
        InboxEvent.objects.create(kind="message", scope=scope, event_key=f"q{place}", state="quarantined", data={})
    assert "while it is switched off" not in page(manager)
    WhatsAppNumber.objects.filter(pk=number.pk).update(is_active=False)
    shown = page(manager)
    assert "2 messages or receipts came for" in shown
    assert f'href="/settings/numbers/{number.pk}/"' in shown


def test_the_home_page_and_the_settings_say_how_many_wait(manager: Client, amber: Shop) -> None:
    dead_event(amber), dead_send(amber)
    assert "2 problems" in manager.get("/").content.decode()
    assert ">2</span>" in manager.get("/settings/").content.decode()


def test_redacting_keeps_the_shape_and_no_word() -> None:
    data = {
        "kind": "text",
        "text": "canary",
        "sender": {"phone": "27821234567", "n": 5},
        "items": ["canary"],
        "ok": True,
    }
    assert redacted(data) == {
        "kind": "text",
        "text": "(6 characters)",
        "sender": {"phone": "(11 characters)", "n": "(a number)"},
        "items": ["(6 characters)"],
        "ok": True,
    }


def test_a_number_that_sends_nothing_stands_there_until_it_sends_again(
    manager: Client, amber: Shop, blue: Shop
) -> None:
    number, others = new_number(amber, "1000071"), new_number(blue, "1000072")
    for each in (number, others):
        NumberHealth.objects.create(number_id=each.pk, breaker="hard", reason="The token was refused.")
    for place in range(2):
        item = dead_send(amber, message_id=place, number_id=number.pk)
        OutboxItem.objects.filter(pk=item.pk).update(state="queued")
    shown = page(manager)
    assert shown.count("sends nothing.") == 1
    assert "The token was refused. 2 messages of" in shown
    assert "wait and go out once it sends again." in shown
    assert f'href="/settings/numbers/{number.pk}/"' in shown
    assert "Nothing waits for you here" in shown
    told = {"key": f"number:{number.pk}", "kind": "token_refused", "severity": "danger", "shop_id": amber.pk}
    NumberAlert.objects.create(number_id=number.pk, sentence="This number has stopped sending.", **told)
    shown = page(manager)
    assert "sends nothing." not in shown  # the alert says so
    assert "wait and go out once it sends again." in shown
    NumberHealth.objects.filter(number_id=number.pk).update(breaker="closed")
    NumberAlert.objects.all().delete()
    assert "once it sends again." not in page(manager)
