"""What was bought, as far as points are concerned. The quote kept here decides refunds, never today's rules."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loyalty.models.people import Customer


class Purchase(models.Model):
    """One purchase that was looked at for points, whether or not it earned any. Amounts in minor units."""

    class Source(models.TextChoices):
        ORDER = "order"
        STAFF_LOG = "staff_log"
        CLAIM = "claim"
        IMPORT = "import"

    class Status(models.TextChoices):
        CLAIMED = "claimed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        VOID = "void"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="purchases")
    # The order's id in `orders`, which lives above this app.
    order_id = models.BigIntegerField(null=True, blank=True, unique=True)
    # What a person reads: the order's number.
    reference = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.ORDER)
    channel = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACCEPTED)
    currency = models.CharField(max_length=3)
    gross = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    # Part of `gross` that earns nothing: delivery, tips, vouchers.
    excluded = models.BigIntegerField(default=0)
    basis = models.BigIntegerField()
    refunded_total = models.BigIntegerField(default=0)
    points_awarded = models.BigIntegerField(default=0)
    points_reversed = models.BigIntegerField(default=0)
    # The whole evaluation: the rate, each line's part, why nothing was earned.
    quote = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points_reversed__gte=0, points_reversed__lte=F("points_awarded")),
                name="loyalty_purchase_reversed_within_awarded",
            ),
            models.CheckConstraint(
                condition=Q(gross__gte=0, discount__gte=0, excluded__gte=0, basis__gte=0, refunded_total__gte=0),
                name="loyalty_purchase_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_total__lte=F("gross")), name="loyalty_purchase_refunded_within_gross"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-occurred_at"], name="loyalty_purchase_newest")]

    def __str__(self) -> str:
        return self.reference or str(self.uuid)


class PurchaseLine(models.Model):
    """One line of a purchase with its share of the points, so a returned item takes back exactly what it gave."""

    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="lines")
    # Ids in `catalog`, which this app does not know.
    product_id = models.BigIntegerField(null=True, blank=True)
    category_id = models.BigIntegerField(null=True, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    gross = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    basis = models.BigIntegerField()
    points = models.BigIntegerField(default=0)
    points_reversed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points_reversed__gte=0, points_reversed__lte=F("points")),
                name="loyalty_purchase_line_reversed_within_points",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of product {self.product_id}"
