"""A stand-in for Meta's Graph API: keeps every message it is asked to send, answers with an id, reports statuses."""

import asyncio
import contextlib
import json
import re
import threading
import time
from dataclasses import dataclass
from typing import Any

from tests.rig import meta
from tests.rig.caller import Caller

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATH = re.compile(rb"POST /v[\d.]+/(\w+)/messages ")


@dataclass(frozen=True)
class Sent:
    """One message the stand-in accepted, in order of arrival."""

    at: float
    phone_number_id: str
    to: str
    token: str
    payload: dict[str, Any]

    @property
    def words(self) -> str:
        """The text a customer would read."""
        kind = self.payload["type"]
        if kind == "interactive":
            return str(self.payload["interactive"]["body"]["text"])
        return str(self.payload[kind].get("body") or self.payload[kind].get("caption", ""))


class Graph:
    """The stand-in in a thread of its own. `seconds` is how long it takes to answer."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.sent: list[Sent] = []
        self.port = 0
        # Where statuses go, and the lines they are about; none are reported without it.
        self.report_to: Caller | None = None
        self.lines: dict[str, meta.Line] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._reports: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True, name="graph")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Graph":
        self._thread.start()
        self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def report_statuses(self, caller: Caller, lines: list[meta.Line]) -> None:
        """From now on post `sent` and `delivered` for every message, as Meta does."""
        self.lines = {line.phone_number_id: line for line in lines}
        self.report_to = caller

    def wait_for(self, count: int, *, seconds: float) -> bool:
        """Whether `count` messages have come within `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.sent) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return len(self.sent) >= count

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                answer = await self._answer(head, body)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                    % (len(answer), answer)
                )
        writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        path = _PATH.match(head)
        payload = json.loads(body) if body else {}
        if path is None or "type" not in payload:  # a read mark, a question about the number's health
            return b'{"success": true, "id": "1"}'
        if self.seconds:
            await asyncio.sleep(self.seconds)
        to = payload.get("to") or payload.get("recipient", "")
        wamid, token = meta.new_wamid(), payload.get("biz_opaque_callback_data", "")
        self.sent.append(Sent(time.monotonic(), path[1].decode(), to.lstrip("+"), token, payload))
        if self.report_to is not None:
            report = asyncio.create_task(self._report(path[1].decode(), wamid, to, token))
            self._reports.add(report)
            report.add_done_callback(self._reports.discard)
        return json.dumps({"messaging_product": "whatsapp", "messages": [{"id": wamid}]}).encode()

    async def _report(self, phone_number_id: str, wamid: str, to: str, token: str) -> None:
        assert self.report_to is not None
        for state in ("sent", "delivered"):
            await asyncio.sleep(0.05)
            post = meta.status(self.lines[phone_number_id], wamid=wamid, to=to, state=state, token=token)
            while (await self.report_to.post(post)).status != 200:
                await asyncio.sleep(0.5)
