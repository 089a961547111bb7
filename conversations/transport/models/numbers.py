"""What is known of each number, what is wrong with it, and numbers on their way to us. None of it is on a hot path."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from shopme.lib.encryption import EncryptedTextField


class NumberFacts(models.Model):
    """What a provider told of a number, by its answers and its news. The newest word on each fact stands."""

    number_id = models.BigIntegerField(primary_key=True)
    status = models.CharField(max_length=30, default="", blank=True)
    quality = models.CharField(max_length=20, default="", blank=True)
    # As the provider names it, e.g. TIER_2K; people a day who may be written to first, -1 for no limit.
    tier = models.CharField(max_length=30, default="", blank=True)
    daily_limit = models.IntegerField(null=True)
    verified_name = models.CharField(max_length=200, default="", blank=True)
    name_status = models.CharField(max_length=40, default="", blank=True)
    throughput = models.CharField(max_length=20, default="", blank=True)
    platform_type = models.CharField(max_length=30, default="", blank=True)
    is_coexisting = models.BooleanField(default=False)
    account_review = models.CharField(max_length=20, default="", blank=True)
    ban_state = models.CharField(max_length=30, default="", blank=True)
    # A list of objects with type, until (ISO, or empty) and remedy.
    restrictions = models.JSONField(default=list)
    volume_tier = models.JSONField(default=dict)
    token_expires_at = models.DateTimeField(null=True)
    token_scopes = models.JSONField(default=list)
    token_problem = models.CharField(max_length=300, default="", blank=True)
    # Whether its messages come to us, and the host that gets them where they are led to somebody else.
    is_subscribed = models.BooleanField(null=True)
    leads_to = models.CharField(max_length=120, default="", db_default="", blank=True)
    # By fact: when the word that stands was said.
    told_at = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    # When somebody last changed what keeps a number from sending, or it was seen to send again.
    mended_at = models.DateTimeField(null=True)
    last_webhook_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"facts of number {self.number_id}"


class NumberAlert(models.Model):
    """Something wrong, or worth knowing: a sentence and what to do. Without a shop it calls the people of the platform.

    What it is about (`key`: a number, or the platform) has one open alert of a kind.
    """

    class Severity(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        DANGER = "danger"

    shop_id = models.BigIntegerField(null=True)
    # The number it is about; for the platform also the one at which it was first seen, or none.
    number_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    severity = models.CharField(max_length=8, choices=Severity)
    sentence = models.CharField(max_length=300)
    advice = models.CharField(max_length=400, default="", blank=True)
    since = models.DateTimeField(db_default=Now())
    # A state that lasts until the opposite is heard; otherwise it is over when somebody has read it.
    is_lasting = models.BooleanField(default=True)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "kind"], condition=Q(resolved_at=None), name="alert_open_once"),
        ]
        indexes = [
            models.Index(fields=["shop_id"], condition=Q(resolved_at=None, acknowledged_at=None), name="alert_unread"),
            models.Index(fields=["shop_id", "number_id", "-since"], name="alert_history"),
            models.Index(fields=["key", "kind", "-since"], name="alert_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {self.sentence}"


class PlatformAlert(NumberAlert):
    """What calls the people of the platform, for their desk."""

    class Meta:
        proxy = True
        verbose_name = "alert"


class NumberNews(models.Model):
    """One thing a provider said of a shop's account, or of the shared number's, as it came; kept for a while."""

    event_id = models.BigIntegerField(unique=True)
    shop_id = models.BigIntegerField()
    number_ids = models.JSONField(default=list)
    field = models.CharField(max_length=64)
    value = models.JSONField(default=dict)
    is_understood = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "number news"
        indexes = [
            models.Index(fields=["shop_id", "-at"], name="news_of_shop"),
            models.Index(fields=["at"], name="news_age"),
        ]

    def __str__(self) -> str:
        return f"{self.field} at {self.at:%Y-%m-%d %H:%M}"


class NumberSetup(models.Model):
    """A number on its way to us: what was typed in, and what each check found. A known number has one to check again.

    Until the provider has shown that the token opens the number, there is no number: only this row.
    """

    shop_id = models.BigIntegerField()
    number_id = models.BigIntegerField(null=True, unique=True)
    provider = models.CharField(max_length=10)
    phone = models.CharField(max_length=20, default="", blank=True)
    phone_number_id = models.CharField(max_length=64)
    waba_id = models.CharField(max_length=64, default="", blank=True)
    display_name = models.CharField(max_length=120, default="", blank=True)
    # Emptied as soon as the number has them.
    access_token = EncryptedTextField(default="", blank=True)
    app_secret = EncryptedTextField(default="", blank=True)
    has_own_app = models.BooleanField(default=False)
    app_id = models.CharField(max_length=64, default="", blank=True)
    # The own phone of the person who adds the number, for the test message, and that message's id.
    test_phone = models.CharField(max_length=20, default="", blank=True)
    test_wamid = models.CharField(max_length=200, default="", blank=True)
    # By the name of the check: its state, sentence, advice and when it was.
    checks = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shop_id", "id"], name="setup_of_shop")]

    def __str__(self) -> str:
        return f"setup {self.pk} of shop {self.shop_id}"
