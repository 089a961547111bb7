"""A small HTTP/1.1 client for load: kept connections, no parsing beyond the status line and the length."""

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass

from tests.rig.meta import Post

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Answer:
    """What came back, and when, on the monotonic clock in seconds."""

    status: int
    asked_at: float
    answered_at: float


class Caller:
    """Posts webhooks to one address; as many connections as requests under way."""

    def __init__(self, port: int, path: str = "/webhooks/whatsapp/") -> None:
        self.port, self.path = port, path
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def post(self, post: Post) -> Answer:
        """Send one webhook and read the answer; a connection closed in between is opened again."""
        asked_at = time.monotonic()
        while True:
            is_kept = bool(self._idle)
            reader, writer = self._idle.popleft() if is_kept else await asyncio.open_connection("127.0.0.1", self.port)
            try:
                status = await self._exchange(reader, writer, post)
            except (ConnectionError, asyncio.IncompleteReadError):
                writer.close()
                if is_kept:
                    continue
                raise
            self._idle.append((reader, writer))
            return Answer(status, asked_at, time.monotonic())

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, post: Post) -> int:
        writer.write(
            f"POST {self.path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: {post.signature}\r\nContent-Length: {len(post.body)}\r\n\r\n".encode()
            + post.body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        found = _STATUS.match(head)
        length = _LENGTH.search(head)
        if found is None or length is None:
            raise ConnectionError(f"not an answer: {head[:80]!r}")
        await reader.readexactly(int(length[1]))
        return int(found[1])

    def close(self) -> None:
        for _reader, writer in self._idle:
            writer.close()
        self._idle.clear()


async def open_loop(caller: Caller, posts: list[Post], *, per_second: float) -> list[Answer]:
    """Send `posts` at a steady pace whatever the answers do; `asked_at` is the moment each was due."""
    start = time.monotonic() + 0.1
    answers: list[Answer | None] = [None] * len(posts)

    async def one(place: int, due: float) -> None:
        answer = await caller.post(posts[place])
        answer.asked_at = due
        answers[place] = answer

    under_way = []
    for place in range(len(posts)):
        due = start + place / per_second
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        under_way.append(asyncio.create_task(one(place, due)))
    await asyncio.gather(*under_way)
    return [answer for answer in answers if answer is not None]


async def closed_loop(caller: Caller, posts: list[Post], *, connections: int) -> list[Answer]:
    """Send `posts` as fast as the answers allow over `connections` connections."""
    waiting = deque(posts)
    answers: list[Answer] = []

    async def one() -> None:
        while waiting:
            answers.append(await caller.post(waiting.popleft()))

    await asyncio.gather(*(one() for _ in range(connections)))
    return answers
