"""Filters named for their reader."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from shopme.lib.text import clean_text, digits_in

if TYPE_CHECKING:
    from orders.models import Order  # noqa: F401 - the base below names it

OPEN_STATES = ("placed", "paid", "preparing", "ready", "shipped")
SALE_STATES = ("paid", "preparing", "ready", "shipped", "delivered")


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders."""

    def open(self) -> Self:
        """Placed and not yet handed over, cancelled or expired."""
        return self.filter(state__in=OPEN_STATES)

    def sales(self) -> Self:
        """Paid and not refunded: what counts as turnover."""
        return self.filter(state__in=SALE_STATES)

    def overdue(self, now: datetime) -> Self:
        """Unpaid orders whose hold on stock has ended."""
        return self.filter(state="placed", expires_at__lte=now)

    def matching(self, search: str) -> Self:
        """Orders whose number, customer name or phone contains `search`; all for an empty one, none for a bare “#”."""
        asked = clean_text(search).strip()
        words = asked.lstrip("#")
        if not words:
            return self.none() if asked else self
        # "082 123 4567" finds +27821234567: the leading zero is for calls at home.
        digits = digits_in(words).lstrip("0")
        found = Q(customer__name__icontains=words) | Q(customer__profile_name__icontains=words)
        if digits:
            found |= Q(customer__phone__contains=digits)
        if words == digits_in(words) and len(words) <= 18:
            found |= Q(number=int(words))
        return self.filter(found)
