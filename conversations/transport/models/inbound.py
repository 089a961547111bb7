"""What came in: addresses that machines call, bodies as they came, events and the lanes they wait in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from shopme.lib.encryption import EncryptedJSONField, EncryptedTextField


class WebhookEndpoint(models.Model):
    """One address that machines call: the platform's app, one number, or one payment account."""

    class Kind(models.TextChoices):
        PLATFORM = "platform"
        NUMBER = "number"
        PAYMENT = "payment"

    class Scheme(models.TextChoices):
        META = "meta"
        D360 = "d360"
        STANDARD = "standard"
        OZOW = "ozow"

    kind = models.CharField(max_length=10, choices=Kind)
    # The unguessable last part of the address; null for the platform's own address.
    opaque = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    scheme = models.CharField(max_length=10, choices=Scheme)
    verify_token = EncryptedTextField(default="")
    # All secrets that are live; during a rotation there are two. Empty: the platform's app secret is used.
    secrets = EncryptedJSONField(default=list)
    # By fingerprint: when a body was last opened by that secret.
    secret_uses = models.JSONField(default=dict, db_default={})
    # The provider's handshake was answered; and the last body that no secret opened.
    shaken_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    number_id = models.BigIntegerField(null=True, db_index=True)
    shop_id = models.BigIntegerField(null=True, db_index=True)
    # The payment account's own id, for endpoints of kind payment.
    reference = models.CharField(max_length=80, default="", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="platform"), name="endpoint_one_platform"),
            models.UniqueConstraint(fields=["number_id"], condition=Q(kind="number"), name="endpoint_one_per_number"),
            models.UniqueConstraint(
                fields=["shop_id", "reference"], condition=Q(kind="payment"), name="endpoint_one_per_account"
            ),
            models.CheckConstraint(
                condition=Q(kind="platform", opaque=None) | (~Q(kind="platform") & Q(opaque__isnull=False)),
                name="endpoint_opaque_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} endpoint {self.pk}"


class WebhookRaw(models.Model):
    """One body as it arrived, sealed. The pair of endpoint and hash makes a repeated delivery one row."""

    class State(models.TextChoices):
        NEW = "new"
        SPLIT = "split"
        POISON = "poison"

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="+", db_index=False)
    body_sha256 = models.BinaryField(max_length=32)
    # Sealed for "transport_webhookraw.body"; empty once scrubbed.
    body = models.BinaryField()
    headers = models.JSONField(default=dict, db_default={})
    received_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=6, choices=State, default=State.NEW, db_default=State.NEW)
    error = models.CharField(max_length=300, default="", db_default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "body_sha256"], name="raw_once")]
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=Q(state="new"), name="raw_new"),
            models.Index(fields=["received_at"], name="raw_received"),
            models.Index(fields=["endpoint", "-id"], condition=Q(state="poison"), name="raw_poison"),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk} ({self.state})"


class InboxEvent(models.Model):
    """One thing that happened, cut from a body. `data` is emptied when the event is done: its effects keep what matters."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        STATUS = "status"
        COPY = "copy"
        PAYMENT = "payment"
        ACCOUNT = "account"
        INTERNAL = "internal"
        UNREADABLE = "unreadable"

    class State(models.TextChoices):
        READY = "ready"
        DONE = "done"
        DEAD = "dead"
        SKIPPED = "skipped"
        QUARANTINED = "quarantined"

    raw = models.ForeignKey(WebhookRaw, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    shop_id = models.BigIntegerField(null=True)
    number_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind)
    # Within which `event_key` is unique: the provider's phone_number_id, `waba:<id>` or `endpoint:<id>`.
    scope = models.CharField(max_length=80)
    event_key = models.CharField(max_length=320)
    lane = models.CharField(max_length=200, default="", blank=True)
    provider_at = models.DateTimeField(null=True)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=11, choices=State, default=State.READY, db_default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    last_error = models.CharField(max_length=300, default="", db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "event_key"], name="event_once")]
        indexes = [
            models.Index(fields=["lane", "id"], condition=Q(state="ready"), name="event_ready"),
            models.Index(fields=["state", "id"], condition=Q(state__in=["dead", "quarantined"]), name="event_desk"),
            models.Index(fields=["created_at"], name="event_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} event {self.pk} ({self.state})"


class Lane(models.Model):
    """The line in which the events of one person, or of one shop's payments, wait for one worker at a time.

    A claim raises `fence`; only the holder of the newest fence can finish a turn, so a late worker changes nothing.
    `attempt` counts turns that were started and not finished.
    """

    class Kind(models.TextChoices):
        CHAT = "chat"
        PAYMENT = "payment"
        NUMBER = "number"

    key = models.CharField(max_length=200, primary_key=True)
    shop_id = models.BigIntegerField()
    number_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=7, choices=Kind)
    pending = models.IntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=40, default="", db_default="", blank=True)
    attempt = models.PositiveSmallIntegerField(default=0, db_default=0)
    fence = models.BigIntegerField(default=0, db_default=0)
    blocked_by = models.BigIntegerField(null=True)  # the event a payment lane waits for; a person decides

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pending__gte=0), name="lane_pending_not_negative")]
        indexes = [
            models.Index(
                fields=["shop_id", "next_at"],
                condition=Q(pending__gt=0, blocked_by=None, started_at=None),
                name="lane_due",
            ),
            models.Index(fields=["started_at"], condition=Q(started_at__isnull=False), name="lane_running"),
        ]

    def __str__(self) -> str:
        return self.key


class LaneAlias(models.Model):
    """By which lane a person's phone and business-scoped id on one number are served."""

    number_id = models.BigIntegerField()
    value = models.CharField(max_length=150)
    lane = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number_id", "value"], name="alias_once")]

    def __str__(self) -> str:
        return f"{self.value} on number {self.number_id}"


class DeadEvent(InboxEvent):
    """Events that were given up, for the platform's desk."""

    class Meta:
        proxy = True


class PoisonWebhook(WebhookRaw):
    """Bodies that could not be split, for the platform's desk."""

    class Meta:
        proxy = True
