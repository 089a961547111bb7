"""Pages in a real Chromium, served by the real ASGI application from the test database.

`server` runs uvicorn in a thread while these tests run; `lanes` adds the threads that answer chats. `page_of(shop, role)`
is a signed-in tab. `walk(shop, {name: Stop(path)})` looks at pages wide and narrow, light and dark, and asserts that axe
finds nothing, the content security policy is kept, the console is quiet and nothing hangs over the edge. With
SHOPME_SCREENSHOTS=folder it leaves a picture of each.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop lives in the thread of the tests

import pytest
import uvicorn
from django.conf import settings
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tenants.models import Role, Shop
from tests.browser.chromium import CHROMIUM, FLAGS, SIZES, THEMES
from tests.browser.looking import Looker, Stop
from tests.conftest import signed_in_client

BUILT = Path(settings.BASE_DIR) / "static" / "dist" / "app.css"
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Server:
    """The running house. Every shop answers at `<slug>.localhost`, which Chromium takes to this machine."""

    port: int

    def url(self, shop: Shop | None, path: str = "/") -> str:
        """The address of `path` on the shop's host, or on the platform's."""
        return f"http://{shop.host if shop else 'localhost'}:{self.port}{path}"


@pytest.fixture(scope="package")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """uvicorn with `shopme.asgi`, in a thread of this process."""
    if not BUILT.exists():
        pytest.fail("static/dist is missing: run script/bootstrap first")
    from shopme.asgi import application

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(application, port=port, log_level="warning", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    with django_db_blocker.unblock(), override_settings(PLATFORM_URL=f"http://localhost:{port}"):
        thread.start()
        until = time.monotonic() + 20
        while not running.started and time.monotonic() < until:
            time.sleep(0.05)
        yield Server(port)
        running.should_exit = True
        thread.join(10)


@pytest.fixture
def lanes(server: Server, transactional_db: None) -> Iterator[None]:
    """The threads that split, answer, sweep and send, for one test."""
    from conversations.lanes import handle
    from conversations.transport.lanes.lane_worker import LaneWorker
    from conversations.transport.processes.lane_processes import start_helpers

    stop = threading.Event()
    helpers = start_helpers(stop, senders=2, poll=0.5, listens=True)
    worker = threading.Thread(target=LaneWorker(handle, threads=2).run, args=[stop], daemon=True)
    worker.start()
    yield
    stop.set()
    for thread in [worker, *helpers]:
        thread.join(10)
    connections.close_all()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for these tests; closed after them, because its loop would forbid every later `asyncio.run`."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context_of(chromium: Browser, server: Server, transactional_db: None) -> Iterator[Callable[..., BrowserContext]]:
    """`context_of(shop, role, size="phone", theme="dark", scripts=False)`: a browser profile, signed in for a role."""
    opened: list[BrowserContext] = []

    def open_context(
        shop: Shop | None = None,
        role: Role | None = Role.ADMIN,
        *,
        size: str = "desktop",
        theme: str = "light",
        scripts: bool = True,
    ) -> BrowserContext:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(20_000)
        opened.append(context)
        if shop is not None and role is not None:
            cookie = signed_in_client(shop, role).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url(shop), "httpOnly": True}]
            )
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page_of(context_of: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """`page_of(shop, role, …)`: an empty tab in a profile of its own."""

    def open_page(*args: Any, **kwargs: Any) -> Page:
        return context_of(*args, **kwargs).new_page()

    return open_page


@pytest.fixture
def walk(context_of: Callable[..., BrowserContext], server: Server) -> Callable[..., None]:
    """`walk(shop, {"orders": Stop("/orders/")})`: every page in both sizes and both themes, faults asserted by name."""

    def walk_pages(shop: Shop | None, stops: Mapping[str, Stop], *, role: Role | None = Role.ADMIN) -> None:
        faults: dict[str, list[str]] = {}
        for size, theme in product(SIZES, THEMES):
            context = context_of(shop, role, size=size, theme=theme)
            # The dark pages have the same elements in other colours.
            looker = Looker(context.new_page(), only_colours=theme == "dark")
            for name, stop in stops.items():
                look = looker.look_at(server.url(shop, stop.path), f"{name}-{size}-{theme}", then=stop.then)
                if look.status != stop.status:
                    look.faults.append(f"answered {look.status}")
                if look.faults:
                    faults[look.name] = look.faults
            context.close()
        assert faults == {}

    return walk_pages
