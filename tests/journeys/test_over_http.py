"""The story by signed HTTP only: real processes, Meta's payloads in, what Meta would be asked to send out."""

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from conversations.transport.providers.simulator.recorder import Call
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import chat
from tests.rig import meta
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

WAIT_SECONDS = 30
THANDI = meta.Person("27821234567", "Thandi Dlamini")


class Phone:
    """Somebody whose phone is Meta's servers: posts go in, the stand-in shows what came back."""

    def __init__(self, stage: Stage, shop: BuiltShop, graph: FakeGraph, person: meta.Person) -> None:
        self.stage, self.shop, self.graph, self.person = stage, shop, graph, person
        self.seen = 0

    def says(self, words: str) -> str:
        return self.sends(meta.text(self.shop.line, self.person, words))

    def taps(self, title: str) -> str:
        """Tap the newest button or row with that title."""
        for payload in reversed(self.graph.sent_to(self.person.address)):
            for choice in _choices(payload):
                if choice["title"] == title:
                    return self.sends(meta.tap(self.shop.line, self.person, choice["id"], title))
        raise AssertionError(f"There is nothing called {title!r} to tap.")

    def sends_location(self, latitude: float, longitude: float) -> str:
        place = {"type": "location", "location": {"latitude": latitude, "longitude": longitude}}
        return self.sends(meta._message(self.shop.line, self.person, place))

    def sends(self, post: meta.Post) -> str:
        assert self.post(post) == 200
        return self.sees()

    def post(self, post: meta.Post, **headers: str) -> int:
        signed = {"X-Hub-Signature-256": post.signature, "Content-Type": "application/json", **headers}
        return requests.post(
            f"http://127.0.0.1:{self.stage.port}/webhooks/whatsapp/",
            data=post.body,
            headers={name: value for name, value in signed.items() if value},
            timeout=10,
        ).status_code

    def sees(self) -> str:
        """The next message that reaches the phone."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.graph.sent_to(self.person.address)) <= self.seen:
            assert time.monotonic() < deadline, f"no answer\n{self.stage.tail('lanes')}\n{self.stage.tail('worker')}"
            time.sleep(0.02)
        self.seen += 1
        return _drawn(self.graph.sent_to(self.person.address)[self.seen - 1])

    def pays(self) -> str:
        """Open the newest link in a browser, press Pay, pay on the gateway's page; what the chat says then."""
        link = next(p for p in reversed(self.graph.sent_to(self.person.address)) if _kind(p) == "cta_url")
        browser = Browser(self.stage.port)
        page = browser.get(link["interactive"]["action"]["parameters"]["url"])
        assert "R" in page.text
        gateway = browser.post(page.url, {"form": _field(page.text, "form")})
        done = browser.post(
            gateway.url, {"button": "pay", "csrfmiddlewaretoken": _field(gateway.text, "csrfmiddlewaretoken")}
        )
        assert done.status_code == 200
        return self.sees()


class Browser:
    """A browser that reaches the shop's host, whose name only it can resolve."""

    def __init__(self, port: int) -> None:
        self.port, self.session = port, requests.Session()

    def get(self, url: str) -> requests.Response:
        return self._follow("GET", url, None)

    def post(self, url: str, fields: dict[str, str]) -> requests.Response:
        return self._follow("POST", url, fields)

    def _follow(self, method: str, url: str, fields: dict[str, str] | None) -> requests.Response:
        """Follow redirects by hand; `url` of the answer is the public address."""
        for _hop in range(5):
            host, path = re.fullmatch(r"http://([^/]+)(/.*)", url).groups()  # type: ignore[union-attr]
            answer = self.session.request(
                method,
                f"http://127.0.0.1:{self.port}{path}",
                data=fields,
                headers={"Host": host, "Referer": url, "Origin": f"http://{host}"},
                allow_redirects=False,
                timeout=10,
            )
            answer.url = url
            if not answer.is_redirect:
                return answer
            moved = answer.headers["Location"]
            url = moved if moved.startswith("http") else f"http://{host}{moved}"
            method, fields = "GET", None
        raise AssertionError("too many redirects")


def _field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', html) or re.search(
        rf'value="([^"]+)"[^>]*name="{name}"', html
    )
    return found[1] if found else ""


def _kind(payload: dict[str, Any]) -> str:
    return str(payload["interactive"]["type"] if payload["type"] == "interactive" else payload["type"])


def _choices(payload: dict[str, Any]) -> list[dict[str, str]]:
    if _kind(payload) == "button":
        return [button["reply"] for button in payload["interactive"]["action"]["buttons"]]
    if _kind(payload) == "list":
        return [row for section in payload["interactive"]["action"]["sections"] for row in section["rows"]]
    return []


def _drawn(payload: dict[str, Any]) -> str:
    """Meta's payload as the phone shows it."""
    if payload["type"] == "text":
        return str(payload["text"]["body"])
    interactive, kind = payload["interactive"], _kind(payload)
    lines = [interactive["body"]["text"]]
    if footer := interactive.get("footer", {}).get("text"):
        lines.append(f"_{footer}_")
    if kind == "button":
        lines.append(" ".join(f"[{choice['title']}]" for choice in _choices(payload)))
    if kind == "list":
        lines.append(f"[≡ {interactive['action']['button']}]")
        lines += [f"• {row['title']} – {row['description']}" for row in _choices(payload)]
    if kind == "cta_url":
        lines.append(f"[→ {interactive['action']['parameters']['display_text']}]")
    if kind == "request_contact_info":
        lines.append("[☏ Share phone number]")
    if kind == "location_request_message":
        lines.append("[⌖ Send location]")
    return "\n".join(lines).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def graph() -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        yield graph


@pytest.fixture(scope="module")
def stage(graph: FakeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The edge with Django behind it, two lane workers, Celery and its beat."""
    with staged(tmp_path_factory.mktemp("over_http"), graph_url=graph.url) as stage:
        yield stage


@pytest.fixture(scope="module")
def shop(stage: Stage) -> BuiltShop:
    built = stage.build(shops=1, products=3)[0]
    stage.start_edge("shopme.asgi:application")
    stage.start_lanes(processes=2, threads=4)
    stage.start_celery()
    return built


@pytest.fixture
def thandi(stage: Stage, shop: BuiltShop, graph: FakeGraph) -> Phone:
    graph.recorder.on_accept = None
    return Phone(stage, shop, graph, THANDI)


def test_the_whole_story_message_by_message(stage: Stage, shop: BuiltShop, thandi: Phone) -> None:
    assert thandi.says("Hi") == chat("""
        Hi Thandi! 👋 Welcome to Shop 0.

        Look around, order and pay right here in this chat. Every order earns you points.
        _Send STOP if you never want offers from us._
        [Menu] [Browse products] [Talk to a person]
    """)
    assert thandi.taps("Browse products") == chat("""
        Here is what we have. Where would you like to start?
        [≡ See categories]
        • Bread – 1 product
        • Cakes – 1 product
        • Drinks – 1 product
    """)
    assert thandi.taps("Bread") == chat("""
        *Bread* – tap a product to see it up close.
        [≡ See products]
        • Bread no. 0 – R10,00
    """)
    assert thandi.taps("Bread no. 0") == chat("""
        *Bread no. 0*

        *R10,00* · in stock
        [Add to basket] [See more] [My basket]
    """)
    assert thandi.taps("Add to basket") == chat("""
        Done! ✓ 1 × Bread no. 0.
        Your basket: 1 item, R10,00.
        [Check out] [Keep shopping] [My basket]
    """)
    assert thandi.says("cakes").startswith("*Cakes no. 1*")
    assert thandi.taps("Add to basket") == chat("""
        Done! ✓ 1 × Cakes no. 1.
        Your basket: 2 items, R21,00.
        [Check out] [Keep shopping] [My basket]
    """)
    assert thandi.taps("Check out") == chat("""
        How would you like to get it?

        🛵 *Delivery*: free
        🛍️ *Collection*: free
        [Delivery] [Collection]
    """)
    assert thandi.taps("Delivery") == chat("""
        Where shall we bring it?

        Write the address, or tap the button to send your location.
        [⌖ Send location]
    """)
    assert thandi.sends_location(-33.9249, 18.4241) == chat("""
        Almost there! Is everything right?

        1 × Bread no. 0 – R10,00
        1 × Cakes no. 1 – R11,00

        Delivery: free
        *Total: R21,00*

        🛵 To: the location you sent
        [Order · R21,00] [Add a note] [Change delivery]
    """)
    answer = thandi.taps("Order · R21,00")
    (expires_at,) = stage.ask(f'SELECT expires_at FROM "{shop.schema}".orders_order')[0]
    until = expires_at.astimezone(ZoneInfo("Africa/Johannesburg")).strftime("%H:%M")  # type: ignore[attr-defined]
    assert answer == chat(f"""
        Thank you! Your order is *#1001*.

        Total: *R21,00*
        We keep everything for you until {until}.
        [→ Pay R21,00]
    """)
    assert thandi.pays() == chat("""
        Thank you, your payment is here! ✅ Order *#1001* is confirmed. I will write when it is on its way.

        You earned *2 points* and now have 2. ⭐
        [See the order] [My points] [Menu]
    """)
    assert thandi.taps("My points").startswith("You have *2 points* ⭐\n\nLately:\n+2 order #1001 · ")
    assert stage.ask(f'SELECT state, total_cents FROM "{shop.schema}".orders_order') == [("paid", 2100)]


def test_a_hidden_customer_orders_pays_and_later_shows_their_phone(
    stage: Stage, shop: BuiltShop, thandi: Phone
) -> None:
    """One customer, one thread, one balance; sends go to `recipient` until there is a phone, and to it from then on."""
    hidden = Phone(stage, shop, thandi.graph, meta.Person("", "Nomsa Zulu", "ZA.998877665544"))
    assert hidden.says("Hi").startswith("Hi Nomsa! 👋")
    assert hidden.says("cakes").startswith("*Cakes no. 1*")
    assert hidden.taps("Add to basket").startswith("Done! ✓")
    assert hidden.taps("Check out").startswith("How would you like to get it?")
    assert hidden.taps("Collection") == chat("""
        WhatsApp does not show me your phone number. May we have it, in case we have to call about your order?
        [☏ Share phone number]
    """)
    assert hidden.sees() == "You can also order without it.\n[Go on without]"
    assert hidden.taps("Go on without").startswith("Almost there! Is everything right?")
    assert hidden.taps("Order · R11,00").startswith("Thank you! Your order is")
    assert "You earned *1 point* and now have 1. ⭐" in hidden.pays()
    assert all("to" not in payload for payload in hidden.graph.sent_to("ZA.998877665544"))

    phone = Phone(stage, shop, thandi.graph, meta.Person("27835557788", "Nomsa Zulu"))
    assert hidden.post(meta.own_phone(shop.line, hidden.person, "27835557788")) == 200
    assert phone.sees().startswith("Thank you! We have your phone number now")
    assert phone.says("points").startswith("You have *1 point* ⭐")
    assert [payload["to"] for payload in phone.graph.sent_to("27835557788")] == ["+27835557788"] * 2

    schema = f'"{shop.schema}"'
    (who,) = stage.ask(f"SELECT id, phone FROM {schema}.loyalty_customer WHERE profile_name = 'Nomsa Zulu'")
    assert who[1] == "+27835557788"
    assert stage.ask(f"SELECT count(*) FROM {schema}.conversations_conversation WHERE customer_id = {who[0]}") == [(1,)]
    assert stage.ask(f"SELECT active FROM {schema}.loyalty_account WHERE customer_id = {who[0]}") == [(1,)]
    lanes = stage.ask("SELECT lane FROM transport_lanealias WHERE value IN ('ZA.998877665544', '27835557788')")
    assert len(lanes) == 2
    assert len(set(lanes)) == 1


def test_the_same_webhook_fifty_times_at_once_is_one_message(stage: Stage, shop: BuiltShop, thandi: Phone) -> None:
    amara = Phone(stage, shop, thandi.graph, meta.Person("2348025550148", "Amara"))
    post = meta.text(shop.line, amara.person, "hello")
    answers: list[int] = []
    posting = [threading.Thread(target=lambda: answers.append(amara.post(post))) for _ in range(50)]
    for one in posting:
        one.start()
    for one in posting:
        one.join()

    assert answers == [200] * 50
    assert amara.sees().startswith("Hi Amara! 👋")
    assert amara.says("menu").startswith("What would you like to do?")
    assert len(amara.graph.sent_to("2348025550148")) == 2
    found = stage.ask(f"SELECT count(*) FROM \"{shop.schema}\".conversations_message WHERE wamid = '{post.wamid}'")
    assert found == [(1,)]


def test_statuses_that_come_before_their_message_settle_it(stage: Stage, shop: BuiltShop, thandi: Phone) -> None:
    """Read and delivered are posted before Meta has even answered our send."""
    chen = Phone(stage, shop, thandi.graph, meta.Person("27829990001", "Chen"))

    def report_early(call: Call) -> None:
        for state in ("read", "delivered", "sent"):
            post = meta.status(shop.line, wamid=call.wamid, to=call.recipient, state=state, token=call.token)
            assert chen.post(post) == 200

    thandi.graph.recorder.on_accept = report_early
    assert chen.says("hello").startswith("Hi Chen! 👋")
    thandi.graph.recorder.on_accept = None

    wamid = next(call.wamid for call in chen.graph.calls if call.recipient == chen.person.phone)
    _wait_until(
        stage, f"SELECT state FROM \"{shop.schema}\".conversations_message WHERE wamid = '{wamid}'", [("read",)]
    )
    _wait_until(
        stage,
        f"SELECT status FROM \"{shop.schema}\".conversations_messagestatus WHERE wamid = '{wamid}' ORDER BY status",
        [("delivered",), ("read",), ("sent",)],
    )


def test_what_was_not_signed_by_meta_is_not_heard(stage: Stage, shop: BuiltShop, thandi: Phone) -> None:
    before = len(thandi.graph.calls)
    post = meta.text(shop.line, meta.Person("27829990002", "Mallory"), "hello")
    forged = meta.Post(post.body, "sha256=" + "0" * 64, post.wamid)
    unsigned = meta.Post(post.body, "", post.wamid)

    assert (thandi.post(forged), thandi.post(unsigned)) == (401, 401)
    time.sleep(0.5)
    assert len(thandi.graph.calls) == before
    assert json.loads(post.body)["object"] == "whatsapp_business_account"


def _wait_until(stage: Stage, query: str, wanted: list[tuple[object, ...]]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := stage.ask(query)) != wanted:
        assert time.monotonic() < deadline, f"{found}, wanted {wanted}"
        time.sleep(0.1)
