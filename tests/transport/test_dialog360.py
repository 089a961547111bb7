"""360dialog: Meta's bodies by another door, other addresses for what goes out, and who is believed."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from conversations.transport import splitter
from conversations.transport.door import edge_store, endpoints
from conversations.transport.models import InboxEvent, Lane, WebhookEndpoint, WebhookRaw
from conversations.transport.ports import Outgoing
from conversations.transport.providers.base import Blame, Line, MediaOutcome, Outcome, Retry
from conversations.transport.providers.registry import provider
from conversations.transport.providers.template_desk import TemplateWish
from conversations.transport.replies import Text
from shopme.lib import http
from shopme.lib.http import CallFailed, HttpAnswer
from tenants.models import Shop, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.inbox import keep_body
from tests.payloads import PHONE, PHONE_NUMBER_ID, WABA_ID, recorded, recorded_names
from tests.transport.payloads import SECRET, body, message, sign

KEY_HEADER = "X-Hook-Key"
LINE = Line(7, "dialog360", "1001", "d360-key", "w")
BODY_PART = {"type": "BODY", "text": "Hello, your order is paid."}
transactional = pytest.mark.django_db(transaction=True)


def dialog360_number(shop: Shop, pnid: str = PHONE_NUMBER_ID) -> WhatsAppNumber:
    """A number at 360dialog; its header secret is made for it."""
    return add_number(
        shop=shop, provider="dialog360", phone=f"+{PHONE}", phone_number_id=pnid, waba_id=WABA_ID, token="d360-key"
    ).number


def door_of(number: WhatsAppNumber) -> tuple[str, str]:
    """The address of a number and its header secret."""
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    return f"/webhooks/whatsapp/{endpoint.opaque}/", endpoint.secrets[0]


def events_of(endpoint_path: str, edge: httpx.Client, headers_of: Any) -> list[tuple[Any, ...]]:
    """All recorded bodies through one door: what they became, without where they came by."""
    for name in recorded_names():
        raw = recorded(name)
        assert edge.post(endpoint_path, content=raw, headers=headers_of(raw)).status_code == 200, name
    splitter.split_waiting()
    found = [
        (event.kind, event.event_key.split("@")[0], event.state, event.lane.split(":")[0], _plain(event.data))
        for event in InboxEvent.objects.order_by("id")
    ]
    InboxEvent.objects.all().delete()
    WebhookRaw.objects.all().delete()
    Lane.objects.all().delete()
    return found


def _plain(data: dict[str, Any]) -> str:
    return orjson.dumps({k: v for k, v in data.items() if k != "numbers"}, option=orjson.OPT_SORT_KEYS).decode()


@transactional
def test_every_recorded_body_becomes_the_same_events_as_from_meta(edge: httpx.Client, amber: Shop) -> None:
    number = add_number(
        shop=amber, provider="meta_cloud", phone=f"+{PHONE}", phone_number_id=PHONE_NUMBER_ID, waba_id=WABA_ID
    ).number
    from_meta = events_of("/webhooks/whatsapp/", edge, lambda raw: sign(raw, SECRET))
    WebhookEndpoint.objects.filter(number_id=number.pk).delete()
    number.delete()
    path, secret = door_of(dialog360_number(amber))

    from_360 = events_of(path, edge, lambda raw: {KEY_HEADER: secret})

    assert len(recorded_names()) >= 20
    assert len(from_meta) >= len(recorded_names())
    assert from_360 == from_meta
    assert {state for _, _, state, *_ in from_360} <= {"ready", "dead"}


@transactional
def test_path_and_header_are_both_needed(edge: httpx.Client, amber: Shop) -> None:
    path, secret = door_of(dialog360_number(amber))
    raw = body(PHONE_NUMBER_ID, message("wamid.A"))
    tries = {
        "right": (path, {KEY_HEADER: secret}),
        "missing": (path, {}),
        "empty": (path, {KEY_HEADER: ""}),
        "wrong": (path, {KEY_HEADER: secret[:-1] + ("A" if secret[-1] != "A" else "B")}),
        "longer": (path, {KEY_HEADER: secret + "x"}),
        "not ascii": (path, [(KEY_HEADER.encode(), "é".encode())]),
        "metas signature instead": (path, sign(raw, SECRET)),
        "other path": ("/webhooks/whatsapp/" + "x" * 24 + "/", {KEY_HEADER: secret}),
        "platforms path": ("/webhooks/whatsapp/", {KEY_HEADER: secret}),
    }
    statuses = {
        name: edge.post(where, content=raw, headers=headers).status_code  # type: ignore[arg-type]
        for name, (where, headers) in tries.items()
    }
    assert statuses == dict.fromkeys(tries, 401) | {"right": 200, "other path": 404}
    assert WebhookRaw.objects.count() == 1


@transactional
def test_a_partners_signature_is_believed_too(edge: httpx.Client, amber: Shop) -> None:
    number = dialog360_number(amber)
    path, _ = door_of(number)
    endpoints.add_secret(endpoint_id=WebhookEndpoint.objects.get(number_id=number.pk).pk, secret="partner-secret")
    raw = body(PHONE_NUMBER_ID, message("wamid.A"))
    signature = sign(raw, "partner-secret")["X-Hub-Signature-256"].removeprefix("sha256=")

    assert edge.post(path, content=raw, headers={"X-360dialog-Signature": signature}).status_code == 200
    assert edge.post(path, content=raw + b" ", headers={"X-360dialog-Signature": signature}).status_code == 401


@transactional
def test_both_secrets_of_a_rotation_open_and_the_use_of_each_is_seen(edge: httpx.Client, amber: Shop) -> None:
    from conversations.transport.door.signatures import fingerprint

    number = dialog360_number(amber)
    path, old = door_of(number)
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    endpoints.add_secret(endpoint_id=endpoint.pk, secret="the-new-one")
    time.sleep(3.1)  # the edge forgets what it knew of the door
    for index, secret in enumerate([old, "the-new-one"]):
        raw = body(PHONE_NUMBER_ID, message(f"wamid.{index}"))
        assert edge.post(path, content=raw, headers={KEY_HEADER: secret}).status_code == 200
    assert edge.post(path, content=b"{}", headers={KEY_HEADER: "neither"}).status_code == 401
    seen = until(lambda: (row := WebhookEndpoint.objects.get(pk=endpoint.pk)).refused_at and row)
    assert set(seen.secret_uses) == {fingerprint(old), fingerprint("the-new-one")}


def until(look: Any) -> Any:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


@transactional
@pytest.mark.parametrize("stall", ["insert", "look_up"])
def test_it_is_answered_within_five_seconds_though_the_database_hangs(
    edge: httpx.Client, amber: Shop, monkeypatch: pytest.MonkeyPatch, stall: str
) -> None:
    path, secret = door_of(dialog360_number(amber))
    raw = body(PHONE_NUMBER_ID, message("wamid.A"))
    if stall == "insert":
        assert edge.post(path, content=b"{}", headers={KEY_HEADER: secret}).status_code == 200
        slow = edge_store.sql.SQL("SELECT pg_sleep(30), %b::bigint[], %b::bytea[], %b::bytea[], %b::text[]")
        monkeypatch.setattr(edge_store, "_INSERT", slow)
    else:
        from conversations.transport.door import edge_doors

        monkeypatch.setattr(edge_doors, "_BY_OPAQUE", "SELECT pg_sleep(30), %s::text")
    took = []
    for _ in range(3):
        started = time.monotonic()
        assert edge.post(path, content=raw, headers={KEY_HEADER: secret}).status_code == 503
        took.append(time.monotonic() - started)
    assert max(took) < 5
    monkeypatch.undo()
    time.sleep(0.4)
    assert edge.post(path, content=raw, headers={KEY_HEADER: secret}).status_code == 200


@pytest.mark.django_db
def test_an_address_speaks_for_its_own_number_alone(amber: Shop) -> None:
    first = dialog360_number(amber)
    add_number(shop=amber, provider="dialog360", phone="+27110001001", phone_number_id="other", token="k")
    endpoint = WebhookEndpoint.objects.get(number_id=first.pk)
    raw = body("other", message("wamid.forged"))
    keep_body(raw, endpoint=endpoint, digest=b"1" * 32)
    splitter.split_waiting()
    event = InboxEvent.objects.get()
    assert (event.state, event.last_error) == ("quarantined", "the address belongs to another number")


@pytest.mark.django_db
def test_metas_own_door_does_not_speak_for_a_number_at_360dialog(amber: Shop) -> None:
    dialog360_number(amber)
    raw = body(PHONE_NUMBER_ID, message("wamid.A"))
    keep_body(raw, digest=b"1" * 32)
    splitter.split_waiting()
    event = InboxEvent.objects.get()
    assert (event.state, event.last_error) == ("quarantined", "the number is at another provider")


class Recorded:
    """360dialog as far as a test needs it: what was asked, and answers one after another."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, str], Any]] = []
        self.answers: list[HttpAnswer | CallFailed] = []

    def call(self, method: str, url: str, *, headers: Any = None, body: bytes | None = None, **_: Any) -> HttpAnswer:
        self.calls.append((method, url, dict(headers or {}), json.loads(body) if body else None))
        answer = self.answers.pop(0)
        if isinstance(answer, CallFailed):
            raise answer
        return answer


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Recorded]:
    settings.DIALOG360_URL = "https://waba-v2.360dialog.io"
    found = Recorded()
    monkeypatch.setattr(http, "call", found.call)
    return found  # type: ignore[return-value]


def answered(status: int, data: Any, **headers: str) -> HttpAnswer:
    return HttpAnswer(status, headers, data if isinstance(data, bytes) else json.dumps(data).encode())


def test_a_message_goes_to_a_path_without_version_or_number_with_the_key(wire: Recorded) -> None:
    wire.answers = [answered(200, {"messages": [{"id": "wamid.OUT"}]})]
    d360 = provider("dialog360")
    payload = d360.render(Outgoing(1, Text("Hello"), phone="+27820000001"), token="t1")

    answer = d360.send(LINE, payload)

    ((method, url, headers, sent),) = wire.calls
    assert (method, url) == ("POST", "https://waba-v2.360dialog.io/messages")
    assert headers == {"D360-API-KEY": "d360-key", "Content-Type": "application/json"}
    assert (sent["messaging_product"], sent["to"], sent["text"]["body"]) == ("whatsapp", "+27820000001", "Hello")
    assert sent["biz_opaque_callback_data"] == "t1"
    assert (answer.outcome, answer.wamid) == (Outcome.ACCEPTED, "wamid.OUT")


META_ERROR = {"error": {"code": 131026, "message": "undeliverable"}}


def own(words: str) -> dict[str, Any]:
    """An error of 360dialog itself."""
    return {"meta": {"success": False, "developer_message": words}}


REFUSED, UNKNOWN = Outcome.REFUSED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "data", "judged"),
    [
        (400, META_ERROR, (REFUSED, Retry.NEVER, Blame.MESSAGE, 131026)),
        (400, {"error": {"code": 131056}}, (REFUSED, Retry.SAFE, Blame.PAIR, 131056)),
        (401, own("Invalid api key"), (REFUSED, Retry.LATER, Blame.NUMBER_AUTH, None)),
        (403, {}, (REFUSED, Retry.LATER, Blame.NUMBER_AUTH, None)),
        (400, own("Unpaid invoice"), (REFUSED, Retry.LATER, Blame.NUMBER_AUTH, None)),
        (400, own("Account DISABLED"), (REFUSED, Retry.LATER, Blame.NUMBER_AUTH, None)),
        (400, own("Rate limit"), (REFUSED, Retry.SAFE, Blame.NUMBER_PACE, None)),
        (429, b"", (REFUSED, Retry.SAFE, Blame.NUMBER_PACE, None)),
        (400, own("?"), (REFUSED, Retry.NEVER, Blame.MESSAGE, None)),
        (502, own("x"), (UNKNOWN, Retry.RECONCILE, Blame.SERVER, None)),
        (500, b"<html>", (UNKNOWN, Retry.RECONCILE, Blame.SERVER, None)),
        (200, b"nothing", (UNKNOWN, Retry.RECONCILE, Blame.MESSAGE, None)),
    ],
)
def test_each_answer_is_judged(wire: Recorded, status: int, data: Any, judged: tuple[Any, ...]) -> None:
    wire.answers = [answered(status, data)]
    answer = provider("dialog360").send(LINE, {})
    assert (answer.outcome, answer.retry, answer.blame, answer.error_code) == judged


@pytest.mark.parametrize(("was_sent", "outcome"), [(True, Outcome.UNKNOWN), (False, Outcome.REFUSED)])
def test_silence_is_unknown_and_no_connection_is_safe(wire: Recorded, was_sent: bool, outcome: Outcome) -> None:
    wire.answers = [CallFailed("deadline", was_sent=was_sent)]
    assert provider("dialog360").send(LINE, {}).outcome is outcome


def test_a_file_is_fetched_at_360dialogs_host_whatever_host_its_address_names(
    wire: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conversations.transport.providers.meta_cloud import media
    from shopme.lib.downloads import Download

    asked: list[tuple[str, Any]] = []

    def download(url: str, *, into: Any, headers: Any, **_: Any) -> Any:
        asked.append((url, dict(headers)))
        into.write(b"jpeg")
        return Download(status=200, headers={}, body=b"", sha256="", size=4)

    monkeypatch.setattr(media.downloads, "download", download)
    raw = rb'{"url":"https:\/\/lookaside.fbsbx.com\/whatsapp_business\/attachments\/?mid=901&ext=17&hash=A","mime_type":"image/jpeg"}'
    wire.answers = [answered(200, raw)]
    into = io.BytesIO()

    answer = provider("dialog360").fetch_media(LINE, "901", into=into, most=1000)

    assert wire.calls[0][:2] == ("GET", "https://waba-v2.360dialog.io/901")
    where = "https://waba-v2.360dialog.io/whatsapp_business/attachments/?mid=901&ext=17&hash=A"
    assert asked == [(where, {"D360-API-KEY": "d360-key"})]
    assert (answer.outcome, into.getvalue()) == (MediaOutcome.DONE, b"jpeg")


def test_templates_are_asked_for_without_an_account_in_the_path(wire: Recorded) -> None:
    wire.answers = [answered(200, {"data": []}), answered(200, {"success": True})]
    desk = provider("dialog360").templates(LINE)
    desk.page()
    desk.delete(name="order_paid", provider_id="77")
    (_, page, headers, _), (method, gone, *_) = wire.calls
    assert page.startswith("https://waba-v2.360dialog.io/message_templates?fields=")
    assert headers["D360-API-KEY"] == "d360-key"
    assert (method, gone) == ("DELETE", "https://waba-v2.360dialog.io/message_templates?name=order_paid&hsm_id=77")


def test_templates_are_written_and_read_as_meta_does(wire: Recorded) -> None:
    record = {"id": "77", "name": "order_paid", "language": "en-us", "status": "APPROVED", "components": [BODY_PART]}
    wire.answers = [answered(200, {"id": "77", "status": "PENDING"}), answered(200, {"data": [record, {"id": "78"}]})]
    desk = provider("dialog360").templates(LINE)
    desk.create(TemplateWish([BODY_PART], name="order_paid", language="en_US", category="UTILITY", ttl_seconds=600))
    assert wire.calls[0][3] == {
        "name": "order_paid",
        "language": "en_US",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [BODY_PART],
        "message_send_ttl_seconds": 600,
    }
    (read,) = desk.page().data["templates"]
    assert (read.provider_id, read.name, read.language, read.parts) == ("77", "order_paid", "en_US", [BODY_PART])


def test_the_webhook_is_set_with_a_secret_header_and_read_back(wire: Recorded) -> None:
    wire.answers = [answered(200, {}), answered(200, {"url": "https://shopme.example/webhooks/whatsapp/abc/"})]
    desk = provider("dialog360").numbers(LINE)

    set_ = desk.set_webhook(url="https://shopme.example/webhooks/whatsapp/abc/", header=KEY_HEADER, secret="s3")

    assert set_.is_fine
    assert wire.calls[0][:2] == ("POST", "https://waba-v2.360dialog.io/v1/configs/webhook")
    assert wire.calls[0][3] == {
        "url": "https://shopme.example/webhooks/whatsapp/abc/",
        "headers": {"X-Hook-Key": "s3"},
    }
    # At 360dialog an address always belongs to the one number.
    address = "https://shopme.example/webhooks/whatsapp/abc/"
    assert desk.webhook().data == {"url": address, "own": address}


@pytest.mark.parametrize("url", ["https://shop.example:8443/x/", "https://my_shop.example/x/"])
def test_an_address_360dialog_would_refuse_is_not_even_sent(wire: Recorded, url: str) -> None:
    told = provider("dialog360").numbers(LINE).set_webhook(url=url, header=KEY_HEADER, secret="s")
    assert (told.is_fine, told.is_refused, wire.calls) == (False, True, [])


def test_a_dead_key_is_told_from_a_provider_that_is_away(wire: Recorded) -> None:
    wire.answers = [
        answered(401, {"meta": {"developer_message": "Invalid api key"}}),
        CallFailed("x", was_sent=False),
        answered(400, {"meta": {"developer_message": "Rate limit"}}),
        answered(200, {"url": ""}),
    ]
    desk = provider("dialog360").numbers(LINE)
    dead, away, slowed, fine = desk.token(), desk.token(), desk.token(), desk.token()
    assert (dead.is_known, dead.is_valid) == (True, False)
    assert "Enter a new one" in dead.sentence
    assert "Invalid api key" in dead.sentence
    assert (away.is_known, slowed.is_known, fine.is_known, fine.is_valid) == (False, False, True, True)
