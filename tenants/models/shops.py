"""What lives once, in the public schema: shops, their hosts and numbers, people and what they may do."""

import secrets
import uuid
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from shopme.lib.encryption import EncryptedTextField
from tenants.managers import UserManager

if TYPE_CHECKING:
    # django_tenants has no types; these are the fields it gives.
    class TenantMixin(models.Model):
        schema_name = models.CharField(max_length=63, unique=True)

        class Meta:
            abstract = True

    class DomainMixin(models.Model):
        domain = models.CharField(max_length=253, unique=True)
        tenant = models.ForeignKey("Shop", models.CASCADE, related_name="domains")
        is_primary = models.BooleanField(default=True)

        class Meta:
            abstract = True

else:
    from django_tenants.models import DomainMixin, TenantMixin

slug_validator = RegexValidator(
    r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\Z", "Use 1 to 40 small letters, digits and hyphens."
)


def new_schema_name() -> str:
    """`t_` and 12 hex digits: never derived from a merchant's name."""
    return f"t_{secrets.token_hex(6)}"


def all_languages() -> list[str]:
    return [code for code, _ in settings.LANGUAGES]


class Shop(TenantMixin):
    """One merchant's shop: a schema of its own, a host of its own."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    # A schema comes from tenants.services.provisioning and goes with delete_shop; never from save() or delete().
    auto_create_schema = False
    auto_drop_schema = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=40, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    # The host of its own the shop prefers for links; empty: `<slug>.<platform host>`.
    own_host = models.CharField(max_length=253, blank=True, default="")
    currency = models.CharField(max_length=3, default="ZAR", help_text="ISO 4217")
    country = models.CharField(max_length=2, default="ZA", help_text="ISO 3166")
    time_zone = models.CharField(max_length=64, default="Africa/Johannesburg")
    language = models.CharField(max_length=10, default="en")
    languages = models.JSONField(default=all_languages)
    description = models.TextField(blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    # How the directory of the shared number finds it; verified shops come first.
    category = models.CharField(max_length=60, blank=True, default="", db_default="")
    town = models.CharField(max_length=80, blank=True, default="", db_default="")
    is_listed = models.BooleanField(default=True, db_default=True)
    is_verified = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            GinIndex(SearchVector("name", "category", "town", "description", config="simple"), name="shop_words")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "closed"]), name="shop_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(schema_name__regex=r"^t_[0-9a-f]{12}$"), name="shop_schema_name_is_random"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def host(self) -> str:
        """The host that links to this shop carry, without a port."""
        if self.slug == settings.PINNED_SHOP:
            return settings.PLATFORM_HOST
        return self.own_host or f"{self.slug}.{settings.PLATFORM_HOST}"

    def url(self, path: str = "/") -> str:
        """The absolute address of `path` on this shop's host. Never built from a request."""
        platform = urlsplit(settings.PLATFORM_URL)
        port = f":{platform.port}" if platform.port else ""
        return f"{platform.scheme}://{self.host}{port}{path}"


class Domain(DomainMixin):
    """A host name under which a shop answers."""


class User(AbstractBaseUser):
    """A person who signs in: to shops through memberships, to the platform's desk with `is_staff`."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    is_staff = models.BooleanField(default=False, help_text="May use the platform's own desk.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0] or self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """The platform's desk is open to its staff as a whole; shops use roles instead."""
        return self.is_active and self.is_staff

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Role(models.TextChoices):
    """What a member may do in one shop; a higher rank may do everything below it."""

    ADMIN = "admin", "Admin"
    MANAGER = "manager", "Manager"
    AGENT = "agent", "Agent"
    STAFF = "staff", "Staff"

    @property
    def rank(self) -> int:
        return {"staff": 1, "agent": 2, "manager": 3, "admin": 4}[self.value]


class Membership(models.Model):
    """One person in one shop."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="memberships")
    # What this shop calls the person. Another shop's word for the same account is never shown here.
    name = models.CharField(max_length=120, blank=True, default="", db_default="")
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "shop"], name="one_membership_a_person_a_shop"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.shop_id} as {self.role}"

    @property
    def rank(self) -> int:
        return Role(self.role).rank

    def may_act_as(self, role: Role) -> bool:
        """Whether this member's rank reaches `role`."""
        return self.is_active and self.rank >= role.rank


class WhatsAppNumber(models.Model):
    """A number customers write to. Without a shop it is the platform's shared number."""

    class Kind(models.TextChoices):
        OWN = "own"
        SHARED = "shared"

    class Provider(models.TextChoices):
        META_CLOUD = "meta_cloud", "Meta Cloud API"
        DIALOG360 = "dialog360", "360dialog"
        SIMULATOR = "simulator", "Simulator"

    class AccountProof(models.TextChoices):
        """How sure it is that the number belongs to its account: only typed in; seen in a message that came to the
        number's own address, which its shop could have written; said by the provider when it was asked."""

        TYPED = "typed"
        SEEN = "seen"
        SAID = "said"

    shop = models.ForeignKey(Shop, models.CASCADE, null=True, blank=True, related_name="numbers")
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.OWN)
    provider = models.CharField(max_length=10, choices=Provider)
    phone = models.CharField(max_length=20, help_text="E.164, with +")
    phone_number_id = models.CharField(max_length=64, unique=True)
    waba_id = models.CharField(max_length=64, blank=True, default="")
    account_proof = models.CharField(
        max_length=5, choices=AccountProof, default=AccountProof.TYPED, db_default=AccountProof.TYPED, editable=False
    )
    # The scope in which a BSUID means the same person.
    portfolio = models.CharField(max_length=64)
    display_name = models.CharField(max_length=120, blank=True, default="")
    access_token = EncryptedTextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    # While it is off: since when. What waits on it is given up by that, never by its own age alone.
    switched_off_at = models.DateTimeField(null=True, blank=True, editable=False)
    throughput_per_second = models.PositiveIntegerField(default=80)
    is_default = models.BooleanField(default=False, help_text="Codes and links of the shop lead here.")
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "WhatsApp number"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="own", shop__isnull=False) | models.Q(kind="shared", shop__isnull=True),
                name="own_number_has_shop_shared_has_none",
            ),
            models.CheckConstraint(
                condition=models.Q(throughput_per_second__gte=1), name="number_throughput_at_least_one"
            ),
            models.UniqueConstraint(fields=["shop"], condition=models.Q(is_default=True), name="default_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.display_name or self.phone} ({self.provider})"


class AuditEntry(models.Model):
    """Who did what to what, kept for the platform and for the shop. Never edited."""

    shop = models.ForeignKey(Shop, models.SET_NULL, null=True, blank=True, related_name="+")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True, default="")
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["shop", "-at"], name="audit_of_shop")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class SchemaTemplate(models.Model):
    """The DDL of a shop's schema at one set of migrations, kept so that making a shop needs no dump."""

    fingerprint = models.CharField(max_length=64, unique=True)
    ddl = models.TextField()
    source = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]
