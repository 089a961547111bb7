"""Reads of the public schema that the hot paths need, remembered for a few seconds per process."""

import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any, ClassVar, Final, Generic, TypeVar
from weakref import WeakSet

from django.db.models import QuerySet

from shopme.lib.errors import BusinessError
from shopme.lib.prepared import Prepared
from tenants.models import Domain, Membership, Shop, User, WhatsAppNumber

REMEMBERED_SECONDS = 5.0
K = TypeVar("K")
V = TypeVar("V")


# Where a shop's id stands, the platform itself: its own words on a shared number, and the lanes of people there.
PLATFORM: Final = 0


class UnknownShop(BusinessError):
    """No shop has this id."""


class UnknownNumber(BusinessError):
    """No WhatsApp number has this id."""


class Remembered(Generic[K, V]):
    """Answers kept for `REMEMBERED_SECONDS`; absent ones are asked again every time. Safe between threads."""

    everywhere: ClassVar["WeakSet[Remembered[Any, Any]]"] = WeakSet()

    def __init__(self, limit: int = 4096) -> None:
        self.everywhere.add(self)
        self._limit = limit
        self._lock = Lock()
        self._kept: dict[K, tuple[float, V]] = {}

    def get(self, key: K, ask: Callable[[], V]) -> V:
        """The answer to `key`, from `ask` when none is fresh."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        answer = ask()
        with self._lock:
            if len(self._kept) >= self._limit:
                self._kept.clear()
            self._kept[key] = (now + REMEMBERED_SECONDS, answer)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_shops: Remembered[int, Shop] = Remembered()
_shops_by_host: Remembered[str, Shop | None] = Remembered()
_numbers: Remembered[int, WhatsAppNumber] = Remembered()
_numbers_by_pnid: Remembered[str, WhatsAppNumber] = Remembered()


def forget() -> None:
    """Drop what this process remembers; called after a shop or number changes here."""
    for remembered in Remembered.everywhere:
        remembered.clear()


def shop_by_id(shop_id: int) -> Shop:
    """The shop, at most five seconds old. Refuses: `UnknownShop`."""
    return _shops.get(shop_id, partial(_shop, shop_id))


def owner_by_id(owner_id: int) -> Shop:
    """The shop, or the stand-in of the platform for `PLATFORM`, which `inside` takes to public. Refuses: `UnknownShop`."""
    return platform() if owner_id == PLATFORM else shop_by_id(owner_id)


def platform() -> Shop:
    """The platform where a shop is expected: never saved, never anybody's schema."""
    return Shop(pk=PLATFORM, schema_name="public", slug="", name="ShopMe")


def shop_by_slug(slug: str) -> Shop | None:
    """The shop that answers at `<slug>.<platform host>`, at most five seconds old."""
    return _shops_by_host.get(f"slug:{slug}", lambda: Shop.objects.filter(slug=slug).first())


def shop_by_domain(host: str) -> Shop | None:
    """The shop that answers at a host of its own, at most five seconds old."""

    def ask() -> Shop | None:
        domain = Domain.objects.select_related("tenant").filter(domain=host).first()
        return domain.tenant if domain else None

    return _shops_by_host.get(f"host:{host}", ask)


def active_shops() -> QuerySet[Shop]:
    """Shops that trade, oldest first."""
    return Shop.objects.filter(status=Shop.Status.ACTIVE).order_by("id")


def number_by_id(number_id: int) -> WhatsAppNumber:
    """The number, at most five seconds old. Refuses: `UnknownNumber`."""
    return _numbers.get(number_id, partial(_number, _BY_ID, number_id))


def number_by_phone_number_id(phone_number_id: str) -> WhatsAppNumber:
    """The number under the provider's id, at most five seconds old. Refuses: `UnknownNumber`."""
    return _numbers_by_pnid.get(phone_number_id, partial(_number, _BY_PHONE_NUMBER_ID, phone_number_id))


def numbers_of_shop(shop: Shop) -> QuerySet[WhatsAppNumber]:
    """The shop's own numbers in its order."""
    return WhatsAppNumber.objects.filter(shop=shop, removed_at=None).order_by("position", "id")


def shared_numbers() -> QuerySet[WhatsAppNumber]:
    """The platform's own numbers, on which many shops are found."""
    return WhatsAppNumber.objects.filter(shop=None, removed_at=None).order_by("id")


def default_number(shop: Shop) -> WhatsAppNumber | None:
    """Where codes and links of the shop lead: the chosen number, else the first that is switched on."""
    return numbers_of_shop(shop).filter(is_active=True).order_by("-is_default", "position", "id").first()


def membership_of(user: User, shop: Shop) -> Membership | None:
    """What `user` may do in `shop` now; never remembered, so taking a role away works at once."""
    return Membership.objects.filter(user=user, shop=shop, is_active=True).first()


def team_of(shop: Shop) -> QuerySet[Membership]:
    """Everyone who was ever let into `shop`, active first."""
    return Membership.objects.filter(shop=shop).select_related("user").order_by("-is_active", "name", "id")


def _shop(shop_id: int) -> Shop:
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise UnknownShop(f"There is no shop {shop_id}.")
    return shop


_BY_ID: Prepared[WhatsAppNumber] = Prepared(
    lambda number_id: WhatsAppNumber.objects.select_related("shop").filter(id=number_id)
)
_BY_PHONE_NUMBER_ID: Prepared[WhatsAppNumber] = Prepared(
    lambda phone_number_id: WhatsAppNumber.objects.select_related("shop").filter(phone_number_id=phone_number_id)
)


def _number(prepared: Prepared[WhatsAppNumber], key: int | str) -> WhatsAppNumber:
    for number in prepared.rows(key):
        return number
    raise UnknownNumber("No WhatsApp number has this id.")
