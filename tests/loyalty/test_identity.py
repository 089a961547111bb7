"""Who is writing?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.identity import recognise
from loyalty.models import Customer, CustomerIdentity, IdentityDoubt
from tenants.context import inside
from tenants.models import Shop
from tests.loyalty.people import local

AT = local("2025-03-01 10:00")
PHONE, BSUID = "+27821234567", "ZA.4411223344"


def meet(**names: object) -> tuple[Customer, bool]:
    known = {"phone": None, "bsuid": None, "parent_bsuid": None, "username": None, "profile_name": "", **names}
    return recognise(**{"scope": "waba-1", "at": AT, **known})  # type: ignore[arg-type]


def names_of(customer: Customer) -> set[tuple[str, str]]:
    return set(customer.identities.values_list("kind", "value"))


@pytest.mark.usefixtures("in_shop")
class TestRecognising:
    def test_a_stranger_becomes_a_customer_with_every_name(self) -> None:
        customer, is_new = meet(
            phone=PHONE, bsuid=BSUID, parent_bsuid="ZA.ENT.9", username="thandi_n", profile_name="Thandi\x00"
        )
        assert is_new
        assert (customer.phone, customer.profile_name, customer.created_at) == (PHONE, "Thandi", AT)
        assert names_of(customer) == {
            ("phone", PHONE),
            ("bsuid", BSUID),
            ("parent_bsuid", "ZA.ENT.9"),
            ("username", "thandi_n"),
        }

    def test_a_known_person_costs_two_statements(self) -> None:
        first, _ = meet(phone=PHONE, bsuid=BSUID)
        with CaptureQueriesContext(connection) as seen:
            again, is_new = meet(phone=PHONE, bsuid=BSUID, at=AT + timedelta(minutes=1))
        assert (again.pk, is_new) == (first.pk, False)
        assert again.last_seen_at == AT + timedelta(minutes=1)
        assert len(seen) == 2

    def test_an_older_message_that_comes_late_does_not_turn_the_clock_back(self) -> None:
        meet(phone=PHONE)
        late, _ = meet(phone=PHONE, at=AT - timedelta(days=1))
        late.refresh_from_db()
        assert late.last_seen_at == AT

    def test_a_person_known_by_phone_is_found_by_the_id_that_came_later(self) -> None:
        first, _ = meet(phone=PHONE)
        both, _ = meet(phone=PHONE, bsuid=BSUID)
        hidden, is_new = meet(bsuid=BSUID)
        assert (both.pk, hidden.pk, is_new) == (first.pk, first.pk, False)
        assert Customer.objects.count() == 1

    def test_a_person_known_by_id_gets_the_phone_when_it_shows(self) -> None:
        hidden, _ = meet(bsuid=BSUID)
        assert hidden.phone is None
        shown, _ = meet(bsuid=BSUID, phone=PHONE)
        shown.refresh_from_db()
        assert (shown.pk, shown.phone) == (hidden.pk, PHONE)

    def test_the_id_decides_and_two_customers_are_never_merged(self) -> None:
        by_phone, _ = meet(phone=PHONE)
        by_id, _ = meet(bsuid=BSUID)
        for _ in range(2):
            found, is_new = meet(phone=PHONE, bsuid=BSUID)
            assert (found.pk, is_new) == (by_id.pk, False)
        assert names_of(by_phone) == {("phone", PHONE)}
        assert names_of(by_id) == {("bsuid", BSUID)}
        by_id.refresh_from_db()
        assert by_id.phone is None
        doubt = IdentityDoubt.objects.get()
        assert (doubt.customer_id, doubt.other_id, doubt.kind, doubt.value, doubt.state) == (
            by_id.pk, by_phone.pk, "phone", PHONE, "open",
        )  # fmt: skip

    def test_a_known_phone_with_another_id_is_another_person_and_a_doubt(self) -> None:
        first, _ = meet(phone=PHONE, bsuid="ZA.1")
        other, is_new = meet(phone=PHONE, bsuid="ZA.2")
        assert is_new
        assert (names_of(other), other.phone) == ({("bsuid", "ZA.2")}, None)
        assert names_of(first) == {("bsuid", "ZA.1"), ("phone", PHONE)}
        assert [(row.customer_id, row.other_id) for row in IdentityDoubt.objects.all()] == [(other.pk, first.pk)]
        assert meet(phone=PHONE, bsuid="ZA.2")[0].pk == other.pk
        assert meet(phone=PHONE, bsuid="ZA.1")[0].pk == first.pk

    def test_an_empty_username_harms_nothing_and_a_profile_never_takes_the_place_of_a_name(self) -> None:
        first, _ = meet(bsuid=BSUID, username="", profile_name="thandi 🌸")
        Customer.objects.filter(pk=first.pk).update(name="Thandi Nkosi")
        again, _ = meet(bsuid=BSUID, username="", profile_name="🌸")
        again.refresh_from_db()
        assert (again.name, again.profile_name, again.display_name) == ("Thandi Nkosi", "🌸", "Thandi Nkosi")
        assert names_of(again) == {("bsuid", BSUID)}

    def test_a_username_is_kept_but_never_recognised(self) -> None:
        first, _ = meet(bsuid="ZA.1", username="thandi")
        second, is_new = meet(bsuid="ZA.2", username="thandi")
        assert is_new
        assert first.pk != second.pk
        renamed, _ = meet(bsuid="ZA.1", username="thandi_new")
        assert names_of(renamed) == {("bsuid", "ZA.1"), ("username", "thandi"), ("username", "thandi_new")}

    def test_a_parent_id_joins_numbers_of_linked_portfolios(self) -> None:
        first, _ = meet(bsuid="ZA.1", parent_bsuid="ZA.ENT.9")
        assert meet(bsuid="ZA.2", parent_bsuid="ZA.ENT.9")[0].pk == first.pk

    def test_the_same_id_in_another_portfolio_is_another_person(self) -> None:
        first, _ = meet(bsuid=BSUID)
        other, is_new = meet(bsuid=BSUID, scope="waba-2")
        assert is_new
        assert other.pk != first.pk

    @pytest.mark.parametrize(
        ("stored", "shown"),
        [
            ("+5511987654321", "+551187654321"),
            ("+551187654321", "+5511987654321"),
            ("+5215512345678", "+525512345678"),
            ("+5491123456789", "+541123456789"),
        ],
    )
    def test_another_form_of_the_same_number_is_the_same_person(self, stored: str, shown: str) -> None:
        first, _ = meet(phone=stored)
        again, is_new = meet(phone=shown)
        assert (again.pk, is_new) == (first.pk, False)
        assert names_of(first) == {("phone", stored), ("phone", shown)}
        again.refresh_from_db()
        assert again.phone == stored

    def test_two_forms_with_two_ids_are_two_people(self) -> None:
        first, _ = meet(phone="+5511987654321", bsuid="BR.1")
        other, is_new = meet(phone="+551187654321", bsuid="BR.2")
        assert is_new
        assert other.pk != first.pk

    def test_nobody_is_recognised_by_nothing(self) -> None:
        with pytest.raises(ValueError, match="needs a phone"):
            meet(username="thandi")


@pytest.mark.django_db(transaction=True)
def test_twenty_first_messages_at_once_make_one_customer(amber: Shop) -> None:
    start = Barrier(20)

    def first_message(place: int) -> tuple[int, bool]:
        try:
            with inside(amber):
                start.wait(timeout=10)
                names = {"phone": PHONE} if place % 2 else {"phone": PHONE, "bsuid": BSUID}
                customer, is_new = meet(**names)
                return customer.pk, is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        met = list(pool.map(first_message, range(20)))
    assert len({pk for pk, _ in met}) == 1
    assert sum(is_new for _, is_new in met) == 1
    with inside(amber):
        assert Customer.objects.count() == 1
        assert CustomerIdentity.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_names_the_same_race_makes_many(amber: Shop) -> None:
    """The control: what the guard is there for."""
    with inside(amber), connection.cursor() as cursor:
        cursor.execute("DROP INDEX loyalty_identity_one_customer")
    start = Barrier(8)

    def first_messages(person: int) -> set[int]:
        def first_message(_: int) -> int:
            try:
                with inside(amber):
                    connection.ensure_connection()
                    start.wait(timeout=10)
                    return meet(phone=f"+2782{person:07d}")[0].pk
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(first_message, range(8)))

    try:
        # A race needs luck: one of twenty people is met twice at the latest.
        assert any(len(first_messages(person)) > 1 for person in range(20))
    finally:
        with inside(amber), connection.cursor() as cursor:
            cursor.execute("DELETE FROM loyalty_customeridentity")
            cursor.execute(
                "CREATE UNIQUE INDEX loyalty_identity_one_customer ON loyalty_customeridentity (scope, kind, value)"
                " WHERE kind <> 'username' AND retired_at IS NULL"
            )
