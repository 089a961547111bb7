"""What waits for a person of one shop: events, messages and webhooks that were given up, and what failed for a cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, Count, F, IntegerField, Q, QuerySet, Value
from django.utils import timezone

from conversations.transport.models import InboxEvent, NumberHealth, OutboxItem, WebhookEndpoint, WebhookRaw
from conversations.transport.providers.registry import codes_to, sentence_for
from conversations.transport.sending.resending import MENDED_FOR_MANY
from conversations.transport.splitting.routing import quarantine_of
from tenants.models import Shop, WhatsAppNumber

KINDS: Final = {"event": "Came in", "send": "Perhaps not arrived", "failed": "Failed", "webhook": "Unreadable"}
# What failed longer ago than this is no news to anybody any more.
FAILED_DAYS: Final = 30
# The cause of what failed before WhatsApp was asked, or without a code of its.
NO_CODE: Final = "none"
OURS: Final = "Failed at ShopMe"
# Days back, and what the filter calls them.
PERIODS: Final = {"": "Any time", "1": "Last day", "7": "Last 7 days", "30": "Last 30 days"}
_ICONS: Final = {"event": "inbox", "send": "send", "failed": "send", "webhook": "file-question-mark"}
_TITLES: Final = {
    "message": "A customer's message could not be handled",
    "status": "A receipt could not be matched",
    "payment": "News of a payment could not be handled",
    "account": "News about a number could not be handled",
    "internal": "A step of our own could not be done",
    "unreadable": "Something came that could not be kept",
    "rather_twice": "A message may not have arrived",
    "never_twice": "A message that must not go twice may not have arrived",
    "failed": "A message failed",
    "webhook": "A webhook could not be read",
}
_COLUMNS: Final = ("problem", "pk", "at", "reason", "number", "what", "tries")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page is asked for; empty means all."""

    kind: str = ""
    reason: str = ""
    number_id: int | None = None
    days: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the page."""

    kind: str
    id: int
    at: datetime
    reason: str
    number: WhatsAppNumber | None
    title: str
    icon: str
    tries: int

    @property
    def key(self) -> str:
        """How the page names it when it is ticked."""
        return f"{self.kind}:{self.id}"


def dead_events(shop: Shop) -> QuerySet[InboxEvent]:
    """Events of the shop whose handling failed too often."""
    return InboxEvent.objects.filter(shop_id=shop.pk, state=InboxEvent.State.DEAD)


def dead_sends(shop: Shop) -> QuerySet[OutboxItem]:
    """Messages of the shop that were given up, or of which nobody knows whether they arrived."""
    return OutboxItem.objects.filter(shop_id=shop.pk, state=OutboxItem.State.DEAD)


def failed_sends(shop: Shop) -> QuerySet[OutboxItem]:
    """Messages of the last weeks that failed by something that is mended once for all of them, and may then go again.

    Also those WhatsApp never refused, e.g. because their number was off for too long, once that number sends.
    """
    since = timezone.now() - timedelta(days=FAILED_DAYS)
    of_theirs = Q(shop=shop) | Q(shop=None)
    sending = WhatsAppNumber.objects.filter(of_theirs, is_active=True, removed_at=None).values_list("pk", flat=True)
    mendable = Q(error_code__in=codes_to(MENDED_FOR_MANY)) | Q(error_code="", number_id__in=list(sending))
    failed = OutboxItem.objects.filter(shop_id=shop.pk, state=OutboxItem.State.FAILED)
    return failed.filter(mendable, created_at__gte=since)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why messages failed: WhatsApp's code or `NO_CODE`, our sentence, and how many they are."""

    code: str
    sentence: str
    count: int


def causes_of(shop: Shop) -> list[Cause]:
    """The causes of what failed, the most frequent first."""
    rows = failed_sends(shop).order_by().values_list("error_code").annotate(count=Count("pk")).order_by("-count")
    return [
        Cause(code, sentence_for(int(code)), count) if code else Cause(NO_CODE, OURS, count) for code, count in rows
    ]


def failed_by(shop: Shop, cause: str) -> QuerySet[OutboxItem]:
    """Those of `failed_sends` that have this cause."""
    return failed_sends(shop).filter(error_code="" if cause == NO_CODE else cause)


@dataclass(frozen=True, slots=True)
class Held:
    """What came for a number of the shop while it is switched off: taken up by itself when it is switched on."""

    number: WhatsAppNumber
    count: int


def held_back(shop: Shop) -> list[Held]:
    """By number. Only what came to its own address or the platform's, so that no other shop can write into the list."""
    found = []
    for number in WhatsAppNumber.objects.filter(shop=shop, is_active=False, removed_at=None).order_by("id"):
        doors = WebhookEndpoint.objects.filter(Q(number_id=number.pk) | Q(kind=WebhookEndpoint.Kind.PLATFORM))
        scopes = [quarantine_of(number.phone_number_id, door) for door in doors.values_list("pk", flat=True)]
        waiting = InboxEvent.objects.filter(state=InboxEvent.State.QUARANTINED, scope__in=scopes)
        if count := waiting.count():
            found.append(Held(number, count))
    return found


@dataclass(frozen=True, slots=True)
class Stopped:
    """A number of the shop that sends nothing until somebody mends it: why, and how many messages wait for it."""

    number: WhatsAppNumber
    reason: str
    count: int


def stopped_numbers(shop: Shop) -> list[Stopped]:
    """Also when somebody has read the alert about it: it stands there until the number sends again."""
    numbers = {
        number.pk: number for number in WhatsAppNumber.objects.filter(shop=shop, is_active=True, removed_at=None)
    }
    stopped = NumberHealth.objects.filter(number_id__in=numbers, breaker=NumberHealth.Breaker.HARD).order_by(
        "number_id"
    )
    return [
        Stopped(
            numbers[health.number_id],
            health.reason,
            OutboxItem.objects.filter(number_id=health.number_id, state=OutboxItem.State.QUEUED).count(),
        )
        for health in stopped
    ]


def poison_webhooks(shop: Shop) -> QuerySet[WebhookRaw]:
    """Bodies that came to an address of the shop and could not be cut into events."""
    return WebhookRaw.objects.filter(endpoint__shop_id=shop.pk, state=WebhookRaw.State.POISON)


def count_of(shop: Shop) -> int:
    """How many wait for a person. Three queries over partial indexes."""
    return dead_events(shop).count() + dead_sends(shop).count() + poison_webhooks(shop).count()


def problem_rows(shop: Shop, wish: Wish) -> "QuerySet[Any, Any]":
    """The wanted rows of all three, newest first, as one query that may be counted and cut."""
    of_cause = {"": tuple(KINDS), NO_CODE: ("failed",)}.get(wish.cause, ("send", "failed"))
    asked = [kind for kind in KINDS if wish.kind in ("", kind) and kind in of_cause]
    if not asked:
        return InboxEvent.objects.none()
    first, *rest = [_rows(kind, shop, wish) for kind in asked]
    return first.union(*rest, all=True).order_by("-at", "-pk") if rest else first.order_by("-at", "-pk")


def problems_of(rows: Sequence[tuple[Any, ...]], numbers: Sequence[WhatsAppNumber]) -> list[Problem]:
    """Rows as the page shows them."""
    by_id = {number.pk: number for number in numbers}
    return [
        Problem(kind, pk, at, reason or "No reason was kept.", by_id.get(number), _TITLES[what], _ICONS[kind], tries)
        for kind, pk, at, reason, number, what, tries in rows
    ]


def _rows(kind: str, shop: Shop, wish: Wish) -> "QuerySet[Any, Any]":
    found: QuerySet[Any]
    if kind == "event":
        found = dead_events(shop).annotate(what=F("kind"), at=F("created_at"), reason=F("last_error"))
        found = found.annotate(number=F("number_id"), tries=F("attempts"))
    elif kind == "send":
        found = dead_sends(shop).annotate(what=F("send_class"), at=F("created_at"), reason=F("last_error"))
        found = found.annotate(number=F("number_id"), tries=F("attempts"), code=F("error_code"))
    elif kind == "failed":
        found = failed_sends(shop).annotate(what=Value("failed", CharField()), at=F("created_at"))
        found = found.annotate(reason=F("last_error"), number=F("number_id"), tries=F("attempts"), code=F("error_code"))
    else:
        found = poison_webhooks(shop).annotate(what=Value("webhook", CharField()), at=F("received_at"))
        found = found.annotate(reason=F("error"), number=F("endpoint__number_id"), tries=Value(1, IntegerField()))
    found = found.annotate(problem=Value(kind, CharField())).filter(_wanted(wish))
    return found.order_by().values_list(*_COLUMNS)


def _wanted(wish: Wish) -> Q:
    wanted = Q(code="" if wish.cause == NO_CODE else wish.cause) if wish.cause else Q()
    if wish.reason:
        wanted &= Q(reason__icontains=wish.reason)
    if wish.number_id:
        wanted &= Q(number=wish.number_id)
    if wish.days in PERIODS and wish.days:
        wanted &= Q(at__gte=timezone.now() - timedelta(days=int(wish.days)))
    return wanted


def numbers_of(shop: Shop) -> list[WhatsAppNumber]:
    """The shop's own numbers, for the filter."""
    return list(WhatsAppNumber.objects.filter(shop=shop).order_by("id"))
