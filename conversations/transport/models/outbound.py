"""What goes out, and how fast each number may speak."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class OutboxItem(models.Model):
    """One message to be sent; its text stays in the shop's schema under `message_id`."""

    class SendClass(models.TextChoices):
        NEVER_TWICE = "never_twice"
        RATHER_TWICE = "rather_twice"

    class Priority(models.IntegerChoices):
        """Who goes first when a number or a portfolio may not send all that waits."""

        PAYMENT = 0
        REPLY = 1
        NOTIFICATION = 2
        CAMPAIGN = 3

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
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.REPLY, db_default=Priority.REPLY)
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
            models.Index(
                fields=["number_id", "priority", "next_at", "id"],
                condition=Q(state="queued"),
                name="outbox_due_by_class",
            ),
            models.Index(fields=["shop_id", "-id"], condition=Q(state="dead"), name="outbox_dead"),
            models.Index(fields=["shop_id", "-id"], condition=Q(state="failed"), name="outbox_failed"),
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


class DeadSend(OutboxItem):
    """Messages of which nobody knows whether they arrived, for the platform's desk."""

    class Meta:
        proxy = True
