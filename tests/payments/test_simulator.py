"""The company behind the simulated gateway: its buttons, and its notices over HTTP."""

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from orders.models import Order
from payments import simulator
from payments.gateways.signing import verify_standard_webhook
from payments.models import GatewayEvent, PaymentAttempt, SimulatedNotice
from payments.simulator import CheckoutClosed, press, send_notice
from payments.sweeping import catch_up
from shopme.lib.http import CallFailed
from shopme.lib.money import format_money
from tenants.models import Shop
from tests.payments.stage import Line, an_attempt, an_order, checkout_of, the_account

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Line:
    stands_in = Line(the_account())
    monkeypatch.setattr(simulator.http, "call", stands_in)
    return stands_in


def settle() -> None:
    """Let the company send what it owes and us understand it."""
    catch_up()
    catch_up()


def states() -> list[tuple[str, str]]:
    return list(PaymentAttempt.objects.order_by("id").values_list("state", "review_reason"))


def test_pay_is_told_by_a_signed_post_to_the_platforms_edge(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    settle()
    url, headers, body = line.calls[0]
    assert url == f"http://localhost:8000/webhooks/simulated/{the_account().opaque}/"
    now = int(timezone.now().timestamp())
    assert verify_standard_webhook(the_account().webhook_secret, headers, body, now=now) == headers["webhook-id"]
    assert (states(), Order.objects.get().state) == ([("paid", "")], "paid")


def test_decline_fails_the_attempt_and_the_page_takes_another_try(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="decline")
    settle()
    assert (states(), Order.objects.get().state) == ([("failed", "")], "placed")
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    settle()
    assert (states(), Order.objects.get().state) == ([("paid", "")], "paid")


def test_leaving_cancels_the_attempt_and_closes_the_page(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="abandon")
    settle()
    assert (states(), Order.objects.get().state) == ([("cancelled", "")], "placed")
    with pytest.raises(CheckoutClosed):
        press(checkout_id=checkout_of(attempt).pk, button="pay")


def test_pay_twice_is_one_payment_and_one_question(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay_twice")
    settle()
    assert states() == [("paid", ""), ("review", "duplicate")]
    assert len(line.calls) == 2


def test_late_news_are_not_needed_and_do_no_harm(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay_notify_late")
    catch_up()
    assert (line.calls, states()) == ([], [("pending", "")])
    catch_up(now=timezone.now() + timedelta(minutes=2))
    catch_up(now=timezone.now() + timedelta(minutes=2))
    assert (len(line.calls), states()) == (1, [("paid", "")])


def test_a_page_that_is_paid_takes_no_second_press(line: Line) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    with pytest.raises(CheckoutClosed):
        press(checkout_id=checkout_of(attempt).pk, button="pay")
    assert SimulatedNotice.objects.count() == 1


def test_an_unknown_button_does_nothing(line: Line) -> None:
    attempt = an_attempt()
    with pytest.raises(CheckoutClosed):
        press(checkout_id=checkout_of(attempt).pk, button="refund me")
    assert checkout_of(attempt).state == "open"


def test_a_notice_that_is_refused_or_lost_is_sent_again_with_growing_pauses(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, now = an_attempt(), timezone.now()
    press(checkout_id=checkout_of(attempt).pk, button="pay", at=now)
    owed = SimulatedNotice.objects.get()
    line.status = 503
    assert not send_notice(notice_id=owed.pk, now=now)

    def lost(*_: object, **__: object) -> None:
        raise CallFailed("deadline", was_sent=True)

    monkeypatch.setattr(simulator.http, "call", lost)
    assert not send_notice(notice_id=owed.pk, now=now)
    owed.refresh_from_db()
    assert (owed.tries, owed.due_at, owed.sent_at) == (2, now + timedelta(seconds=10), None)
    line.status = 200
    monkeypatch.setattr(simulator.http, "call", line)
    assert send_notice(notice_id=owed.pk, now=now)
    assert send_notice(notice_id=owed.pk, now=now)
    assert GatewayEvent.objects.count() == 1


def test_the_hosted_page_is_gone_where_simulation_is_switched_off(shop: Shop) -> None:
    attempt = an_attempt()
    browser = Client(HTTP_HOST=shop.host)
    with override_settings(SIMULATED_GATEWAY=False):
        assert browser.get(f"/simulator/pay/{attempt.gateway_checkout_id}/").status_code == 404


def test_the_hosted_page_tells_what_happened(shop: Shop) -> None:
    attempt = an_attempt()
    browser, address = Client(HTTP_HOST=shop.host), f"/simulator/pay/{attempt.gateway_checkout_id}/"
    assert "Pay R" in browser.get(address).content.decode()
    assert "declined" in browser.post(address, {"button": "decline"}).content.decode()
    assert "in half a minute" in browser.post(address, {"button": "pay_notify_late"}).content.decode()
    again = browser.post(address, {"button": "pay"})
    assert (again.status_code, "closed already" in again.content.decode()) == (409, True)


def test_the_hosted_page_speaks_the_buyers_language_and_writes_money_as_the_chat_does(shop: Shop) -> None:
    order = an_order()
    Order.objects.filter(pk=order.pk).update(language="it")
    attempt = an_attempt(Order.objects.get())
    browser, address = Client(HTTP_HOST=shop.host), f"/simulator/pay/{attempt.gateway_checkout_id}/"
    page = browser.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="it"' in page
    assert f"Ordine #{order.number}</h1>" in page
    assert f"Paga {format_money(attempt.amount_cents, 'ZAR', 'it')}</button>" in page
    assert "Rifiuta la carta" in page
    assert "La tua carta è stata rifiutata." in browser.post(address, {"button": "decline"}).content.decode()
    browser.post(address, {"button": "abandon"})
    again = browser.post(address, {"button": "pay"})
    assert (again.status_code, "Questa pagina è già stata chiusa." in again.content.decode()) == (409, True)
