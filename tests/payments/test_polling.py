"""Asking ourselves, when and how often."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from orders.models import Order
from payments.models import PaymentAttempt
from payments.polling import ask_gateway, poll_open_attempts
from payments.polling_times import SCHEDULE, next_poll_at
from payments.simulator import press
from tenants.context import inside
from tenants.models import Shop
from tests.payments.stage import WatchedCompany, an_attempt, checkout_of
from tests.trade import NOON, at_once

MINUTE = timedelta(minutes=1)


def test_the_schedule_is_two_five_ten_twenty_forty_seventy_minutes_then_hours() -> None:
    asked, now = [], NOON
    for polls in range(len(SCHEDULE)):
        moment = next_poll_at(NOON, polls, now=now, hold_ends_at=None)
        assert moment is not None
        asked.append(int((moment - NOON) / MINUTE))
        now = moment
    assert asked == [2, 5, 10, 20, 40, 70, 180, 720, 1440, 4320]
    assert next_poll_at(NOON, len(SCHEDULE), now=now, hold_ends_at=None) is None


def test_one_question_comes_right_before_the_hold_ends() -> None:
    ends = NOON + 60 * MINUTE
    assert next_poll_at(NOON, 5, now=NOON + 40 * MINUTE, hold_ends_at=ends) == ends - 1.5 * MINUTE
    assert next_poll_at(NOON, 5, now=ends - MINUTE, hold_ends_at=ends) == NOON + 70 * MINUTE


def test_after_a_pause_of_the_worker_missed_questions_are_not_asked_all_at_once() -> None:
    assert next_poll_at(NOON, 1, now=NOON + 50 * MINUTE, hold_ends_at=None) == NOON + 70 * MINUTE


@pytest.mark.usefixtures("shop")
def test_a_payment_whose_notice_was_lost_is_found_by_asking() -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    assert poll_open_attempts(now=attempt.created_at + MINUTE) == 0
    assert Order.objects.get().state == "placed"
    assert poll_open_attempts(now=attempt.created_at + 2 * MINUTE) == 1
    assert Order.objects.get().state == "paid"
    assert poll_open_attempts(now=attempt.created_at + 10 * MINUTE) == 0


@pytest.mark.usefixtures("shop")
def test_an_attempt_nobody_pays_is_given_up_softly_after_three_days(company: WatchedCompany) -> None:
    attempt = an_attempt()
    for after in SCHEDULE:
        poll_open_attempts(now=attempt.created_at + after)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.next_poll_at) == ("expired", None)
    assert company.calls.count("look") == attempt.polls == len(SCHEDULE)


@pytest.mark.usefixtures("shop")
def test_a_customer_who_keeps_reloading_asks_the_gateway_every_two_seconds_at_most(company: WatchedCompany) -> None:
    attempt, now = an_attempt(), timezone.now()
    asked = [ask_gateway(attempt_id=attempt.pk, now=now + timedelta(seconds=second)) for second in (0, 1, 2, 3, 4)]
    assert asked == [True, False, False, True, False]
    assert company.calls.count("look") == 2


@pytest.mark.usefixtures("shop")
def test_a_card_declined_first_and_taken_then_is_found_by_who_comes_back(heard: list[str]) -> None:
    attempt, now = an_attempt(), timezone.now()
    for button, second in (("decline", 0), ("decline", 10), ("pay", 20)):
        press(checkout_id=checkout_of(attempt).pk, button=button)
        assert ask_gateway(attempt_id=attempt.pk, now=now + timedelta(seconds=second))
    assert Order.objects.get().state == "paid"
    assert heard[-1] == "paid"
    assert not ask_gateway(attempt_id=attempt.pk, now=now + timedelta(seconds=30))


@pytest.mark.usefixtures("shop")
def test_an_attempt_whose_page_never_answered_is_found_by_our_reference(company: WatchedCompany) -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    PaymentAttempt.objects.update(state="created", gateway_checkout_id=None, redirect_url="")
    assert ask_gateway(attempt_id=attempt.pk)
    found = PaymentAttempt.objects.get()
    assert (found.state, found.gateway_checkout_id is not None) == ("paid", True)


@pytest.mark.django_db(transaction=True)
def test_ten_pollers_ask_once(amber: Shop, company: WatchedCompany) -> None:
    with inside(amber):
        attempt = an_attempt()
        at_once(amber, [partial(poll_open_attempts, now=attempt.created_at + 2 * MINUTE)] * 10)
        attempt.refresh_from_db()
        assert (attempt.polls, company.calls.count("look")) == (1, 1)
