"""What a shop says about itself."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.audit import note
from tenants.context import in_public
from tenants.models import Shop, User
from tenants.queries import forget


class ProfileNotPossible(BusinessError):
    """A value cannot be a shop's: the message says which and what is expected."""


def save_profile(  # noqa: PLR0913  (the profile is that many facts)
    *,
    shop: Shop,
    name: str,
    description: str,
    category: str = "",
    town: str = "",
    is_listed: bool = True,
    phone: str,
    time_zone: str,
    language: str,
    languages: list[str],
    actor: User | None = None,
) -> Shop:
    """Change what customers and pages read about `shop`. Currency, country and address stay as they were opened.

    `phone` is E.164 or empty; the shop's own language is always among its languages. Refuses: `ProfileNotPossible`.
    """
    wanted = {
        "name": clean_text(name, limit=120).strip(),
        "description": clean_text(description, limit=600).strip(),
        "category": clean_text(category, limit=60).strip(),
        "town": clean_text(town, limit=80).strip(),
        "is_listed": is_listed,
        "phone": phone,
        "time_zone": time_zone,
        "language": language,
        "languages": list(dict.fromkeys([language, *languages])),
    }
    _must_be_a_profile(wanted)
    with in_public(), transaction.atomic():
        row = Shop.objects.select_for_update().get(pk=shop.pk)
        changed = sorted(key for key, value in wanted.items() if getattr(row, key) != value)
        Shop.objects.filter(pk=row.pk).update(**wanted)
        note("shop.profile_saved", shop=row, actor=actor, subject=row.slug, detail={"changed": changed})
    forget()
    for key, value in wanted.items():
        setattr(shop, key, value)
    return shop


def _must_be_a_profile(wanted: Mapping[str, object]) -> None:
    known = dict(settings.LANGUAGES)
    if not wanted["name"]:
        raise ProfileNotPossible("A shop needs a name.")
    if wanted["time_zone"] not in available_timezones():
        raise ProfileNotPossible("Choose a time zone from the list.")
    languages = wanted["languages"]
    if not isinstance(languages, list) or any(code not in known for code in languages):
        raise ProfileNotPossible("Choose languages from the list.")
