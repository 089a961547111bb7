"""Whose address counts: behind so many proxies of ours, the place they wrote, and never what a stranger wrote."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from tenants.client_address import client_ip
from tenants.models import LoginFailure, Shop, User

PROXY = "10.0.0.2"


def address(said: str | None, *, hops: int, settings: Any) -> str:
    settings.TRUSTED_PROXIES = hops
    headers = {} if said is None else {"HTTP_X_FORWARDED_FOR": said}
    return client_ip(RequestFactory().get("/", REMOTE_ADDR=PROXY, **headers))


@pytest.mark.parametrize(
    ("hops", "said", "counted"),
    [
        (0, "198.51.100.7", PROXY),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", PROXY),
        (1, None, PROXY),
        (1, "", PROXY),
        (1, "somebody", PROXY),
        (1, " 2001:db8::1 ", "2001:db8::1"),
    ],
)
def test_the_client_is_as_many_places_from_the_end_as_there_are_proxies(
    settings: Any, hops: int, said: str | None, counted: str
) -> None:
    assert address(said, hops=hops, settings=settings) == counted


def test_nobody_has_no_address() -> None:
    assert client_ip(None) == ""


@pytest.mark.django_db
def test_behind_a_proxy_one_guesser_shuts_out_nobody_else(amber: Shop, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    User.objects.create_user("owner@behind.example", "correct horse battery")
    browser = Client(HTTP_HOST=amber.host, REMOTE_ADDR=PROXY)
    for number in range(12):
        wrong = {"login": f"person{number}@behind.example", "password": "wrong"}
        browser.post("/login/", wrong, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert LoginFailure.objects.filter(ip="203.0.113.9").count() == 10

    right = {"login": "owner@behind.example", "password": "correct horse battery"}
    assert browser.post("/login/", right, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 200
    assert browser.post("/login/", right, HTTP_X_FORWARDED_FOR="198.51.100.7").status_code == 302


@pytest.mark.django_db
def test_without_proxies_nobody_writes_an_address_of_their_own(amber: Shop) -> None:
    browser = Client(HTTP_HOST=amber.host, REMOTE_ADDR="203.0.113.9")
    for number in range(12):
        wrong = {"login": f"person{number}@behind.example", "password": "wrong"}
        browser.post("/login/", wrong, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert set(LoginFailure.objects.values_list("ip", flat=True)) == {"203.0.113.9"}
