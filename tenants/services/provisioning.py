"""Opening a shop: its row, host, owner and schema, all or nothing, in one transaction."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from babel import Locale
from babel.numbers import list_currencies
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction

from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.blueprint import NoBlueprint, blueprint
from tenants.context import in_public, inside
from tenants.migrate import build_schema
from tenants.models import Domain, Membership, Role, Shop, User, new_schema_name, slug_validator
from tenants.queries import forget
from tenants.signals import tenant_provisioned

RESERVED_SLUGS = frozenset({"www", "api", "admin", "app", "live", "mail", "static", "files", "webhooks", "pay", "help"})
log = structlog.get_logger(__name__)


class SlugTaken(BusinessError):
    """Another shop has this address."""


class NotAShop(BusinessError):
    """A value cannot be a shop's: the message says which and what is expected."""


def create_shop(  # noqa: PLR0913  (one act, one contract)
    *,
    slug: str,
    name: str,
    owner_email: str,
    owner_password: str | None = None,
    currency: str = "ZAR",
    country: str = "ZA",
    time_zone: str = "Africa/Johannesburg",
    language: str = "en",
) -> Shop:
    """A shop ready to trade at `<slug>.<platform host>`, with its owner as Admin.

    An owner who already signs in elsewhere keeps their password. `tenant_provisioned` is sent inside the new shop.
    Refuses: `SlugTaken`, `NotAShop`.
    """
    shop = Shop(
        schema_name=new_schema_name(),
        slug=slug,
        name=name.strip(),
        currency=currency,
        country=country,
        time_zone=time_zone,
        language=language,
    )
    _must_be_a_shop(shop, owner_email)
    with in_public():
        try:
            with transaction.atomic():
                shop.save()
                _give_host_and_owner(shop, owner_email, owner_password)
                _make_schema(shop.schema_name)
                with inside(shop):
                    tenant_provisioned.send(sender=Shop, shop=shop)
        except IntegrityError as problem:
            if "slug" in str(problem) or "domain" in str(problem):
                raise SlugTaken(f"The address {slug} is taken.") from problem
            raise
    forget()
    return shop


def _give_host_and_owner(shop: Shop, owner_email: str, owner_password: str | None) -> None:
    Domain.objects.create(domain=f"{shop.slug}.{settings.PLATFORM_HOST}", tenant=shop)
    email = owner_email.strip().lower()
    owner = User.objects.filter(email=email).first() or User.objects.create_user(email, owner_password)
    Membership.objects.create(user=owner, shop=shop, role=Role.ADMIN)
    note("shop.created", shop=shop, actor=None, subject=shop.slug)


def _make_schema(schema: str) -> None:
    try:
        statements = blueprint().sql_for(schema)
    except NoBlueprint as problem:
        log.warning("schema_built_by_migrations", why=str(problem))
        build_schema(schema)
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute(statements)


def _must_be_a_shop(shop: Shop, owner_email: str) -> None:
    known_languages = [code for code, _ in settings.LANGUAGES]
    checks = {
        "Use 1 to 40 small letters, digits and hyphens for the address.": _fits(slug_validator, shop.slug),
        f"The address {shop.slug} is reserved.": shop.slug not in RESERVED_SLUGS,
        "Give the shop a name of at most 120 characters.": 0 < len(shop.name) <= 120,
        f"{owner_email} is not an e-mail address.": _fits(validate_email, owner_email.strip()),
        f"{shop.currency} is not an ISO currency.": shop.currency in list_currencies(),
        f"{shop.country} is not an ISO country.": shop.country in Locale("en").territories and len(shop.country) == 2,
        f"{shop.time_zone} is not a time zone.": _is_time_zone(shop.time_zone),
        f"ShopMe does not speak {shop.language} yet.": shop.language in known_languages,
    }
    for why, holds in checks.items():
        if not holds:
            raise NotAShop(why)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _fits(validate: object, value: str) -> bool:
    try:
        validate(value)  # type: ignore[operator]
    except ValidationError:
        return False
    return True
