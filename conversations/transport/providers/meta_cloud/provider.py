"""Meta's Cloud API as a `Provider`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from conversations.transport.ports import Outgoing
from conversations.transport.providers.base import Answer, Health, Line
from conversations.transport.providers.meta_cloud import client
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.meta_cloud.render import render
from conversations.transport.signatures import is_meta_signature
from conversations.transport.types import ParsedBody

Json = dict[str, Any]


class MetaCloud:
    """Stateless. The simulator is this class with another address."""

    def graph_url(self) -> str:
        return str(settings.WHATSAPP_GRAPH_URL)

    def verify(self, *, body: bytes, headers: Mapping[bytes, bytes], secrets: Sequence[str]) -> bool:
        return is_meta_signature(body, headers, secrets)

    def parse(self, body: bytes) -> ParsedBody:
        return parse(body)

    def render(self, outgoing: Outgoing, *, token: str) -> Json:
        return render(outgoing, token=token)

    def send(self, line: Line, payload: Json) -> Answer:
        return client.send(line, payload, graph_url=self.graph_url(), version=settings.WHATSAPP_GRAPH_VERSION)

    def health(self, line: Line) -> Health:
        return client.health(line, graph_url=self.graph_url(), version=settings.WHATSAPP_GRAPH_VERSION)
