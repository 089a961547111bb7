"""From the link in the chat to the gateway's page."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from orders.fulfilment import cancel_order, expire_unpaid, mark_paid
from orders.models import Order
from payments.accounts import open_account
from payments.errors import LinkClosed, NothingToPay, NoWayToPay, OrderNotPayable, PaymentUnavailable, UnknownLink
from payments.gateways.base import CredentialsRejected, OutcomeUnknown, TemporaryFailure
from payments.gateways.registry import GatewayNotAllowed
from payments.models import GatewayAccount, PaymentAttempt, PaymentLink, SimulatedCheckout
from payments.services import request_payment, revoke_links, start_payment
from payments.signals import gateway_account_added
from shopme.lib.ids import hash_token
from tenants.context import inside
from tenants.models import Shop
from tests.payments.stage import WatchedCompany, an_order, the_account, token_for
from tests.trade import at_once

pytestmark = pytest.mark.usefixtures("shop")


def test_a_link_is_kept_as_a_hash_for_an_hour_and_leads_to_the_shops_own_host(shop: Shop) -> None:
    order, at = an_order(), timezone.now()
    address = request_payment(order=order, at=at)
    assert address.startswith(shop.url("/pay/"))
    token = address.rstrip("/").rpartition("/")[2]
    assert len(token) >= 32
    link = PaymentLink.objects.get()
    assert bytes(link.token_hash) == hash_token(token)
    assert (link.amount_cents, link.currency, link.state) == (155_00, "ZAR", "active")
    assert link.expires_at == min(at + timedelta(hours=1), order.expires_at or at)


def test_a_newer_link_ends_the_older_one() -> None:
    order = an_order()
    old, new = token_for(order), token_for(order)
    with pytest.raises(LinkClosed) as refusal:
        start_payment(token=old)
    assert refusal.value.state == "replaced"
    assert start_payment(token=new)


def test_starting_opens_one_hosted_page_outside_any_transaction(company: WatchedCompany, shop: Shop) -> None:
    order = an_order()
    address = start_payment(token=token_for(order))
    attempt, checkout = PaymentAttempt.objects.get(), SimulatedCheckout.objects.get()
    assert address == attempt.redirect_url == shop.url(f"/simulator/pay/{checkout.pk}/")
    assert (attempt.state, attempt.amount_cents, attempt.mode) == ("pending", 155_00, "test")
    assert (checkout.amount_cents, checkout.reference) == (155_00, str(attempt.public_id))
    assert checkout.return_url == shop.url(f"/pay/return/{attempt.public_id}/")
    assert checkout.notify_url == f"http://localhost:8000/webhooks/simulated/{the_account().opaque}/"
    assert PaymentLink.objects.get().state == "started"
    assert company.calls == ["open"]


def test_pressing_again_leads_to_the_same_page(company: WatchedCompany) -> None:
    token = token_for(an_order())
    assert start_payment(token=token) == start_payment(token=token)
    assert (PaymentAttempt.objects.count(), company.calls) == (1, ["open"])


def test_a_new_link_for_the_same_order_leads_to_the_page_that_is_open() -> None:
    order = an_order()
    first = start_payment(token=token_for(order))
    assert start_payment(token=token_for(order)) == first
    assert PaymentAttempt.objects.count() == 1


def test_no_answer_leaves_the_attempt_and_the_next_press_asks_with_the_same_key(company: WatchedCompany) -> None:
    token, asked = token_for(an_order()), []
    answer = company.open_checkout

    def lost(wish: dict[str, Any]) -> dict[str, Any]:
        asked.append(wish["idempotency_key"])
        answer(wish)
        raise OutcomeUnknown("The line is dead.")

    company.open_checkout = lost  # type: ignore[method-assign]
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    assert PaymentAttempt.objects.get().state == "created"
    company.open_checkout = answer  # type: ignore[method-assign]
    start_payment(token=token)
    assert PaymentAttempt.objects.get().idempotency_key == asked[0]
    assert SimulatedCheckout.objects.count() == 1


def test_rejected_credentials_end_the_attempt_and_the_next_press_makes_a_new_one(company: WatchedCompany) -> None:
    token, answer = token_for(an_order()), company.open_checkout

    def rejected(wish: dict[str, Any]) -> dict[str, Any]:
        raise CredentialsRejected("Unknown key.")

    company.open_checkout = rejected  # type: ignore[method-assign]
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token)
    company.open_checkout = answer  # type: ignore[method-assign]
    start_payment(token=token)
    assert list(PaymentAttempt.objects.values_list("state", flat=True)) == ["failed", "pending"]


@pytest.mark.parametrize("problem", [TemporaryFailure, OutcomeUnknown])
def test_a_passing_fault_is_not_a_failure(company: WatchedCompany, problem: type[Exception]) -> None:
    def faulty(wish: dict[str, Any]) -> dict[str, Any]:
        raise problem("later")

    company.open_checkout = faulty  # type: ignore[method-assign]
    with pytest.raises(PaymentUnavailable):
        start_payment(token=token_for(an_order()))
    assert PaymentAttempt.objects.get().state == "created"


def test_an_unknown_token_opens_nothing() -> None:
    for token in ("", "x", "a" * 500, "../..", "\x00"):
        with pytest.raises(UnknownLink):
            start_payment(token=token)


def test_a_link_works_until_its_last_second_and_not_after() -> None:
    order = an_order()
    token = token_for(order)
    end = PaymentLink.objects.get().expires_at
    with pytest.raises(LinkClosed) as refusal:
        start_payment(token=token, at=end)
    assert refusal.value.state == "expired"
    assert not PaymentAttempt.objects.exists()
    assert start_payment(token=token, at=end - timedelta(seconds=1))


def test_what_happens_to_the_order_happens_to_its_link() -> None:
    for act, state, seen in (
        (lambda order: mark_paid(order_id=order.pk, actor_kind="staff"), "used", "paid"),
        (lambda order: cancel_order(order_id=order.pk, actor_kind="staff"), "revoked", "closed"),
        (lambda order: expire_unpaid(now=timezone.now() + timedelta(hours=2)), "expired", "expired"),
        (lambda order: revoke_links(order_id=order.pk, reason="sent to a wrong person"), "revoked", "revoked"),
    ):
        order = an_order()
        token = token_for(order)
        act(order)
        assert PaymentLink.objects.get(order=order).state == state
        with pytest.raises(LinkClosed) as refusal:
            start_payment(token=token)
        assert refusal.value.state == seen


def test_only_an_order_that_waits_for_money_gets_a_link() -> None:
    paid, cancelled, late = an_order(), an_order(), an_order()
    mark_paid(order_id=paid.pk)
    cancel_order(order_id=cancelled.pk, actor_kind="customer")
    with pytest.raises(NothingToPay):
        request_payment(order=paid)
    with pytest.raises(OrderNotPayable):
        request_payment(order=cancelled)
    with pytest.raises(OrderNotPayable):
        request_payment(order=late, at=timezone.now() + timedelta(hours=2))
    assert not PaymentLink.objects.exists()


def test_a_shop_without_an_account_cannot_ask_for_money() -> None:
    order = an_order()
    GatewayAccount.objects.update(is_active=False, is_default=False)
    with pytest.raises(NoWayToPay):
        request_payment(order=order)
    assert not PaymentLink.objects.exists()


def test_simulated_payments_are_refused_where_they_are_switched_off() -> None:
    order = an_order()
    token = token_for(order)
    with override_settings(SIMULATED_GATEWAY=False):
        with pytest.raises(GatewayNotAllowed):
            open_account(gateway="simulated", mode="test")
        with pytest.raises(NoWayToPay):
            request_payment(order=order)
        with pytest.raises(NoWayToPay):
            start_payment(token=token)
    assert not PaymentAttempt.objects.exists()


def test_a_new_account_tells_its_secret_to_the_room_that_opens_the_webhook() -> None:
    told: list[tuple[int, str]] = []

    def listener(account: GatewayAccount, secret: str, **_: Any) -> None:
        told.append((account.pk, secret))

    gateway_account_added.connect(listener)
    try:
        account = open_account(gateway="simulated", mode="test", label="Second")
    finally:
        gateway_account_added.disconnect(listener)
    assert told == [(account.pk, account.webhook_secret)]
    assert account.webhook_secret.startswith("whsec_")
    assert list(GatewayAccount.objects.filter(is_default=True)) == [account]


@pytest.mark.django_db(transaction=True)
def test_twenty_presses_on_many_devices_open_one_page(amber: Shop) -> None:
    with inside(amber):
        token = token_for(an_order())
        answers = at_once(amber, [partial(start_payment, token=token)] * 20)
        assert len(set(answers)) == 1
        assert not isinstance(answers[0], Exception)
        assert (PaymentAttempt.objects.count(), SimulatedCheckout.objects.count()) == (1, 1)
        assert Order.objects.get().state == "placed"
