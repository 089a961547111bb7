"""What the pages of numbers read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from conversations.models import Message
from conversations.templates.models import Template
from conversations.transport.door.endpoints import endpoint_of, webhook_url
from conversations.transport.door.signatures import fingerprint
from conversations.transport.health import facts, number_alerts
from conversations.transport.models import (
    NumberAlert,
    NumberFacts,
    NumberHealth,
    NumberNews,
    NumberSetup,
    WebhookEndpoint,
)
from conversations.transport.numbers.number_setup import open_setups
from conversations.transport.providers.registry import news_in_words
from conversations.transport.splitting import seen_webhooks
from shopme.lib.phone import show_phone
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import numbers_of_shop

# What WhatsApp says about quality, as people read it, and the colour it wears.
QUALITY = {"GREEN": ("High", "primary"), "YELLOW": ("Medium", "warn"), "RED": ("Low", "error")}
NEWS_SHOWN = 20
TROUBLED = (Template.Status.REJECTED, Template.Status.PAUSED, Template.Status.DISABLED, Template.Status.LOCKED)


@dataclass(frozen=True, slots=True)
class State:
    """A number in one word, with its colour and why."""

    word: str
    tone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number in the list."""

    number: WhatsAppNumber
    state: State
    facts: NumberFacts
    quality: tuple[str, str] | None
    alerts: int


@dataclass(frozen=True, slots=True)
class SetupRow:
    """A number on its way to us; `title` is its own, also when nobody gave it a name."""

    setup: NumberSetup
    title: str
    provider: str
    is_titled_by_id: bool


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A live secret by its fingerprint, and when a call last proved itself with it."""

    name: str
    used_at: datetime | None
    is_newest: bool


@dataclass(frozen=True, slots=True)
class NewsRow:
    """One thing WhatsApp said; `is_understood`: somebody here listens to it."""

    at: datetime
    title: str
    detail: str
    is_understood: bool


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went out in a day."""

    sent: int
    failed: int
    last_at: datetime | None

    @property
    def percent_failed(self) -> int:
        return round(100 * self.failed / self.sent) if self.sent else 0


def state_of(number: WhatsAppNumber, health: NumberHealth | None, setup: NumberSetup | None) -> State:
    """Does it work, and if not, why."""
    if not number.is_active:
        is_new = setup is not None and setup.finished_at is None
        return State("Being checked" if is_new else "Switched off", "")
    if health is None or health.breaker == NumberHealth.Breaker.CLOSED:
        return State("Works", "primary")
    if health.breaker == NumberHealth.Breaker.HARD:
        return State("Stopped", "error", health.reason)
    return State("Pausing", "warn", health.reason)


def number_rows(shop: Shop) -> list[NumberRow]:
    """The shop's numbers in its order. Five queries."""
    numbers = list(numbers_of_shop(shop))
    ids = [number.pk for number in numbers]
    known, counts = facts.facts_of(ids), number_alerts.counts_of(shop)
    health = NumberHealth.objects.in_bulk(ids)
    setups = {setup.number_id: setup for setup in NumberSetup.objects.filter(number_id__in=ids)}
    return [
        NumberRow(
            number,
            state_of(number, health.get(number.pk), setups.get(number.pk)),
            known[number.pk],
            QUALITY.get(known[number.pk].quality),
            counts.get(number.pk, 0),
        )
        for number in numbers
    ]


def setup_rows(shop: Shop) -> list[SetupRow]:
    """Numbers that were begun and are not added yet. Without a name of their own, which is the shop's, by phone or id."""
    return [_setup_row(setup, shop) for setup in open_setups(shop)]


def _setup_row(setup: NumberSetup, shop: Shop) -> SetupRow:
    name = setup.display_name if setup.display_name != shop.name else ""
    title = name or (show_phone(setup.phone) if setup.phone else "")
    provider = WhatsAppNumber.Provider(setup.provider).label
    return SetupRow(setup, title or f"Number {setup.phone_number_id}", str(provider), not title)


def traffic_of(number: WhatsAppNumber) -> Traffic:
    """Outgoing messages of the last 24 hours. Inside the shop."""
    since = timezone.now() - timedelta(hours=24)
    out = Message.objects.filter(conversation__number_id=number.pk, direction=Message.Direction.OUT)
    done = ~Q(state__in=(Message.State.QUEUED, Message.State.SENDING, Message.State.CANCELLED))
    counted = out.filter(done, state_at__gte=since).aggregate(
        sent=Count("id"), failed=Count("id", filter=Q(state=Message.State.FAILED))
    )
    last = out.exclude(wamid=None).order_by("-id").values_list("state_at", flat=True).first()
    return Traffic(counted["sent"], counted["failed"], last)


def secrets_of(endpoint: WebhookEndpoint | None) -> list[SecretRow]:
    """The live secrets, newest first, without the secrets."""
    rows = []
    for index, secret in enumerate(endpoint.secrets if endpoint else []):
        name = fingerprint(secret)
        used = endpoint.secret_uses.get(name) if endpoint else None
        rows.append(SecretRow(name, datetime.fromisoformat(used) if used else None, index == 0))
    return rows


def health_of(shop: Shop, number: WhatsAppNumber) -> dict[str, Any]:
    """Everything the page of one number shows. Inside the shop."""
    known = facts.facts_of([number.pk])[number.pk]
    health = NumberHealth.objects.filter(pk=number.pk).first()
    setup = NumberSetup.objects.filter(number_id=number.pk).first()
    endpoint = endpoint_of(number)
    account = number.waba_id or number.phone_number_id
    history = number_alerts.history_of(shop=shop, number_id=number.pk)
    open_ones = [alert for alert in number_alerts.open_alerts(shop) if alert.number_id == number.pk]
    return {
        "number": number,
        "state": state_of(number, health, setup),
        "facts": known,
        "quality": QUALITY.get(known.quality),
        "limit": limit_words(known),
        "traffic": traffic_of(number),
        "last_webhook_at": seen_webhooks.last_webhook_at(number.pk, known),
        "templates_troubled": Template.objects.filter(waba_id=account, status__in=TROUBLED).count(),
        "webhook_url": webhook_url(endpoint) if endpoint else "",
        "secrets": secrets_of(endpoint),
        "alerts": open_ones,
        "news": news_of(shop, number),
        "past_alerts": [alert for alert in history if alert.resolved_at is not None],
        "setup": setup,
        "is_meta": number.provider == WhatsAppNumber.Provider.META_CLOUD,
        "is_dialog360": number.provider == WhatsAppNumber.Provider.DIALOG360,
    }


def news_of(shop: Shop, number: WhatsAppNumber) -> list[NewsRow]:
    """What WhatsApp said of the number and its account lately, newest first."""
    rows = NumberNews.objects.filter(shop_id=shop.pk, number_ids__contains=[number.pk]).order_by("-at", "-id")
    return [NewsRow(row.at, *news_in_words(row.field, row.value), row.is_understood) for row in rows[:NEWS_SHOWN]]


def limit_words(known: NumberFacts) -> str:
    """The messaging limit for people; empty when nothing is known."""
    if known.daily_limit is None:
        return known.tier.removeprefix("TIER_").lower()
    return "No limit" if known.daily_limit < 0 else f"{known.daily_limit:,} people a day"


def alert_rows(shop: Shop) -> list[tuple[NumberAlert, WhatsAppNumber]]:
    """Open alerts, the worst first, each with its number."""
    numbers = {number.pk: number for number in numbers_of_shop(shop)}
    return [
        (alert, numbers[alert.number_id]) for alert in number_alerts.open_alerts(shop) if alert.number_id in numbers
    ]
