"""A stranger greets, browses, orders, pays and earns points on the phone, and the dashboard shows it all by itself.

Real processes serve the demo as `script/server` does: web with the edge, lanes, Celery worker and beat. Two browser
profiles look at them: one holds the customer's phone, the other keeps three pages of the dashboard open, and none of
those is ever loaded again.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from shopme.demo.logins import DEMO_DOMAIN, DEMO_PASSWORD
from tests.browser.looking import watch
from tests.rig.own_redis import own_redis
from tests.rig.stage import Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.load]
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo's bakery, with everything of it running."""
    folder = tmp_path_factory.mktemp("story")
    with own_redis(folder) as redis_url, staged(folder, redis_url=redis_url, graph_url="") as stage:
        stage.environment |= {"WHATSAPP_GRAPH_URL": stage.environment["PLATFORM_URL"]}  # nothing here goes to Meta
        stage.run("manage.py", "migrate_all")
        stage.run("manage.py", "seed_demo", "--shops=1", "--customers=12", "--orders=24", "--yes")
        stage.start_edge("shopme.asgi:application")
        stage.start_lanes(processes=1, threads=4)
        stage.start_celery()
        yield f"http://crumb.localhost:{stage.port}"
        forget_pictures(stage)


def forget_pictures(stage: Stage) -> None:
    """The demo's pictures lie in the folder of the checkout, under the shop's id."""
    for (shop_id,) in stage.ask("SELECT uuid FROM tenants_shop"):
        shutil.rmtree(Path(settings.MEDIA_ROOT) / str(shop_id), ignore_errors=True)


def signed_in(chromium: Browser, shop_url: str, login: str) -> BrowserContext:
    """A browser profile in which `login` of the demo has signed in by the form."""
    expect.set_options(timeout=PATIENCE_MS)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{shop_url}/login/")
    page.get_by_label("Email").fill(f"{login}@{DEMO_DOMAIN}")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{shop_url}/")
    page.close()
    return context


class Tab:
    """One page that is opened once. `stayed()` says that it was never loaded again, and that nothing complained."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        self.complaints = watch(self.page)
        self.page.goto(url)
        expect(self.page.locator("live-feed")).to_have_attribute("data-state", "on")
        self.page.evaluate("() => { window.openedOnce = true; }")

    def stayed(self) -> None:
        assert self.page.evaluate("() => window.openedOnce") is True
        expect(self.page.locator("live-feed")).to_have_attribute("data-state", "on")
        assert self.complaints == []


class Phone(Tab):
    """The phone on the simulator's page."""

    def says(self, words: str) -> None:
        self.page.get_by_role("textbox", name="Message as").fill(words)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("[data-screen] .pb-out").last).to_contain_text(words)

    def taps(self, title: str) -> None:
        self.page.locator("[data-screen]").get_by_role("button", name=title, exact=True).last.click()
        expect(self.page.locator("[data-screen] .pb-out").last).to_contain_text(title)

    def picks(self, row: str, *, of: str) -> None:
        """Open the newest list whose button says `of`, and tap a row of it."""
        listed = self.page.locator("[data-screen] details").filter(has=self.page.locator("summary", has_text=of)).last
        listed.locator("summary").click()
        listed.get_by_role("button", name=re.compile(f"^{re.escape(row)}")).click()

    def reads(self, *words: str) -> None:
        """The newest answer holds these words."""
        for each in words:
            expect(self.page.locator("[data-screen] .pb-in").last).to_contain_text(each)

    @property
    def person(self) -> str:
        label = self.page.get_by_role("textbox", name="Message as").get_attribute("aria-label") or ""
        return label.removeprefix("Message as ")


@dataclass
class Dashboard:
    """Three pages of one person of the shop."""

    inbox: Tab
    orders: Tab
    home: Tab

    def row_of(self, name: str, preview: str) -> Locator:
        """A chat in the list."""
        rows = self.inbox.page.locator("#inbox-list li").filter(has=self.inbox.page.get_by_text(name, exact=True))
        return rows.filter(has_text=preview).first

    def thread_ends_with(self, words: str) -> None:
        expect(self.inbox.page.locator("#thread-log > li").last).to_contain_text(words)

    def panel(self, name: str) -> Locator:
        return self.inbox.page.locator("#customer-panel").get_by_role("region", name=name)

    def points_are(self, points: int) -> None:
        expect(self.inbox.page.locator("#customer-panel [data-points]")).to_have_text(str(points))

    def paid_today(self) -> int:
        return int(self._paid_today.inner_text())

    def paid_today_becomes(self, count: int) -> None:
        expect(self._paid_today).to_have_text(str(count))

    @property
    def _paid_today(self) -> Locator:
        return self.home.page.locator("#home-figures dl div").filter(has_text="Paid orders").locator("dd")

    def order_row(self, number: str) -> Locator:
        return self.orders.page.locator("tbody tr").filter(has_text=number)

    def stayed(self) -> None:
        for tab in (self.inbox, self.orders, self.home):
            tab.stayed()


@pytest.fixture
def phone(chromium: Browser, shop_url: str) -> Iterator[Phone]:
    """A number that never wrote to the shop."""
    context = signed_in(chromium, shop_url, "lebo")
    yield Phone(context, f"{shop_url}/simulator/?phone=new")
    context.close()


@pytest.fixture
def dashboard(chromium: Browser, shop_url: str) -> Iterator[Dashboard]:
    context = signed_in(chromium, shop_url, "thandi")
    yield Dashboard(*(Tab(context, f"{shop_url}{path}") for path in ("/inbox/", "/orders/", "/")))
    context.close()


def test_from_a_strangers_hello_to_points_and_the_dashboard_follows_by_itself(
    phone: Phone, dashboard: Dashboard
) -> None:
    paid_before = dashboard.paid_today()
    a_stranger_says_hello(phone, dashboard)
    two_things_go_into_the_basket(phone, dashboard)
    they_are_delivered_to_a_location(phone, dashboard)
    number = the_order_is_placed(phone, dashboard)
    it_is_paid_on_the_simulated_page(phone, number)
    everybody_knows(phone, dashboard, number)
    dashboard.paid_today_becomes(paid_before + 1)
    phone.stayed()
    dashboard.stayed()


def a_stranger_says_hello(phone: Phone, dashboard: Dashboard) -> None:
    phone.says("Hi")
    phone.reads("Welcome to Crumb.", "Fresh from six every morning.")
    expect(phone.page.locator("#behind")).to_contain_text("Wrote the reply")
    row = dashboard.row_of(phone.person, "Welcome to Crumb.")
    row.locator("a").click()
    dashboard.thread_ends_with("Fresh from six every morning.")
    dashboard.points_are(0)


def two_things_go_into_the_basket(phone: Phone, dashboard: Dashboard) -> None:
    phone.taps("Browse products")
    phone.reads("Here is what we have.")
    dashboard.thread_ends_with("Here is what we have.")
    phone.picks("Breads", of="See")
    phone.reads("Breads")
    phone.picks("Baguette", of="See products")
    phone.reads("Baguette", "R36,00")
    dashboard.thread_ends_with("R36,00")
    phone.taps("Add to basket")
    phone.reads("Your basket: 1 item, R36,00.")
    expect(dashboard.panel("Basket")).to_contain_text("Baguette")
    phone.says("pain au chocolat")
    phone.reads("Pain au chocolat", "R39,00")
    phone.taps("Add to basket")
    phone.reads("Your basket: 2 items, R75,00.")
    dashboard.thread_ends_with("Your basket: 2 items, R75,00.")
    expect(dashboard.panel("Basket")).to_contain_text("Pain au chocolat")
    expect(dashboard.panel("Basket")).to_contain_text("R75,00")


def they_are_delivered_to_a_location(phone: Phone, dashboard: Dashboard) -> None:
    phone.taps("Check out")
    phone.reads("How would you like to get it?")
    phone.taps("Delivery")
    phone.reads("Where shall we bring it?")
    phone.picks("Home", of="Send location")
    phone.reads("Almost there!", "Delivery: R45,00", "Total: R120,00")
    expect(dashboard.inbox.page.locator("#thread-log")).to_contain_text("12 Loop Street, Cape Town")
    dashboard.thread_ends_with("Total: R120,00")


def the_order_is_placed(phone: Phone, dashboard: Dashboard) -> str:
    """Its number, with the hash."""
    phone.taps("Order · R120,00")
    phone.reads("Thank you! Your order is")
    found = re.search(r"#\d+", phone.page.locator("[data-screen] .pb-in").last.inner_text())
    assert found is not None
    number = found[0]
    dashboard.thread_ends_with(number)
    expect(dashboard.panel(f"Order {number[1:]}")).to_contain_text("Awaiting payment")
    expect(dashboard.order_row(number)).to_contain_text("Awaiting payment")
    expect(dashboard.order_row(number)).to_contain_text("R120,00")
    return number


def it_is_paid_on_the_simulated_page(phone: Phone, number: str) -> None:
    with phone.page.expect_popup() as opened:
        phone.page.locator("[data-screen]").get_by_role("link", name="Pay R120,00").click()
    pay = opened.value
    complaints = watch(pay)
    expect(pay.get_by_role("heading", name=f"Order {number}")).to_be_visible()
    pay.get_by_role("button", name="Pay R120,00").click()
    expect(pay.get_by_text("SIMULATED · NO REAL MONEY")).to_be_visible()
    pay.get_by_role("button", name="Pay R120,00").click()
    expect(pay.get_by_text("Thank you, it is paid")).to_be_visible()
    assert complaints == []


def everybody_knows(phone: Phone, dashboard: Dashboard, number: str) -> None:
    phone.reads("Thank you, your payment is here!", f"Order {number} is confirmed.", "You earned 7 points")
    dashboard.thread_ends_with("You earned 7 points")
    expect(dashboard.panel(f"Order {number[1:]}")).to_contain_text("Paid")
    dashboard.points_are(7)
    expect(dashboard.order_row(number)).to_contain_text("Paid")
    phone.taps("My points")
    phone.reads("You have 7 points", f"+7 order {number}")
    dashboard.thread_ends_with(f"+7 order {number}")
