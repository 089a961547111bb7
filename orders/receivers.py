"""What orders write when something happens elsewhere: two customers become one, or two again."""

from typing import Any

from django.dispatch import receiver

from loyalty import moving
from loyalty.models import Merge
from loyalty.signals import customers_merged, customers_parted
from orders.models import Basket, BasketLine, Order


@receiver(customers_merged)
def bring_orders(sender: object, *, merge: Merge, **_: Any) -> None:
    """Orders go to the kept customer, and what lay in the other basket; a variant that lies in both stays as it is."""
    moving.hand_over(merge, "orders", Order.objects.all())
    theirs = BasketLine.objects.filter(basket__customer=merge.gone_id)
    if not theirs.exists():
        return
    basket, _is_new = Basket.objects.get_or_create(customer_id=merge.kept_id)
    here = basket.lines.values("variant")
    ids = list(theirs.exclude(variant__in=here).order_by("pk").values_list("pk", flat=True))
    BasketLine.objects.filter(pk__in=ids).update(basket=basket)
    merge.moved["basket_lines"] = ids


@receiver(customers_parted)
def return_orders(sender: object, *, merge: Merge, **_: Any) -> None:
    """Orders of before go back, and basket lines that nobody ordered or took out."""
    moving.give_back(merge, "orders", Order.objects.all())
    ids = merge.moved.get("basket_lines", [])
    if ids:
        basket = Basket.objects.get(customer_id=merge.gone_id)
        BasketLine.objects.filter(pk__in=ids, basket__customer=merge.kept_id).update(basket=basket)
