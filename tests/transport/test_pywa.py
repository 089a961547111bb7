"""A client written by others: pywa sends to our stand-in Graph API and reads the webhooks of our simulator.

Neither side was made for the other, so what both understand is Meta's language and not only our own idea of it.
"""

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import orjson
import pytest
from PIL import Image
from pywa import WhatsApp, handlers
from pywa.errors import WhatsAppError
from pywa.types import Button, Section, SectionList, SectionRow, URLButton
from pywa.types.templates import BodyText, CopyCodeButton, HeaderImage, QuickReplyButton, TemplateLanguage
from pywa.types.templates import URLButton as TemplateURL

from conversations.transport.door.signatures import sign_meta
from conversations.transport.providers.simulator import kinds, payloads
from conversations.transport.providers.simulator.payloads import Person
from tenants.models import WhatsAppNumber
from tests.fakes.graph import FakeGraph

SECRET = "app-secret"
THANDI = Person("27821234567", "Thandi Dlamini")
NUMBER = WhatsAppNumber(
    phone="+15550100200", phone_number_id="200000000000002", waba_id="300000000000003", provider="simulator"
)
Json = dict[str, Any]


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture
def client(graph: FakeGraph) -> Iterator[WhatsApp]:
    """pywa, pointed at the stand-in: it knows one address only, so that of its session is turned."""
    with httpx.Client() as session:
        client = WhatsApp(phone_id=NUMBER.phone_number_id, token="token", session=session)
        session.base_url = httpx.URL(f"{graph.url}/v24.0")
        yield client


def sent(graph: FakeGraph) -> Json:
    (call,) = graph.calls
    return {key: value for key, value in call.payload.items() if key in ("to", "type", call.payload["type"])}


def test_pywa_sends_a_text_and_reads_its_id(client: WhatsApp, graph: FakeGraph) -> None:
    answer = client.send_message(to="27821234567", text="Hello", reply_to_message_id="wamid.IN1", tracker="tok-1")
    assert answer.id == graph.calls[0].wamid
    assert sent(graph)["text"]["body"] == "Hello"
    assert graph.calls[0].payload["context"] == {"message_id": "wamid.IN1"}
    assert graph.calls[0].token == "tok-1"


def test_pywa_sends_buttons_a_list_and_a_link(client: WhatsApp, graph: FakeGraph) -> None:
    client.send_message(
        to="27821234567",
        text="Confirm?",
        header="Order",
        footer="Shop",
        buttons=[Button("Confirm", callback_data="ok:5"), Button("Cancel", callback_data="no:5")],
    )
    rows = [SectionRow(title="Pickup", callback_data="s:1", description="free"), SectionRow("Delivery", "s:2")]
    client.send_message(
        to="27821234567", text="Choose", buttons=SectionList("Options", [Section(title="Today", rows=rows)])
    )
    client.send_message(to="27821234567", text="Pay", buttons=URLButton(title="Pay", url="https://shop.example/pay/1"))
    kinds_sent = [call.payload["interactive"]["type"] for call in graph.calls]
    assert kinds_sent == ["button", "list", "cta_url"]
    assert [call.wamid for call in graph.calls if call.wamid]
    assert not graph.recorder.refusals


def test_pywa_sends_a_picture_by_its_address_and_every_other_file(client: WhatsApp, graph: FakeGraph) -> None:
    client.send_image(to="27821234567", image="https://files.example/p.jpg", caption="New")
    client.send_video(to="27821234567", video="https://files.example/v.mp4")
    client.send_document(to="27821234567", document="https://files.example/i.pdf", filename="invoice.pdf")
    client.send_audio(to="27821234567", audio="https://files.example/a.mp3")
    client.send_sticker(to="27821234567", sticker="https://files.example/s.webp")
    assert [call.payload["type"] for call in graph.calls] == ["image", "video", "document", "audio", "sticker"]
    assert graph.calls[0].payload["image"] == {"link": "https://files.example/p.jpg", "caption": "New"}


def test_pywa_uploads_a_picture_and_sends_it_by_its_id(client: WhatsApp, graph: FakeGraph) -> None:
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "orange").save(drawn, "PNG")
    kept = client.upload_media(media=drawn.getvalue(), mime_type="image/png", filename="bread.png")
    client.send_image(to="27821234567", image=kept.id, caption="New")
    assert sent(graph)["image"] == {"id": kept.id, "caption": "New"}


def test_pywa_sends_a_place_a_reaction_a_card_and_goods(client: WhatsApp, graph: FakeGraph) -> None:
    from pywa.types import Contact, ProductsSection

    to = "27821234567"
    client.send_location(to=to, latitude=-1.2921, longitude=36.8219, name="Shop", address="Main St 1")
    client.request_location(to=to, text="Where to?")
    client.send_reaction(to=to, emoji="👍", message_id="wamid.IN1")
    client.remove_reaction(to=to, message_id="wamid.IN1")
    card = Contact(
        name=Contact.Name(formatted_name="Bo K", first_name="Bo"), phones=[Contact.Phone(phone="+15550100777")]
    )
    client.send_contact(to=to, contact=card)
    client.send_catalog(to=to, body="See everything", thumbnail_product_sku="SKU-1")
    client.send_product(to=to, catalog_id="700", sku="SKU-1", body="This?")
    section = ProductsSection(title="Hot", skus=["SKU-1", "SKU-2"])
    client.send_products(to=to, catalog_id="700", product_sections=[section], title="Menu", body="All")
    assert not graph.recorder.refusals
    assert len(graph.calls) == 8


def test_pywa_sends_a_template_with_every_kind_of_value(client: WhatsApp, graph: FakeGraph) -> None:
    answer = client.send_template(
        to="27821234567",
        name="offer_may",
        language=TemplateLanguage.ENGLISH_US,
        params=[
            HeaderImage.params(image="https://files.example/p.jpg"),
            BodyText.params("Ada", "R 12.00"),
            CopyCodeButton.params(coupon_code="SAVE25", index=0),
            TemplateURL.params(url_variable="o/5", index=1),
            QuickReplyButton.params(callback_data="order:5", index=2),
        ],
    )
    assert answer.id == graph.calls[0].wamid
    components = graph.calls[0].payload["template"]["components"]
    assert [component["type"].lower() for component in components] == ["header", "body", "button", "button", "button"]


def test_pywa_marks_as_read_and_shows_typing(client: WhatsApp, graph: FakeGraph) -> None:
    assert client.mark_message_as_read(message_id="wamid.IN1")
    assert client.indicate_typing(message_id="wamid.IN1")
    assert graph.calls == []


def test_what_pywa_may_not_send_comes_back_as_metas_error(client: WhatsApp, graph: FakeGraph) -> None:
    with pytest.raises(WhatsAppError) as problem:
        client.send_message(to="27821234567", text="x" * 4097)
    assert problem.value.code == 131009
    assert graph.calls == []
    graph.fail_next("code", code=131047)
    with pytest.raises(WhatsAppError) as closed:
        client.send_message(to="27821234567", text="Hello?")
    assert closed.value.code == 131047


class Reader:
    """pywa as the receiver of webhooks: what its handlers were given, and what it complained of."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.read: list[tuple[str, Any]] = []
        self.caplog = caplog
        self.client = WhatsApp(
            phone_id=NUMBER.phone_number_id,
            token="token",
            server=None,
            verify_token="verify",
            app_secret=SECRET,
            filter_updates=False,
        )
        for handler in (
            handlers.MessageHandler,
            handlers.CallbackButtonHandler,
            handlers.CallbackSelectionHandler,
            handlers.FlowCompletionHandler,
            handlers.MessageStatusHandler,
            handlers.ChatOpenedHandler,
            handlers.PhoneNumberChangeHandler,
            handlers.UserMarketingPreferencesHandler,
        ):
            self.client.add_handlers(handler(self._keep))

    def _keep(self, _client: WhatsApp, update: Any) -> None:
        self.read.append((type(update).__name__, update))

    def takes(self, body: Json) -> Any:
        """Post a body as Meta would; the one update pywa made of it, without a complaint."""
        raw = orjson.dumps(body)
        before = len(self.read)
        with self.caplog.at_level(logging.WARNING, logger="pywa"):
            self.caplog.clear()
            answer, status = self.client.webhook_update_handler(raw, sign_meta(raw, SECRET))
        assert (answer, status) == ("ok", 200)
        assert [record.getMessage() for record in self.caplog.records if record.name.startswith("pywa")] == []
        assert len(self.read) == before + 1, "pywa made nothing of it"
        return self.read[-1]


@pytest.fixture
def reader(caplog: pytest.LogCaptureFixture) -> Reader:
    return Reader(caplog)


MESSAGES: list[tuple[str, Json, str]] = [
    ("text", payloads.text("Hi"), "Message"),
    ("image", payloads.image("this one"), "Message"),
    ("location", payloads.location(-26.2, 28.04, "Home", "Main St 1"), "Message"),
    ("contacts", kinds.contacts("Bo K", "15550100777"), "Message"),
    ("own contact", kinds.own_contact(THANDI), "Message"),
    ("reaction", kinds.reaction("wamid.A", "👍"), "Message"),
    ("reaction taken back", kinds.reaction("wamid.A", ""), "Message"),
    ("order", kinds.cart("700", [("SKU-1", 2, "7.99")], currency="ZAR", words="wrap it"), "Message"),
    ("ad", kinds.from_ad("Hello", "Bread"), "Message"),
    ("product question", kinds.about_product("Is it fresh?", "700", "SKU-1"), "Message"),
    ("forwarded", kinds.forwarded("look", often=True), "Message"),
    ("unsupported", kinds.unsupported("poll"), "Message"),
    ("too large", kinds.too_large(), "Message"),
    ("template button", kinds.template_button("PAY_77", "Pay now"), "CallbackButton"),
    ("button", payloads.button_reply("cart:add:5", "Add"), "CallbackButton"),
    ("list", payloads.list_reply("ship:2", "Pickup", "today"), "CallbackSelection"),
    ("form", kinds.form_answer('{"flow_token": "t-1", "size": "42"}'), "FlowCompletion"),
    ("welcome", kinds.request_welcome(), "ChatOpened"),
]


@pytest.mark.parametrize(("content", "kind"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES])
def test_pywa_reads_every_message_of_the_simulator(reader: Reader, content: Json, kind: str) -> None:
    body = payloads.message_body(NUMBER, THANDI, content, context_wamid="wamid.SAID")
    name, update = reader.takes(body)
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    assert (name, update.id) == (kind, message["id"])
    assert (update.from_user.wa_id, update.from_user.name) == (THANDI.digits, THANDI.name)
    assert update.metadata.phone_number_id == NUMBER.phone_number_id


def test_pywa_reads_the_words_the_tap_and_the_choice(reader: Reader) -> None:
    def read(content: Json) -> Any:
        return reader.takes(payloads.message_body(NUMBER, THANDI, content, context_wamid="wamid.SAID"))[1]

    assert read(payloads.text("Do you have size 42?")).text == "Do you have size 42?"
    assert read(payloads.button_reply("cart:add:5", "Add")).data == "cart:add:5"
    assert read(payloads.list_reply("ship:2", "Pickup", "today")).data == "ship:2"
    place = read(payloads.location(-26.2, 28.04, "Home")).location
    assert (place.latitude, place.longitude, place.name) == (-26.2, 28.04, "Home")
    (line,) = read(kinds.cart("700", [("SKU-1", 2, "7.99")], currency="ZAR")).order.products
    assert (line.sku, line.quantity, line.currency) == ("SKU-1", 2, "ZAR")


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_pywa_reads_every_receipt(reader: Reader, status: str) -> None:
    body = payloads.status_body(NUMBER, wamid="wamid.OUT1", status=status, recipient=THANDI.digits, token="tok-1")
    name, update = reader.takes(body)
    assert (name, update.id, update.status.value, update.tracker) == ("MessageStatus", "wamid.OUT1", status, "tok-1")


def test_pywa_refuses_a_body_that_was_not_signed_by_us(reader: Reader) -> None:
    raw = orjson.dumps(payloads.message_body(NUMBER, THANDI, payloads.text("Hi")))
    answer, _status = reader.client.webhook_update_handler(raw, sign_meta(raw, "another secret"))
    assert answer == "Unmatching signature"
    assert reader.read == []
