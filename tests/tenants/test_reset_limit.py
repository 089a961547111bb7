"""Links to a new password: a few for a person and from an address, counted alike for people we do not know."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tenants import lockout
from tenants.models import ResetRequest, Shop, User

OWNER = "thandi@amber.example"
REFUSAL = "Too many links were asked for."
pytestmark = pytest.mark.django_db


@pytest.fixture
def thandi(db: None) -> User:
    return User.objects.create_user(OWNER, "correct horse battery", name="Thandi")


def ask(shop: Shop, email: str = OWNER, ip: str = "198.51.100.7") -> HttpResponse:
    return Client(HTTP_HOST=shop.host, REMOTE_ADDR=ip).post("/password/reset/", {"email": email})


def test_a_person_gets_three_links_in_a_quarter_of_an_hour_from_wherever_they_are_asked_for(
    thandi: User, amber: Shop
) -> None:
    answers = [ask(amber, OWNER.upper() if number % 2 else OWNER, f"203.0.113.{number}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200, 200]
    assert REFUSAL in answers[-1].content.decode()
    assert len(mail.outbox) == 3

    later = timezone.now() + timedelta(minutes=15, seconds=1)
    with patch("tenants.lockout.timezone.now", return_value=later):
        assert ask(amber).status_code == 302


def test_a_stranger_is_answered_like_a_person_who_works_here(amber: Shop) -> None:
    answers = [ask(amber, "nobody@example.com", f"203.0.113.{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert REFUSAL in answers[-1].content.decode()
    assert mail.outbox == []


def test_an_address_asks_for_ten_links_at_most(thandi: User, amber: Shop) -> None:
    answers = [ask(amber, f"person{number}@example.com", "203.0.113.9") for number in range(12)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [200] * 2
    assert ask(amber, OWNER, "203.0.113.9").status_code == 200
    assert ask(amber, OWNER, "198.51.100.7").status_code == 302
    assert (len(mail.outbox), ResetRequest.objects.count()) == (1, 11)


def test_what_is_no_address_is_not_counted(amber: Shop) -> None:
    assert ask(amber, "no address").status_code == 200
    assert not ResetRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_wishes_at_the_same_time_are_counted_one_after_the_other() -> None:
    def one(number: int) -> bool:
        try:
            lockout.note_reset(email=OWNER, ip=f"203.0.113.{number}")
        except lockout.TooManyLinks:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(16))) == lockout.LINKS_PER_PERSON
