"""What a file is, by its octets. What somebody calls it decides nothing."""

import re
from typing import IO, Final

HEAD, TAIL = 64 * 1024, 64 * 1024
UNKNOWN: Final = "application/octet-stream"
# What a browser or a computer would run; such a file is not kept, whatever it is called.
HARMFUL: Final = {
    "text/html": "a web page",
    "image/svg+xml": "a drawing that can carry a program",
    "application/x-msdownload": "a program",
    "application/x-executable": "a program",
    "application/x-sh": "a program",
    "application/javascript": "a program",
    "application/vnd.android.package-archive": "a program",
}
PICTURES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")

# (offset, first octets, what it is); the first that fits wins.
_MARKS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (0, b"#!", "application/x-sh"),
)
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"F4A "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}
_OFFICE: Final = (
    (b"word/document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/presentation", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
)
_OLD_OFFICE: Final = (
    ("WordDocument".encode("utf-16-le"), "application/msword"),
    ("Workbook".encode("utf-16-le"), "application/vnd.ms-excel"),
    ("PowerPoint Document".encode("utf-16-le"), "application/vnd.ms-powerpoint"),
)
_OLD_ENDINGS: Final = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
_ACTIVE: Final = re.compile(
    rb"<!doctype\s+html|<html|<head|<body|<script|<iframe|<hta:|<meta\s|<img\s|<a\s+href|<object|<embed", re.IGNORECASE
)
_DRAWING: Final = re.compile(rb"<svg[\s>]|<!doctype\s+svg", re.IGNORECASE)
_SCRIPT_ENDINGS: Final = ("js", "mjs", "vbs", "hta", "bat", "cmd", "ps1", "jse", "wsf", "scr", "lnk", "reg", "sh")


def content_type_of(file: IO[bytes], *, filename: str = "") -> str:
    """The type of `file` by its beginning and end; the ending of its name only tells old office files apart."""
    file.seek(0)
    head = file.read(HEAD)
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    file.seek(0)
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    return _binary(head, tail, ending) or _words(head, tail, ending)


def _binary(head: bytes, tail: bytes, ending: str) -> str:
    for place, mark, name in _MARKS:
        if head[place:].startswith(mark) and (place == 0 or head.startswith(b"RIFF")):
            return name
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if head.startswith(b"PK\x03\x04"):
        return next((name for mark, name in _OFFICE if mark in head or mark in tail), "application/zip")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        known = next((name for mark, name in _OLD_OFFICE if mark in head or mark in tail), "")
        return known or _OLD_ENDINGS.get(ending, UNKNOWN)
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0xF6 == 0xF0 else "audio/mpeg"
    return ""


def _boxed(head: bytes) -> str:
    """An MP4 and its relatives, by their brands: the main one first, then those it claims to fit."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[place : place + 4] for place in range(16, size, 4))]
    if brands[0].startswith(b"3g"):
        return "video/3gpp"
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "video/mp4")


def _words(head: bytes, tail: bytes, ending: str) -> str:
    """Text, unless a browser or a computer would make more of it."""
    if _DRAWING.search(head):
        return "image/svg+xml"
    if _ACTIVE.search(head):
        return "text/html"
    if ending in _SCRIPT_ENDINGS:
        return "application/javascript"
    if not head or b"\x00" in head or b"\x00" in tail:
        return UNKNOWN
    try:
        # The piece may end in the middle of a sign.
        head.decode("utf-8") if len(head) < HEAD else head[:-4].decode("utf-8", "strict")
    except UnicodeDecodeError:
        return UNKNOWN
    return "text/plain"
