"""A stranger's file worked on in a process of its own: what it costs, and what it breaks, ends with it.

`python workshop.py <work> <file> <folder>` writes what it made into the folder and tells of it in JSON. It imports
nothing of ShopMe. The works: `picture`, `sticker`, `sound`, `film` make what a browser may show of a file that came;
`jpeg`, `voice` make what WhatsApp takes of a file that shall leave.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

MAX_PIXELS = 40_000_000
MAX_FRAMES = 300
SHOWN_SIDE, THUMB_SIDE = 1600, 480
LONGEST_SECONDS = 3 * 3600
OCTETS = 1024 * 1024 * 1024
CPU_SECONDS = 40
MOST_WRITTEN = 110 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# What the exit says to whoever asked.
UNREADABLE, TOO_LARGE = 3, 4
# How the boxes of recordings begin, and what the library calls them.
_BOXES = (
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mp4"),
    (0, b"#!AMR", "amr"),
    (0, b"ID3", "mp3"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"WAVE", "wav"),
    (0, b"fLaC", "flac"),
)
Json = dict[str, Any]


class TooLarge(Exception):
    """More pixels, frames or hours than anybody needs."""


def picture(source: Path, folder: Path) -> Json:
    """A picture drawn anew, upright and without metadata: one to look at, and a small one."""
    drawn, width, height = _drawn(source)
    has_alpha = drawn.mode == "RGBA"
    shown = _shrunk(drawn, SHOWN_SIDE)
    shown.save(folder / ("shown.webp" if has_alpha else "shown.jpg"), "WEBP" if has_alpha else "JPEG", quality=85)
    _shrunk(shown, THUMB_SIDE).save(folder / "thumb.webp", "WEBP", quality=78)
    return {"width": width, "height": height}


def sticker(source: Path, folder: Path) -> Json:
    """A sticker stays WebP: one that stands still is drawn anew, one that moves is looked through chunk by chunk."""
    drawn, width, height = _drawn(source)
    octets = source.read_bytes()
    if b"ANIM" in octets[:64] and _is_clean_webp(octets):
        (folder / "shown.webp").write_bytes(octets)
    else:
        _shrunk(drawn, 512).save(folder / "shown.webp", "WEBP", quality=90)
    _shrunk(drawn, THUMB_SIDE).save(folder / "thumb.webp", "WEBP", quality=80)
    return {"width": width, "height": height}


def _drawn(source: Path) -> tuple[Any, int, int]:
    """The first frame, upright, as RGB or RGBA, and its true size."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - each work loads what it needs

    found = Image.open(source, formats=FORMATS)
    if found.width * found.height > MAX_PIXELS or found.width < 1 or found.height < 1:
        raise TooLarge
    _refuse_many_frames(found)
    found.draft("RGB", (SHOWN_SIDE * 2, SHOWN_SIDE * 2))
    width, height = found.size
    upright = ImageOps.exif_transpose(found)
    is_turned = (upright.width > upright.height) is not (found.width > found.height)
    clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain = Image.new(clean.mode, clean.size)
    plain.paste(clean)
    return plain, *((height, width) if is_turned else (width, height))


def _refuse_many_frames(found: Any) -> None:
    """Count frames no further than allowed: a format that says how many it has is believed, another is leafed through."""
    if not getattr(found, "is_animated", False):
        return
    if found.format == "WEBP":
        if found.n_frames > MAX_FRAMES:
            raise TooLarge
        return
    try:
        found.seek(MAX_FRAMES)
    except EOFError:
        found.seek(0)
        return
    raise TooLarge


def _shrunk(drawn: Any, side: int) -> Any:
    from PIL import Image  # noqa: PLC0415

    smaller = drawn.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    return smaller


_WEBP_CHUNKS = (b"VP8X", b"ANIM", b"ANMF", b"VP8 ", b"VP8L", b"ALPH")


def _is_clean_webp(octets: bytes) -> bool:
    """Whether the file is nothing but the chunks of a picture, to its last octet."""
    if len(octets) < 12 or int.from_bytes(octets[4:8], "little") + 8 != len(octets):
        return False
    place = 12
    while place + 8 <= len(octets):
        if octets[place : place + 4] not in _WEBP_CHUNKS:
            return False
        size = int.from_bytes(octets[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return place == len(octets)


def sound(source: Path, folder: Path) -> Json:
    """A recording as AAC in an MP4 box, which every browser plays, and how loud it is along the way."""
    return _converted(source, folder / "shown.m4a", box="ipod", codec="aac", rate=44_100, octets_a_second=64_000)


def voice(source: Path, folder: Path) -> Json:
    """A recording as WhatsApp wants a voice note: Opus in Ogg, one channel."""
    return _converted(source, folder / "sent.ogg", box="ogg", codec="libopus", rate=48_000, octets_a_second=24_000)


def _converted(source: Path, target: Path, *, box: str, codec: str, rate: int, octets_a_second: int) -> Json:
    import av  # noqa: PLC0415

    with _opened(source) as came, av.open(str(target), "w", format=box) as made:
        if not came.streams.audio:
            raise ValueError("no sound in it")
        stream: Any = made.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = octets_a_second
        loudness = Loudness(rate)
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        fitting = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        fifo = av.AudioFifo()
        for frame in _each(came.decode(came.streams.audio[0]), resampler):
            loudness.hear(frame)
            for fit in fitting.resample(frame):
                fit.pts = None
                fifo.write(fit)
            _encode(made, stream, fifo, is_end=False)
        _encode(made, stream, fifo, is_end=True)
        made.mux(stream.encode(None))
    if not loudness.samples:
        raise ValueError("no sound in it")
    return {"milliseconds": loudness.samples * 1000 // rate, "loudness": loudness.bars()}


def _each(frames: Iterable[Any], resampler: Any) -> Iterator[Any]:
    """What decodes, in one form; a recording that breaks off is played as far as it goes."""
    import av  # noqa: PLC0415

    heard = 0.0
    try:
        for frame in frames:
            heard += frame.samples / (frame.sample_rate or 1)
            if heard > LONGEST_SECONDS:
                raise TooLarge
            frame.pts = None
            yield from resampler.resample(frame)
    except av.error.InvalidDataError:
        if not heard:
            raise


def _encode(made: Any, stream: Any, fifo: Any, *, is_end: bool) -> None:
    size = stream.codec_context.frame_size or 1024
    while fifo.samples >= size or (is_end and fifo.samples):
        made.mux(stream.encode(fifo.read(min(size, fifo.samples), partial=is_end)))


class Loudness:
    """The height of a recording's bars: its loudest samples, a tenth of a second or less at a time, gathered into `BARS`."""

    BARS = 48

    def __init__(self, rate: int) -> None:
        self.samples = 0
        self._step = rate // 10
        self._peaks: list[int] = []

    def hear(self, frame: Any) -> None:
        values = memoryview(bytes(frame.planes[0])[: frame.samples * 2]).cast("h")
        for start in range(0, len(values), self._step):
            part = values[start : start + self._step : 16]
            self._peaks.append(max(map(abs, part), default=0))
        self.samples += frame.samples

    def bars(self) -> list[int]:
        """0 to 100 each, the loudest 100."""
        count = min(self.BARS, len(self._peaks))
        edges = [place * len(self._peaks) // count for place in range(count + 1)]
        bars = [max(self._peaks[edges[n] : edges[n + 1]]) for n in range(count)]
        most = max(bars) or 1
        return [bar * 100 // most for bar in bars]


def film(source: Path, folder: Path) -> Json:
    """A film's size, length and first picture; whether browsers play it as it is."""
    with _opened(source) as came:
        stream: Any = came.streams.video[0] if came.streams.video else None
        if stream is None:
            raise ValueError("no picture in it")
        if stream.width * stream.height > MAX_PIXELS:
            raise TooLarge
        poster = next(came.decode(stream)).to_image().convert("RGB")
        codecs = {each.codec_context.name for each in came.streams if each.type in ("video", "audio")}
        length = int((came.duration or 0) / 1000)
    _shrunk(poster, THUMB_SIDE * 2).save(folder / "thumb.webp", "WEBP", quality=78)
    is_playable = codecs <= {"h264", "aac", "mp3"} and "mp4" in came.format.name
    return {"width": stream.width, "height": stream.height, "milliseconds": length, "is_playable": is_playable}


def _opened(source: Path) -> Any:
    """The recording, read as what its first octets say: what names other files (playlists and their like) is no recording."""
    import av  # noqa: PLC0415

    with source.open("rb") as file:
        head = file.read(16)
    box = next((name for place, mark, name in _BOXES if head[place:].startswith(mark)), "")
    if not box and len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        box = "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    if not box:
        raise ValueError("no recording")
    return av.open(str(source), format=box, options={"protocol_whitelist": "file"}, metadata_errors="ignore")


def jpeg(source: Path, folder: Path) -> Json:
    """A picture as WhatsApp takes it: a JPEG, or a PNG where it is see-through."""
    drawn, width, height = _drawn(source)
    if drawn.mode == "RGBA":
        _shrunk(drawn, SHOWN_SIDE).save(folder / "sent.png", "PNG", optimize=True)
    else:
        _shrunk(drawn, SHOWN_SIDE * 2).save(folder / "sent.jpg", "JPEG", quality=88, optimize=True)
    return {"width": width, "height": height}


WORKS: dict[str, Callable[[Path, Path], Json]] = {
    "picture": picture,
    "sticker": sticker,
    "sound": sound,
    "film": film,
    "jpeg": jpeg,
    "voice": voice,
}


def main(words: list[str]) -> int:
    """Do one work within bounds of memory, time and disk."""
    resource.setrlimit(resource.RLIMIT_AS, (OCTETS, OCTETS))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    work, source, folder = words
    try:
        made = WORKS[work](Path(source), Path(folder))
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception as problem:
        # Whatever a stranger's file provokes; its name goes to the log.
        if type(problem).__name__ == "DecompressionBombError":
            return TOO_LARGE
        sys.stderr.write(f"{type(problem).__name__}\n")
        return UNREADABLE
    sys.stdout.write(json.dumps(made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
