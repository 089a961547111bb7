"""What every kind of reply checks when it is made."""

from collections.abc import Sequence

from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit


def fit(reply: object, **limited: int) -> None:
    """Shorten the named fields of a frozen reply in place; the only moment it changes is its birth."""
    for name, limit in limited.items():
        object.__setattr__(reply, name, limits.fit(getattr(reply, name), limit))


def trim(reply: object, name: str) -> None:
    """Strip words that may be long: they become several messages when they are written (`in_pieces`)."""
    object.__setattr__(reply, name, getattr(reply, name).strip())


def refuse_empty(what: str, value: str) -> None:
    if not value.strip():
        raise BreaksAWhatsAppLimit(f"{what} is empty.")


def refuse_longer(what: str, value: str, limit: int) -> None:
    """For what must not be shortened: ids, codes, addresses."""
    if limits.length(value) > limit:
        raise BreaksAWhatsAppLimit(f"{what} has more than {limit} characters.")


def refuse_count(what: str, items: Sequence[object], most: int, *, least: int = 1) -> None:
    if not least <= len(items) <= most:
        raise BreaksAWhatsAppLimit(f"{what}: {least} to {most}, not {len(items)}.")


def refuse_no_address(what: str, url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise BreaksAWhatsAppLimit(f"{what} needs an absolute http(s) address.")
