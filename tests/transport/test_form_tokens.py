"""The token of a form says what it was for, to the shop that sent it and to nobody else."""

import pytest

from conversations.transport.form_tokens import FormToken, form_token, read_form_token
from conversations.transport.rules import limits


def test_a_token_comes_back_with_its_purpose() -> None:
    token = form_token(shop_id=7, purpose="join", subject="customer 12")
    assert read_form_token(token, shop_id=7) == FormToken(7, "join", "customer 12")
    assert len(token) <= limits.FORM_TOKEN


@pytest.mark.parametrize("changed", ["", "x", None, 5, {"flow_token": "x"}])
def test_what_is_not_ours_is_nothing(changed: object) -> None:
    assert read_form_token(changed, shop_id=7) is None


def test_another_shops_token_and_a_changed_one_are_nothing() -> None:
    token = form_token(shop_id=7, purpose="join")
    assert read_form_token(token, shop_id=8) is None
    assert read_form_token(token[:-1] + ("A" if token[-1] != "A" else "B"), shop_id=7) is None
