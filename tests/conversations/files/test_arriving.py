"""Files customers send: each way a fetch can end, and what the thread says then."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from conversations.files import claims, moving
from conversations.files.models import MediaFile
from conversations.models import Message
from conversations.transport.health import number_alerts
from conversations.transport.models import NumberHealth
from conversations.transport.providers.simulator.graph_media import thing_of
from conversations.transport.rules import media_rules
from tenants.models import WhatsAppNumber
from tenants.queries import forget, number_by_id
from tenants.storage import open_private
from tests.conversations.files import made
from tests.conversations.files.conftest import content
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery

pytestmark = pytest.mark.django_db
Fetch = Callable[..., MediaFile]


def test_a_photo_is_written_with_its_message_and_fetched_afterwards(graph: FakeGraph, receive: Fetch) -> None:
    photo = made.picture(size=(800, 400))
    file = receive(photo, "image/jpeg", caption="this one")
    assert (file.state, file.attempts, file.key) == ("waiting", 0, "")
    assert file.message.text == "this one"
    assert file.claimed_sha256 == hashlib.sha256(photo).hexdigest()
    assert graph.asked == []

    assert moving.move_one()
    file.refresh_from_db()
    assert (file.state, file.reason, file.attempts, file.lease_until) == ("ready", "", 1, None)
    assert (file.content_type, file.shown_as, file.width, file.height) == ("image/jpeg", "picture", 800, 400)
    assert file.size == len(photo)
    assert open_private(file.key).read() == photo
    assert Image.open(BytesIO(open_private(file.thumb_key).read())).size == (480, 240)
    assert not moving.move_one()


def test_a_text_costs_not_one_statement_more_than_without_files(thandi: Customer) -> None:
    thandi.says("hi")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        thandi.says("menu")
    assert [query["sql"] for query in asked if "mediafile" in query["sql"]] == []


def test_files_that_come_together_cost_one_statement(put: Callable[..., Any], thandi: Customer) -> None:
    things = [put(made.picture(), "image/jpeg") for _ in range(3)]
    with CaptureQueriesContext(connection) as asked:
        thandi.sends(*(content(thing, "image") for thing in things))
    assert len([query for query in asked if "mediafile" in query["sql"]]) == 1
    assert MediaFile.objects.filter(state="waiting").count() == 3


def test_the_token_goes_to_the_providers_own_door(graph: FakeGraph, fetch: Fetch, bakery: Bakery) -> None:
    file = fetch(made.picture(), "image/jpeg")
    version = "/v24.0"
    assert [(path.partition("?")[0], headers["authorization"]) for path, headers in graph.asked] == [
        (f"{version}/{file.media_id}", "Bearer a-token"),
        (f"/file/{file.media_id}", "Bearer a-token"),
    ]
    assert f"phone_number_id={bakery.number.phone_number_id}" in graph.asked[0][0]


def test_an_expired_address_is_asked_for_once_more(graph: FakeGraph, fetch: Fetch) -> None:
    graph.fail_next("media_expired")
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.attempts) == ("ready", 1)
    assert len(graph.asked) == 4


def test_an_address_that_stays_dead_waits(graph: FakeGraph, fetch: Fetch) -> None:
    graph.fail_next("media_expired", times=2)
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.attempts) == ("waiting", 1)
    assert len(graph.asked) == 4
    assert timedelta(0) < file.next_at - timezone.now() <= timedelta(seconds=5)


def test_an_id_that_is_gone_is_missing_for_good(graph: FakeGraph, fetch: Fetch) -> None:
    graph.fail_always("media_gone")
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.reason) == ("missing", "WhatsApp no longer has this file.")
    assert not moving.move_one()
    assert claims.again(file.pk) is None


@pytest.mark.parametrize("mode", ["media_other", "media_page"])
def test_other_octets_than_announced_are_not_kept_and_fetched_again(graph: FakeGraph, fetch: Fetch, mode: str) -> None:
    graph.fail_next(mode)
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.key, file.attempts) == ("waiting", "", 1)
    assert file.reason in ("The file came damaged.", "Something else than the file came.")
    MediaFile.objects.update(next_at=timezone.now() - timedelta(hours=1))
    moving.move_one()
    file.refresh_from_db()
    assert (file.state, file.attempts) == ("ready", 2)


def test_a_file_said_to_be_too_big_is_not_fetched_at_all(graph: FakeGraph, fetch: Fetch) -> None:
    graph.fail_next("media_too_big")
    file = fetch(made.film(1), "video/mp4", kind="video")
    assert (file.state, file.size) == ("too_big", 120 * 1024 * 1024)
    assert file.reason == "The file is too big: 120 MB; WhatsApp's limit is 100 MB."
    assert len(graph.asked) == 1


def test_octets_without_end_are_cut_at_the_limit(
    graph: FakeGraph, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(media_rules.table(), "inbound", {"most_octets": 3 << 20})
    graph.fail_next("media_long")
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.key) == ("too_big", "")


def test_a_refused_token_waits_without_counting_and_stops_the_number(
    graph: FakeGraph, fetch: Fetch, bakery: Bakery
) -> None:
    graph.fail_next("media_code", code=190, status=401)
    file = fetch(made.picture(), "image/jpeg")
    assert (file.state, file.attempts) == ("waiting", 0)
    assert "token has expired" in file.reason
    assert NumberHealth.objects.get().breaker == "hard"
    (alert,) = number_alerts.unread_alerts(bakery.shop)
    assert (alert.kind, alert.severity, alert.number_id) == ("token", "danger", bakery.number.pk)


def test_a_token_that_was_replaced_during_the_fetch_stops_nothing(
    graph: FakeGraph, receive: Callable[..., MediaFile], bakery: Bakery
) -> None:
    receive(made.picture(), "image/jpeg")
    number_by_id(bakery.number.pk)  # this process knows the old token for some seconds
    other = WhatsAppNumber.objects.get(pk=bakery.number.pk)
    other.access_token = "the new one"
    other.save()
    graph.fail_next("media_code", code=190, status=401)
    moving.move_one()
    assert not NumberHealth.objects.filter(breaker="hard").exists()
    assert number_alerts.open_alerts(bakery.shop) == []
    assert number_by_id(bakery.number.pk).access_token == "the new one"


def test_a_redirect_elsewhere_is_not_followed_and_sees_no_token(graph: FakeGraph, fetch: Fetch) -> None:
    with FakeGraph() as elsewhere:
        graph.fail_next("media_redirect", url=f"{elsewhere.url}/file/1")
        file = fetch(made.picture(), "image/jpeg")
        assert elsewhere.asked == []
    assert (file.state, "do not trust" in file.reason) == ("refused", True)


def test_a_file_of_another_number_is_not_given(graph: FakeGraph, thandi: Customer) -> None:
    thing = thing_of("another-number", made.picture(), mime_type="image/jpeg")
    graph.shelf.things[thing.kind, thing.key] = thing
    thandi.sends(content(thing, "image"))
    moving.move_one()
    assert MediaFile.objects.get().state == "missing"


@pytest.mark.parametrize("media_id", ["../../me", "1/messages", "1?x=2", "", "a" * 200, "1#x", "\uff11"])
def test_an_id_that_is_no_id_is_never_asked_for(graph: FakeGraph, receive: Fetch, media_id: str) -> None:
    file = receive(made.picture(), "image/jpeg")
    MediaFile.objects.filter(pk=file.pk).update(media_id=media_id)
    moving.move_one()
    file.refresh_from_db()
    assert (file.state, graph.asked) == ("refused", [])


def test_a_number_that_is_switched_off_keeps_its_files_waiting(
    graph: FakeGraph, receive: Fetch, bakery: Bakery
) -> None:
    file = receive(made.picture(), "image/jpeg")
    WhatsAppNumber.objects.filter(pk=bakery.number.pk).update(is_active=False)
    forget()
    moving.move_one()
    file.refresh_from_db()
    assert (file.state, file.attempts, graph.asked) == ("waiting", 0, [])


def test_a_file_that_never_comes_is_given_up_with_a_sentence_and_may_be_tried_again(
    graph: FakeGraph, receive: Fetch
) -> None:
    file = receive(made.picture(), "image/jpeg")
    graph.fail_always("media_page")
    tries = 0
    while file.state == "waiting":
        MediaFile.objects.update(next_at=timezone.now() - timedelta(hours=1))
        assert moving.move_one()
        file.refresh_from_db()
        tries += 1
    assert (file.state, tries) == ("failed", len(claims.BACKOFF) + 1)
    assert file.reason.startswith("The file could not be fetched, though we tried 8 times.")
    graph.heal()
    assert claims.again(file.pk) is not None
    MediaFile.objects.update(next_at=timezone.now() - timedelta(hours=1))  # the test's own clock stands still
    assert moving.move_one()
    file.refresh_from_db()
    assert (file.state, file.attempts) == ("ready", 1)


def test_a_worker_that_died_costs_one_try(graph: FakeGraph, receive: Fetch) -> None:
    file = receive(made.picture(), "image/jpeg")
    taken = claims.take()
    assert taken is not None
    assert not moving.move_one()  # held
    assert not claims.is_any_due()
    MediaFile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claims.is_any_due()
    assert moving.move_one()
    file.refresh_from_db()
    assert (file.state, file.attempts) == ("ready", 2)


def test_a_wish_for_another_try_gives_nobody_his_lost_file_back(graph: FakeGraph, receive: Fetch) -> None:
    """The tries begin anew, so their number is the old one's again; the fence is not."""
    receive(made.picture(), "image/jpeg")
    zombie = claims.take()
    assert zombie is not None
    MediaFile.objects.update(state="failed", lease_until=None)
    assert claims.again(zombie.pk) is not None
    MediaFile.objects.update(next_at=timezone.now() - timedelta(hours=1))
    holder = claims.take()
    assert holder is not None
    assert holder.attempts == zombie.attempts
    with pytest.raises(claims.Lost):
        claims.settle(zombie, "failed", reason="too late")
    claims.wait_uncounted(holder, reason="its number rests", seconds=1)
    holder.refresh_from_db()
    assert (holder.state, holder.attempts, holder.taken) == ("waiting", 0, 2)


def test_whoever_lost_the_lease_writes_nothing_and_leaves_nothing(
    graph: FakeGraph, receive: Fetch, settings: Any
) -> None:
    receive(made.picture(), "image/jpeg")
    zombie = claims.take()
    assert zombie is not None
    MediaFile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert moving.move_one()
    kept = {path.name for path in settings.MEDIA_ROOT.rglob("*.*")}
    from conversations.files import arriving

    with pytest.raises(claims.Lost):
        arriving.arrive(zombie)
    assert {path.name for path in settings.MEDIA_ROOT.rglob("*.*")} == kept
    assert MediaFile.objects.get().attempts == 2


def test_a_file_that_kills_its_worker_every_time_is_given_up(graph: FakeGraph, receive: Fetch) -> None:
    file = receive(made.picture(), "image/jpeg")
    for _ in range(len(claims.BACKOFF) + 1):
        assert claims.take() is not None
        MediaFile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert moving.move_one()
    file.refresh_from_db()
    assert (file.state, graph.asked) == ("failed", [])


def test_a_fault_of_ours_costs_that_file_a_try_and_no_other(
    graph: FakeGraph, receive: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = receive(made.picture(), "image/jpeg")
    second = receive(made.picture("PNG"), "image/png")
    from conversations.files import showing

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(showing, "prepared", broken)
        assert moving.move_one()
    assert moving.move_one()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, second.state) == ("waiting", 1, "ready")


def test_the_same_message_again_makes_no_second_file(
    graph: FakeGraph, put: Callable[..., Any], thandi: Customer
) -> None:
    body = thandi.payload(content(put(made.picture(), "image/jpeg"), "image"))
    thandi.deliver(body)
    thandi.deliver(body)
    assert (MediaFile.objects.count(), Message.objects.filter(direction="in").count()) == (1, 1)


def test_a_voice_note_becomes_something_every_browser_plays(graph: FakeGraph, fetch: Fetch) -> None:
    file = fetch(made.recording(2.0), "audio/ogg; codecs=opus", kind="audio", voice=True)
    assert (file.state, file.shown_as, file.is_voice, file.content_type) == ("ready", "sound", True, "audio/ogg")
    assert 1900 <= (file.milliseconds or 0) <= 2100
    assert len(file.loudness) == 48
    assert max(file.loudness) == 100
    shown = open_private(file.shown_key).read()
    assert file.shown_key.endswith(".m4a")
    assert shown[4:8] == b"ftyp"


def test_a_film_keeps_its_octets_and_gets_a_poster(graph: FakeGraph, fetch: Fetch) -> None:
    octets = made.film(2)
    file = fetch(octets, "video/mp4", kind="video")
    assert (file.shown_as, file.width, file.height, file.milliseconds) == ("film", 160, 120, 2000)
    assert file.shown_key == file.key
    assert open_private(file.key).read() == octets
    assert Image.open(BytesIO(open_private(file.thumb_key).read())).size == (160, 120)


@pytest.mark.parametrize("octets", [made.picture("WEBP", mode="RGBA"), made.moving_sticker()])
def test_a_sticker_stays_webp(graph: FakeGraph, fetch: Fetch, octets: bytes) -> None:
    file = fetch(octets, "image/webp", kind="sticker")
    shown = Image.open(BytesIO(open_private(file.shown_key).read()))
    assert (file.shown_as, shown.format) == ("sticker", "WEBP")
    assert shown.n_frames == Image.open(BytesIO(octets)).n_frames


def test_a_document_is_kept_as_it_came(graph: FakeGraph, fetch: Fetch) -> None:
    file = fetch(made.PDF, "application/pdf", kind="document", filename="order.pdf")
    assert (file.shown_as, file.content_type, file.filename) == ("document", "application/pdf", "order.pdf")
    assert (file.shown_key, file.thumb_key) == ("", "")
    assert open_private(file.key).read() == made.PDF
