"""Every page a person can open is looked at in a browser: wide and narrow, light and dark."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tenants.models import Role, Shop
from tests.conftest import signed_in_client
from tests.house.routes import PLATFORM, SHOP, Route, routes
from tests.tenants.two_shops import fill

BROWSER = Path(settings.BASE_DIR) / "tests" / "browser"
# Opened by what stands in a link of a mail or on a screen; their walks make that link.
SECRETS = {"uidb36": "1", "key": "set-password", "token": "a-token", "public_id": "0"}


def written_paths() -> Iterator[str]:
    """Every address that stands in the walks; where a value is put in, each kind of id stands for it once."""
    for module in BROWSER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            for value in ("1", "00000000-0000-0000-0000-000000000000"):
                text = _text_of(node, value)
                if text.startswith("/"):
                    yield text.partition("?")[0]


def _text_of(node: ast.AST, value: str) -> str:
    """The text of a literal, with `value` in the places of its expressions; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else value for part in node.values)
    return ""


def walked(urlconf: str) -> set[str]:
    """The names of the views behind those addresses."""
    names = set()
    for path in written_paths():
        try:
            names.add(resolve(path, urlconf=urlconf).view_name)
        except Resolver404:
            continue
    return names


def is_page(browser: Client, route: Route, ids: dict[str, Any]) -> bool:
    """Whether a plain visit shows a whole page, not a part, a file or a refusal."""
    known = {**SECRETS, **ids}
    answer = browser.get(
        reverse(route.view_name, urlconf=route.urlconf, kwargs={name: known[name] for name in route.arguments})
    )
    return answer.status_code == 200 and not answer.streaming and b"<html" in answer.content[:2000]


@pytest.mark.django_db
def test_every_page_of_a_shop_is_in_a_walk(amber: Shop, blue: Shop, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    ids = fill(amber, blue).ids["amber"]
    member, nobody = signed_in_client(amber, Role.ADMIN), Client(HTTP_HOST=amber.host)
    seen = walked(SHOP)
    unseen = [
        route.view_name
        for route in routes(SHOP)
        if route.view_name not in seen and (is_page(member, route, ids) or is_page(nobody, route, ids))
    ]
    assert unseen == []


@pytest.mark.django_db
def test_every_page_of_the_platform_is_in_a_walk(db: None) -> None:
    nobody = Client(HTTP_HOST="localhost")
    seen = walked(PLATFORM)
    unseen = [
        route.view_name
        for route in routes(PLATFORM)
        if route.name and not route.arguments and route.view_name not in seen and is_page(nobody, route, {})
    ]
    assert unseen == []


def test_an_address_that_is_in_no_walk_is_found() -> None:
    assert "home" in walked(SHOP)
    assert "shell_inbox_count" not in walked(SHOP)
