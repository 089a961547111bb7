"""A picture drawn anew, in a process of its own: what it costs ends with it, and the web process never feels it.

`python drawing.py <max_side>` reads a picture from its input and writes the JPEG. It imports nothing of ShopMe.
"""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps

MAX_PIXELS = 24_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
OCTETS = 768 * 1024 * 1024
SECONDS = 10
# What the exit says to whoever asked.
NO_PICTURE, TOO_LARGE = 3, 4


class TooManyPixels(Exception):
    """The picture has more pixels than `MAX_PIXELS`."""


def draw(data: bytes, *, max_side: int) -> bytes:
    """The picture upright, on white, at most `max_side` pixels a side, as a JPEG without metadata.

    Refuses: `TooManyPixels`, and whatever Pillow raises for what is no JPEG, PNG or WebP.
    """
    picture = Image.open(BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise TooManyPixels
    picture.draft("RGB", (max_side * 2, max_side * 2))
    if picture.mode not in ("L", "RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")  # type: ignore[assignment]
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright.getchannel("A"))
    drawn = BytesIO()
    canvas.save(drawn, "JPEG", quality=85, optimize=True, progressive=True)
    return drawn.getvalue()


def main() -> int:
    """Draw what stands in the input, within bounds of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (OCTETS, OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        drawn = draw(sys.stdin.buffer.read(), max_side=int(sys.argv[1]))
    except (TooManyPixels, Image.DecompressionBombError, MemoryError):
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError):
        return NO_PICTURE
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
