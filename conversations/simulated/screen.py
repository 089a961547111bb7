"""What a phone of the simulator shows, made of the stand-in's own rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from conversations.models import Message, TurnTrace
from conversations.simulated import taps
from conversations.simulated.approved import Approved, as_shown, templates_of
from conversations.simulated.earlier import as_seen
from conversations.simulated.goods import Rack
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator.phones import FROM_PHONE
from conversations.transport.types import MARKS
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
EMPTIED: Final = "started_over"  # the screen begins here
SHOWN: Final = 80
TYPING_SECONDS: Final = 12


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One bubble on the phone. `content` is Meta's typed payload; `is_read`: the shop has read what the phone sent;
    `reaction`: the emoji the other side put on it; `approved`: a template's words and buttons; `racks`: the goods it
    offers; `quoted`: the words of the message it answers. One that was edited has its new words.
    """

    wamid: str
    is_mine: bool
    content: Json
    at: datetime
    is_read: bool
    reaction: str = ""
    approved: Approved | None = None
    racks: Sequence[Rack] = ()
    quoted: str = ""
    is_edited: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """What a phone shows: its lines oldest first, and whether the shop seems to be writing."""

    lines: Sequence[ScreenLine]
    is_typing: bool


def screen_of(number: WhatsAppNumber, digits: str) -> Screen:
    """What the phone shows now."""
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits)
    latest = list(rows.order_by("-id")[:SHOWN])[::-1]
    mine = [row.wamid for row in latest if FROM_PHONE in row.payload]
    handled = _answered(latest) if number.shop_id is None else {trace.message.wamid for trace in _traces_of(mine)}
    lines = [_line(row, handled) for row in latest if EMPTIED not in row.payload]
    is_whole = any(EMPTIED in row.payload for row in latest) or len(latest) >= SHOWN
    if not is_whole and number.shop_id is not None:
        begins = latest[0].created_at if latest else timezone.now()
        known = {line.wamid for line in lines}
        lines = [*(line for line in _history(number, digits, begins) if line.wamid not in known), *lines]
    lines = _furnished(number, _with_changes(_with_reactions(lines)))
    last = lines[-1] if lines else None
    is_fresh = last is not None and timezone.now() - last.at < timedelta(seconds=TYPING_SECONDS)
    return Screen(lines, bool(last and last.is_mine and is_fresh and not last.is_read))


def has_file(number: WhatsAppNumber, digits: str, media_id: str) -> bool:
    """Whether a file of the number may be seen on this phone: on the shared number only if it was sent to or by it."""
    if number.shop_id is not None:
        return True
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=digits)
    return any(f'"{media_id}"' in json.dumps(row.payload) for row in rows)


def _furnished(number: WhatsAppNumber, lines: Sequence[ScreenLine]) -> list[ScreenLine]:
    """With what WhatsApp knows of templates and of the catalogue, and with the words of what is answered."""
    kept = templates_of(number.waba_id) if any("template" in line.content for line in lines) else {}
    done: dict[str, ScreenLine] = {}
    for line in lines:
        approved = as_shown(line.content["template"], kept) if "template" in line.content else None
        answered = done.get(str((line.content.get("context") or {}).get("message_id")))
        is_tap = "interactive" in line.content and line.is_mine  # what was tapped stands right above
        done[line.wamid] = replace(
            line,
            approved=approved,
            racks=() if line.is_mine else taps.racks(line.content, approved),
            quoted=words_of(answered) if answered and not is_tap else "",
        )
    return list(done.values())


def words_of(line: ScreenLine) -> str:
    """What a quote of this message says."""
    content = line.content
    inner, part = content.get("interactive") or {}, content.get(str(content.get("type")))
    part = part if isinstance(part, dict) else {}
    chosen = inner.get("button_reply") or inner.get("list_reply") or {}
    said = (inner.get("body") or {}).get("text") if inner else part.get("body")
    words = (line.approved.body if line.approved else "") or said
    return str(words or chosen.get("title") or part.get("caption") or str(content.get("type", "")).capitalize())


def _answered(rows: Sequence[StandInMessage]) -> set[str | None]:
    """On the shared number a turn may be another shop's: what has an answer below it was read."""
    last_answer = max((row.pk for row in rows if FROM_PHONE not in row.payload), default=0)
    return {row.wamid for row in rows if row.pk < last_answer}


def _traces_of(wamids: Sequence[str]) -> QuerySet[TurnTrace]:
    return TurnTrace.objects.filter(message__wamid__in=wamids).select_related("message")


def _with_reactions(lines: Sequence[ScreenLine]) -> list[ScreenLine]:
    """Reactions stand on what they react to, not in a line of their own; an empty one is taken back."""
    on: dict[str, str] = {}
    for line in lines:
        if line.content.get("type") == "reaction":
            reaction = line.content["reaction"]
            on[str(reaction.get("message_id"))] = str(reaction.get("emoji") or "")
    return [replace(line, reaction=on.get(line.wamid, "")) for line in lines if line.content.get("type") != "reaction"]


def _with_changes(lines: Sequence[ScreenLine]) -> list[ScreenLine]:
    """Edits and deletions stand on what they change; one of something this screen lacks stays a line of its own."""
    shown: dict[str, ScreenLine] = {}
    for line in lines:
        kind = str(line.content.get("type"))
        change = line.content[kind] if kind in ("edit", "revoke") else {}
        changed = shown.get(str(change.get("original_message_id")))
        if changed is None:
            shown[line.wamid] = line
        elif kind == "edit":
            shown[changed.wamid] = replace(changed, content={**changed.content, **change["message"]}, is_edited=True)
        else:
            shown[changed.wamid] = replace(changed, is_deleted=True)
    return list(shown.values())


def _line(row: StandInMessage, handled: set[str | None]) -> ScreenLine:
    is_mine = FROM_PHONE in row.payload
    content = {**row.payload, **row.payload[FROM_PHONE]} if is_mine else row.payload
    return ScreenLine(row.wamid, is_mine, content, row.created_at, row.wamid in handled)


def _history(number: WhatsAppNumber, digits: str, before: datetime) -> list[ScreenLine]:
    """What was said before this phone was first played: chats of the demo, shown as WhatsApp would have kept them."""
    rows = Message.objects.filter(conversation__number_id=number.pk, conversation__customer__phone=f"+{digits}")
    rows = rows.filter(created_at__lt=before).exclude(wamid=None).exclude(kind__in=[kind.value for kind in MARKS])
    rows = rows.order_by("-shown_at", "-id")[:SHOWN]
    return [
        ScreenLine(
            wamid=row.wamid or "",
            is_mine=not row.is_outgoing,
            content=as_seen(row),
            at=row.created_at,
            is_read=True,
        )
        for row in reversed(rows)
    ]
