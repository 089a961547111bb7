"""A turn stays cheap: statements are counted, so that nobody adds one without noticing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


def _statements(customer: Customer, body: bytes) -> int:
    """What one turn costs beyond its own transaction."""
    with CaptureQueriesContext(connection) as asked:
        customer.deliver(body)
    customer.sees()
    return len([query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]])


def _text(customer: Customer, words: str) -> bytes:
    return customer.payload({"type": "text", "text": {"body": words}})


def _tap(customer: Customer, choice_id: str) -> bytes:
    reply = {"id": choice_id, "title": "x"}
    return customer.payload({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}})


def test_everyday_turns_cost_a_handful_of_statements(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    rye = bakery.variant["Rye loaf"].pk

    # Three are everybody's: who writes, what they said, and the thread with its trace, answer and send.
    assert _statements(thandi, _text(thandi, "hi")) == 3
    assert _statements(thandi, _text(thandi, "menu")) == 5
    assert _statements(thandi, _tap(thandi, "browse")) == 4
    assert _statements(thandi, _tap(thandi, f"cat:{bakery.category['Bread']}")) == 6
    assert _statements(thandi, _tap(thandi, f"product:{bakery.product['Rye loaf']}")) == 5
    assert _statements(thandi, _text(thandi, "rye")) <= 6
    assert _statements(thandi, _tap(thandi, f"cart.add:{rye}")) <= 6
    assert _statements(thandi, _text(thandi, "basket")) == 4
    assert _statements(thandi, _text(thandi, "points")) <= 8


@pytest.mark.parametrize("messages", [1, 10])
def test_messages_that_wait_together_cost_no_more_than_one(thandi: Customer, messages: int) -> None:
    thandi.says("hi")
    together = [{"type": "text", "text": {"body": "menu"}}] * messages

    assert _statements(thandi, thandi.payload(*together)) == 5


def test_a_stranger_costs_little_more(bakery: Bakery, thandi: Customer) -> None:
    """Who they are: names asked for, traces looked for, the customer and their names written."""
    assert _statements(thandi, _text(thandi, "menu")) == 10
