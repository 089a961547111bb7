"""Somebody whose phone WhatsApp hides: Meta's payloads with a business-scoped id, with or without the phone."""

import json
from dataclasses import dataclass
from typing import Any

from conversations.models import Conversation
from loyalty.models import CustomerIdentity
from tests.journeys.chat import Customer


@dataclass
class Hidden(Customer):
    """`shows` says what WhatsApp gives away of them: "bsuid", "phone" or "both"."""

    bsuid: str = "ZA.4411223344"
    shows: str = "bsuid"

    def payload(self, *messages: dict[str, Any], at: float | None = None) -> bytes:
        body = json.loads(super().payload(*messages, at=at))
        value = body["entry"][0]["changes"][0]["value"]
        for message in value["messages"]:
            self._sign(message, "from", "from_user_id")
        for contact in value["contacts"]:
            self._sign(contact, "wa_id", "user_id")
        return json.dumps(body).encode()

    def _sign(self, element: dict[str, Any], phone_key: str, id_key: str) -> None:
        if self.shows == "bsuid":
            element.pop(phone_key)
        if self.shows != "phone":
            element[id_key] = self.bsuid

    def shares_phone(self, *, origin: str = "contact_request") -> str:
        """Tap WhatsApp's own button that shares the phone."""
        card = {"phones": [{"phone": f"+{self.phone}", "wa_id": self.phone}], "origin": origin}
        return self.sends({"type": "contacts", "contacts": [card]})

    def is_told(self, **system: str) -> str:
        """WhatsApp's own notice about this person (their number or id has changed)."""
        return self.sends({"type": "system", "system": {"body": "changed", **system}})

    @property
    def thread(self) -> Conversation:
        names = {"bsuid": self.bsuid, "phone": f"+{self.phone}"}
        wanted = "phone" if self.shows == "phone" else "bsuid"
        identity = CustomerIdentity.objects.get(kind=wanted, value=names[wanted], retired_at=None)
        return Conversation.objects.get(customer=identity.customer_id, number_id=self.number.pk)
