"""A shop's account at a gateway, and every notification that reached it."""

from django.db import models
from django.db.models import Q
from django.utils.crypto import get_random_string

from shopme.lib.encryption import EncryptedTextField


def new_opaque() -> str:
    """The unguessable part of an account's webhook address: 190 bits."""
    return get_random_string(32)


class GatewayAccount(models.Model):
    """Credentials of this shop at one gateway, in one mode. Never deleted: late notifications still find it."""

    class Mode(models.TextChoices):
        TEST = "test", "Test"
        LIVE = "live", "Live"

    class Problem(models.TextChoices):
        """Why an account does not do its work."""

        UNFINISHED = "unfinished", "Its notifications are not registered yet"
        REJECTED = "rejected", "The gateway does not accept the key"
        NO_WEBHOOK = "no_webhook", "The gateway sends its notifications somewhere else"

    gateway = models.CharField(max_length=20)
    label = models.CharField(max_length=80, blank=True, default="")
    mode = models.CharField(max_length=4, choices=Mode)
    opaque = models.CharField(max_length=43, unique=True, default=new_opaque, editable=False)
    # JSON of the gateway's credential fields, and the secrets its notifications are signed with, newest first.
    credentials = EncryptedTextField(default="{}")
    webhook_secret = EncryptedTextField(default="")
    # Our registration at the gateway, where it has such a thing.
    webhook_id = models.CharField(max_length=100, blank=True, default="")
    problem = models.CharField(max_length=20, choices=Problem, blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="gateway_account_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True), name="gateway_account_default_is_active"
            ),
            # One company would tell two addresses of the same payment.
            models.UniqueConstraint(
                fields=["gateway", "mode"],
                condition=Q(retired_at__isnull=True) & ~Q(gateway="simulated"),
                name="gateway_account_one_a_mode",
            ),
            models.CheckConstraint(condition=Q(mode__in=["test", "live"]), name="gateway_account_mode_is_known"),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.gateway} ({self.mode})"


class GatewayEvent(models.Model):
    """One notification exactly as it came. Kept first, understood later, never edited but for its outcome."""

    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="events")
    dedupe_key = models.CharField(max_length=120)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    is_verified = models.BooleanField(default=False)
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "dedupe_key"], name="gateway_event_once"),
            models.CheckConstraint(condition=~Q(dedupe_key=""), name="gateway_event_has_a_key"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(processed_at__isnull=True), name="gateway_event_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.dedupe_key}: {self.outcome or 'waiting'}"
