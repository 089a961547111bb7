"""360dialog as a `Provider`: Meta's words, 360dialog's addresses and its own way to say who calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from conversations.transport.door.signatures import is_d360_call
from conversations.transport.providers.base import Answer, Health, Line
from conversations.transport.providers.dialog360.judging import judge
from conversations.transport.providers.dialog360.numbers import Dialog360Number
from conversations.transport.providers.meta_cloud import client, media
from conversations.transport.providers.meta_cloud.provider import MetaCloud
from conversations.transport.providers.meta_cloud.templates import MetaTemplates
from conversations.transport.providers.number_desk import NumberDesk

Json = dict[str, Any]


class Dialog360(MetaCloud):
    """Stateless. Paths carry neither version nor number: the key in the header selects the number."""

    def graph_url(self) -> str:
        return str(settings.DIALOG360_URL)

    def verify(self, *, body: bytes, headers: Mapping[bytes, bytes], secrets: Sequence[str]) -> bool:
        return is_d360_call(body, headers, secrets)

    def send(self, line: Line, payload: Json) -> Answer:
        return client.post(f"{self.graph_url()}/messages", payload, headers=_key(line), judged_by=judge)

    def media_door(self, line: Line) -> media.MediaDoor:
        """The address of a file names Meta's host: it is asked for at 360dialog's instead."""
        return media.MediaDoor(
            url=self.graph_url(),
            ask_url=f"{self.graph_url()}/{{id}}",
            upload_url=f"{self.graph_url()}/media",
            headers=_key(line),
            is_host_rewritten=True,
        )

    def health(self, line: Line) -> Health:
        told = self.numbers(line).webhook()
        return Health(is_reachable=told.is_fine, sentence=told.sentence or "Connected.")

    def templates(self, line: Line) -> MetaTemplates:
        collection = f"{self.graph_url()}/message_templates"
        return MetaTemplates(collection=collection, item=f"{collection}/{{id}}", headers=_key(line))

    def numbers(self, line: Line) -> NumberDesk:
        return Dialog360Number(self.graph_url(), line.access_token, line.phone_number_id)


def _key(line: Line) -> dict[str, str]:
    return {"D360-API-KEY": line.access_token}
