"""Messages on their way out: one public row a message, written in the transaction that wrote the message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from django.db import connection

from conversations.transport import wakeup

SendClass = Literal["rather_twice", "never_twice"]
_QUEUE: Final = """
WITH put AS (
  INSERT INTO public.transport_outboxitem (shop_id, number_id, lane, message_id, send_class, dedupe_key, token,
      expires_at, next_at)
  SELECT %(shop)s, %(number)s, %(lane)s, message_id, %(send_class)s, dedupe_key, token, %(expires)s, now()
  FROM unnest(%(messages)s::bigint[], %(keys)s::text[], %(tokens)s::text[]) WITH ORDINALITY
      AS given (message_id, dedupe_key, token, place)
  ORDER BY place
  ON CONFLICT (shop_id, dedupe_key) DO NOTHING
  RETURNING id
)
SELECT count(*) FROM put
"""


def queue(
    *,
    shop_id: int,
    number_id: int,
    lane: str,
    message_ids_with_keys: Sequence[tuple[int, str, str]],
    send_class: SendClass = "rather_twice",
    expires_at: datetime | None = None,
) -> None:
    """Put messages on the way, in their order: (message id, dedupe key, token) each.

    Inside the caller's transaction, which also wrote the messages. The token is the message's own (`new_token()`),
    echoed by receipts. A dedupe key that is known already changes nothing. Senders are woken when it commits.
    """
    if not message_ids_with_keys:
        return
    messages, keys, tokens = zip(*message_ids_with_keys, strict=True)
    values: dict[str, Any] = {
        "shop": shop_id,
        "number": number_id,
        "lane": lane,
        "send_class": send_class,
        "expires": expires_at,
        "messages": list(messages),
        "keys": list(keys),
        "tokens": list(tokens),
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
        (count,) = cursor.fetchone()
    if count:
        wakeup.notify(wakeup.OUTBOX, str(number_id))
