"""The host decides the shop."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import Domain, Role, Shop
from tenants.services.shops import NotPossible, resume_shop, suspend_shop

pytestmark = pytest.mark.django_db


def get(host: str, path: str = "/login/", **headers: str) -> Any:
    return Client(HTTP_HOST=host, **headers).get(path)


def test_each_host_shows_its_shop(amber: Shop, blue: Shop) -> None:
    assert "Amber Bakery" in get("amber.localhost").content.decode()
    assert "Blue Gelato" in get("blue.localhost").content.decode()
    assert "Blue Gelato" not in get("amber.localhost").content.decode()


@pytest.mark.parametrize("host", ["AMBER.localhost", "amber.localhost:8000", "amber.localhost."])
def test_the_writing_of_a_host_does_not_matter(host: str) -> None:
    assert get(host).status_code == 200


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "amber.blue.localhost", ".localhost", "under_score.localhost", "amber.localhost.evil"]
)
def test_an_unknown_host_is_a_plain_404(host: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        answer = get(host)
    assert answer.status_code == 404
    assert "Amber" not in answer.content.decode()


def test_the_platforms_host_has_the_platforms_pages(amber: Shop) -> None:
    assert get("localhost", "/find-workspace/").status_code == 200
    assert get("amber.localhost", "/find-workspace/").status_code == 404
    assert get("localhost", "/orders/").status_code == 404


def test_a_shop_answers_at_its_own_domain_too(amber: Shop, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    Domain.objects.create(domain="shop.amber.example", tenant=amber, is_primary=False)
    assert "Amber Bakery" in get("shop.amber.example").content.decode()


def test_headers_and_parameters_do_not_choose_the_shop(amber: Shop, blue: Shop) -> None:
    headers = {
        "HTTP_X_FORWARDED_HOST": "blue.localhost",
        "HTTP_X_TENANT": blue.schema_name,
        "HTTP_X_SHOP": "blue",
        "HTTP_DTS_SCHEMA": blue.schema_name,
    }
    answer = get("amber.localhost", f"/login/?shop=blue&schema={blue.schema_name}&tenant={blue.pk}", **headers)
    assert "Amber Bakery" in answer.content.decode()
    assert "Blue Gelato" not in answer.content.decode()


def test_a_suspended_shop_says_so_and_opens_nothing(amber: Shop, client_of: Any) -> None:
    browser = client_of(amber, Role.ADMIN)
    suspend_shop(shop=amber)
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "Amber Bakery" in answer.content.decode()
    assert browser.get("/login/").status_code == 503
    resume_shop(shop=amber)
    assert browser.get("/").status_code == 200


def test_a_closed_shop_is_not_there(amber: Shop) -> None:
    Shop.objects.filter(pk=amber.pk).update(status=Shop.Status.CLOSED)
    assert get("amber.localhost").status_code == 404


def test_a_status_moves_only_from_where_it_is(amber: Shop) -> None:
    with pytest.raises(NotPossible, match="Amber Bakery is not suspended"):
        resume_shop(shop=amber)
    suspend_shop(shop=amber)
    with pytest.raises(NotPossible, match="Amber Bakery is not active"):
        suspend_shop(shop=amber)


@pytest.mark.parametrize("host", ["localhost", "blue.localhost", "amber.localhost"])
def test_an_instance_pinned_to_one_shop_shows_it_whatever_the_host_says(settings: Any, host: str) -> None:
    settings.PINNED_SHOP = "amber"
    assert "Amber Bakery" in get(host).content.decode()
    assert Shop.objects.get(slug="amber").url("/x/") == "http://localhost:8000/x/"
