"""What a page weighs on the way to a phone."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from orders import fulfilment
from tenants.context import inside
from tenants.models import Shop
from tests.trade import a_customer, a_product, order_for

LIMIT = 100_000
DIST = Path(settings.BASE_DIR) / "static" / "dist"
SHARED = ("app.css", "app.js", "theme.js", "charts.js", "icon.svg")


@pytest.mark.django_db
@pytest.mark.skipif(not (DIST / "app.css").exists(), reason="static/dist is not built")
@pytest.mark.parametrize("path", ["/", "/orders/", "/products/", "/customers/"])
def test_a_full_page_stays_below_100_kb(amber: Shop, client_of: Callable[..., Client], path: str) -> None:
    with inside(amber):
        bread = a_product()
        for index in range(30):
            a_product(f"Loaf number {index}")
            fulfilment.mark_paid(order_id=order_for(a_customer(f"Customer number {index}"), bread).pk)
    page = len(gzip.compress(client_of(amber).get(path).content))
    shared = sum(len(gzip.compress((DIST / name).read_bytes())) for name in SHARED)
    font = (DIST / "fonts" / "inter-latin.woff2").stat().st_size
    assert page + shared + font < LIMIT
