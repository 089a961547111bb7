"""Connecting a shop's own account: the key is tried first, nothing is registered twice, a secret is sealed at once."""

import json
from functools import partial
from typing import Any

import pytest
from django.db import connection

from conversations.transport.models import WebhookEndpoint
from payments import connecting, health
from payments.accounts import account_for, notify_url
from payments.gateways.base import CredentialsRejected, OutcomeUnknown
from payments.models import GatewayAccount
from payments.services import process_notice
from payments.tasks import check_gateway_accounts, check_gateway_accounts_everywhere
from tenants.context import inside
from tenants.models import AuditEntry, Shop
from tests.fakes.yoco import TEST_KEY, FakeYoco
from tests.payments.yoco_stage import an_admin, connected, opened, taken_in
from tests.trade import at_once

pytestmark = pytest.mark.usefixtures("shop", "yoco")


def test_a_connected_account_takes_money_and_its_events_have_an_address(shop: Shop, yoco: FakeYoco) -> None:
    account = connected()
    [hook] = yoco.webhooks
    assert (hook["url"], hook["mode"], account.webhook_id) == (notify_url(account), "test", hook["id"])
    assert (account.is_active, account.is_default, account.problem) == (True, True, "")
    assert account_for("ZAR", 155_00) == account
    endpoint = WebhookEndpoint.objects.get(opaque=account.opaque)
    assert (endpoint.scheme, endpoint.shop_id, endpoint.secrets) == ("standard", shop.pk, [yoco.secrets[hook["id"]]])
    assert [call.method for call in yoco.calls] == ["GET", "GET", "POST"]
    notes = AuditEntry.objects.filter(shop=shop, action__startswith="payments.")
    assert [entry.action for entry in notes.order_by("id")] == [
        "payments.account_connected", "payments.account_webhook_registered",
    ]  # fmt: skip
    assert "sk_test" not in str(list(notes.values()))


def test_neither_key_nor_secret_is_readable_in_the_database(yoco: FakeYoco) -> None:
    account = connected()
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM payments_gatewayaccount t")
        rows = str(cursor.fetchall())
        cursor.execute("SELECT t::text FROM public.transport_webhookendpoint t")
        rows += str(cursor.fetchall())
    for secret in (TEST_KEY, account.webhook_secret):
        assert secret not in rows
        assert secret.encode().hex() not in rows


def test_a_key_yoco_does_not_know_leaves_nothing_behind(yoco: FakeYoco) -> None:
    yoco.keys.clear()
    with pytest.raises(CredentialsRejected):
        connected()
    assert not GatewayAccount.objects.filter(gateway="yoco").exists()
    assert (yoco.webhooks, AuditEntry.objects.filter(action__startswith="payments.").count()) == ([], 0)


def test_a_registration_that_failed_can_be_finished_and_is_made_once(yoco: FakeYoco) -> None:
    """Yoco registered it and its answer got lost: the secret is nobody's, so it is replaced."""
    lose_the_answer = yoco._answer

    def losing(call: Any, fault: Any, raw: str) -> Any:
        answer = lose_the_answer(call, fault, raw)
        return None if (call.method, call.path) == ("POST", "/webhooks") else answer

    yoco._answer = losing  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        connected()
    account = GatewayAccount.objects.get(gateway="yoco")
    assert (account.is_active, account.problem, len(yoco.webhooks)) == (False, "unfinished", 1)
    yoco._answer = lose_the_answer  # type: ignore[method-assign]
    assert account_for("ZAR", 155_00).gateway == "simulated"
    finished = connecting.finish(account_id=account.pk, actor=an_admin())
    assert (finished.is_active, finished.problem, len(yoco.webhooks)) == (True, "", 1)
    assert finished.webhook_secret == yoco.secrets[yoco.webhooks[0]["id"]]


def test_finishing_twice_registers_nothing_twice(yoco: FakeYoco) -> None:
    account = connected()
    connecting.finish(account_id=account.pk)
    assert (len(yoco.webhooks), len(yoco.sent("POST", "/webhooks"))) == (1, 1)


def test_a_lost_registration_is_told_and_made_anew_while_the_old_secret_still_counts(yoco: FakeYoco) -> None:
    account = connected()
    attempt = opened()
    yoco.pay("ch_0001")
    signed_before = yoco.event("ch_0001")
    yoco.webhooks[0]["url"] = "https://dead.example/"
    assert health.check(account_id=account.pk) == "no_webhook"
    account.refresh_from_db()
    assert (account.problem, health.problem_count()) == ("no_webhook", 1)
    connecting.finish(account_id=account.pk)
    account.refresh_from_db()
    assert (account.problem, len(account.webhook_secret.split()), health.check(account_id=account.pk)) == ("", 2, "")
    assert len(WebhookEndpoint.objects.get(opaque=account.opaque).secrets) == 2
    assert process_notice(event_id=taken_in(account, signed_before).pk) == "paid"
    attempt.refresh_from_db()
    assert attempt.state == "paid"


def test_one_account_a_mode_and_another_mode_beside_it(yoco: FakeYoco) -> None:
    first = connected("live")
    with pytest.raises(connecting.AlreadyConnected):
        connected("live")
    second = connected("test")
    first.refresh_from_db()
    assert (first.is_default, second.is_default, len(yoco.webhooks)) == (True, False, 2)
    connecting.make_default(account_id=second.pk, actor=an_admin())
    assert account_for("ZAR", 155_00) == second


def test_a_retired_account_takes_no_new_money_and_hears_of_the_old(yoco: FakeYoco) -> None:
    account = connected()
    opened()
    yoco.pay("ch_0001")
    connecting.retire(account_id=account.pk, actor=an_admin())
    assert account_for("ZAR", 155_00).gateway == "simulated"
    assert process_notice(event_id=taken_in(account, yoco.event("ch_0001")).pk) == "paid"
    for act in (connecting.retire, connecting.make_default):
        with pytest.raises(connecting.NotConnected):
            act(account_id=account.pk, actor=an_admin())
    successor = connected()
    opened()
    yoco.pay("ch_0002")
    old_hook, new_hook = yoco.webhooks
    headers, body = yoco.event("ch_0002")
    told_old, _ = yoco.signed(body, name="msg_old", secret=yoco.secrets[old_hook["id"]])
    assert process_notice(event_id=taken_in(account, (told_old, body)).pk) == "not a payment of this account"
    assert process_notice(event_id=taken_in(successor, (headers, body)).pk) == "paid"
    assert old_hook["url"] != new_hook["url"]


def test_the_daily_look_tells_of_a_key_that_stopped_working_and_of_its_recovery(shop: Shop, yoco: FakeYoco) -> None:
    account = connected()
    known = dict(yoco.keys)
    yoco.keys.clear()
    assert check_gateway_accounts(shop_id=shop.pk) == 1
    account.refresh_from_db()
    assert account.problem == "rejected"
    yoco.keys.update(known)
    yoco.fail_next("status", status=503)
    assert check_gateway_accounts(shop_id=shop.pk) == 0
    account.refresh_from_db()
    assert account.problem == "rejected"
    assert check_gateway_accounts(shop_id=shop.pk) == 0
    account.refresh_from_db()
    assert account.problem == ""


def test_every_shop_gets_its_daily_look(monkeypatch: pytest.MonkeyPatch, amber: Shop, blue: Shop) -> None:
    asked: list[int] = []
    monkeypatch.setattr(check_gateway_accounts, "apply_async", lambda kwargs, **_: asked.append(kwargs["shop_id"]))
    assert check_gateway_accounts_everywhere() == len(asked)
    assert {amber.pk, blue.pk} <= set(asked)


@pytest.mark.django_db(transaction=True)
def test_ten_hands_that_connect_the_same_account_connect_it_once(amber: Shop, yoco: FakeYoco) -> None:
    with inside(amber):
        admin = an_admin()
        wish: dict[str, Any] = {"gateway": "yoco", "mode": "test", "credentials": {"secret_key": TEST_KEY}}
        answers = at_once(amber, [partial(connecting.connect, actor=admin, **wish)] * 10)
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert (len(refused), {type(each) for each in refused}) == (9, {connecting.AlreadyConnected})
        [account] = GatewayAccount.objects.filter(gateway="yoco")
        assert json.loads(account.credentials) == {"secret_key": TEST_KEY}
        assert len(yoco.webhooks) == 1


def test_an_account_given_up_cannot_be_finished() -> None:
    account = connected()
    connecting.retire(account_id=account.pk, actor=an_admin())
    with pytest.raises(connecting.NotConnected):
        connecting.finish(account_id=account.pk)
