"""The settings page of payment accounts."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from payments.models import GatewayAccount
from tenants.context import inside
from tenants.models import AuditEntry, Role, Shop
from tests.conftest import PASSWORD
from tests.fakes.yoco import LIVE_KEY, TEST_KEY, FakeYoco

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
PAGE = "/settings/payments/"
ADD = f"{PAGE}add/yoco/"


@pytest.fixture(autouse=True)
def yoco(settings: Any) -> Iterator[FakeYoco]:
    with FakeYoco() as running:
        settings.YOCO_URL = running.url
        yield running


def proven(client: Client) -> Client:
    """They gave their password a moment ago."""
    session = client.session
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "email": "a@b.c", "reauthenticated": True}
    ]
    session.save()
    return client


def the_account(shop: Shop) -> GatewayAccount:
    with inside(shop):
        return GatewayAccount.objects.get(gateway="yoco")


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER])
def test_keys_are_for_admins(amber: Shop, client_of: ClientOf, role: Role) -> None:
    client = client_of(amber, role)
    for path in (PAGE, ADD):
        assert client.get(path).status_code == 403
    assert client.post(ADD, {"mode": "test", "secret_key": TEST_KEY}).status_code == 403
    with inside(amber):
        assert not GatewayAccount.objects.filter(gateway="yoco").exists()


def test_a_pasted_key_is_tried_kept_and_never_shown_again(amber: Shop, client_of: ClientOf, yoco: FakeYoco) -> None:
    client = proven(client_of(amber))
    answer = client.post(ADD, {"mode": "live", "secret_key": f" {LIVE_KEY} "})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    shown = page(client)
    assert "Yoco is connected." in shown
    assert f'Key …<bdi class="font-mono">{LIVE_KEY[-4:]}</bdi>' in shown
    account = the_account(amber)
    for secret in (LIVE_KEY, account.webhook_secret, account.opaque):
        assert secret not in shown
    entry = AuditEntry.objects.get(shop=amber, action="payments.account_connected")
    assert (entry.actor, entry.subject) == (client.user, f"yoco live account {account.pk}")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("mode", "key"),
    [("live", TEST_KEY), ("test", LIVE_KEY), ("test", "pk_test_0a1b2c3d4e5f"), ("test", "sk_test_short"), ("test", "")],
)
def test_a_key_of_another_kind_is_refused_before_anybody_is_asked(
    amber: Shop, client_of: ClientOf, yoco: FakeYoco, mode: str, key: str
) -> None:
    answer = proven(client_of(amber)).post(ADD, {"mode": mode, "secret_key": key})
    assert answer.status_code == 422
    assert (yoco.calls, key and key in answer.content.decode()) == ([], key and False)


def test_a_key_yoco_rejects_is_told_in_the_form(amber: Shop, client_of: ClientOf, yoco: FakeYoco) -> None:
    yoco.keys.clear()
    answer = proven(client_of(amber)).post(ADD, {"mode": "test", "secret_key": TEST_KEY})
    assert answer.status_code == 422
    assert "Yoco does not accept this secret key." in answer.content.decode()
    assert TEST_KEY not in answer.content.decode()


def test_an_unfinished_account_says_so_and_is_finished_by_a_button(
    amber: Shop, client_of: ClientOf, yoco: FakeYoco
) -> None:
    client = proven(client_of(amber))
    register = yoco._register
    yoco._register = lambda wish, mode: {"id": "sub_x"}  # type: ignore[method-assign]
    client.post(ADD, {"mode": "test", "secret_key": TEST_KEY})
    yoco._register = register  # type: ignore[method-assign]
    shown = page(client)
    assert "its notifications are not registered" in shown
    assert "Its notifications are not registered yet." in shown
    client.post(f"{PAGE}{the_account(amber).pk}/register/")
    assert "Its notifications come here now." in page(client)
    assert the_account(amber).is_active


def test_the_connection_is_tested_by_a_button(amber: Shop, client_of: ClientOf, yoco: FakeYoco) -> None:
    client = proven(client_of(amber))
    client.post(ADD, {"mode": "test", "secret_key": TEST_KEY})
    page(client)
    path = f"{PAGE}{the_account(amber).pk}/test/"
    client.post(path)
    assert "The connection works." in page(client)
    yoco.fail_next("hang_up")
    client.post(path)
    assert "Yoco could not be reached. Try again in a minute." in page(client)
    yoco.webhooks.clear()
    client.post(path)
    shown = page(client)
    assert "The gateway sends its notifications somewhere else." in shown
    assert "with a problem" in shown


def test_default_and_retire(amber: Shop, client_of: ClientOf, yoco: FakeYoco) -> None:
    client = proven(client_of(amber))
    for mode, key in (("live", LIVE_KEY), ("test", TEST_KEY)):
        client.post(ADD, {"mode": mode, "secret_key": key})
    with inside(amber):
        test = GatewayAccount.objects.get(mode="test", gateway="yoco")
    assert not test.is_default
    client.post(f"{PAGE}{test.pk}/default/")

    with inside(amber):
        assert GatewayAccount.objects.get(is_default=True) == test
    client.post(f"{PAGE}{test.pk}/retire/")
    assert "The account is retired." in page(client)
    for act in ("default", "retire", "test", "register"):
        assert client.post(f"{PAGE}{test.pk}/{act}/").status_code == 404
    acts = list(AuditEntry.objects.filter(shop=amber).values_list("action", flat=True))
    assert {"payments.account_made_default", "payments.account_retired"} <= set(acts)


def test_whoever_sat_down_at_an_open_screen_is_asked_who_they_are(
    amber: Shop, client_of: ClientOf, yoco: FakeYoco
) -> None:
    client = proven(client_of(amber))
    client.post(ADD, {"mode": "test", "secret_key": TEST_KEY})
    account = the_account(amber)
    stranger = client_of(amber)
    answer = stranger.get(ADD)
    assert answer.headers["Location"] == "/reauthenticate/?next=%2Fsettings%2Fpayments%2Fadd%2Fyoco%2F"
    for act in ("default", "retire", "register"):
        answer = stranger.post(f"{PAGE}{account.pk}/{act}/")
        assert answer.headers["Location"] == "/reauthenticate/?next=%2Fsettings%2Fpayments%2F"
    assert the_account(amber).retired_at is None
    through = stranger.post("/reauthenticate/?next=%2Fsettings%2Fpayments%2Fadd%2Fyoco%2F", {"password": PASSWORD})
    assert through.headers["Location"] == ADD
    assert stranger.get(ADD).status_code == 200


def test_a_key_typed_before_the_password_is_kept_nowhere(amber: Shop, client_of: ClientOf, yoco: FakeYoco) -> None:
    client = client_of(amber)
    answer = client.post(ADD, {"mode": "test", "secret_key": TEST_KEY})
    assert answer.headers["Location"].startswith("/reauthenticate/")
    assert yoco.calls == []
    assert [key for key in Session.objects.all() if TEST_KEY in str(key.get_decoded())] == []


def test_an_unknown_gateway_and_the_pretended_one_are_not_offered(amber: Shop, client_of: ClientOf) -> None:
    client = proven(client_of(amber))
    assert [client.get(f"{PAGE}add/{name}/").status_code for name in ("nope", "simulated")] == [404, 404]


def test_without_an_account_the_page_says_what_to_do(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        GatewayAccount.objects.all().delete()
    shown = page(client_of(amber))
    assert "No account yet" in shown
    assert f'href="{ADD}"' in shown
