"""The link a customer opens, the tries to pay, and money given back."""

import uuid

from django.db import models
from django.db.models import F, Q

from orders.models import Order
from payments.models.accounts import GatewayAccount
from payments.querysets import PaymentAttemptQuerySet

OPEN_ATTEMPTS = ("created", "pending")
OPEN_LINKS = ("active", "started")
# Refunds in these states count as money given back.
MONEY_GONE = ("requested", "submitted", "succeeded", "unknown")


class PaymentLink(models.Model):
    """One request for one amount of one order. The token is known to the customer only; its hash is kept.

    "Used" means paid, not opened: a customer may go back and try again for as long as the link lives.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        STARTED = "started"
        USED = "used"
        EXPIRED = "expired"
        REVOKED = "revoked"
        SUPERSEDED = "superseded"

    order = models.ForeignKey(Order, models.PROTECT, related_name="payment_links")
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_link_asks_for_money"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="payment_link_lives_a_while"),
            models.CheckConstraint(
                condition=~Q(state="used") | Q(used_at__isnull=False), name="payment_link_used_has_time"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=OPEN_LINKS), name="payment_link_one_open_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk} for order {self.order_id}: {self.state}"


class PaymentAttempt(models.Model):
    """One try to pay one order at one gateway. Only `payments.applying` moves it on."""

    class State(models.TextChoices):
        CREATED = "created", "Being created"
        PENDING = "pending", "Waiting for the customer"
        PAID = "paid", "Paid"
        PARTIALLY_REFUNDED = "part_refunded", "Partly refunded"
        REFUNDED = "refunded", "Refunded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"
        REVIEW = "review", "Needs a look"

    class Review(models.TextChoices):
        """Why money that arrived was not credited by itself."""

        DUPLICATE = "duplicate", "Paid twice"
        WRONG_AMOUNT = "wrong_amount", "Another amount than asked for"
        WRONG_CURRENCY = "wrong_currency", "Another currency than asked for"
        WRONG_MODE = "wrong_mode", "A test payment for a live order, or the reverse"
        NO_STOCK = "no_stock", "Paid late, and the goods are gone"
        ORDER_CLOSED = "order_closed", "Paid after the order was cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="payment_attempts")
    link = models.ForeignKey(PaymentLink, models.PROTECT, null=True, blank=True, related_name="attempts")
    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="attempts")
    state = models.CharField(max_length=14, choices=State, default=State.CREATED)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=4, choices=GatewayAccount.Mode)
    # What the gateway says arrived, in its own currency; None until then.
    received_cents = models.BigIntegerField(null=True, blank=True)
    received_currency = models.CharField(max_length=3, blank=True, default="")
    idempotency_key = models.CharField(max_length=80)
    gateway_checkout_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - NULLs never collide
    gateway_payment_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - NULLs never collide
    redirect_url = models.URLField(max_length=500, blank=True, default="")
    review_reason = models.CharField(max_length=20, choices=Review, blank=True, default="")
    is_late = models.BooleanField(default=False)
    message = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    # Since when the gateway asks the bank by hand; None once that is over.
    investigated_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_attempt_asks_for_money"),
            models.UniqueConstraint(fields=["account", "gateway_payment_id"], name="payment_attempt_payment_once"),
            models.UniqueConstraint(fields=["account", "gateway_checkout_id"], name="payment_attempt_checkout_once"),
            models.UniqueConstraint(fields=["account", "idempotency_key"], name="payment_attempt_wish_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=OPEN_ATTEMPTS), name="payment_attempt_one_open_per_order"
            ),
            # However many attempts an order has, one at most counts as its payment.
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=["paid", "part_refunded", "refunded"]),
                name="payment_attempt_one_paid_per_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "part_refunded", "refunded"])
                | Q(
                    paid_at__isnull=False,
                    received_cents=F("amount_cents"),
                    received_currency=F("currency"),
                ),
                name="payment_attempt_paid_is_what_was_asked",
            ),
            models.CheckConstraint(
                condition=(Q(state="review") & ~Q(review_reason="")) | (~Q(state="review") & Q(review_reason="")),
                name="payment_attempt_review_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="payment_attempt_to_poll"
            ),
            models.Index(fields=["order", "id"], name="payment_attempt_by_order"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} for order {self.order_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """True while the customer may still be paying."""
        return self.state in OPEN_ATTEMPTS


class Refund(models.Model):
    """Money given back for one attempt. `amount_cents` is this refund's alone, never a running total."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Being asked for"
        SUBMITTED = "submitted", "On its way back"
        SUCCEEDED = "succeeded", "Given back"
        FAILED = "failed", "Not given back"
        RETURNED = "returned", "Came back to you"
        UNKNOWN = "unknown", "Perhaps on its way back"

    class Origin(models.TextChoices):
        SHOPME = "shopme"
        GATEWAY = "gateway"

    # The wish that caused it: asked twice it is one refund.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, related_name="refunds")
    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SHOPME)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=80)
    gateway_refund_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - NULLs never collide
    reason = models.CharField(max_length=300, blank=True, default="")
    actor_id = models.BigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["changed_at"],
                condition=Q(state__in=["requested", "submitted", "unknown"]),
                name="refund_without_an_end",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_of_something"),
            models.UniqueConstraint(fields=["account", "gateway_refund_id"], name="refund_once"),
            models.UniqueConstraint(fields=["account", "idempotency_key"], name="refund_wish_once"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk} of attempt {self.attempt_id}: {self.state}"
