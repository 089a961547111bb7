"""What the network and Meta can do to one call, on a real port: never an exception, never a guess."""

import json
import time
from typing import Any

import pytest

from conversations.transport.providers.base import Answer, Blame, Line, Outcome, Retry
from conversations.transport.providers.meta_cloud import client, errors
from conversations.transport.providers.registry import UnknownProvider, provider
from shopme.lib import http
from tests.fakes.graph import FakeGraph

LINE = Line(number_id=1, provider="meta_cloud", phone_number_id="440011", access_token="secret-token")
PAYLOAD = {"messaging_product": "whatsapp", "to": "+27821230001", "type": "text", "text": {"body": "Hi"}}


@pytest.fixture
def graph(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> FakeGraph:
    """Nobody waits long for it."""
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 0.6)
    return graph


def send() -> Answer:
    return provider("meta_cloud").send(LINE, PAYLOAD)


def test_a_taken_message_has_an_id_and_was_sent_with_the_numbers_token(graph: FakeGraph) -> None:
    answer = send()
    (call,) = graph.calls
    assert answer == Answer(Outcome.ACCEPTED, wamid=call.wamid)
    assert (call.phone_number_id, call.recipient, call.access_token) == ("440011", "27821230001", "secret-token")


@pytest.mark.parametrize(
    "mode", ["html", "empty", "truncated", "wrong_type", "missing_id", "reset", "reset_after_headers", "hang", "drip"]
)
def test_an_odd_answer_or_none_leaves_the_outcome_unknown(graph: FakeGraph, mode: str) -> None:
    graph.fail_next(mode, **({"seconds": 3} if mode == "hang" else {"seconds": 0.2} if mode == "drip" else {}))
    started = time.monotonic()
    answer = send()
    assert answer.outcome is Outcome.UNKNOWN
    assert not answer.is_stated_error
    assert answer.error_text
    assert time.monotonic() - started < 1.5
    assert send().outcome is Outcome.ACCEPTED  # the next call is not harmed


def test_an_accepted_message_that_is_never_answered_is_unknown_and_did_go_out(graph: FakeGraph) -> None:
    graph.fail_next("accept_then_hang", seconds=3)
    assert send().outcome is Outcome.UNKNOWN
    assert len(graph.calls) == 1


def test_nobody_at_the_address_means_surely_nothing_was_sent(settings: Any) -> None:
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    answer = send()
    assert (answer.outcome, answer.retry, answer.blame) == (Outcome.REFUSED, Retry.SAFE, Blame.SERVER)


@pytest.mark.parametrize(
    ("code", "status", "outcome", "retry", "blame"),
    [
        (130429, 429, Outcome.REFUSED, Retry.SAFE, Blame.NUMBER_PACE),
        (131056, 400, Outcome.REFUSED, Retry.SAFE, Blame.PAIR),
        (190, 401, Outcome.REFUSED, Retry.LATER, Blame.NUMBER_AUTH),
        (131047, 400, Outcome.REFUSED, Retry.NEVER, Blame.MESSAGE),
        (131000, 500, Outcome.UNKNOWN, Retry.RECONCILE, Blame.MESSAGE),
        (2, 503, Outcome.UNKNOWN, Retry.RECONCILE, Blame.SERVER),
        (100, 200, Outcome.REFUSED, Retry.NEVER, Blame.MESSAGE),
        (777777, 400, Outcome.REFUSED, Retry.NEVER, Blame.MESSAGE),
        (250, 403, Outcome.REFUSED, Retry.NEVER, Blame.MESSAGE),
    ],
)
def test_metas_code_decides_whatever_the_http_status(
    graph: FakeGraph, code: int, status: int, outcome: Outcome, retry: Retry, blame: Blame
) -> None:
    graph.fail_next("code", code=code, status=status)
    answer = send()
    assert (answer.outcome, answer.retry, answer.blame, answer.error_code) == (outcome, retry, blame, code)
    assert answer.error_text == errors.sentence_for(code)


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (401, Outcome.REFUSED, 190),
        (429, Outcome.REFUSED, 130429),
        (404, Outcome.REFUSED, None),
        (302, Outcome.UNKNOWN, None),
        (503, Outcome.UNKNOWN, None),
    ],
)
def test_without_a_word_of_meta_the_status_is_all_we_have(
    graph: FakeGraph, status: int, outcome: Outcome, code: int | None
) -> None:
    graph.fail_next("status", status=status, retry_after=7)
    answer = send()
    assert (answer.outcome, answer.error_code) == (outcome, code)
    assert answer.is_stated_error is (status == 503)
    if status in (429, 503):
        assert answer.retry_after == 7.0


def test_a_lost_number_is_known_by_its_subcode() -> None:
    assert errors.verdict_on(100, 33).blame is Blame.NUMBER_AUTH
    assert errors.verdict_on(100).blame is Blame.MESSAGE


def test_an_answer_beyond_the_byte_cap_is_refused(graph: FakeGraph) -> None:
    with pytest.raises(http.CallFailed):
        http.call("GET", f"{graph.url}/v24.0/440011", max_bytes=5)


def test_health_says_whether_the_number_is_there(graph: FakeGraph, settings: Any) -> None:
    assert provider("meta_cloud").health(LINE).is_reachable
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    assert not provider("meta_cloud").health(LINE).is_reachable


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(UnknownProvider, match="pigeon"):
        provider("pigeon")


@pytest.mark.parametrize(
    ("dialled", "wa_id", "kept"),
    [
        ("+5511987654321", "551187654321", ("+5511987654321", "+551187654321")),
        ("+27821230001", "27821230001", ("", "")),
        ("+27821230001", None, ("", "")),
        ("ZA.44", "not a phone", ("", "")),
    ],
)
def test_an_account_known_by_other_digits_is_told(dialled: str, wa_id: str | None, kept: tuple[str, str]) -> None:
    body = {"contacts": [{"input": dialled, "wa_id": wa_id}], "messages": [{"id": "wamid.1"}]}
    answer = client.judge(http.HttpAnswer(status=200, headers={}, body=json.dumps(body).encode()))
    assert (answer.wamid, answer.dialled, answer.wa_id) == ("wamid.1", *kept)
