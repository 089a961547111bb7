"""The last look before sending: the message is read again, and what must not go out now does not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from django.db import DatabaseError
from django.utils import timezone

from conversations.transport import ports
from conversations.transport.health import portfolio
from conversations.transport.health.portfolio import Wish
from conversations.transport.lines import line_of
from conversations.transport.ports import Outgoing, SendState
from conversations.transport.providers.base import Line
from conversations.transport.providers.registry import provider, sentence_for
from conversations.transport.replies import Media, TemplateMessage
from conversations.transport.rules.names import WINDOW_CLOSED
from conversations.transport.sending import claims
from conversations.transport.sending.claims import REST_SECONDS, Claim
from conversations.transport.sending.leftovers import REMOVED, known_number
from conversations.transport.sending.outcomes import Decision
from tenants.context import inside
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import UnknownShop, owner_by_id

log = structlog.get_logger(__name__)
FILE_SECONDS: Final = 5
NOT_RENDERED: Final = "This message could not be written for WhatsApp. Nothing was sent."
UNWANTED: Final = "This customer asked for no offers. Nothing was sent."
Ready = tuple[Claim, Line, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A message that may go once its portfolio has a place for its person."""

    ready: Ready
    number: WhatsAppNumber
    wish: Wish


@dataclass(frozen=True, slots=True)
class Prepared:
    """What may go, what asks for a place first (`seated`), and what is decided without a call."""

    ready: list[Ready] = field(default_factory=list)
    asking: list[Asking] = field(default_factory=list)
    decided: list[Decision] = field(default_factory=list)


def prepare(taken: Sequence[Claim]) -> Prepared:
    """Read the messages again and check them; what must wait is put back."""
    by_shop: dict[int, list[Claim]] = defaultdict(list)
    for claim in taken:
        by_shop[claim.shop_id].append(claim)
    prepared = Prepared()
    for shop_id, theirs in by_shop.items():
        shop = _trading_shop(shop_id)
        if shop is None:
            claims.put_back([(claim, REST_SECONDS) for claim in theirs])
            continue
        try:
            with inside(shop):
                messages = ports.store().load(shop, [claim.message_id for claim in theirs])
        except DatabaseError:
            raise
        except Exception:
            log.exception("messages_unreadable", shop_id=shop_id)
            claims.put_back([(claim, REST_SECONDS) for claim in theirs])
            continue
        _sort_out(theirs, messages, prepared)
    return prepared


def _trading_shop(shop_id: int) -> Shop | None:
    try:
        shop = owner_by_id(shop_id)
    except UnknownShop:
        return None
    return shop if shop.is_active else None


def _sort_out(theirs: Iterable[Claim], messages: Mapping[int, Outgoing], prepared: Prepared) -> None:
    for claim in theirs:
        outgoing = messages.get(claim.message_id)
        number = known_number(claim.number_id)
        if refusal := _refusal(claim, outgoing):
            prepared.decided.append(refusal)
        elif number is None:
            prepared.decided.append(Decision(claim, SendState.FAILED, error_text=REMOVED))
        elif not number.is_active:
            claims.put_back([(claim, REST_SECONDS)])
        elif outgoing is not None and _waits_for_file(outgoing):
            claims.put_back([(claim, FILE_SECONDS)])
        elif outgoing is not None:
            _render(claim, number, outgoing, prepared)


def _waits_for_file(outgoing: Outgoing) -> bool:
    """Whether its file is not at the provider yet; whoever hands it over lets the message go at once."""
    return isinstance(outgoing.reply, Media) and outgoing.reply.is_waiting


def _render(claim: Claim, number: WhatsAppNumber, outgoing: Outgoing, prepared: Prepared) -> None:
    """Write the message for its provider; one that cannot be written fails alone, with a sentence."""
    line = line_of(number)
    try:
        ready = (claim, line, provider(line.provider).render(outgoing, token=claim.token))
    except Exception:
        log.exception("message_not_rendered", outbox_id=claim.id, provider=line.provider)
        prepared.decided.append(Decision(claim, SendState.FAILED, error_text=NOT_RENDERED))
        return
    if isinstance(outgoing.reply, TemplateMessage) and _is_first_word(outgoing):
        wish = Wish(outgoing.bsuid or outgoing.phone or "", claim.priority, claim.id)
        prepared.asking.append(Asking(ready, number, wish))
    else:
        prepared.ready.append(ready)


def seated(asking: Sequence[Asking]) -> list[Ready]:
    """Those for whose person their portfolio has a place now; the others are put back.

    Takes the lock of each portfolio in turn, so never in the thread that all messages pass.
    """
    waits: dict[int, float] = {}
    for number in {one.number.pk: one.number for one in asking}.values():
        waits |= portfolio.take_places(number=number, wishes=[one.wish for one in asking if one.number == number])
    claims.put_back([(one.ready[0], wait) for one in asking if (wait := waits[one.wish.outbox_id])])
    return [one.ready for one in asking if not waits[one.wish.outbox_id]]


def _refusal(claim: Claim, outgoing: Outgoing | None) -> Decision | None:
    """Why this message must not go out now; None when it may."""
    now = timezone.now()
    if outgoing is None:
        return Decision(claim, SendState.CANCELLED, error_text="The message was withdrawn.")
    if claim.expires_at is not None and claim.expires_at <= now:
        return Decision(claim, SendState.CANCELLED, error_text="The message came too late to make sense.")
    if reason := _unwelcome(outgoing):
        return Decision(claim, SendState.CANCELLED, error_text=reason)
    if not (outgoing.phone or outgoing.bsuid):
        return Decision(claim, SendState.FAILED, error_text="The customer has no address on WhatsApp.")
    if _is_first_word(outgoing) and not isinstance(outgoing.reply, TemplateMessage):
        return Decision(claim, SendState.FAILED, error_code=WINDOW_CLOSED, error_text=sentence_for(WINDOW_CLOSED))
    return None


def _is_first_word(outgoing: Outgoing) -> bool:
    """Whether the customer's window is shut, so that only a template may go, and WhatsApp counts the person."""
    return outgoing.window_expires_at is None or outgoing.window_expires_at <= timezone.now()


def _unwelcome(outgoing: Outgoing) -> str:
    """Why the shop or the customer does not want this message to go; empty when both do."""
    if outgoing.is_blocked:
        return "This customer is blocked."
    return UNWANTED if outgoing.is_unwanted else ""
