"""What waits on the shared number, for an answer or for a picture, and whose every word is."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image

from conversations.inbox import handover
from conversations.models import Conversation, Message
from conversations.translations import compile_stale
from tenants.context import inside
from tenants.models import DirectoryMessage, QrCode, Shop, Shopper, WhatsAppNumber
from tests.journeys.shared import OnShared
from tests.journeys.test_shared_number import messages_in
from tests.journeys.test_shared_photos import Media, look

pytestmark = pytest.mark.django_db
compile_stale()


@pytest.fixture
def thandi(shops: dict[str, Shop], codes: dict[str, QrCode], shared: WhatsAppNumber) -> OnShared:
    """Knows both shops and is in neither."""
    thandi = OnShared(shared)
    thandi.says(codes["amber"].code)
    thandi.says(codes["blue"].code)
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(minutes=31))
    return thandi


@pytest.fixture
def media(monkeypatch: pytest.MonkeyPatch) -> Media:
    media, out = Media(monkeypatch), BytesIO()
    Image.new("RGB", (300, 200), "red").save(out, "JPEG")
    media.files = dict.fromkeys(("m-1", "m-2"), out.getvalue())
    return media


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": {"body": words}}


def test_a_photo_leaves_what_is_parked_where_it_is(thandi: OnShared, shops: dict[str, Shop], media: Media) -> None:
    assert thandi.says("points").startswith("Which shop is this for?")
    thandi.sends(thandi.photo("m-1"))
    assert look(thandi).startswith("Which shop is this for?")
    assert "You have no points yet" in thandi.taps("Amber Bakery")
    assert messages_in(shops["amber"])[1:] == ["points", ""]
    assert thandi.shopper.parked == []


@pytest.mark.parametrize("way", ["code", "quote", "button"])
def test_whichever_way_a_shop_is_entered_what_is_parked_goes_along_and_nowhere_else(
    thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode], way: str
) -> None:
    wamid, _reply = thandi.shown[-1]
    button = thandi.tap_on("Browse products")
    thandi.says("points")
    entries = {"code": text(codes["blue"].code), "quote": {**text("this one"), "context": {"id": wamid}}}
    thandi.sends(entries.get(way, button))
    assert messages_in(shops["blue"])[1] == "points"
    assert len(messages_in(shops["blue"])) == 3
    thandi.says("switch")
    assert "This is *Amber Bakery*" in thandi.taps("Amber Bakery")
    assert "points" not in messages_in(shops["amber"])


def test_what_is_parked_too_long_is_nobodys(thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode]) -> None:
    thandi.says("points")
    Shopper.objects.update(parked_since=timezone.now() - timedelta(minutes=31))
    thandi.says(codes["blue"].code)
    assert "points" not in messages_in(shops["blue"])
    assert thandi.shopper.parked == []


def test_parked_words_are_kept_in_no_list_of_the_platform_and_can_be_changed_and_taken_back(
    thandi: OnShared, shops: dict[str, Shop]
) -> None:
    thandi.sends(text("my PIN is 4711"), text("points, pleas"))
    first, second = (each["wamid"] for each in thandi.shopper.parked)
    assert not DirectoryMessage.objects.filter(direction="in", text__contains="4711").exists()
    thandi.sends({"type": "revoke", "revoke": {"original_message_id": first}})
    thandi.sends({"type": "edit", "edit": {"original_message_id": second, "message": text("points")}})
    assert thandi.taps("Amber Bakery").startswith("You have no points yet")
    assert messages_in(shops["amber"])[1:] == ["points"]


def test_more_words_than_may_wait_end_the_look_and_hold_nothing_up(
    thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode], media: Media
) -> None:
    thandi.says(codes["amber"].code)
    thandi.sends(thandi.photo("m-1"))
    for count in range(29):
        thandi.says(f"word {count}")
    assert len(messages_in(shops["amber"])) == 2
    thandi.sends(text("word 29"), text("word 30"))
    assert messages_in(shops["amber"])[-31:] == [f"word {count}" for count in range(31)]
    assert look(thandi) == "", "the look has nothing to say any more"


@pytest.mark.parametrize("words", ["find rye", "leave", "cambia", "cerca", "Find me something nice", "exit"])
def test_inside_a_shop_only_unmistakable_words_are_the_platforms(
    thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode], words: str
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says(words)
    assert messages_in(shops["amber"])[-1] == words
    assert thandi.shopper.shop == shops["amber"]
    assert thandi.says("change shop").startswith("Where would you like to go?")


def test_while_a_person_of_the_shop_talks_only_the_button_leads_away(
    thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode]
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("menu")
    button = thandi.tap_on("Another shop")
    assert button["interactive"]["list_reply"]["id"] == "dir.switch"
    with inside(shops["amber"]):
        handover.take_over(conversation_id=Conversation.objects.get().pk, user_id=1)
    for words in ("switch", "favourites", "change shop"):
        assert thandi.says(words) == ""
        assert messages_in(shops["amber"])[-1] == words
    assert thandi.sends(button).startswith("Where would you like to go?")
    with inside(shops["amber"]):
        assert not Message.objects.filter(direction="in", text="Another shop").exists()


def test_who_only_waits_for_a_person_may_leave(
    thandi: OnShared, shops: dict[str, Shop], codes: dict[str, QrCode]
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("agent")
    assert thandi.says("switch").startswith("Where would you like to go?")


def test_a_name_too_long_for_a_phone_is_no_phone(shared: WhatsAppNumber) -> None:
    odd = OnShared(shared, phone="1" * 20, bsuid="ZA.X1")
    odd.says("hello")
    assert (odd.shopper_by("ZA.X1").phone, odd.shopper_by("ZA.X1").bsuid) == (None, "ZA.X1")
    whole = OnShared(shared, phone="1" * 19)
    whole.says("hello")
    assert whole.shopper.phone == "+" + "1" * 19
