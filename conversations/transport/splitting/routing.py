"""Whose is an event? Only our own table of numbers says; what it does not know is kept apart and belongs to nobody."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import orjson

from conversations.transport.models import WebhookEndpoint
from conversations.transport.providers.base import BadBody
from conversations.transport.providers.registry import provider
from conversations.transport.splitting.concerned import is_concerned, numbers_of_waba, waba_of
from conversations.transport.splitting.inbox import NewEvent
from conversations.transport.types import EventKind, ParsedBody, ParsedEvent
from tenants.models import WhatsAppNumber
from tenants.queries import PLATFORM, UnknownNumber, number_by_phone_number_id

Kind, Scheme = WebhookEndpoint.Kind, WebhookEndpoint.Scheme
Provider = WhatsAppNumber.Provider
# The simulator and 360dialog send Meta's bodies, so one parser reads them all.
SHARED_WORDS = "meta_cloud"
SWITCHED_OFF = "the number is switched off"


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
        self._accounts: dict[str, list[WhatsAppNumber]] = {}

    def events(self, raw: RawBody, parsed: ParsedBody) -> Iterator[NewEvent]:
        digest = hashlib.sha256(raw.body).hexdigest()[:24]
        for event in parsed.events:
            if event.kind == EventKind.ACCOUNT and not event.phone_number_id:
                yield from self._account_events(raw, event)
            else:
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
        # Of the shared number each person has a lane; which shop a message is for is decided there, in its turn.
        new.shop_id, new.number_id = number.shop_id or PLATFORM, number.pk
        if event.kind == EventKind.ACCOUNT or not event.identities:
            new.lane, new.lane_kind = f"n:{new.shop_id}:{number.pk}", "number"
        else:
            new.identities = event.identities
        return new

    def _account_events(self, raw: RawBody, event: ParsedEvent) -> Iterator[NewEvent]:
        """News of an account: one event for each shop with a number in it that it concerns, in its first number's lane.

        The platform is one of them, for its shared number.
        """
        waba_id = waba_of(event)
        if waba_id not in self._accounts:
            self._accounts[waba_id] = numbers_of_waba(waba_id)
        concerned = [number for number in self._accounts[waba_id] if is_concerned(number, event.data)]
        ours = [number for number in concerned if not self._refusal(number, is_account=True)]
        new = NewEvent(
            scope=f"waba:{waba_id}"[:80],
            event_key=event.event_key,
            kind=event.kind.value,
            raw_id=raw.id,
            provider_at=event.provider_at,
            data=event.data,
        )
        yield from (self._news_for(list(theirs), new) for _, theirs in groupby(ours, key=lambda each: each.shop_id))
        if not ours:
            new.state, new.reason = "quarantined", self._refusal(next(iter(concerned), None), is_account=True)
            new.scope = quarantine_of(new.scope, self._endpoint.pk)
            yield new

    def _news_for(self, numbers: list[WhatsAppNumber], new: NewEvent) -> NewEvent:
        """One shop's copy, or the platform's. The same body may come to the addresses of several of its numbers at 360dialog."""
        shop_id, ids = numbers[0].shop_id or PLATFORM, [number.pk for number in numbers]
        whose = f"{shop_id}.{ids[0]}" if self._endpoint.scheme == Scheme.D360 else f"{shop_id}"
        return replace(
            new,
            event_key=f"{new.event_key}@{whose}"[:320],
            shop_id=shop_id,
            number_id=ids[0],
            lane=f"n:{shop_id}:{ids[0]}",
            lane_kind="number",
            data={**new.data, "numbers": ids},
        )

    def _number(self, event: ParsedEvent) -> WhatsAppNumber | None:
        key = event.phone_number_id
        if key not in self._numbers:
            self._numbers[key] = _number_of(key)
        return self._numbers[key]

    def _refusal(self, number: WhatsAppNumber | None, *, is_account: bool = False) -> str:
        """Why an event does not reach a shop. Of its account a switched-off number hears too: it may be to send again."""
        if number is None:
            return "no number has this id"
        if not (number.is_active or is_account):
            return SWITCHED_OFF
        return self._refusal_of_address(number)

    def _refusal_of_address(self, number: WhatsAppNumber) -> str:
        """An address of one number speaks for its own shop's numbers only, at 360dialog for itself alone; Meta's
        platform app knows nothing of numbers at 360dialog."""
        if self._endpoint.kind == Kind.NUMBER and number.shop_id != self._endpoint.shop_id:
            return "the address belongs to another shop"
        if self._endpoint.scheme == Scheme.D360 and number.pk != self._endpoint.number_id:
            return "the address belongs to another number"
        if self._endpoint.kind == Kind.PLATFORM and number.provider == Provider.DIALOG360:
            return "the number is at another provider"
        return ""


def quarantine_of(scope: str, endpoint_id: int | str = "") -> str:
    """Where the keys of events lie that no shop gets: what came through one address takes no place of a real event.

    Without `endpoint_id`, how all of them begin for the number with the id `scope`.
    """
    return f"?{scope}@{endpoint_id}"[:80]


def _number_of(phone_number_id: str) -> WhatsAppNumber | None:
    try:
        return number_by_phone_number_id(phone_number_id)
    except UnknownNumber:
        return None


def headers_of(stored: Any) -> dict[str, str]:
    """The kept headers of a body, as text."""
    found = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return {str(name): str(value) for name, value in (found or {}).items()}
