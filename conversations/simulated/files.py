"""Files of the phones: from the disk of whoever plays onto the stand-in's shelf, where WhatsApp would keep them."""

from typing import IO, Final

from conversations.files import sniffing
from conversations.simulated.phones import Json, send
from conversations.transport.providers.simulator import payloads
from conversations.transport.providers.simulator.graph_media import KIND, MEDIA_ID, thing_of
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.rows import keep_thing, kept_thing
from conversations.transport.providers.simulator.shelf import Thing
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.models import WhatsAppNumber

MOST_OCTETS: Final = 32 * 1024 * 1024
# What a browser may show of what lies on the shelf; anything else is downloaded.
SHOWN_TYPES: Final = (
    *("image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm"),
    *("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac"),
)


class BadFile(BusinessError):
    """The simulated phone cannot send this file."""


def keep_file(
    number: WhatsAppNumber, file: IO[bytes], *, filename: str, caption: str = "", claimed_type: str = ""
) -> Json:
    """Put a file on the shelf; Meta's typed part of the message that carries it. Refuses: `BadFile`.

    What it is, its octets say: a recording becomes a voice note, a WebP a sticker, what WhatsApp cannot show a document.
    `claimed_type` lets it lie, as a stranger's phone might.
    """
    octets = file.read(MOST_OCTETS + 1)
    if not octets:
        raise BadFile("The file is empty.")
    if len(octets) > MOST_OCTETS:
        raise BadFile(f"The simulator keeps files of at most {MOST_OCTETS // 1024 // 1024} MB.")
    file.seek(0)
    content_type = sniffing.content_type_of(file, filename=filename)
    name = clean_text(filename, limit=120).strip()
    mime_type = claimed_type or ("audio/ogg; codecs=opus" if content_type == "audio/ogg" else content_type)
    thing = thing_of(number.phone_number_id, octets, mime_type=mime_type, filename=name)
    keep_thing(thing)
    return payloads.file(_kind(content_type), thing, caption=caption, is_voice=content_type == "audio/ogg")


def _kind(content_type: str) -> str:
    if content_type == "image/webp":
        return "sticker"
    if content_type in ("image/jpeg", "image/png"):
        return "image"
    family = content_type.partition("/")[0]
    return family if family in ("audio", "video") else "document"


def send_file(
    number: WhatsAppNumber,
    person: Person,
    file: IO[bytes],
    *,
    filename: str,
    caption: str = "",
    context_wamid: str = "",
) -> None:
    """The phone sends a file. Refuses: `BadFile`, `WebhookRefused`."""
    content = keep_file(number, file, filename=filename, caption=caption)
    send(number, person, content, context_wamid=context_wamid)


def is_media_id(text: str) -> bool:
    """Whether `text` is an id of the stand-in's shelf."""
    return MEDIA_ID.fullmatch(text) is not None


def file_of(number: WhatsAppNumber, media_id: str) -> Thing | None:
    """A file of this number on the shelf, sent or received."""
    thing = kept_thing(KIND, media_id) if is_media_id(media_id) else None
    return thing if thing and thing.owner == number.phone_number_id else None
