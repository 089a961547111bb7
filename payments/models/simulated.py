"""What the company behind the simulated gateway remembers. Our side never reads these rows, it asks the gateway."""

import uuid

from django.db import models
from django.db.models import Q

from shopme.lib.encryption import EncryptedTextField


class SimulatedCheckout(models.Model):
    """A hosted page of the simulated company, and the payments that were made on it."""

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        DECLINED = "declined"
        ABANDONED = "abandoned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    merchant = models.CharField(max_length=120)
    idempotency_key = models.CharField(max_length=80, unique=True)
    reference = models.CharField(max_length=80)
    description = models.CharField(max_length=200)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # Of the customer; empty where the shop told none.
    language = models.CharField(max_length=10, blank=True, default="")
    mode = models.CharField(max_length=4)
    return_url = models.URLField(max_length=500)
    notify_url = models.URLField(max_length=500)
    secret = EncryptedTextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Ids of the payments taken: two after "pay twice".
    payment_ids = models.JSONField(default=list)
    # Money given back: id, key of the wish, amount, state.
    refunds = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gt=0), name="simulated_checkout_of_something")]

    def __str__(self) -> str:
        return f"{self.reference}: {self.state}"


class SimulatedNotice(models.Model):
    """One signed notification the simulated company owes its merchant."""

    checkout = models.ForeignKey(SimulatedCheckout, models.CASCADE, related_name="notices")
    event_id = models.CharField(max_length=80, unique=True)
    body = models.TextField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.event_id
