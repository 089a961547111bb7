"""What every test may rely on."""

import pytest
from django.db import connection

from tenants.context import current_schema, inside
from tenants.models import Membership, Role, Shop, User
from tenants.services.provisioning import create_shop


def test_the_shop_fixture_runs_inside_amber(shop: Shop) -> None:
    assert shop.slug == "amber"
    assert current_schema() == shop.schema_name


def test_both_shops_have_an_owner(amber: Shop, blue: Shop) -> None:
    assert [m.user.email for m in Membership.objects.filter(shop=amber, role=Role.ADMIN)] == ["owner@amber.example"]
    assert [m.user.email for m in Membership.objects.filter(shop=blue, role=Role.ADMIN)] == ["owner@blue.example"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_a_committing_test_starts_from_what_provisioning_left(round_: int) -> None:
    assert sorted(Shop.objects.values_list("slug", flat=True)) == ["amber", "blue"]
    amber = Shop.objects.get(slug="amber")
    assert not User.objects.filter(email="left@over.example").exists()
    User.objects.create_user("left@over.example")
    create_shop(slug="third", name="Third", owner_email="owner@third.example")
    with inside(amber), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loyalty_customer")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT nextval('loyalty_customer_id_seq')")
        assert cursor.fetchone() == (1,)
