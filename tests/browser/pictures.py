"""`python -m tests.browser.pictures`: what docs/pictures holds, taken from the demo of a running script/server.

Five pages in both themes. On the way a stranger says hello on the simulator and asks for a loaf.
"""

import argparse
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import CHROMIUM, FLAGS, SIZES, THEMES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LOGIN, PASSWORD = "thandi@demo.shopme.test", "demo-shop-2468"
STRANGER = "12025550142"
MOST_BYTES = 250_000
PATIENCE_MS = 30_000
# Whoever has been here before is greeted by name.
GREETING = re.compile("Welcome to Crumb|good to hear from you")

# Fonts, and every picture within sight.
ALL_LOADED = """
async () => {
  const missing = (image) => {
    const { top, bottom, width } = image.getBoundingClientRect();
    return image.naturalWidth === 0 && image.checkVisibility() && width > 0 && bottom > 0 && top < innerHeight;
  };
  const arrival = (image) => new Promise((done) => { image.onload = image.onerror = done; });
  await document.fonts.ready;
  await Promise.race([
    Promise.all([...document.images].filter(missing).map(arrival)),
    new Promise((done) => setTimeout(done, 5000)),
  ]);
}
"""


def main(words: list[str]) -> None:
    """Take all pictures, or those named."""
    parser = argparse.ArgumentParser(prog="script/pictures")
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these: {', '.join(SCENES)}")
    parser.add_argument("--url", default="http://localhost:8000", help="where script/server runs")
    choice = parser.parse_args(words)
    if unknown := set(choice.names) - set(SCENES):
        parser.error(f"there is no picture of {', '.join(sorted(unknown))}")
    shop = shop_url(choice.url)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take_all(browser, shop, choice.names or list(SCENES))
        browser.close()


def shop_url(platform: str) -> str:
    """Crumb's address on the platform at `platform`; ends with one line when nobody answers there."""
    try:
        urllib.request.urlopen(f"{platform}/health/live", timeout=5).close()
    except (urllib.error.URLError, OSError) as problem:
        raise SystemExit(
            f"Nobody answers at {platform}: start script/server first, or name it with --url."
        ) from problem
    return platform.replace("://", "://crumb.", 1).rstrip("/")


def take_all(browser: Browser, shop: str, names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    signed_in = browser.new_context()
    sign_in(signed_in.new_page(), shop)
    session = signed_in.storage_state()
    width, height = SIZES["desktop"]
    for theme in THEMES:
        context = browser.new_context(
            storage_state=session,
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        for name in names:
            page = context.new_page()
            SCENES[name](page, shop)
            keep(page, FOLDER / f"{name}-{theme}.png")
            page.close()
        context.close()


def sign_in(page: Page, shop: str) -> None:
    page.goto(f"{shop}/login/")
    page.get_by_label("Email").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{shop}/")


def home(page: Page, shop: str) -> None:
    page.goto(f"{shop}/")


def inbox(page: Page, shop: str) -> None:
    """The chat about the birthday cake, which waits for a person."""
    page.goto(f"{shop}/inbox/")
    page.goto(f"{shop}{href_of(page, '#inbox-list a', 'there are 15 of us')}")


def product_edit(page: Page, shop: str) -> None:
    page.goto(f"{shop}/products/?q=sourdough")
    page.goto(f"{shop}{href_of(page, '#main a.row-link', 'Country sourdough')}")


def order(page: Page, shop: str) -> None:
    """The paid order with the most to see: four things, delivered."""
    page.goto(f"{shop}/orders/?q=1116")
    page.goto(f"{shop}{href_of(page, '#main a.row-link', '')}")


def simulator(page: Page, shop: str) -> None:
    """A stranger says hello and asks for a loaf; what was said in an earlier picture is swept away first."""
    phone = f"{shop}/simulator/?phone={STRANGER}"
    page.goto(phone)
    with page.expect_navigation():
        page.locator("form[action$='/start-over/']").last.evaluate("form => form.submit()")
    page.goto(phone)
    expect(page.locator("live-feed")).to_have_attribute("data-state", "on")
    last = page.locator("[data-screen] .pb-in:not(.typing)").last
    for words, answer in (("Hi", GREETING), ("Do you have sourdough?", "Country sourdough")):
        page.get_by_role("textbox", name="Message as").fill(words)
        page.keyboard.press("Enter")
        expect(last).to_contain_text(answer)
    page.locator("[data-screen] button.pb-choice", has_text="Whole").last.click()
    expect(last).to_contain_text("Your basket")
    page.locator("[data-screen] .pb-out").last.get_by_text("Read").wait_for(state="attached")


SCENES: dict[str, Callable[[Page, str], None]] = {
    "home": home,
    "inbox": inbox,
    "product": product_edit,
    "order": order,
    "simulator": simulator,
}


def href_of(page: Page, selector: str, words: str) -> str:
    """Where the first such link with these words leads."""
    return page.locator(selector).filter(has_text=words).first.get_attribute("href") or ""


def keep(page: Page, path: Path) -> None:
    """Write the picture, small: without loss when that is small enough, else with 256 colours."""
    page.evaluate(ALL_LOADED)
    drawn = Image.open(BytesIO(page.screenshot(animations="disabled", caret="initial"))).convert("RGB")
    drawn.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        drawn.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path.name} weighs {path.stat().st_size} bytes, more than {MOST_BYTES}.")
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
