"""Settings → Numbers: adding one with checks, several side by side, keys, and what an Admin may do."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from conversations.transport.door.signatures import fingerprint
from conversations.transport.health import number_alerts, pace
from conversations.transport.models import (
    InboxEvent,
    NumberAlert,
    NumberHealth,
    NumberNews,
    NumberSetup,
    WebhookEndpoint,
)
from conversations.transport.providers.meta_cloud.numbers import MetaNumber
from conversations.transport.providers.number_desk import Told
from conversations.transport.providers.simulator.graph_numbers import APP_ID, HOOK, NUMBER, SUBSCRIPTION, TOKEN
from conversations.transport.providers.simulator.shelf import Thing
from tenants.directory import number_of_shop
from tenants.models import AuditEntry, Role, Shop, WhatsAppNumber
from tenants.queries import default_number
from tenants.services.numbers import add_number
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HTTP_HX_REQUEST": "true"}
TYPED = {"phone_number_id": "440011223344", "waba_id": "770088990011", "token": "EAAG-good", "app_secret": "abc-secret"}


@pytest.fixture
def graph(settings: Any) -> Iterator[FakeGraph]:
    """Meta and 360dialog, as the stand-in plays them; it knows one number."""
    with FakeGraph() as running:
        settings.WHATSAPP_GRAPH_URL, settings.DIALOG360_URL = running.url, f"{running.url}/d360"
        settings.PLATFORM_URL = "https://shopme.example"
        facts = {"display_phone_number": "+27 11 000 1000", "verified_name": "Amber Bakery"}
        running.shelf.things[NUMBER, "440011223344"] = Thing(NUMBER, "770088990011", "440011223344", facts)
        yield running


@pytest.fixture
def admin(amber: Shop, client_of: ClientOf) -> Client:
    return client_of(amber, Role.ADMIN)


def begin(admin: Client, provider: str = "meta_cloud", **typed: str) -> NumberSetup:
    answer = admin.post(f"/settings/numbers/add/{provider}/", {**TYPED, **typed})
    assert answer.status_code == 302, answer.content.decode()
    return NumberSetup.objects.latest("id")


def check(admin: Client, setup: NumberSetup, name: str, **typed: str) -> tuple[str, str]:
    admin.post(f"/settings/numbers/setup/{setup.pk}/check/{name}/", typed)
    setup.refresh_from_db()
    found = setup.checks.get(name, {})
    return found.get("state", ""), found.get("sentence", "")


def audited() -> list[str]:
    return list(AuditEntry.objects.filter(action__startswith="number.").order_by("id").values_list("action", flat=True))


def own(shop: Shop, **more: Any) -> WhatsAppNumber:
    given = {"provider": "meta_cloud", "phone": "+27110002000", "phone_number_id": "55001", "waba_id": "77001"}
    return add_number(shop=shop, token="EAAG-old", **{**given, **more}).number


def arrived(number: WhatsAppNumber, key: str, kind: str = "message") -> None:
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    InboxEvent.objects.create(
        scope=f"?{number.phone_number_id}@{endpoint.pk}", event_key=key, kind=kind, state="quarantined", data={}
    )


def test_numbers_on_their_way_are_told_apart_without_a_name(admin: Client, amber: Shop) -> None:
    begin(admin), begin(admin, phone_number_id="440011223355", display_name="Till")
    begin(admin, "dialog360", phone="+27110001000", phone_number_id="440011223366")
    page = admin.get("/settings/numbers/").content.decode()
    titles = [row.title for row in admin.get("/settings/numbers/").context["setups"]]
    assert titles == ["Number 440011223344", "Till", "+27 11 000 1000"]
    assert "Meta Cloud API · ID 440011223355 · begun" in page
    assert page.count("440011223344") == 1


def test_a_number_at_meta_goes_through_its_checks_and_only_then_works(
    graph: FakeGraph, admin: Client, amber: Shop
) -> None:
    setup = begin(admin)
    assert not WhatsAppNumber.objects.exists()
    assert check(admin, setup, "token") == ("passed", "Valid; it does not expire.")
    assert check(admin, setup, "number") == ("passed", "Amber Bakery answers at +27110001000.")
    assert not WhatsAppNumber.objects.exists()
    assert check(admin, setup, "account") == ("passed", "The number belongs to this account.")
    number = WhatsAppNumber.objects.get()
    assert (number.phone, number.shop, number.is_active) == ("+27110001000", amber, False)
    assert (number.access_token, setup.access_token, setup.app_secret, setup.app_id) == ("EAAG-good", "", "", APP_ID)
    assert WebhookEndpoint.objects.get(number_id=number.pk).secrets == ["abc-secret"]
    assert check(admin, setup, "subscription") == (
        "passed",
        "Our app is subscribed to this account; read back just now.",
    )
    assert check(admin, setup, "handshake") == ("waiting", "Waiting for Meta's call.")
    assert check(admin, setup, "hello")[0] == "waiting"

    refused = admin.post(f"/settings/numbers/setup/{setup.pk}/finish/")
    assert refused.status_code == 422
    assert "Not yet: Meta knows our address, A message reaches us." in refused.content.decode()
    assert not WhatsAppNumber.objects.get().is_active

    WebhookEndpoint.objects.update(shaken_at=timezone.now())
    arrived(number, "msg:wamid.HELLO")
    assert check(admin, setup, "handshake")[0] == "passed"
    assert check(admin, setup, "hello")[0] == "passed"
    assert admin.post(f"/settings/numbers/setup/{setup.pk}/finish/").status_code == 302
    assert WhatsAppNumber.objects.get().is_active
    assert not InboxEvent.objects.filter(state="quarantined").exists()
    assert audited() == ["number.setup_begun", "number.added", "number.switched_on"]


def test_the_test_message_goes_to_the_own_phone_and_its_receipt_is_seen(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    waiting = ("waiting", "The test message is out; waiting for its receipt.")
    assert check(admin, setup, "answer", test_phone="+27 82 123 4567") == waiting
    assert check(admin, setup, "answer") == waiting
    ((payload,),) = [graph.sent_to("27821234567")]
    assert payload["text"]["body"].startswith("It works")
    arrived(WhatsAppNumber.objects.get(), f"st:{setup.test_wamid}:failed:1", "status")
    assert check(admin, setup, "answer") == waiting
    arrived(WhatsAppNumber.objects.get(), f"st:{setup.test_wamid}:sent:1", "status")
    assert check(admin, setup, "answer")[0] == "passed"


def test_a_test_message_outside_the_window_says_what_to_do(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    graph.fail_next("code", code=131047)
    assert check(admin, setup, "answer", test_phone="+27821234567")[0] == "failed"
    assert setup.checks["answer"]["advice"].startswith("Write to the number from this phone first")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"is_valid": False, "error": {"message": "It expired."}}, "It expired."),
        ({"scopes": ["whatsapp_business_messaging"]}, "The token lacks: whatsapp_business_management."),
    ],
)
def test_a_token_that_is_dead_or_lacks_something_makes_no_number(
    graph: FakeGraph, admin: Client, data: dict[str, Any], sentence: str
) -> None:
    graph.shelf.things[TOKEN, "EAAG-good"] = Thing(TOKEN, "", "EAAG-good", data)
    setup = begin(admin)
    assert check(admin, setup, "token") == ("failed", sentence)
    check(admin, setup, "number")
    check(admin, setup, "account")
    assert not WhatsAppNumber.objects.exists()
    page = admin.get(f"/settings/numbers/setup/{setup.pk}/").content.decode()
    assert sentence in page
    assert "EAAG-good" not in page


def test_a_number_of_another_account_or_one_that_is_not_connected_fails(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin, waba_id="999999")
    assert check(admin, setup, "account") == (
        "failed",
        "This WhatsApp Business Account has no number with that phone number ID.",
    )
    thing = graph.shelf.things[NUMBER, "440011223344"]
    graph.shelf.things[NUMBER, "440011223344"] = Thing(NUMBER, thing.owner, thing.key, {"status": "PENDING"})
    assert check(admin, setup, "number") == ("failed", "The number answers, but its status is pending.")


@pytest.mark.parametrize("name", ["token", "number"])
def test_a_provider_that_is_away_proves_nothing(graph: FakeGraph, admin: Client, settings: Any, name: str) -> None:
    setup = begin(admin)
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    assert check(admin, setup, name) == ("failed", "WhatsApp could not be reached. Try again in a minute.")


def test_a_subscription_that_is_not_there_when_read_back_fails(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    NumberSetup.objects.update(app_id="another-app")
    setup.refresh_from_db()
    assert check(admin, setup, "subscription") == (
        "failed",
        "Meta took the subscription, but our app is not in its list when read back.",
    )


@pytest.mark.parametrize("kept", [True, False])
def test_an_address_set_for_the_account_alone_goes_unless_it_is_ours(
    graph: FakeGraph, admin: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    door = WebhookEndpoint.objects.get(number_id=setup.number_id)
    ours = f"{settings.PLATFORM_URL}/webhooks/whatsapp/{door.opaque}/"
    led = {"override_callback_uri": ours if kept else "https://other.example/hook"}
    graph.shelf.things[SUBSCRIPTION, setup.waba_id] = Thing(SUBSCRIPTION, setup.waba_id, setup.waba_id, led)
    assert check(admin, setup, "subscription")[0] == "passed"
    assert graph.shelf.things[SUBSCRIPTION, setup.waba_id].data == (led if kept else {})
    graph.shelf.things[SUBSCRIPTION, setup.waba_id] = Thing(SUBSCRIPTION, setup.waba_id, setup.waba_id, led)
    monkeypatch.setattr(MetaNumber, "subscribe", lambda _self: Told(True))
    said = check(admin, setup, "subscription")
    assert said == (
        ("passed", "Our app is subscribed to this account; read back just now.")
        if kept
        else ("failed", "Meta sends this account's messages to another address: other.example")
    )


def test_an_address_set_for_the_number_alone_fails_the_check_and_stays(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    thing = graph.shelf.things[NUMBER, setup.phone_number_id]
    led = {**thing.data, "webhook_configuration": {"phone_number": "https://other.example/hook"}}
    graph.shelf.things[NUMBER, thing.key] = Thing(NUMBER, thing.owner, thing.key, led)
    said = check(admin, setup, "subscription")
    assert said == ("failed", "Meta sends this number's messages to another address: other.example")
    assert setup.checks["subscription"]["advice"].startswith("It was set for this number alone")
    assert graph.shelf.things[NUMBER, thing.key].data == led
    graph.shelf.things[NUMBER, thing.key] = thing
    assert check(admin, setup, "subscription")[0] == "passed"


def test_a_number_at_the_91st_place_of_its_account_is_found(graph: FakeGraph, admin: Client) -> None:
    others = {(NUMBER, str(n)): Thing(NUMBER, "770088990011", str(n)) for n in range(90)}
    graph.shelf.things = {**others, **graph.shelf.things}
    setup = begin(admin)
    assert check(admin, setup, "account")[0] == "passed"


def test_a_number_at_360dialog_gets_its_webhook_set_with_a_secret_header(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin, "dialog360", phone="+27110001000", token="d360-key")
    assert check(admin, setup, "token")[0] == "passed"
    number = WhatsAppNumber.objects.get()
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    assert check(admin, setup, "webhook") == ("passed", "360dialog sends to our address; read back just now.")
    assert graph.shelf.things[HOOK, "d360-key"].data == {
        "url": f"https://shopme.example/webhooks/whatsapp/{endpoint.opaque}/",
        "headers": {"X-Hook-Key": endpoint.secrets[0]},
    }
    assert admin.post(f"/settings/numbers/setup/{setup.pk}/finish/").status_code == 422
    arrived(number, "msg:wamid.1")
    check(admin, setup, "hello")
    assert admin.post(f"/settings/numbers/setup/{setup.pk}/finish/").status_code == 302


def test_a_dead_key_of_360dialog_makes_no_number(graph: FakeGraph, admin: Client) -> None:
    graph.shelf.things[TOKEN, "dead"] = Thing(TOKEN, "", "dead")
    setup = begin(admin, "dialog360", phone="+27110001000", token="dead")
    state, sentence = check(admin, setup, "token")
    assert (state, "refused the API key" in sentence) == ("failed", True)
    assert not WhatsAppNumber.objects.exists()


def test_a_signature_that_does_not_fit_is_told(graph: FakeGraph, admin: Client) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    WebhookEndpoint.objects.update(refused_at=timezone.now() + timedelta(seconds=1))
    assert check(admin, setup, "hello") == ("failed", "A call came whose signature does not fit.")


def test_a_number_in_use_is_refused_before_anything_is_kept(graph: FakeGraph, admin: Client, blue: Shop) -> None:
    own(blue, phone_number_id=TYPED["phone_number_id"])
    answer = admin.post("/settings/numbers/add/meta_cloud/", TYPED)
    assert answer.status_code == 422
    assert "in use on ShopMe already" in answer.content.decode()
    assert not NumberSetup.objects.exists()


def test_whoever_proves_a_number_second_is_refused_and_keeps_a_draft(
    graph: FakeGraph, admin: Client, blue: Shop
) -> None:
    setup = begin(admin)
    check(admin, setup, "token")
    check(admin, setup, "number")
    own(blue, phone_number_id=TYPED["phone_number_id"])
    answer = admin.post(f"/settings/numbers/setup/{setup.pk}/check/account/")
    assert (answer.status_code, "already in use" in answer.content.decode()) == (422, True)
    setup.refresh_from_db()
    assert (setup.number_id, setup.access_token) == (None, "EAAG-good")
    assert WhatsAppNumber.objects.get().shop == blue
    admin.post(f"/settings/numbers/setup/{setup.pk}/drop/")
    assert not NumberSetup.objects.exists()


def test_ids_are_digits_and_a_form_shows_no_secret_again(admin: Client) -> None:
    answer = admin.post("/settings/numbers/add/meta_cloud/", {**TYPED, "phone_number_id": "../../x"})
    page = answer.content.decode()
    assert (answer.status_code, "Only digits" in page) == (422, True)
    assert "EAAG-good" not in page
    assert "abc-secret" not in page


def test_the_simulator_is_offered_only_where_it_is_switched_on(admin: Client, settings: Any) -> None:
    assert "Nothing leaves this machine" in admin.get("/settings/numbers/add/").content.decode()
    settings.SIMULATOR = False
    assert "Nothing leaves this machine" not in admin.get("/settings/numbers/add/").content.decode()
    assert admin.get("/settings/numbers/add/simulator/").status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
def test_only_an_admin_adds_or_changes(amber: Shop, client_of: ClientOf, role: Role) -> None:
    number, client = own(amber), client_of(amber, role)
    for path in ("on", "off", "default", "up", "remove", "token", "secret", "pin", "rename", "checks", "try-again"):
        assert client.post(f"/settings/numbers/{number.pk}/{path}/").status_code == 403
    assert client.get("/settings/numbers/add/").status_code == 403
    assert client.get("/settings/numbers/").status_code == (200 if role == Role.MANAGER else 403)


def test_another_shops_number_setup_and_alert_are_not_here(admin: Client, blue: Shop) -> None:
    number = own(blue)
    setup = NumberSetup.objects.create(shop_id=blue.pk, provider="meta_cloud", phone_number_id="1")
    number_alerts.raise_alert(number=number, kind="x", severity="danger", sentence="x")
    alert = NumberAlert.objects.get()
    for path in ("on", "off", "default", "up", "remove", "token", "secret", "secret/drop", "verify-token", "pin"):
        assert admin.post(f"/settings/numbers/{number.pk}/{path}/", {"sure": "1"}).status_code == 404, path
    assert admin.get(f"/settings/numbers/{number.pk}/").status_code == 404
    assert admin.get(f"/settings/numbers/setup/{setup.pk}/").status_code == 404
    for path in ("check/token", "finish", "drop"):
        assert admin.post(f"/settings/numbers/setup/{setup.pk}/{path}/").status_code == 404
    assert admin.post(f"/settings/numbers/alerts/{alert.pk}/read/").status_code == 404
    number.refresh_from_db()
    assert (number.is_active, number.access_token) == (True, "EAAG-old")


def test_several_numbers_have_an_order_a_default_and_a_switch(admin: Client, amber: Shop) -> None:
    first, second = own(amber), own(amber, phone="+27110002001", phone_number_id="55002")
    assert default_number(amber) == first
    admin.post(f"/settings/numbers/{second.pk}/default/")
    assert default_number(amber) == number_of_shop(amber) == second
    admin.post(f"/settings/numbers/{second.pk}/up/")
    page = admin.get("/settings/numbers/").content.decode()
    assert page.index("11 000 2001") < page.index("11 000 2000")
    admin.post(f"/settings/numbers/{second.pk}/off/")
    second.refresh_from_db()
    assert (second.is_active, second.is_default, default_number(amber)) == (False, False, first)
    admin.post(f"/settings/numbers/{second.pk}/default/")
    assert default_number(amber) == first
    admin.post(f"/settings/numbers/{second.pk}/on/")
    admin.post(f"/settings/numbers/{second.pk}/rename/", {"name": "Wholesale"})
    second.refresh_from_db()
    assert (second.is_active, second.display_name) == (True, "Wholesale")
    assert audited()[2:] == ["number.made_default", "number.switched_off", "number.switched_on", "number.renamed"]


def test_a_number_that_never_passed_its_checks_cannot_be_switched_on_beside_them(
    graph: FakeGraph, admin: Client
) -> None:
    setup = begin(admin)
    for name in ("token", "number", "account"):
        check(admin, setup, name)
    admin.post(f"/settings/numbers/{WhatsAppNumber.objects.get().pk}/on/")
    assert not WhatsAppNumber.objects.get().is_active


def test_a_removed_number_leaves_its_id_free_and_its_address_closed(admin: Client, amber: Shop, blue: Shop) -> None:
    number = own(amber, app_secret="s1")
    assert admin.post(f"/settings/numbers/{number.pk}/remove/").status_code == 422
    assert WhatsAppNumber.objects.filter(removed_at=None).count() == 1
    admin.post(f"/settings/numbers/{number.pk}/remove/", {"sure": "1"})
    number.refresh_from_db()
    assert (number.is_active, number.access_token, number.waba_id) == (False, "", "")
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    assert (endpoint.is_active, endpoint.secrets, endpoint.verify_token) == (False, [], "")
    assert own(blue).shop == blue
    assert admin.get(f"/settings/numbers/{number.pk}/").status_code == 404


def test_a_token_is_tried_before_it_replaces_the_old_one(graph: FakeGraph, admin: Client, amber: Shop) -> None:
    number = own(amber)
    pace.stop(number_id=number.pk, reason="The token is refused.")
    graph.shelf.things[TOKEN, "dead"] = Thing(TOKEN, "", "dead", {"is_valid": False, "error": {"message": "Ended."}})
    answer = admin.post(f"/settings/numbers/{number.pk}/token/", {"token": "dead"})
    assert answer.status_code == 422
    assert "Ended. The old one is kept." in answer.content.decode()
    assert WhatsAppNumber.objects.get().access_token == "EAAG-old"
    assert admin.post(f"/settings/numbers/{number.pk}/token/", {"token": " EAAG-new "}).status_code == 302
    assert WhatsAppNumber.objects.get().access_token == "EAAG-new"
    assert NumberHealth.objects.get().breaker == "closed"
    assert "EAAG" not in admin.get(f"/settings/numbers/{number.pk}/").content.decode()


def test_a_rotation_has_two_live_secrets_and_shows_when_each_was_used(admin: Client, amber: Shop) -> None:
    number = own(amber, app_secret="old-secret")
    path = f"/settings/numbers/{number.pk}"
    assert admin.post(f"{path}/secret/drop/", {"name": fingerprint("old-secret")}).status_code == 422
    assert admin.post(f"{path}/secret/", {"secret": ""}).status_code == 422
    admin.post(f"{path}/secret/", {"secret": "new-secret"})
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    assert endpoint.secrets == ["new-secret", "old-secret"]
    assert admin.post(f"{path}/secret/", {"secret": "a-third"}).status_code == 422
    WebhookEndpoint.objects.update(secret_uses={fingerprint("new-secret"): timezone.now().isoformat()})
    page = admin.get(f"{path}/").content.decode()
    assert f"…{fingerprint('new-secret')}" in page
    assert ("never used" in page, "last used" in page) == (True, True)
    assert "new-secret" not in page
    admin.post(f"{path}/secret/drop/", {"name": fingerprint("old-secret")})
    assert WebhookEndpoint.objects.get(number_id=number.pk).secrets == ["new-secret"]
    assert audited()[1:] == ["number.secret_added", "number.secret_dropped"]


def test_at_360dialog_a_new_secret_is_set_there_or_not_at_all(graph: FakeGraph, admin: Client, amber: Shop) -> None:
    number = own(amber, provider="dialog360")
    WhatsAppNumber.objects.update(access_token="d360-key")
    (old,) = WebhookEndpoint.objects.get(number_id=number.pk).secrets
    graph.shelf.things[TOKEN, "d360-key"] = Thing(TOKEN, "", "d360-key")
    assert admin.post(f"/settings/numbers/{number.pk}/secret/").status_code == 422
    assert WebhookEndpoint.objects.get(number_id=number.pk).secrets == [old]
    del graph.shelf.things[TOKEN, "d360-key"]
    admin.post(f"/settings/numbers/{number.pk}/secret/")
    new, kept = WebhookEndpoint.objects.get(number_id=number.pk).secrets
    assert kept == old
    assert graph.shelf.things[HOOK, "d360-key"].data["headers"] == {"X-Hook-Key": new}


def test_a_new_verify_token_is_shown_once(admin: Client, amber: Shop) -> None:
    number = own(amber)
    was = WebhookEndpoint.objects.get(number_id=number.pk).verify_token
    page = admin.post(f"/settings/numbers/{number.pk}/verify-token/").content.decode()
    now = WebhookEndpoint.objects.get(number_id=number.pk).verify_token
    assert (now in page, now == was) == (True, False)
    assert now not in admin.get(f"/settings/numbers/{number.pk}/").content.decode()


def test_a_pin_is_set_and_a_number_registered(graph: FakeGraph, admin: Client, amber: Shop) -> None:
    number = own(amber)
    path = f"/settings/numbers/{number.pk}/pin/"
    assert admin.post(path, {"pin": "12345"}).status_code == 422
    assert admin.post(path, {"pin": "123456"}).status_code == 302
    graph.fail_next("code", code=133005)
    assert admin.post(path, {"pin": "123456", "is_registration": "on"}).status_code == 422
    assert admin.post(path, {"pin": "123456", "is_registration": "on"}).status_code == 302
    assert graph.shelf.things[NUMBER, "55001"].data["status"] == "CONNECTED"
    assert audited()[1:] == ["number.pin_set", "number.registered"]
    assert "123456" not in orjson.dumps(list(AuditEntry.objects.values_list("detail", "subject"))).decode()


def test_a_stopped_number_says_why_and_can_be_tried_again(admin: Client, amber: Shop) -> None:
    number = own(amber)
    pace.stop(number_id=number.pk, reason="This number is disconnected.")
    page = admin.get(f"/settings/numbers/{number.pk}/").content.decode()
    assert "Nothing is sent: This number is disconnected." in page
    admin.post(f"/settings/numbers/{number.pk}/try-again/")
    assert NumberHealth.objects.get().breaker == "closed"
    assert audited()[-1] == "number.tried_again"


def test_an_unread_alert_shows_as_a_dot_until_somebody_read_it(admin: Client, amber: Shop, client_of: ClientOf) -> None:
    number = own(amber)
    assert "unread about your numbers" not in admin.get("/").content.decode()
    number_alerts.raise_alert(number=number, kind="banned", severity="danger", sentence="Switched off.", advice="Ask.")
    assert "1 unread about your numbers" in admin.get("/").content.decode()
    page = client_of(amber, Role.MANAGER).get("/settings/numbers/").content.decode()
    assert "Switched off." in page
    admin.post(f"/settings/numbers/alerts/{NumberAlert.objects.get().pk}/read/")
    assert "unread about your numbers" not in admin.get("/").content.decode()
    assert "Switched off." in admin.get(f"/settings/numbers/{number.pk}/").content.decode()


def test_the_page_of_a_number_shows_what_whatsapp_said_of_it_and_of_no_other(
    admin: Client, amber: Shop, blue: Shop
) -> None:
    number = own(amber)
    at = timezone.now()
    rows = [
        (1, amber, number.pk, "phone_number_name_update", {"decision": "REJECTED", "requested_verified_name": "Loaf"}),
        (2, amber, number.pk, "a_field_of_next_year", {"secret_shape": 7}),
        (3, amber, number.pk + 1, "security", {"event": "PIN_CHANGED"}),
        (4, blue, number.pk, "security", {"event": "PIN_CHANGED"}),
    ]
    for event_id, shop, number_id, field, value in rows:
        NumberNews.objects.create(
            event_id=event_id, shop_id=shop.pk, number_ids=[number_id], field=field, value=value, at=at,
            is_understood=not field.startswith("a_"),
        )  # fmt: skip
    page = " ".join(admin.get(f"/settings/numbers/{number.pk}/").content.decode().split())
    assert "Name customers see" in page
    assert "rejected · Loaf" in page
    assert "A field of next year" in page
    assert "kept, nothing was done" in page
    assert "Security" not in page.partition("What WhatsApp said")[2].partition("</section>")[0]
