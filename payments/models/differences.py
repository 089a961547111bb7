"""Where a gateway's list of payments and ours disagree."""

from django.db import models

from payments.models.accounts import GatewayAccount
from payments.models.money import PaymentAttempt


class PaymentDifference(models.Model):
    """One payment that is on one side only. It stays when it is settled: with the day it was."""

    class Kind(models.TextChoices):
        NOT_HERE = "not_here", "the gateway was paid, and no order knows of it"
        NOT_THERE = "not_there", "credited to an order, and not in the gateway's list"

    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=9, choices=Kind)
    gateway_payment_id = models.CharField(max_length=100)
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, null=True, blank=True, related_name="differences")
    amount_cents = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    reference = models.CharField(max_length=80, blank=True, default="")
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "gateway_payment_id"], name="payment_difference_once"),
        ]
        indexes = [
            models.Index(fields=["found_at"], condition=models.Q(settled_at=None), name="payment_difference_open"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_payment_id}: {self.kind}"
