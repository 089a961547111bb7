"""Whose account a number is in is typed in by a shop: until somebody else has said so, it changes nothing for others."""

from typing import Any

import pytest

from conversations.transport.door.endpoints import endpoint_of
from conversations.transport.health import neighbours, portfolio
from conversations.transport.health.portfolio import Wish
from conversations.transport.models import NumberFacts, NumberSetup
from conversations.transport.numbers import daily_look, number_setup
from conversations.transport.providers.number_desk import TokenFacts, Told
from tenants.models import Shop, User, WhatsAppNumber
from tenants.queries import forget
from tenants.services.numbers import add_number, doubt_account, prove_account
from tests.payloads import recorded
from tests.transport.conftest import new_number
from tests.transport.test_dialog360 import dialog360_number
from tests.transport.test_splitter import arrive

pytestmark = pytest.mark.django_db


def with_limit(number: WhatsAppNumber, limit: int) -> WhatsAppNumber:
    NumberFacts.objects.create(number_id=number.pk, daily_limit=limit)
    return number


def known(shop: Shop, pnid: str, proof: str, **more: Any) -> WhatsAppNumber:
    number = new_number(shop, pnid, **{"waba_id": "w-1", **more})
    prove_account(number_id=number.pk, proof=proof)
    number.refresh_from_db()
    forget()
    return number


def taken(number: WhatsAppNumber, count: int) -> int:
    wishes = [Wish(f"{number.pk}-{place}", 1, place) for place in range(count)]
    return list(portfolio.take_places(number=number, wishes=wishes).values()).count(0.0)


def test_a_typed_account_neither_lowers_nor_uses_up_what_its_owner_may_send(amber: Shop, blue: Shop) -> None:
    owner = with_limit(known(amber, "1000001", "said"), 10)
    typed = add_number(
        shop=blue, provider="dialog360", phone="+27110009999", phone_number_id="1000009", waba_id="w-1", token="k"
    ).number
    with_limit(typed, 1)
    assert (portfolio.limit_of(owner), portfolio.limit_of(typed)) == (10, 1)
    NumberFacts.objects.filter(number_id=typed.pk).update(daily_limit=1000)
    assert taken(typed, 30) == 30
    assert taken(owner, 8) == 7  # ten less a floor of one for each of three classes
    assert (neighbours.of_account(owner.pk), neighbours.of_account(typed.pk)) == ({owner.pk}, {typed.pk})


def test_numbers_of_one_account_share_its_people_but_each_shop_believes_its_own_news(amber: Shop, blue: Shop) -> None:
    first, second = with_limit(known(amber, "1000001", "said"), 20), known(amber, "1000002", "said")
    theirs = with_limit(known(blue, "1000003", "said"), 1)
    assert neighbours.of_account(first.pk) == {first.pk, second.pk, theirs.pk}
    assert (portfolio.limit_of(second), portfolio.limit_of(theirs)) == (20, 1)
    assert (taken(first, 10), taken(second, 10)) == (10, 4)


def test_what_was_only_seen_at_its_own_address_is_shared_inside_its_shop(amber: Shop, blue: Shop) -> None:
    first, second = known(amber, "1000001", "seen"), known(amber, "1000002", "seen")
    theirs = known(blue, "1000003", "said")
    assert neighbours.of_account(first.pk) == {first.pk, second.pk}
    assert neighbours.of_account(theirs.pk) == {theirs.pk}
    names = {number.phone_number_id: neighbours.budget_of(number) for number in (first, second, theirs)}
    assert names == {"1000001": f"{amber.pk}/w-1", "1000002": f"{amber.pk}/w-1", "1000003": "w-1"}


def test_a_weaker_proof_changes_nothing_and_a_clear_no_everything(amber: Shop) -> None:
    number = known(amber, "1000001", "said")
    prove_account(number_id=number.pk, proof="seen")
    number.refresh_from_db()
    assert number.account_proof == "said"
    doubt_account(number_id=number.pk)
    number.refresh_from_db()
    assert number.account_proof == "typed"


@pytest.mark.parametrize(
    ("told", "proof"),
    [
        (Told(True), "said"),
        (Told(False, "not reached"), "seen"),
        (Told(False, "no", is_refused=True), "typed"),
        (Told(False, "the token is dead", code=190, is_refused=True), "seen"),
        (Told(False, "too many calls", code=80007, is_refused=True), "seen"),
        (Told(False, "no such account for this token", code=100, is_refused=True), "typed"),
    ],
)
def test_the_daily_look_asks_whose_the_account_is(
    amber: Shop, monkeypatch: pytest.MonkeyPatch, told: Told, proof: str
) -> None:
    number = known(amber, "1000001", "seen")

    class Desk:
        def token(self) -> TokenFacts:
            return TokenFacts(is_known=False)

        def number(self) -> Told:
            return Told(False)

        def subscribed(self, *, app_id: str) -> Told:
            return Told(False)

        def belongs(self) -> Told:
            return told

    monkeypatch.setattr(daily_look, "desk_of", lambda number: Desk())
    assert daily_look.look_at_numbers(amber) == 1
    number.refresh_from_db()
    assert number.account_proof == proof


@pytest.mark.parametrize(("typed", "proof"), [(None, "seen"), ("999", "typed")])
def test_at_360dialog_the_first_message_shows_the_account(amber: Shop, typed: str | None, proof: str) -> None:
    number = dialog360_number(amber)
    if typed:
        WhatsAppNumber.objects.filter(pk=number.pk).update(waba_id=typed)
    setup = number_setup.setup_for(WhatsAppNumber.objects.get(pk=number.pk))
    NumberSetup.objects.filter(pk=setup.pk).update(created_at="2020-01-01T00:00:00Z")
    endpoint = endpoint_of(number)
    assert endpoint is not None
    arrive(recorded("text"), endpoint=endpoint)
    setup.refresh_from_db()
    actor = User.objects.create_user("a@example.com", name="A")
    found = number_setup.run_check(setup=setup, name="hello", actor=actor)
    number.refresh_from_db()
    assert (found.state, number.account_proof) == ("passed", proof)
    assert ("not 999" in found.advice) == bool(typed)
