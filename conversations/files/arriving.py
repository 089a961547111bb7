"""A file that a customer sent: fetched from WhatsApp, compared, looked at, and kept.

Outside every transaction: the rows are taken before and written after. A crash in between costs one try.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import structlog

from conversations.files import claims, showing
from conversations.files.models import MediaFile
from conversations.transport.health import media_health
from conversations.transport.lines import open_line
from conversations.transport.providers.base import Line, MediaAnswer, MediaOutcome
from conversations.transport.providers.registry import provider
from conversations.transport.rules import media_rules
from conversations.transport.sending import consequences
from tenants.storage import forget_files

log = structlog.get_logger(__name__)
State = MediaFile.State
REST_SECONDS: Final = 300
NUMBER_RESTS: Final = "The number is switched off; its files are fetched when it is on again."
BLOCKED: Final = "WhatsApp asks for a pause; the file is fetched afterwards."
OTHER_FILE: Final = "Another file came than the one that was announced."
TOO_BIG: Final = "The file is too big: {size}; WhatsApp's limit is {limit}."
BIGGER: Final = "The file is too big: WhatsApp's limit is {limit}."


def arrive(file: MediaFile) -> None:
    """One try to fetch a file that was taken. Refuses: `claims.Lost`."""
    line = open_line(file.number_id)
    if line is None:
        claims.wait_uncounted(file, reason=NUMBER_RESTS, seconds=REST_SECONDS)
        return
    if seconds := media_health.seconds_to_rest(file.number_id):
        claims.wait_uncounted(file, reason=BLOCKED, seconds=seconds + 1)
        return
    with NamedTemporaryFile(prefix="shopme-media-") as room:
        most = media_rules.most_inbound_octets()
        answer = provider(line.provider).fetch_media(line, file.media_id, into=room, most=most)
        room.flush()
        if answer.outcome is not MediaOutcome.DONE:
            note_trouble(line, answer)
            _ENDS[answer.outcome](file, answer)
        elif file.claimed_sha256 and file.claimed_sha256 != answer.sha256:
            claims.try_later(file, reason=OTHER_FILE)
        else:
            _keep(file, Path(room.name), answer)


def _keep(file: MediaFile, source: Path, answer: MediaAnswer) -> None:
    try:
        found = showing.prepared(source, kind=file.kind, filename=file.filename)
    except showing.NotKept as refusal:
        claims.settle(file, State.REFUSED, reason=str(refusal), size=answer.size, sha256=answer.sha256)
        return
    try:
        claims.settle(file, State.READY, **{"size": answer.size, "sha256": answer.sha256, **found})
    except claims.Lost:
        forget_files(*{found.get(name, "") for name in ("key", "shown_key", "thumb_key")})
        raise


def note_trouble(line: Line, answer: MediaAnswer) -> None:
    """Tell the number's own rows what a bad answer says of it."""
    media_health.note_failed_fetch(number_id=line.number_id, provider=line.provider)
    note_token(line, answer)


def note_token(line: Line, answer: MediaAnswer) -> None:
    """A refused token stops the number until somebody acts, like a refused send, and is told like one."""
    if answer.outcome is MediaOutcome.TOKEN:
        consequences.call_refused(line, code=answer.error_code, reason=answer.sentence)


def _gone(file: MediaFile, answer: MediaAnswer) -> None:
    claims.settle(file, State.MISSING, reason=answer.sentence)


def _too_big(file: MediaFile, answer: MediaAnswer) -> None:
    limit = in_megabytes(media_rules.most_inbound_octets())
    words = TOO_BIG.format(size=in_megabytes(answer.size), limit=limit) if answer.size else BIGGER.format(limit=limit)
    claims.settle(file, State.TOO_BIG, reason=words, size=answer.size)


def _refused(file: MediaFile, answer: MediaAnswer) -> None:
    claims.settle(file, State.REFUSED, reason=answer.sentence)


def _token(file: MediaFile, answer: MediaAnswer) -> None:
    claims.wait_uncounted(file, reason=answer.sentence, seconds=REST_SECONDS)


def _later(file: MediaFile, answer: MediaAnswer) -> None:
    claims.try_later(file, reason=answer.sentence, after=answer.retry_after)


_ENDS: Final[dict[MediaOutcome, Callable[[MediaFile, MediaAnswer], None]]] = {
    MediaOutcome.GONE: _gone,
    MediaOutcome.TOO_BIG: _too_big,
    MediaOutcome.REFUSED: _refused,
    MediaOutcome.TOKEN: _token,
    MediaOutcome.LATER: _later,
}


def in_megabytes(octets: int) -> str:
    """`120 MB`, `0.4 MB`: as a person says it."""
    size = octets / (1024 * 1024)
    return f"{size:.0f} MB" if size >= 10 else f"{max(size, 0.1):.1f} MB"


__all__ = ["arrive", "in_megabytes", "note_token", "note_trouble"]
