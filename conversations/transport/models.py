"""What came in, what goes out and how each number is; all in `public`, ids of a shop's rows travel by value."""

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

    kind = models.CharField(max_length=10, choices=Kind)
    # The unguessable last part of the address; null for the platform's own address.
    opaque = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    scheme = models.CharField(max_length=10, choices=Scheme)
    verify_token = EncryptedTextField(default="")
    # All secrets that are live; during a rotation there are two. Empty: the platform's app secret is used.
    secrets = EncryptedJSONField(default=list)
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
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk} ({self.state})"


class InboxEvent(models.Model):
    """One thing that happened, cut from a body. `data` is emptied when the event is done: its effects keep what matters."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        STATUS = "status"
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


class OutboxItem(models.Model):
    """One message to be sent; its text stays in the shop's schema under `message_id`."""

    class SendClass(models.TextChoices):
        NEVER_TWICE = "never_twice"
        RATHER_TWICE = "rather_twice"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        UNKNOWN = "unknown"
        SENT = "sent"
        FAILED = "failed"
        DEAD = "dead"
        CANCELLED = "cancelled"

    shop_id = models.BigIntegerField()
    number_id = models.BigIntegerField()
    lane = models.CharField(max_length=200)
    message_id = models.BigIntegerField()
    send_class = models.CharField(max_length=12, choices=SendClass, default=SendClass.RATHER_TWICE)
    dedupe_key = models.CharField(max_length=160)
    # What the provider echoes in its statuses, so an unanswered send can still be recognised.
    token = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    # Sent once more after a call without an answer; a second silence is for a person to decide.
    is_resent = models.BooleanField(default=False, db_default=False)
    wamid = models.CharField(max_length=200, null=True)  # noqa: DJ001
    expires_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="", db_default="", blank=True)
    error_code = models.CharField(max_length=20, default="", db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop_id", "dedupe_key"], name="outbox_once"),
            models.UniqueConstraint(fields=["number_id", "wamid"], name="outbox_wamid_once"),
        ]
        indexes = [
            models.Index(fields=["number_id", "next_at", "id"], condition=Q(state="queued"), name="outbox_due"),
            models.Index(
                fields=["lane", "id"], condition=Q(state__in=["queued", "sending", "unknown"]), name="outbox_open"
            ),
            models.Index(fields=["lease_until"], condition=Q(state__in=["sending", "unknown"]), name="outbox_leased"),
            # How many messages one person got lately: WhatsApp limits a pair of number and person.
            models.Index(fields=["lane", "sent_at"], condition=Q(sent_at__isnull=False), name="outbox_pair_pace"),
        ]

    def __str__(self) -> str:
        return f"outbox {self.pk} ({self.state})"


class NumberHealth(models.Model):
    """How fast a number may send and whether it may send at all; shared by every sender."""

    class Breaker(models.TextChoices):
        CLOSED = "closed"
        OPEN = "open"
        HALF = "half"
        HARD = "hard"

    number_id = models.BigIntegerField(primary_key=True)
    breaker = models.CharField(max_length=6, choices=Breaker, default=Breaker.CLOSED, db_default=Breaker.CLOSED)
    opened_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    open_seconds = models.IntegerField(default=0, db_default=0)
    tokens = models.FloatField(default=0, db_default=0)
    refilled_at = models.DateTimeField(db_default=Now())
    # Until then the bucket refills at half its speed, because the provider asked for less.
    slow_until = models.DateTimeField(null=True)
    window_at = models.DateTimeField(db_default=Now())
    calls = models.IntegerField(default=0, db_default=0)
    failures = models.IntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=200, default="", db_default="", blank=True)

    def __str__(self) -> str:
        return f"number {self.number_id}: {self.breaker}"


class StandInMessage(models.Model):
    """What the simulator's stand-in Graph API accepted for a simulated phone."""

    phone_number_id = models.CharField(max_length=40)
    wamid = models.CharField(max_length=200, unique=True)
    recipient = models.CharField(max_length=150)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone_number_id", "recipient", "id"], name="stand_in_thread")]

    def __str__(self) -> str:
        return self.wamid


class StandInThing(models.Model):
    """What the stand-in keeps besides messages: uploaded files, templates, settings of a number."""

    kind = models.CharField(max_length=20)
    # The phone number id or WABA id it belongs to.
    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    blob = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="stand_in_thing_once")]
        indexes = [models.Index(fields=["kind", "owner", "id"], name="stand_in_thing_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DeadEvent(InboxEvent):
    """Events that were given up, for the platform's desk."""

    class Meta:
        proxy = True


class PoisonWebhook(WebhookRaw):
    """Bodies that could not be split, for the platform's desk."""

    class Meta:
        proxy = True


class DeadSend(OutboxItem):
    """Messages of which nobody knows whether they arrived, for the platform's desk."""

    class Meta:
        proxy = True
