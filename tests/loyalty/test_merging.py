"""Two customers become one, exactly, and two again while nothing of it was touched."""

from datetime import timedelta

import pytest
from django.db import connection

from loyalty import consent, services
from loyalty.consent import Said
from loyalty.identity import recognise
from loyalty.models import Account, Address, Customer, IdentityConflict, Lot, Merge, Purchase
from loyalty.proof import prove
from loyalty.services import CannotMerge, CannotUndo, balance_of, merge_customers, undo_merge
from tenants.models import AuditEntry, User
from tests.loyalty.people import buy, customer, local, program

pytestmark = pytest.mark.usefixtures("in_shop")
AT = local("2026-10-01 10:00")
NOW = local("2026-10-20 10:00")


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.create_user("manager@example.com", name="Lerato")


def met(name: str, **names: str) -> Customer:
    known = {"phone": None, "bsuid": None, "parent_bsuid": None, "username": None, **names}
    return recognise(scope="waba-1", profile_name=name, at=AT, **known)[0]  # type: ignore[arg-type]


def two(*, first: int = 100, second: int = 40) -> tuple[Customer, Customer]:
    """Somebody known by phone with `first` points, and by id with `second`."""
    program()
    kept, gone = met("Thandi", phone="+27821234567"), met("T", bsuid="ZA.1")
    buy(kept, first * 100_00, at=AT, order_id=9001)
    buy(gone, second * 100_00, at=AT, order_id=9002)
    return kept, gone


def points(who: Customer) -> int:
    return balance_of(who).available


def is_clean() -> bool:
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    run = prove()
    assert run.findings == []
    return run.is_clean


class TestMerging:
    def test_names_points_purchases_and_addresses_become_one_customers(self, manager: User) -> None:
        kept, gone = two()
        Address.objects.create(customer=gone, text="3 Long St")
        merge = merge_customers(kept=kept, gone=gone, actor=manager)

        assert (points(kept), points(gone)) == (140, 0)
        assert set(kept.identities.values_list("value", flat=True)) == {"+27821234567", "ZA.1"}
        assert list(Address.objects.values_list("customer", flat=True)) == [kept.pk]
        assert set(Purchase.objects.values_list("customer", flat=True)) == {kept.pk}
        gone.refresh_from_db()
        assert gone.merged_into_id == kept.pk
        assert Account.objects.get(customer=gone).status == "closed"
        assert (merge.kept_id, merge.gone_id, merge.actor_id) == (kept.pk, gone.pk, manager.pk)
        assert met("T", bsuid="ZA.1") == kept
        entry = AuditEntry.objects.get(action="customer.merged")
        assert (entry.actor, entry.subject, entry.detail) == (manager, f"customer {kept.pk}", {"gone": gone.pk})
        assert is_clean()

    def test_each_lot_keeps_its_dates(self, manager: User) -> None:
        kept, gone = two()
        dates = set(Lot.objects.values_list("original", "earned_at", "expires_at"))
        merge_customers(kept=kept, gone=gone, actor=manager)
        assert set(Lot.objects.filter(active__gt=0).values_list("original", "earned_at", "expires_at")) == dates

    def test_points_that_ripen_later_move_as_they_are(self, manager: User) -> None:
        program(pending_days=14)
        kept, gone = met("Thandi", phone="+27821234567"), met("T", bsuid="ZA.1")
        buy(gone, 50 * 100_00, at=AT, order_id=9002)
        merge_customers(kept=kept, gone=gone, actor=manager)
        account = Account.objects.get(customer=kept)
        assert (account.pending, account.active) in {(50, 0), (0, 50)}
        assert is_clean()

    def test_what_one_owes_is_paid_by_what_the_other_has(self, manager: User) -> None:
        kept, gone = two(first=100, second=40)
        services.adjust_points(customer=gone, points=-40, reason="correction", key="a", actor_id=1, now=NOW)
        services.reverse_award(order_id=9002, refunded_cents=40 * 100_00, refund_key="r", now=NOW)
        assert Account.objects.get(customer=gone).debt == 40
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        assert points(kept) == 60
        assert is_clean()
        with pytest.raises(CannotUndo, match="owed have been paid since"):
            undo_merge(merge=merge, actor=manager, reason="mistake")
        assert points(kept) == 60

    def test_a_refund_of_a_moved_purchase_takes_what_it_would_have_taken(self, manager: User) -> None:
        kept, gone = two()
        services.adjust_points(customer=gone, points=-30, reason="correction", key="a", actor_id=1)
        merge_customers(kept=kept, gone=gone, actor=manager)
        assert points(kept) == 110
        taken = services.reverse_award(order_id=9002, refunded_cents=40 * 100_00, refund_key="r")
        assert (taken.points, taken.balance, taken.debt) == (40, 70, 0)
        assert is_clean()

    def test_points_for_an_order_of_the_gone_one_come_to_the_kept_one(self, manager: User) -> None:
        kept, gone = two()
        merge_customers(kept=kept, gone=gone, actor=manager)
        buy(gone, 10 * 100_00, at=NOW, order_id=9003)
        assert (points(kept), points(gone)) == (150, 0)
        assert Purchase.objects.get(order_id=9003).customer_id == kept.pk
        assert is_clean()

    @pytest.mark.parametrize(
        ("first", "second", "after"),
        [(True, False, False), (None, False, False), (False, True, False), (None, True, None), (True, None, True)],
    )
    def test_the_stricter_answer_to_offers_counts(
        self, manager: User, first: bool | None, second: bool | None, after: bool | None
    ) -> None:
        kept, gone = two()
        for who, answer in ((kept, first), (gone, second)):
            if answer is not None:
                kind = "opt_in" if answer else "opt_out"
                consent.record(customer=who, said=Said(kind=kind, source="words", at=AT, key=f"m:{who.pk}"))
        merge_customers(kept=kept, gone=gone, actor=manager)
        kept.refresh_from_db()
        assert kept.marketing_opt_in is after
        assert len(consent.history_of(kept)) >= (first is not None) + (second is not None)

    def test_what_the_team_knows_is_joined_and_a_block_stays(self, manager: User) -> None:
        kept, gone = two()
        Customer.objects.filter(pk=kept.pk).update(tags=["vip"], notes="Rings twice")
        Customer.objects.filter(pk=gone.pk).update(
            name="Thandi N", tags=["cake", "vip"], notes="No nuts", is_blocked=True
        )
        merge_customers(kept=kept, gone=gone, actor=manager)
        kept.refresh_from_db()
        assert (kept.name, kept.tags, kept.notes, kept.is_blocked) == (
            "Thandi N", ["vip", "cake"], "Rings twice\n\nNo nuts", True,
        )  # fmt: skip

    def test_the_doubt_between_them_is_decided(self, manager: User) -> None:
        program()
        owner, writer = met("A", phone="+27821234567"), met("B", bsuid="ZA.1")
        met("B", phone="+27821234567", bsuid="ZA.1")
        merge_customers(kept=writer, gone=owner, actor=manager)
        doubt = IdentityConflict.objects.get()
        assert (doubt.state, doubt.decided_by_id) == ("merged", manager.pk)
        assert met("B", phone="+27821234567", bsuid="ZA.1") == writer

    def test_nobody_is_merged_twice_or_with_themselves(self, manager: User) -> None:
        kept, gone = two()
        with pytest.raises(CannotMerge, match="same customer"):
            merge_customers(kept=kept, gone=kept, actor=manager)
        merge_customers(kept=kept, gone=gone, actor=manager)
        with pytest.raises(CannotMerge, match="by now"):
            merge_customers(kept=customer("Chen"), gone=gone, actor=manager)
        assert Merge.objects.count() == 1
        assert points(kept) == 140


class TestUndoing:
    def test_everything_is_as_it_was(self, manager: User) -> None:
        kept, gone = two()
        Customer.objects.filter(pk=gone.pk).update(notes="No nuts", tags=["cake"])
        Address.objects.create(customer=gone, text="3 Long St")
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        undo_merge(merge=merge, actor=manager, reason="Two sisters")

        assert (points(kept), points(gone)) == (100, 40)
        assert set(kept.identities.values_list("value", flat=True)) == {"+27821234567"}
        assert set(gone.identities.values_list("value", flat=True)) == {"ZA.1"}
        assert Address.objects.get().customer_id == gone.pk
        kept.refresh_from_db()
        gone.refresh_from_db()
        assert (kept.notes, kept.tags, gone.merged_into_id) == ("", [], None)
        merge.refresh_from_db()
        assert (merge.undone_by_id, merge.undo_reason) == (manager.pk, "Two sisters")
        assert AuditEntry.objects.get(action="customer.merge_undone").detail["reason"] == "Two sisters"
        assert met("T", bsuid="ZA.1") == gone
        assert is_clean()
        accounts = {row.customer_id: row.lifetime_issued for row in Account.objects.all()}
        assert accounts == {kept.pk: 100, gone.pk: 40}

    def test_points_spent_since_cannot_be_put_back(self, manager: User) -> None:
        kept, gone = two()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        services.adjust_points(customer=kept, points=-120, reason="correction", key="a", actor_id=1)
        with pytest.raises(CannotUndo, match="points that moved were spent since"):
            undo_merge(merge=merge, actor=manager, reason="Two sisters")
        gone.refresh_from_db()
        assert (points(kept), gone.merged_into_id) == (20, kept.pk)
        assert kept.identities.count() == 2
        assert is_clean()

    def test_what_came_since_stays_with_the_kept_one(self, manager: User) -> None:
        kept, gone = two()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        buy(kept, 5 * 100_00, at=NOW, order_id=9004)
        undo_merge(merge=merge, actor=manager, reason="Two sisters")
        assert (points(kept), points(gone)) == (105, 40)
        assert is_clean()

    def test_after_thirty_days_or_without_a_reason_nothing_is_undone(self, manager: User) -> None:
        kept, gone = two()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        with pytest.raises(CannotUndo, match="say why"):
            undo_merge(merge=merge, actor=manager, reason=" ")
        with pytest.raises(CannotUndo, match="thirty days"):
            undo_merge(merge=merge, actor=manager, reason="late", now=merge.at + timedelta(days=31))
        undo_merge(merge=merge, actor=manager, reason="in time", now=merge.at + timedelta(days=30))
        with pytest.raises(CannotUndo, match="undone before"):
            undo_merge(merge=merge, actor=manager, reason="again")

    def test_they_can_be_merged_again(self, manager: User) -> None:
        kept, gone = two()
        undo_merge(merge=merge_customers(kept=kept, gone=gone, actor=manager), actor=manager, reason="oops")
        merge_customers(kept=gone, gone=kept, actor=manager)
        assert (points(kept), points(gone)) == (0, 140)
        assert is_clean()


def test_a_no_said_while_both_were_one_is_a_no_of_both_after_the_undo(manager: User) -> None:
    kept, gone = two()
    for who in (kept, gone):
        consent.record(customer=who, said=Said(kind="opt_in", source="words", at=AT, key=f"yes:{who.pk}"))
    merge = merge_customers(kept=kept, gone=gone, actor=manager)
    said = Said(kind="opt_out", source="words", at=merge.at + timedelta(minutes=1), key="no:1", words="STOP")
    consent.record(customer=gone, said=said)
    undo_merge(merge=merge, actor=manager, reason="two people")
    assert Customer.objects.get(pk=kept.pk).marketing_opt_in is False
    assert Customer.objects.get(pk=gone.pk).marketing_opt_in is False


def test_without_a_no_in_between_an_undo_gives_each_their_own_yes_back(manager: User) -> None:
    kept, gone = two()
    for who in (kept, gone):
        consent.record(customer=who, said=Said(kind="opt_in", source="words", at=AT, key=f"yes:{who.pk}"))
    undo_merge(merge=merge_customers(kept=kept, gone=gone, actor=manager), actor=manager, reason="two people")
    assert [Customer.objects.get(pk=who.pk).marketing_opt_in for who in (kept, gone)] == [True, True]
