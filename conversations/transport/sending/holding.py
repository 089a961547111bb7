"""A message on its way out that waits for its file: its place in the line stays, the ones behind it wait with it.

By the message's id, inside the caller's transaction. Only what nobody is sending right now is touched.
"""

from typing import Any, Final

from django.db import connection

from conversations.transport import outbox

# A sender that looks earlier finds no file and puts the message back; this only spares it the look.
HOLD_SECONDS: Final = 60
_ROW: Final = "WHERE shop_id = %(shop)s AND dedupe_key = %(key)s AND state = 'queued' RETURNING number_id"
_HOLD: Final = f"""
UPDATE public.transport_outboxitem SET next_at = now() + make_interval(secs => %(seconds)s) {_ROW}
"""  # noqa: S608 - constants of ours, the values are parameters
_RELEASE: Final = f"UPDATE public.transport_outboxitem SET next_at = now() {_ROW}"  # noqa: S608 - the same
_GIVE_UP: Final = f"""
UPDATE public.transport_outboxitem SET state = 'failed', last_error = %(reason)s {_ROW}
"""  # noqa: S608 - the same


def hold(*, shop_id: int, message_id: int) -> bool:
    """Let the message wait."""
    return _row(_HOLD, shop_id, message_id, seconds=HOLD_SECONDS) is not None


def release(*, shop_id: int, message_id: int) -> bool:
    """The file is there: the message may go now. Senders are woken after the commit."""
    number_id = _row(_RELEASE, shop_id, message_id)
    if number_id is not None:
        outbox.wake(number_id)
    return number_id is not None


def give_up(*, shop_id: int, message_id: int, reason: str) -> bool:
    """There will be no file: the message is over, and those behind it go on."""
    number_id = _row(_GIVE_UP, shop_id, message_id, reason=reason[:300])
    if number_id is not None:
        outbox.wake(number_id)
    return number_id is not None


def _row(statement: str, shop_id: int, message_id: int, **more: str | int) -> int | None:
    values: dict[str, Any] = {"shop": shop_id, "key": f"message:{message_id}", **more}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return int(row[0]) if row else None
