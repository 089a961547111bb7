"""Who sends slowly, too much or half of it never reaches a thread of Django."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from shopme.whole_body import WholeBody

Message = dict[str, Any]


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it read."""
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body, is_more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def answer_to(
    messages: Iterable[Message], *, length: bytes = b"0", path: str = "/", method: str = "POST", cookie: bytes = b""
) -> tuple[int, bytes]:
    """The status and body for a sender who sends `messages` and then nothing; (0, b"") for no answer."""
    coming, answers = iter(messages), list[Any]()

    async def receive() -> Message:
        message = next(coming, None)
        return message if message is not None else await asyncio.Future()

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"content-length", length), (b"cookie", cookie)]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(asyncio.wait_for(WholeBody(pages, seconds=0.05, octets=200_000)(scope, receive, send), 5))
    return (answers[0]["status"], answers[1]["body"]) if answers else (0, b"")


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("body", [b"", b"a=1", b"x" * 65_536, b"x" * 150_001])
def test_a_whole_body_arrives_as_it_was_sent(body: bytes) -> None:
    assert answer_to([piece(body)]) == (200, body)
    assert answer_to([piece(body[:7], more=True), piece(body[7:])]) == (200, body)


def test_half_a_body_is_refused_when_its_time_is_over() -> None:
    assert answer_to([piece(b"a=1", more=True)], length=b"1000") == (408, b"")


def test_too_much_is_refused_as_soon_as_that_is_known() -> None:
    assert answer_to([], length=b"200001") == (413, b"")
    assert answer_to([piece(b"x" * 150_000, more=True), piece(b"x" * 50_001)]) == (413, b"")


FILE = "/inbox/7/send/"


@pytest.mark.parametrize("path", [FILE, "/simulator/27821234567/send/"])
def test_a_file_of_somebody_signed_in_may_be_larger(path: str) -> None:
    sent = [piece(b"x" * 300_000)]
    assert answer_to(sent, path=path, cookie=b"a=b; sessionid=s")[0] == 200
    assert answer_to([], length=b"120000000", path=path, cookie=b"sessionid=s") == (413, b"")


@pytest.mark.parametrize(
    "where",
    [
        {"path": FILE},
        {"path": FILE, "cookie": b"sessionid=s", "method": "PUT"},
        {"path": "/inbox/7/send/more/", "cookie": b"sessionid=s"},
        {"path": "/login/", "cookie": b"sessionid=s"},
    ],
)
def test_nobody_else_may_send_that_much(where: dict[str, Any]) -> None:
    assert answer_to([piece(b"x" * 300_000)], **where) == (413, b"")


def test_nothing_is_answered_to_who_has_left() -> None:
    assert answer_to([piece(b"a=1", more=True), {"type": "http.disconnect"}]) == (0, b"")
