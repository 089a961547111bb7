"""People who change their number, and numbers that change their people, on the shared number."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.translations import compile_stale
from loyalty.models import Customer, CustomerIdentity
from tenants.context import inside
from tenants.models import Favourite, QrCode, Shop, Shopper, ShopperName, WhatsAppNumber
from tests.journeys.shared import OnShared
from tests.journeys.test_shared_number import messages_in

pytestmark = pytest.mark.django_db
compile_stale()
OLD, NEW = "27821234567", "27829998877"


@pytest.fixture
def thandi(shops: dict[str, Shop], codes: dict[str, QrCode], shared: WhatsAppNumber) -> OnShared:
    """Knows two shops, keeps one, and was spoken to in Italian last."""
    thandi = OnShared(shared, phone=OLD, bsuid="ZA.OLD")
    thandi.says(codes["blue"].code)
    thandi.says(codes["amber"].code)
    thandi.taps("⭐ Keep as favourite")
    Shopper.objects.update(language="it")
    ShopperName.objects.update(first_seen_at=timezone.now() - timedelta(hours=1))
    return thandi


def changed(**told: str) -> dict[str, object]:
    return {"type": "system", "system": {"type": "user_changed_number", "body": "…", "wa_id": NEW, **told}}


def moved(thandi: OnShared, *, bsuid: str = "ZA.NEW") -> OnShared:
    return OnShared(thandi.number, phone=NEW, bsuid=bsuid, seen=thandi.seen)


def test_who_changes_number_keeps_shops_favourites_and_language(thandi: OnShared, shops: dict[str, Shop]) -> None:
    thandi.sends(changed(user_id="ZA.NEW", previous_user_id="ZA.OLD"))
    later = moved(thandi)
    assert "• Amber Bakery" in later.says("preferiti")
    assert "• Blue Gelato" in later.says("cambia negozio")
    (person,) = Shopper.objects.all()
    assert (person.phone, person.bsuid, person.language) == (f"+{NEW}", "ZA.NEW", "it")


def test_an_id_that_rotates_keeps_everything(thandi: OnShared) -> None:
    told = {"type": "user_changed_user_id", "user_id": "ZA.NEW", "previous_user_id": "ZA.OLD"}
    thandi.sends({"type": "system", "system": {"body": "…", **told}})
    hidden = OnShared(thandi.number, phone="", bsuid="ZA.NEW", seen=thandi.seen)
    assert "Amber Bakery" in hidden.says("preferiti")
    assert Shopper.objects.get().phone is None


@pytest.mark.parametrize("bsuid", ["ZA.SOMEBODY", ""])
def test_whoever_gets_the_old_number_meets_nothing_of_its_former_owner(
    thandi: OnShared, shops: dict[str, Shop], bsuid: str
) -> None:
    thandi.sends(changed(user_id="ZA.NEW", previous_user_id="ZA.OLD"), at=time.time() - 60)
    stranger = OnShared(thandi.number, name="Somebody", phone=OLD, bsuid=bsuid, seen=thandi.seen)
    before = messages_in(shops["amber"])
    assert "Amber" not in stranger.says("switch") + stranger.says("favourites") + stranger.says("hello?")
    assert messages_in(shops["amber"]) == before
    assert Shopper.objects.count() == 2
    assert Favourite.objects.get().shopper.phone == f"+{NEW}"


def test_a_shop_that_is_suspended_meanwhile_hears_of_a_new_number_too_and_says_nothing(
    thandi: OnShared, shops: dict[str, Shop]
) -> None:
    for shop in shops.values():
        with inside(shop):
            CustomerIdentity.objects.update(first_seen_at=timezone.now() - timedelta(hours=1))
    Shop.objects.filter(pk=shops["blue"].pk).update(status=Shop.Status.SUSPENDED)
    assert thandi.sends(changed(user_id="ZA.NEW", previous_user_id="ZA.OLD"), at=time.time() - 60) == ""
    for shop in shops.values():
        with inside(shop):
            assert list(Customer.objects.values_list("phone", flat=True)) == [f"+{NEW}"]
    Shop.objects.filter(pk=shops["blue"].pk).update(status=Shop.Status.ACTIVE)
    stranger = OnShared(thandi.number, name="Somebody", phone=OLD, seen=thandi.seen)
    stranger.says(QrCode.objects.get(shop=shops["blue"]).code)
    with inside(shops["blue"]):
        assert set(Customer.objects.values_list("phone", flat=True)) == {f"+{NEW}", f"+{OLD}"}


def test_a_number_given_away_unannounced_is_known_by_the_other_id(thandi: OnShared) -> None:
    stranger = OnShared(thandi.number, name="Somebody", phone=OLD, bsuid="ZA.SOMEBODY", seen=thandi.seen)
    assert "Amber" not in stranger.says("switch") + stranger.says("favourites")
    by_phone_alone = OnShared(thandi.number, name="Somebody", phone=OLD, seen=thandi.seen)
    assert "Amber" not in by_phone_alone.says("favourites")
    assert Shopper.objects.get(bsuid="ZA.OLD").phone is None


def test_news_that_comes_after_the_first_words_makes_one_person(
    thandi: OnShared, codes: dict[str, QrCode], shops: dict[str, Shop]
) -> None:
    later = moved(thandi)
    later.says(codes["blue"].code)
    assert Shopper.objects.count() == 2
    thandi.sends(changed(user_id="ZA.NEW", previous_user_id="ZA.OLD"), at=time.time() - 60)
    (person,) = Shopper.objects.all()
    assert set(person.visits.values_list("shop_id", flat=True)) == {shops["amber"].pk, shops["blue"].pk}
    assert person.shop == shops["blue"]
    assert "• Amber Bakery" in later.says("favourites")


def test_a_new_number_that_was_somebody_elses_brings_nothing_of_theirs(
    thandi: OnShared, codes: dict[str, QrCode], shared: WhatsAppNumber
) -> None:
    former = OnShared(shared, name="Former", phone=NEW)
    former.sends({"type": "text", "text": {"body": codes["blue"].code}}, at=time.time() - 3600)
    Favourite.objects.create(shopper=former.shopper, shop=Shop.objects.get(slug="blue"))
    thandi.sends(changed())
    later = moved(thandi, bsuid="")
    assert "• Blue Gelato" not in later.says("favourites")
    assert Favourite.objects.filter(shopper=later.shopper).get().shop.slug == "amber"
    assert Shopper.objects.get(profile_name="Former").phone is None


def test_the_same_news_again_changes_nothing(thandi: OnShared) -> None:
    news = changed(user_id="ZA.NEW", previous_user_id="ZA.OLD")
    sent_at = time.time()
    thandi.sends(news, at=sent_at)
    later = moved(thandi)
    later.says("menu")
    told = Shopper.objects.values("pk", "phone", "bsuid", "shop_id").get()
    thandi.sends(news, at=sent_at)
    assert Shopper.objects.values("pk", "phone", "bsuid", "shop_id").get() == told


def test_words_from_before_the_change_that_come_late_are_still_theirs(thandi: OnShared, shops: dict[str, Shop]) -> None:
    now = timezone.now().timestamp()
    thandi.sends(changed(user_id="ZA.NEW", previous_user_id="ZA.OLD"), at=now)
    thandi.sends({"type": "text", "text": {"body": "said before"}}, at=now - 5)
    assert messages_in(shops["amber"])[-1] == "said before"
    assert Shopper.objects.get().phone == f"+{NEW}"
