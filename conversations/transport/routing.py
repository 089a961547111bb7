"""Whose is an event? Only our own table of numbers says; what it does not know is kept apart and belongs to nobody."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from conversations.transport.inbox import NewEvent
from conversations.transport.models import WebhookEndpoint
from conversations.transport.providers.base import BadBody
from conversations.transport.providers.registry import provider
from conversations.transport.types import EventKind, ParsedBody, ParsedEvent
from tenants.models import WhatsAppNumber
from tenants.queries import UnknownNumber, number_by_phone_number_id

Kind = WebhookEndpoint.Kind
# The simulator and 360dialog send Meta's bodies, so one parser reads them all.
SHARED_WORDS = "meta_cloud"


@dataclass(frozen=True, slots=True)
class RawBody:
    """A kept body, opened."""

    id: int
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Cut:
    """The events of several bodies, and the bodies that are no body at all."""

    events: list[NewEvent] = field(default_factory=list)
    poison: dict[int, str] = field(default_factory=dict)


def cut(endpoint: WebhookEndpoint, raws: list[RawBody]) -> Cut:
    """Cut bodies into routed events, in their order; one that cannot be read spoils nothing."""
    result = Cut()
    router = _Router(endpoint)
    for raw in raws:
        if endpoint.kind == Kind.PAYMENT:
            result.events.append(_payment_event(endpoint, raw))
            continue
        try:
            parsed = provider(SHARED_WORDS).parse(raw.body)
        except (BadBody, ValueError, RecursionError, MemoryError) as problem:
            result.poison[raw.id] = f"{type(problem).__name__}: {problem}"[:300]
            continue
        result.events.extend(router.events(raw, parsed))
    return result


def _payment_event(endpoint: WebhookEndpoint, raw: RawBody) -> NewEvent:
    """The whole notice, for the gateway's own reading; one per notice id of the gateway."""
    name = raw.headers.get("webhook-id") or hashlib.sha256(raw.body).hexdigest()
    data = {
        "reference": endpoint.reference,
        "headers": raw.headers,
        "body": base64.b64encode(raw.body).decode(),
    }
    return NewEvent(
        scope=f"endpoint:{endpoint.pk}",
        event_key=f"pay:{endpoint.pk}:{name}"[:320],
        kind="payment",
        raw_id=raw.id,
        shop_id=endpoint.shop_id,
        lane=f"p:{endpoint.shop_id}",
        lane_kind="payment",
        data=data,
    )


class _Router:
    """Gives each parsed event its shop, number and lane; remembers numbers while one batch is cut."""

    def __init__(self, endpoint: WebhookEndpoint) -> None:
        self._endpoint = endpoint
        self._numbers: dict[str, WhatsAppNumber | None] = {}

    def events(self, raw: RawBody, parsed: ParsedBody) -> Iterator[NewEvent]:
        digest = hashlib.sha256(raw.body).hexdigest()[:24]
        for event in parsed.events:
            yield self._route(raw, event)
        for bad in parsed.bad:
            yield NewEvent(
                scope=f"endpoint:{self._endpoint.pk}",
                event_key=f"bad:{digest}:{bad.where}"[:320],
                kind="unreadable",
                raw_id=raw.id,
                state="dead",
                reason=f"{bad.where}: {bad.reason}",
            )

    def _route(self, raw: RawBody, event: ParsedEvent) -> NewEvent:
        new = NewEvent(
            scope=event.phone_number_id or f"waba:{event.waba_id}"[:80],
            event_key=event.event_key,
            kind=event.kind.value,
            raw_id=raw.id,
            provider_at=event.provider_at,
            data=event.data,
        )
        number = self._number(event)
        reason = self._refusal(number)
        if number is None or reason:
            new.state, new.reason = "quarantined", reason
            new.scope = quarantine_of(new.scope, self._endpoint.pk)
            return new
        new.shop_id, new.number_id = number.shop_id, number.pk
        if event.kind == EventKind.ACCOUNT or not event.identities:
            new.lane, new.lane_kind = f"n:{number.shop_id}:{number.pk}", "number"
        else:
            new.identities = event.identities
        return new

    def _number(self, event: ParsedEvent) -> WhatsAppNumber | None:
        key = event.phone_number_id or f"waba:{event.waba_id}"
        if key not in self._numbers:
            self._numbers[key] = _number_of(event)
        return self._numbers[key]

    def _refusal(self, number: WhatsAppNumber | None) -> str:
        """Why an event does not reach a shop. An address of one number speaks for its own shop's numbers only."""
        if number is None:
            return "no number has this id"
        if not number.is_active:
            return "the number is switched off"
        if number.shop_id is None:
            return "the shared number has no directory yet"
        if self._endpoint.kind == Kind.NUMBER and number.shop_id != self._endpoint.shop_id:
            return "the address belongs to another shop"
        return ""


def quarantine_of(scope: str, endpoint_id: int | str = "") -> str:
    """Where the keys of events lie that no shop gets: what came through one address takes no place of a real event.

    Without `endpoint_id`, how all of them begin for the number with the id `scope`.
    """
    return f"?{scope}@{endpoint_id}"[:80]


def _number_of(event: ParsedEvent) -> WhatsAppNumber | None:
    if not event.phone_number_id:
        return WhatsAppNumber.objects.filter(waba_id=event.waba_id, is_active=True).exclude(waba_id="").first()
    try:
        return number_by_phone_number_id(event.phone_number_id)
    except UnknownNumber:
        return None


def headers_of(stored: Any) -> dict[str, str]:
    """The kept headers of a body, as text."""
    found = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return {str(name): str(value) for name, value in (found or {}).items()}
