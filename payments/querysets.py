"""Filters of payments, named for their readers. None of them writes."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from payments.models import PaymentAttempt  # noqa: F401 - the base below names it

GONE = Q(refunds__state__in=["requested", "submitted", "succeeded", "unknown"])
WITH_MONEY = Q(state__in=["paid", "part_refunded", "review"])


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    """Tries to pay."""

    def for_order_page(self) -> Self:
        """Newest first, with account and refunds; `left_cents` is what may still be given back, 0 where no money is."""
        given = Coalesce(Sum("refunds__amount_cents", filter=GONE), 0)
        rows = self.select_related("account").prefetch_related("refunds").order_by("-id")
        left = models.Case(models.When(WITH_MONEY, then=Coalesce(F("received_cents"), 0) - given), default=0)
        return rows.annotate(left_cents=left)
