"""What a customer is putting together. Nothing is promised here; stock is reserved at checkout."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from catalog.models import Variant
from catalog.stock import OutOfStock
from loyalty.models import Customer
from orders.errors import NotOnSale, TooMany
from orders.models import MAX_QUANTITY, Basket, BasketLine
from shopme.lib import hot
from shopme.lib.prepared import Prepared
from tenants.context import current_shop


@dataclass(frozen=True, slots=True)
class BasketLineView:
    """One line as shown now. `available` is None without limit; `is_on_sale` False if it must leave the basket."""

    variant_id: int
    product_id: int
    name: str
    variant_name: str
    quantity: int
    unit_cents: int
    total_cents: int
    available: int | None
    is_on_sale: bool
    image_key: str

    @property
    def is_short(self) -> bool:
        """True if fewer pieces can be had than are wanted."""
        return self.available is not None and self.available < self.quantity


@dataclass(frozen=True, slots=True)
class BasketView:
    """A basket at today's prices in minor units. Lines not on sale any more are listed but not counted."""

    lines: tuple[BasketLineView, ...]
    subtotal_cents: int
    count: int
    currency: str

    @property
    def is_empty(self) -> bool:
        return not self.lines


_LINES: Prepared[BasketLine] = Prepared(
    lambda customer_id: (
        BasketLine.objects.filter(basket__customer_id=customer_id).select_related("variant__product").order_by("id")
    )
)


_VARIANT: Prepared[Variant] = Prepared(
    lambda variant_id: Variant.objects.select_related("product").filter(pk=variant_id)
)
_ADD = """
WITH basket AS (
  INSERT INTO orders_basket (customer_id, updated_at) VALUES (%(customer)s, %(now)s)
  ON CONFLICT (customer_id) DO UPDATE SET updated_at = excluded.updated_at
  RETURNING id
)
INSERT INTO orders_basketline (basket_id, variant_id, quantity, created_at)
SELECT id, %(variant)s::bigint, %(pieces)s::int, %(now)s FROM basket
ON CONFLICT (basket_id, variant_id) DO UPDATE SET quantity = orders_basketline.quantity + excluded.quantity
  WHERE orders_basketline.quantity + excluded.quantity <= %(most)s
RETURNING quantity
"""


def basket_of(customer: Customer, *, language: str = "") -> BasketView:
    """The basket of `customer` with names in `language`, theirs by default. One query."""
    lines = tuple(_show(row, language or customer.language) for row in _LINES.rows(customer.pk))
    counted = [line for line in lines if line.is_on_sale]
    return BasketView(
        lines=lines,
        subtotal_cents=sum(line.total_cents for line in counted),
        count=sum(line.quantity for line in counted),
        currency=current_shop().currency,
    )


@transaction.atomic
def add_to_basket(*, customer: Customer, variant_id: int, quantity: int = 1) -> BasketView:
    """Put `quantity` more pieces, one at least, into the basket.

    The basket is locked, so two taps add up. Refuses: `NotOnSale`, `OutOfStock`, `TooMany`.
    """
    if quantity < 1:
        raise ValueError("at least one piece is added")
    variant = variant_on_sale(variant_id)
    _must_fit(variant, quantity)
    given = {"customer": customer.pk, "variant": variant.pk, "pieces": quantity, "now": timezone.now()}
    written = hot.rows(_ADD, given | {"most": MAX_QUANTITY})
    # Nothing was written where it would have been too many; what does not fit the stock is undone.
    _must_fit(variant, written[0][0] if written else MAX_QUANTITY + 1)
    return basket_of(customer)


@transaction.atomic
def change_quantity(*, customer: Customer, variant_id: int, quantity: int) -> BasketView:
    """Have exactly `quantity` pieces in the basket; zero takes the line out.

    Refuses: `NotOnSale`, `OutOfStock`, `TooMany`.
    """
    if quantity <= 0:
        return remove_from_basket(customer=customer, variant_id=variant_id)
    variant = variant_on_sale(variant_id)
    _must_fit(variant, quantity)
    basket, _ = Basket.objects.select_for_update().get_or_create(customer=customer)
    BasketLine.objects.update_or_create(basket=basket, variant=variant, defaults={"quantity": quantity})
    return basket_of(customer)


@transaction.atomic
def remove_from_basket(*, customer: Customer, variant_id: int) -> BasketView:
    """Take a line out; harmless if it is not there."""
    Basket.objects.select_for_update().filter(customer=customer).first()
    BasketLine.objects.filter(basket__customer=customer, variant_id=variant_id).delete()
    return basket_of(customer)


@transaction.atomic
def clear_basket(*, customer: Customer) -> BasketView:
    """Take everything out."""
    Basket.objects.select_for_update().filter(customer=customer).first()
    BasketLine.objects.filter(basket__customer=customer).delete()
    return basket_of(customer)


def variant_on_sale(variant_id: int) -> Variant:
    """The variant with its product, if customers may buy it now. Refuses: `NotOnSale`."""
    variant = next(iter(_VARIANT.rows(variant_id)), None)
    if variant is None:
        raise NotOnSale
    if not (variant.is_active and variant.product.is_on_sale):
        raise NotOnSale(variant.product.name)
    return variant


def _must_fit(variant: Variant, wanted: int) -> None:
    if wanted > MAX_QUANTITY:
        raise TooMany(f"At most {MAX_QUANTITY} of one kind fit into a basket.")
    if variant.available is not None and variant.available < wanted:
        raise OutOfStock(variant, variant.available)


def _show(row: BasketLine, language: str) -> BasketLineView:
    variant, product = row.variant, row.variant.product
    return BasketLineView(
        variant_id=variant.pk,
        product_id=product.pk,
        name=product.name_in(language),
        variant_name=variant.name,
        quantity=row.quantity,
        unit_cents=variant.price_cents,
        total_cents=variant.price_cents * row.quantity,
        available=variant.available,
        is_on_sale=variant.is_active and product.is_on_sale,
        image_key=product.image_key,
    )
