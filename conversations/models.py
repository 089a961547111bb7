"""One thread per customer and number: what was said, who is answering, and why the bot said it."""

from datetime import datetime

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from conversations.files.models import MediaFile  # noqa: F401 - a table of this app
from conversations.templates.models import Template, TemplateEvent  # noqa: F401 - tables of this app


class Conversation(models.Model):
    """Everything one customer and the shop said to each other on one number."""

    class Mode(models.TextChoices):
        BOT = "bot"
        HUMAN = "human"

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    customer = models.ForeignKey("loyalty.Customer", models.PROTECT, related_name="conversations")
    # Numbers, users and shops live in `public`; their ids travel by value.
    number_id = models.BigIntegerField()
    state = models.CharField(max_length=60, blank=True, default="")
    state_data = models.JSONField(default=dict)
    language = models.CharField(max_length=8, blank=True, default="")
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.BOT)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    assignee_id = models.BigIntegerField(null=True, blank=True)
    needs_person = models.BooleanField(default=False)
    # Until when a person who stepped in keeps the bot silent; empty while nobody has.
    takeover_until = models.DateTimeField(null=True, blank=True)
    window_expires_at = models.DateTimeField(null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    # The names the customer's last words came under, whose window the above is; other accounts of theirs beside it, as
    # {"phone", "bsuid", "until"}. Written by `reaches`.
    reach_phone = models.CharField(max_length=24, blank=True, default="", db_default="")
    reach_bsuid = models.CharField(max_length=160, blank=True, default="", db_default="")
    other_reaches = models.JSONField(default=list, db_default=[], blank=True)
    # When the customer last came from an ad or a post; their message keeps which.
    referred_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(default=timezone.now)
    last_preview = models.CharField(max_length=160, blank=True, default="")
    last_author = models.CharField(max_length=8, blank=True, default="")
    unread_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # Two customers became one who had a thread each on this number: everything said here went to that thread.
    moved_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "number_id"], name="conversation_one_per_customer_and_number"),
            models.CheckConstraint(
                condition=models.Q(takeover_until=None) | models.Q(mode="human"), name="conversation_takeover_is_human"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-last_message_at", "-id"], name="conversation_inbox_idx"),
            models.Index(
                fields=["-last_message_at"],
                condition=models.Q(status="open", needs_person=True),
                name="conversation_needs_person_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    def is_with_person(self, at: datetime) -> bool:
        """Whether the bot is silent at `at`: someone asked for a person, or a person is still writing."""
        return self.mode == self.Mode.HUMAN and (self.takeover_until is None or self.takeover_until > at)

    def is_waiting_for_person(self) -> bool:
        """Whether a person was asked for and nobody has stepped in yet."""
        return self.mode == self.Mode.HUMAN and self.takeover_until is None and self.assignee_id is None

    def is_window_open(self, at: datetime) -> bool:
        """Whether a free-form message may still be sent at `at`."""
        return self.window_expires_at is not None and self.window_expires_at > at


class Message(models.Model):
    """One message in or out. `content` is the whole of it (`Incoming` or a reply as JSON), `text` what one reads now.

    A copy of something said elsewhere is an `Incoming` in `content` with its `source`, in whatever direction. An edit,
    a revoke and a reaction are messages of their own, about the one in `context_wamid`.
    """

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Author(models.TextChoices):
        CUSTOMER = "customer"
        BOT = "bot"
        STAFF = "staff"
        SYSTEM = "system"

    class State(models.TextChoices):
        RECEIVED = "received"
        QUEUED = "queued"
        SENDING = "sending"
        UNKNOWN = "unknown"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        CANCELLED = "cancelled"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction)
    author = models.CharField(max_length=8, choices=Author)
    author_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True, default="")
    content = models.JSONField(default=dict)
    # WhatsApp's id; unknown until the provider took an outgoing message.
    wamid = models.CharField(max_length=200, null=True, blank=True, unique=True)
    token = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=10, choices=State)
    state_at = models.DateTimeField(default=timezone.now)
    error_code = models.CharField(max_length=20, blank=True, default="")
    error_text = models.TextField(blank=True, default="")
    context_wamid = models.CharField(max_length=200, blank=True, default="")
    # Of an answer of ours: the account of the customer's that it answers. Empty: whichever wrote last.
    to_phone = models.CharField(max_length=24, blank=True, default="", db_default="")
    to_bsuid = models.CharField(max_length=160, blank=True, default="", db_default="")
    # What made us say it: `turn:<wamid>`, `order:1042:paid`, `staff:<request id>`.
    cause = models.CharField(max_length=240, blank=True, default="")
    # The cause and its place in the answer; unique, so the same cause never speaks twice.
    dedupe_key = models.CharField(max_length=260, null=True, blank=True, unique=True)
    # An offer: it goes only to people who did not say stop. Everything else is a service and goes to everybody.
    is_marketing = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Its place in the thread: when it came to us or was written; for a copy when it was said.
    shown_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(direction="in", author="customer")
                | models.Q(direction="out", author__in=["bot", "staff", "system"]),
                name="message_author_fits_direction",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-shown_at", "-id"], name="message_shown_idx"),
            models.Index(
                fields=["context_wamid"],
                condition=models.Q(kind__in=["reaction", "edit", "revoke"]),
                name="message_mark_idx",
            ),
            GinIndex(SearchVector("text", config="simple"), name="message_text_idx"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def is_outgoing(self) -> bool:
        return self.direction == self.Direction.OUT


class MessageStatus(models.Model):
    """What WhatsApp reported about a message. Appended, never edited; `message` is empty until its sender has committed."""

    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="statuses")
    wamid = models.CharField(max_length=200)
    status = models.CharField(max_length=10)
    at = models.DateTimeField()
    error = models.JSONField(default=dict)
    # How Meta charges for the message, when it says so: category, type, billable, pricing_model. Rates are not told.
    pricing = models.JSONField(default=dict, db_default={})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wamid", "status", "at"], name="message_status_once"),
        ]
        indexes = [
            models.Index(fields=["wamid"], condition=models.Q(message=None), name="message_status_parked_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.wamid}"


class TurnTrace(models.Model):
    """What was behind a reply: the steps of the turn that a customer's message started."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="traces")
    message = models.ForeignKey(Message, models.CASCADE, related_name="traces")
    # [{"step": "heard", "detail": "…"}, …] in the order they happened.
    steps = models.JSONField(default=list)
    took_ms = models.FloatField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"trace of message {self.message_id}"


class ChatSettings(models.Model):
    """How this shop's chat behaves; exactly one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    bot_enabled = models.BooleanField(default=True)
    # The shop's own greeting instead of ours; empty means ours, which is translated.
    welcome_text = models.CharField(max_length=600, blank=True, default="")
    takeover_minutes = models.PositiveSmallIntegerField(default=30)
    # Blue ticks and “is typing” on the customer's phone.
    shows_read = models.BooleanField(default=True, db_default=True)
    # What is set up at Meta for the shop's own number: its catalogue, and a form (a “Flow”). Empty: there is none.
    catalog_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    form_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    form_screen = models.CharField(max_length=64, blank=True, default="", db_default="")
    form_name = models.CharField(max_length=60, blank=True, default="", db_default="")
    form_label = models.CharField(max_length=20, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "chat settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="chat_settings_one_row"),
            models.CheckConstraint(
                condition=models.Q(takeover_minutes__gte=1, takeover_minutes__lte=1440),
                name="chat_settings_takeover_fits_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(form_id="") | ~(models.Q(form_screen="") | models.Q(form_label="")),
                name="chat_settings_form_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return "chat settings"


class Note(models.Model):
    """What staff wrote down about a customer; the customer never sees it."""

    customer = models.ForeignKey("loyalty.Customer", models.CASCADE, related_name="thread_notes")
    author_id = models.BigIntegerField(null=True, blank=True)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="note_customer_idx")]

    def __str__(self) -> str:
        return f"note {self.pk}"
