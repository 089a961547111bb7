"""Filters named for their reader."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, F, Prefetch, Q

if TYPE_CHECKING:
    from catalog.models import Category, Product, Reservation, Variant

    CategoryBase = models.QuerySet["Category"]
    ProductBase = models.QuerySet["Product"]
    VariantBase = models.QuerySet["Variant"]
    ReservationBase = models.QuerySet["Reservation"]
else:
    CategoryBase = ProductBase = VariantBase = ReservationBase = models.QuerySet

ON_SALE = Q(status="published", is_available=True)


class CategoryQuerySet(CategoryBase):
    """Categories."""

    def for_customers(self) -> Self:
        """Visible shelves that hold something on sale, each with `on_sale_count`."""
        on_sale = Q(products__status="published", products__is_available=True)
        return (
            self.filter(is_visible=True)
            .annotate(on_sale_count=Count("products", filter=on_sale, distinct=True))
            .filter(on_sale_count__gt=0)
        )


class ProductQuerySet(ProductBase):
    """Products."""

    def for_customers(self) -> Self:
        """Published, available, with at least one active variant."""
        return self.filter(ON_SALE, variants__is_active=True).distinct()

    def with_variants(self) -> Self:
        """Fetch active variants as `active_variants`, cheapest query count."""
        from catalog.models import Variant  # noqa: PLC0415 - models import this module

        active = Variant.objects.filter(is_active=True)
        return self.prefetch_related(Prefetch("variants", queryset=active, to_attr="active_variants"))


class VariantQuerySet(VariantBase):
    """Variants."""

    def for_customers(self) -> Self:
        """Active variants of products on sale."""
        return self.filter(is_active=True, product__status="published", product__is_available=True)

    def running_low(self, threshold: int) -> Self:
        """Tracked variants of which at most `threshold` pieces can still be promised."""
        left = F("on_hand") - F("reserved")
        return (
            self.filter(is_active=True, is_tracked=True, allow_backorder=False, product__status="published")
            .annotate(left=left)
            .filter(left__lte=threshold)
            .order_by("left", "id")
        )


class ReservationQuerySet(ReservationBase):
    """Reservations."""

    def held(self) -> Self:
        """Those that count against stock now."""
        return self.filter(state="held")
