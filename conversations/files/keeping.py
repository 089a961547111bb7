"""The rows of files, written with their messages: one statement for all of them, none where there is no file."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from conversations.transport.rules import media_rules
from conversations.transport.types import Incoming
from shopme.lib import hot
from shopme.lib.after_commit import after_commit
from tenants.context import current_shop

if TYPE_CHECKING:
    from conversations.transport.types import MediaRef

_KEEP: Final = """
INSERT INTO conversations_mediafile (message_id, direction, number_id, kind, media_id, filename, claimed_type,
    content_type, claimed_sha256, sha256, size, is_voice, state, reason, attempts, next_at, key, shown_key, thumb_key,
    shown_as, loudness, created_at)
SELECT message_id, 'in', %(number)s::bigint, kind, media_id, filename, claimed_type,
    '', claimed_sha256, '', 0, is_voice, 'waiting', '', 0, now(), '', '', '', '', '[]', %(now)s::timestamptz
FROM jsonb_to_recordset(%(files)s::jsonb) AS given (message_id bigint, kind text, media_id text, filename text,
    claimed_type text, claimed_sha256 text, is_voice boolean)
ON CONFLICT (message_id) DO NOTHING
"""


def keep_rows(*, number_id: int, arrived: Sequence[tuple[int, Incoming]], at: datetime) -> None:
    """Write a row for each of these messages that has a file, in the caller's transaction; they are fetched after it.

    One statement, and none when no message has a file. A message that has its row already is left alone.
    """
    rows = [_row(message_id, incoming) for message_id, incoming in arrived if incoming.media is not None]
    if not rows:
        return
    values = {"number": number_id, "now": at, "files": orjson.dumps(rows).decode()}
    hot.rows(_KEEP, values)
    hint()


def _row(message_id: int, incoming: Incoming) -> dict[str, Any]:
    media = cast("MediaRef", incoming.media)
    return {
        "message_id": message_id,
        "kind": incoming.kind.value,
        "media_id": media.media_id[:200],
        "filename": media.filename.replace("\x00", "")[:255],
        "claimed_type": media.mime_type.replace("\x00", "")[:128],
        "claimed_sha256": media_rules.digest_of(media.sha256),
        "is_voice": media.voice,
    }


_AGAIN: Final = """
UPDATE conversations_mediafile SET state = 'waiting', attempts = 0, reason = '', next_at = now()
WHERE message_id = %s AND direction = 'out' AND state IN ('failed', 'refused') RETURNING id
"""


def hand_over_again(message_id: int) -> None:
    """Its message shall go out after all: a file that could not be handed over is tried again."""
    if hot.rows(_AGAIN, [message_id]):
        hint()


def hint() -> None:
    """After the commit, tell a worker that a file of this shop is due. The hint may vanish: the rows are swept."""
    after_commit(_hint, current_shop().pk)


def _hint(shop_id: int) -> None:
    from conversations.tasks import move_files  # noqa: PLC0415 - tasks import rules, so rules queue tasks late

    move_files.apply_async(kwargs={"shop_id": shop_id}, expires=60, retry=False)
