"""The operator's two commands."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from conversations.transport import splitter
from conversations.transport.models import InboxEvent, NumberHealth, WebhookEndpoint, WebhookRaw
from tenants.models import AuditEntry, Shop, User, WhatsAppNumber
from tests.inbox import keep_body
from tests.transport.payloads import body, message

pytestmark = pytest.mark.django_db


def add(*arguments: str) -> str:
    out = StringIO()
    call_command("add_number", *arguments, stdout=out)
    return out.getvalue()


def test_adding_a_number_opens_its_address_and_prints_what_the_provider_must_know(amber: Shop) -> None:
    printed = add(
        *("--shop", "amber", "--provider", "meta_cloud", "--phone", "+27 11 000 0005", "--phone-number-id", "55"),
        *("--waba-id", "w5", "--token", "EAAG", "--app-secret", "own"),
    )

    number = WhatsAppNumber.objects.get(phone_number_id="55")
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    assert (number.shop_id, number.phone, number.access_token) == (amber.pk, "+27110000005", "EAAG")
    assert (endpoint.kind, endpoint.scheme, endpoint.shop_id, endpoint.secrets) == ("number", "meta", amber.pk, ["own"])
    assert printed == (
        "+27110000005 is attached to Amber Bakery.\n"
        f"webhook address: http://localhost:8000/webhooks/whatsapp/{endpoint.opaque}/\n"
        f"verify token:    {endpoint.verify_token}\n"
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", endpoint.opaque or "")


def test_secrets_of_an_endpoint_are_sealed_in_the_table(amber: Shop) -> None:
    from django.db import connection

    add(
        "--shop",
        "amber",
        "--provider",
        "simulator",
        "--phone",
        "+27110000005",
        "--phone-number-id",
        "55",
        "--app-secret",
        "canary",
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets, verify_token FROM transport_webhookendpoint WHERE kind = 'number'")
        ((secrets, token),) = cursor.fetchall()
    assert bytes(secrets).startswith(b"local:")
    assert b"canary" not in bytes(secrets)
    assert bytes(token).startswith(b"local:")


def test_the_shared_number_belongs_to_no_shop(db: None) -> None:
    assert "is attached to the platform" in add(
        "--shared", "--provider", "meta_cloud", "--phone", "+27110000006", "--phone-number-id", "56"
    )
    assert WebhookEndpoint.objects.get(number_id=WhatsAppNumber.objects.get(phone_number_id="56").pk).shop_id is None


def test_an_unknown_shop_and_a_taken_number_are_refused(amber: Shop) -> None:
    common = ("--provider", "simulator", "--phone", "+27110000005", "--phone-number-id", "55")
    with pytest.raises(CommandError, match="There is no shop nowhere"):
        add("--shop", "nowhere", *common)
    add("--shop", "amber", *common)
    with pytest.raises(CommandError, match="already in use"):
        add("--shop", "blue", *common)


def test_replayed_webhooks_change_nothing(amber_number: WhatsAppNumber) -> None:
    raw = body("1000001", message("wamid.A"))
    keep_body(raw)
    splitter.split_waiting()
    InboxEvent.objects.update(state="done")
    out = StringIO()

    call_command("replay_webhooks", "--since", "2020-01-01", stdout=out)
    assert out.getvalue() == "1 webhooks are run again.\n"
    assert splitter.split_waiting().bodies == 1

    assert list(InboxEvent.objects.values_list("event_key", "state")) == [("msg:wamid.A", "done")]
    assert WebhookRaw.objects.get().state == "split"


@pytest.mark.parametrize("odd", ["soon", "2026-13-01", "2026-01-01T99:00"])
def test_a_date_that_is_none_is_refused(odd: str) -> None:
    with pytest.raises(CommandError, match="is no date"):
        call_command("replay_webhooks", "--since", odd)


def refused_sign_in(pnid: str) -> WhatsAppNumber:
    """A number whose token the provider refused: its breaker is open for good."""
    number = WhatsAppNumber.objects.get(phone_number_id=pnid)
    NumberHealth.objects.create(number_id=number.pk, breaker="hard", reason="The token expired.")
    return number


def test_adding_the_same_number_with_a_new_token_replaces_it_and_lets_it_send_at_once(amber: Shop) -> None:
    same = ("--shop", "amber", "--provider", "meta_cloud", "--phone", "+27110000005", "--phone-number-id", "55")
    add(*same, "--token", "old")
    number = refused_sign_in("55")

    assert add(*same, "--token", "new", "--app-secret", "s2") == (
        "+27110000005 has its new token; its webhook address stays.\n"
    )

    number.refresh_from_db()
    health = NumberHealth.objects.get(number_id=number.pk)
    assert (number.access_token, health.breaker, health.reason) == ("new", "closed", "")
    assert WebhookEndpoint.objects.get(number_id=number.pk).secrets == ["s2"]
    assert AuditEntry.objects.get(action="number.token_changed").shop == amber
    with pytest.raises(CommandError, match="already in use"):
        add("--shop", "blue", *same[2:], "--token", "theirs")


def test_the_desk_takes_a_new_token_and_never_shows_one(amber: Shop) -> None:
    add("--shop", "amber", "--provider", "meta_cloud", "--phone", "+27110000005", "--phone-number-id", "55")
    number = refused_sign_in("55")
    staff = User.objects.create_user("desk@shopme.example", "correct horse battery")
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    desk = Client(HTTP_HOST="localhost")
    desk.post("/admin/login/", {"username": staff.email, "password": "correct horse battery"})
    page = f"/admin/tenants/whatsappnumber/{number.pk}/change/"

    assert desk.post(page, {"new_token": ""}).status_code == 200
    assert NumberHealth.objects.get().breaker == "hard"
    assert desk.post(page, {"new_token": "EAAG-new", "is_active": ""}).status_code == 302

    number.refresh_from_db()
    assert (number.access_token, number.is_active) == ("EAAG-new", True)
    assert NumberHealth.objects.get().breaker == "closed"
    assert AuditEntry.objects.get(action="number.token_changed").actor == staff
    assert "EAAG-new" not in desk.get(page).content.decode()


def test_a_replaced_app_secret_is_dropped_and_an_unknown_one_is_said(amber: Shop) -> None:
    number = ("--shop", "amber", "--provider", "meta_cloud", "--phone", "+27110000005", "--phone-number-id", "55")
    add(*number, "--token", "EAAG", "--app-secret", "old")
    add(*number, "--token", "EAAH", "--app-secret", "new")
    assert set(WebhookEndpoint.objects.get(kind="number").secrets) == {"new", "old"}
    assert "no longer opened" in add(*number, "--drop-app-secret", "old")
    assert WebhookEndpoint.objects.get(kind="number").secrets == ["new"]
    with pytest.raises(CommandError, match="knows no such app secret"):
        add(*number, "--drop-app-secret", "old")
