"""Baskets, orders and how they moved. Money is minor units of the shop's currency."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from catalog.models import Variant
from loyalty.models import Customer
from orders.querysets import OrderQuerySet

MAX_QUANTITY = 99
UNPAID_STATES = ("draft", "placed", "cancelled", "expired")


class Basket(models.Model):
    """What a customer is putting together: one per customer."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="basket")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"basket of customer {self.customer_id}"


class BasketLine(models.Model):
    """Pieces of one variant in a basket. Prices are read when shown; nothing is promised yet."""

    basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="basket_lines")
    quantity = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["basket", "variant"], name="basket_line_once_per_variant"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY), name="basket_line_quantity_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of variant {self.variant_id}"


class DeliveryTerms(models.Model):
    """How this shop hands goods over and what that costs: one row, or none for the defaults below."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    delivery_enabled = models.BooleanField(default=True)
    delivery_fee_cents = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    free_delivery_over_cents = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    collection_enabled = models.BooleanField(default=True)
    collection_address = models.CharField(max_length=300, blank=True, default="")
    # Where that is on the map, if somebody said it.
    collection_latitude = models.FloatField(null=True, blank=True)
    collection_longitude = models.FloatField(null=True, blank=True)
    minimum_cents = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    hold_minutes = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(10), MaxValueValidator(7 * 24 * 60)]
    )

    class Meta:
        verbose_name_plural = "delivery terms"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="delivery_terms_only_one_row"),
            models.CheckConstraint(
                condition=Q(delivery_fee_cents__gte=0, minimum_cents__gte=0, hold_minutes__gte=1)
                & (Q(free_delivery_over_cents__isnull=True) | Q(free_delivery_over_cents__gte=0)),
                name="delivery_terms_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(collection_latitude__isnull=True, collection_longitude__isnull=True)
                | Q(
                    collection_latitude__gte=-90,
                    collection_latitude__lte=90,
                    collection_longitude__gte=-180,
                    collection_longitude__lte=180,
                ),
                name="delivery_terms_point_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return "delivery terms"

    @property
    def collection_point(self) -> tuple[float, float] | None:
        """Latitude and longitude of where customers collect."""
        if self.collection_latitude is None or self.collection_longitude is None:
            return None
        return self.collection_latitude, self.collection_longitude


class Order(models.Model):
    """What a customer asked for, at the prices quoted then. Only `orders.fulfilment` changes `state`."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PLACED = "placed", "Awaiting payment"
        PAID = "paid", "Paid"
        PREPARING = "preparing", "Preparing"
        READY = "ready", "Ready"
        SHIPPED = "shipped", "On its way"
        DELIVERED = "delivered", "Delivered"
        CANCELLED = "cancelled", "Cancelled"
        REFUNDED = "refunded", "Refunded"
        EXPIRED = "expired", "Expired"

    class Fulfilment(models.TextChoices):
        COLLECTION = "collection", "Collection"
        DELIVERY = "delivery", "Delivery"

    class Source(models.TextChoices):
        CHAT = "chat", "Chat"
        DASHBOARD = "dashboard", "Dashboard"
        API = "api", "API"

    # What people say: 1001, 1002, … from a sequence of this shop's schema.
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("orders_order_number_seq"), function="nextval")
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    subtotal_cents = models.BigIntegerField(default=0)
    delivery_cents = models.BigIntegerField(default=0)
    discount_cents = models.BigIntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)
    refunded_cents = models.BigIntegerField(default=0)
    fulfilment = models.CharField(max_length=10, choices=Fulfilment)
    address_text = models.CharField(max_length=500, blank=True, default="")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    source = models.CharField(max_length=10, choices=Source)
    # The wish that caused it, e.g. "chat:12:wamid.X". Unique, so a repeated wish is the same order.
    source_key = models.CharField(max_length=200, unique=True)
    # How the total came about: steps of `orders.pricing`.
    trace = models.JSONField(default=list, blank=True, editable=False)
    placed_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    # Until then stock is held for an unpaid order.
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(subtotal_cents__gte=0, delivery_cents__gte=0, discount_cents__gte=0, total_cents__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total_cents=F("subtotal_cents") + F("delivery_cents") - F("discount_cents")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("total_cents")),
                name="order_refund_within_total",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNPAID_STATES) | Q(paid_at__isnull=False), name="order_paid_states_have_paid_at"
            ),
            models.CheckConstraint(
                condition=~Q(state="placed") | Q(placed_at__isnull=False, expires_at__isnull=False),
                name="order_placed_has_times",
            ),
            models.CheckConstraint(
                condition=Q(fulfilment="delivery") | Q(delivery_cents=0), name="order_collection_costs_no_delivery"
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="order_place_is_on_earth",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="order_by_state"),
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(fields=["expires_at"], condition=Q(state="placed"), name="order_unpaid_by_expiry"),
            models.Index(fields=["paid_at"], name="order_by_paid_at"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def stock_ref(self) -> str:
        """The name under which the catalog keeps this order's pieces."""
        return f"order:{self.pk}"

    @property
    def is_paid(self) -> bool:
        """True once money was received, whatever happened later."""
        return self.paid_at is not None


class OrderLine(models.Model):
    """Pieces of one variant as quoted: names and prices are copies and never change."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="order_lines")
    name = models.CharField(max_length=120)
    variant_name = models.CharField(max_length=80, blank=True, default="")
    unit_cents = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()
    image_key = models.CharField(max_length=160, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, unit_cents__gte=0), name="order_line_of_something"),
            models.CheckConstraint(
                condition=Q(total_cents=F("unit_cents") * F("quantity")), name="order_line_total_adds_up"
            ),
            models.UniqueConstraint(fields=["order", "variant"], name="order_line_once_per_variant"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.name}"


class OrderEvent(models.Model):
    """One move of an order: who, when, why. Never edited."""

    class Actor(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        STAFF = "staff", "Staff"
        SYSTEM = "system", "System"
        GATEWAY = "gateway", "Payment gateway"

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    from_state = models.CharField(max_length=10, blank=True, default="")
    to_state = models.CharField(max_length=10)
    actor_kind = models.CharField(max_length=10, choices=Actor)
    # A user of the platform; users live in another schema, so no foreign key.
    actor_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["order", "id"], name="order_event_by_order")]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
