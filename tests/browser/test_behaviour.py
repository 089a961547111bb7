"""What pages do: live news, questions before harm, and all of it without scripts too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from catalog.models import Product
from orders import fulfilment
from orders.models import Order
from tenants.context import inside
from tenants.models import Role, Shop
from tests.browser.conftest import Server
from tests.browser.furnished import Furnished, furnish
from tests.browser.held import Held
from tests.browser.looking import faults_of, watch
from tests.conftest import signed_in_client
from tests.trade import a_customer, order_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PageOf = Callable[..., Page]


@pytest.fixture
def furnished(amber: Shop) -> Furnished:
    return furnish(amber)


def test_an_order_arrives_and_moves_on_the_open_page(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    complaints = watch(page)
    page.goto(server.url(furnished.shop, "/orders/"))
    expect(page.locator("live-feed")).to_have_attribute("data-state", "on")
    with inside(furnished.shop):
        order = order_for(a_customer("Live Customer"), furnished.product.variants.order_by("id")[0])
    row = page.locator("tr", has_text="Live Customer")
    expect(row).to_contain_text("Awaiting payment")
    with inside(furnished.shop):
        fulfilment.mark_paid(order_id=order.pk)
    expect(row).to_contain_text("Paid")
    assert complaints == []


def test_the_last_of_a_burst_of_news_is_never_lost(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, "/orders/"))
    expect(page.locator("live-feed")).to_have_attribute("data-state", "on")
    with inside(furnished.shop):
        order = order_for(a_customer("Hasty Customer"), furnished.product.variants.order_by("id")[0])
        fulfilment.mark_paid(order_id=order.pk)
        for to in ("preparing", "ready"):
            fulfilment.move_order(order_id=order.pk, to=to, actor_kind="staff")
    expect(page.locator("tr", has_text="Hasty Customer")).to_contain_text("Ready")


def test_what_is_told_while_a_part_is_on_its_way_is_asked_for_again(
    furnished: Furnished, page_of: PageOf, server: Server
) -> None:
    page = page_of(furnished.shop)
    held = Held(page, signed_in_client(furnished.shop), "/orders/")
    page.goto(server.url(furnished.shop, "/orders/"))
    held.wait()  # a first stream without a last id looks once for itself
    held.note("live:orders")
    with inside(furnished.shop):
        order_for(a_customer("Late Customer"), furnished.product.variants.order_by("id")[0])
    expect(page.locator("html")).to_have_attribute("data-heard", "live:orders")
    held.let_go()
    held.wait()
    held.let_go()
    expect(page.locator("tr", has_text="Late Customer")).to_be_visible()


def test_tabs_of_one_browser_share_one_stream(
    furnished: Furnished, context_of: Callable[..., BrowserContext], server: Server
) -> None:
    context = context_of(furnished.shop)
    streams: list[str] = []
    context.on("request", lambda request: streams.append(request.url) if "/live/?" in request.url else None)
    tabs = [context.new_page() for _ in range(3)]
    for tab in tabs:
        tab.goto(server.url(furnished.shop, "/orders/"))
        expect(tab.locator("live-feed")).to_have_attribute("data-state", "on")
    assert len(streams) == 1
    tabs[0].close()
    with inside(furnished.shop):
        order_for(a_customer("Late Customer"), furnished.product.variants.order_by("id")[0])
    expect(tabs[2].locator("tr", has_text="Late Customer")).to_be_visible()


def test_a_step_is_taken_without_leaving_the_page(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop, Role.AGENT)
    page.goto(server.url(furnished.shop, f"/orders/{furnished.paid.pk}/"))
    page.get_by_role("button", name="Start preparing").click()
    expect(page.locator("#order-card header")).to_contain_text("Preparing")
    expect(page.locator("#toasts")).to_contain_text("preparing.")
    page.get_by_text("Cancel order").wait_for(state="detached")


def test_what_a_person_is_typing_survives_the_news(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, f"/orders/{furnished.placed.pk}/"))
    page.locator("summary", has_text="Cancel order").click()
    page.locator("#reason-cancelled").fill("asked by ph")
    expect(page.locator("live-feed")).to_have_attribute("data-state", "on")
    with inside(furnished.shop):
        fulfilment.mark_paid(order_id=furnished.placed.pk)
    page.wait_for_timeout(1_500)
    expect(page.locator("#reason-cancelled")).to_have_value("asked by ph")
    page.locator("summary", has_text="Cancel order").click()
    expect(page.locator("#order-card header")).to_contain_text("Paid")


def test_harm_is_asked_about_first(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, f"/products/{furnished.product.pk}/"))
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("dialog")).to_contain_text("Archive Sourdough loaf?")
    assert faults_of(page) == []
    page.get_by_role("button", name="Cancel").click()
    with inside(furnished.shop):
        assert Product.objects.get(pk=furnished.product.pk).status == "published"
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("button", name="Yes, go on").click()
    expect(page.locator("#toasts")).to_contain_text("is archived")
    with inside(furnished.shop):
        assert Product.objects.get(pk=furnished.product.pk).status == "archived"


def test_sold_out_is_one_tap_in_the_list(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop, Role.AGENT, size="phone")
    page.goto(server.url(furnished.shop, "/products/"))
    switch = page.get_by_role("switch", name="Sourdough loaf on sale")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    with inside(furnished.shop):
        assert Product.objects.get(pk=furnished.product.pk).is_available is False


def test_a_list_from_before_a_tap_does_not_take_the_tap_back(
    furnished: Furnished, page_of: PageOf, server: Server
) -> None:
    page = page_of(furnished.shop, Role.AGENT, size="phone")
    held = Held(page, signed_in_client(furnished.shop, Role.AGENT), "/products/")
    page.goto(server.url(furnished.shop, "/products/"))
    held.wait()
    held.note("live:products")
    switch = page.get_by_role("switch", name="Sourdough loaf on sale")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator("html")).to_have_attribute("data-heard", "live:products")
    held.let_go()
    held.wait()
    assert switch.get_attribute("aria-checked") == "false"
    held.let_go()
    expect(switch).to_have_attribute("aria-checked", "false")


def test_a_new_variant_row_is_ready_to_type_in(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, f"/products/{furnished.product.pk}/"))
    page.get_by_role("button", name="Add a variant").click()
    expect(page.locator("#id_variants-2-name")).to_be_focused()
    page.keyboard.type("Slice")
    page.locator("#id_variants-2-price_cents").fill("9.50")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("is saved")
    with inside(furnished.shop):
        assert furnished.product.variants.get(name="Slice").price_cents == 9_50


def test_searching_narrows_the_list_and_names_the_search_in_the_address(
    furnished: Furnished, page_of: PageOf, server: Server
) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, "/customers/"))
    page.get_by_role("searchbox").fill("sipho")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.endswith("/customers/?q=sipho")


def test_the_theme_follows_the_system_until_one_is_chosen_which_stays(
    furnished: Furnished, page_of: PageOf, server: Server
) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, "/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "shopme")
    for system, theme in (("dark", "shopme-dark"), ("light", "shopme")):
        page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.locator("nav:visible [data-theme-toggle]").click()
    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")
    page.goto(server.url(furnished.shop, "/orders/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "shopme-dark")


def test_the_chart_tells_its_days_also_after_news(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    complaints = watch(page)
    page.goto(server.url(furnished.shop, "/"))
    expect(page.locator("live-feed")).to_have_attribute("data-state", "on")
    page.wait_for_timeout(1_000)  # a first stream without a last id looks once for itself
    plot, tip = page.locator("shop-chart [data-plot]"), page.locator(".chart-tip")
    plot.hover()
    expect(tip).to_contain_text("before")
    with page.expect_response(lambda answer: "days=14" in answer.url):
        page.evaluate("() => document.body.dispatchEvent(new CustomEvent('live:orders'))")
    expect(tip).to_have_count(0)
    plot.hover(position={"x": 5, "y": 5})
    expect(tip).to_contain_text("before")
    assert complaints == []


def test_the_phone_reaches_everything_by_its_bar(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop, size="phone")
    page.goto(server.url(furnished.shop, "/"))
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_role("link", name="Customers")).to_be_visible()
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Customers")).to_be_hidden()


def test_the_keyboard_skips_to_the_content(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop)
    page.goto(server.url(furnished.shop, "/orders/"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_everything_works_without_scripts(furnished: Furnished, page_of: PageOf, server: Server) -> None:
    page = page_of(furnished.shop, Role.MANAGER, scripts=False)
    page.goto(server.url(furnished.shop, f"/orders/{furnished.placed.pk}/"))
    page.locator("summary", has_text="Cancel order").click()
    page.locator("#reason-cancelled").fill("asked by phone")
    page.get_by_role("button", name="Cancel order").last.click()
    expect(page.locator("#order-card header")).to_contain_text("Cancelled")
    with inside(furnished.shop):
        assert Order.objects.get(pk=furnished.placed.pk).state == "cancelled"
    page.goto(server.url(furnished.shop, "/products/new/"))
    page.locator("#id_name").fill("Focaccia")
    page.locator("#id_variants-0-price_cents").fill("40")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("Focaccia")
    page.goto(server.url(furnished.shop, "/"))
    page.locator("nav:visible details summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
