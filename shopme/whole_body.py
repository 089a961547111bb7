"""A request reaches Django only when it is whole: whoever sends slowly keeps a socket, never one of the few threads."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

# A picture of 10 MB and its form.
MOST_OCTETS: Final = 16 * 1024 * 1024
# Where a signed-in person sends a file: WhatsApp takes documents of 100 MB.
MOST_FILE_OCTETS: Final = 102 * 1024 * 1024
_TAKES_FILES: Final = re.compile(r"/(inbox|simulator)/\d+/send/")
READ_SECONDS: Final = 60.0
_IN_MEMORY: Final = 512 * 1024
_PIECE: Final = 64 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    """The body is longer than `MOST_OCTETS`."""


class _Gone(Exception):
    """The sender left before the end."""


class WholeBody:
    """ASGI: reads the body of a request, then hands both on. Answers 408 to the slow and 413 to the large."""

    def __init__(self, pages: Application, *, seconds: float = READ_SECONDS, octets: int = MOST_OCTETS) -> None:
        self._pages, self._seconds, self._octets = pages, seconds, octets

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._pages(scope, receive, send)
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
            try:
                async with asyncio.timeout(self._seconds):
                    await self._keep(scope, receive, kept)
            except TimeoutError:
                return await _refuse(send, 408)
            except _TooLarge:
                return await _refuse(send, 413)
            except _Gone:
                return None
            kept.seek(0)
            return await self._pages(scope, _handed_on(kept, receive), send)

    def _most(self, scope: Message) -> int:
        """How long this body may be: longer only where files go and somebody claims to be signed in."""
        takes_files = scope.get("method") == "POST" and _TAKES_FILES.fullmatch(scope.get("path", ""))
        is_signed_in = b"sessionid=" in dict(scope["headers"]).get(b"cookie", b"")
        return max(self._octets, MOST_FILE_OCTETS) if takes_files and is_signed_in else self._octets

    async def _keep(self, scope: Message, receive: Receive, kept: IO[bytes]) -> None:
        most = self._most(scope)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:12]) > most:
            raise _TooLarge
        octets, is_more = 0, True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body = message.get("body", b"")
            octets, is_more = octets + len(body), message.get("more_body", False)
            if octets > most:
                raise _TooLarge
            kept.write(body)


def _handed_on(kept: IO[bytes], receive: Receive) -> Receive:
    """What was read, piece by piece; then whatever the sender does next."""
    is_read = False

    async def receive_kept() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        piece = kept.read(_PIECE)
        is_read = len(piece) < _PIECE
        return {"type": "http.request", "body": piece, "more_body": not is_read}

    return receive_kept


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
