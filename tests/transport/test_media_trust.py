"""Where a number's token may travel, and where no address of a stranger leads: 40 targets and their tricks."""

import io
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from conversations.transport.rules import media_rules
from shopme.lib import addresses, downloads

DOOR = "http://127.0.0.1:4010/graph"
HOLE = "http://169.254.169.254/latest/meta-data/"

NOT_TRUSTED = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://localhost/",
    "http://localhost.localdomain/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fd00::1]/",
    "http://[fe80::1%25eth0]/",
    HOLE,
    "http://169.254.170.2/v2/credentials",
    "http://[fd00:ec2::254]/latest/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://100.100.100.200/latest/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "https://192.168.1.1.nip.io/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://lookaside.fbsbx.com/file",
    "dict://127.0.0.1:11211/stats",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "//lookaside.fbsbx.com/file",
    "https://lookaside.fbsbx.com@evil.example/file",
    "https://evil.example/lookaside.fbsbx.com",
    "https://evil.example#.fbsbx.com/",
    "https://evil.example\\.fbsbx.com/",
    "https://evil.example/\\@lookaside.fbsbx.com",
    "https://lookaside.fbsbx.com.evil.example/",
    "https://evilfbsbx.com/",
    "https://fbsbx.com/",
    "https://graph.facebook.com.evil.example/",
    "https://x.graph.facebook.com/",
    "https://user:word@graph.facebook.com/",
    "https://graph.facebook.com:8443/",
    "http://graph.facebook.com/",
    "https://graph.facebook.com:0/",
    "https://graph.facebook.com:99999/",
    "https://lookaside.fbsbx.com%2eevil.example/",
    "https://lookaside.fbsbx.com\n.evil.example/",
    "https://lookaside.fbsbx.com /",
    "https://ⓛookaside.fbsbx.com/",
    "http://127.0.0.1:4011/graph/file",
    "https://127.0.0.1:4010/graph/file",
    "http://127.0.0.1:4010@evil.example/",
    "",
]


@pytest.mark.parametrize("url", NOT_TRUSTED)
def test_a_token_does_not_travel_to(url: str) -> None:
    assert not media_rules.may_see_token(url, own_door=DOOR)


@pytest.mark.parametrize(
    "url",
    [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=901&ext=1",
        "https://graph.facebook.com/v24.0/901",
        "https://mmg.whatsapp.net/v/t62?ccb=1",
        "https://GRAPH.facebook.com:443/x",
        "http://127.0.0.1:4010/anything",
    ],
)
def test_a_token_travels_to_the_provider(url: str) -> None:
    assert media_rules.may_see_token(url, own_door=DOOR)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1%lo",
        "fec0::1", "ff02::1", "no address", "",
    ],
)  # fmt: skip
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "157.240.1.1", "2a03:2880:f10c::1", "64:ff9b::808:808"])
def test_an_address_of_everybody_is_public(address: str) -> None:
    assert addresses.is_public(address)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()


def fetch(url: str) -> None:
    downloads.download(url, into=io.BytesIO(), most=100, headers={}, is_own_door=False, deadline=2)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "0"])
def test_the_socket_itself_is_not_opened_into_this_machine(listener: tuple[int, list[str]], host: str) -> None:
    port, asked = listener
    with pytest.raises(downloads.CallFailed, match="NotPublic"):
        fetch(f"http://{host}:{port}/")
    assert asked == []


def test_without_the_guard_the_same_address_is_reached(listener: tuple[int, list[str]]) -> None:
    port, asked = listener
    into = io.BytesIO()
    downloads.download(f"http://127.0.0.1:{port}/x", into=into, most=100, headers={}, is_own_door=True, deadline=2)
    assert asked == ["/x"]


def test_a_name_that_changes_its_mind_is_looked_up_once(
    listener: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: public at the first question, this machine at the second; the second question is never asked."""
    port, asked = listener
    answers = iter([["192.0.3.1"], ["127.0.0.1"], ["127.0.0.1"]])
    opened: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        return next(answers)

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        opened.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(addresses, "addresses_of", resolve)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(downloads.CallFailed):
        fetch(f"http://rebinding.example:{port}/")
    assert (opened, asked) == (["192.0.3.1"], [])


def test_a_name_with_one_inner_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "addresses_of", lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(downloads.CallFailed, match="NotPublic"):
        fetch("http://mixed.example/")
