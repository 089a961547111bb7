"""What was given up waits on the platform's desk: tried again or let go, by a person, for a reason, on record."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from conversations.transport import splitter
from conversations.transport.giving_up import dead_letters, replay
from conversations.transport.giving_up.dead_letters import Decision, NoReason, NothingToRead
from conversations.transport.models import InboxEvent, Lane, OutboxItem, WebhookRaw
from tenants.models import AuditEntry, Shop, User, WhatsAppNumber
from tenants.queries import forget
from tests.inbox import keep_body
from tests.transport.conftest import new_number
from tests.transport.payloads import body, message
from tests.transport.sending import MemoryStore, Post
from tests.transport.test_lanes import arrive

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
BY = Decision(reason="looked at it")


@pytest.fixture
def staff(db: None) -> User:
    user = User.objects.create_user("desk@shopme.example", PASSWORD)
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def desk(staff: User) -> Client:
    browser = Client(HTTP_HOST="localhost")
    browser.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
    return browser


def dead_event(shop: Shop, key: str = "bad", kind: str = "payment") -> InboxEvent:
    """An event that was given up; a payment's lane waits for it."""
    lane = f"p:{shop.pk}" if kind == "payment" else "c:1"
    arrive(shop, lane, key, kind=kind, lane_kind="payment" if kind == "payment" else "chat")
    InboxEvent.objects.filter(event_key=key).update(state="dead", attempts=8, last_error="No such order.")
    event = InboxEvent.objects.get(event_key=key)
    Lane.objects.filter(pk=lane).update(pending=0, blocked_by=event.pk if kind == "payment" else None)
    return event


def dead_send(shop: Shop, store: MemoryStore) -> OutboxItem:
    post = Post(shop, store)
    (message_id,) = post.say("hello")
    OutboxItem.objects.update(state="dead", attempts=2, is_resent=True, last_error="No answer.")
    store.states[message_id] = "unknown"
    return post.row(message_id)


def do(desk: Client, model: str, action: str, *keys: int, reason: str = "") -> str:
    chosen = {"action": action, "_selected_action": keys, "reason": reason}
    return desk.post(f"/admin/transport/{model}/", chosen, follow=True).content.decode()


def test_the_desk_shows_shop_kind_reason_and_age_and_nothing_of_the_content(desk: Client, amber: Shop) -> None:
    event = dead_event(amber)
    InboxEvent.objects.update(data={"text": "canary"})

    page = desk.get("/admin/transport/deadevent/").content.decode()
    assert all(word in page for word in ("amber", "payment", "No such order.", "0\xa0minutes", "Retry", "Discard"))
    assert "canary" not in page
    assert "canary" not in desk.get(f"/admin/transport/deadevent/{event.pk}/change/").content.decode()


def test_only_the_platforms_staff_sees_and_decides(amber: Shop) -> None:
    event = dead_event(amber)
    stranger = Client(HTTP_HOST="localhost")
    for model in ("deadevent", "poisonwebhook", "deadsend"):
        assert stranger.get(f"/admin/transport/{model}/")["Location"].startswith("/admin/login/")
        assert Client(HTTP_HOST=amber.host).get(f"/admin/transport/{model}/").status_code == 404
    do(stranger, "deadevent", "discard", event.pk, reason="mine")
    event.refresh_from_db()
    assert event.state == "dead"


def test_a_dead_event_is_tried_again_and_its_lane_goes_on(desk: Client, staff: User, amber: Shop) -> None:
    event = dead_event(amber)

    assert "1 tried again." in do(desk, "deadevent", "retry", event.pk)

    event.refresh_from_db()
    lane = Lane.objects.get(pk=event.lane)
    assert (event.state, event.attempts, lane.pending, lane.blocked_by) == ("ready", 0, 1, None)
    entry = AuditEntry.objects.get(action="event.retried")
    assert (entry.shop, entry.actor, entry.subject) == (amber, staff, f"event {event.pk}")


def test_letting_an_event_go_needs_a_reason_and_frees_the_payments_behind_it(
    desk: Client, staff: User, amber: Shop
) -> None:
    event = dead_event(amber)

    assert "1 left as it was: Say why it is let go." in do(desk, "deadevent", "discard", event.pk)
    assert InboxEvent.objects.get(pk=event.pk).state == "dead"
    assert not AuditEntry.objects.filter(action="event.discarded").exists()

    assert "1 let go." in do(desk, "deadevent", "discard", event.pk, reason="paid in cash")
    event.refresh_from_db()
    assert (event.state, event.data, event.last_error) == ("skipped", {}, "Let go: paid in cash")
    assert (Lane.objects.get().blocked_by, Lane.objects.get().pending) == (None, 0)
    entry = AuditEntry.objects.get(action="event.discarded")
    assert (entry.actor, entry.detail) == (staff, {"reason": "paid in cash"})
    with pytest.raises(replay.NotDead):
        dead_letters.discard_event(event_id=event.pk, by=BY)


def test_a_quarantined_event_is_made_anew_from_its_body(amber: Shop) -> None:
    raw = body("1000009", message("wamid.Q"))
    keep_body(raw)
    splitter.split_waiting()
    event = InboxEvent.objects.get()
    assert event.state == "quarantined"

    dead_letters.retry_event(event_id=event.pk, by=BY)
    splitter.split_waiting()
    again = InboxEvent.objects.get()
    assert (again.state, again.pk != event.pk) == ("quarantined", True)

    number = new_number(amber, "1000008")
    WhatsAppNumber.objects.filter(pk=number.pk).update(phone_number_id="1000009")
    forget()
    dead_letters.retry_event(event_id=again.pk, by=BY)
    splitter.split_waiting()
    assert list(InboxEvent.objects.values_list("event_key", "state", "shop_id")) == [("msg:wamid.Q", "ready", amber.pk)]


def test_a_quarantined_event_without_its_body_can_only_be_let_go(amber: Shop) -> None:
    event = InboxEvent.objects.create(kind="message", scope="?1@1", event_key="msg:x", state="quarantined")
    with pytest.raises(NothingToRead):
        dead_letters.retry_event(event_id=event.pk, by=BY)
    dead_letters.discard_event(event_id=event.pk, by=BY)
    assert InboxEvent.objects.get().state == "skipped"


def test_a_poisoned_body_is_split_again_or_let_go(desk: Client, db: None) -> None:
    for text in (b"one", b"two"):
        keep_body(text)
    WebhookRaw.objects.update(state="poison", error="ValueError: no JSON")
    first, second = WebhookRaw.objects.order_by("id")
    assert "ValueError: no JSON" in desk.get("/admin/transport/poisonwebhook/").content.decode()

    assert "1 tried again." in do(desk, "poisonwebhook", "retry", first.pk)
    assert "1 let go." in do(desk, "poisonwebhook", "discard", second.pk, reason="a test of ours")

    states = WebhookRaw.objects.order_by("id").values_list("state", "error")
    assert list(states) == [("new", ""), ("split", "Let go: a test of ours")]
    assert AuditEntry.objects.filter(action__startswith="webhook.").count() == 2


def test_a_dead_send_goes_out_again_and_keeps_its_fence(desk: Client, amber: Shop, store: MemoryStore) -> None:
    item = dead_send(amber, store)

    assert "1 tried again." in do(desk, "deadsend", "retry", item.pk)

    item.refresh_from_db()
    assert (item.state, item.attempts, item.lease_until) == ("queued", 2, None)
    assert store.states[item.message_id] == "queued"
    assert AuditEntry.objects.get(action="send.retried").shop == amber


def test_a_dead_send_that_is_let_go_stays_unknown_in_the_thread(desk: Client, amber: Shop, store: MemoryStore) -> None:
    item = dead_send(amber, store)

    assert "1 let go." in do(desk, "deadsend", "discard", item.pk, reason="called her")

    item.refresh_from_db()
    assert (item.state, store.states[item.message_id]) == ("cancelled", "unknown")
    with pytest.raises(replay.NotDead):
        dead_letters.retry_send(outbox_id=item.pk, by=BY)


@pytest.mark.parametrize("act", [dead_letters.discard_event, dead_letters.discard_webhook, dead_letters.discard_send])
def test_nothing_is_let_go_without_a_reason(act: object, db: None) -> None:
    name = {"discard_event": "event_id", "discard_webhook": "raw_id", "discard_send": "outbox_id"}[act.__name__]  # type: ignore[attr-defined]
    with pytest.raises(NoReason):
        act(by=Decision(reason=" "), **{name: 1})  # type: ignore[operator]


def retry(*arguments: str) -> str:
    out = StringIO()
    call_command("retry_dead", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tries_one_event_a_lane_or_a_whole_shop_again(amber: Shop, blue: Shop, store: MemoryStore) -> None:
    event, other = dead_event(amber), dead_event(blue, "theirs", "message")
    item = dead_send(amber, store)
    assert retry("--event", str(event.pk), "--reason", "fixed") == "1 is tried again.\n"
    assert AuditEntry.objects.get(action="event.retried").actor is None
    with pytest.raises(CommandError, match="This event waits for nobody"):
        retry("--event", str(event.pk))

    told = retry("--all-of-shop", "amber")
    assert told.startswith("0 are tried again, 0 left as they were.\n1 left out: perhaps they have arrived.")
    assert OutboxItem.objects.get(pk=item.pk).state == "dead"
    assert retry("--lane", item.lane).startswith("0 are tried again")
    assert retry("--all-of-shop", "amber", "--may-arrive-twice") == "1 are tried again, 0 left as they were.\n"
    assert OutboxItem.objects.get(pk=item.pk).state == "queued"
    OutboxItem.objects.filter(pk=item.pk).update(state="dead", error_code="131042")  # refused, so it did not arrive
    assert retry("--all-of-shop", "amber") == "1 are tried again, 0 left as they were.\n"
    assert InboxEvent.objects.get(pk=other.pk).state == "dead"
    assert retry("--lane", "c:1") == "1 are tried again, 0 left as they were.\n"
    assert InboxEvent.objects.get(pk=other.pk).state == "ready"
    with pytest.raises(CommandError, match="There is no shop nowhere"):
        retry("--all-of-shop", "nowhere")
