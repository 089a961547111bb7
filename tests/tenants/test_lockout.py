"""Guessing passwords: few tries, counted before they are looked at, and never a prison for the owner."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from unittest.mock import patch

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from tenants import lockout
from tenants.models import LoginFailure, Shop, User

PASSWORD = "correct horse battery"
OWNER = "thandi@amber.example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def thandi(db: None) -> User:
    return User.objects.create_user(OWNER, PASSWORD, name="Thandi")


def attempt(email: str = OWNER, password: str = "wrong", ip: str = "198.51.100.7") -> bool:
    request = RequestFactory().post("/login/", REMOTE_ADDR=ip)
    return authenticate(request, email=email, password=password) is not None


def test_five_wrong_tries_from_one_address_shut_that_address_out_for_a_quarter_of_an_hour(thandi: User) -> None:
    assert [attempt() for _ in range(5)] == [False] * 5
    assert not attempt(password=PASSWORD)
    later = timezone.now() + timedelta(minutes=15, seconds=1)
    with patch("tenants.lockout.timezone.now", return_value=later):
        assert attempt(password=PASSWORD)


def test_a_stranger_on_one_address_does_not_lock_the_owner_out_elsewhere(thandi: User) -> None:
    for _ in range(20):
        attempt(ip="203.0.113.9")
    assert attempt(password=PASSWORD, ip="198.51.100.7")


def test_ten_tries_on_one_person_from_many_addresses_are_the_most(thandi: User) -> None:
    for number in range(30):
        attempt(ip=f"203.0.113.{number}")
    assert LoginFailure.objects.count() == 10
    assert not attempt(password=PASSWORD, ip="198.51.100.7")


def test_ten_tries_from_one_address_on_many_people_are_the_most(thandi: User) -> None:
    for number in range(30):
        attempt(email=f"person{number}@example.com", ip="203.0.113.9")
    assert LoginFailure.objects.count() == 10
    assert not attempt(password=PASSWORD, ip="203.0.113.9")


def test_unknown_people_are_counted_like_known_ones() -> None:
    for _ in range(6):
        attempt(email="nobody@example.com")
    assert LoginFailure.objects.count() == 5


def test_the_case_and_spaces_of_an_address_do_not_make_new_tries(thandi: User) -> None:
    for email in (OWNER, OWNER.upper(), f" {OWNER}", "Thandi@Amber.example", OWNER):
        attempt(email=email)
    assert not attempt(password=PASSWORD)


def test_one_ipv6_customer_is_one_address(thandi: User) -> None:
    for number in range(5):
        attempt(ip=f"2001:db8:1:2::{number}")
    assert not attempt(password=PASSWORD, ip="2001:db8:1:2:ffff::1")
    assert lockout.network_of("::ffff:198.51.100.7") == "198.51.100.7"
    assert lockout.network_of("") == "0.0.0.0"


def test_signing_in_forgives_the_slips_of_that_pair_only(thandi: User) -> None:
    for _ in range(4):
        attempt()
    attempt(ip="203.0.113.9")
    assert attempt(password=PASSWORD)
    assert [str(failure.ip) for failure in LoginFailure.objects.all()] == ["203.0.113.9"]


def test_an_attacker_who_signs_in_between_tries_gains_none_on_the_victim(thandi: User) -> None:
    User.objects.create_user("attacker@example.com", PASSWORD)
    for _ in range(10):
        attempt()
        attempt(email="attacker@example.com", password=PASSWORD)
    assert LoginFailure.objects.filter(email_hash=lockout.hash_email(OWNER)).count() == 5


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_tries_are_counted_like_fifty_single_ones() -> None:
    User.objects.create_user(OWNER, PASSWORD)
    assert _looked_at_in_parallel() <= lockout.PER_PAIR


@pytest.mark.django_db(transaction=True)
def test_without_waiting_for_their_turn_parallel_tries_would_pass_together() -> None:
    """The negative control."""
    User.objects.create_user(OWNER, PASSWORD)
    together = Barrier(8)

    def no_turn(*args: object) -> None:
        together.wait(timeout=10)

    real = lockout._is_locked
    with (
        patch.object(lockout, "_wait_for_turn", lambda *args: None),
        patch.object(lockout, "_is_locked", lambda *args: (real(*args), no_turn())[0]),
    ):
        assert _looked_at_in_parallel(tries=8) > lockout.PER_PAIR


def _looked_at_in_parallel(tries: int = 50) -> int:
    """How many of the tries had their password looked at."""
    looked = []

    def look(self: User, password: str) -> bool:
        looked.append(password)
        return False

    def one(number: int) -> None:
        try:
            attempt(password=f"guess {number}")
        finally:
            connection.close()

    with patch.object(User, "check_password", look), ThreadPoolExecutor(8) as threads:
        list(threads.map(one, range(tries)))
    return len(looked)


def test_a_locked_out_owner_enters_through_a_new_password(thandi: User, amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host, REMOTE_ADDR="198.51.100.7")
    for number in range(30):
        attempt(ip=f"203.0.113.{number}")
    for _ in range(6):
        browser.post("/login/", {"login": OWNER, "password": "wrong"})
    refused = browser.post("/login/", {"login": OWNER, "password": PASSWORD})
    assert "Too many failed login attempts" in refused.content.decode()

    browser.post("/password/reset/", {"email": OWNER})
    link = re.search(r"http://amber\.localhost:8000(/password/reset/key/\S+/)", str(mail.outbox[0].body))
    assert link is not None
    form = browser.get(link[1], follow=True)
    answer = browser.post(
        form.redirect_chain[-1][0], {"password1": "a whole new password", "password2": "a whole new password"}
    )
    assert answer.status_code == 302
    assert browser.session["_auth_user_id"] == str(thandi.pk)
    assert attempt(password="a whole new password")
