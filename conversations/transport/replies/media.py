"""Files: a picture, a video, a sound, a document or a sticker."""

from dataclasses import dataclass
from typing import Final, Literal

from conversations.transport.replies.fitting import fit, refuse_no_address, trim
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

MediaKind = Literal["image", "video", "audio", "document", "sticker"]
MEDIA_KINDS: Final = ("image", "video", "audio", "document", "sticker")
TOP_KINDS: Final = ("image", "video", "document")
_WITHOUT_CAPTION: Final = ("audio", "sticker")


@dataclass(frozen=True, slots=True)
class Media:
    """A file by the id the provider gave it or by its absolute public address, one of the two.

    `shown_url` is where our own pages find a file that is sent by id. `voice`: a recorded note, not a song.
    `own_file`: the message has a file of ours, which is handed to the provider first; until then there is no id.
    """

    kind: MediaKind
    url: str = ""
    media_id: str = ""
    caption: str = ""
    filename: str = ""
    voice: bool = False
    shown_url: str = ""
    own_file: bool = False

    def __post_init__(self) -> None:
        if self.kind not in MEDIA_KINDS:
            raise BreaksAWhatsAppLimit(f"{self.kind} is no kind of file.")
        trim(self, "caption")
        fit(self, filename=limits.FILENAME)
        if bool(self.url) == bool(self.media_id) and not self.is_waiting:
            raise BreaksAWhatsAppLimit("A file has an id or an address: exactly one of them.")
        if self.url:
            refuse_no_address("A file", self.url)
        if self.caption and self.kind in _WITHOUT_CAPTION:
            raise BreaksAWhatsAppLimit("Sounds and stickers have no caption.")
        if self.filename and self.kind != "document":
            raise BreaksAWhatsAppLimit("Only a document has a file name.")
        if self.voice and self.kind != "audio":
            raise BreaksAWhatsAppLimit("Only a sound can be a voice note.")

    @property
    def is_waiting(self) -> bool:
        """Whether it cannot be sent yet, because its file has not been handed over."""
        return self.own_file and not self.media_id and not self.url


def picture(url: str, caption: str = "") -> Media:
    """A picture by its absolute public address."""
    return Media("image", url=url, caption=caption)


def refuse_as_top(media: Media | None) -> None:
    """What stands on top of buttons, a link or a template is a picture, a video or a document, without a caption."""
    if media is None:
        return
    if media.kind not in TOP_KINDS:
        raise BreaksAWhatsAppLimit("On top of a message stands a picture, a video or a document.")
    if media.caption:
        raise BreaksAWhatsAppLimit("What stands on top of a message has no caption of its own.")
