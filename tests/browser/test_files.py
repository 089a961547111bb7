"""Files in a real browser: a photo and a voice note come from the phone, a picture goes back; how every state looks."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import BrowserContext, Page, Route, expect

from conversations.files import moving
from conversations.files.models import MediaFile
from conversations.models import Conversation, Message
from tenants.context import inside
from tenants.models import Role, Shop
from tests.browser.conftest import Server
from tests.browser.furnished import Furnished, furnish
from tests.browser.looking import Stop, watch
from tests.browser.test_inbox_and_simulator import busy_thread
from tests.conversations.files import made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Walk = Callable[..., None]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def furnished(amber: Shop, media: None) -> Furnished:
    return furnish(amber)


@pytest.fixture
def movers(furnished: Furnished) -> Iterator[None]:
    """What the worker's task does, again and again."""
    stop = threading.Event()

    def run() -> None:
        try:
            while not stop.wait(0.1):
                with inside(furnished.shop):
                    while moving.move_one():
                        pass
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(10)


def send_from_phone(page: Page, path: Path) -> None:
    page.set_input_files("[id^=phone-form] input[type=file]", str(path))


def test_a_photo_and_a_voice_note_come_and_a_picture_goes_back(
    furnished: Furnished,
    context_of: Callable[..., BrowserContext],
    server: Server,
    lanes: None,
    movers: None,
    tmp_path: Path,
) -> None:
    photo, note, answer = tmp_path / "cake.jpg", tmp_path / "note.ogg", tmp_path / "bread.png"
    photo.write_bytes(made.picture(size=(640, 480)))
    note.write_bytes(made.recording(2.0))
    answer.write_bytes(made.picture("PNG", size=(300, 200)))
    context = context_of(furnished.shop, Role.AGENT)
    phone, inbox = context.new_page(), context.new_page()
    complaints = watch(phone) + watch(inbox)
    phone.goto(server.url(furnished.shop, "/simulator/?phone=12025550142"))
    send_from_phone(phone, photo)
    expect(phone.locator("img[alt='Photo you sent']")).to_be_visible()
    send_from_phone(phone, note)
    expect(phone.locator("audio")).to_have_count(1)
    expect(phone.locator(".pb-in:not(.typing)").last).to_contain_text("voice notes")

    with inside(furnished.shop):
        thread = Conversation.objects.get(customer__phone="+12025550142")
    inbox.goto(server.url(furnished.shop, f"/inbox/{thread.pk}/"))
    picture = inbox.locator("#thread-log img[alt='Photo from the customer']")
    expect(picture).to_be_visible()
    inbox.wait_for_function("() => document.querySelector('#thread-log img[alt^=Photo]').naturalWidth === 480")
    player = inbox.locator("#thread-log audio")
    expect(player).to_have_count(1)
    seconds = player.evaluate(
        "async a => { a.muted = true; await a.play(); a.currentTime = 1.5;"
        " await new Promise(r => a.addEventListener('seeked', r, {once: true})); return [a.duration, a.currentTime] }"
    )
    assert 1.9 < seconds[0] < 2.2
    assert seconds[1] >= 1.5

    inbox.set_input_files("[data-attach]", str(answer))
    expect(inbox.locator("[data-chosen-file] [data-name]")).to_have_text("bread.png")
    inbox.fill("#composer", "Fresh today")
    inbox.press("#composer", "Enter")
    expect(inbox.locator("#thread-log img[alt='Photo you sent']")).to_be_visible()
    expect(inbox.locator("[data-chosen-file]")).to_be_hidden()
    came = phone.locator("img[alt='Picture']")
    expect(came).to_be_visible()
    expect(phone.locator(".pb-in").last).to_contain_text("Fresh today")
    with inside(furnished.shop):
        assert Message.objects.filter(author="staff", kind="image", state__in=["sent", "delivered", "read"]).exists()
    assert complaints == []


def test_a_file_is_dropped_taken_away_and_refused_where_it_is_too_large(
    furnished: Furnished, context_of: Callable[..., BrowserContext], server: Server
) -> None:
    page = context_of(furnished.shop, Role.AGENT).new_page()
    page.goto(server.url(furnished.shop, f"/inbox/{busy_thread(furnished.shop)}/"))
    drop = """(size) => {
      const carrier = new DataTransfer();
      carrier.items.add(new File([new Uint8Array(size)], "film.mp4", { type: "video/mp4" }));
      const target = document.querySelector("#thread-log");
      for (const name of ["dragover", "drop"])
        target.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: carrier }));
    }"""
    page.evaluate(drop, 2048)
    chip = page.locator("[data-chosen-file]")
    expect(chip).to_contain_text("film.mp4")
    expect(chip).to_contain_text("2 KB")
    page.click("[data-drop-file]")
    expect(chip).to_be_hidden()
    page.evaluate(drop, 17 * 1024 * 1024)
    expect(page.locator("#toasts")).to_contain_text("film.mp4 has 17.0 MB; it may have 16.0 MB at most.")
    expect(chip).to_be_hidden()
    page.press("#composer", "Enter")
    with inside(furnished.shop):
        assert not MediaFile.objects.exists()


def a_file(thread: Conversation, kind: str, octets: bytes = b"", *, direction: str = "in", **fields: Any) -> None:
    """A message with a file in some state; one with octets is made ready as the task would."""
    message = Message.objects.create(
        conversation=thread,
        direction=direction,
        author="customer" if direction == "in" else "staff",
        kind=kind,
        content={"kind": kind},
        state="received" if direction == "in" else "sent",
        text="",
    )
    file = MediaFile.objects.create(message=message, direction=direction, number_id=thread.number_id, kind=kind)
    found: dict[str, Any] = {}
    if octets:
        from tempfile import NamedTemporaryFile

        from conversations.files import showing

        with NamedTemporaryFile() as room:
            room.write(octets)
            room.flush()
            found = showing.prepared(Path(room.name), kind=kind, filename="") | {"state": "ready", "size": len(octets)}
    MediaFile.objects.filter(pk=file.pk).update(**found, **fields)


def test_how_files_look(furnished: Furnished, walk: Walk) -> None:
    thread_id = busy_thread(furnished.shop)
    with inside(furnished.shop):
        thread = Conversation.objects.get()
        a_file(thread, "image", made.picture(size=(640, 480)))
        a_file(thread, "sticker", made.picture("WEBP", mode="RGBA"))
        a_file(thread, "audio", made.recording(1.0), is_voice=True)
        a_file(thread, "video", made.film(1))
        a_file(thread, "document", made.PDF, filename="A long name of an order, the second of this week, final.pdf")
        a_file(thread, "image", made.picture(size=(640, 480)), direction="out")
        a_file(thread, "document", made.PDF, direction="out", filename="menu.pdf")
        a_file(thread, "audio", direction="out", is_voice=True, state="waiting")
        for state, reason in (
            ("waiting", ""),
            ("too_big", "The file is too big: 120 MB; WhatsApp's limit is 100 MB."),
            ("missing", "WhatsApp no longer has this file."),
            ("failed", "The file could not be fetched, though we tried 8 times."),
            ("refused", "This is a web page, which can do harm, so it was not kept."),
        ):
            a_file(thread, "document", state=state, reason=reason, filename="order.pdf")
    walk(furnished.shop, {"thread-with-files": Stop(f"/inbox/{thread_id}/")})


def test_words_written_while_others_are_on_their_way_are_sent_too(
    furnished: Furnished, context_of: Callable[..., BrowserContext], server: Server
) -> None:
    phone = context_of(furnished.shop, Role.AGENT).new_page()
    phone.goto(server.url(furnished.shop, "/simulator/?phone=12025550142"))
    held: list[Route] = []

    def keep_the_first(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    phone.route("**/simulator/**", keep_the_first)
    box = phone.locator("[id^=phone-form] [name=text]")
    box.fill("The first words")
    box.press("Enter")
    expect(box).to_have_value("")  # they left, though nobody answered yet
    box.fill("The second words")
    box.press("Enter")
    held[0].continue_()
    expect(phone.get_by_text("The first words")).to_be_visible()
    expect(phone.get_by_text("The second words")).to_be_visible()


def test_words_that_were_refused_come_back(
    furnished: Furnished, context_of: Callable[..., BrowserContext], server: Server
) -> None:
    phone = context_of(furnished.shop, Role.AGENT).new_page()
    phone.goto(server.url(furnished.shop, "/simulator/?phone=12025550142"))
    phone.route("**/simulator/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    box = phone.locator("[id^=phone-form] [name=text]")
    box.fill("Do not lose me")
    box.press("Enter")
    expect(box).to_have_value("Do not lose me")
