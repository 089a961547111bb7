"""Whose is a message on a shared number? In a fixed order, the first that knows wins; who is not sure asks.

Words that are changed or taken back go where they were heard. For all else: a code in the words or the caption, a
code in the picture, a tap (its id or the message it hangs on), the words that always work here, the message that is
quoted, the question the platform asked, the shop they are in, the only shop they know, a search, and then a question.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from conversations import registry
from conversations.directory import desk, finding, people, secrets
from conversations.directory.words import OF_PLATFORM, wish_in
from conversations.engine import codes_of
from conversations.hearing.marks import CHANGES
from conversations.models import Message
from conversations.transport.replies import Reply
from conversations.transport.splitting.whose import shop_of_message
from conversations.transport.types import Incoming, IncomingKind
from tenants import directory
from tenants.context import inside
from tenants.models import Shop, Shopper
from tenants.queries import PLATFORM

Kind = IncomingKind
# `7~cart.add:12`: a button of shop 7, whatever shop its person is in by now.
_OF_SHOP: Final = re.compile(r"^(\d{1,15})~(.*)$", re.DOTALL)
_SILENT: Final = (Kind.REACTION, Kind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a message goes: to `shops` (one, unless it concerns all), to a look at its picture, or to the platform's
    own `replies`. `is_parked`: it waits for the answer to those. `is_answer`: it says only which shop is meant."""

    shops: Sequence[Shop] = ()
    incoming: Incoming | None = None
    replies: Sequence[Reply] = ()
    is_parked: bool = False
    must_look: bool = False
    is_answer: bool = False
    enters: bool = field(default=True)


def decide(shopper: Shopper, incoming: Incoming, at: datetime) -> Decision:
    """What becomes of `incoming`. Changes the shopper in memory only; a shop that is closed is never chosen."""
    if incoming.kind in _SILENT:
        return _of_no_talk(shopper, incoming, at)
    if incoming.kind in CHANGES:  # of whoever heard the words before, wherever the person is by now
        return Decision(_shops_that_heard(shopper, incoming.context_wamid), incoming, enters=False)
    if (codes := codes_of(incoming)) and (decision := _by_code(shopper, incoming, codes, at)):
        return decision
    if incoming.kind is Kind.IMAGE and incoming.media and "codes" not in incoming.details:
        return Decision(incoming=incoming, must_look=True)
    if incoming.kind is Kind.CHOICE:
        return _by_tap(shopper, incoming)
    return _by_words(shopper, incoming, at) or _by_quote(shopper, incoming) or _by_where_they_are(shopper, incoming, at)


def _shops_that_heard(shopper: Shopper, wamid: str) -> list[Shop]:
    """The shop that has this message of theirs, a suspended one too: what its customer took back must be gone there.

    None when only the platform heard it. One short look a shop they know.
    """
    for shop in people.ever_visited(shopper):
        with inside(shop, allow_suspended=True):
            if Message.objects.filter(wamid=wamid, direction=Message.Direction.IN).exists():
                return [shop]
    return []


def _by_quote(shopper: Shopper, incoming: Incoming) -> Decision | None:
    """The shop whose message they answer."""
    if (shop_id := shop_of_message(shopper.number_id, incoming.context_wamid)) and (shop := _shop(shop_id)):
        return _to(shopper, shop, incoming)
    return None


def _of_no_talk(shopper: Shopper, incoming: Incoming, at: datetime) -> Decision:
    """A reaction goes where its message came from; news of the person to every shop that knows them, suspended ones too:
    a phone that changed hands must not be its former owner anywhere."""
    if incoming.kind is Kind.SYSTEM:
        return Decision(people.ever_visited(shopper), incoming, enters=False)
    target = shop_of_message(shopper.number_id, str(incoming.details.get("message_id", "")))
    shop = _shop(target) if target else None
    return Decision([shop] if shop and shop.is_active else [], incoming, enters=False)


def _by_code(shopper: Shopper, incoming: Incoming, codes: Sequence[str], at: datetime) -> Decision | None:
    for written in codes:
        if code := directory.open_code(written):
            return _to(shopper, code.shop, incoming)
    if shop := next(filter(None, map(directory.shop_of_code, codes)), None):
        if not shop.is_active:
            return Decision(replies=desk.closed(shopper, shop))
        return Decision(replies=desk.unknown_code(shopper))
    if people.shop_now(shopper, at) is not None:
        return None  # perhaps no code at all: their shop may know what it is
    return Decision(replies=desk.unknown_code(shopper))


def _by_tap(shopper: Shopper, incoming: Incoming) -> Decision:
    if ours := _OF_SHOP.match(incoming.choice_id):
        shop = _shop(int(ours[1]))
        return _to(shopper, shop, replace(incoming, choice_id=ours[2])) if shop else _unclear(shopper, incoming)
    if incoming.choice_id.startswith(OF_PLATFORM):
        return _tap_of_ours(shopper, incoming)
    origin = shop_of_message(shopper.number_id, incoming.context_wamid)
    if origin and (shop := _shop(origin)):
        return _to(shopper, shop, incoming)
    return _unclear(shopper, incoming)


def _tap_of_ours(shopper: Shopper, incoming: Incoming) -> Decision:
    """A button of the platform itself."""
    act, _, value = incoming.choice_id.partition(":")
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0
    if act == "dir.open" and (shop := _shop(number)):
        return replace(_to(shopper, shop, replace(incoming, choice_id="visit")), is_answer=True)
    answers = {
        "dir.find": lambda: desk.ask_what(shopper),
        "dir.shops": lambda: desk.all_shops(shopper),
        "dir.page": lambda: desk.next_page(shopper, min(number, 99)),
        "dir.favourites": lambda: desk.favourites(shopper),
        "dir.edit": lambda: desk.edit_favourites(shopper),
        "dir.drop": lambda: desk.drop(shopper, number),
        "dir.switch": lambda: desk.switch(shopper),
    }
    return Decision(replies=answers.get(act, lambda: desk.hello(shopper))())


def _by_words(shopper: Shopper, incoming: Incoming, at: datetime) -> Decision | None:
    """The words that always work here; while a person of the shop talks with them, every word is for that person."""
    if incoming.kind is not Kind.TEXT:
        return None
    here = people.shop_now(shopper, at)
    wish, wanted = wish_in(incoming.text, in_shop=here is not None)
    if wish and here is not None and people.is_with_person(shopper, here, at):
        return None
    answers = {
        "find": lambda: desk.search(shopper, wanted) if wanted else desk.ask_what(shopper),
        "shops": lambda: desk.all_shops(shopper),
        "favourites": lambda: desk.favourites(shopper),
        "switch": lambda: desk.switch(shopper),
    }
    return Decision(replies=answers[wish]()) if wish else None


def _by_where_they_are(shopper: Shopper, incoming: Incoming, at: datetime) -> Decision:
    here, known = people.shop_now(shopper, at), people.visited(shopper)
    if here is None and (len(known) != 1 or shopper.state == "find"):
        incoming = secrets.as_kept(shopper, incoming)  # neither searched for nor quoted
    meaning = registry.meaning_of(incoming.text)
    is_answer = shopper.state == "find" and incoming.kind is Kind.TEXT and not meaning
    if is_answer and here is None:
        return Decision(replies=desk.search(shopper, incoming.text))
    if here is not None:
        return _to(shopper, here, incoming)
    if len(known) == 1 and shopper.state != "find":
        return _to(shopper, known[0], incoming)
    if incoming.kind is Kind.TEXT and not meaning:
        found = finding.named(incoming.text) if known else finding.shops_for(incoming.text)
        if found:
            return Decision(replies=desk.search(shopper, incoming.text))
    return _unclear(shopper, incoming)


def _unclear(shopper: Shopper, incoming: Incoming) -> Decision:
    """Ask which of the shops they know; who knows none is told how to find one."""
    known = people.visited(shopper)
    if len(known) == 1:
        return _to(shopper, known[0], incoming)
    if not known:
        return Decision(replies=desk.hello(shopper))
    return Decision(incoming=incoming, replies=desk.ask_which(shopper, known), is_parked=True)


def _to(shopper: Shopper, shop: Shop, incoming: Incoming) -> Decision:
    if not shop.is_active:
        return Decision(replies=desk.closed(shopper, shop))
    return Decision([shop], incoming)


def _shop(shop_id: int) -> Shop | None:
    return Shop.objects.filter(pk=shop_id).first() if shop_id != PLATFORM else None
