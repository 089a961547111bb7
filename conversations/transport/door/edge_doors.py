"""Which endpoint an address leads to, and what it takes to pass: read from the database, remembered for seconds."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
import structlog
from django.conf import settings

from conversations.transport.door import signatures
from conversations.transport.door.edge_store import open_connection
from shopme.lib.encryption import decrypt_bytes, encrypt_bytes

REMEMBERED_SECONDS = 3.0
MOST_REMEMBERED = 10_000
LOOK_UP_SECONDS = 0.9

_OPAQUE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_COLUMNS = "SELECT id, kind, scheme, verify_token, secrets FROM public.transport_webhookendpoint"
_BY_OPAQUE = f"{_COLUMNS} WHERE opaque = %s AND is_active"
_PLATFORM = f"{_COLUMNS} WHERE kind = 'platform'"
_CREATE_PLATFORM = """
    INSERT INTO public.transport_webhookendpoint (kind, scheme, verify_token, secrets, reference, is_active)
    VALUES ('platform', 'meta', '', %s, '', true) ON CONFLICT DO NOTHING
"""

SECRET_USED, SHAKEN, REFUSED = "secret_used", "shaken", "refused"
_NOTES = {
    SECRET_USED: """UPDATE public.transport_webhookendpoint
        SET secret_uses = secret_uses || jsonb_build_object(%(name)s::text, now()) WHERE id = %(id)s""",
    SHAKEN: "UPDATE public.transport_webhookendpoint SET shaken_at = now() WHERE id = %(id)s",
    REFUSED: "UPDATE public.transport_webhookendpoint SET refused_at = now() WHERE id = %(id)s",
}

# The values of WebhookEndpoint.Kind and .Scheme; models cannot be imported before Django is set up.
PLATFORM, NUMBER, PAYMENT = "platform", "number", "payment"
META, D360, STANDARD, OZOW = "meta", "d360", "standard", "ozow"

_CHECKS = {
    META: signatures.is_meta_signature,
    D360: signatures.is_d360_call,
    OZOW: signatures.is_ozow_notice,
}

log = structlog.get_logger(__name__)


class NoAnswer(Exception):
    """The database did not say which endpoint this is."""


@dataclass(frozen=True, slots=True)
class Door:
    """One endpoint as the edge needs it."""

    id: int
    kind: str
    scheme: str
    verify_token: str
    secrets: tuple[str, ...]

    def opened_by(self, body: bytes, headers: signatures.Headers) -> str | None:
        """The live secret that signed `body`; None when nobody we know did."""
        return next((secret for secret in self.secrets if self._is_signed(body, headers, secret)), None)

    def _is_signed(self, body: bytes, headers: signatures.Headers, secret: str) -> bool:
        if self.scheme == STANDARD:
            return signatures.is_standard_webhook(body, headers, (secret,), now=time.time())
        return self.scheme in _CHECKS and _CHECKS[self.scheme](body, headers, (secret,))


class Doors:
    """Finds doors. Of one event loop; an unknown address is remembered as unknown just as long."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Door | None]] = {}
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()

    async def platform(self) -> Door | None:
        """The platform's own app; its row is made when it is first asked for."""
        return await self._find("")

    async def behind(self, opaque: str) -> Door | None:
        """The endpoint under an unguessable address. Refuses: `NoAnswer`."""
        return await self._find(opaque) if _OPAQUE.fullmatch(opaque) else None

    async def note(self, door: Door, sighting: str, *, name: str = "") -> None:
        """Write down that something was seen at a door, so that its shop can look; a lost note harms nobody."""
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS), self._lock:
                if self._connection is None:
                    self._connection = await open_connection()
                await self._connection.execute(_NOTES[sighting], {"id": door.id, "name": name})
        except (psycopg.Error, OSError, TimeoutError) as problem:
            self._connection = None
            log.info("sighting_not_noted", sighting=sighting, reason=type(problem).__name__)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _find(self, opaque: str) -> Door | None:
        kept = self._known.get(opaque)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS), self._lock:
                kept = self._known.get(opaque)
                if kept is None or kept[0] <= time.monotonic():
                    self._remember(opaque, await self._ask(opaque))
        except (psycopg.Error, OSError, TimeoutError) as problem:
            self._connection = None
            raise NoAnswer(type(problem).__name__) from problem
        return self._known[opaque][1]

    def _remember(self, opaque: str, door: Door | None) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[opaque] = (time.monotonic() + REMEMBERED_SECONDS, door)

    async def _ask(self, opaque: str) -> Door | None:
        """Ask once more on a fresh connection if the kept one went stale."""
        if self._connection is not None:
            try:
                return await self._ask_on(self._connection, opaque)
            except psycopg.OperationalError:
                await self._connection.close()
        self._connection = await open_connection()
        return await self._ask_on(self._connection, opaque)

    async def _ask_on(self, connection: psycopg.AsyncConnection[Any], opaque: str) -> Door | None:
        statement, values = (_BY_OPAQUE, [opaque]) if opaque else (_PLATFORM, [])
        row = await (await connection.execute(statement, values)).fetchone()
        if row is None and not opaque:
            await connection.execute(_CREATE_PLATFORM, [_no_secrets()])
            row = await (await connection.execute(statement, values)).fetchone()
        return _door(*row) if row else None


def _door(pk: int, kind: str, scheme: str, verify_token: bytes, secrets: bytes) -> Door:
    token = _open(verify_token, "verify_token").decode() if verify_token else ""
    own = tuple(orjson.loads(_open(secrets, "secrets")))
    if kind == PLATFORM:
        token = settings.WHATSAPP_VERIFY_TOKEN
    if not own and scheme == META:
        own = (settings.WHATSAPP_APP_SECRET,)
    return Door(pk, kind, scheme, token, tuple(secret for secret in own if secret))


def _open(sealed: bytes, column: str) -> bytes:
    return decrypt_bytes(sealed, place=f"transport_webhookendpoint.{column}")


def _no_secrets() -> bytes:
    return encrypt_bytes(b"[]", place="transport_webhookendpoint.secrets")
