"""What people agreed to and refused. Only `loyalty.consent` writes it, and rows are never changed."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loyalty.models.people import Customer


class ConsentEntry(models.Model):
    """One yes or no of a customer, in their own words. The newest entry of a purpose counts; at the same instant the no."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing"
        DATA = "data"

    class Kind(models.TextChoices):
        OPT_IN = "opt_in", "Yes"
        OPT_OUT = "opt_out", "No"

    class Source(models.TextChoices):
        WORDS = "words", "Written in the chat"
        BUTTON = "button", "Tapped in the chat"
        USER_PREFERENCES = "user_preferences", "Set in WhatsApp"
        PROVIDER_ERROR = "provider_error", "WhatsApp refused an offer"
        STAFF = "staff", "Written down by the team"
        MERGE = "merge", "Two customers became one"
        IMPORT = "import", "Brought along"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    channel = models.CharField(max_length=20, default="whatsapp", db_default="whatsapp")
    kind = models.CharField(max_length=8, choices=Kind)
    source = models.CharField(max_length=20, choices=Source, default=Source.WORDS, db_default="words")
    words = models.CharField(max_length=400, blank=True)
    # WhatsApp's id of the message behind it, where there is one.
    wamid = models.CharField(max_length=200, blank=True)
    # Why a person of the shop wrote it down, and who.
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    actor_id = models.BigIntegerField(null=True, blank=True)
    # What makes it once: the message, the notice of WhatsApp, the form.
    key = models.CharField(max_length=240, null=True, blank=True, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["customer", "purpose", "-at"], name="loyalty_consent_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["opt_in", "opt_out"]), name="loyalty_consent_kind"),
            models.CheckConstraint(
                condition=~Q(source="staff") | (Q(actor_id__isnull=False) & ~Q(reason="")),
                name="loyalty_consent_of_staff_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.get_kind_display()}"

    @property
    def is_yes(self) -> bool:
        return self.kind == self.Kind.OPT_IN
