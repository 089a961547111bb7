"""What may leave as what: WhatsApp's kinds and sizes, and what we turn into them. Pure; the figures are data."""

from dataclasses import dataclass
from typing import Final

from conversations.files import sniffing
from conversations.files.arriving import in_megabytes
from conversations.transport.rules import media_rules
from shopme.lib.errors import BusinessError

# What we draw anew gets smaller on the way, so more may come in.
MOST_PICTURE_OCTETS: Final = 25 * 1024 * 1024
_REDRAWN: Final = (*sniffing.PICTURES, "image/avif")
_RERECORDED: Final = ("audio/ogg", "audio/wav", "audio/flac", "video/webm")
# What a file dialog offers; what is chosen is judged by its octets.
ENDINGS: Final = (
    *(
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
        ".gif",
        ".mp4",
        ".3gp",
        ".mp3",
        ".m4a",
        ".aac",
        ".amr",
        ".ogg",
        ".opus",
        ".wav",
    ),
    *(".pdf", ".txt", ".csv", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx"),
)
NAMES: Final = {
    "image": "Pictures",
    "video": "Videos",
    "audio": "Sounds",
    "document": "Documents",
}


class CannotBeSent(BusinessError):
    """WhatsApp would not take the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file leaves: WhatsApp's kind, and the work that makes it fit (none for one that fits as it is)."""

    kind: str
    content_type: str
    work: str = ""


def most_octets(kind: str) -> int:
    """How large a file of this kind may be when it is chosen."""
    return MOST_PICTURE_OCTETS if kind == "image" else media_rules.outbound(kind).most_octets


def most_octets_of_a_voice_note() -> int:
    """Above that WhatsApp shows no play button: a longer recording leaves as a sound."""
    return int(media_rules.table()["voice_note"]["most_octets"])


def plan_for(content_type: str, size: int, *, claimed_type: str = "") -> Plan:
    """The way out for a file of this type and size. Refuses: `CannotBeSent`."""
    if size == 0:
        raise CannotBeSent("The file is empty.")
    if content_type == "image/heic":
        raise CannotBeSent("WhatsApp takes no HEIC pictures. Save it as JPEG and choose it again.")
    if content_type in _REDRAWN:
        return _fitting(Plan("image", content_type, "jpeg"), size, MOST_PICTURE_OCTETS)
    if content_type in _RERECORDED and not (content_type == "video/webm" and not claimed_type.startswith("audio/")):
        return _fitting(Plan("audio", content_type, "voice"), size, 2 * media_rules.outbound("audio").most_octets)
    for kind in ("video", "audio", "document"):
        if content_type in media_rules.outbound(kind).mime_types:
            return _fitting(Plan(kind, content_type, "film" if kind == "video" else ""), size)
    raise CannotBeSent(_why_not(content_type))


def _fitting(plan: Plan, size: int, most: int = 0) -> Plan:
    most = most or media_rules.outbound(plan.kind).most_octets
    if size > most:
        what = NAMES[plan.kind]
        raise CannotBeSent(f"{what} may have {in_megabytes(most)} at most; this one has {in_megabytes(size)}.")
    return plan


def refuse_oversize(kind: str, size: int) -> None:
    """After the work: does it fit now? Refuses: `CannotBeSent`."""
    _fitting(Plan(kind, ""), size)


def _why_not(content_type: str) -> str:
    if what := sniffing.HARMFUL.get(content_type):
        return f"This is {what}; WhatsApp does not take it."
    if content_type.startswith("video/"):
        return "WhatsApp takes MP4 videos only. Save it as MP4 and choose it again."
    return "WhatsApp takes pictures, MP4 videos, sounds, PDF, text, Word, Excel and PowerPoint files."
