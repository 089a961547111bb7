"""Small files made on the spot for the phones of the simulator: a photo, a sticker, a note, a film, a page."""

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFilter

SIDE: Final = 480
NOTE_SECONDS: Final = 3
FILM_SECONDS: Final = 2
RATE: Final = 48_000
FRAMES_PER_SECOND: Final = 12


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and what the phone says with it."""

    filename: str
    make: Callable[[], bytes]
    caption: str = ""


def _loaf(side: int, *, turn: int = 0) -> Image.Image:
    """A loaf on a board, from above."""
    picture = Image.new("RGB", (side, side), "#efe6d8")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((side * 0.1, side * 0.16, side * 0.9, side * 0.84), side * 0.06, fill="#c89f6a")
    pen.ellipse((side * 0.2, side * 0.28, side * 0.8, side * 0.74), fill="#a8682d")
    for place in range(4):
        left = side * (0.3 + 0.11 * place) + turn
        pen.line((left, side * 0.38, left + side * 0.06, side * 0.64), fill="#f0d9b0", width=max(3, side // 50))
    return picture


def photo() -> bytes:
    """A JPEG."""
    octets = BytesIO()
    _loaf(SIDE * 2).save(octets, "JPEG", quality=85)
    return octets.getvalue()


def photo_of(print_: bytes) -> bytes:
    """A JPEG of a printed sheet as somebody standing at a table would take it: turned, from the side, not quite sharp."""
    sheet = Image.open(BytesIO(print_)).convert("RGB")
    sheet.thumbnail((SIDE, SIDE * 2))
    table = Image.new("RGB", (SIDE * 2, SIDE * 2), "#8d6b4c")
    pen = ImageDraw.Draw(table)
    for top in range(0, SIDE * 2, 96):
        pen.line((0, top, SIDE * 2, top + 30), fill="#7c5c3f", width=4)
    table.paste(sheet, ((table.width - sheet.width) // 2, (table.height - sheet.height) // 2))
    turned = table.rotate(6, Image.Resampling.BICUBIC, fillcolor="#8d6b4c")
    seen = turned.transform(
        turned.size,
        Image.Transform.QUAD,
        (30, 0, 0, turned.height, *turned.size, turned.width - 60, 40),
        Image.Resampling.BICUBIC,
    )
    octets = BytesIO()
    seen.filter(ImageFilter.GaussianBlur(0.8)).save(octets, "JPEG", quality=80)
    return octets.getvalue()


def sticker() -> bytes:
    """A still WebP of 512 by 512."""
    octets = BytesIO()
    _loaf(512).save(octets, "WEBP", quality=70)
    return octets.getvalue()


def page() -> bytes:
    """A PDF of one page."""
    octets = BytesIO()
    _loaf(SIDE).save(octets, "PDF")
    return octets.getvalue()


def voice_note() -> bytes:
    """Three seconds of a soft tone, as phones record speech: Opus in Ogg, one channel."""
    octets = BytesIO()
    with av.open(octets, "w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=RATE, layout="mono")
        for start in range(0, NOTE_SECONDS * RATE, 960):
            wave = array("h", (int(6000 * math.sin(at * 440 * math.tau / RATE)) for at in range(start, start + 960)))
            frame = AudioFrame(format="s16", layout="mono", samples=960)
            frame.planes[0].update(wave.tobytes())
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return octets.getvalue()


def film() -> bytes:
    """Two seconds of H.264 in MP4."""
    octets = BytesIO()
    frame_of: Any = VideoFrame.from_image  # has no types of its own
    with av.open(octets, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for place in range(FILM_SECONDS * FRAMES_PER_SECOND):
            container.mux(stream.encode(frame_of(_loaf(SIDE, turn=place * 2))))
        container.mux(stream.encode(None))
    return octets.getvalue()
