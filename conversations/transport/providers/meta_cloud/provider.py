"""Meta's Cloud API as a `Provider`."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from conversations.transport.ports import Outgoing
from conversations.transport.providers.base import Answer, Health, Line
from conversations.transport.providers.meta_cloud import client
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.meta_cloud.render import render
from conversations.transport.types import ParsedBody

Json = dict[str, Any]
SIGNATURE_HEADER: Final = "x-hub-signature-256"
_SIGNATURE: Final = re.compile(r"^sha256=([0-9a-f]{64})$")


def sign(body: bytes, secret: str) -> str:
    """The value of `X-Hub-Signature-256` for these bytes."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class MetaCloud:
    """Stateless. The simulator is this class with another address."""

    def graph_url(self) -> str:
        return str(settings.WHATSAPP_GRAPH_URL)

    def verify(self, *, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """Over the raw bytes, in constant time, with each secret that is valid now."""
        match = _SIGNATURE.match(headers.get(SIGNATURE_HEADER, ""))
        if match is None:
            return False
        given = match.group(1).encode()
        return any(
            hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode(), given)
            for secret in secrets
        )

    def parse(self, body: bytes) -> ParsedBody:
        return parse(body)

    def render(self, outgoing: Outgoing, *, token: str) -> Json:
        return render(outgoing, token=token)

    def send(self, line: Line, payload: Json) -> Answer:
        return client.send(line, payload, graph_url=self.graph_url(), version=settings.WHATSAPP_GRAPH_VERSION)

    def health(self, line: Line) -> Health:
        return client.health(line, graph_url=self.graph_url(), version=settings.WHATSAPP_GRAPH_VERSION)
