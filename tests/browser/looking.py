"""One look at one page: what axe, the content security policy, the console and the edges say."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page

NPM_AXE = Path(settings.BASE_DIR) / "static" / "src" / "node_modules" / "axe-core" / "axe.min.js"
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (e) =>
  console.error(`policy broken: ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
RUN_AXE = """
async (options) => (await axe.run(document, {resultTypes: ["violations"], ...options})).violations.map((rule) =>
  `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)
"""
HANGS_OVER = "() => document.documentElement.scrollWidth - window.innerWidth"
# A page of ours scrolls inside <main>: what hangs over there is hidden, and lost.
HANGS_OVER_INSIDE = """
() => { const box = document.querySelector("main > .overflow-y-auto"); return box ? box.scrollWidth - box.clientWidth : 0; }
"""


@dataclass
class Look:
    """What one look found; `faults` are sentences."""

    name: str
    status: int = 0
    faults: list[str] = field(default_factory=list)


@cache
def axe_source() -> str:
    """axe-core as npm installed it, else the copy that comes with its Python package."""
    bundled = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    return (NPM_AXE if NPM_AXE.exists() else bundled).read_text()


def watch(page: Page) -> list[str]:
    """Everything this page complains about from now on."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console: {message.text}")

    page.add_init_script(WATCH_POLICY)
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    return complaints


@dataclass(frozen=True)
class Stop:
    """One page of a walk: its path, the status it answers with, and what is done on it before it is looked at."""

    path: str
    status: int = 200
    then: Callable[[Page], None] | None = None


class Looker:
    """One tab that looks at page after page."""

    def __init__(self, page: Page, *, only_colours: bool = False) -> None:
        self.page, self.only_colours = page, only_colours
        self.complaints = watch(page)

    def look_at(self, url: str, name: str, *, then: Callable[[Page], None] | None = None) -> Look:
        """Open `url`, do `then` there, and say what is wrong with what is seen."""
        self.complaints.clear()
        answer = self.page.goto(url)
        look = Look(name, answer.status if answer else 0)
        if then is not None:
            then(self.page)
        self.page.wait_for_load_state("load")
        picture(self.page, name)
        # Chromium complains in the console about every answer that is not 200, also when it is the expected one.
        is_plain = look.status == 200 and then is None
        look.faults += [text for text in self.complaints if is_plain or "Failed to load resource" not in text]
        look.faults += faults_of(self.page, only_colours=self.only_colours)
        return look


def faults_of(page: Page, *, only_colours: bool = False) -> list[str]:
    """What axe finds on the page as it stands, and what hangs over its edges."""
    page.evaluate(axe_source())
    found: list[Any] = page.evaluate(RUN_AXE, {"runOnly": ["color-contrast"]} if only_colours else {})
    faults = [f"axe {fault}" for fault in found]
    for where, script in (("the page", HANGS_OVER), ("its content", HANGS_OVER_INSIDE)):
        over = page.evaluate(script)
        if over > 0:
            faults.append(f"{where} hangs over by {over} px")
    return faults


def picture(page: Page, name: str) -> None:
    """A picture in the folder of SHOPME_SCREENSHOTS, if there is one."""
    folder = os.environ.get("SHOPME_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled", caret="initial")
