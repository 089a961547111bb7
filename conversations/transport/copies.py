"""Copies: what was said on a number without passing through us. Kept in the thread, never answered.

Frozen, to jsonb and back like everything in `types`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from conversations.transport.types import Incoming

Json = dict[str, Any]


class CopySource(StrEnum):
    """Where a message was said that did not pass through us."""

    APP = "app"  # a person of the shop, on the WhatsApp Business app
    HISTORY = "history"  # before the number came to us
    STANDBY = "standby"  # while somebody else's agent answers the number


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that was said elsewhere. `said.sender` is the customer, whoever spoke; `state` is how far it had got."""

    source: CopySource
    said: Incoming
    is_from_shop: bool = False
    state: str = ""

    def to_json(self) -> Json:
        told = {"is_from_shop": self.is_from_shop, "state": self.state}
        return {
            "source": self.source.value,
            "said": self.said.to_json(),
            **{name: value for name, value in told.items() if value},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, number_id: int | None = None) -> Self:
        said = Incoming.from_json(data["said"], number_id=number_id)
        return cls(CopySource(data["source"]), said, bool(data.get("is_from_shop")), data.get("state", ""))
