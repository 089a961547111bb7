"""Meta's Cloud API as a `Provider`."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.conf import settings

from conversations.transport.door.signatures import is_meta_signature
from conversations.transport.ports import Outgoing
from conversations.transport.providers.base import Answer, Health, Line, MediaAnswer
from conversations.transport.providers.meta_cloud import client, media
from conversations.transport.providers.meta_cloud.numbers import MetaNumber
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.meta_cloud.render import glance_of, render
from conversations.transport.providers.meta_cloud.templates import MetaTemplates
from conversations.transport.providers.number_desk import NumberDesk
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

    def glance(self, line: Line, *, wamid: str, is_typing: bool) -> None:
        self.send(line, glance_of(wamid, is_typing=is_typing))

    def media_door(self, line: Line) -> media.MediaDoor:
        """Where the files of this number are."""
        base = f"{self.graph_url()}/{settings.WHATSAPP_GRAPH_VERSION}"
        return media.MediaDoor(
            url=self.graph_url(),
            ask_url=f"{base}/{{id}}?phone_number_id={line.phone_number_id}",
            upload_url=f"{base}/{line.phone_number_id}/media",
            headers={"Authorization": f"Bearer {line.access_token}"},
        )

    def fetch_media(self, line: Line, media_id: str, *, into: IO[bytes], most: int) -> MediaAnswer:
        return media.fetch(self.media_door(line), media_id, into=into, most=most)

    def upload_media(self, line: Line, file: IO[bytes], *, mime_type: str, filename: str) -> MediaAnswer:
        return media.upload(self.media_door(line), file, mime_type=mime_type, filename=filename)

    def health(self, line: Line) -> Health:
        return client.health(line, graph_url=self.graph_url(), version=settings.WHATSAPP_GRAPH_VERSION)

    def templates(self, line: Line) -> MetaTemplates:
        base = f"{self.graph_url()}/{settings.WHATSAPP_GRAPH_VERSION}"
        return MetaTemplates(
            collection=f"{base}/{line.waba_id}/message_templates",
            item=f"{base}/{{id}}",
            headers={"Authorization": f"Bearer {line.access_token}"},
            # `app` stands for the app the token belongs to; the file itself goes with Meta's older kind of header.
            uploads=f"{base}/app/uploads",
            upload=f"{base}/{{id}}",
            upload_headers={"Authorization": f"OAuth {line.access_token}"},
        )

    def numbers(self, line: Line) -> NumberDesk:
        base = f"{self.graph_url()}/{settings.WHATSAPP_GRAPH_VERSION}"
        return MetaNumber(base, line.phone_number_id, line.waba_id, line.access_token)
