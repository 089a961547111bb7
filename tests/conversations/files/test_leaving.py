"""Files operators send: made fit, handed over once, and their message goes only then; each way it can fail."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from conversations.files import claims, composing, leaving, moving, sending
from conversations.files.models import MediaFile
from conversations.inbox.day_window import WindowClosed
from conversations.models import Conversation, Message
from conversations.transport.health import number_alerts
from conversations.transport.models import NumberHealth, OutboxItem
from conversations.transport.providers.simulator.shelf import Thing
from conversations.transport.rules import media_rules
from conversations.transport.sending import checks
from conversations.transport.sending import claims as sends
from tenants.models import User
from tenants.storage import open_private
from tests.conversations.files import made
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery

pytestmark = pytest.mark.django_db
Attach = Callable[..., Message]


@pytest.fixture
def attach(graph: FakeGraph, thandi: Customer) -> Attach:
    """`attach(octets, "bread.jpg")`: an operator sends it into Thandi's thread."""
    thandi.says("hi")
    OutboxItem.objects.all().delete()
    user = User.objects.create_user("op@amber.example", name="Olu")

    def act(octets: bytes, name: str, claimed: str = "", text: str = "", request_id: str = "one") -> Message:
        return composing.send_staff_file(
            conversation_id=thandi.thread.pk,
            user_id=user.pk,
            upload=SimpleUploadedFile(name, octets, claimed or "application/octet-stream"),
            text=text,
            request_id=request_id,
        )

    return act


def kept_at_whatsapp(graph: FakeGraph) -> list[Thing]:
    return [thing for (kind, _key), thing in graph.shelf.things.items() if kind == "media"]


def row_of(message: Message) -> OutboxItem:
    return OutboxItem.objects.get(message_id=message.pk)


def due_now() -> None:
    past = timezone.now() - timedelta(hours=1)
    MediaFile.objects.update(next_at=past)
    OutboxItem.objects.update(next_at=past)


def test_a_picture_waits_until_it_was_handed_over_and_is_then_sent_by_its_id(
    graph: FakeGraph, attach: Attach, bakery: Bakery
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    message = attach(made.picture(size=(900, 600), exif=exif), "bread.jpg", text="Fresh today")
    file = MediaFile.objects.get()
    assert (message.kind, message.state, message.text) == ("image", "queued", "Fresh today")
    assert (file.state, file.direction, file.kind) == ("waiting", "out", "image")
    assert row_of(message).next_at > timezone.now() + timedelta(seconds=30)
    assert kept_at_whatsapp(graph) == []

    assert moving.move_one()
    file.refresh_from_db()
    message.refresh_from_db()
    (thing,) = kept_at_whatsapp(graph)
    assert (file.state, file.media_id, thing.data["mime_type"]) == ("ready", thing.key, "image/jpeg")
    assert b"where I live" not in thing.blob
    assert open_private(file.key).read() == thing.blob
    assert message.content["media_id"] == thing.key
    assert row_of(message).next_at <= timezone.now()
    assert file.thumb_key


def test_nothing_leaves_before_the_file_has(graph: FakeGraph, attach: Attach, bakery: Bakery) -> None:
    """Even a sender that looks too early sends nothing, and puts the message back."""
    message = attach(made.picture(), "bread.jpg")
    due_now()
    taken = sends.claim(number_ids=[bakery.number.pk], limit=5)
    assert [claim.message_id for claim in taken] == [message.pk]
    assert checks.prepare(taken) == checks.Prepared()
    row = row_of(message)
    assert (row.state, row.attempts) == ("queued", 0)
    moving.move_one()
    due_now()
    prepared = checks.prepare(sends.claim(number_ids=[bakery.number.pk], limit=5))
    assert prepared.decided == []
    assert prepared.ready[0][2]["image"] == {"id": kept_at_whatsapp(graph)[0].key}


@pytest.mark.parametrize(
    ("octets", "name", "claimed", "expected"),
    [
        (made.picture("WEBP"), "a.webp", "image/webp", ("image", "image/jpeg")),
        (made.picture("GIF", mode="P"), "a.gif", "image/gif", ("image", "image/jpeg")),
        (made.picture("PNG", mode="RGBA"), "a.png", "image/png", ("image", "image/png")),  # keeps what is see-through
        (made.picture("AVIF"), "a.avif", "image/avif", ("image", "image/jpeg")),
        (made.recording(0.5, box="webm"), "note.webm", "audio/webm", ("audio", "audio/ogg; codecs=opus")),
        (
            made.recording(0.5, box="wav", codec="pcm_s16le"),
            "note.wav",
            "audio/wav",
            ("audio", "audio/ogg; codecs=opus"),
        ),
        (made.recording(0.5), "note.ogg", "audio/ogg", ("audio", "audio/ogg; codecs=opus")),
        (made.recording(0.5, box="ipod", codec="aac"), "song.m4a", "audio/mp4", ("audio", "audio/mp4")),
        (made.film(1), "film.mp4", "video/mp4", ("video", "video/mp4")),
        (made.PDF, "bill.pdf", "application/pdf", ("document", "application/pdf")),
        (b"a,b\n1,2\n", "list.csv", "text/csv", ("document", "text/plain")),
    ],
    ids=lambda value: value if isinstance(value, str) else "octets",
)
def test_each_file_becomes_what_whatsapp_takes(
    graph: FakeGraph, attach: Attach, octets: bytes, name: str, claimed: str, expected: tuple[str, str]
) -> None:
    kind, mime_type = expected
    message = attach(octets, name, claimed)
    assert message.kind == kind
    moving.move_one()
    file = MediaFile.objects.get()
    assert (file.state, file.reason) == ("ready", "")
    (thing,) = kept_at_whatsapp(graph)
    assert thing.data["mime_type"] == mime_type
    if kind == "document":
        assert (message.content["filename"], thing.data["filename"]) == (name, name)
    if mime_type.startswith("audio/ogg"):
        assert message.content["voice"] is True
        assert thing.blob.startswith(b"OggS")


def test_a_recording_too_long_for_a_voice_note_leaves_as_a_sound_and_says_so(
    graph: FakeGraph, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = media_rules.table()
    assert table["voice_note"]["most_octets"] == 512 * 1024
    monkeypatch.setitem(table["voice_note"], "most_octets", 2000)
    message = attach(made.recording(2), "note.ogg", "audio/ogg")
    assert message.content["voice"] is True
    moving.move_one()
    message.refresh_from_db()
    file = MediaFile.objects.get()
    assert file.size > 2000
    assert (file.state, file.is_voice, "voice" in message.content) == ("ready", False, False)
    assert file.reason.startswith("WhatsApp shows no play button on a voice note above")
    assert message.content["media_id"] == file.media_id


@pytest.mark.parametrize(
    ("octets", "name", "sentence"),
    [
        (b"", "empty.jpg", "The file is empty."),
        (b"MZ\x90\0" + b"\0" * 60, "order.pdf", "This is a program; WhatsApp does not take it."),
        (
            b"<svg onload=alert(1)>",
            "logo.png",
            "This is a drawing that can carry a program; WhatsApp does not take it.",
        ),
        (b"<html><script>1</script>", "a.txt", "This is a web page; WhatsApp does not take it."),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo.jpg", "WhatsApp takes no HEIC pictures. Save it as JPEG"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "film.mp4", "WhatsApp takes MP4 videos only."),
        (b"PK\x03\x04" + b"\0" * 40, "all.zip", "WhatsApp takes pictures, MP4 videos, sounds, PDF"),
    ],
    ids=lambda value: value if isinstance(value, str) else "octets",
)
def test_what_whatsapp_does_not_take_is_refused_at_once_and_nothing_is_kept(
    attach: Attach, settings: Any, octets: bytes, name: str, sentence: str
) -> None:
    before = Message.objects.count()
    with pytest.raises(sending.CannotBeSent) as refusal:
        attach(octets, name)
    assert str(refusal.value).startswith(sentence)
    assert (Message.objects.count(), MediaFile.objects.count()) == (before, 0)
    assert list(Path(settings.MEDIA_ROOT).rglob("*.bin")) == []


def test_a_file_that_is_too_large_is_refused_with_both_figures() -> None:
    with pytest.raises(sending.CannotBeSent, match=r"^Videos may have 16 MB at most; this one has 40 MB\.$"):
        sending.plan_for("video/mp4", 40 * 1024 * 1024)


def test_a_closed_window_takes_no_file_and_keeps_none(attach: Attach, settings: Any) -> None:
    Conversation.objects.update(window_expires_at=timezone.now())
    with pytest.raises(WindowClosed):
        attach(made.picture(), "a.jpg")
    assert list(Path(settings.MEDIA_ROOT).rglob("*.bin")) == []


def test_the_same_request_again_sends_nothing_and_keeps_nothing(attach: Attach, settings: Any) -> None:
    first = attach(made.picture(), "a.jpg")
    assert attach(made.picture(), "a.jpg").pk == first.pk
    assert (MediaFile.objects.count(), len(list(Path(settings.MEDIA_ROOT).rglob("*.bin")))) == (1, 1)


def test_words_go_after_a_sound_because_it_has_no_caption(attach: Attach) -> None:
    message = attach(made.recording(0.3), "a.ogg", "audio/ogg", text="Listen!")
    words = Message.objects.get(dedupe_key="staff:one:2")
    assert (message.kind, words.text) == ("audio", "Listen!")
    assert row_of(message).pk < row_of(words).pk  # and the same line: it waits for the sound


def test_the_same_octets_are_handed_over_once_a_month(graph: FakeGraph, attach: Attach) -> None:
    attach(made.PDF, "menu.pdf")
    moving.move_one()
    attach(made.PDF, "menu.pdf", request_id="two")
    moving.move_one()
    first, second = MediaFile.objects.order_by("pk")
    assert (len(kept_at_whatsapp(graph)), second.media_id, second.state) == (1, first.media_id, "ready")
    MediaFile.objects.update(uploaded_at=timezone.now() - timedelta(days=29, minutes=1))
    attach(made.PDF, "menu.pdf", request_id="three")
    moving.move_one()
    assert len(kept_at_whatsapp(graph)) == 2


def test_a_crash_between_hand_over_and_commit_hands_over_again_and_sends_once(
    graph: FakeGraph, attach: Attach, bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = attach(made.picture(), "a.jpg")

    def crash(*_: Any, **__: Any) -> None:
        raise SystemExit  # as abrupt as a kill: nobody tidies up

    with monkeypatch.context() as patched:
        patched.setattr(leaving, "_ready", crash)
        with pytest.raises(SystemExit):
            moving.move_one()
    assert len(kept_at_whatsapp(graph)) == 1
    message.refresh_from_db()
    assert "media_id" not in message.content
    MediaFile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert moving.move_one()
    assert len(kept_at_whatsapp(graph)) == 2
    message.refresh_from_db()
    assert message.content["media_id"] == MediaFile.objects.get().media_id
    assert OutboxItem.objects.filter(message_id=message.pk).count() == 1


def test_a_file_meta_refuses_fails_its_message_with_a_sentence_and_lets_the_next_go(
    graph: FakeGraph, attach: Attach, bakery: Bakery
) -> None:
    message = attach(made.picture(), "a.jpg")
    graph.fail_next("media_code", code=131053)
    moving.move_one()
    file = MediaFile.objects.get()
    message.refresh_from_db()
    assert (file.state, message.state) == ("refused", "failed")
    assert message.error_text == file.reason
    assert message.error_text.startswith("WhatsApp refused the file: its kind, its size or its address.")
    assert row_of(message).state == "failed"


def test_while_whatsapp_is_away_it_is_tried_for_a_quarter_of_an_hour(graph: FakeGraph, attach: Attach) -> None:
    message = attach(made.picture(), "a.jpg")
    graph.fail_always("media_code", code=131016, status=503)
    tries = 0
    while MediaFile.objects.get().state == "waiting":
        due_now()
        assert moving.move_one()
        tries += 1
    message.refresh_from_db()
    assert (tries, MediaFile.objects.get().state, message.state) == (len(leaving.BACKOFF) + 1, "failed", "failed")


def test_a_refused_token_keeps_file_and_message_waiting(graph: FakeGraph, attach: Attach, bakery: Bakery) -> None:
    NumberHealth.objects.update_or_create(number_id=bakery.number.pk)
    message = attach(made.picture(), "a.jpg")
    graph.fail_next("media_code", code=190, status=401)
    moving.move_one()
    message.refresh_from_db()
    file = MediaFile.objects.get()
    assert (file.state, file.attempts, message.state, row_of(message).state) == ("waiting", 0, "queued", "queued")
    assert NumberHealth.objects.get(number_id=bakery.number.pk).breaker == "hard"
    assert [alert.kind for alert in number_alerts.unread_alerts(bakery.shop)] == ["token"]


def test_a_film_browsers_and_phones_cannot_play_is_refused(attach: Attach) -> None:
    message = attach(made.film(1, codec="mpeg4"), "film.mp4", "video/mp4")
    moving.move_one()
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("failed", leaving.NOT_PLAYABLE)


def test_a_broken_picture_fails_with_a_sentence(attach: Attach) -> None:
    message = attach(b"\xff\xd8\xff\xe0" + b"no picture" * 20, "a.jpg")
    moving.move_one()
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("failed", "The file is broken or not what it looks like.")


def test_a_large_photo_is_drawn_smaller(graph: FakeGraph, attach: Attach) -> None:
    attach(made.picture("JPEG", size=(5000, 4000)), "big.jpg")
    moving.move_one()
    shown = Image.open(BytesIO(kept_at_whatsapp(graph)[0].blob))
    assert max(shown.size) == 3200


def test_a_message_that_is_over_hands_nothing_over(graph: FakeGraph, attach: Attach) -> None:
    message = attach(made.picture(), "a.jpg")
    Message.objects.filter(pk=message.pk).update(state="cancelled")
    moving.move_one()
    assert (kept_at_whatsapp(graph), MediaFile.objects.get().state) == ([], "ready")
    assert claims.again(MediaFile.objects.get().pk) is None
