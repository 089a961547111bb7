"""The menu beside the composer in a real browser: by pointer and by keys, wide and narrow, until it stands in the thread."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from conversations.chat_settings import save_chat_settings
from conversations.models import Conversation, Message
from orders.models import DeliveryTerms
from tenants.context import inside
from tenants.models import Role, Shop
from tests.browser.conftest import Server
from tests.browser.furnished import Furnished, furnish
from tests.browser.looking import Stop, watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    found = furnish(amber)
    with inside(amber):
        save_chat_settings(
            bot_enabled=True,
            welcome_text="",
            takeover_minutes=30,
            form_id="800",
            form_screen="FIRST",
            form_name="Table booking",
            form_label="Book a table",
        )
        DeliveryTerms.objects.update_or_create(
            pk=1,
            defaults={
                "collection_address": "12 Loop Street",
                "collection_latitude": -33.9249,
                "collection_longitude": 18.4241,
            },
        )
        now = timezone.now()
        Conversation.objects.update(window_expires_at=now + timedelta(hours=3), last_inbound_at=now, language="en")
    return found


def thread_of(furnished: Furnished) -> int:
    with inside(furnished.shop):
        return Conversation.objects.get().pk


def opened(page: Page) -> None:
    page.get_by_label("Send something else").locator("visible=true").click()
    expect(page.get_by_role("link", name="Table booking")).to_be_visible()


def products(page: Page) -> None:
    """Two products are chosen in the dialog, and stand in its preview."""
    opened(page)
    page.locator(".drop").get_by_role("link", name="Products").click()
    dialog = page.locator("#saying-dialog")
    boxes = dialog.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(dialog.locator("#saying-preview .bub")).to_contain_text("Please have a look")


def place(page: Page) -> None:
    opened(page)
    page.locator(".drop").get_by_role("link", name="Location").first.click()
    page.get_by_label("Where").fill("-33.9249, 18.4241")
    page.get_by_label("Name").fill("Amber Bakery")
    expect(page.locator("#saying-preview .bub")).to_contain_text("Amber Bakery")


def refused(page: Page) -> None:
    opened(page)
    page.locator(".drop").get_by_role("link", name="Contact card").click()
    page.get_by_label("Phone").fill("")
    page.locator("#saying").get_by_role("button", name="Send").click()
    expect(page.locator("#saying .notice, #saying .field-error").first).to_be_visible()


def test_the_menu_and_its_forms(furnished: Furnished, walk: Callable[..., None]) -> None:
    thread = thread_of(furnished)
    path = f"/inbox/{thread}/"
    walk(
        furnished.shop,
        {
            "saying-menu": Stop(path, then=opened),
            "saying-products": Stop(path, then=products),
            "saying-location": Stop(path, then=place),
            "saying-refused": Stop(path, then=refused),
            "saying-page": Stop(f"/inbox/{thread}/say/form/"),
        },
    )


def test_a_place_is_sent_by_keys_alone_while_half_a_sentence_waits(
    furnished: Furnished, page_of: Callable[..., Page], server: Server
) -> None:
    page = page_of(furnished.shop, Role.AGENT)
    complaints = watch(page)
    page.goto(server.url(furnished.shop, f"/inbox/{thread_of(furnished)}/"))
    page.locator("#composer").fill("Half a sentence")
    page.get_by_label("Send something else").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#saying-dialog")).to_be_visible()
    where, name = page.get_by_label("Where"), page.get_by_label("Name")
    expect(name).to_have_value("Amber Bakery")
    where.fill("-26.2041, 28.0473")
    for field in (name, page.get_by_label("Address")):
        expect(field).to_have_value("")  # another place is not the bakery
    where.fill("-33.9249, 18.4241")
    expect(name).to_have_value("Amber Bakery")
    name.press("Enter")
    expect(page.locator("#saying-dialog")).to_be_hidden()
    expect(page.locator("#thread-log .bub-me").last).to_contain_text("Amber Bakery")
    expect(page.locator("#composer")).to_have_value("Half a sentence")
    expect(page.locator("#composer")).to_be_focused()
    with inside(furnished.shop):
        assert Message.objects.filter(kind="location", author="staff").count() == 1
    assert complaints == []
