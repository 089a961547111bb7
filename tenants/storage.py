"""A shop's files: `<shop uuid>/<random>.<ext>`, readable and writable from inside that shop only."""

import mimetypes
import re
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from tenants.context import current_shop

if TYPE_CHECKING:
    from os import PathLike

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
_KEY = re.compile(
    r"^(?P<shop>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<name>[\w-]{16,64}\.[a-z0-9]{1,5})\Z", re.ASCII
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
        return f"{current_shop().uuid}/{new_token(18)}.{ending}"

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
    """Keep a picture, drawn anew as a JPEG of at most `max_side` pixels a side, without metadata.

    Refuses: `NotAnImage`.
    """
    picture = _opened(upload)
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=85, optimize=True, progressive=True)
    key = default_storage.save("picture.jpg", ContentFile(drawn.getvalue()))
    return StoredImage(key, picture.width, picture.height)


def image_url(key: str) -> str:
    """The absolute address of a kept picture on its shop's host."""
    return default_storage.url(key)


def content_type_of(key: str) -> str:
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


def _opened(upload: "File[Any] | IO[bytes]") -> Image.Image:
    """The picture upright, on white, in RGB."""
    data = upload.read(MAX_UPLOAD_BYTES + 1)
    if len(data) > MAX_UPLOAD_BYTES:
        raise NotAnImage("Choose a picture of at most 10 MB.")
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise NotAnImage("Choose a picture of at most 50 megapixels.")
        picture.draft("RGB", (3200, 3200))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as problem:
        raise NotAnImage("Choose a JPEG, PNG or WebP picture.") from problem
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright.getchannel("A"))
    return canvas
