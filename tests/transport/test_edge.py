"""The door for machines: what it answers and what is in the table afterwards."""

import base64
import hashlib
import hmac
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client import REGISTRY

from conversations.transport.door import edge_store
from conversations.transport.door.edge_logs import without_secrets
from conversations.transport.door.endpoints import add_secret, drop_secret, ensure_payment_endpoint
from conversations.transport.door.signatures import is_standard_webhook
from conversations.transport.edge import MOST_OCTETS
from conversations.transport.models import InboxEvent, WebhookEndpoint, WebhookRaw
from shopme.lib.encryption import decrypt_bytes
from tenants.models import Shop, WhatsAppNumber
from tests.transport.conftest import together
from tests.transport.payloads import SECRET, TOKEN, body, message, sign

pytestmark = pytest.mark.django_db(transaction=True)
PLATFORM = "/webhooks/whatsapp/"
YOCO_SECRET = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="


def post(edge: httpx.Client, raw: bytes, *, path: str = PLATFORM, secret: str = SECRET) -> int:
    return edge.post(path, content=raw, headers=sign(raw, secret)).status_code


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("shopme_webhooks_total", {"outcome": reason}) or 0.0


def number_path(number: WhatsAppNumber) -> str:
    return f"{PLATFORM}{WebhookEndpoint.objects.get(number_id=number.pk).opaque}/"


def test_the_handshake_echoes_the_challenge_as_plain_text(edge: httpx.Client) -> None:
    answer = edge.get(
        PLATFORM, params={"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": TOKEN}
    )

    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_handshake_at_a_numbers_own_address_is_noted_for_its_shop(
    edge: httpx.Client, amber_number: WhatsAppNumber
) -> None:
    endpoint = WebhookEndpoint.objects.get(number_id=amber_number.pk)
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "wrong"}
    assert edge.get(number_path(amber_number), params=query).status_code == 403
    query["hub.verify_token"] = endpoint.verify_token
    assert edge.get(number_path(amber_number), params=query).status_code == 200
    until = time.monotonic() + 5
    while WebhookEndpoint.objects.get(pk=endpoint.pk).shaken_at is None and time.monotonic() < until:
        time.sleep(0.05)
    assert WebhookEndpoint.objects.get(pk=endpoint.pk).shaken_at is not None


@pytest.mark.parametrize(
    "query",
    [
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "wrong"},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": TOKEN},
        {"hub.mode": "subscribe", "hub.verify_token": TOKEN},
        {"hub.mode": "subscribe", "hub.challenge": "x" * 257, "hub.verify_token": TOKEN},
        {"hub.mode": "subscribe", "hub.challenge": "1\n2", "hub.verify_token": TOKEN},
        {"hub.mode": "subscribe", "hub.challenge": "é", "hub.verify_token": TOKEN},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "töken"},
        {},
    ],
)
def test_any_other_handshake_is_refused_without_a_word(edge: httpx.Client, query: dict[str, str]) -> None:
    answer = edge.get(PLATFORM, params=query)

    assert (answer.status_code, answer.content) == (403, b"")


def test_an_empty_verify_token_or_secret_opens_nothing(edge: httpx.Client, settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = settings.WHATSAPP_APP_SECRET = ""
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}

    assert edge.get(PLATFORM, params=query).status_code == 403
    assert post(edge, b"{}", secret="") == 401
    assert WebhookRaw.objects.count() == 0


def test_a_signed_body_is_kept_byte_for_byte_and_sealed(edge: httpx.Client) -> None:
    raw = body("1000001", message("wamid.A", text="höi 👋"))

    assert post(edge, raw) == 200
    kept = WebhookRaw.objects.get()
    assert decrypt_bytes(kept.body, place="transport_webhookraw.body") == raw
    assert bytes(kept.body_sha256) == hashlib.sha256(raw).digest()
    assert b"wamid.A" not in bytes(kept.body)
    assert (kept.state, kept.headers, kept.endpoint.kind) == ("new", {}, "platform")


BAD_SIGNATURES = [
    None,
    "",
    "sha256=",
    "sha256=" + "0" * 64,
    "sha256=" + "0" * 63,
    "sha256=" + "0" * 65,
    "sha1=" + "0" * 40,
    "sha512=" + "0" * 64,
    "{good}"[:-1],
    "upper",
    "sha256=" + "é" * 64,
    "sha256=" + "\u0660" * 64,
]


@pytest.mark.parametrize("given", BAD_SIGNATURES)
def test_a_bad_signature_is_refused_and_only_counted(edge: httpx.Client, given: str | None) -> None:
    raw = body("1000001", message("wamid.A"))
    good = sign(raw)["X-Hub-Signature-256"]
    before = refused("bad_signature")
    headers = {}
    if given is not None:
        text = {"{good": good[:-1], "upper": good.upper()}.get(given, given)
        headers = {b"X-Hub-Signature-256": text.encode("utf-8")}

    answer = edge.post(PLATFORM, content=raw, headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert WebhookRaw.objects.count() == 0
    assert refused("bad_signature") - before == 1


@pytest.mark.parametrize(
    "change", [lambda raw: raw[:-1], lambda raw: raw + b"\n", lambda raw: raw.replace(b"Hi", b"Ho")]
)
def test_a_changed_body_is_refused(edge: httpx.Client, change) -> None:
    raw = body("1000001", message("wamid.A"))

    assert edge.post(PLATFORM, content=change(raw), headers=sign(raw)).status_code == 401
    assert WebhookRaw.objects.count() == 0


def test_the_same_body_later_is_one_row(edge: httpx.Client) -> None:
    raw = body("1000001", message("wamid.A"))

    assert [post(edge, raw) for _ in range(3)] == [200, 200, 200]
    assert WebhookRaw.objects.count() == 1


def test_fifty_identical_deliveries_at_once_are_one_row(edge: httpx.Client) -> None:
    for round_ in range(20):
        raw = body("1000001", message(f"wamid.{round_}"))

        assert (
            together(
                50,
                lambda _, raw=raw: edge.post(PLATFORM, content=raw, headers=sign(raw)).status_code,
            )
            == [200] * 50
        )
        assert WebhookRaw.objects.count() == round_ + 1


def test_without_the_unique_key_the_same_fifty_are_many_rows(edge: httpx.Client, monkeypatch) -> None:
    unguarded = edge_store._INSERT.as_string(None).replace(
        "SELECT endpoint, digest,", "SELECT endpoint, sha256(random()::text::bytea),"
    )
    monkeypatch.setattr(edge_store, "_INSERT", unguarded)
    monkeypatch.setattr(edge_store.RawStore, "_enqueue", _enqueue_each)
    raw = body("1000001", message("wamid.A"))

    together(50, lambda _: edge.post(PLATFORM, content=raw, headers=sign(raw)))

    assert WebhookRaw.objects.count() == 50


def _enqueue_each(store: edge_store.RawStore, row: edge_store.Row) -> None:
    store._queue.append(row)
    store._wake.set()


@pytest.mark.parametrize(("size", "status"), [(2_900_000, 200), (3_040_870, 200), (3_100_000, 413), (3_250_585, 413)])
def test_bodies_up_to_the_providers_ceiling_are_taken(edge: httpx.Client, size: int, status: int) -> None:
    raw = b'{"entry": "' + b"x" * (size - 13) + b'"}'

    assert post(edge, raw) == status
    assert WebhookRaw.objects.count() == (status == 200)


@pytest.mark.parametrize(("size", "status"), [(2_900_000, 200), (3_100_000, 413), (20_000_000, 413)])
def test_the_limit_holds_without_an_announced_length(edge: httpx.Client, size: int, status: int) -> None:
    raw = b"x" * size

    answer = edge.post(PLATFORM, content=(raw[at : at + 65536] for at in range(0, size, 65536)), headers=sign(raw))

    assert answer.status_code == status
    assert WebhookRaw.objects.count() == (status == 200)


def test_a_caller_who_hangs_up_leaves_nothing_and_breaks_nothing(edge: httpx.Client) -> None:
    raw = body("1000001", message("wamid.A"))
    host, port = urlsplit(str(edge.base_url)).hostname, edge.base_url.port
    head = f"POST {PLATFORM} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n\r\n".encode()
    with socket.create_connection((host, port)) as line:
        line.sendall(head + raw[:50])

    assert post(edge, raw) == 200
    assert WebhookRaw.objects.count() == 1


def test_an_unknown_address_is_not_here(edge: httpx.Client) -> None:
    for path in (
        "/webhooks/whatsapp/AAAAAAAAAAAAAAAAAAAAAAAA/",
        "/webhooks/whatsapp/short/",
        "/webhooks/other/",
        "/webhooks/",
    ):
        assert post(edge, b"{}", path=path) == 404
    assert edge.put(PLATFORM, content=b"{}").status_code == 405
    assert WebhookRaw.objects.count() == 0


def test_a_number_has_its_own_secret_and_token(edge: httpx.Client, amber_number: WhatsAppNumber) -> None:
    endpoint = WebhookEndpoint.objects.get(number_id=amber_number.pk)
    add_secret(endpoint_id=endpoint.pk, secret="ambers-own")
    path, raw = number_path(amber_number), b"{}"
    query = {"hub.mode": "subscribe", "hub.challenge": "7", "hub.verify_token": endpoint.verify_token}

    assert edge.get(path, params=query).text == "7"
    assert edge.get(path, params={**query, "hub.verify_token": TOKEN}).status_code == 403
    assert post(edge, raw, path=path) == 401
    assert post(edge, raw, path=path, secret="ambers-own") == 200
    assert WebhookRaw.objects.get().endpoint_id == endpoint.pk


def test_during_a_rotation_both_secrets_open_and_afterwards_one(
    edge: httpx.Client, amber_number: WhatsAppNumber, monkeypatch
) -> None:
    monkeypatch.setattr("conversations.transport.door.edge_doors.REMEMBERED_SECONDS", 0)
    endpoint = WebhookEndpoint.objects.get(number_id=amber_number.pk)
    path = number_path(amber_number)
    add_secret(endpoint_id=endpoint.pk, secret="old")
    add_secret(endpoint_id=endpoint.pk, secret="new")

    assert [post(edge, b"{}", path=path, secret=secret) for secret in ("old", "new")] == [200, 200]
    drop_secret(endpoint_id=endpoint.pk, secret="old")
    assert [post(edge, b"{}", path=path, secret=secret) for secret in ("old", "new")] == [401, 200]


def test_a_payment_notice_is_kept_with_the_headers_its_gateway_needs(edge: httpx.Client, amber: Shop) -> None:
    ensure_payment_endpoint(shop_id=amber.pk, reference="acc-1", opaque="p" * 24, secret=YOCO_SECRET)
    raw, name = b'{"id":"evt_1"}', "msg_1"
    for late, status in ((-301, 401), (-298, 200), (298, 200), (302, 401)):
        stamp = str(int(time.time()) + late)
        signed = f"{name}.{stamp}.".encode() + raw
        mac = base64.b64encode(hmac.new(base64.b64decode(YOCO_SECRET[6:]), signed, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}", "cookie": "x=y"}
        assert edge.post(f"/webhooks/simulated/{'p' * 24}/", content=raw, headers=headers).status_code == status

    kept = WebhookRaw.objects.get()
    assert sorted(kept.headers) == ["webhook-id", "webhook-signature", "webhook-timestamp"]
    assert edge.post(f"{PLATFORM}{'p' * 24}/", content=raw).status_code == 404


STAMP = 1768472430
YOCO_BODY = (
    b'{"id":"evt_TEST0001","type":"payment.succeeded","createdDate":"2026-01-15T10:20:30.123456Z","payload":'
    b'{"id":"p_TEST0001","type":"payment","createdDate":"2026-01-15T10:20:29.000000Z","amount":14990,"currency":"ZAR",'
    b'"paymentMethodDetails":{"type":"card","card":{"expiryMonth":12,"expiryYear":30,"maskedCard":"************1111",'
    b'"scheme":"visa"}},"status":"succeeded","mode":"test","metadata":{"checkoutId":"ch_TEST0001",'
    b'"shopme_payment":"p7Q2mZ8kLx"}}}'
)
GOOD = b"v1,dfyeHd8gadyL/6hKmonPUZYcKQVwWnE+A4JMnUkB0yU="
OTHER = b"v1,7kiEs+WDGeGH6UJqA0qzf41mVPIZJBzMh/OXmI87NqA="


@pytest.mark.parametrize(
    ("signature", "stamp", "raw", "secret", "now", "fits"),
    [
        (GOOD, STAMP, YOCO_BODY, YOCO_SECRET, STAMP, True),
        (OTHER + b" " + GOOD, STAMP, YOCO_BODY, YOCO_SECRET, STAMP, True),
        (OTHER, STAMP, YOCO_BODY, YOCO_SECRET, STAMP, False),
        (GOOD, STAMP, YOCO_BODY + b"\n", YOCO_SECRET, STAMP, False),
        (GOOD, STAMP + 1, YOCO_BODY, YOCO_SECRET, STAMP, False),
        (GOOD, STAMP, YOCO_BODY, YOCO_SECRET, STAMP + 300, True),
        (GOOD, STAMP, YOCO_BODY, YOCO_SECRET, STAMP + 301, False),
        (GOOD, STAMP, YOCO_BODY, YOCO_SECRET, STAMP - 301, False),
        (GOOD, STAMP, YOCO_BODY, "whsec_", STAMP, False),
        (GOOD, STAMP, YOCO_BODY, "whsec_!!!!", STAMP, False),
        *[
            (bad, STAMP, YOCO_BODY, YOCO_SECRET, STAMP, False)
            for bad in (b"garbage", b"v1", b"v1,", b"v2,x", b"", b"\xff")
        ],
    ],
)
def test_standard_webhooks_follow_the_published_vectors(signature, stamp, raw, secret, now, fits) -> None:
    headers = {b"webhook-id": b"msg_TEST0001", b"webhook-timestamp": b"%d" % stamp, b"webhook-signature": signature}

    assert is_standard_webhook(raw, headers, [secret], now=now) is fits


@pytest.mark.parametrize("full", ["too many bodies wait to be split", "the disk is nearly full"])
def test_without_room_nothing_is_acknowledged(edge: httpx.Client, monkeypatch, full: str) -> None:
    async def no_room() -> str:
        return full

    monkeypatch.setattr(edge_store, "_lack_of_room", no_room)
    post(edge, b"{}")  # the first body starts the look-out
    time.sleep(0.05)

    answer = edge.post(PLATFORM, content=b"[]", headers=sign(b"[]"))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert WebhookRaw.objects.count() <= 1


def test_what_the_database_refuses_spoils_nobody_elses_commit(edge: httpx.Client, amber_number: WhatsAppNumber) -> None:
    add_secret(endpoint_id=WebhookEndpoint.objects.get(number_id=amber_number.pk).pk, secret="own")
    path = number_path(amber_number)
    assert post(edge, b"{}", path=path, secret="own") == 200
    WebhookRaw.objects.all().delete()
    WebhookEndpoint.objects.filter(number_id=amber_number.pk).delete()  # the edge still remembers it for a moment

    answers = together(10, lambda i: post_alone(edge, b"[%d]" % i, *((path, "own") if i == 3 else (PLATFORM, SECRET))))

    assert answers == [200, 200, 200, 503, 200, 200, 200, 200, 200, 200]
    assert WebhookRaw.objects.count() == 9


def post_alone(edge: httpx.Client, raw: bytes, path: str, secret: str) -> int:
    return edge.post(path, content=raw, headers=sign(raw, secret)).status_code


def test_a_database_that_cannot_be_reached_is_503_within_two_seconds_and_then_forgotten(
    edge: httpx.Client, settings, monkeypatch
) -> None:
    real = edge_store.own_conninfo
    assert post(edge, b"{}") == 200
    with_lock = WebhookRaw.objects.count()
    monkeypatch.setattr(edge_store, "own_conninfo", lambda *a, **k: "host=127.0.0.1 port=9 dbname=none")
    monkeypatch.setattr(edge_store, "_INSERT", "SELECT pg_terminate_backend(pg_backend_pid()), %s, %s, %s, %s")

    began = time.monotonic()
    assert post(edge, b"[1]") == 503
    assert time.monotonic() - began < 2
    assert WebhookRaw.objects.count() == with_lock

    monkeypatch.undo()
    settings.WHATSAPP_APP_SECRET = SECRET
    assert edge_store.own_conninfo is real
    time.sleep(0.3)
    assert post(edge, b"[1]") == 200
    assert WebhookRaw.objects.count() == with_lock + 1


def test_a_database_that_hangs_is_503_within_two_seconds(edge: httpx.Client, monkeypatch) -> None:
    assert post(edge, b"{}") == 200
    monkeypatch.setattr(edge_store, "_INSERT", "SELECT pg_sleep(30), %s::text[], %s::bytea[], %s::bytea[], %s::text[]")

    began = time.monotonic()
    answers = together(5, lambda i: post_alone(edge, b"[%d]" % i, PLATFORM, SECRET))

    assert answers == [503] * 5
    assert time.monotonic() - began < 2
    assert WebhookRaw.objects.count() == 1


def test_access_logs_carry_neither_addresses_nor_queries() -> None:
    assert without_secrets("/webhooks/whatsapp/Sekret-123/?hub.verify_token=t") == "/webhooks/whatsapp/…/"
    assert without_secrets("/webhooks/whatsapp/?hub.verify_token=t") == "/webhooks/whatsapp/"
    assert without_secrets("/pay/Sekret/") == "/pay/…/"
    assert without_secrets("/live/?t=Sekret") == "/live/"
    assert without_secrets("/orders/12/?q=anna") == "/orders/12/"


def test_content_is_none_of_the_doors_business(edge: httpx.Client) -> None:
    odd = [b"", b"\x00", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"a":NaN}', b'{"a":1,"a":2}', b'"\\ud800"']

    assert [post(edge, raw) for raw in odd] == [200] * len(odd)
    assert WebhookRaw.objects.count() == len(odd)
    assert InboxEvent.objects.count() == 0
    assert max(map(len, odd)) < MOST_OCTETS
