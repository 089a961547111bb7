"""One request to the stand-in and its answer, over raw ASGI."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

Json = dict[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MOST_OCTETS: Final = 1_000_000


@dataclass(frozen=True)
class Exchange:
    """A request and the way to answer it."""

    scope: Scope
    receive: Receive
    send: Send

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @cached_property
    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        given = parse_qs(self.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        return {name: values[-1] for name, values in given.items()}

    @cached_property
    def headers(self) -> dict[str, str]:
        """By lower-case name."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}

    @property
    def bearer(self) -> str:
        """The access token; empty without one."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    async def body(self, *, limit: int = MOST_OCTETS) -> bytes:
        """The body, read until it is longer than `limit`."""
        body = b""
        while True:
            message = await self.receive()
            body += bytes(message.get("body", b""))
            if not message.get("more_body") or len(body) > limit:
                return body

    async def payload(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return orjson.loads(await self.body())
        except orjson.JSONDecodeError:
            return None

    async def json(self, status: int, data: Any) -> None:
        await send_json(self.send, status, data)


async def start(send: Send, status: int, kind: bytes, length: int, extra: list[tuple[bytes, bytes]]) -> None:
    """The head of an answer."""
    headers = [(b"content-type", kind), (b"content-length", b"%d" % length), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_octets(send: Send, status: int, body: bytes, kind: bytes = b"application/json") -> None:
    await start(send, status, kind, len(body), [])
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, data: Any, *, retry_after: int | None = None) -> None:
    body = orjson.dumps(data)
    extra = [] if retry_after is None else [(b"retry-after", b"%d" % retry_after)]
    await start(send, status, b"application/json", len(body), extra)
    await send({"type": "http.response.body", "body": body})
