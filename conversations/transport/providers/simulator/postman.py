"""The way from WhatsApp to the webhook when it misbehaves: twice, out of order, late, or without the phone number.

Pure but for the two things it is given: how to post a body, and how to do something later. Tests give their own.
"""

import copy
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from conversations.transport.providers.simulator.switches import Switches

Json = dict[str, Any]
# A webhook that is held back so that the next one overtakes it does not wait for ever.
HELD_SECONDS: Final = 4.0


def rewrapped(body: Json) -> Json:
    """The same events in another envelope: another body, the same keys, as after a retry to a second app."""
    other = copy.deepcopy(body)
    for entry in other.get("entry", ()):
        entry["time"] = int(time.time()) + 1
    return other


def without_phone(body: Json, user_id_of: Callable[[str], str]) -> Json:
    """The body as Meta sends it for people whose number it hides: the keys are left out, the ids stay."""
    hidden = copy.deepcopy(body)
    for entry in hidden.get("entry", ()):
        for change in entry.get("changes", ()):
            value = change.get("value", {})
            for contact in value.get("contacts", ()):
                contact.pop("wa_id", None)
            for message in value.get("messages", ()):
                message.pop("from", None)
            for status in value.get("statuses", ()):
                if digits := status.pop("recipient_id", None):
                    status.setdefault("recipient_user_id", user_id_of(digits))
    return hidden


class Postman:
    """Carries webhooks. `post` may raise; what is posted later may fail silently, as WhatsApp's retries end too."""

    def __init__(
        self, *, post: Callable[[str, Json], None], later: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self._post, self._later = post, later
        self._lock = threading.Lock()
        self._held: dict[str, list[Json]] = {}

    def carry(self, number: str, body: Json, switches: Switches) -> None:
        """Bring `body` to the webhook of `number` as the switches say."""
        if switches.delay_seconds:
            self._later(switches.delay_seconds, lambda: self._arrive(number, body, switches))
        else:
            self._arrive(number, body, switches)

    def _arrive(self, number: str, body: Json, switches: Switches) -> None:
        if switches.reorder and self._hold(number, body):
            self._later(HELD_SECONDS, lambda: self._release(number, switches))
            return
        self._bring(number, body, switches)
        self._release(number, switches)

    def _hold(self, number: str, body: Json) -> bool:
        """Keep the body back if none is; the next one overtakes it."""
        with self._lock:
            if self._held.get(number):
                return False
            self._held[number] = [body]
            return True

    def _release(self, number: str, switches: Switches) -> None:
        with self._lock:
            held = self._held.pop(number, [])
        for body in held:
            self._bring(number, body, switches)

    def _bring(self, number: str, body: Json, switches: Switches) -> None:
        self._post(number, body)
        if switches.duplicate:
            self._post(number, body)
            self._post(number, rewrapped(body))


def senders_of(body: Mapping[str, Any]) -> list[str]:
    """The digits of everybody a body names."""
    values = [change.get("value", {}) for entry in body.get("entry", ()) for change in entry.get("changes", ())]
    named = [contact.get("wa_id") for value in values for contact in value.get("contacts", ())]
    named += [status.get("recipient_id") for value in values for status in value.get("statuses", ())]
    return [digits for digits in named if digits]
