"""A file an operator sends: made fit, shown in the thread, handed to WhatsApp, and only then its message may go.

The message and its place in the outbox are there from the beginning. A crash between the hand-over and the commit hands
the file over again, which nobody sees; the message itself is sent once, by its outbox row.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final

from django.db import transaction
from django.utils import timezone

from conversations.files import arriving, claims, sending, showing, sniffing, working
from conversations.files.models import MediaFile
from conversations.models import Message
from conversations.transport.lines import open_line
from conversations.transport.providers.base import Line, MediaAnswer, MediaOutcome
from conversations.transport.providers.registry import provider
from conversations.transport.rules import media_rules
from conversations.transport.sending import holding
from shopme.lib.text import shorten
from tenants.context import current_shop
from tenants.storage import forget_files, open_private

State = MediaFile.State
# Somebody waits for the answer: after a quarter of an hour it is better to say that it failed.
BACKOFF: Final = (3, 15, 60, 180, 600)
_SPARE: Final = timedelta(days=1)
# What WhatsApp takes an Opus recording as; a guessed type is refused.
_AS_SENT: Final = {"audio/ogg": "audio/ogg; codecs=opus"}
NOT_PLAYABLE: Final = "WhatsApp plays videos with H.264 and AAC only. Save it as MP4 in that form and choose it again."
TOO_LONG_A_NOTE: Final = "WhatsApp shows no play button on a voice note above {most}, so this went as a sound."
BROKEN: Final = "The file is broken or not what it looks like."


def leave(file: MediaFile) -> None:
    """One try to hand over a file that was taken. Refuses: `claims.Lost`."""
    if file.message.state != Message.State.QUEUED:
        claims.settle(file, State.READY)  # its message is over; the thread goes on showing it
        return
    line = open_line(file.number_id)
    if line is None:
        claims.wait_uncounted(file, reason=arriving.NUMBER_RESTS, seconds=arriving.REST_SECONDS)
        return
    try:
        if not file.shown_as:
            _prepare(file)
        _hand_over(file, line)
    except (sending.CannotBeSent, showing.NotKept) as refusal:
        fail(file, State.REFUSED, str(refusal))


def _prepare(file: MediaFile) -> None:
    """Make the file what WhatsApp takes, and what the thread shows; kept in place of what was chosen."""
    with _on_disk(file.key) as source:
        plan = sending.plan_for(file.content_type, file.size, claimed_type=file.claimed_type)
        try:
            if plan.work in ("jpeg", "voice"):
                with working.made(plan.work, source) as made:
                    found = _described(made.files["sent"], plan.kind, file.filename)
            else:
                found = _described(source, plan.kind, file.filename)
            found["is_voice"] = file.is_voice and found["size"] <= sending.most_octets_of_a_voice_note()
        except working.Unreadable as problem:
            raise sending.CannotBeSent(BROKEN) from problem
        except working.TooMuch as problem:
            raise sending.CannotBeSent(showing.NOT_SAFE) from problem
    chosen = file.key
    for name, value in found.items():
        setattr(file, name, value)
    ours = MediaFile.objects.filter(pk=file.pk, state=State.MOVING, taken=file.taken)
    if not ours.update(**found):
        forget_files(found["key"], found.get("shown_key", ""), found.get("thumb_key", ""))
        raise claims.Lost(file.pk)
    forget_files(chosen)


def _described(path: Path, kind: str, filename: str) -> dict[str, Any]:
    """Keep what leaves and what is shown of it; the fields of its row."""
    with path.open("rb") as octets:
        content_type = sniffing.content_type_of(octets, filename=filename)
    size = path.stat().st_size
    sending.refuse_oversize(kind, size)
    if content_type not in media_rules.outbound(kind).mime_types:
        raise sending.CannotBeSent(BROKEN)
    found = showing.prepared(path, kind=kind, filename=filename)
    if kind == "video" and found["shown_as"] == MediaFile.ShownAs.FILM and found.get("shown_key") != found["key"]:
        raise sending.CannotBeSent(NOT_PLAYABLE)
    if kind != "document" and found["shown_as"] == MediaFile.ShownAs.DOCUMENT:
        raise sending.CannotBeSent(BROKEN)
    return {**found, "size": size, "sha256": showing.digest_of(path)}


def _hand_over(file: MediaFile, line: Line) -> None:
    if earlier := _handed_over_lately(file):
        _ready(file, media_id=earlier.media_id, uploaded_at=earlier.uploaded_at)
        return
    with _on_disk(file.key) as source, source.open("rb") as octets:
        answer = provider(line.provider).upload_media(
            line, octets, mime_type=_AS_SENT.get(file.content_type, file.content_type), filename=_name_of(file)
        )
    if answer.outcome is MediaOutcome.DONE:
        _ready(file, media_id=answer.media_id, uploaded_at=timezone.now())
    else:
        _not_done(file, line, answer)


def _handed_over_lately(file: MediaFile) -> MediaFile | None:
    """The same octets at the same number, while WhatsApp still keeps them."""
    lives = timedelta(days=media_rules.table()["uploaded"]["id_lives_days"]) - _SPARE
    known = MediaFile.objects.filter(
        number_id=file.number_id,
        sha256=file.sha256,
        content_type=file.content_type,
        direction=MediaFile.Direction.OUT,
        uploaded_at__gt=timezone.now() - lives,
    )
    return known.exclude(media_id="").order_by("-uploaded_at").first()


@transaction.atomic
def _ready(file: MediaFile, **found: Any) -> None:
    """The id, the message that carries it, and its place in the line, together."""
    message = Message.objects.select_for_update().get(pk=file.message_id)
    is_too_long = message.content.get("voice", False) and not file.is_voice
    most = arriving.in_megabytes(sending.most_octets_of_a_voice_note())
    claims.settle(file, State.READY, reason=TOO_LONG_A_NOTE.format(most=most) if is_too_long else "", **found)
    message.content = {**message.content, "media_id": file.media_id}
    if is_too_long:
        del message.content["voice"]
    message.save(update_fields=["content"])
    holding.release(shop_id=current_shop().pk, message_id=message.pk)


def _not_done(file: MediaFile, line: Line, answer: MediaAnswer) -> None:
    if answer.outcome is MediaOutcome.TOKEN:
        arriving.note_token(line, answer)
        claims.wait_uncounted(file, reason=answer.sentence, seconds=arriving.REST_SECONDS)
    elif answer.outcome is MediaOutcome.LATER and file.attempts <= len(BACKOFF):
        claims.try_later(file, reason=answer.sentence, after=answer.retry_after, backoff=BACKOFF)
    elif answer.outcome is MediaOutcome.LATER:
        fail(file, State.FAILED, answer.sentence)
    else:
        fail(file, State.REFUSED, answer.sentence)


@transaction.atomic
def fail(file: MediaFile, state: str, reason: str) -> None:
    """The file will not leave: its message has failed, and those behind it go on."""
    claims.settle(file, state, reason=reason)
    message = Message.objects.select_for_update().get(pk=file.message_id)
    if message.state == Message.State.QUEUED:
        message.state, message.state_at, message.error_text = Message.State.FAILED, timezone.now(), reason
        message.save(update_fields=["state", "state_at", "error_text"])
    holding.give_up(shop_id=current_shop().pk, message_id=message.pk, reason=reason)


def _name_of(file: MediaFile) -> str:
    """What the provider sees as its name: ours, but for documents, whose name the customer reads."""
    if file.kind == "document" and file.filename:
        return shorten(file.filename, 120)
    return f"file.{file.key.rpartition('.')[2]}"


@contextmanager
def _on_disk(key: str) -> Iterator[Path]:
    """A kept file as a path of this machine, wherever the storage has it."""
    kept: IO[bytes]
    with open_private(key) as kept, NamedTemporaryFile(prefix="shopme-leaves-") as room:
        shutil.copyfileobj(kept, room)
        room.flush()
        yield Path(room.name)
