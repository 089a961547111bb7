"""`python -m tests.rig.world`: migrate the database of DATABASE_URL and open shops with numbers and products in it."""

import argparse
import json
import sys
from typing import Any

import django


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shops", type=int, default=1)
    parser.add_argument("--products", type=int, default=12)
    choice = parser.parse_args(words)
    django.setup()
    from tenants.migrate import migrate_all

    report = migrate_all()
    if report.failed:
        raise SystemExit(f"not at head: {report.failed}")
    sys.stdout.write(json.dumps([build_shop(place, choice.products) for place in range(choice.shops)]) + "\n")


def build_shop(place: int, products: int) -> dict[str, Any]:
    """One open shop with a Cloud API number of its own."""
    from tenants.context import inside
    from tenants.services.numbers import add_number
    from tenants.services.provisioning import create_shop

    shop = create_shop(slug=f"shop-{place}", name=f"Shop {place}", owner_email=f"owner-{place}@example.com")
    line = {"phone_number_id": f"99{place:013d}", "waba_id": f"88{place:013d}", "phone": f"+2782{place:07d}"}
    add_number(shop=shop, provider="meta_cloud", token="a-token", **line)
    with inside(shop):
        variants = [variant for number in range(products) for variant in build_product(number)]
    return {
        "schema": shop.schema_name,
        "line": line,
        "variants": [pk for pk, _cents in variants],
        "prices": [cents for _pk, cents in variants],
    }


def build_product(number: int) -> list[tuple[int, int]]:
    """A product in one of three categories; (variant id, price in cents)."""
    from catalog.models import Category
    from catalog.services import ProductWish, VariantWish, save_product

    name = ("Bread", "Cakes", "Drinks")[number % 3]
    category, _ = Category.objects.get_or_create(slug=name.lower(), defaults={"name": name, "position": number % 3})
    cents = 1000 + 100 * number
    wish = ProductWish(name=f"{name} no. {number}", category_id=category.pk, variants=[VariantWish(price_cents=cents)])
    product = save_product(wish=wish)
    return [(variant.pk, variant.price_cents) for variant in product.variants.all()]


if __name__ == "__main__":
    main(sys.argv[1:])
