"""The inbox and the phone in a real browser: how they look, and the whole story of an order, live on both sides."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from conversations import simulated
from conversations.models import Conversation, Message, MessageStatus
from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.meta_cloud.render import content_of
from conversations.transport.providers.simulator import payloads, phones
from conversations.transport.replies import AskAddress, AskContact, ContactCard, Contacts, Form
from tenants.context import inside
from tenants.live import announce
from tenants.models import Role, Shop, WhatsAppNumber
from tenants.services.numbers import add_number
from tests.browser.conftest import Server
from tests.browser.furnished import Furnished, furnish
from tests.browser.looking import Stop, watch
from tests.conversations.test_phone_taps import OFFERS, READY, TEMPLATE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Walk = Callable[..., None]
ContextOf = Callable[..., BrowserContext]


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    return furnish(amber)


def busy_thread(shop: Shop) -> int:
    """The waiting chat, with something of every kind and an open window."""
    with inside(shop):
        thread = Conversation.objects.get()
        now = timezone.now()
        Conversation.objects.update(
            window_expires_at=now + timedelta(hours=3), last_inbound_at=now, language="en", unread_count=2
        )
        spoken: list[tuple[str, str, str, dict[str, object], str]] = [
            (
                "customer",
                "location",
                "",
                {"location": {"latitude": -33.9, "longitude": 18.4, "name": "Home"}},
                "received",
            ),
            ("bot", "buttons", "Here is *Rye*", {"kind": "buttons", "buttons": [{"id": "a", "title": "Add"}]}, "read"),
            (
                "bot",
                "list",
                "Choose",
                {"kind": "list", "button": "Open", "sections": [{"choices": [{"id": "a", "title": "Rye"}]}]},
                "delivered",
            ),
            ("system", "link", "Pay", {"kind": "link", "label": "Pay now", "url": "https://a.example/"}, "sent"),
            ("staff", "text", "Ask for Maya", {"kind": "text"}, "failed"),
            ("customer", "unsupported", "", {"details": {"type": "poll"}}, "received"),
        ]
        for author, kind, text, content, state in spoken:
            Message.objects.create(
                conversation=thread,
                direction="in" if author == "customer" else "out",
                author=author,
                kind=kind,
                text=text,
                content=content,
                state=state,
                error_text="The customer is not on WhatsApp." if state == "failed" else "",
            )
        return int(thread.pk)


def test_the_pages_of_the_inbox_and_of_the_simulator(furnished: Furnished, walk: Walk) -> None:
    thread = busy_thread(furnished.shop)
    with inside(furnished.shop):
        latest = Message.objects.latest("pk").pk
        reply = Message.objects.filter(author="bot").latest("pk").pk
        for seconds, status in enumerate(("sent", "delivered", "read")):
            told = {"category": "utility", "type": "regular"} if status == "sent" else {}
            at = timezone.now() + timedelta(seconds=seconds)
            MessageStatus.objects.create(message_id=reply, wamid="wamid.1", status=status, at=at, pricing=told)
    pages = {
        "inbox": Stop("/inbox/"),
        "inbox-found": Stop("/inbox/?q=somebody"),
        "thread": Stop(f"/inbox/{thread}/"),
        "thread-earlier": Stop(f"/inbox/{thread}/before/{latest}/"),
        "why": Stop(f"/inbox/why/{reply}/"),
        "receipts": Stop(f"/inbox/receipts/{reply}/"),
        "receipts-dialog": Stop(f"/inbox/{thread}/", then=receipts_of_the_last),
        "simulator": Stop("/simulator/?phone=12025550142"),
        "simulator-tappable": Stop("/simulator/?phone=12025550143&phone=12025550144"),
        "simulator-shared": Stop("/simulator/?number=shared&phone=12025550142"),
    }
    on_shared_number("12025550142", furnished.shop)
    with inside(furnished.shop):
        everything_to_tap(simulated.number_of(furnished.shop), "12025550143")
    walk(furnished.shop, pages)


def receipts_of_the_last(page: Page) -> None:
    """A tap on the ticks tells when what happened."""
    page.get_by_role("link", name="Delivered: what became of it", exact=True).click()
    expect(page.locator("#why-dialog").get_by_text("Utility · charged")).to_be_visible()


def everything_to_tap(number: WhatsAppNumber, digits: str) -> None:
    """A phone with a template, a form, a card, goods and questions on its screen."""
    StandInThing.objects.create(kind="template", owner=number.waba_id, key=TEMPLATE["id"], data=TEMPLATE)
    asks = (AskContact("Your number?"), AskAddress("Where to?", country="IN"))
    cards = Contacts((ContactCard("Bo Khumalo", "+27825550177"),))
    form = Form(body="Which size?", label="Choose", token="tok-1", form_id="800", screen="FIRST", data={"size": "42"})
    for place, reply in enumerate((READY, form, cards, *OFFERS.values(), *asks)):
        StandInMessage.objects.create(
            phone_number_id=number.phone_number_id,
            wamid=f"wamid.TAP{place}",
            recipient=digits,
            payload=content_of(reply),
        )


def on_shared_number(digits: str, shop: Shop) -> None:
    """The platform's number on the simulator, with a phone of this shop that was answered."""
    shared = add_number(shop=None, provider="simulator", phone="+15550100199", phone_number_id="sim-shared").number
    assert phones.open_for(shared.phone_number_id, digits, shop.pk)
    for wamid, content in (
        ("wamid.P1", {"sent_by_phone": payloads.text("Hi")}),
        ("wamid.P2", payloads.text("Hi! 👋 I take you to the shops on this number.")),
    ):
        StandInMessage.objects.create(
            phone_number_id=shared.phone_number_id, wamid=wamid, recipient=digits, payload=content
        )


def test_a_thread_whose_window_is_closed(furnished: Furnished, walk: Walk) -> None:
    thread = busy_thread(furnished.shop)
    with inside(furnished.shop):
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=1))
    walk(furnished.shop, {"thread-closed-window": Stop(f"/inbox/{thread}/")})


def test_the_inbox_and_the_simulator_with_nothing_in_them(amber: Shop, walk: Walk) -> None:
    walk(amber, {"empty-inbox": Stop("/inbox/"), "simulator-off": Stop("/simulator/")})


class Phone:
    """Whoever holds the phone on the screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.replies = page.locator("[data-screen] .pb-in:not(.typing)")

    def _answered(self, act: Callable[[], None], words: str) -> None:
        before = self.replies.count()
        act()
        expect(self.replies).to_have_count(before + 1, timeout=15_000)
        expect(self.replies.last).to_contain_text(words)

    def says(self, text: str, words: str) -> None:
        def act() -> None:
            self.page.fill(".phone textarea", text)
            self.page.press(".phone textarea", "Enter")

        self._answered(act, words)

    def taps(self, title: str, words: str) -> None:
        button = self.page.locator("[data-screen] button.pb-choice", has_text=title).last
        self._answered(button.click, words)

    def picks(self, title: str, words: str) -> None:
        def act() -> None:
            self.page.locator("[data-screen] summary.pb-choice").last.click()
            self.page.locator("[data-screen] .sheet-row", has_text=title).last.click()

        self._answered(act, words)


def test_the_whole_story_from_hello_to_points_live_on_both_sides(
    furnished: Furnished, context_of: ContextOf, server: Server, lanes: None
) -> None:
    context = context_of(furnished.shop, Role.ADMIN)
    page, inbox, orders = (context.new_page() for _ in range(3))
    complaints = watch(page) + watch(inbox)
    page.goto(server.url(furnished.shop, "/simulator/?phone=12025550142"))
    inbox.goto(server.url(furnished.shop, "/inbox/"))
    orders.goto(server.url(furnished.shop, "/orders/"))
    page.bring_to_front()
    phone = Phone(page)

    phone.says("Hi", "Amber")
    row = inbox.locator("[data-row]", has_text="Welcome").or_(inbox.locator("[data-row]").filter(has_text="Assistant"))
    expect(row.first).to_be_visible()
    phone.says("menu", "What would you like")
    phone.picks("Breads", "Breads")
    phone.picks("Sourdough", "Sourdough loaf")
    phone.taps("Whole", "Sourdough loaf")
    phone.says("rye", "Rye")
    phone.taps("Add", "Rye")
    phone.taps("Check out", "How would you like to get it")
    phone.taps("Delivery", "Where shall we bring it")
    phone.picks("Home", "12 Loop Street")
    phone.taps("Order ·", "Thank you")
    expect(orders.locator("tr", has_text="Awaiting payment").first).to_be_visible()

    pays(page, phone)
    a_person_steps_in(inbox, phone)
    assert complaints == []


def pays(page: Page, phone: Phone) -> None:
    """Through the link of the chat and the gateway's own page."""
    with page.context.expect_page() as opened:
        page.locator("[data-screen] a.pb-choice").last.click()
    opened.value.get_by_role("button").first.click()
    opened.value.get_by_role("button", name="Pay").first.click()
    expect(phone.replies.last).to_contain_text("your payment is here", timeout=15_000)
    expect(phone.replies.last).to_contain_text("points")
    expect(page.locator("#behind")).to_contain_text("Paid")


def a_person_steps_in(inbox: Page, phone: Phone) -> None:
    """The inbox shows what happened; a person writes, and hands back."""
    inbox.bring_to_front()
    inbox.locator("[data-row]", has_text="your payment is here").click()
    expect(inbox.locator("#customer-panel")).to_contain_text("Paid")
    inbox.fill("#composer", "Baked with love, on its way!")
    inbox.press("#composer", "Enter")
    expect(inbox.locator("#thread-log .bub-me").last).to_contain_text("Baked with love")
    expect(inbox.locator("#composer")).to_have_value("")
    expect(phone.replies.last).to_contain_text("Baked with love", timeout=15_000)
    expect(inbox.locator("#composer-note")).to_contain_text("paused")
    inbox.get_by_role("button", name="Hand back").click()
    expect(inbox.locator("#composer-note")).to_contain_text("The assistant answers")


def window_until(shop: Shop, thread: int, hours: int) -> None:
    """Open or shut the service window of a thread, and tell whoever looks at it."""
    with inside(shop), transaction.atomic():
        Conversation.objects.filter(pk=thread).update(window_expires_at=timezone.now() + timedelta(hours=hours))
        announce(f"thread-{thread}")


def test_the_inbox_is_walked_by_keys_and_a_failed_send_keeps_its_words(
    furnished: Furnished, context_of: ContextOf, server: Server
) -> None:
    thread = busy_thread(furnished.shop)
    page = context_of(furnished.shop, Role.AGENT).new_page()
    page.goto(server.url(furnished.shop, "/inbox/"))
    page.keyboard.press("Alt+KeyJ")
    expect(page).to_have_url(server.url(furnished.shop, f"/inbox/{thread}/?filter=open"))
    expect(page.locator("#thread-head")).to_be_visible()
    page.keyboard.press("Slash")
    expect(page.locator("#inbox-search")).to_be_focused()
    page.keyboard.press("Alt+KeyL")
    expect(page.locator("#composer")).to_be_focused()
    with inside(furnished.shop):
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=1))  # and nobody tells the page
    page.keyboard.type("Are you there?")
    page.keyboard.press("Enter")
    expect(page.locator("#composer-note [role=alert]")).to_contain_text("24 hours")
    window_until(furnished.shop, thread, -1)
    expect(page.locator("[data-kept-words]")).to_have_text("Are you there?")
    window_until(furnished.shop, thread, 1)
    expect(page.locator("#composer")).to_have_value("Are you there?")


def test_half_written_words_stay_with_their_thread(furnished: Furnished, context_of: ContextOf, server: Server) -> None:
    thread = busy_thread(furnished.shop)
    with inside(furnished.shop):
        first = Conversation.objects.get(pk=thread)
        other = Conversation.objects.create(
            customer=furnished.customer,
            number_id=first.number_id,
            window_expires_at=timezone.now() + timedelta(hours=1),
        )
    page = context_of(furnished.shop, Role.AGENT).new_page()
    page.goto(server.url(furnished.shop, "/inbox/"))
    row = page.locator("#inbox-list [data-row]")
    row.filter(has_text="Sipho").click()
    expect(page).to_have_title("Sipho Dlamini · Inbox · Amber Bakery")
    page.locator("#composer").press_sequentially("For Sipho")
    row.filter(has_text="Thandi").click()
    expect(page.locator("#composer-form")).to_have_attribute("data-composer", str(other.pk))
    expect(page.locator("#composer")).to_have_value("")
    row.filter(has_text="Sipho").click()
    expect(page.locator("#composer")).to_have_value("For Sipho")
    page.press("#composer", "Enter")
    expect(page.locator("#thread-log li[id] .bub-me").last).to_contain_text("For Sipho")  # no longer on its way
    with inside(furnished.shop):
        assert Message.objects.get(text="For Sipho").conversation_id == thread


def test_the_story_works_without_scripts(furnished: Furnished, context_of: ContextOf, server: Server) -> None:
    thread = busy_thread(furnished.shop)
    page = context_of(furnished.shop, Role.AGENT, scripts=False).new_page()
    page.goto(server.url(furnished.shop, f"/inbox/{thread}/"))
    page.fill("#composer", "Plain words")
    page.locator("#composer-form").get_by_role("button", name="Send", exact=True).click()
    assert page.url == server.url(furnished.shop, f"/inbox/{thread}/")
    expect(page.locator("#thread-log")).to_contain_text("Plain words")
    page.goto(server.url(furnished.shop, "/simulator/?phone=12025550142"))
    page.fill(".phone textarea", "Hello without scripts")
    page.locator(".phone button[form^=phone-form]").click()
    expect(page.locator("[data-screen]")).to_contain_text("Hello without scripts")
