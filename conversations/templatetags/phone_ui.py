"""How messages are shown on the phone of the simulator."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import template
from django.utils import timezone

from conversations.simulated.goods import Rack
from conversations.simulated.spoken import spoken

register = template.Library()
# What a form asks when nothing in the message says it.
_ASKED: Final = ("name", "choice", "remark")


@register.filter
def form_fields(data: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(Name, answer so far) of each field of a form: what the message gave it, else three to be named."""
    given = [(str(name), str(value)) for name, value in (data or {}).items() if isinstance(value, str | int | float)]
    return given or [(name, "") for name in _ASKED]


@register.filter
def on_phone(words: str) -> str:
    """What WhatsApp itself writes on the phone, in the language of the shop's customers."""
    return spoken(words)


@register.filter
def is_over(at: datetime) -> bool:
    """Whether this moment has passed."""
    return at <= timezone.now()


@register.filter
def has_one(racks: Sequence[Rack]) -> bool:
    """Whether one product alone is offered."""
    return sum(len(rack.goods) for rack in racks) == 1
