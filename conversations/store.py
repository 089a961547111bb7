"""What transport asks of the chat, and tells it: the message rows behind the sends. Set-wise SQL, a batch at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from conversations.directory.words import OF_PLATFORM
from conversations.files.keeping import hand_over_again
from conversations.models import Message
from conversations.people.preferences import note_refusals
from conversations.people.reaches import Reach, chosen, others_from
from conversations.standing_in import said_now
from conversations.transport.ports import MessageReceipt, Outgoing, SendResult
from conversations.transport.replies import Reply, reply_from_json
from conversations.transport.rules.names import OFFERS_STOPPED
from conversations.transport.sending import statuses
from loyalty import lookalikes
from shopme.lib import hot
from tenants.context import current_shop
from tenants.live import announce
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import number_by_id

_LOAD = """
SELECT m.id, m.content, m.context_wamid, m.to_phone, m.to_bsuid, c.number_id, c.window_expires_at, c.reach_phone,
  c.reach_bsuid, c.other_reaches, p.phone, p.is_blocked, m.is_marketing AND p.marketing_opt_in IS FALSE,
  (SELECT json_agg(json_build_array(i.scope, i.kind, i.value, i.retired_at IS NULL) ORDER BY i.last_seen_at)
   FROM loyalty_customeridentity i WHERE i.customer_id = p.id AND i.kind IN ('phone', 'bsuid'))
FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id
JOIN loyalty_customer p ON p.id = c.customer_id
WHERE m.id = ANY(%s) AND m.direction = 'out' AND m.state <> 'cancelled'
"""
_LOCK = "SELECT id, state, conversation_id FROM conversations_message WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_MOVE = """
UPDATE conversations_message m SET state = given.state, state_at = given.at, error_code = given.code,
  error_text = given.words, wamid = coalesce(m.wamid, nullif(given.wamid, ''))
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(ats)s::timestamptz[], %(codes)s::text[], %(words)s::text[],
  %(wamids)s::text[]) AS given (id, state, at, code, words, wamid)
WHERE m.id = given.id
"""
_ANEW = """
UPDATE conversations_message SET state = 'queued', state_at = now(), wamid = NULL, token = %s, error_code = '',
  error_text = '' WHERE id = %s AND direction = 'out' RETURNING conversation_id
"""
_KEEP = """
INSERT INTO conversations_messagestatus (message_id, wamid, status, at, error, pricing)
SELECT coalesce(message_id, (SELECT id FROM conversations_message m WHERE m.wamid = given.wamid)), wamid, status, at,
  error::jsonb, pricing::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
  AS given (message_id, wamid, status, at, error, pricing)
ON CONFLICT (wamid, status, at) DO NOTHING
"""

_ELSEWHERE = "SELECT wamid, id FROM conversations_message WHERE wamid = ANY(%s) AND direction = 'out'"
_ADOPT = """
UPDATE conversations_messagestatus s SET message_id = m.id FROM conversations_message m
WHERE s.message_id IS NULL AND s.wamid = ANY(%s) AND m.wamid = s.wamid AND m.direction = 'out'
RETURNING m.id, s.status, s.at
"""
_RAISE = "UPDATE conversations_message SET state = %s, state_at = %s WHERE id = %s"


def adopt_receipts(wamids: Sequence[str]) -> None:
    """Receipts that were kept before their message was known now belong to it, and count. In the caller's transaction."""
    if not wamids:
        return
    adopted = hot.rows(_ADOPT, [list(wamids)])
    known = _locked([message_id for message_id, _status, _at in adopted])
    states = {message_id: state for message_id, (state, _thread) in known.items()}
    for message_id, status, at in adopted:
        merged = statuses.merge_status(states[message_id], status)
        after = statuses.shown_as(merged)
        if after != states[message_id]:
            states[message_id] = after
            hot.rows(_RAISE, [after, at, message_id])


class ChatStore:
    """The chat's side of `transport.ports.MessageStore`."""

    def load(self, shop: Shop, message_ids: Sequence[int]) -> Mapping[int, Outgoing]:
        """The messages to send; withdrawn ones are left out. One statement, and one more for each that a template
        stands in for.
        """
        return {row[0]: _outgoing(row) for row in hot.rows(_LOAD, [list(message_ids)])}

    def said_elsewhere(self, shop: Shop, wamids: Sequence[str]) -> Mapping[str, int]:
        """Messages the shop wrote on its phone app, by wamid."""
        return dict(hot.rows(_ELSEWHERE, [list(wamids)]))

    def report(self, shop: Shop, results: Sequence[SendResult]) -> None:
        """What became of each send. A receipt that came earlier is not undone."""
        known = _locked([result.message_id for result in results])
        moves = [
            _move(result.message_id, statuses.merge_result(known[result.message_id][0], result.state), result)
            for result in results
            if result.message_id in known
        ]
        _apply(moves, known)
        _keep_aliases([result for result in results if result.wa_id])
        _heed([result.message_id for result in results if result.error_code == OFFERS_STOPPED])

    def begin_anew(self, shop: Shop, message_id: int, token: str) -> None:
        """A failed message is queued again, as if it had never been tried; its history stays."""
        found = hot.rows(_ANEW, [token, message_id])
        for (conversation_id,) in found:
            announce(f"thread-{conversation_id}")
        hand_over_again(message_id)

    def receive(self, shop: Shop, receipts: Sequence[MessageReceipt]) -> None:
        """Keep each receipt as history and merge it into its message; the same one again changes nothing."""
        if not receipts:
            return
        _keep(receipts)
        known = _locked([given.message_id for given in receipts if given.message_id is not None])
        states = {message_id: state for message_id, (state, _conversation) in known.items()}
        moves: dict[int, dict[str, Any]] = {}
        for given in receipts:
            if given.message_id not in states:
                continue
            before = states[given.message_id]
            merged = statuses.merge_status(before, given.receipt.status)
            states[given.message_id] = after = statuses.shown_as(merged)
            if after != before:
                moves[given.message_id] = _move(given.message_id, after, given.receipt)
        _apply(list(moves.values()), known)
        refused = (given for given in receipts if given.receipt.error_code == OFFERS_STOPPED)
        _heed([given.message_id for given in refused if given.message_id is not None])


def _keep_aliases(results: Sequence[SendResult]) -> None:
    """Numbers that WhatsApp knows by other digits (Brazil, Mexico, Argentina): whoever answers from them is no stranger."""
    for result in results:
        rows = Message.objects.filter(pk=result.message_id).values_list("conversation__number_id", flat=True)
        if number_id := rows.first():
            scope = number_by_id(number_id).portfolio
            lookalikes.keep_alias(scope=scope, phone=result.dialled, wa_id=result.wa_id)


def _heed(message_ids: Sequence[int]) -> None:
    """Whom WhatsApp says have stopped offers get none any more."""
    if message_ids:
        note_refusals(message_ids)


def _outgoing(row: Sequence[Any]) -> Outgoing:
    """One row of `_LOAD`."""
    message_id, content, context_wamid, *reached, is_blocked, is_unwanted, identities = row
    number = number_by_id(reached[2])
    reach = _whom(reached, [name[1:] for name in _read(identities) or [] if name[0] == number.portfolio])
    return Outgoing(
        message_id=message_id,
        reply=_said(message_id, _read(content), number, reach.until),
        phone=reach.phone or None,
        bsuid=reach.bsuid or None,
        window_expires_at=reach.until,
        context_wamid=context_wamid,
        is_blocked=is_blocked,
        is_unwanted=is_unwanted,
    )


def _whom(reached: Sequence[Any], names: Sequence[tuple[str, str, bool]]) -> Reach:
    """The account a message goes to: the one it answers, the one that wrote last, or what we know of somebody silent.

    A silent one is known on this portfolio by `names` (kind, value, in use), else by the phone the shop has.
    """
    to_phone, to_bsuid, _number_id, window, phone, bsuid, others, customer_phone = reached
    in_use = {kind: value for kind, value, is_in_use in names if is_in_use}
    given_up = {(kind, value) for kind, value, _is_in_use in names} - {
        (kind, value) for kind, value, is_in_use in names if is_in_use
    }
    known = [Reach(phone, bsuid, window), *others_from(_read(others))]
    found = chosen(Reach(to_phone, to_bsuid), known, given_up=given_up)
    return found or Reach(in_use.get("phone") or customer_phone or "", in_use.get("bsuid", ""), window)


def _said(message_id: int, content: Any, number: WhatsAppNumber, window: datetime | None) -> Reply:
    """The message or what stands in for it. Kept as it was meant; on a shared number it leaves with its address."""
    said = said_now(message_id, content, number, window=window)
    return reply_from_json(addressed(said) if number.shop_id is None else said)


def addressed(content: Any) -> Any:
    """On a shared number each button says whose it is, so that one of last week never reaches another shop."""
    shop_id = current_shop().pk
    choices = [
        *content.get("buttons", ()),
        *(each for part in content.get("sections", ()) for each in part.get("choices", ())),
    ]
    for choice in choices:
        _address(choice, "id", shop_id)
        if choice.get("kind") == "quick_reply":
            _address(choice, "value", shop_id)
    return content


def _address(part: Any, name: str, shop_id: int) -> None:
    # The platform's own buttons lead out of the shop; a template kept with its address has it once.
    if part.get(name) and not part[name].startswith((f"{shop_id}~", OF_PLATFORM)):
        part[name] = f"{shop_id}~{part[name]}"


def _read(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def _locked(message_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """State and thread of each message, locked in the order of their ids."""
    found = hot.rows(_LOCK, [list(message_ids)])
    return {message_id: (state, conversation_id) for message_id, state, conversation_id in found}


def _move(message_id: int, state: str, said: Any) -> dict[str, Any]:
    code = "" if said.error_code is None else str(said.error_code)
    return {"ids": message_id, "states": state, "ats": said.at, "codes": code, "words": said.error_text} | {
        "wamids": said.wamid
    }


def _apply(moves: Sequence[dict[str, Any]], known: Mapping[int, tuple[str, int]]) -> None:
    if not moves:
        return
    columns = {name: [move[name] for move in moves] for name in moves[0]}
    hot.rows(_MOVE, columns)
    for conversation_id in {known[move["ids"]][1] for move in moves}:
        announce(f"thread-{conversation_id}")


def _keep(receipts: Sequence[MessageReceipt]) -> None:
    errors = [
        {"code": given.receipt.error_code, "text": given.receipt.error_text} if given.receipt.error_code else {}
        for given in receipts
    ]
    hot.rows(
        _KEEP,
        [
            [given.message_id for given in receipts],
            [given.receipt.wamid for given in receipts],
            [given.receipt.status.value for given in receipts],
            [given.receipt.at for given in receipts],
            [orjson.dumps(error).decode() for error in errors],
            [orjson.dumps(given.receipt.pricing).decode() for given in receipts],
        ],
    )
