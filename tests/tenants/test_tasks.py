"""A task works inside the shop it was told, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from celery import Celery
from django.db import connection

from loyalty.models import Customer
from tenants.context import ShopClosed, current_schema, inside
from tenants.models import Shop
from tenants.queries import UnknownShop
from tenants.services.shops import suspend_shop
from tenants.tasks import NoShopGiven, TenantTask

app = Celery("test", set_as_current=False)


@app.task(base=TenantTask)
def note_customer(*, shop_id: int, name: str) -> str:
    if name == "fails":
        raise ValueError(name)
    Customer.objects.create(name=name)
    return current_schema()


@pytest.mark.django_db
def test_the_task_runs_inside_its_shop_and_leaves_it(amber: Shop) -> None:
    assert note_customer(shop_id=amber.pk, name="Thandi") == amber.schema_name
    assert current_schema() == "public"
    with inside(amber):
        assert list(Customer.objects.values_list("name", flat=True)) == ["Thandi"]


@pytest.mark.django_db
@pytest.mark.parametrize("given", [{}, {"shop_id": None}, {"shop_id": "1"}, {"shop_id": True}])
def test_a_task_without_a_shop_raises(given: dict[str, Any]) -> None:
    with pytest.raises(NoShopGiven):
        note_customer(name="Nobody", **given)


@pytest.mark.django_db
def test_a_task_for_a_shop_that_is_gone_or_suspended_raises(amber: Shop) -> None:
    with pytest.raises(UnknownShop):
        note_customer(shop_id=987_654, name="Nobody")
    suspend_shop(shop=amber)
    with pytest.raises(ShopClosed):
        note_customer(shop_id=amber.pk, name="Nobody")
    with inside(amber, allow_suspended=True):
        assert not Customer.objects.exists()


@pytest.mark.django_db
def test_the_same_holds_when_celery_applies_it(amber: Shop) -> None:
    done = note_customer.apply(kwargs={"shop_id": amber.pk, "name": "Thandi"})
    assert done.result == amber.schema_name
    assert isinstance(note_customer.apply(kwargs={"name": "x"}).result, NoShopGiven)


@pytest.mark.django_db(transaction=True)
def test_a_thousand_interleaved_tasks_of_two_shops_write_where_they_were_told(amber: Shop, blue: Shop) -> None:
    shops = {shop.slug: shop for shop in (amber, blue)}
    names = [("amber" if number % 2 else "blue", number) for number in range(1_000)]

    def run(slug: str, number: int) -> None:
        name = "fails" if number % 20 == 0 else f"{slug} {number}"
        note_customer.apply(kwargs={"shop_id": shops[slug].pk, "name": name})
        if number % 50 == 0:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda pair: run(*pair), names))
        list(threads.map(lambda _: connection.close(), range(32)))
    for slug, shop in shops.items():
        with inside(shop):
            written = set(Customer.objects.values_list("name", flat=True))
        assert written == {f"{s} {n}" for s, n in names if s == slug and n % 20}
