"""Filters named for their reader."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q

from catalog.words import words_of

if TYPE_CHECKING:
    from catalog.models import Category, Product, Reservation, Variant  # noqa: F401 - the bases below name them

ON_SALE = Q(status="published", is_available=True)


def _active_variants() -> "VariantQuerySet":
    from catalog.models import Variant  # noqa: PLC0415 - models import this module

    return Variant.objects.filter(is_active=True)


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories."""

    def for_customers(self) -> Self:
        """Visible shelves that hold something on sale, each with `on_sale_count`."""
        on_sale = Q(products__status="published", products__is_available=True)
        return (
            self.filter(is_visible=True)
            .annotate(on_sale_count=Count("products", filter=on_sale, distinct=True))
            .filter(on_sale_count__gt=0)
        )

    def for_dashboard(self) -> Self:
        """All shelves, each with `product_count`."""
        kept = ~Q(products__status="archived")
        return self.annotate(product_count=Count("products", filter=kept, distinct=True))


class ProductQuerySet(models.QuerySet["Product"]):
    """Products."""

    def for_customers(self) -> Self:
        """Published, available, with at least one active variant."""
        return self.filter(Exists(_active_variants().filter(product=OuterRef("pk"))), ON_SALE)

    def matching(self, search: str) -> Self:
        """Products of which every word of `search` begins a word; all for an empty search, none for signs alone."""
        if words := words_of(search):
            return self.fitting(term_of(words))
        return self.none() if search.strip() else self

    def fitting(self, term: str) -> Self:
        """Products that fit a term of Postgres' full text search (`term_of`)."""
        vector = SearchVector("search_text", config="simple")
        query = SearchQuery(term, config="simple", search_type="raw")
        return self.annotate(search_vector=vector).filter(search_vector=query)

    def with_variants(self) -> Self:
        """Fetch active variants as `active_variants`, cheapest query count."""
        return self.prefetch_related(Prefetch("variants", queryset=_active_variants(), to_attr="active_variants"))


def term_of(words: Sequence[str]) -> str:
    """Every word begins a word of the text."""
    return " & ".join(f"{word}:*" for word in words)


class VariantQuerySet(models.QuerySet["Variant"]):
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


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Reservations."""

    def held(self) -> Self:
        """Those that count against stock now."""
        return self.filter(state="held")
