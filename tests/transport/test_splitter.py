"""Bodies into events: each once, in its shop, in its lane, whatever else the body carries."""

import base64
import hashlib
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conversations.transport import splitter
from conversations.transport.door import endpoints
from conversations.transport.giving_up import replay
from conversations.transport.models import InboxEvent, Lane, LaneAlias, WebhookEndpoint, WebhookRaw
from conversations.transport.splitting import inbox
from tenants.context import inside
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.inbox import keep_body, platform_endpoint
from tests.transport.conftest import new_number, together
from tests.transport.payloads import body, envelope, message, status, value

pytestmark = pytest.mark.django_db


def arrive(*bodies: bytes, endpoint: WebhookEndpoint | None = None) -> None:
    """The bodies are kept and split."""
    endpoint = endpoint or platform_endpoint()
    for raw in bodies:
        keep_body(raw, endpoint=endpoint)
    splitter.split_waiting()


def events(**filters: Any) -> list[str]:
    return list(InboxEvent.objects.filter(**filters).order_by("id").values_list("event_key", flat=True))


def pending() -> dict[str, int]:
    return dict(Lane.objects.values_list("key", "pending"))


def test_a_message_becomes_one_ready_event_in_its_persons_lane(amber: Shop, amber_number: WhatsAppNumber) -> None:
    arrive(body("1000001", message("wamid.A")))

    event = InboxEvent.objects.get()
    lane = f"c:{amber_number.shop_id}:{amber_number.pk}:27820000001"
    assert (event.kind, event.scope, event.event_key, event.state) == ("message", "1000001", "msg:wamid.A", "ready")
    assert (event.shop_id, event.number_id, event.lane) == (amber.pk, amber_number.pk, lane)
    assert event.data["sender"] == {"phone": "+27820000001", "profile_name": "Ada"}
    assert pending() == {lane: 1}
    assert WebhookRaw.objects.get().state == "split"


def test_a_batch_tells_how_many_bodies_it_had_and_for_how_long_the_oldest_waited(amber_number: WhatsAppNumber) -> None:
    keep_body(body("1000001", message("wamid.A")))
    WebhookRaw.objects.update(received_at=timezone.now() - timedelta(seconds=5))
    keep_body(body("1000001", message("wamid.B")))
    taken = splitter.split_waiting()
    assert (taken.bodies, taken.has_more) == (2, False)
    assert 5 <= taken.late < 10
    assert splitter.split_waiting() == splitter.Taken()


def test_every_element_of_every_array_is_an_event(amber_number: WhatsAppNumber) -> None:
    wamids = iter(f"wamid.{n:02}" for n in range(27))
    entries = [[value("1000001", [message(next(wamids)) for _ in range(3)]) for _ in range(3)] for _ in range(3)]

    arrive(json.dumps(envelope(*entries)).encode())

    assert events() == [f"msg:wamid.{n:02}" for n in range(27)]
    assert list(pending().values()) == [27]


def test_the_same_message_in_two_bodies_is_one_event(amber_number: WhatsAppNumber) -> None:
    arrive(body("1000001", message("wamid.A"), message("wamid.B")))
    arrive(body("1000001", message("wamid.B"), message("wamid.C")), body("1000001", message("wamid.A")))

    assert events() == ["msg:wamid.A", "msg:wamid.B", "msg:wamid.C"]
    assert list(pending().values()) == [3]


def test_without_the_unique_key_it_would_be_two(amber_number: WhatsAppNumber, monkeypatch) -> None:
    guard = "ON CONFLICT (scope, event_key) DO NOTHING"
    assert guard in inbox._INSERT
    monkeypatch.setattr(inbox, "_INSERT", inbox._INSERT.replace(guard, ""))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transport_inboxevent DROP CONSTRAINT event_once")

    arrive(body("1000001", message("wamid.A")), body("1000001", message("wamid.A"), message("wamid.B")))

    assert events() == ["msg:wamid.A", "msg:wamid.A", "msg:wamid.B"]


def test_a_status_and_its_repeat_are_told_apart_by_name_and_moment(amber_number: WhatsAppNumber) -> None:
    states = [status("wamid.OUT", "sent"), status("wamid.OUT", "delivered"), status("wamid.OUT", "sent")]

    arrive(body("1000001", statuses=states))

    assert events(kind="status") == ["st:wamid.OUT:sent:1781000100", "st:wamid.OUT:delivered:1781000100"]


def test_one_bad_item_of_twenty_is_kept_apart_and_nothing_is_doubled(amber_number: WhatsAppNumber) -> None:
    items: list[Any] = [message(f"wamid.{n:02}") for n in range(20)]
    items[6] = {"type": "text", "from": "27820000001", "timestamp": "1781000000"}  # has no id
    raw = body("1000001", *items)

    arrive(raw)
    replay.replay_webhooks(since=WebhookRaw.objects.get().received_at)
    splitter.split_waiting()

    assert len(events(state="ready")) == 19
    dead = InboxEvent.objects.get(state="dead")
    assert (dead.kind, dead.last_error) == ("unreadable", "entry.0.changes.0.messages.6: id is missing")
    assert (dead.shop_id, dead.lane, dead.data) == (None, "", {})
    assert list(pending().values()) == [19]


def test_what_the_database_cannot_store_stands_alone(amber_number: WhatsAppNumber, monkeypatch) -> None:
    real = inbox._row

    def spoilt(event: inbox.NewEvent) -> dict[str, Any]:
        row = real(event)
        if event.event_key == "msg:wamid.06" and event.state == "ready":
            row["data"] = {"text": "a\x00b"}
        return row

    monkeypatch.setattr(inbox, "_row", spoilt)
    arrive(body("1000001", *[message(f"wamid.{n:02}") for n in range(20)]))

    assert len(events(state="ready")) == 19
    assert list(InboxEvent.objects.filter(state="dead").values_list("event_key", "kind")) == [
        ("msg:wamid.06", "unreadable")
    ]
    assert list(pending().values()) == [19]


POISON = [
    b"",
    b"\x00",
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"entry": ' + b"1" * 5000 + b"}",
    b'{"entry": NaN}',
    b'{"entry": []',
    b'"text"',
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("raw", POISON, ids=range(len(POISON)))
def test_a_body_that_is_no_body_is_kept_as_poison_and_the_next_is_read(
    amber_number: WhatsAppNumber, raw: bytes
) -> None:
    arrive(raw, body("1000001", message("wamid.A")))

    poison = WebhookRaw.objects.get(state="poison")
    assert poison.error
    assert bytes(poison.body_sha256) == hashlib.sha256(raw).digest()
    assert events(state="ready") == ["msg:wamid.A"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"\\u0000a\\u0000"', "a"),
        ('"\\ud800a"', "\ufffda"),
        ('"\U0001f44b\U0001f3fd"', "\U0001f44b\U0001f3fd"),
        ('"\\u202ea"', "a"),
        ('"a", "body": "b"', "b"),
    ],
)
def test_odd_text_is_cleaned_and_whole_emoji_survive(amber_number: WhatsAppNumber, written: str, read: str) -> None:
    raw = body("1000001", message("wamid.A", text="@@")).replace(b'"@@"', written.encode())

    arrive(raw)

    assert InboxEvent.objects.get(state="ready").data["text"] == read


def test_invalid_utf8_is_cleaned(amber_number: WhatsAppNumber) -> None:
    arrive(body("1000001", message("wamid.A", text="@@")).replace(b"@@", b"a\xffb"))

    assert InboxEvent.objects.get().data["text"] == "a\ufffdb"


def test_an_unknown_number_is_nobodys_until_it_is_added(amber: Shop) -> None:
    arrive(body("1000009", message("wamid.A")))

    lost = InboxEvent.objects.get()
    assert (lost.state, lost.shop_id, lost.number_id, lost.lane) == ("quarantined", None, None, "")
    assert lost.last_error == "no number has this id"
    assert pending() == {}

    number = new_number(amber, "1000009")
    splitter.split_waiting()

    found = InboxEvent.objects.get()
    assert (found.state, found.shop_id, found.number_id) == ("ready", amber.pk, number.pk)


def test_a_shops_own_address_speaks_for_its_own_numbers_only(
    amber: Shop, blue: Shop, amber_number: WhatsAppNumber, blue_number: WhatsAppNumber
) -> None:
    ambers = WebhookEndpoint.objects.get(number_id=amber_number.pk)

    arrive(body("1000002", message("wamid.forged")), body("1000001", message("wamid.own")), endpoint=ambers)

    assert list(InboxEvent.objects.order_by("id").values_list("event_key", "state", "shop_id")) == [
        ("msg:wamid.forged", "quarantined", None),
        ("msg:wamid.own", "ready", amber.pk),
    ]
    with inside(blue):
        assert list(Lane.objects.values_list("shop_id", flat=True)) == [amber.pk]


def test_what_one_shop_signs_takes_no_place_of_another_shops_message(
    amber: Shop, blue: Shop, amber_number: WhatsAppNumber, blue_number: WhatsAppNumber
) -> None:
    ambers = WebhookEndpoint.objects.get(number_id=amber_number.pk)
    blues = WebhookEndpoint.objects.get(number_id=blue_number.pk)

    arrive(body("1000002", message("wamid.W", text="forged")), endpoint=ambers)
    arrive(body("1000002", message("wamid.W", text="genuine")), endpoint=blues)

    assert list(InboxEvent.objects.order_by("id").values_list("event_key", "state", "shop_id")) == [
        ("msg:wamid.W", "quarantined", None),
        ("msg:wamid.W", "ready", blue.pk),
    ]
    assert InboxEvent.objects.get(state="ready").data["text"] == "genuine"


def test_a_message_that_came_too_early_is_answered_when_it_comes_again(amber: Shop) -> None:
    arrive(body("1000009", message("wamid.A", text="early")))
    WebhookRaw.objects.update(body=b"", state="split")  # scrubbed: it cannot be split again
    number = new_number(amber, "1000009")

    arrive(body("1000009", message("wamid.A", text="again")))

    found = InboxEvent.objects.get(state="ready")
    assert (found.number_id, found.data["text"]) == (number.pk, "again")


def test_the_same_wamid_on_two_numbers_is_two_events(
    amber_number: WhatsAppNumber, blue_number: WhatsAppNumber, amber: Shop, blue: Shop
) -> None:
    arrive(body("1000001", message("wamid.A")), body("1000002", message("wamid.A")))

    assert list(InboxEvent.objects.order_by("id").values_list("shop_id", flat=True)) == [amber.pk, blue.pk]
    assert sorted(pending().values()) == [1, 1]


def test_a_moved_number_brings_new_events_to_its_new_shop(
    amber: Shop, blue: Shop, amber_number: WhatsAppNumber
) -> None:
    from tenants.queries import forget

    arrive(body("1000001", message("wamid.before")))
    WhatsAppNumber.objects.filter(pk=amber_number.pk).update(shop=blue)
    forget()
    arrive(body("1000001", message("wamid.after")))

    assert list(InboxEvent.objects.order_by("id").values_list("shop_id", flat=True)) == [amber.pk, blue.pk]
    assert dict(Lane.objects.values_list("shop_id", "pending")) == {amber.pk: 1, blue.pk: 1}


def test_a_number_that_is_off_gets_nobodys_events_and_the_shared_one_a_lane_per_person(
    amber: Shop, amber_number: WhatsAppNumber
) -> None:
    from tenants.queries import forget

    WhatsAppNumber.objects.filter(pk=amber_number.pk).update(is_active=False)
    forget()
    shared = add_number(shop=None, provider="meta_cloud", phone="+27110000077", phone_number_id="1000077")

    arrive(body("1000001", message("wamid.A")), body(shared.number.phone_number_id, message("wamid.B")))

    assert list(InboxEvent.objects.order_by("id").values_list("state", "last_error")) == [
        ("quarantined", "the number is switched off"),
        ("ready", ""),
    ]
    assert InboxEvent.objects.get(state="ready").lane.startswith(f"c:0:{shared.number.pk}:")
    assert Lane.objects.get().shop_id == 0


def test_phone_and_scoped_id_of_one_person_share_a_lane_in_every_order(amber_number: WhatsAppNumber) -> None:
    wamids = itertools.count()
    forms = {"phone": ("27820000001", ""), "id": ("", "ZA.one"), "both": ("27820000001", "ZA.one")}
    for order in itertools.permutations(forms):
        InboxEvent.objects.all().delete()
        Lane.objects.all().delete()
        LaneAlias.objects.all().delete()
        for form in order:
            phone, bsuid = forms[form]
            arrive(body("1000001", message(f"wamid.{next(wamids)}", sender=phone, bsuid=bsuid)))
        arrive(body("1000001", message(f"wamid.{next(wamids)}", sender="27820000002")))

        lanes = list(InboxEvent.objects.order_by("id").values_list("lane", flat=True))
        assert len(set(lanes[:3])) == 1, order
        assert lanes[3] == f"c:{amber_number.shop_id}:{amber_number.pk}:27820000002"
        assert sorted(count for count in pending().values() if count) == [1, 3], order


def test_a_turn_under_way_in_a_merged_lane_loses_it(amber_number: WhatsAppNumber) -> None:
    arrive(body("1000001", message("wamid.A", sender="27820000001")))
    arrive(body("1000001", message("wamid.B", sender="", bsuid="ZA.one")))
    old = f"c:{amber_number.shop_id}:{amber_number.pk}:27820000001"
    Lane.objects.filter(pk=old).update(fence=7, holder="somebody", attempt=1)

    arrive(body("1000001", message("wamid.C", sender="27820000001", bsuid="ZA.one")))

    lane = Lane.objects.get(pk=old)
    assert (lane.pending, lane.fence, lane.holder, lane.attempt) == (0, 8, "", 0)
    assert events(lane=f"c:{amber_number.shop_id}:{amber_number.pk}:ZA.one") == [
        "msg:wamid.A",
        "msg:wamid.B",
        "msg:wamid.C",
    ]


def test_an_account_event_waits_in_its_numbers_own_lane(amber_number: WhatsAppNumber) -> None:
    change = {"field": "account_alerts", "value": {"entity_type": "WABA", "alert_info": {"alert_type": "OBA_APPROVED"}}}
    document = {"object": "whatsapp_business_account", "entry": [{"id": "waba-amber", "time": 1, "changes": [change]}]}

    arrive(json.dumps(document).encode())

    event = InboxEvent.objects.get()
    assert (event.kind, event.scope, event.lane) == (
        "account",
        "waba:waba-amber",
        f"n:{amber_number.shop_id}:{amber_number.pk}",
    )


def test_a_payment_notice_is_one_event_per_notice_id(amber: Shop) -> None:
    endpoint = endpoints.ensure_payment_endpoint(
        shop_id=amber.pk,
        reference="acc-1",
        opaque="p" * 24,
        secret="whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
    )
    for raw, headers in ((b'{"a":1}', {"webhook-id": "m1"}), (b'{"a":2}', {"webhook-id": "m1"}), (b"\xff", {})):
        keep_body(raw, endpoint=endpoint)
        WebhookRaw.objects.filter(body_sha256=hashlib.sha256(raw).digest()).update(headers=headers)
    splitter.split_waiting()

    first, second = InboxEvent.objects.order_by("id")
    assert first.event_key == f"pay:{endpoint.pk}:m1"
    assert second.event_key == f"pay:{endpoint.pk}:{hashlib.sha256(bytes([255])).hexdigest()}"
    assert (first.lane, first.kind, first.shop_id) == (f"p:{amber.pk}", "payment", amber.pk)
    assert first.data == {
        "reference": "acc-1",
        "headers": {"webhook-id": "m1"},
        "body": base64.b64encode(b'{"a":1}').decode(),
    }
    assert Lane.objects.get(pk=f"p:{amber.pk}").kind == "payment"


def test_a_body_that_does_not_open_is_poison(amber_number: WhatsAppNumber, settings) -> None:
    raw = body("1000001", message("wamid.A"))
    keep_body(raw, digest=b"x" * 32)
    settings.FIELD_KEYS = {"other": b"0" * 32}

    splitter.split_waiting()

    assert WebhookRaw.objects.get().state == "poison"


@pytest.mark.django_db(transaction=True)
def test_two_splitters_at_once_cut_each_body_once(amber_number: WhatsAppNumber) -> None:
    endpoint = platform_endpoint()
    for round_ in range(5):
        for n in range(20):
            raw = body("1000001", message(f"wamid.{round_}.{n:02}"))
            keep_body(raw, endpoint=endpoint)

        taken = together(4, lambda _: splitter.split_waiting())
        splitter.split_waiting()

        assert sum(each.bodies for each in taken) <= 20
        assert events(event_key__startswith=f"msg:wamid.{round_}.") == [f"msg:wamid.{round_}.{n:02}" for n in range(20)]
    assert list(pending().values()) == [100]
    assert WebhookRaw.objects.filter(state="split").count() == 100


@pytest.mark.django_db(transaction=True)
def test_two_addresses_of_one_number_at_once_open_one_lane(amber_number: WhatsAppNumber) -> None:
    own = WebhookEndpoint.objects.get(number_id=amber_number.pk)
    for round_ in range(20):
        phone, bsuid = f"2782{round_:07}", f"ZA.p{round_}"
        for endpoint, form in (
            (platform_endpoint(), {"sender": phone, "bsuid": bsuid}),
            (own, {"sender": "", "bsuid": bsuid}),
        ):
            raw = body("1000001", message(f"wamid.{round_}.{endpoint.pk}", **form))
            keep_body(raw, endpoint=endpoint)

        together(2, lambda i, own=own: splitter.split_endpoint([own.pk, platform_endpoint().pk][i]))

        lanes = set(
            InboxEvent.objects.filter(event_key__startswith=f"msg:wamid.{round_}.").values_list("lane", flat=True)
        )
        assert lanes == {f"c:{amber_number.shop_id}:{amber_number.pk}:{bsuid}"}
        assert set(LaneAlias.objects.filter(value__in=[phone, bsuid]).values_list("lane", flat=True)) == lanes


def test_a_batch_that_fails_leaves_the_bodies_as_they_were(amber_number: WhatsAppNumber, monkeypatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("the process would end here")

    monkeypatch.setattr(splitter, "_mark", breaks)
    raw = body("1000001", message("wamid.A"))
    with pytest.raises(RuntimeError), transaction.atomic():
        arrive(raw)
    monkeypatch.undo()
    assert (events(), pending()) == ([], {})

    arrive(raw)
    assert events() == ["msg:wamid.A"]
