"""The platform's own templates: those of the shared number's account, which every shop on it may speak by."""

from django.db import models


class SharedTemplate(models.Model):
    """What WhatsApp last told of one template of the shared number, in one language: by its list, or by news.

    A row WhatsApp never took has no `provider_id` and says why.
    """

    waba_id = models.CharField(max_length=64)
    provider_id = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=15)
    category = models.CharField(max_length=20)
    status = models.CharField(max_length=16)
    reason = models.CharField(max_length=200, blank=True, default="")
    # As its provider writes it, and which values a message of it needs.
    components = models.JSONField(default=list)
    spec = models.JSONField(default=dict)
    # Which message of a shop it stands in for when the window is closed, such as `order_ready`.
    purpose = models.CharField(max_length=40, blank=True, default="")
    synced_at = models.DateTimeField()

    class Meta:
        verbose_name = "template of the shared number"
        verbose_name_plural = "templates of the shared number"
        constraints = [
            models.UniqueConstraint(fields=["waba_id", "name", "language"], name="shared_template_once"),
        ]
        indexes = [models.Index(fields=["waba_id", "purpose", "status"], name="shared_template_purpose")]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
