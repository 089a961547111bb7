"""Numbers and ids change, phones are given away: the person stays, and nobody inherits anything by accident."""

from datetime import datetime, timedelta

import pytest

from loyalty import lookalikes, renaming
from loyalty.identity import recognise
from loyalty.models import Customer, CustomerIdentity, IdentityDoubt
from loyalty.renaming import Change
from tests.loyalty.people import local

pytestmark = pytest.mark.usefixtures("in_shop")
AT = local("2026-03-01 10:00")
MOVED = local("2026-04-01 12:00")
OLD, NEW = "+27821234567", "+27829999999"
OLD_ID, NEW_ID = "ZA.OLD1", "ZA.NEW1"


def meet(*, at: datetime = AT, scope: str = "waba-1", **names: str) -> Customer:
    known = {"phone": None, "bsuid": None, "parent_bsuid": None, "username": None, "profile_name": "", **names}
    return recognise(scope=scope, at=at, **known)[0]  # type: ignore[arg-type]


def change(**names: object) -> Change:
    return Change(**{"scope": "waba-1", "at": MOVED, **names})  # type: ignore[arg-type]


def moves(**names: object) -> Customer | None:
    return renaming.follow(change(**names))[0]


def in_use(customer: Customer) -> set[str]:
    return set(customer.identities.filter(retired_at=None).values_list("value", flat=True))


def ended(customer: Customer) -> dict[str, datetime | None]:
    return dict(customer.identities.exclude(retired_at=None).values_list("value", "retired_at"))


WHOLE = {"old_phone": OLD, "old_bsuid": OLD_ID, "new_phone": NEW, "new_bsuid": NEW_ID}


class TestANewNumber:
    def test_the_person_keeps_everything_under_the_new_names(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        assert moves(**WHOLE) == thandi
        assert in_use(thandi) == {NEW, NEW_ID}
        assert ended(thandi) == {OLD: MOVED, OLD_ID: MOVED}
        thandi.refresh_from_db()
        assert thandi.phone == NEW
        assert meet(phone=NEW, bsuid=NEW_ID, at=MOVED) == thandi
        assert Customer.objects.count() == 1

    def test_the_same_notice_again_changes_nothing(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        moves(**WHOLE)
        assert renaming.follow(change(**WHOLE)) == (thandi, False)
        assert ended(thandi) == {OLD: MOVED, OLD_ID: MOVED}
        assert CustomerIdentity.objects.count() == 4

    def test_the_older_form_of_the_notice_names_phones_only(self) -> None:
        thandi = meet(phone=OLD)
        assert moves(old_phone=OLD, new_phone=NEW) == thandi
        assert (in_use(thandi), ended(thandi)) == ({NEW}, {OLD: MOVED})
        assert meet(phone=NEW, bsuid=NEW_ID, at=MOVED) == thandi

    def test_whoever_gets_the_old_number_is_somebody_else(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        moves(**WHOLE)
        sipho = meet(phone=OLD, bsuid="ZA.SIPHO", at=MOVED + timedelta(days=90))
        assert sipho != thandi
        assert (sipho.phone, in_use(sipho)) == (OLD, {OLD, "ZA.SIPHO"})
        assert not IdentityDoubt.objects.exists()

    def test_the_notice_repeated_after_that_takes_nothing_from_them(self) -> None:
        meet(phone=OLD, bsuid=OLD_ID)
        moves(**WHOLE)
        sipho = meet(phone=OLD, bsuid="ZA.SIPHO", at=MOVED + timedelta(days=90))
        moves(**WHOLE)
        moves(old_phone=OLD, new_phone=NEW)
        assert in_use(sipho) == {OLD, "ZA.SIPHO"}

    def test_what_was_written_before_the_change_and_comes_late_is_still_theirs(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        moves(**WHOLE)
        assert meet(phone=OLD, bsuid=OLD_ID, at=MOVED - timedelta(minutes=1)) == thandi
        assert meet(phone=OLD, at=MOVED - timedelta(minutes=1)) == thandi
        assert in_use(thandi) == {NEW, NEW_ID}

    def test_a_message_that_overtakes_the_notice_is_a_doubt_and_no_guess(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        early = meet(phone=NEW, bsuid=NEW_ID, at=MOVED)
        assert moves(**WHOLE) == thandi
        assert early != thandi
        assert (in_use(thandi), in_use(early)) == (set(), {NEW, NEW_ID})
        doubts = {(row.customer_id, row.other_id, row.reason) for row in IdentityDoubt.objects.all()}
        assert doubts == {(thandi.pk, early.pk, "number_change")}
        assert len(lookalikes.open_doubts(early)) == 1

    def test_a_stranger_who_changed_is_nobody_we_know(self) -> None:
        assert renaming.follow(change(**WHOLE)) == (None, False)
        assert not Customer.objects.exists()

    def test_another_portfolio_keeps_its_own_names(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        assert meet(phone=OLD, bsuid="ZA.ELSE", scope="waba-2") == thandi
        moves(**WHOLE)
        assert in_use(thandi) == {NEW, NEW_ID, OLD, "ZA.ELSE"}


class TestANewId:
    def test_an_id_that_rotates_takes_the_phone_it_hides_with_it(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        assert moves(old_bsuid=OLD_ID, new_bsuid=NEW_ID) == thandi
        assert in_use(thandi) == {NEW_ID}
        assert ended(thandi) == {OLD: MOVED, OLD_ID: MOVED}
        thandi.refresh_from_db()
        assert thandi.phone is None

    def test_a_phone_that_shows_again_is_theirs_again(self) -> None:
        thandi = meet(phone=OLD, bsuid=OLD_ID)
        moves(old_bsuid=OLD_ID, new_bsuid=NEW_ID)
        assert meet(phone=OLD, bsuid=NEW_ID, at=MOVED + timedelta(hours=1)) == thandi
        assert in_use(thandi) == {NEW_ID, OLD}


class TestAPhoneByButton:
    def test_a_hidden_customer_gets_the_phone_and_is_found_by_it(self) -> None:
        thandi = meet(bsuid=OLD_ID)
        assert renaming.share_phone(thandi, scope="waba-1", phone=OLD, at=AT)
        thandi.refresh_from_db()
        assert (thandi.phone, in_use(thandi)) == (OLD, {OLD_ID, OLD})
        assert meet(phone=OLD) == thandi

    def test_the_phone_of_another_customer_stays_theirs(self) -> None:
        owner, thandi = meet(phone=OLD), meet(bsuid=OLD_ID)
        for _ in range(2):
            assert not renaming.share_phone(thandi, scope="waba-1", phone=OLD, at=AT)
        assert (in_use(owner), in_use(thandi)) == ({OLD}, {OLD_ID})
        doubt = IdentityDoubt.objects.get()
        assert (doubt.customer_id, doubt.other_id, doubt.reason) == (thandi.pk, owner.pk, "shared_phone")

    def test_so_does_one_that_the_team_wrote_down(self) -> None:
        owner, thandi = Customer.objects.create(name="Lerato", phone=OLD), meet(bsuid=OLD_ID)
        assert not renaming.share_phone(thandi, scope="waba-1", phone=OLD, at=AT)
        assert IdentityDoubt.objects.get().other_id == owner.pk


class TestKnownElsewhere:
    def test_somebody_the_team_wrote_down_is_met_by_their_phone(self) -> None:
        lerato = Customer.objects.create(name="Lerato", phone=OLD)
        assert meet(phone=OLD, bsuid=OLD_ID) == lerato
        assert in_use(lerato) == {OLD, OLD_ID}

    def test_two_of_them_with_one_phone_are_nobody(self) -> None:
        for name in ("Lerato", "Sipho"):
            Customer.objects.create(name=name, phone=OLD)
        assert meet(phone=OLD).name == ""
        assert Customer.objects.count() == 3


class TestAliases:
    def test_the_account_whatsapp_named_is_the_person_we_wrote_to(self) -> None:
        maria = meet(phone="+5511987654321")
        lookalikes.keep_alias(scope="waba-1", phone="+5511987654321", wa_id="+551133334444")
        assert meet(phone="+551133334444") == maria
        assert in_use(maria) == {"+5511987654321", "+551133334444"}

    def test_an_alias_comes_before_a_form_of_the_number(self) -> None:
        nine, plain = meet(phone="+5511987654321"), meet(phone="+5511955556666")
        lookalikes.keep_alias(scope="waba-1", phone="+5511955556666", wa_id="+551187654321")
        assert meet(phone="+551187654321") == plain
        assert in_use(nine) == {"+5511987654321"}

    def test_two_accounts_stay_two_though_an_alias_joins_their_numbers(self) -> None:
        maria = meet(phone="+5511987654321", bsuid="BR.1")
        other = meet(phone="+551187654321", bsuid="BR.2")
        lookalikes.keep_alias(scope="waba-1", phone="+5511987654321", wa_id="+551187654321")
        assert meet(phone="+551187654321", bsuid="BR.2") == other
        assert meet(phone="+5511987654321", bsuid="BR.1") == maria
        assert not IdentityDoubt.objects.exists()

    def test_the_newest_answer_of_whatsapp_counts(self) -> None:
        for wa_id in ("+551111111111", "+551122222222"):
            lookalikes.keep_alias(scope="waba-1", phone="+5511987654321", wa_id=wa_id)
        maria = meet(phone="+5511987654321")
        assert meet(phone="+551111111111") != maria
        assert meet(phone="+551122222222") == maria


class TestDeciding:
    def test_different_people_and_the_phone_is_whose_messages_carry_it(self) -> None:
        owner = meet(phone=OLD, bsuid="ZA.1")
        writer = meet(phone=OLD, bsuid="ZA.2")
        doubt = IdentityDoubt.objects.get()
        lookalikes.are_different(doubt_id=doubt.pk, actor_id=7)

        doubt.refresh_from_db()
        assert (doubt.state, doubt.decided_by_id) == ("different", 7)
        assert (in_use(owner), in_use(writer)) == ({"ZA.1"}, {"ZA.2", OLD})
        people = dict(Customer.objects.values_list("pk", "phone"))
        assert people == {owner.pk: None, writer.pk: OLD}
        assert meet(phone=OLD, bsuid="ZA.2") == writer
        assert lookalikes.open_doubts(owner) == []

    def test_what_was_answered_is_not_answered_again(self) -> None:
        meet(phone=OLD, bsuid="ZA.1")
        meet(phone=OLD, bsuid="ZA.2")
        doubt = IdentityDoubt.objects.get()
        lookalikes.are_different(doubt_id=doubt.pk, actor_id=7)
        with pytest.raises(lookalikes.AlreadyDecided, match="answered this already"):
            lookalikes.are_different(doubt_id=doubt.pk, actor_id=8)
        assert IdentityDoubt.objects.get().decided_by_id == 7
