"""Files made for tests: honest ones of every kind, drawn and recorded here."""

import array
import math
import struct
import zlib
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "teal").save(out, kind, **options)
    return out.getvalue()


def moving_sticker(frames: int = 4) -> bytes:
    out = BytesIO()
    drawn = [Image.new("RGBA", (128, 128), (40 * n % 255, 90, 10, 255)) for n in range(frames)]
    drawn[0].save(out, "WEBP", save_all=True, append_images=drawn[1:], duration=60)
    return out.getvalue()


def recording(seconds: float = 1.0, *, box: str = "ogg", codec: str = "libopus", rate: int = 48_000) -> bytes:
    """A tone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"tone.{box}"
        with av.open(str(path), "w", format=box) as made:
            stream: Any = made.add_stream(codec, rate=rate, layout="mono")
            count = int(rate * seconds)
            frame = av.AudioFrame(format="s16", layout="mono", samples=count)
            frame.sample_rate = rate
            wave = array.array("h", (int(9000 * math.sin(n * 440 * math.tau / rate)) for n in range(count)))
            frame.planes[0].update(wave.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            fifo, fit = av.AudioFifo(), av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
            for each in fit.resample(frame):
                each.pts = None
                fifo.write(each)
            size = stream.codec_context.frame_size or 1024
            while fifo.samples:
                made.mux(stream.encode(fifo.read(min(size, fifo.samples), partial=True)))
            made.mux(stream.encode(None))
        return path.read_bytes()


def film(seconds: int = 2, *, codec: str = "libx264", box: str = "mp4") -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"film.{box}"
        with av.open(str(path), "w", format=box) as made:
            stream: Any = made.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
            for n in range(seconds * 10):
                made.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (160, 120), (n * 9 % 255, 70, 90)))))
            made.mux(stream.encode(None))
        return path.read_bytes()


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def huge_png(side: int = 30_000) -> bytes:
    """A PNG that says it is `side` pixels wide and high, in a few kilobytes."""
    row = zlib.compress(b"\0" * (side + 1) * 8, 9)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def endless_gif(frames: int = 10_000) -> bytes:
    """A GIF of so many tiny pictures."""
    head = b"GIF89a" + struct.pack("<HH", 4, 4) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c\0\0\0\0\4\0\4\0\0" + b"\x02\x05\x84\x51\x0a\x05\x05\x00"[:8] + b"\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x02\x03\x84\x11\x05\x00"
    return head + frame * frames + b"\x3b"
