"""The pages of templates and the picker in a thread: how they look, and a template from the first word to the phone."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from conversations.models import Conversation, Message
from conversations.templates import starters
from conversations.templates.drafts import components_of
from conversations.templates.mirror import Teller, derive, put_quality, put_status
from conversations.templates.models import Template
from loyalty.models import Customer
from tenants.context import inside
from tenants.models import Shop, WhatsAppNumber
from tenants.storage import save_image
from tests.browser.conftest import Server
from tests.browser.furnished import Furnished, furnish
from tests.browser.looking import Stop
from tests.trade import order_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Walk = Callable[..., None]
WABA = "800000000000001"
PROMO = [
    {"type": "HEADER", "format": "IMAGE"},
    {
        "type": "BODY",
        "text": "Good morning {{1}}, the *first figs* of the year are in. Bread with figs and walnut, today only.",
    },
    {"type": "FOOTER", "text": "Amber Bakery, Long Street"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Keep one for me"},
            {
                "type": "URL",
                "text": "See it",
                "url": "https://amber.example/{{1}}",
                "example": ["https://amber.example/figs"],
            },
        ],
    },
]


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    found = furnish(amber)
    WhatsAppNumber.objects.filter(shop=amber).update(waba_id=WABA)
    return found


def templates(shop: Shop) -> dict[str, int]:
    """One template in each kind of state; their ids by name."""
    for place, starter in enumerate(starters.starters()):
        for language in ("en", "it")[: 2 if place % 2 == 0 else 1]:
            draft = starters.draft_of_starter(starter, language, shop.name)
            _row(starter.name, language, "approved", components_of(draft), purpose=starter.purpose)
    picture = BytesIO()
    Image.new("RGB", (400, 260), "#c98f5b").save(picture, "PNG")
    picture.seek(0)
    sample = {"kind": "IMAGE", "key": save_image(picture).key, "mime": "image/jpeg", "name": "figs.jpg"}
    _row("figs_are_here", "en", "rejected", PROMO, category="MARKETING", reason="INCORRECT_CATEGORY", samples=sample)
    tired = _row("weekend_bread", "en", "paused", PROMO, category="MARKETING", samples=sample)
    tired.paused_until = timezone.now() + timedelta(hours=2)
    put_quality(tired, "RED", Teller("webhook", timezone.now()))
    tired.save()
    _row("winter_hours", "en", "pending", [{"type": "BODY", "text": "From Monday we open at seven."}])
    _row("summer_hours", "en", "draft", [{"type": "BODY", "text": "From Monday we open at six."}], local=True)
    return {f"{row.name}_{row.language}": row.pk for row in Template.objects.all()}


def _row(name: str, language: str, status: str, components: list[dict[str, object]], **more: object) -> Template:
    is_local = bool(more.pop("local", False))
    at = timezone.now() - timedelta(hours=3)
    row = Template(
        waba_id=WABA, name=name, language=language, components=components, status="draft", status_at=at, **more
    )
    row.provider_id = "" if is_local else f"77{Template.objects.count():010d}"
    derive(row)
    row.save()
    for step, hours in (("submitting", 3), ("pending", 3), (status, 1)):
        if status != "draft":
            put_status(row, step, Teller("webhook", timezone.now() - timedelta(hours=hours)))
    row.save()
    return row


def refused(page: Page) -> None:
    """A form with everything wrong."""
    page.locator("[name=name]").fill("Order Ready")
    page.locator("[name=body]").fill("{{first_name}}")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.locator("body")).to_contain_text("Use small letters")


def written(page: Page) -> None:
    """A template being written, with its preview beside it."""
    page.locator("[name=name]").fill("figs_are_here_again")
    page.locator("[name=header_kind]").select_option("TEXT")
    page.locator("[name=header_text]").fill("Figs for {{first_name}}")
    page.locator("[name=body]").fill(
        "Good morning {{first_name}}, the *first figs* of the year are in.\n\nBread with figs, today only."
    )
    page.locator("[name=footer]").fill("Amber Bakery, Long Street")
    page.get_by_role("button", name="Add a button").click()
    page.locator("[name=buttons-0-text]").fill("Keep one for me")
    page.locator("[name='sample.body.first_name']").fill("Thandi")
    expect(page.locator("#template-preview")).to_contain_text("Good morning Thandi")
    expect(page.locator("#template-preview")).to_contain_text("Keep one for me")


def test_the_pages_of_templates(furnished: Furnished, walk: Walk) -> None:
    with inside(furnished.shop):
        ids = templates(furnished.shop)
    home = "/settings/templates/"
    walk(
        furnished.shop,
        {
            "templates": Stop("/settings/templates/"),
            "templates-trouble": Stop("/settings/templates/?status=trouble"),
            "template-approved": Stop(f"/settings/templates/{ids['order_ready_en']}/"),
            "template-rejected": Stop(f"{home}{ids['figs_are_here_en']}/"),
            "template-paused": Stop(f"{home}{ids['weekend_bread_en']}/"),
            "template-new": Stop("/settings/templates/new/", then=written),
            "template-refused": Stop("/settings/templates/new/", then=refused),
            "template-change": Stop(f"/settings/templates/{ids['figs_are_here_en']}/edit/"),
            "templates-ready": Stop("/settings/templates/ready/"),
        },
    )


def test_the_pages_of_templates_with_nothing_to_show(furnished: Furnished, walk: Walk) -> None:
    walk(furnished.shop, {"templates-empty": Stop("/settings/templates/")})


def chosen(page: Page) -> None:
    """A template is chosen in the thread; the customer's name is filled in already."""
    page.get_by_role("link", name="Staff follow up").click()
    expect(page.locator("#template-filled")).to_contain_text("Hello Sipho, this is Amber Bakery")
    page.get_by_label("First name").fill("Sipho D")
    expect(page.locator("#template-filled")).to_contain_text("Hello Sipho D, this is Amber Bakery")


def sent(page: Page) -> None:
    """…and it stands in the thread."""
    chosen(page)
    page.get_by_role("button", name="Send the template").click()
    expect(page.locator("#thread-log")).to_contain_text("Hello Sipho D, this is Amber Bakery")
    expect(page.get_by_role("heading", name="Choose a template")).to_be_visible()


def says_unpaid(page: Page) -> None:
    expect(page.locator("#template-order")).to_contain_text("awaiting payment, which is not what the template says")


def test_the_picker_in_a_thread_whose_window_is_closed(furnished: Furnished, walk: Walk) -> None:
    with inside(furnished.shop):
        templates(furnished.shop)
        thread = Conversation.objects.get()
        Conversation.objects.update(
            last_inbound_at=timezone.now() - timedelta(hours=30), window_expires_at=timezone.now() - timedelta(hours=6)
        )
    path = f"/inbox/{thread.pk}/"
    walk(
        furnished.shop,
        {"picker": Stop(path), "picker-chosen": Stop(path, then=chosen), "picker-sent": Stop(path, then=sent)},
    )
    with inside(furnished.shop):
        _row("festa", "en", "approved", PROMO[1:2], category="MARKETING")
        Customer.objects.update(marketing_opt_in=False)
        unpaid = order_for(Conversation.objects.get().customer, furnished.product.variants.order_by("id")[0])
        ready = Template.objects.get(name="order_ready", language="en").pk
    walk(
        furnished.shop,
        {"picker-no-offers": Stop(path), "picker-unpaid-order": Stop(f"{path}?template={ready}", then=says_unpaid)},
    )
    assert unpaid.state == "placed"


# Types into the form of a template at the very moment it stands on the page, as no hand ever could.
TYPES_AT_ONCE = """
() => new MutationObserver((_changes, watcher) => {
  const box = document.querySelector('[name="value.body.first_name"]');
  if (!box) return;
  watcher.disconnect();
  box.value = "Sipho D";
  box.dispatchEvent(new Event("input", { bubbles: true }));
}).observe(document.body, { childList: true, subtree: true })
"""


def test_what_is_typed_the_moment_a_form_appears_is_not_lost(
    furnished: Furnished, page_of: Callable[..., Page], server: Server
) -> None:
    with inside(furnished.shop):
        templates(furnished.shop)
        thread = Conversation.objects.get()
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=6))
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, f"/inbox/{thread.pk}/"))
    page.evaluate(TYPES_AT_ONCE)
    page.get_by_role("link", name="Staff follow up").click()
    expect(page.locator("#template-filled")).to_contain_text("Hello Sipho D, this is Amber Bakery")


def test_a_closed_chat_opened_from_the_list_stands_at_its_end(
    furnished: Furnished, page_of: Callable[..., Page], server: Server
) -> None:
    """Also after one had scrolled up in the chat before, and when the window becomes smaller."""
    with inside(furnished.shop):
        templates(furnished.shop)
        first = Conversation.objects.get()
        now = timezone.now()
        Conversation.objects.update(window_expires_at=now + timedelta(hours=3), last_inbound_at=now)
        other = Customer.objects.exclude(pk=first.customer_id).first()
        closed = Conversation.objects.create(customer=other, number_id=first.number_id, last_message_at=now)
        for thread in (first, closed):
            for place in range(40):
                Message.objects.create(
                    conversation=thread, direction="in", author="customer", kind="text", state="received",
                    text=f"Line {place} of a long talk", shown_at=now + timedelta(seconds=place),
                )  # fmt: skip
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, f"/inbox/{first.pk}/"))
    page.locator("#thread-scroll").evaluate("box => { box.scrollTop = 0 }")
    page.wait_for_timeout(200)
    page.locator(f"#row-{closed.pk} a").click()
    expect(page.get_by_role("heading", name="Choose a template")).to_be_visible()
    expect(page.locator("#thread-log > li").last).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 1440, "height": 640})
    expect(page.locator("#thread-log > li").last).to_be_in_viewport(ratio=0.9)
