"""Two customers become one, exactly, and two again while nothing of it was touched."""

from datetime import timedelta

import pytest
from django.db import connection

from loyalty import consent, services
from loyalty.consent import Said
from loyalty.errors import AccountFrozen
from loyalty.identity import recognise
from loyalty.models import Account, Address, Customer, IdentityDoubt, Lot, Merge, Purchase
from loyalty.proof import prove
from loyalty.queries import customers_for_dashboard
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


def debt(who: Customer) -> int:
    return Account.objects.get(customer=who).debt


def owes(who: Customer, spent: int, *, order_id: int) -> None:
    """The points of an order were spent, and then its money was given back."""
    services.adjust_points(customer=who, points=-spent, reason="correction", key=f"spent:{order_id}", actor_id=1)
    services.reverse_award(order_id=order_id, refunded_cents=spent * 100_00, refund_key="r")
    assert debt(who) == spent


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
        undo_merge(merge=merge, actor=manager, reason="mistake")
        assert (points(kept), points(gone), debt(kept), debt(gone)) == (100, 0, 0, 40)
        assert is_clean()

    def test_what_the_kept_one_owed_is_owed_again_and_the_points_that_paid_it_go_back(self, manager: User) -> None:
        kept, gone = two(first=100, second=40)
        owes(kept, 100, order_id=9001)
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        assert (points(kept), debt(kept)) == (0, 60)
        buy(kept, 70 * 100_00, at=NOW, order_id=9003)
        assert (points(kept), debt(kept)) == (10, 0)
        undo_merge(merge=merge, actor=manager, reason="mistake")
        assert (points(kept), points(gone), debt(kept), debt(gone)) == (0, 40, 30, 0)
        assert is_clean()

    def test_a_debt_that_later_points_have_paid_cannot_be_told_apart(self, manager: User) -> None:
        kept, gone = two(first=10, second=40)
        owes(gone, 40, order_id=9002)
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        assert (points(kept), debt(kept)) == (0, 30)
        buy(kept, 50 * 100_00, at=NOW, order_id=9003)
        with pytest.raises(CannotUndo, match="owed have been paid since"):
            undo_merge(merge=merge, actor=manager, reason="mistake")
        assert (points(kept), debt(kept)) == (20, 0)
        assert is_clean()

    @pytest.mark.parametrize("whose", ["kept", "gone"])
    def test_frozen_points_keep_both_apart(self, manager: User, whose: str) -> None:
        kept, gone = two()
        frozen = kept if whose == "kept" else gone
        Account.objects.filter(customer=frozen).update(status=Account.Status.FROZEN)
        with pytest.raises(AccountFrozen, match="frozen"):
            merge_customers(kept=kept, gone=gone, actor=manager)
        gone.refresh_from_db()
        assert (gone.merged_into, points(kept), points(gone)) == (None, 100, 40)

    def test_a_merge_is_not_undone_out_of_frozen_points_and_gives_the_status_back(self, manager: User) -> None:
        kept, gone = two()
        Account.objects.filter(customer=gone).update(status=Account.Status.UNCLAIMED)
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        Account.objects.filter(customer=kept).update(status=Account.Status.FROZEN)
        with pytest.raises(AccountFrozen):
            undo_merge(merge=merge, actor=manager, reason="mistake")
        Account.objects.filter(customer=kept).update(status=Account.Status.ACTIVE)
        undo_merge(merge=merge, actor=manager, reason="mistake")
        assert Account.objects.get(customer=gone).status == Account.Status.UNCLAIMED

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
        doubt = IdentityDoubt.objects.get()
        assert (doubt.state, doubt.decided_by_id) == ("merged", manager.pk)
        assert met("B", phone="+27821234567", bsuid="ZA.1") == writer

    def test_undone_the_doubt_is_open_again_and_both_are_known_since_their_own_day(self, manager: User) -> None:
        program()
        writer, owner = met("T", bsuid="ZA.7"), met("Thandi", phone="+27821234567")
        met("T", bsuid="ZA.7", phone="+27821234567")
        Customer.objects.filter(pk=owner.pk).update(created_at=AT - timedelta(days=90))
        merge = merge_customers(kept=writer, gone=owner, actor=manager)
        writer.refresh_from_db()
        assert writer.created_at == AT - timedelta(days=90)
        undo_merge(merge=merge, actor=manager, reason="mistake")
        doubt = IdentityDoubt.objects.get()
        assert (doubt.state, doubt.decided_at, doubt.decided_by_id) == ("open", None, None)
        since = Customer.objects.order_by("pk").values_list("created_at", flat=True)
        assert list(since) == [AT, AT - timedelta(days=90)]

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

    def test_points_of_an_order_of_the_gone_one_that_was_paid_since_go_with_who_ordered(self, manager: User) -> None:
        kept, gone = two()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        Merge.objects.filter(pk=merge.pk).update(moved=merge.moved | {"orders": [9005]})
        buy(kept, 5 * 100_00, at=NOW, order_id=9005)
        buy(kept, 3 * 100_00, at=NOW, order_id=9006)
        undo_merge(merge=merge, actor=manager, reason="Two sisters")
        assert (points(kept), points(gone)) == (103, 45)
        assert Purchase.objects.get(order_id=9005).customer_id == gone.pk
        accounts = {row.customer_id: row.lifetime_issued for row in Account.objects.all()}
        assert accounts == {kept.pk: 103, gone.pk: 45}
        taken = services.reverse_award(order_id=9005, refunded_cents=5 * 100_00, refund_key="r")
        assert (taken.points, points(kept), points(gone)) == (5, 103, 40)
        assert is_clean()

    def test_such_points_that_were_spent_keep_both_together(self, manager: User) -> None:
        kept, gone = two()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        Merge.objects.filter(pk=merge.pk).update(moved=merge.moved | {"orders": [9005]})
        buy(kept, 5 * 100_00, at=NOW, order_id=9005)
        services.adjust_points(customer=kept, points=-145, reason="correction", key="a", actor_id=1)
        with pytest.raises(CannotUndo, match="spent since"):
            undo_merge(merge=merge, actor=manager, reason="Two sisters")

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


def test_a_yes_said_while_both_were_one_is_nobodys_after_the_undo(manager: User) -> None:
    kept, gone = two()
    merge = merge_customers(kept=kept, gone=gone, actor=manager)
    said = Said(kind="opt_in", source="words", at=merge.at + timedelta(minutes=1), key="yes:1", words="START")
    consent.record(customer=gone, said=said)
    assert Customer.objects.get(pk=kept.pk).marketing_opt_in is True
    undo_merge(merge=merge, actor=manager, reason="two people", now=merge.at + timedelta(hours=1))
    assert Customer.objects.get(pk=kept.pk).marketing_opt_in is False
    assert Customer.objects.get(pk=gone.pk).marketing_opt_in is None


def test_words_about_offers_are_shown_through_a_chain_of_merges(manager: User) -> None:
    first, second = two()
    third = customer("Chen")
    for who in (first, second, third):
        said = Said(kind="opt_in", source="words", at=AT, key=f"yes:{who.pk}")
        consent.record(customer=who, said=said)
    merge_customers(kept=second, gone=first, actor=manager)
    merge_customers(kept=third, gone=second, actor=manager)
    said_by = {entry.customer_id for entry in consent.history_of(third)}
    assert said_by == {first.pk, second.pk, third.pk}


def test_the_phone_that_came_along_finds_the_customer(manager: User) -> None:
    kept, gone = met("Thandi", phone="+27821234567"), met("T", phone="+27835557788")
    merge = merge_customers(kept=kept, gone=gone, actor=manager)
    assert list(customers_for_dashboard("083 555 7788")) == [kept]
    undo_merge(merge=merge, actor=manager, reason="two people")
    assert list(customers_for_dashboard("083 555 7788")) == [gone]
