"""Messages on their way out: one public row a message, written in the transaction that wrote the message."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from conversations.transport import wakeup
from conversations.transport.models import OutboxItem

SendClass = Literal["rather_twice", "never_twice"]
Priority = OutboxItem.Priority
# For a statement that has the messages as `said (id, dedupe_key, token)`: they go on their way in the order of their ids.
PUT: Final = """
INSERT INTO public.transport_outboxitem (shop_id, number_id, lane, message_id, send_class, priority, dedupe_key,
    token, expires_at, next_at)
SELECT %(shop)s::bigint, %(number)s::bigint, %(lane)s::text, said.id, %(send_class)s::text, %(priority)s::smallint,
    said.dedupe_key, said.token, %(expires)s::timestamptz, now()
FROM said ORDER BY said.id
ON CONFLICT (shop_id, dedupe_key) DO NOTHING
RETURNING id
"""
_QUEUE: Final = f"""
WITH said AS (
  SELECT * FROM unnest(%(messages)s::bigint[], %(keys)s::text[], %(tokens)s::text[]) AS given (id, dedupe_key, token)
), put AS ({PUT})
SELECT count(*) FROM put
"""  # noqa: S608 - constants of ours, the values are parameters


def queue(  # noqa: PLR0913  (one act, one contract)
    *,
    shop_id: int,
    number_id: int,
    lane: str,
    message_ids_with_keys: Sequence[tuple[int, str, str]],
    send_class: SendClass = "rather_twice",
    priority: int = Priority.REPLY,
    expires_at: datetime | None = None,
) -> None:
    """Put messages on the way, in the order of their ids: (message id, dedupe key, token) each.

    Inside the caller's transaction, which also wrote the messages. The token is the message's own (`new_token()`),
    echoed by receipts. A dedupe key that is known already changes nothing; `priority` says
    who goes first when not all may. Senders are woken when it commits.
    """
    if not message_ids_with_keys:
        return
    messages, keys, tokens = zip(*message_ids_with_keys, strict=True)
    about = {"send_class": send_class, "priority": priority, "expires_at": expires_at}
    route = values_for(shop_id=shop_id, number_id=number_id, lane=lane, **about)  # type: ignore[arg-type]
    values = route | {"messages": list(messages), "keys": list(keys), "tokens": list(tokens)}
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
        (count,) = cursor.fetchone()
    if count:
        wake(number_id)


def values_for(
    *,
    shop_id: int,
    number_id: int,
    lane: str,
    send_class: SendClass = "rather_twice",
    priority: int = Priority.REPLY,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """What `PUT` is filled with."""
    route = {"shop": shop_id, "number": number_id, "lane": lane, "send_class": send_class}
    return route | {"priority": int(priority), "expires": expires_at}


def release(*, shop_id: int, error_code: int) -> int:
    """What a shop put off because of `error_code` is due now, for its cause is over; how many messages."""
    return _release(OutboxItem.objects.filter(shop_id=shop_id), error_code)


def release_of(*, number_ids: Collection[int], error_code: int) -> int:
    """The same for numbers that several shops send from."""
    return _release(OutboxItem.objects.filter(number_id__in=number_ids), error_code)


def _release(items: QuerySet[OutboxItem], error_code: int) -> int:
    waiting = items.filter(state=OutboxItem.State.QUEUED, error_code=str(error_code))
    numbers = set(waiting.values_list("number_id", flat=True))
    count = waiting.update(next_at=timezone.now())
    for number_id in numbers:
        wake(number_id)
    return count


def wake(number_id: int) -> None:
    """Tell the senders, after the commit, that the number has something to send."""
    wakeup.notify(wakeup.OUTBOX, str(number_id))


def change_lane(lane: str, into: str) -> None:
    """Let what waits in one line leave in another, in the order of its ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.transport_outboxitem SET lane = %s"
            " WHERE lane = %s AND state IN ('queued', 'sending', 'unknown')",
            [into, lane],
        )
