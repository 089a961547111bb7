"""The door for machines: verify the raw bytes, keep them, answer 200. And the way to live streams.

A raw ASGI application beside Django, not inside it. It parses no JSON, looks up no shop and touches no Redis before
the answer; whatever it says 200 to is committed. Addresses it does not know go to `otherwise`.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from prometheus_client import Counter

from conversations.transport.door.edge_doors import (
    NUMBER,
    PAYMENT,
    REFUSED,
    SECRET_USED,
    SHAKEN,
    STANDARD,
    Door,
    Doors,
    NoAnswer,
)
from conversations.transport.door.edge_sightings import Sightings
from conversations.transport.door.edge_store import NotKept, RawStore
from conversations.transport.door.signatures import STANDARD_HEADERS, fingerprint
from shopme.lib.encryption import CannotDecrypt, encrypt_bytes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Between 2.9 and 3.1 million octets and mebibytes alike: WhatsApp's ceiling is "3 MB".
MOST_OCTETS = 3_000 * 1024
READ_SECONDS = 10.0
DRAIN_OCTETS = 64 * 1024 * 1024
DRAIN_SECONDS = 3.0
BODY_PLACE = "transport_webhookraw.body"
WHATSAPP = "whatsapp"
PAYMENT_GATEWAYS = frozenset({"simulated", "yoco", "ozow"})
# Applications of neighbouring rooms, imported when they are first asked for.
MOUNTED = {
    "/live/": ("conversations.transport.live", "live_application"),
    "/simulator/graph/": ("conversations.transport.providers.simulator.standin", "standin_application"),
}
TICKETS = "/live/token/"  # asked for by a signed-in page, so it is Django's

_CHALLENGE = re.compile(r"[\x20-\x7e]{1,256}")
_outcomes = Counter("shopme_webhooks", "Calls of machines by what became of them.", ["outcome"])
_kept, _forged = _outcomes.labels("kept"), _outcomes.labels("bad_signature")
_not_kept, _too_large = _outcomes.labels("not_kept"), _outcomes.labels("too_large")

log = structlog.get_logger(__name__)


class TooLarge(Exception):
    """The body is larger than any provider sends; `is_complete` when nothing more of it is to come."""

    def __init__(self, *, is_complete: bool = False) -> None:
        super().__init__()
        self.is_complete = is_complete


class Gone(Exception):
    """The caller hung up, or took too long, before the body was complete."""


class Edge:
    """The ASGI application. `otherwise` serves what is neither a webhook nor a live stream."""

    def __init__(self, otherwise: Application | None = None) -> None:
        self._otherwise = otherwise
        self._mounted: dict[str, Application] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"].startswith("/webhooks/"):
            self._belong_to_this_loop()
            await self._webhook(scope, receive, send)
        else:
            await self._elsewhere(scope)(scope, receive, send)

    def _belong_to_this_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._doors, self._store = loop, Doors(), RawStore()
            self._sightings = Sightings(self._doors)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
                continue
            await self.close()
            await send({"type": "lifespan.shutdown.complete"})
            return

    async def close(self) -> None:
        """Give back the connections of this loop."""
        if self._loop is not None:
            await self._store.close()
            await self._sightings.close()
            await self._doors.close()
            self._loop = None

    def _elsewhere(self, scope: Scope) -> Application:
        path = scope["path"]
        for prefix, (module, name) in MOUNTED.items():
            if path.startswith(prefix) and path != TICKETS:
                if prefix not in self._mounted:
                    self._mounted[prefix] = getattr(import_module(module), name)
                return self._mounted[prefix]
        return self._otherwise or _not_here

    async def _webhook(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in ("GET", "POST"):
            return await _answer(send, 405)
        try:
            door = await self._door(scope["path"])
            if door is None:
                return await _answer(send, 404)
            if method == "GET":
                if await _shake_hands(door, scope["query_string"], send):
                    self._sightings.note(door, SHAKEN)
                return None
            return await self._take_in(door, scope, receive, send)
        except (NoAnswer, CannotDecrypt) as problem:
            log.warning("webhook_endpoint_unknown", reason=str(problem))
            await _answer(send, 503)

    async def _door(self, path: str) -> Door | None:
        party, *rest = path.removeprefix("/webhooks/").removesuffix("/").split("/")
        if party == WHATSAPP and not rest:
            return await self._doors.platform()
        if len(rest) != 1 or (party != WHATSAPP and party not in PAYMENT_GATEWAYS):
            return None
        door = await self._doors.behind(rest[0])
        wanted = NUMBER if party == WHATSAPP else PAYMENT
        return door if door is not None and door.kind == wanted else None

    async def _take_in(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            body = await _read(headers, receive)
        except TooLarge as refusal:
            _too_large.inc()
            if not refusal.is_complete:
                await _drain(receive)
            return await _answer(send, 413, close=True)
        except Gone:
            return None
        secret = door.opened_by(body, headers)
        if secret is None:
            _forged.inc()
            self._sightings.note(door, REFUSED)
            return await _answer(send, 401)
        self._sightings.note(door, SECRET_USED, name=fingerprint(secret))
        try:
            await self._keep(door, body, headers)
        except NotKept:
            _not_kept.inc()
            return await _answer(send, 503)
        _kept.inc()
        return await _answer(send, 200)

    async def _keep(self, door: Door, body: bytes, headers: dict[bytes, bytes]) -> None:
        heads = _worth_keeping(headers, door) if door.kind == PAYMENT else "{}"
        await self._store.keep(
            endpoint_id=door.id,
            digest=hashlib.sha256(body).digest(),
            body=encrypt_bytes(body, place=BODY_PLACE),
            headers=heads,
        )


async def _shake_hands(door: Door, query: bytes, send: Send) -> bool:
    """Meta's handshake: echo the challenge to whoever knows our verify token, as text; whether it was one."""
    challenge = _challenge(door, query)
    await _answer(send, 200 if challenge else 403, challenge)
    return bool(challenge)


def _challenge(door: Door, query: bytes) -> bytes:
    """What to echo; empty for anybody who does not know the token."""
    try:
        given = parse_qs(query.decode("ascii"), max_num_fields=20)
    except ValueError:
        return b""
    mode, token, challenge = (given.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge"))
    known = bool(door.verify_token) and hmac.compare_digest(
        token.encode("utf-8", "replace"), door.verify_token.encode()
    )
    is_ours = mode == "subscribe" and known and _CHALLENGE.fullmatch(challenge)
    return challenge.encode("ascii") if is_ours else b""


async def _read(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Refuses: `TooLarge` as soon as that is known, `Gone`."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced[:12]) > MOST_OCTETS:
        raise TooLarge
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _within_limit(message.get("body", b""))
    parts: list[bytes] = []
    octets = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            while True:
                if message["type"] != "http.request":
                    raise Gone
                parts.append(message.get("body", b""))
                octets += len(parts[-1])
                if octets > MOST_OCTETS:
                    raise TooLarge(is_complete=not message.get("more_body"))
                if not message.get("more_body"):
                    return b"".join(parts)
                message = await receive()
    except TimeoutError as problem:
        raise Gone from problem


def _within_limit(body: bytes) -> bytes:
    if len(body) > MOST_OCTETS:
        raise TooLarge(is_complete=True)
    return body


async def _drain(receive: Receive) -> None:
    """Read on and forget for a moment, so that the caller gets to see the refusal instead of a broken connection."""
    octets = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while octets < DRAIN_OCTETS:
                message = await receive()
                octets += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _worth_keeping(headers: dict[bytes, bytes], door: Door) -> str:
    """The headers a payment gateway's own check reads again, as JSON; what is not signed names no notice."""
    names = (*STANDARD_HEADERS, b"content-type") if door.scheme == STANDARD else (b"content-type",)
    return orjson.dumps({name.decode(): headers[name].decode("latin-1") for name in names if name in headers}).decode()


async def _answer(send: Send, status: int, text: bytes = b"", *, close: bool = False) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


async def _not_here(scope: Scope, receive: Receive, send: Send) -> None:
    """What an edge without Django says: it lives, and knows nothing else."""
    await _answer(send, 200 if scope["path"] == "/health/live" else 404)
