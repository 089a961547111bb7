"""A shop's files: `<shop uuid>/<random>.<ext>`, readable and writable from inside that shop only.

What lies under `<shop uuid>/private/` has no address of its own: a view that asks who looks hands it out.
"""

import mimetypes
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from PIL import Image

from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from tenants import drawing
from tenants.context import current_shop

if TYPE_CHECKING:
    from os import PathLike

PRIVATE: Final = "private/"
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
# How long a picture may wait for its turn, and then be drawn.
PATIENCE_SECONDS = 20
_ONE_AT_A_TIME = threading.BoundedSemaphore()
_TOO_LARGE = "Choose a picture of at most 24 megapixels."
_KEY = re.compile(
    r"^(?P<shop>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<room>private/)?(?P<name>[\w-]{16,64}\.[a-z0-9]{1,5})\Z",
    re.ASCII,
)


class NotAnImage(BusinessError):
    """The upload is not a JPEG, PNG or WebP picture of a sensible size."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A kept picture: its key and its size in pixels."""

    key: str
    width: int
    height: int


class ShopStorage(FileSystemStorage):
    """Files of the shop the code is inside. Names are ours, never the uploader's."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """A new random key that keeps only the ending of `name`."""
        ending = re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower())[:5] or "bin"
        room = PRIVATE if name.startswith(PRIVATE) else ""
        return f"{current_shop().uuid}/{room}{new_token(18)}.{ending}"

    def generate_filename(self, filename: "str | PathLike[str]") -> str:
        return str(filename)

    def path(self, name: str) -> str:
        """Where the file lies. Every read, write and delete comes through here. Refuses another shop's key."""
        if not is_key_of_shop(name, str(current_shop().uuid)):
            raise SuspiciousFileOperation("The key is not of this shop.")
        return super().path(name)

    def url(self, name: str | None) -> str:
        """The public address on the shop's own host."""
        return current_shop().url(f"/files/{quote(name or '')}")


def is_key_of_shop(key: str, shop_uuid: str) -> bool:
    """Whether `key` has our shape and belongs to that shop."""
    match = _KEY.match(key)
    return match is not None and match["shop"] == shop_uuid


def save_image(upload: "File[Any] | IO[bytes]", *, max_side: int = 1600) -> StoredImage:
    """Keep somebody's picture, drawn anew as a JPEG of at most `max_side` pixels a side, without metadata.

    Drawn in a process of its own, one at a time. Refuses: `NotAnImage`.
    """
    data = upload.read(MAX_UPLOAD_BYTES + 1)
    if len(data) > MAX_UPLOAD_BYTES:
        raise NotAnImage("Choose a picture of at most 10 MB.")
    return _kept(_drawn_apart(data, max_side))


def save_own_image(data: bytes, *, max_side: int = 1600) -> StoredImage:
    """Keep a picture we made ourselves: drawn here and now, for nothing in it can surprise us."""
    return _kept(drawing.draw(data, max_side=max_side))


def keep_private(file: "File[Any] | IO[bytes]", *, ending: str) -> str:
    """Keep a file that only people of the shop may see; its key."""
    return default_storage.save(f"{PRIVATE}file.{ending}", File(file))


def open_private(key: str) -> "File[Any]":
    """A kept file, to be read. Raises `FileNotFoundError`, and `SuspiciousFileOperation` for another shop's key."""
    return default_storage.open(key, "rb")


def forget_files(*keys: str) -> None:
    """Delete kept files; an empty key is none."""
    for key in filter(None, keys):
        default_storage.delete(key)


def image_url(key: str) -> str:
    """The absolute address of a kept picture on its shop's host."""
    return default_storage.url(key)


def content_type_of(key: str) -> str:
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


def _kept(drawn: bytes) -> StoredImage:
    with Image.open(BytesIO(drawn)) as picture:
        width, height = picture.size
    return StoredImage(default_storage.save("picture.jpg", ContentFile(drawn)), width, height)


def _drawn_apart(data: bytes, max_side: int) -> bytes:
    """The JPEG of a picture nobody vouches for. Refuses: `NotAnImage`."""
    command = [sys.executable, "-I", drawing.__file__, str(max_side)]
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE_SECONDS):
        raise NotAnImage("Many pictures are coming in just now. Try again in a moment.")
    try:
        done = subprocess.run(  # noqa: S603  (our own arguments)
            command, input=data, capture_output=True, check=False, timeout=PATIENCE_SECONDS, env={}
        )
    except subprocess.TimeoutExpired as problem:
        raise NotAnImage(_TOO_LARGE) from problem
    finally:
        _ONE_AT_A_TIME.release()
    if done.returncode == 0:
        return done.stdout
    if done.returncode == drawing.NO_PICTURE:
        raise NotAnImage("Choose a JPEG, PNG or WebP picture.")
    raise NotAnImage(_TOO_LARGE)
