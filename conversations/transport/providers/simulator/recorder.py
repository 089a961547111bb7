"""What the stand-in hands on of each call, and what is behind it."""

from dataclasses import dataclass
from typing import Any, Protocol

from conversations.transport.providers.simulator.faults import Fault

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One send as it arrived. `recipient` is a phone's digits or a BSUID; empty `wamid`: it was not accepted."""

    phone_number_id: str
    recipient: str
    payload: Json
    access_token: str
    wamid: str

    @property
    def token(self) -> str:
        return str(self.payload.get("biz_opaque_callback_data", ""))


class Recorder(Protocol):
    """What is behind the stand-in. A review of a template takes `review_seconds`."""

    review_seconds: float

    async def admit(self, phone_number_id: str, access_token: str) -> Json | None:
        """Meta's error object when that number or token is not known here; None when it may send."""
        ...

    async def forbidden(self, call: Call) -> Json | None:
        """Meta's error object when the number may not write this to this person now; None when it may."""
        ...

    async def fault(self, phone_number_id: str) -> Fault | None:
        """What goes wrong with the send at hand; None: nothing."""
        ...

    async def admit_account(self, waba_id: str, access_token: str) -> Json | None:
        """The same for a WhatsApp Business Account."""
        ...

    async def account_of(self, phone_number_id: str) -> str:
        """The account a number belongs to; empty: its templates are not looked at."""
        ...

    async def news(self, waba_id: str, field: str, value: Json) -> None:
        """Something happened to an account: post the webhook."""
        ...

    async def refused(self, call: Call, error: Json) -> None:
        """A send that was answered with an error."""
        ...

    async def seen(self, phone_number_id: str, payload: Json) -> None:
        """The shop has seen a message of the phone, and perhaps writes."""
        ...

    async def accepted(self, call: Call) -> None:
        """A send that was taken: keep it, and see to its receipts."""
        ...
