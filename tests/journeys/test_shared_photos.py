"""Codes in photos: how many are read, what is refused, and how the answer reaches the person's lane."""

import random
import sys
import time
from collections import Counter
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pytest
import qrcode
from django.utils import timezone
from PIL import Image

from conversations.directory import decoding, photos, reading
from conversations.directory.decoding import texts_in_picture
from conversations.directory.reading import codes_in_picture
from conversations.transport.models import InboxEvent
from conversations.transport.providers.base import MediaAnswer, MediaOutcome
from tenants.codes import PATTERN, codes_in
from tenants.models import DirectoryPhoto, QrCode, Shop, WhatsAppNumber
from tests.directory import distorted
from tests.journeys.shared import OnShared
from tests.journeys.test_shared_number import messages_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def thandi(shared: WhatsAppNumber) -> OnShared:
    return OnShared(shared)


def test_of_sixty_distorted_photos_at_least_95_percent_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    read: Counter[str] = Counter()
    slowest, began = 0.0, time.monotonic()
    drawn = list(distorted.photos())
    drawing_took = time.monotonic() - began
    for photo in drawn:
        started = time.monotonic()
        found = [code for text in texts_in_picture(photo.octets, PATTERN) for code in codes_in(text)]
        slowest = max(slowest, time.monotonic() - started)
        assert found in ([], [photo.code]), f"{photo.how}: read something else"
        read[photo.how] += found == [photo.code]
    with capsys.disabled():
        sys.stdout.write(
            f"\nread {read.total()} of {len(drawn)} (slowest {slowest:.2f} s, drawn in {drawing_took:.0f} s): {dict(read)}"
        )
    assert len(drawn) == 60
    assert read.total() >= 57


@pytest.mark.parametrize("octets", [b"", b"not a picture", b"\xff\xd8\xff\xe0" + bytes(300), b"GIF89a" + bytes(50)])
def test_what_is_no_picture_holds_no_code(octets: bytes) -> None:
    assert codes_in_picture(octets) == []


def test_a_picture_too_large_to_unpack_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    out = BytesIO()
    Image.new("1", (6400, 6400)).save(out, "PNG")
    opened: list[Any] = []
    monkeypatch.setattr(decoding, "_read", lambda view: opened.append(view) or [])
    assert texts_in_picture(out.getvalue(), PATTERN) == []
    assert opened == []


def test_a_picture_that_is_a_line_holds_no_code() -> None:
    out = BytesIO()
    Image.new("L", (60_000, 21)).save(out, "PNG")
    assert codes_in_picture(out.getvalue()) == []


def test_a_code_of_somebody_else_is_none_of_ours() -> None:
    out = BytesIO()
    qrcode.make("https://example.com/menu?table=4").save(out)
    assert codes_in_picture(out.getvalue()) == []


class Media:
    """What the provider has for us."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: list[MediaOutcome] = []
        self.asked: list[str] = []
        monkeypatch.setattr(photos, "provider", lambda _name: self)
        monkeypatch.setattr(photos, "_hint", lambda _photo_id: None)

    def fetch_media(self, line: object, media_id: str, *, into: IO[bytes], most: int) -> MediaAnswer:
        self.asked.append(media_id)
        if self.answers and (outcome := self.answers.pop(0)) is not MediaOutcome.DONE:
            return MediaAnswer(outcome)
        into.write(self.files[media_id])
        return MediaAnswer(MediaOutcome.DONE)


@pytest.fixture
def media(monkeypatch: pytest.MonkeyPatch) -> Media:
    return Media(monkeypatch)


def photo_of(code: QrCode) -> bytes:
    label = distorted._printed(code.code, random.Random(1))
    return distorted._jpeg(distorted._table(label, random.Random(2)))


def look(thandi: OnShared) -> str:
    for photo in DirectoryPhoto.objects.filter(state="new"):
        photos.look(photo.pk)
    thandi.internal_events()
    return thandi.sees()


def test_a_photo_of_a_code_opens_its_shop(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    media.files["m-1"] = photo_of(codes["blue"])
    assert thandi.sends(thandi.photo("m-1")) == ""
    assert "📍 Table 7\n\nThis is *Blue Gelato*." in look(thandi)
    assert thandi.shopper.shop == shops["blue"]
    assert thandi.shopper.waiting == []


def test_what_is_said_behind_a_photo_waits_for_it_and_keeps_its_order(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    thandi.says(codes["amber"].code)
    before = messages_in(shops["amber"])
    media.files["m-1"] = photo_of(codes["blue"])
    assert thandi.sends(thandi.photo("m-1"), {"type": "text", "text": {"body": "one"}}) == ""
    assert thandi.says("two") == ""
    look(thandi)
    assert messages_in(shops["blue"])[1:] == ["one", "two"]
    assert messages_in(shops["amber"]) == before


def test_a_photo_without_a_code_goes_to_the_shop_one_is_in(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    thandi.says(codes["amber"].code)
    out = BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "JPEG")
    media.files["m-1"] = out.getvalue()
    thandi.sends(thandi.photo("m-1"))
    look(thandi)
    assert len(messages_in(shops["amber"])) == 2
    assert thandi.shopper.state_data == {}


@pytest.mark.parametrize("outcome", [MediaOutcome.GONE, MediaOutcome.TOO_BIG, MediaOutcome.REFUSED, MediaOutcome.TOKEN])
def test_a_photo_that_cannot_be_had_holds_nothing_up(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
    outcome: MediaOutcome,
) -> None:
    thandi.says(codes["amber"].code)
    media.answers = [outcome]
    thandi.sends(thandi.photo("m-1"))
    look(thandi)
    assert len(messages_in(shops["amber"])) == 2


def test_a_fetch_that_may_work_later_is_tried_again_and_given_up_in_the_end(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    thandi.says(codes["amber"].code)
    media.answers = [MediaOutcome.LATER] * 3
    thandi.sends(thandi.photo("m-1"))
    (photo,) = DirectoryPhoto.objects.all()
    assert photos.look(photo.pk) is False
    assert photos.look_again(timezone.now()) == 0, "too early"
    assert photos.look_again(timezone.now() + timedelta(seconds=12)) == 1
    assert DirectoryPhoto.objects.get().state == "new"
    assert photos.look_again(timezone.now() + timedelta(seconds=40)) == 1
    thandi.internal_events()
    assert len(messages_in(shops["amber"])) == 2


def test_a_look_told_before_pictures_had_an_id_of_their_own_is_understood(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    thandi.sends(thandi.photo("m-1"))
    (photo,) = DirectoryPhoto.objects.all()
    told = {"type": "photo_looked_at", "shopper_id": photo.shopper_id, "wamid": photo.wamid}
    thandi.handle([("internal", f"photo:{photo.pk}", {**told, "codes": [codes["blue"].code]})])
    assert thandi.shopper.shop == shops["blue"]


def test_a_lost_look_never_silences_a_person(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    thandi.says(codes["amber"].code)
    thandi.sends(thandi.photo("m-1"))
    shopper = thandi.shopper
    shopper.waiting_since = timezone.now() - timedelta(minutes=2)
    shopper.save()
    assert "[≡ Open menu]" in thandi.says("menu")
    assert len(messages_in(shops["amber"])) == 3
    media.files["m-1"] = photo_of(codes["blue"])
    assert look(thandi) == "", "the look came too late and changes nothing"


@pytest.fixture(
    params=["os.kill(os.getpid(), signal.SIGSEGV)", "time.sleep(60)", "read['bound'](); bytearray(3 << 30)"],
    ids=["it crashes", "it never ends", "it takes all memory"],
)
def harmed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What harms the decoder at the end of a picture; for every other it is the real one, in its real process."""
    script = tmp_path / "decoding.py"
    script.write_text(
        f"import io, os, runpy, signal, sys, time\n"
        f"read = runpy.run_path({decoding.__file__!r})\n"
        f"octets = sys.stdin.buffer.read()\n"
        f"if octets.endswith(b'HARM'): {request.param}\n"
        f"sys.stdin = io.TextIOWrapper(io.BytesIO(octets))\n"
        f"sys.exit(read['main'](sys.argv[1:]))\n"
    )
    monkeypatch.setattr(reading, "_SCRIPT", script)
    monkeypatch.setattr(reading, "PATIENCE_SECONDS", 8)
    return b"HARM"


def test_a_picture_that_kills_its_reader_is_told_without_a_code_and_the_next_one_is_read(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared, media: Media, harmed: bytes
) -> None:
    zola = OnShared(thandi.number, name="Zola", phone="27829999999")
    thandi.says(codes["amber"].code)
    media.files = {"m-1": photo_of(codes["blue"]) + harmed, "m-2": photo_of(codes["blue"])}
    thandi.sends(thandi.photo("m-1")), zola.sends(zola.photo("m-2"))
    assert photos.look_again(timezone.now() + timedelta(seconds=12)) == 2
    thandi.internal_events(), zola.internal_events()
    assert not DirectoryPhoto.objects.filter(state="new").exists()
    assert (thandi.shopper.shop, zola.shopper.shop) == (shops["amber"], shops["blue"])


def test_a_picture_that_cannot_be_looked_at_leaves_the_others_alone_and_is_given_up(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared, media: Media
) -> None:
    zola = OnShared(thandi.number, name="Zola", phone="27829999999")
    thandi.says(codes["amber"].code)
    media.files = {"m-2": photo_of(codes["blue"])}  # the other one raises
    thandi.sends(thandi.photo("m-1")), zola.sends(zola.photo("m-2"))
    assert photos.look_again(timezone.now() + timedelta(seconds=12)) == 2
    zola.internal_events()
    assert zola.shopper.shop == shops["blue"]
    assert DirectoryPhoto.objects.get(state="new").shopper == thandi.shopper
    assert photos.look_again(timezone.now() + timedelta(seconds=40)) == 1
    thandi.internal_events()
    assert len(messages_in(shops["amber"])) == 2


def test_a_picture_of_long_ago_is_not_even_fetched(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared, media: Media
) -> None:
    thandi.says(codes["amber"].code)
    thandi.sends(thandi.photo("m-1"))
    assert photos.look_again(timezone.now() + timedelta(minutes=11)) == 1
    assert (media.asked, DirectoryPhoto.objects.get().state) == ([], "told")


def test_a_look_twice_at_once_is_told_once(
    shops: dict[str, Shop],
    codes: dict[str, QrCode],
    thandi: OnShared,
    media: Media,
) -> None:
    media.files["m-1"] = photo_of(codes["blue"])
    thandi.sends(thandi.photo("m-1"))
    (photo,) = DirectoryPhoto.objects.all()
    first, second = DirectoryPhoto.objects.get(), DirectoryPhoto.objects.get()
    photos._tell(first, [codes["blue"].code])
    photos._tell(second, [])
    assert InboxEvent.objects.filter(kind="internal").count() == 1
    assert photos.look(photo.pk) is True
    assert media.asked == []
