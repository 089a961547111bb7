"""Every page of the dashboard and of the platform: wide and narrow, light and dark."""

from collections.abc import Callable

import pytest

from tenants.models import Role, Shop
from tests.browser.furnished import Furnished, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CheckPage = Callable[..., None]


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    return furnish(amber)


PAGES = {
    "home": "/",
    "orders": "/orders/",
    "order-placed": "/orders/{placed}/",
    "order-paid": "/orders/{paid}/",
    "products": "/products/",
    "product": "/products/{product}/",
    "product-new": "/products/new/",
    "categories": "/products/categories/",
    "customers": "/customers/",
    "customer": "/customers/{customer}/",
    "settings-profile": "/settings/",
    "settings-delivery": "/settings/delivery/",
    "settings-chat": "/settings/chat/",
    "settings-numbers": "/settings/numbers/",
    "settings-team": "/settings/team/",
    "two-step": "/2fa/",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_dashboard(furnished: Furnished, check_page: CheckPage, name: str) -> None:
    path = PAGES[name].format(
        placed=furnished.placed.pk,
        paid=furnished.paid.pk,
        product=furnished.product.pk,
        customer=furnished.customer.pk,
    )
    check_page(furnished.shop, path, name)


@pytest.mark.parametrize("path", ["/", "/orders/", "/products/", "/customers/", "/settings/numbers/"])
def test_a_page_with_nothing_to_show(amber: Shop, check_page: CheckPage, path: str) -> None:
    check_page(amber, path, f"empty{path.rstrip('/').replace('/', '-') or '-home'}")


@pytest.mark.parametrize(("name", "path"), {"login": "/login/", "forgotten": "/password/reset/"}.items())
def test_a_page_before_signing_in(amber: Shop, check_page: CheckPage, name: str, path: str) -> None:
    check_page(amber, path, name, role=None)


@pytest.mark.parametrize(("name", "path"), {"platform": "/", "find-workspace": "/find-workspace/"}.items())
def test_a_page_of_the_platform(check_page: CheckPage, name: str, path: str) -> None:
    check_page(None, path, name, role=None)


def test_the_pages_that_refuse(amber: Shop, check_page: CheckPage) -> None:
    check_page(amber, "/orders/424242/", "error-404", status=404)
    check_page(amber, "/settings/", "error-403", role=Role.AGENT, status=403)
