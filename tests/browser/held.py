"""A part of a page that is rendered when it is asked for and delivered when the test lets it go."""

import time

from django.test import Client
from playwright.sync_api import Page, Route

# What the page heard last, where a test can wait for it. Told after the parts, which listen longer.
_NOTE = """
(name) => document.body.addEventListener(name, () => { document.documentElement.dataset.heard = name; })
"""


class Held:
    """The part at `path` as `client` sees it; the page itself and all else pass."""

    def __init__(self, page: Page, client: Client, path: str) -> None:
        self._page, self._client, self._path = page, client, path
        self._waiting: list[tuple[Route, str]] = []
        page.route(f"**{path}", self._keep)

    def wait(self) -> None:
        """Until the part is asked for (again)."""
        until = time.monotonic() + 20
        while not self._waiting:
            assert time.monotonic() < until, f"nobody asked for {self._path}"
            self._page.wait_for_timeout(50)

    def let_go(self) -> None:
        """Deliver what was rendered first."""
        route, html = self._waiting.pop(0)
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html)

    def note(self, name: str) -> None:
        """Write on `<html data-heard>` that the page was told `name`."""
        self._page.evaluate(_NOTE, name)

    def _keep(self, route: Route) -> None:
        if "hx-request" not in route.request.headers:
            route.continue_()
            return
        answer = self._client.get(self._path, headers={"HX-Request": "true"})
        self._waiting.append((route, answer.content.decode()))
