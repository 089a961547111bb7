"""What is made of a file so that a browser can show it: by what it is, never by what it is called."""

import hashlib
from pathlib import Path
from typing import Any, Final

from conversations.files import sniffing, working
from conversations.files.models import MediaFile
from tenants.storage import keep_private

ShownAs = MediaFile.ShownAs
Found = dict[str, Any]
NOT_SHOWN: Final = "It cannot be shown here, but downloaded."
NOT_SAFE: Final = "The file is too large to be opened safely: too many pixels, pictures or hours."
HARMFUL: Final = "This is {what}, which can do harm, so it was not kept."
# Endings under which originals are kept; nothing runs by an ending, but a person may look into the folder.
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "application/pdf": "pdf",
}


class NotKept(Exception):
    """The file must not be kept; the sentence says why."""


def prepared(source: Path, *, kind: str, filename: str) -> Found:
    """Keep `source` and what can be shown of it; the fields of its row. Refuses: `NotKept`."""
    with source.open("rb") as file:
        content_type = sniffing.content_type_of(file, filename=filename)
    if what := sniffing.HARMFUL.get(content_type):
        raise NotKept(HARMFUL.format(what=what))
    shown_as = _shown_as(content_type, kind)
    found = _shown(shown_as, source)
    if found["shown_as"] == ShownAs.FILM and found.pop("is_playable", False):
        found["shown_key"] = _kept(source, _ENDINGS.get(content_type, "mp4"))
        return {**found, "content_type": content_type, "key": found["shown_key"]}
    return {**found, "content_type": content_type, "key": _kept(source, _ENDINGS.get(content_type, "bin"))}


def _shown_as(content_type: str, kind: str) -> str:
    if content_type in sniffing.PICTURES:
        return ShownAs.STICKER if kind == "sticker" and content_type == "image/webp" else ShownAs.PICTURE
    family = content_type.partition("/")[0]
    if family == "audio" or (kind == "audio" and family == "video"):
        return ShownAs.SOUND
    return ShownAs.FILM if family == "video" else ShownAs.DOCUMENT


_WORKS: Final = {
    ShownAs.PICTURE: "picture",
    ShownAs.STICKER: "sticker",
    ShownAs.SOUND: "sound",
    ShownAs.FILM: "film",
}


def _shown(shown_as: str, source: Path) -> Found:
    """What the workshop makes of it; what it cannot read is a document, to be downloaded only."""
    work = _WORKS.get(ShownAs(shown_as))
    if work is None:
        return {"shown_as": ShownAs.DOCUMENT}
    try:
        with working.made(work, source) as made:
            keys = {f"{name}_key": _kept(path, path.suffix[1:]) for name, path in made.files.items()}
            return {"shown_as": shown_as, **keys, **made.told}
    except working.Unreadable:
        return {"shown_as": ShownAs.DOCUMENT, "reason": NOT_SHOWN}
    except working.TooMuch as problem:
        raise NotKept(NOT_SAFE) from problem


def digest_of(path: Path) -> str:
    """SHA-256 in hex, read in pieces."""
    with path.open("rb") as octets:
        return hashlib.file_digest(octets, "sha256").hexdigest()


def _kept(path: Path, ending: str) -> str:
    with path.open("rb") as file:
        return keep_private(file, ending=ending)
