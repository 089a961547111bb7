"""News about a number or its account: one table of who listens to which field.

The lane worker calls `tell` for events of kind `account`, inside the shop (for the shared number: in public) and the
transaction of the turn. An event has a key, so the same news is told once; a field nobody listens to is counted, kept
and no error. Rooms above register their own handlers from modules their AppConfig imports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.utils import timezone
from prometheus_client import Counter

from conversations.transport.models import NumberNews
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import PLATFORM, UnknownNumber, number_by_id

if TYPE_CHECKING:
    from conversations.transport.lanes.backlog import LaneEvent

Json = dict[str, Any]
# The name the counter gives a field nobody listens to: what others write is no label of ours.
UNHEARD: Final = "unheard"
# What speaks of customers is not kept here: whoever listens keeps what is theirs.
PERSONAL: Final = frozenset({"user_preferences", "user_actions", "history", "smb_app_state_sync", "contacts"})

_told = Counter("shopme_account_news", "News about numbers and accounts by the field they came in.", ["field"])
log = structlog.get_logger(__name__)


class FieldTaken(RuntimeError):
    """Two handlers for one field: a bug."""


@dataclass(frozen=True, slots=True)
class News:
    """One change of an account-level field, for one shop, or for the platform and its shared number.

    `numbers` are the shop's numbers it concerns, at least one: all of the WABA, or the one it names. `value` is the
    provider's object as it came, cleaned. `at` is when it happened, `event_id` names it for ever.
    """

    shop: Shop
    numbers: tuple[WhatsAppNumber, ...]
    field: str
    value: Json
    at: datetime
    event_id: int

    @property
    def waba_id(self) -> str:
        return self.numbers[0].waba_id

    @property
    def is_platforms(self) -> bool:
        """Whether it is about the shared number; there is no shop's schema around it then."""
        return self.shop.pk == PLATFORM


Handler = Callable[[News], None]
_handlers: dict[str, Handler] = {}
# What is heard only inside a shop, because its rows are in the shop's schema, and who hears it of the shared number.
_of_shops: set[str] = set()
_of_shared: dict[str, Handler] = {}


def on_field(*fields: str, is_of_shops: bool = False) -> Callable[[Handler], Handler]:
    """Let the decorated handler hear `fields`; it writes rows and sends nothing. Refuses: `FieldTaken`.

    With `is_of_shops` it hears of shops' numbers only, and is always inside the shop.
    """

    def register(handler: Handler) -> Handler:
        for field in fields:
            if _handlers.setdefault(field, handler) is not handler:
                raise FieldTaken(field)
        if is_of_shops:
            _of_shops.update(fields)
        return handler

    return register


def on_shared_field(*fields: str) -> Callable[[Handler], Handler]:
    """Let the decorated handler hear fields of the shared number that others hear inside shops. Refuses: `FieldTaken`."""

    def register(handler: Handler) -> Handler:
        for field in fields:
            if _of_shared.setdefault(field, handler) is not handler:
                raise FieldTaken(field)
        return handler

    return register


def tell(shop: Shop, events: "Sequence[LaneEvent]") -> None:
    """Tell each event to whoever listens to its field, in order. What a handler raises, the lane tries again."""
    for event in events:
        news = _news(shop, event)
        handler = _handler(news)
        _told.labels(news.field if handler else UNHEARD).inc()
        if news.numbers and news.field not in PERSONAL:
            _keep(news, is_understood=handler is not None)
        if not news.numbers:
            log.info("account_news_of_no_number", event_id=event.id)
        elif handler:
            handler(news)
        else:
            log.info("account_news_unheard", field=news.field[:40], event_id=event.id, shop_id=shop.pk)


def _handler(news: News) -> Handler | None:
    is_not_theirs = news.is_platforms and news.field in _of_shops
    return (_of_shared if is_not_theirs else _handlers).get(news.field)


def _keep(news: News, *, is_understood: bool) -> None:
    """The news as it came, once, for whoever wonders later."""
    row = NumberNews(
        event_id=news.event_id,
        shop_id=news.shop.pk,
        number_ids=[number.pk for number in news.numbers],
        field=news.field[:64],
        value=news.value,
        is_understood=is_understood,
        at=news.at,
    )
    NumberNews.objects.bulk_create([row], ignore_conflicts=True)


def _news(shop: Shop, event: "LaneEvent") -> News:
    value = event.data.get("value")
    return News(
        shop=shop,
        numbers=_numbers(shop, event.data.get("numbers") or [event.number_id]),
        field=str(event.data.get("field") or "unknown"),
        value=value if isinstance(value, dict) else {},
        at=event.provider_at or timezone.now(),
        event_id=event.id,
    )


def _numbers(shop: Shop, ids: Sequence[int | None]) -> tuple[WhatsAppNumber, ...]:
    """The numbers that are still there and still the shop's, or the platform's."""
    found = []
    for number_id in ids:
        try:
            number = number_by_id(number_id or 0)
        except UnknownNumber:
            continue
        if (number.shop_id or PLATFORM) == shop.pk:
            found.append(number)
    return tuple(found)
