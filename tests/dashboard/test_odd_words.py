"""What people paste into addresses and search boxes: every page answers, and finds nothing by accident."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.context import inside
from tenants.models import Role, Shop
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
LISTS = ("/orders/", "/products/", "/customers/", "/inbox/", "/inbox/rows/")
ODD = ("²", "#²", "\u0663\u0664", "\x00", "\x00 \x00", "\ud800", "9" * 80, "' & !( :*", "%_\\")
# Odd, but words.
FINDS_NOTHING = ("\u0663\u0664", "9" * 80, "%_\\")


@pytest.mark.parametrize("page", LISTS)
def test_every_list_answers_to_every_search(amber: Shop, client_of: ClientOf, page: str) -> None:
    with inside(amber):
        a_customer("Thandi")
    browser = client_of(amber, Role.MANAGER)
    for words in ODD:
        assert browser.get(page, {"q": words.encode("utf-8", "surrogatepass")}).status_code == 200, words


@pytest.mark.parametrize(("page", "known"), [("/orders/", "Thandi"), ("/products/", "Rye"), ("/customers/", "Thandi")])
def test_odd_words_find_nothing_by_accident(amber: Shop, client_of: ClientOf, page: str, known: str) -> None:
    with inside(amber):
        order_for(a_customer("Thandi"), a_product("Rye"))
    browser = client_of(amber, Role.MANAGER)
    assert known in browser.get(page, {"q": known}).content.decode()
    assert [words for words in FINDS_NOTHING if known in browser.get(page, {"q": words}).content.decode()] == []


@pytest.mark.parametrize("page", LISTS)
def test_every_list_answers_to_every_page_and_filter(amber: Shop, client_of: ClientOf, page: str) -> None:
    browser = client_of(amber, Role.MANAGER)
    for words in (*ODD[:4], "9" * 5000, "-1"):
        asked = dict.fromkeys(("page", "state", "status", "category", "filter", "before", "current", "customer"), words)
        assert browser.get(page, asked).status_code == 200, words[:20]


@pytest.mark.parametrize("days", ["²", "\u0667", "1" * 5000, "-7", "\x00", "8"])
def test_an_odd_period_is_two_weeks(amber: Shop, client_of: ClientOf, days: str) -> None:
    page = client_of(amber, Role.MANAGER).get("/", {"days": days})
    assert (page.status_code, page.context["days"]) == (200, 14)


@pytest.mark.parametrize("days", [7, 14, 90])
def test_a_period_one_can_choose_is_taken(amber: Shop, client_of: ClientOf, days: int) -> None:
    assert client_of(amber, Role.MANAGER).get("/", {"days": str(days)}).context["days"] == days
