"""A file an operator attaches: looked at, kept, and said as a message that waits for its hand-over."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction

from conversations.files import keeping, sending, sniffing
from conversations.files.models import MediaFile
from conversations.inbox import handover
from conversations.models import Message
from conversations.transport.replies import Media, Reply, Text
from conversations.transport.sending import holding
from shopme.lib.text import clean_text
from tenants.context import current_shop
from tenants.storage import forget_files, keep_private

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from conversations.transport.replies.media import MediaKind

LONGEST_NAME: Final = 120
_KINDS: Final[dict[str, "MediaKind"]] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "document": "document",
}


def send_staff_file(  # noqa: PLR0913  (one act, one contract)
    *,
    conversation_id: int,
    user_id: int,
    upload: "UploadedFile[bytes]",
    text: str,
    request_id: str,
    answers: int | None = None,
    at: datetime | None = None,
) -> Message:
    """Send a file as a person of the shop, who thereby takes over; `text` goes under it, or after a sound.

    It quotes the customer's message `answers`. The file is kept first, outside of any transaction; message, file and its
    place in the line are written together. The same `request_id` sends nothing again. Refuses: `sending.CannotBeSent`,
    `NoSuchConversation`, `WindowClosed`, `NoSuchMessage`.
    """
    if earlier := handover.said_before(request_id):
        return earlier
    parcel = _kept(upload)
    try:
        with transaction.atomic():
            said = handover.send_staff_replies(
                conversation_id=conversation_id,
                user_id=user_id,
                replies=_replies(parcel, text.strip()),
                request_id=request_id,
                answers=answers,
                at=at,
            )
            if said:
                _write(parcel, said[0])
                return said[0]
    except Exception:
        forget_files(parcel.key)
        raise
    forget_files(parcel.key)  # somebody pressed twice at the same moment
    return Message.objects.get(dedupe_key=f"staff:{request_id}:1")


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What was attached, kept under `key`, and the way it will leave."""

    key: str
    name: str
    size: int
    claimed_type: str
    plan: sending.Plan

    @property
    def is_voice(self) -> bool:
        return self.plan.work == "voice"


def _kept(upload: "UploadedFile[bytes]") -> _Parcel:
    size, claimed = upload.size or 0, upload.content_type or ""
    content_type = sniffing.content_type_of(upload, filename=upload.name or "")
    plan = sending.plan_for(content_type, size, claimed_type=claimed)
    upload.seek(0)
    name = clean_text(upload.name or "", limit=LONGEST_NAME).strip()
    return _Parcel(keep_private(upload, ending="bin"), name, size, claimed[:128], plan)


def _write(parcel: _Parcel, message: Message) -> None:
    """The file's row, and its message held until it has been handed over."""
    MediaFile.objects.create(
        message=message,
        direction=MediaFile.Direction.OUT,
        number_id=message.conversation.number_id,
        kind=parcel.plan.kind,
        filename=parcel.name,
        claimed_type=parcel.claimed_type,
        content_type=parcel.plan.content_type,
        size=parcel.size,
        is_voice=parcel.is_voice,
        key=parcel.key,
    )
    holding.hold(shop_id=current_shop().pk, message_id=message.pk)
    keeping.hint()


def _replies(parcel: _Parcel, text: str) -> list[Reply]:
    kind = _KINDS[parcel.plan.kind]
    if kind == "audio":
        sound = Media("audio", voice=parcel.is_voice, own_file=True)
        return [sound, Text(text)] if text else [sound]
    filename = parcel.name if kind == "document" else ""
    return [Media(kind, caption=text, filename=filename, own_file=True)]
