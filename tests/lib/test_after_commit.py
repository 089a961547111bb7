"""What follows a commit is called once, and its failure stays where it happened."""

import logging
from functools import partial

import pytest
from django.db import transaction

from shopme.lib.after_commit import after_commit

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_waits_for_the_commit_and_the_same_call_is_made_once() -> None:
    heard: list[int] = []
    with transaction.atomic():
        for number in (1, 2, 1):
            after_commit(heard.append, number)
        assert heard == []
    assert heard == [1, 2]


def test_nothing_follows_a_rollback() -> None:
    heard: list[int] = []
    with transaction.atomic():
        after_commit(heard.append, 1)
        transaction.set_rollback(True)
    assert heard == []


def test_a_failure_is_logged_and_what_comes_after_it_still_happens(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []
    with caplog.at_level(logging.ERROR), transaction.atomic():
        after_commit(partial(int, "not a number"))
        after_commit(heard.append, 2)
    assert heard == [2]
    assert "not a number" in caplog.text


def test_outside_a_transaction_it_happens_at_once() -> None:
    heard: list[int] = []
    after_commit(heard.append, 1)
    assert heard == [1]
