"""Messages on their way out: one public row a message, written in the transaction that wrote the message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

SendClass = Literal["rather_twice", "never_twice"]


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
    raise NotImplementedError
