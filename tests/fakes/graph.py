"""The one fake of Meta's Graph API: the stand-in with an in-memory recorder, on a real port, in a thread.

    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        graph.fail_next("code", code=131056)
        …
        assert [call.payload["text"]["body"] for call in graph.calls] == ["Hello"]

`on_accept(call)` runs in the server's thread after a message was taken, so that a test can post receipts.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import uvicorn

from conversations.transport.providers.simulator.faults import Script
from conversations.transport.providers.simulator.recorder import Call
from conversations.transport.providers.simulator.shelf import MemoryShelf
from conversations.transport.providers.simulator.standin import StandInGraph


class MemoryRecorder:
    """Remembers every call, refused ones too."""

    def __init__(self, on_accept: Callable[[Call], Any] | None, latency: float) -> None:
        self.calls: list[Call] = []
        self.refusals: list[Call] = []
        self.moments: list[float] = []
        self.glances: list[dict[str, Any]] = []
        self.on_accept = on_accept
        self.latency = latency
        # The account of each phone number id whose templates count, and what was told of accounts.
        self.accounts: dict[str, str] = {}
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.review_seconds = 0.02
        # What every call about templates is refused with.
        self.admitted: dict[str, Any] | None = None

    async def admit(self, phone_number_id: str, access_token: str) -> dict[str, Any] | None:
        return None

    async def forbidden(self, call: Call) -> dict[str, Any] | None:
        return None

    async def fault(self, phone_number_id: str) -> None:
        return None

    async def admit_account(self, waba_id: str, access_token: str) -> dict[str, Any] | None:
        return self.admitted

    async def account_of(self, phone_number_id: str) -> str:
        return self.accounts.get(phone_number_id, "")

    async def news(self, waba_id: str, field: str, value: dict[str, Any]) -> None:
        self.told.append((waba_id, field, value))

    async def refused(self, call: Call, error: dict[str, Any]) -> None:
        self.refusals.append(call)

    async def seen(self, phone_number_id: str, payload: dict[str, Any]) -> None:
        self.glances.append(payload)

    async def accepted(self, call: Call) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        self.calls.append(call)
        self.moments.append(time.monotonic())
        if self.on_accept is not None:
            self.on_accept(call)


class FakeGraph:
    """A Graph API on 127.0.0.1. `latency` in seconds, as a far-away provider would have."""

    def __init__(self, *, on_accept: Callable[[Call], Any] | None = None, latency: float = 0.0) -> None:
        self.recorder = MemoryRecorder(on_accept, latency)
        self.script = Script()
        self.shelf = MemoryShelf()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        # Every request but sends: path with query, and headers by lower-case name.
        self.asked: list[tuple[str, dict[str, str]]] = []
        config = uvicorn.Config(
            self._noting(StandInGraph(self.recorder, self.script, self.shelf)),
            log_level="critical",
            timeout_graceful_shutdown=1,
            lifespan="off",
            access_log=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def _noting(self, graph: StandInGraph) -> Callable[..., Any]:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and not scope["path"].endswith("/messages"):
                headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
                query = scope["query_string"].decode()
                self.asked.append((f"{scope['path']}?{query}" if query else scope["path"], headers))
            await graph(scope, receive, send)

        return application

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    @property
    def calls(self) -> list[Call]:
        """What was taken, in its order."""
        return self.recorder.calls

    @property
    def refusals(self) -> list[Call]:
        """What was answered with an error, a broken connection or silence."""
        return self.recorder.refusals

    def sent_to(self, recipient: str) -> list[dict[str, Any]]:
        """The payloads taken for a phone's digits or a BSUID."""
        return [call.payload for call in self.calls if call.recipient == recipient]

    def fail_next(self, mode: str, **details: Any) -> None:
        self.script.fail_next(mode, **details)

    def fail_always(self, mode: str, **details: Any) -> None:
        self.script.fail_always(mode, **details)

    def heal(self) -> None:
        self.script.heal()

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()
