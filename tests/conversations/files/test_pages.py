"""Files on pages: who gets them, how they are sealed, ranges for players, attaching and trying again."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.files import moving
from conversations.files.models import MediaFile
from conversations.models import Message
from tenants.models import Role, Shop
from tenants.storage import keep_private
from tests.conversations.files import made
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer

pytestmark = pytest.mark.django_db
Fetch = Callable[..., MediaFile]
HTMX = {"HX-Request": "true"}


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_picture_is_shown_sealed_and_its_original_only_downloaded(
    agent: Client, graph: FakeGraph, fetch: Fetch
) -> None:
    photo = made.picture(size=(900, 600))
    file = fetch(photo, "image/jpeg", caption="this one")
    page = agent.get(f"/inbox/{file.message.conversation_id}/").content.decode()
    assert f'src="/inbox/files/{file.pk}/thumb/"' in page
    thumb = agent.get(f"/inbox/files/{file.pk}/thumb/")
    assert (thumb.status_code, thumb["Content-Type"]) == (200, "image/webp")
    original = agent.get(f"/inbox/files/{file.pk}/original/")
    assert body_of(original) == photo
    assert original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"].startswith("attachment;")
    for answer in (thumb, original):
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, max-age=300"


def test_a_stranger_and_the_other_shop_get_nothing(
    agent: Client, graph: FakeGraph, fetch: Fetch, client_of: Callable[..., Client], shop: Shop, blue: Shop
) -> None:
    file = fetch(made.picture(), "image/jpeg")
    path = f"/inbox/files/{file.pk}/thumb/"
    assert Client(HTTP_HOST=shop.host).get(path).status_code == 302
    assert client_of(blue, Role.ADMIN).get(path).status_code == 404
    assert agent.get(path, headers={"host": blue.host}).status_code == 302


def test_private_files_have_no_public_address(graph: FakeGraph, fetch: Fetch, shop: Shop) -> None:
    file = fetch(made.picture(), "image/jpeg")
    folder, _, name = file.thumb_key.rpartition("/")
    assert folder == f"{shop.uuid}/private"
    browser = Client(HTTP_HOST=shop.host)
    for path in (
        f"{file.thumb_key}",
        f"{shop.uuid}/{name}",
        f"{shop.uuid}/private%2F{name}",
        f"{shop.uuid}/..%2F{name}",
    ):
        assert browser.get(f"/files/{path}").status_code == 404, path
    assert default_storage.exists(file.thumb_key)


@pytest.mark.parametrize("form", ["", "key", "../original", "shown", "Original", "pk"])
def test_a_form_that_is_not_there_is_not_found(agent: Client, graph: FakeGraph, fetch: Fetch, form: str) -> None:
    file = fetch(made.PDF, "application/pdf", kind="document", filename="a.pdf")
    assert agent.get(f"/inbox/files/{file.pk}/{form}/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "came"),
    [
        ("bytes=0-3", 206, ("bytes 0-3/10", b"0123")),
        ("bytes=4-", 206, ("bytes 4-9/10", b"456789")),
        ("bytes=-2", 206, ("bytes 8-9/10", b"89")),
        ("bytes=8-99", 206, ("bytes 8-9/10", b"89")),
        ("bytes=10-", 416, ("bytes */10", b"")),
        ("bytes=5-2", 416, ("bytes */10", b"")),
        ("bytes=-0", 416, ("bytes */10", b"")),
        ("bytes=0-1,3-4", 200, ("", b"0123456789")),
        ("items=0-1", 200, ("", b"0123456789")),
        ("", 200, ("", b"0123456789")),
    ],
)
def test_players_get_the_range_they_ask_for(
    agent: Client, graph: FakeGraph, fetch: Fetch, asked: str, status: int, came: tuple[str, bytes]
) -> None:
    said, octets = came
    file = fetch(made.recording(0.2), "audio/ogg", kind="audio", voice=True)
    MediaFile.objects.filter(pk=file.pk).update(shown_key=keep_private(BytesIO(b"0123456789"), ending="m4a"))
    answer = agent.get(f"/inbox/files/{file.pk}/shown/", headers={"range": asked, "accept-encoding": "gzip"})
    assert (answer.status_code, answer.headers.get("Content-Range", ""), body_of(answer)) == (status, said, octets)
    if status != 416:
        assert (answer["Content-Type"], answer["Content-Length"]) == ("audio/mp4", str(len(octets)))


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("waiting", "", "Still loading"),
        ("too_big", "The file is too big: 120 MB; WhatsApp's limit is 100 MB.", "120 MB"),
        ("missing", "WhatsApp no longer has this file.", "no longer has this file"),
        ("failed", "The file could not be fetched, though we tried 8 times.", "we tried 8 times"),
        ("refused", "This is a web page, which can do harm, so it was not kept.", "a web page"),
    ],
)
def test_the_bubble_says_what_is_with_the_file(
    agent: Client, graph: FakeGraph, receive: Fetch, state: str, reason: str, words: str
) -> None:
    file = receive(made.picture(), "image/jpeg")
    MediaFile.objects.filter(pk=file.pk).update(state=state, reason=reason)
    page = agent.get(f"/inbox/{file.message.conversation_id}/log/", headers=HTMX).content.decode()
    assert words in page
    assert (f"/inbox/files/{file.pk}/again/" in page) is (state == "failed")
    assert agent.get(f"/inbox/files/{file.pk}/thumb/").status_code == 404


def test_trying_again_puts_the_file_back(agent: Client, graph: FakeGraph, receive: Fetch) -> None:
    file = receive(made.picture(), "image/jpeg")
    MediaFile.objects.filter(pk=file.pk).update(state="failed", attempts=8, reason="no")
    answer = agent.post(f"/inbox/files/{file.pk}/again/", headers=HTMX)
    assert answer.status_code == 200
    assert moving.move_one()
    file.refresh_from_db()
    assert file.state == "ready"
    agent.post(f"/inbox/files/{file.pk}/again/")
    file.refresh_from_db()
    assert file.state == "ready"


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["with htmx", "without scripts"])
def test_an_operator_attaches_a_picture(
    agent: Client, graph: FakeGraph, thandi: Customer, headers: dict[str, str]
) -> None:
    thandi.says("hi")
    upload = SimpleUploadedFile("bread.png", made.picture("PNG"), "image/png")
    about = {"file": upload, "text": "Fresh", "request_id": "r1"}
    answer = agent.post(f"/inbox/{thandi.thread.pk}/send/", about, headers=headers)
    assert answer.status_code == (200 if headers else 302)
    message = Message.objects.get(author="staff")
    assert (message.kind, message.text, message.state) == ("image", "Fresh", "queued")
    page = agent.get(f"/inbox/{thandi.thread.pk}/").content.decode()
    assert "Being handed to WhatsApp" in page


def test_a_refused_file_says_why_above_the_composer(agent: Client, graph: FakeGraph, thandi: Customer) -> None:
    thandi.says("hi")
    upload = SimpleUploadedFile("x.jpg", b"MZ" + b"\0" * 80, "image/jpeg")
    answer = agent.post(f"/inbox/{thandi.thread.pk}/send/", {"file": upload, "request_id": "r1"}, headers=HTMX)
    assert answer.status_code == 422
    assert "This is a program; WhatsApp does not take it." in answer.content.decode()
    assert not Message.objects.filter(author="staff").exists()


def test_a_file_that_could_not_leave_is_tried_again_with_its_message(
    agent: Client, graph: FakeGraph, thandi: Customer
) -> None:
    thandi.says("hi")
    upload = SimpleUploadedFile("bread.jpg", made.picture(), "image/jpeg")
    agent.post(f"/inbox/{thandi.thread.pk}/send/", {"file": upload, "request_id": "r1"}, headers=HTMX)
    file = MediaFile.objects.get()
    MediaFile.objects.update(attempts=9)
    graph.fail_always("media_code", code=131016, status=503)
    moving.move_one()
    message = Message.objects.get(author="staff")
    assert (message.state, MediaFile.objects.get().state) == ("failed", "failed")
    graph.heal()
    assert agent.post(f"/inbox/files/{file.pk}/again/", headers=HTMX).status_code == 200
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("queued", "")
    assert moving.move_one()
    message.refresh_from_db()
    assert message.content["media_id"] == MediaFile.objects.get().media_id != ""
