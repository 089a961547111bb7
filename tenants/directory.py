"""Reads of the directory: codes and where they lead, the number a shop is reached at, shops by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from shopme.lib.text import shorten
from tenants import codes
from tenants.models import Favourite, QrCode, Shop, ShopperName, WhatsAppNumber
from tenants.queries import default_number

COUNTED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a code leads: its shop, the number customers write to, and what their phone will have written for them."""

    code: QrCode
    number: WhatsAppNumber
    text: str

    @property
    def whatsapp_url(self) -> str:
        return f"https://wa.me/{self.number.phone.removeprefix('+')}?text={quote(self.text)}"


def code_address(code: QrCode) -> str:
    """What a printed code holds."""
    return f"{settings.PLATFORM_URL}/r/{code.code}"


def lead_of(written: str, *, shop: Shop | None = None) -> Lead | None:
    """Where the code somebody opened leads; None whether it is unknown, off, or its shop takes no customers.

    With `shop`, only that shop's codes are known.
    """
    code = open_code(written, shop=shop)
    number = number_of_shop(code.shop) if code else None
    return Lead(code, number, prefilled(code)) if code and number else None


def open_code(written: str, *, shop: Shop | None = None) -> QrCode | None:
    """The code that leads somewhere now, however it was typed."""
    found = codes.normalised(written)
    rows = QrCode.objects.select_related("shop").filter(code=found) if found else QrCode.objects.none()
    code = (rows if shop is None else rows.filter(shop=shop)).first()
    return code if code and code.leads_at(timezone.now()) and code.shop.is_active else None


def shop_of_code(written: str) -> Shop | None:
    """Whose code it is, whether it leads anywhere or not."""
    found = QrCode.objects.select_related("shop").filter(code=codes.normalised(written)).first()
    return found.shop if found else None


def number_of_shop(shop: Shop) -> WhatsAppNumber | None:
    """Where customers write to the shop: its default number, else the platform's shared one."""
    return default_number(shop) or shared_number()


def shared_number() -> WhatsAppNumber | None:
    """The platform's shared number, if it has one."""
    return WhatsAppNumber.objects.filter(shop=None, is_active=True).order_by("id").first()


def prefilled(code: QrCode) -> str:
    """The words a phone begins with; in no language, for they only carry the code."""
    parts = [shorten(code.shop.name, 60), shorten(code.label, 40), codes.shown(code.code)]
    return " · ".join(part for part in parts if part)


def codes_with_counts(shop: Shop, *, now: datetime) -> QuerySet[QrCode]:
    """The shop's codes, newest first, with `scans`, `chats` and `recent_scans`."""
    since = Q(days__day__gt=(now - timedelta(days=COUNTED_DAYS)).date())
    return (
        QrCode.objects.filter(shop=shop)
        .annotate(
            scans=Coalesce(Sum("days__scans"), 0),
            chats=Coalesce(Sum("days__chats"), 0),
            recent_scans=Coalesce(Sum("days__scans", filter=since), 0),
        )
        .order_by("-is_active", "-id")
    )


def scans_by_day(code: QrCode, *, today: datetime, days: int = COUNTED_DAYS) -> list[int]:
    """Scans of each of the last `days` days, oldest first."""
    first = (today - timedelta(days=days - 1)).date()
    known = dict(code.days.filter(day__gte=first).values_list("day", "scans"))
    return [known.get(first + timedelta(days=place), 0) for place in range(days)]


def is_favourite(*, number_id: int, names: Sequence[str], shop: Shop) -> bool:
    """Whether the person with these names on a shared number keeps the shop."""
    theirs = ShopperName.objects.filter(number_id=number_id, value__in=names, retired_at=None)
    return Favourite.objects.filter(shop=shop, shopper__in=theirs.values("shopper")).exists()
