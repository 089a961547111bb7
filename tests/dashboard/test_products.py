"""The product pages."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog.models import Category, Product, Variant
from tenants.context import inside
from tenants.models import Role, Shop
from tests.trade import a_product

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


def a_picture() -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(drawn, "PNG")
    return SimpleUploadedFile("mug.png", drawn.getvalue(), content_type="image/png")


def a_wish(*rows: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """What the form sends, with its variant rows."""
    data: dict[str, Any] = {"name": "Sourdough", "status": "published", "description": "Two days old dough", **facts}
    data |= {"variants-TOTAL_FORMS": len(rows), "variants-INITIAL_FORMS": facts.pop("initial", 0)}
    for index, row in enumerate(rows):
        data |= {f"variants-{index}-{field}": value for field, value in row.items()}
    return data


def product_in(shop: Shop) -> Product:
    with inside(shop):
        return Product.objects.prefetch_related("variants").get()


def test_a_product_is_made_with_words_variants_and_a_picture(amber: Shop, client_of: ClientOf) -> None:
    small = {"name": "Small", "price_cents": "45.00", "is_tracked": "on", "on_hand": "7"}
    large = {"name": "Large", "price_cents": "79,50", "compare_at_cents": "90", "sku": "SD-L"}
    wish = a_wish(small, large, image=a_picture(), name_it="Pane")
    answer = client_of(amber, Role.MANAGER).post("/products/new/", wish)
    product = product_in(amber)
    assert answer.headers["Location"] == f"/products/{product.pk}/"
    assert (product.name, product.names, product.status) == ("Sourdough", {"it": "Pane"}, "published")
    assert product.image_key.startswith(f"{amber.uuid}/")
    assert [(row.name, row.price_cents, row.compare_at_cents, row.on_hand) for row in product.variants.all()] == [
        ("Small", 45_00, None, 7),
        ("Large", 79_50, 90_00, 0),
    ]


def test_a_picture_that_is_none_is_refused_and_nothing_is_saved(amber: Shop, client_of: ClientOf) -> None:
    text = SimpleUploadedFile("mug.png", b"not a picture", content_type="image/png")
    answer = client_of(amber).post("/products/new/", a_wish({"price_cents": "1"}, image=text))
    assert answer.status_code == 422
    assert "Choose a JPEG, PNG or WebP picture." in answer.content.decode()
    with inside(amber):
        assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"price_cents": "a lot"}, "is not an amount"),
        ({"price_cents": ""}, "This field is required"),
        ({"price_cents": "-3"}, "out of range"),
        ({"price_cents": "10", "compare_at_cents": "9"}, "Must be above the price."),
    ],
)
def test_odd_prices_are_refused(amber: Shop, client_of: ClientOf, row: dict[str, str], words: str) -> None:
    answer = client_of(amber).post("/products/new/", a_wish({"name": "x", **row}))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with inside(amber):
        assert not Product.objects.exists()


def test_editing_changes_one_variant_and_takes_the_other_off_sale(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        variant = a_product(stock=5)
    row = {"id": variant.pk, "price_cents": "50", "is_tracked": "on", "on_hand": "8", "on_hand_seen": "5"}
    client_of(amber).post(
        f"/products/{variant.product_id}/", a_wish(row, {"name": "XL", "price_cents": "99"}, initial=1)
    )
    with inside(amber):
        kept = Variant.objects.get(pk=variant.pk)
        added = Variant.objects.get(name="XL")
    assert (kept.price_cents, kept.on_hand, kept.is_active) == (50_00, 8, True)
    gone = {"id": variant.pk, "price_cents": "50", "DELETE": "on"}
    stays = {"id": added.pk, "name": "XL", "price_cents": "99"}
    client_of(amber).post(f"/products/{variant.product_id}/", a_wish(gone, stays, initial=2))
    with inside(amber):
        assert list(Variant.objects.filter(is_active=True)) == [added]


def test_a_count_nobody_can_have_seen_is_cut_to_the_most_a_shop_counts(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        variant = a_product(stock=5)
    row = {"id": variant.pk, "price_cents": "50", "is_tracked": "on", "on_hand": "8", "on_hand_seen": "-" + "9" * 30}
    answer = client_of(amber).post(f"/products/{variant.product_id}/", a_wish(row, initial=1))
    assert answer.status_code == 302
    with inside(amber):
        assert Variant.objects.get(pk=variant.pk).on_hand == 1_000_000


def test_a_price_written_as_a_power_of_ten_is_refused(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).post("/products/new/", a_wish({"price_cents": "1e999999"}))
    assert answer.status_code == 422
    with inside(amber):
        assert not Product.objects.exists()


def test_without_scripts_another_variant_row_comes_from_the_server(amber: Shop, client_of: ClientOf) -> None:
    answer = client_of(amber).post("/products/new/", {**a_wish({"name": "Small", "price_cents": "4"}), "more": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="variants-1-price_cents"' in page
    assert 'value="Small"' in page


def test_sold_out_for_now_is_one_tap(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        product_id = a_product().product_id
    client = client_of(amber, Role.AGENT)
    answer = client.post(
        f"/products/{product_id}/availability/", {"is_available": "no"}, headers={"HX-Request": "true"}
    )
    assert 'aria-checked="false"' in answer.content.decode()
    assert product_in(amber).is_available is False


def test_agents_look_and_managers_change(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        product_id = a_product().product_id
    agent = client_of(amber, Role.AGENT)
    assert "Managers change products" in agent.get(f"/products/{product_id}/").content.decode()
    assert agent.post(f"/products/{product_id}/", a_wish({"price_cents": "1"})).status_code == 403
    assert agent.get("/products/new/").status_code == 403
    assert agent.post(f"/products/{product_id}/archive/").status_code == 403
    assert product_in(amber).status == "published"


def test_an_archived_product_comes_back_as_a_draft(amber: Shop, client_of: ClientOf) -> None:
    with inside(amber):
        product_id = a_product().product_id
    client = client_of(amber, Role.MANAGER)
    client.post(f"/products/{product_id}/archive/")
    assert product_in(amber).status == "archived"
    assert "Sourdough" not in client.get("/products/").content.decode().split("toasts")[0]
    client.post(f"/products/{product_id}/restore/")
    assert product_in(amber).status == "draft"


def test_categories_are_added_renamed_and_taken_away(amber: Shop, client_of: ClientOf) -> None:
    client = client_of(amber, Role.MANAGER)
    client.post("/products/categories/", {"new-name": "Breads", "new-position": "1", "new-is_visible": "on"})
    with inside(amber):
        shelf = Category.objects.get()
    prefix = f"c{shelf.pk}"
    wish = {f"{prefix}-name": "Loaves", f"{prefix}-position": "2", f"{prefix}-name_it": "Pani"}
    client.post(f"/products/categories/{shelf.pk}/", wish)
    with inside(amber):
        shelf.refresh_from_db()
    assert (shelf.name, shelf.names, shelf.position, shelf.is_visible) == ("Loaves", {"it": "Pani"}, 2, False)
    refused = client.post(f"/products/categories/{shelf.pk}/", {f"{prefix}-name": "", f"{prefix}-position": "1"})
    assert refused.status_code == 422
    client.post(f"/products/categories/{shelf.pk}/delete/")
    with inside(amber):
        assert not Category.objects.exists()


def test_the_list_finds_filters_and_needs_few_queries(
    amber: Shop, client_of: ClientOf, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with inside(amber):
        for index in range(12):
            a_product(f"Loaf {index}")
        a_product("Croissant")
    client = client_of(amber)
    found = client.get("/products/", {"q": "croi"}, headers={"HX-Request": "true"}).content.decode()
    assert "Croissant" in found
    assert "Loaf" not in found
    with django_assert_max_num_queries(14):
        client.get("/products/")
