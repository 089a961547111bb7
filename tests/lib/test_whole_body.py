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


def answer_to(messages: Iterable[Message], *, length: bytes = b"0") -> tuple[int, bytes]:
    """The status and body for a sender who sends `messages` and then nothing; (0, b"") for no answer."""
    coming, answers = iter(messages), list[Any]()

    async def receive() -> Message:
        message = next(coming, None)
        return message if message is not None else await asyncio.Future()

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {"type": "http", "headers": [(b"content-length", length)]}
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


def test_nothing_is_answered_to_who_has_left() -> None:
    assert answer_to([piece(b"a=1", more=True), {"type": "http.disconnect"}]) == (0, b"")
