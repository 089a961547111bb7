"""A number at 360dialog: its key is asked through the webhook setting, the one thing every key may read."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from conversations.transport.providers.base import Blame
from conversations.transport.providers.dialog360.judging import developer_message, judge
from conversations.transport.providers.meta_cloud.client import as_json
from conversations.transport.providers.number_desk import TokenFacts, Told
from shopme.lib import http

Json = dict[str, Any]
NOT_REACHED: Final = "360dialog could not be reached. Try again in a minute."
IN_THE_HUB: Final = "At 360dialog this is done in its hub."
BAD_ADDRESS: Final = "360dialog takes no address with a port or an underscore in its host: set PLATFORM_URL."


@dataclass(frozen=True, slots=True)
class Dialog360Number:
    """The key selects the number: no path names it."""

    base: str
    api_key: str
    phone_number_id: str

    def token(self) -> TokenFacts:
        told = self.webhook()
        is_dead = told.is_refused
        return TokenFacts(is_known=told.is_fine or is_dead, is_valid=told.is_fine, sentence=told.sentence)

    def number(self) -> Told:
        """360dialog has no address for a number's fields: that the key answers is all there is to learn."""
        told = self.webhook()
        return Told(True) if told.is_fine else told

    def belongs(self) -> Told:
        return Told(True)

    def subscribe(self) -> Told:
        return Told(True)

    def subscribed(self, *, app_id: str) -> Told:
        return Told(True)

    def set_webhook(self, *, url: str, header: str, secret: str) -> Told:
        """The address and our random header. Refuses what 360dialog is known to refuse before it is asked."""
        host = urlsplit(url)
        if host.port or "_" in (host.hostname or ""):
            return Told(False, BAD_ADDRESS, is_refused=True)
        return self._call("POST", {"url": url, "headers": {header: secret}})

    def webhook(self) -> Told:
        """Every address there is one number's own: the key selects it."""
        told = self._call("GET")
        url = str(told.data.get("url") or "")
        return Told(True, data={"url": url, "own": url}) if told.is_fine else told

    def register(self, *, pin: str) -> Told:
        return Told(False, IN_THE_HUB, is_refused=True)

    def set_pin(self, *, pin: str) -> Told:
        return Told(False, IN_THE_HUB, is_refused=True)

    def _call(self, method: str, payload: Json | None = None) -> Told:
        body = None if payload is None else orjson.dumps(payload)
        headers = {"D360-API-KEY": self.api_key, "Content-Type": "application/json"}
        try:
            found = http.call(method, f"{self.base}/v1/configs/webhook", headers=headers, body=body)
        except http.CallFailed:
            return Told(False, NOT_REACHED)
        if found.status == 200:
            return Told(True, data=as_json(found.body))
        said, words = judge(found), developer_message(found)
        sentence = said.error_text + (f" (“{words}”)" if words else "")
        return Told(False, sentence, is_refused=said.blame is Blame.NUMBER_AUTH)
