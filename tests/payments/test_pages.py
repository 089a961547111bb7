"""What a customer, a crawler and a guesser see."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from loyalty.models import Customer
from orders.fulfilment import cancel_order, mark_paid
from orders.models import Order
from payments.models import GatewayAccount, PaymentAttempt, PaymentLink, SimulatedCheckout
from payments.services import apply_result
from payments.simulator import press
from shopme.lib.ids import new_token
from tenants.context import inside
from tenants.models import Shop
from tests.payments.stage import (
    WatchedCompany,
    an_attempt,
    an_order,
    checkout_of,
    failure,
    money,
    the_account,
    token_for,
)
from tests.trade import a_customer, fresh

AGENTS = ("WhatsApp/2.23.20.0 A", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")


@pytest.fixture
def browser(shop: Shop) -> Iterator[Client]:
    cache.delete("pay-miss:127.0.0.1")
    yield Client(HTTP_HOST=shop.host, enforce_csrf_checks=True)
    cache.delete("pay-miss:127.0.0.1")


@pytest.fixture
def order(shop: Shop) -> Order:
    return an_order(customer=a_customer("Thandi Nkosi", phone="+27821234567"))


def press_pay(browser: Client, token: str) -> str:
    """Press the button as a browser without cookies does; where it leads."""
    page = browser.get(f"/pay/{token}/").content.decode()
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form
    browser.cookies.clear()
    answer = browser.post(f"/pay/{token}/", {"form": form.group(1)})
    assert answer.status_code == 303
    return answer["Location"]


def test_the_link_shows_what_is_paid_and_keeps_itself_private(browser: Client, order: Order) -> None:
    answer = browser.get(f"/pay/{token_for(order)}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"Order #{order.number}" in page
    assert "155,00" in page
    assert "Thandi" not in page
    assert "82123" not in page
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["X-Frame-Options"] == "DENY"
    assert "form-action 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_what_forwards_and_previews_show_is_general(browser: Client, order: Order) -> None:
    token = token_for(order)
    social = re.findall(r'<meta property="og:[^>]+>', browser.get(f"/pay/{token}/").content.decode())
    assert social
    assert not any("155" in tag or str(order.number) in tag for tag in social)
    for agent in AGENTS:
        page = browser.get(f"/pay/{token}/", HTTP_USER_AGENT=agent).content.decode()
        assert "Payment request from Amber Bakery" in page
        assert "155,00" not in page
        assert f"#{order.number}" not in page


def test_looking_twenty_times_in_every_way_changes_nothing(
    browser: Client, order: Order, company: WatchedCompany
) -> None:
    token = token_for(order)
    before = PaymentLink.objects.values().get()
    for number in range(20):
        agent = {"HTTP_USER_AGENT": AGENTS[number % 2]} if number % 3 else {"HTTP_SEC_PURPOSE": "prefetch"}
        method = browser.head if number % 2 else browser.get
        assert method(f"/pay/{token}/", **agent).status_code == 200
    assert PaymentLink.objects.values().get() == before
    assert not PaymentAttempt.objects.exists()
    assert company.calls == []
    assert press_pay(browser, token).endswith(f"/simulator/pay/{SimulatedCheckout.objects.get().pk}/")


def test_the_button_works_without_cookies_and_twice(browser: Client, order: Order) -> None:
    token = token_for(order)
    assert press_pay(browser, token) == press_pay(browser, token)
    assert PaymentAttempt.objects.count() == 1


def test_a_post_without_our_form_starts_nothing(browser: Client, order: Order) -> None:
    token, other = token_for(order), token_for(an_order())
    foreign = re.search(r'name="form" value="([^"]+)"', browser.get(f"/pay/{other}/").content.decode())
    assert foreign
    for form in ("", "x", foreign.group(1)):
        answer = browser.post(f"/pay/{token}/", {"form": form})
        assert answer.status_code == 422
        assert "press the button again" in answer.content.decode()
    assert not PaymentAttempt.objects.exists()


def test_every_dead_link_says_why_and_offers_a_way_on(browser: Client, order: Order) -> None:
    old, token = token_for(order), token_for(order)
    answer = browser.get(f"/pay/{old}/")
    assert (answer.status_code, "latest payment link in the chat" in answer.content.decode()) == (410, True)
    PaymentLink.objects.filter(state="active").update(
        created_at=timezone.now() - timedelta(hours=2), expires_at=timezone.now() - timedelta(hours=1)
    )
    answer = browser.get(f"/pay/{token}/")
    assert (answer.status_code, "Ask for a new link in the chat" in answer.content.decode()) == (410, True)
    cancelled = an_order()
    token = token_for(cancelled)
    cancel_order(order_id=cancelled.pk, actor_kind="customer")
    answer = browser.get(f"/pay/{token}/")
    assert (answer.status_code, "This order was cancelled" in answer.content.decode()) == (410, True)


def test_a_paid_link_shows_that_it_is_paid(browser: Client, order: Order) -> None:
    token = token_for(order)
    mark_paid(order_id=order.pk, actor_kind="staff")
    answer = browser.get(f"/pay/{token}/")
    assert (answer.status_code, "Thank you, it is paid" in answer.content.decode()) == (200, True)
    assert "form" not in re.findall(r"<form|<input", answer.content.decode())


def test_a_gateway_that_is_away_is_an_apology_not_an_error(
    browser: Client, order: Order, company: WatchedCompany
) -> None:
    from payments.gateways.base import TemporaryFailure

    def away(wish: object) -> dict[str, object]:
        raise TemporaryFailure("later")

    company.open_checkout = away  # type: ignore[method-assign,assignment]
    token = token_for(order)
    page = browser.get(f"/pay/{token}/").content.decode()
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form
    answer = browser.post(f"/pay/{token}/", {"form": form.group(1)})
    assert (answer.status_code, "Nothing was charged" in answer.content.decode()) == (503, True)


def test_guesses_all_look_the_same_and_are_slowed_down(browser: Client, order: Order) -> None:
    real = token_for(order)
    guesses = ["x", "a" * 32, real[:-1], real + "A", real.swapcase(), *[new_token(24) for _ in range(15)]]
    answers = [browser.get(f"/pay/{guess}/") for guess in guesses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r"nonce-\S+|csrf\S+|X-CSRFToken[^}]+", "", each.content.decode()) for each in answers}) == 1
    assert browser.get("/pay/another/").status_code == 429
    assert not PaymentAttempt.objects.exists()


def test_ten_thousand_tokens_are_all_different_and_long_enough() -> None:
    tokens = {new_token(24) for _ in range(10_000)}
    assert len(tokens) == 10_000
    assert {len(token) for token in tokens} == {32}


def test_a_token_of_one_shop_opens_nothing_in_another(browser: Client, order: Order, blue: Shop) -> None:
    token = token_for(order)
    elsewhere = Client(HTTP_HOST=blue.host)
    assert elsewhere.get(f"/pay/{token}/").status_code == 404
    attempt = an_attempt(order)
    assert elsewhere.get(f"/pay/return/{attempt.public_id}/").status_code == 404
    assert elsewhere.get(f"/simulator/pay/{attempt.gateway_checkout_id}/").status_code == 404
    with inside(blue):
        cache.delete("pay-miss:127.0.0.1")


def test_coming_back_asks_the_gateway_and_shows_the_money(browser: Client, order: Order) -> None:
    attempt = an_attempt(order)
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    answer = browser.get(f"/pay/return/{attempt.public_id}/?status=failed&amount=1")
    assert "Thank you, it is paid" in answer.content.decode()
    assert "hx-get" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert Order.objects.get().state == "paid"


def test_nothing_in_the_way_back_is_believed(browser: Client, order: Order) -> None:
    attempt = an_attempt(order)
    for answer in (
        browser.get(f"/pay/return/{attempt.public_id}/?status=success&paid=1"),
        browser.post(f"/pay/return/{attempt.public_id}/", {"Status": "Complete", "Amount": "155,00"}),
    ):
        assert "We are checking your payment" in answer.content.decode()
        assert 'hx-trigger="every 3s"' in answer.content.decode()
    assert Order.objects.get().state == "placed"


def test_the_page_that_looks_again_gets_only_its_part(browser: Client, order: Order) -> None:
    attempt = an_attempt(order)
    part = browser.get(f"/pay/return/{attempt.public_id}/", HTTP_HX_REQUEST="true").content.decode()
    assert part.strip().startswith('<div id="payment-state"')


def test_a_failed_and_a_doubtful_payment_are_told_apart(browser: Client, order: Order) -> None:
    failed, doubtful = an_attempt(order), an_attempt(an_order())
    apply_result(attempt_id=failed.pk, result=failure(failed))
    apply_result(attempt_id=doubtful.pk, result=money(doubtful, amount_cents=1))
    assert "did not go through" in browser.get(f"/pay/return/{failed.public_id}/").content.decode()
    assert "does not quite fit" in browser.get(f"/pay/return/{doubtful.public_id}/").content.decode()


def test_the_pages_speak_the_language_of_the_order(browser: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(language="it")
    answer = browser.get(f"/pay/{token_for(order)}/")
    assert '<html lang="it"' in answer.content.decode()
    assert "Da pagare" in answer.content.decode()


def test_customers_of_a_real_number_find_the_way_back_to_their_chat(browser: Client, order: Order, shop: Shop) -> None:
    from tenants.models import WhatsAppNumber

    WhatsAppNumber.objects.create(
        shop=shop, provider="meta_cloud", phone="+27215550100", phone_number_id="pay-test", portfolio="p"
    )
    mark_paid(order_id=order.pk, actor_kind="staff")
    page = browser.get(f"/pay/return/{_attempt_on_paid(order).public_id}/").content.decode()
    assert 'href="https://wa.me/27215550100"' in page


def _attempt_on_paid(order: Order) -> PaymentAttempt:
    account: GatewayAccount = the_account()
    return PaymentAttempt.objects.create(
        order=order, account=account, amount_cents=155_00, currency="ZAR", mode="test", state="failed",
        idempotency_key="x", created_at=timezone.now(),
    )  # fmt: skip


def test_the_whole_way_of_a_payment_by_pages_alone(browser: Client, order: Order) -> None:
    hosted = press_pay(browser, token_for(order)).partition("/simulator")[2]
    page = browser.get(f"/simulator{hosted}")
    assert "SIMULATED" in page.content.decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert csrf
    answer = browser.post(f"/simulator{hosted}", {"button": "pay", "csrfmiddlewaretoken": csrf.group(1)})
    assert answer.status_code == 303
    back = answer["Location"].partition("/pay/")[2]
    assert "Thank you, it is paid" in browser.get(f"/pay/{back}").content.decode()
    assert Order.objects.get().state == "paid"
    assert Customer.objects.get(pk=order.customer_id) == order.customer
    assert fresh(order.lines.get().variant).on_hand == 4
