"""Our mirror of the templates Meta keeps for a WhatsApp Business Account, and the history of each."""

from django.db import models
from django.utils import timezone


class Template(models.Model):
    """One template in one language, as Meta has it; a draft is one Meta has not seen yet.

    `components` are as the provider writes them; `contents` reads them. While a call is under way the row says so
    (`submitting`, `deleting`), with what was asked for in `proposal`; a call without an answer leaves `unknown`, and the
    next sync settles it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTING = "submitting", "Being submitted"
        UNKNOWN = "unknown", "Not known"
        PENDING = "pending", "In review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Switched off"
        IN_APPEAL = "in_appeal", "In appeal"
        LIMIT_EXCEEDED = "limit_exceeded", "Over the limit"
        LOCKED = "locked", "Locked"
        ARCHIVED = "archived", "Archived"
        DELETING = "deleting", "Being deleted"
        PENDING_DELETION = "pending_deletion", "To be deleted"
        DELETED = "deleted", "Deleted"

    class Category(models.TextChoices):
        UTILITY = "UTILITY", "Utility"
        MARKETING = "MARKETING", "Marketing"
        AUTHENTICATION = "AUTHENTICATION", "Authentication"

    class Quality(models.TextChoices):
        UNKNOWN = "UNKNOWN", "Not rated yet"
        GREEN = "GREEN", "High"
        YELLOW = "YELLOW", "Medium"
        RED = "RED", "Low"

    # The WhatsApp Business Account; numbers live in `public`, so it travels by value.
    waba_id = models.CharField(max_length=64)
    provider_id = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=15)
    category = models.CharField(max_length=20, choices=Category, default=Category.UTILITY)
    # The category Meta announced it will move the template to.
    next_category = models.CharField(max_length=20, blank=True, default="")
    is_named = models.BooleanField(default=False)
    components = models.JSONField(default=list)
    # Which values a message of it needs; derived from `components` whenever they change.
    spec = models.JSONField(default=dict)
    # Own files behind the sample of the header, by kept key, so that a preview can show them.
    samples = models.JSONField(default=dict)
    ttl_seconds = models.IntegerField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    status_at = models.DateTimeField(default=timezone.now)
    # What stood there before a call of ours began, to fall back to when it is refused.
    status_before = models.CharField(max_length=16, blank=True, default="")
    proposal = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True, default="")
    reason_text = models.TextField(blank=True, default="")
    # The sentence of a call of ours that did not succeed.
    problem = models.TextField(blank=True, default="")
    quality = models.CharField(max_length=8, choices=Quality, default=Quality.UNKNOWN)
    quality_at = models.DateTimeField(null=True, blank=True)
    category_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    # When an approved one was last deleted: Meta blocks its name for a while.
    name_rests_until = models.DateTimeField(null=True, blank=True)
    # Which of our own messages it stands in for when the window is closed, such as `order_ready`.
    purpose = models.CharField(max_length=40, blank=True, default="")
    submitted_by_id = models.BigIntegerField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["waba_id", "name", "language"], name="template_once_per_language"),
        ]
        indexes = [
            models.Index(fields=["waba_id", "provider_id"], name="template_provider_idx"),
            models.Index(fields=["purpose", "status"], name="template_purpose_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def is_usable(self) -> bool:
        """Whether Meta delivers messages of it now."""
        return self.status == self.Status.APPROVED

    @property
    def is_under_way(self) -> bool:
        """Whether a call of ours has not been answered yet, or nobody knows how it ended."""
        return self.status in (self.Status.SUBMITTING, self.Status.DELETING, self.Status.UNKNOWN)

    @property
    def is_local(self) -> bool:
        """Whether Meta does not know it, as far as we do."""
        return not self.provider_id


class TemplateEvent(models.Model):
    """One change of a template, by whom and when. Appended, never edited."""

    class Kind(models.TextChoices):
        STATUS = "status"
        QUALITY = "quality"
        CATEGORY = "category"
        CONTENT = "content"
        PROBLEM = "problem"

    class Source(models.TextChoices):
        WEBHOOK = "webhook", "WhatsApp"
        SYNC = "sync", "Comparison with WhatsApp"
        OPERATOR = "operator", "Your team"

    template = models.ForeignKey(Template, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind)
    before = models.CharField(max_length=20, blank=True, default="")
    after = models.CharField(max_length=20, blank=True, default="")
    detail = models.JSONField(default=dict)
    source = models.CharField(max_length=8, choices=Source)
    actor_id = models.BigIntegerField(null=True, blank=True)
    # The webhook that told it; the same one again adds nothing.
    event_key = models.CharField(max_length=320, null=True, blank=True)  # noqa: DJ001  (unknown is not "")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "kind", "event_key"], name="template_event_once"),
        ]
        indexes = [models.Index(fields=["template", "-at", "-id"], name="template_event_idx")]

    def __str__(self) -> str:
        return f"{self.kind} of template {self.template_id}: {self.after}"
