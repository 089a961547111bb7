"""Yes and no to offers: kept in the customer's words, counted by the time they were said."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from loyalty import consent
from loyalty.consent import Said
from loyalty.models import ConsentEntry, Customer
from tenants.context import inside
from tenants.models import Shop
from tests.loyalty.people import customer, local
from tests.trade import at_once

AT = local("2026-11-02 10:00")


def said(kind: str, *, at: datetime = AT, key: str = "message:w1", **more: object) -> Said:
    return Said(kind=kind, source=str(more.pop("source", "words")), at=at, key=key, **more)  # type: ignore[arg-type]


def answer_of(who: Customer) -> bool | None:
    return Customer.objects.values_list("marketing_opt_in", flat=True).get(pk=who.pk)


@pytest.mark.usefixtures("in_shop")
class TestTheLedger:
    def test_the_words_the_message_and_the_time_are_kept(self) -> None:
        thandi = customer()
        entry = consent.record(customer=thandi, said=said("opt_out", words="STOP!!", wamid="wamid.1"))
        assert entry is not None
        row = ConsentEntry.objects.get()
        assert (row.purpose, row.channel, row.kind, row.source) == ("marketing", "whatsapp", "opt_out", "words")
        assert (row.words, row.wamid, row.at) == ("STOP!!", "wamid.1", AT)
        assert answer_of(thandi) is False

    def test_the_same_message_again_changes_nothing(self) -> None:
        thandi = customer()
        consent.record(customer=thandi, said=said("opt_out"))
        consent.record(customer=thandi, said=said("opt_in", at=AT + timedelta(hours=1), key="message:w2"))
        assert consent.record(customer=thandi, said=said("opt_out", at=AT + timedelta(hours=2))) is None
        assert answer_of(thandi) is True
        assert ConsentEntry.objects.count() == 2

    def test_what_was_said_last_counts_however_late_the_rest_arrives(self) -> None:
        thandi = customer()
        consent.record(customer=thandi, said=said("opt_in", at=AT + timedelta(seconds=5), key="b"))
        consent.record(customer=thandi, said=said("opt_out", at=AT, key="a"))
        assert answer_of(thandi) is True

    def test_at_the_same_second_of_two_ways_the_no_counts(self) -> None:
        thandi = customer()
        consent.record(customer=thandi, said=said("opt_out", source="user_preferences", key="a"))
        consent.record(customer=thandi, said=said("opt_in", source="words", key="b"))
        assert answer_of(thandi) is False

    def test_two_words_in_one_second_count_in_the_order_they_were_said(self) -> None:
        thandi = customer()
        consent.record(customer=thandi, said=said("opt_out", key="a"))
        consent.record(customer=thandi, said=said("opt_in", key="b"))
        assert answer_of(thandi) is True
        assert [row.kind for row in consent.history_of(thandi)] == ["opt_in", "opt_out"]

    def test_nobody_asked_is_nobody_answered(self) -> None:
        thandi = customer()
        assert (answer_of(thandi), consent.newest_of(thandi)) == (None, None)

    def test_data_consent_says_nothing_about_offers(self) -> None:
        thandi = customer()
        consent.record(customer=thandi, said=said("opt_in", purpose="data"))
        assert answer_of(thandi) is None

    def test_a_row_is_never_changed_or_taken_away(self) -> None:
        consent.record(customer=customer(), said=said("opt_out"))
        with pytest.raises(IntegrityError, match="this table only grows"), transaction.atomic():
            ConsentEntry.objects.update(kind="opt_in")
        with pytest.raises(IntegrityError, match="this table only grows"), transaction.atomic():
            ConsentEntry.objects.all().delete()
        assert ConsentEntry.objects.get().kind == "opt_out"

    def test_staff_write_nothing_down_without_a_reason(self) -> None:
        with pytest.raises(IntegrityError, match="of_staff_has_reason"), transaction.atomic():
            consent.record(customer=customer(), said=said("opt_out", source="staff", actor_id=4))
        assert not ConsentEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_yes_and_a_later_no_at_once_end_as_no(amber: Shop) -> None:
    with inside(amber):
        people = [customer(f"Customer {place}") for place in range(6)]

    def say(who: Customer, kind: str, seconds: int) -> None:
        consent.record(customer=who, said=said(kind, at=AT + timedelta(seconds=seconds), key=f"{who.pk}:{kind}"))

    acts = [
        lambda who=who, kind=kind, seconds=seconds: say(who, kind, seconds)
        for who in people
        for kind, seconds in (("opt_out", 1), ("opt_in", 0))
    ]
    assert at_once(amber, acts) == [None] * 12
    with inside(amber):
        assert [answer_of(who) for who in people] == [False] * 6
        assert ConsentEntry.objects.count() == 12
