"""Where the simulator's posts end: not at a server, but where a test reads them."""

import pytest

from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.types import Incoming
from shopme.lib import http


class Wire:
    """What was posted, instead of a server. `status` is what the webhook says."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200

    def call(self, method: str, url: str, *, headers: dict[str, str], body: bytes) -> http.HttpAnswer:
        self.posts.append((url, headers, body))
        return http.HttpAnswer(self.status, {}, b"")

    @property
    def incoming(self) -> Incoming:
        (event,) = parse(self.posts[-1][2]).events
        return Incoming.from_json(event.data)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(http, "call", wire.call)
    return wire
