"""Printed codes in a stranger's picture, also small, turned, blurred or faint, in a process of its own: what it costs, and
what it breaks, ends with it.

`python decoding.py <pattern>` reads a picture from its input and writes the texts of its codes as JSON, from the first view of it
in which one has the pattern. It imports nothing of ShopMe; bounded in memory, time, pixels and tries.
"""

import json
import re
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

OCTETS: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 15
# What of a text is searched.
_LONGEST_TEXT: Final = 1000
MOST_PIXELS: Final = 40_000_000
# Narrower than that, also after it was made smaller, no code of ours fits in.
_LEAST_SIDE: Final = 21
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
# The longer side at which a picture is looked at first: what a phone sends is rarely larger.
_SIDE: Final = 1600


def texts_in_picture(octets: bytes, pattern: str) -> list[str]:
    """What the codes in a picture say that have the pattern; nothing when it is no picture, too large, or has none."""
    wanted, picture = re.compile(pattern, re.IGNORECASE), _opened(octets)
    if picture is None:
        return []
    for view in _views(picture):
        read = [text[:_LONGEST_TEXT] for text in _read(view)]
        if found := [text for text in read if wanted.search(text)]:
            return found
    return []


def _opened(octets: bytes) -> Image.Image | None:
    """In grey and upright; measured before its pixels are unpacked."""
    try:
        with Image.open(BytesIO(octets), formats=_FORMATS) as file:
            if file.width * file.height > MOST_PIXELS or min(file.size) < _LEAST_SIDE:
                return None
            file.draft("L", (2 * _SIDE, 2 * _SIDE))
            upright = ImageOps.exif_transpose(file) or file
            picture = upright.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    picture.thumbnail((2 * _SIDE, 2 * _SIDE))
    return picture if min(picture.size) >= _LEAST_SIDE else None


def _views(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture in ways that make a code readable: as it is, smaller, with contrast, sharper, and in parts, larger."""
    yield picture
    base = picture.copy()
    base.thumbnail((_SIDE, _SIDE))
    clear = ImageOps.autocontrast(base, cutoff=1)
    yield clear
    small = clear.copy()
    small.thumbnail((800, 800), Image.Resampling.BOX)
    yield small
    yield clear.filter(ImageFilter.MedianFilter(3))
    yield small.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=0))
    yield clear.filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))
    yield from _parts(picture)


def _parts(picture: Image.Image) -> Iterator[Image.Image]:
    """Overlapping quarters of it, enlarged and sharpened: a code that is small in a big picture."""
    wide, high = picture.size
    for across in (0, 1, 2):
        for down in (0, 1, 2):
            box = (across * wide // 4, down * high // 4, across * wide // 4 + wide // 2, down * high // 4 + high // 2)
            part = ImageOps.autocontrast(picture.crop(box), cutoff=1)
            factor = min(3.0, _SIDE / max(part.size))
            size = (max(1, round(part.width * factor)), max(1, round(part.height * factor)))
            larger = part.resize(size, Image.Resampling.LANCZOS)
            yield larger
            yield larger.filter(ImageFilter.UnsharpMask(radius=3, percent=200, threshold=0))


def _read(view: Image.Image) -> list[str]:
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    return [found.text for found in zxingcpp.read_barcodes(view, formats=formats) if found.text]


def bound() -> None:
    """Let this process have no more memory and time than an honest picture takes; it writes no file."""
    resource.setrlimit(resource.RLIMIT_AS, (OCTETS, OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(words: list[str]) -> int:
    """Read the picture in the input within those bounds."""
    bound()
    (pattern,) = words
    sys.stdout.write(json.dumps(texts_in_picture(sys.stdin.buffer.read(), pattern)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
