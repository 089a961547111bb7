"""Phones of people who run a shop, known to the chat, so that they can work from it."""

from django.db import models
from django.db.models import Q

from tenants.models.shops import Membership, Shop


class OwnerPhone(models.Model):
    """The phone of an Admin or Manager. It counts once a code shown in the dashboard came from it over WhatsApp."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="owner_phone")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20)
    # SHA-256 of the code, which is good for a quarter of an hour and five tries.
    code_hash = models.BinaryField(max_length=32, default=b"")
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_failures = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Argon2id; empty until one is set in the dashboard. Five wrong ones lock it until a new one is set there.
    pin_hash = models.CharField(max_length=160, blank=True, default="")
    pin_failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "phone"], condition=Q(confirmed_at__isnull=False), name="owner_phone_once_a_shop"
            ),
        ]

    def __str__(self) -> str:
        return f"phone of membership {self.membership_id}"
