"""What a shop sells and how many of it there are. Money is minor units of the shop's currency."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from catalog.querysets import CategoryQuerySet, ProductQuerySet, ReservationQuerySet, VariantQuerySet


class Category(models.Model):
    """A shelf of the shop. `names` holds the other languages: `{"it": "Dolci"}`."""

    name = models.CharField(max_length=80)
    names = models.JSONField(default=dict, blank=True)
    slug = models.SlugField(max_length=90, unique=True)
    position = models.PositiveIntegerField(default=0)
    is_visible = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="category_has_a_name")]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in `language`, else the shop's own."""
        return str(self.names.get(language) or self.name)


class Product(models.Model):
    """One thing a customer can ask for; its variants carry price and stock.

    `search_text` is every word a search may hit (names in all languages, category, variants, SKUs), without accents
    and lower-cased; the save services keep it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="products")
    name = models.CharField(max_length=120)
    names = models.JSONField(default=dict, blank=True)
    description = models.TextField(max_length=2000, blank=True, default="")
    descriptions = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # Staff may take a product off the shelf for today without unpublishing it.
    is_available = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    image_key = models.CharField(max_length=160, blank=True, default="")
    search_text = models.TextField(blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="product_has_a_name"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "archived"]), name="product_status_is_known"
            ),
        ]
        indexes = [models.Index(fields=["category", "status", "position"], name="product_shelf")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on_sale(self) -> bool:
        """True if customers may see and order it."""
        return self.status == self.Status.PUBLISHED and self.is_available

    def name_in(self, language: str) -> str:
        """The name in `language`, else the shop's own."""
        return str(self.names.get(language) or self.name)

    def description_in(self, language: str) -> str:
        """The description in `language`, else the shop's own."""
        return str(self.descriptions.get(language) or self.description)


class ProductImage(models.Model):
    """A further picture of a product; the first one is `Product.image_key`."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    key = models.CharField(max_length=160)
    alt = models.CharField(max_length=160, blank=True, default="")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.alt or self.key


class Variant(models.Model):
    """What is put into a basket: one size, flavour or colour with its price and stock.

    `on_hand` are pieces in the shop, `reserved` those promised to orders that are not paid yet. Only `catalog.stock`
    changes `reserved`. The name may be empty when a product has one variant.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    name = models.CharField(max_length=80, blank=True, default="")
    sku = models.CharField(max_length=60, null=True, blank=True, unique=True)
    price_cents = models.BigIntegerField(validators=[MinValueValidator(0)])
    compare_at_cents = models.BigIntegerField(null=True, blank=True)
    is_tracked = models.BooleanField(default=False)
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0, editable=False)
    allow_backorder = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(price_cents__gte=0), name="variant_price_not_negative"),
            models.CheckConstraint(
                condition=Q(compare_at_cents__isnull=True) | Q(compare_at_cents__gt=F("price_cents")),
                name="variant_compare_at_above_price",
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="variant_on_hand_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="variant_reserved_not_negative"),
            models.CheckConstraint(
                condition=Q(is_tracked=False) | Q(allow_backorder=True) | Q(reserved__lte=F("on_hand")),
                name="variant_reserved_within_on_hand",
            ),
            models.CheckConstraint(condition=Q(sku__isnull=True) | ~Q(sku=""), name="variant_sku_null_not_empty"),
            models.UniqueConstraint(
                "product", Lower("name"), condition=Q(is_active=True), name="variant_name_once_per_product"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"variant {self.pk}"

    @property
    def retailer_id(self) -> str:
        """What WhatsApp's catalogue knows it by: its SKU, without one our own number."""
        return self.sku or str(self.pk)

    @property
    def available(self) -> int | None:
        """Pieces that can still be promised, or None if there is no limit."""
        if not self.is_tracked or self.allow_backorder:
            return None
        return max(0, self.on_hand - self.reserved)


class Reservation(models.Model):
    """Pieces of a variant promised to one order: held until paid, then sold, or released again."""

    class State(models.TextChoices):
        HELD = "held"
        RELEASED = "released"
        SOLD = "sold"

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    # Whose it is, e.g. "order:17". The catalog does not know orders.
    order_ref = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_ref", "variant"], name="reservation_once_per_order"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_of_something"),
            models.CheckConstraint(
                condition=Q(state__in=["held", "released", "sold"]), name="reservation_state_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["variant"], condition=Q(state="held"), name="reservation_held"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of variant {self.variant_id} for {self.order_ref}: {self.state}"
