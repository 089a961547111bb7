"""A person a shop knows, and where they have things brought."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Customer(models.Model):
    """One person at one shop. The phone may be unknown: WhatsApp may hide it behind a business-scoped id."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The name the shop or the customer chose; `profile_name` is what WhatsApp shows.
    name = models.CharField(max_length=120, blank=True)
    profile_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20, null=True, blank=True, db_index=True)  # noqa: DJ001  (unknown is not "")
    language = models.CharField(max_length=12, blank=True)
    tags = models.JSONField(default=list, blank=True)
    notes = models.TextField(blank=True)
    # What the newest consent says; None: never asked. Only `loyalty.consent` writes it.
    marketing_opt_in = models.BooleanField(null=True, blank=True)
    is_blocked = models.BooleanField(default=False)
    # Somebody saw that this and another customer are one person: everything is with that one now.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-last_seen_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[0-9]{5,18}$"), name="loyalty_customer_phone_e164"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="loyalty_customer_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The best name there is: chosen, of the profile, the phone, or a neutral number."""
        return self.name or self.profile_name or self.phone or f"Customer {self.pk}"


class Address(models.Model):
    """A place a customer had something brought to."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    text = models.CharField(max_length=400, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    label = models.CharField(max_length=60, blank=True)
    last_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_used_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="loyalty_address_on_earth",
            ),
            models.CheckConstraint(condition=~Q(text="") | Q(latitude__isnull=False), name="loyalty_address_not_empty"),
        ]

    def __str__(self) -> str:
        return self.label or self.text or f"{self.latitude}, {self.longitude}"
