"""Files that lie, hide or explode: none is shown as what it is not, and no worker feels them."""

import struct
import time
from collections.abc import Callable

import pytest

from conversations.files import moving, sniffing
from conversations.files.models import MediaFile
from tests.conversations.files import made
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db
Fetch = Callable[..., MediaFile]
JS = b"/*<script>alert(document.cookie)</script>*/alert(1)//"
HTML = b"<!DOCTYPE html><html><body onload=alert(1)>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def trailing(octets: bytes) -> bytes:
    return octets + HTML + JS


def commented_jpeg() -> bytes:
    """A JPEG with a script in its comment."""
    jpeg = made.picture()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(JS) + 2) + JS + jpeg[2:]


# name, octets, what WhatsApp claims, kind, expected state, expected form
CORPUS = [
    ("html as pdf", HTML, "application/pdf", "document", "refused", ""),
    ("html as jpg", HTML, "image/jpeg", "image", "refused", ""),
    ("html after blanks", b" \n\t" * 400 + HTML, "text/plain", "document", "refused", ""),
    ("html without doctype", b"hello <SCRIPT src=//evil>", "text/plain", "document", "refused", ""),
    ("svg as svg", SVG, "image/svg+xml", "document", "refused", ""),
    ("svg as jpg", SVG, "image/jpeg", "image", "refused", ""),
    ("svg as sticker", SVG, "image/webp", "sticker", "refused", ""),
    ("svg behind a comment", b"<!--" + b"x" * 5000 + b"-->" + SVG, "image/png", "image", "refused", ""),
    ("hta", b"<hta:application id=x><script>1</script>", "application/hta", "document", "refused", ""),
    ("iframe", b"<iframe src=javascript:alert(1)>", "text/plain", "document", "refused", ""),
    ("program as pdf", b"MZ\x90\0" + b"\0" * 200, "application/pdf", "document", "refused", ""),
    ("elf", b"\x7fELF" + b"\0" * 200, "application/octet-stream", "document", "refused", ""),
    ("shell script", b"#!/bin/sh\nrm -rf /\n", "text/plain", "document", "refused", ""),
    ("android package", b"PK\x03\x04" + b"\0" * 22 + b"AndroidManifest.xml", "application/zip", "document", "refused", ""),
    ("gif with script", b"GIF89a/*" + JS + b"*/=1;", "image/gif", "image", "ready", "document"),
    ("jpeg then html", trailing(made.picture()), "image/jpeg", "image", "ready", "picture"),
    ("png then html", trailing(made.picture("PNG")), "image/png", "image", "ready", "picture"),
    ("webp then html", trailing(made.picture("WEBP")), "image/webp", "sticker", "ready", "sticker"),
    ("moving webp then html", trailing(made.moving_sticker()), "image/webp", "sticker", "ready", "sticker"),
    ("jpeg with a script inside", commented_jpeg(), "image/jpeg", "image", "ready", "picture"),
    ("pdf and zip", made.PDF + b"PK\x03\x04" + HTML, "application/pdf", "document", "ready", "document"),
    ("half a jpeg", made.picture(size=(900, 900))[:300], "image/jpeg", "image", "ready", "document"),
    ("a head and nothing", b"\xff\xd8\xff\xe0", "image/jpeg", "image", "ready", "document"),
    ("broken exif", made.picture()[:2] + b"\xff\xe1\x00\x20Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 16 + made.picture()[2:],
     "image/jpeg", "image", "ready", "picture"),
    ("playlist as video", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "video/mp4", "video", "ready", "document"),
    ("list of files as sound", b"ffconcat version 1.0\nfile /etc/passwd\n", "audio/ogg", "audio", "ready", "document"),
    ("a box with nothing in it", b"\0\0\0\x14ftypisom\0\0\0\0isom", "video/mp4", "video", "ready", "document"),
    ("noise as sound", b"OggS" + bytes(range(256)) * 8, "audio/ogg", "audio", "ready", "document"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("octets", "claimed", "kind", "ends"), [(*row[1:4], row[4:]) for row in CORPUS], ids=[row[0] for row in CORPUS]
)
def test_a_lying_file_is_refused_or_only_downloaded(
    graph: FakeGraph, fetch: Fetch, octets: bytes, claimed: str, kind: str, ends: tuple[str, str]
) -> None:
    state, form = ends
    file = fetch(octets, claimed, kind=kind)
    assert (file.state, file.shown_as if state == "ready" else "") == (state, form)
    if state == "refused":
        assert (file.key, file.shown_key, file.thumb_key) == ("", "", "")
        assert "so it was not kept" in file.reason
    for key in filter(None, (file.shown_key, file.thumb_key)):
        from tenants.storage import open_private

        assert b"alert" not in open_private(key).read()
    if form == "document":
        assert (file.shown_key, file.thumb_key) == ("", "")


@pytest.mark.parametrize(
    ("octets", "claimed", "kind"),
    [
        (made.huge_png(), "image/png", "image"),
        (made.endless_gif(), "image/gif", "image"),
        (made.moving_sticker(frames=320), "image/webp", "sticker"),
    ],
    ids=["30,000 by 30,000 pixels", "10,000 pictures", "320 frames"],
)
def test_a_bomb_is_refused_within_two_seconds_and_the_worker_goes_on(
    graph: FakeGraph, receive: Fetch, octets: bytes, claimed: str, kind: str
) -> None:
    file = receive(octets, claimed, kind=kind)
    after = receive(made.picture(), "image/jpeg")
    started = time.monotonic()
    assert moving.move_one()
    took = time.monotonic() - started
    file.refresh_from_db()
    assert (file.state, file.key) == ("refused", "")
    assert file.reason.startswith("The file is too large to be opened safely")
    assert took < 2, f"{took:.1f} s"
    assert moving.move_one()
    after.refresh_from_db()
    assert after.state == "ready"


def test_what_would_run_is_known_wherever_it_hides() -> None:
    from io import BytesIO

    assert sniffing.content_type_of(BytesIO(b"var x = 1"), filename="x.JS") == "application/javascript"
    assert sniffing.content_type_of(BytesIO(b"plain words"), filename="x.txt") == "text/plain"
    assert sniffing.content_type_of(BytesIO(b"\x00\x01\x02")) == "application/octet-stream"
