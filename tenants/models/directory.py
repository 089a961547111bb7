"""How customers find shops: printed codes, and what the platform knows of a person on its shared number."""

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tenants.codes import ALPHABET, LENGTH, new_code
from tenants.models.shops import Shop, WhatsAppNumber


class QrCode(models.Model):
    """A printed code that leads to a shop. Never deleted: paper lives on; an inactive one says so kindly."""

    class Purpose(models.TextChoices):
        MENU = "menu", "Shop menu"
        PRODUCT = "product", "Product"
        PLACE = "place", "Table or shelf"
        CAMPAIGN = "campaign", "Campaign"

    code = models.CharField(
        max_length=LENGTH,
        unique=True,
        default=new_code,
        editable=False,
        validators=[RegexValidator(rf"^[{ALPHABET}]{{{LENGTH}}}\Z")],
    )
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="qr_codes")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.MENU)
    # What is printed under it: "Table 7", "Summer flyer".
    label = models.CharField(max_length=60, blank=True, default="")
    # The product it shows; rows of a shop's schema travel by value.
    product_id = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "QR code"
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=rf"^[{ALPHABET}]+$"), name="qr_code_is_unambiguous"),
            models.CheckConstraint(
                condition=Q(purpose="product", product_id__isnull=False)
                | (~Q(purpose="product") & Q(product_id__isnull=True)),
                name="qr_code_product_fits_purpose",
            ),
        ]
        indexes = [models.Index(fields=["shop", "-id"], name="qr_code_of_shop")]

    def __str__(self) -> str:
        return self.code

    def leads_at(self, moment: datetime) -> bool:
        """Whether it leads anywhere at `moment`."""
        return self.is_active and (self.expires_at is None or self.expires_at > moment)


class QrCodeDay(models.Model):
    """How often a code was opened on one day: its address in a browser, and chats begun with it. Nobody's data."""

    code = models.ForeignKey(QrCode, models.CASCADE, related_name="days")
    day = models.DateField()
    scans = models.PositiveIntegerField(default=0, db_default=0)
    chats = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "day"], name="qr_code_day_once")]

    def __str__(self) -> str:
        return f"{self.code_id} on {self.day}"


class Shopper(models.Model):
    """A person on a shared number: where they are now and how to reach them. What they tell shops stays in the shops."""

    number = models.ForeignKey(WhatsAppNumber, models.CASCADE, related_name="shoppers")
    phone = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  (unknown is not "")
    bsuid = models.CharField(max_length=150, null=True, blank=True)  # noqa: DJ001
    profile_name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    # The shop they are in; `in_shop_at` says since when nothing was heard. Redis has a copy that may vanish.
    shop = models.ForeignKey(Shop, models.SET_NULL, null=True, blank=True, related_name="+")
    in_shop_at = models.DateTimeField(null=True, blank=True)
    # What the platform asked last, and what it needs for the answer.
    state = models.CharField(max_length=20, blank=True, default="")
    state_data = models.JSONField(default=dict)
    # Messages that wait until it is clear which shop they are for.
    parked = models.JSONField(default=list)
    parked_since = models.DateTimeField(null=True, blank=True)
    # A picture that is being looked at, and the messages that wait behind it.
    waiting = models.JSONField(default=list)
    waiting_since = models.DateTimeField(null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["parked_since"], condition=Q(parked_since__isnull=False), name="shopper_parked")
        ]

    def __str__(self) -> str:
        return f"shopper {self.pk}"


class ShopperName(models.Model):
    """One name of a shopper on their number: the digits of a phone or a business-scoped id.

    A name that was given up keeps its day, for what was written before and comes late.
    """

    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="names")
    number = models.ForeignKey(WhatsAppNumber, models.CASCADE, related_name="+")
    value = models.CharField(max_length=150)
    first_seen_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number", "value"], name="shopper_name_once")]
        indexes = [
            models.Index(fields=["retired_at"], condition=Q(retired_at__isnull=False), name="shopper_name_retired")
        ]

    def __str__(self) -> str:
        return f"name of shopper {self.shopper_id}"


class ShopVisit(models.Model):
    """A shopper has been in this shop."""

    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="visits")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shopper", "shop"], name="shop_visit_once")]

    def __str__(self) -> str:
        return f"shopper {self.shopper_id} in {self.shop_id}"


class Favourite(models.Model):
    """A shop a shopper keeps at hand."""

    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="favourites")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shopper", "shop"], name="favourite_once")]

    def __str__(self) -> str:
        return f"favourite of shopper {self.shopper_id}"


class DirectoryMessage(models.Model):
    """What the platform itself and a shopper said to each other; talk with a shop is in the shop's schema only."""

    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")])
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True, default="")
    content = models.JSONField(default=dict)
    wamid = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    token = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=10)
    state_at = models.DateTimeField(default=timezone.now)
    error_code = models.CharField(max_length=20, blank=True, default="")
    error_text = models.TextField(blank=True, default="")
    # What made us say it, and its place in the answer; the same cause never speaks twice.
    dedupe_key = models.CharField(max_length=260, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["shopper", "-id"], name="directory_thread"),
            models.Index(fields=["created_at"], name="directory_message_age"),
        ]

    def __str__(self) -> str:
        return f"directory message {self.pk}"


class DirectoryPhoto(models.Model):
    """A picture in which a code may be: fetched and looked at by a task, told by an event in the person's lane."""

    class State(models.TextChoices):
        NEW = "new"
        TOLD = "told"

    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="photos")
    lane = models.CharField(max_length=200)
    wamid = models.CharField(max_length=200)
    media_id = models.CharField(max_length=200)
    state = models.CharField(max_length=4, choices=State, default=State.NEW)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shopper", "wamid"], name="directory_photo_once")]
        indexes = [
            models.Index(F("created_at"), condition=Q(state="new"), name="directory_photo_new"),
            models.Index(fields=["created_at"], name="directory_photo_age"),
        ]

    def __str__(self) -> str:
        return f"photo {self.pk} ({self.state})"
