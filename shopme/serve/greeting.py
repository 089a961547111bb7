"""The last words of a start: where to click and with which login."""

import http.client
import time
from typing import Any

LINE = "─" * 78


def wait_until_up(port: int, *, patience: float = 90.0) -> bool:
    """Whether the web answers on 127.0.0.1:`port` within `patience` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live", headers={"Host": f"localhost:{port}"})
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


def greeting(*, platform_url: str, shops: list[dict[str, Any]]) -> str:
    """The block printed when everything is up."""
    lines = [LINE, f"  ShopMe is up: {platform_url}/", ""]
    for shop in shops:
        lines.append(f"  {shop['name']}: {shop['url']}")
        lines += [f"      {login['role']:<8} {login['email']}  {login['password']}" for login in shop["logins"]]
    if any(shop["logins"] for shop in shops):
        lines += ["", "  Sign in, open Simulator, and write to the shop as a customer would."]
    if not shops:
        lines.append("  No shop yet: .venv/bin/python manage.py create_shop --help")
    return "\n".join([*lines, "  Ctrl-C stops everything.", LINE, ""])
