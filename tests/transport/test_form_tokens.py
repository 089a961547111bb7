"""The token of a form says what it was for, to the shop that sent it and to nobody else, and not for ever."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from conversations.transport.form_tokens import LIVES, FormToken, form_token, read_form_token
from conversations.transport.rules import limits

NOW = timezone.now()


def test_a_token_comes_back_with_its_purpose() -> None:
    token = form_token(shop_id=7, conversation_id=3, purpose="join", subject="customer 12")
    assert read_form_token(token, shop_id=7, at=timezone.now()) == FormToken(7, 3, "join", "customer 12")
    assert len(token) <= limits.FORM_TOKEN


@pytest.mark.parametrize(
    "changed",
    [
        "",
        "x",
        None,
        5,
        {"flow_token": "x"},
        signing.dumps([7, 3], salt="conversations.form"),
        signing.dumps([7, 3, "join", "", 1]),
    ],
)
def test_what_is_not_ours_is_nothing(changed: object) -> None:
    assert read_form_token(changed, shop_id=7, at=NOW) is None


def test_another_shops_token_and_a_changed_one_are_nothing() -> None:
    token = form_token(shop_id=7, conversation_id=3, purpose="join", at=NOW)
    assert read_form_token(token, shop_id=8, at=NOW) is None
    assert read_form_token(token[:-1] + ("A" if token[-1] != "A" else "B"), shop_id=7, at=NOW) is None


def test_a_token_is_good_for_thirty_days() -> None:
    token = form_token(shop_id=7, conversation_id=3, purpose="join", at=NOW)
    assert read_form_token(token, shop_id=7, at=NOW + LIVES - timedelta(seconds=2)) is not None
    assert read_form_token(token, shop_id=7, at=NOW + LIVES + timedelta(seconds=2)) is None
    assert read_form_token(token, shop_id=7, at=NOW - timedelta(hours=1)) is None
