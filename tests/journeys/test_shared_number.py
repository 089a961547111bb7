"""Chats on the platform's shared number, where many shops answer one person."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.translations import compile_stale
from conversations.transport.models import OutboxItem
from conversations.transport.providers.meta_cloud.parse import parse
from loyalty.models import Customer
from tenants.context import inside
from tenants.models import DirectoryMessage, Favourite, QrCode, QrCodeDay, Shop, Shopper, WhatsAppNumber
from tenants.queries import forget
from tests.journeys.chat import chat
from tests.journeys.shared import OnShared

pytestmark = pytest.mark.django_db
compile_stale()


@pytest.fixture
def thandi(shared: WhatsAppNumber) -> OnShared:
    return OnShared(shared)


def messages_in(shop: Shop) -> list[str]:
    with inside(shop):
        return list(Message.objects.filter(direction="in").order_by("pk").values_list("text", flat=True))


def test_a_stranger_is_told_how_to_find_a_shop(shops: dict[str, Shop], thandi: OnShared) -> None:
    assert thandi.says("Hi") == chat("""
        Hi! 👋 I take you to the shops on this number.

        Scan a shop's code, send me a photo of it, or write the name of a shop or what you are looking for.
        [Find a shop]
    """)
    assert thandi.taps("Find a shop") == chat("""
        These shops are here:
        [≡ Choose a shop]
        • Amber Bakery – Bakery · Cape Town
        • Blue Gelato – Ice cream · Napoli
    """)
    assert thandi.taps("Amber Bakery").startswith("Hi Thandi! 👋 Welcome to Amber Bakery.")
    assert messages_in(shops["amber"]) == ["Amber Bakery"]
    assert messages_in(shops["blue"]) == []


def test_a_scanned_code_opens_its_shop_and_knows_the_table(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    code = codes["amber"].code
    assert thandi.says(f"Amber Bakery · Table 7 · {code[:4]}-{code[4:8]}-{code[8:]}") == chat("""
        Hi Thandi! 👋 Welcome to Amber Bakery. (Send STOP if you never want offers from us.)

        📍 Table 7

        This is *Amber Bakery*. What would you like to do?
        [Menu] [Browse products] [⭐ Keep as favourite]
    """)
    assert QrCodeDay.objects.get(code=codes["amber"]).chats == 1
    assert thandi.says("menu").startswith("What would you like to do?")
    with inside(shops["amber"]):
        assert Conversation.objects.get().state_data["memory"]["checkout"]["note"] == "Table 7"


def test_a_code_wins_over_the_shop_one_is_in(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    assert "This is *Blue Gelato*" in thandi.says(f"hello {codes['blue'].code.lower()} please")
    assert thandi.shopper.shop == shops["blue"]


def test_a_code_in_a_caption_opens_the_shop_without_a_look_at_the_picture(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    assert "This is *Blue Gelato*" in thandi.sends(thandi.photo("m-1", caption=f"{codes['blue'].code}"))
    assert thandi.shopper.waiting == []


def test_a_code_that_is_off_or_unknown_opens_nothing(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    QrCode.objects.filter(pk=codes["amber"].pk).update(is_active=False)
    for code in (codes["amber"].code, "34679CDFGHJK"):
        assert thandi.says(code).startswith("I do not know this code, or it is not in use any more.")
    assert messages_in(shops["amber"]) == []


def test_search_finds_by_goods_town_and_with_typing_errors(shops: dict[str, Shop], thandi: OnShared) -> None:
    one = "This is what I found for “{}”:\n[≡ Choose a shop]\n• {}"
    assert thandi.says("find gelato") == one.format("gelato", "Blue Gelato – Ice cream · Napoli")
    assert thandi.says("find cape town") == one.format("cape town", "Amber Bakery – Bakery · Cape Town")
    assert thandi.says("find ambr bakry") == one.format("ambr bakry", "Amber Bakery – Bakery · Cape Town")
    assert thandi.says("find") == "Which shop are you looking for? Write its name, what it sells, or its town."
    assert thandi.says("napoli") == one.format("napoli", "Blue Gelato – Ice cream · Napoli")
    assert thandi.says("find spaceships").startswith("I found no shop for “spaceships”.")
    assert "Welcome to Blue Gelato" in thandi.taps("Blue Gelato")


def test_verified_shops_come_first_and_hidden_ones_never(shops: dict[str, Shop], thandi: OnShared) -> None:
    Shop.objects.filter(slug="blue").update(is_verified=True, description="cakes")
    Shop.objects.filter(slug="amber").update(description="cakes and more cakes, only cakes")
    found = thandi.says("find cakes").splitlines()[2:]
    assert found == ["• Blue Gelato – ✓ Ice cream · Napoli", "• Amber Bakery – Bakery · Cape Town"]
    Shop.objects.filter(slug="blue").update(is_listed=False)
    assert thandi.says("find cakes").splitlines()[2:] == ["• Amber Bakery – Bakery · Cape Town"]


def test_many_shops_come_in_pages(shops: dict[str, Shop], thandi: OnShared) -> None:
    for place in range(15):
        Shop.objects.create(
            schema_name=f"t_{place:012x}", slug=f"kiosk-{place}", name=f"Kiosk {place:02d}", category="Kiosk"
        )
    first = thandi.says("find kiosk").splitlines()
    assert first[2:] == [*(f"• Kiosk {place:02d} – Kiosk" for place in range(9)), "• More shops"]
    assert thandi.taps("More shops").splitlines()[2:] == [f"• Kiosk {place:02d} – Kiosk" for place in range(9, 15)]


def test_a_favourite_is_kept_listed_opened_and_taken_out(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    assert thandi.says("favourites").startswith("You keep no favourites yet.")
    thandi.says(codes["amber"].code)
    assert thandi.taps("⭐ Keep as favourite").startswith("⭐ *Amber Bakery* is among your favourites now.")
    thandi.taps("Menu")
    thandi.says(codes["blue"].code)
    assert thandi.says("favourites") == chat("""
        Your favourites:
        [≡ Choose a shop]
        • Amber Bakery – Bakery · Cape Town
        • Take one out
    """)
    assert "This is *Amber Bakery*" in thandi.taps("Amber Bakery")
    assert "[Talk to a person]" in thandi.says(codes["amber"].code)  # kept already, so it is not offered again
    thandi.says("favourites")
    thandi.taps("Take one out")
    assert thandi.taps("Amber Bakery").startswith("*Amber Bakery* is no longer among your favourites.")
    assert not Favourite.objects.exists()


def test_switching_leaves_the_shop_and_the_next_words_name_another(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    assert thandi.says("switch") == chat("""
        Where would you like to go? You can also write the name of a shop.
        [≡ Choose a shop]
        • Find a shop – By name, goods or town
    """)
    assert thandi.says("blue gelatto").startswith("This is what I found for “blue gelatto”:")
    thandi.taps("Blue Gelato")
    assert "• Amber Bakery" in thandi.says("change shop")
    assert "This is *Amber Bakery*" in thandi.taps("Amber Bakery")
    assert messages_in(shops["blue"]) == ["Blue Gelato"]


def test_who_knows_one_shop_is_taken_there_after_days(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(days=3))
    assert thandi.says("Hi").startswith("Hi Thandi, good to hear from you!")
    assert thandi.shopper.shop == shops["amber"]


def test_who_knows_several_is_asked_and_what_they_said_arrives_there(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says(codes["blue"].code)
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(minutes=31))
    assert thandi.says("points") == "Which shop is this for?\n[Blue Gelato] [Amber Bakery]"
    assert thandi.taps("Amber Bakery").startswith("You have no points yet")
    assert messages_in(shops["amber"])[-1] == "points"
    assert "points" not in messages_in(shops["blue"])


def test_the_session_lasts_half_an_hour_and_the_row_decides(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says(codes["blue"].code)
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(minutes=29))
    assert "[≡ Open menu]" in thandi.says("menu")
    assert messages_in(shops["blue"])[-1] == "menu"


def test_an_old_button_reaches_its_own_shop_and_no_other(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("menu")
    old = thandi.tap_on("My points")
    without = thandi.tap_on("My points", without_context=True)
    thandi.says(codes["blue"].code)
    before = messages_in(shops["blue"])

    assert old["interactive"]["list_reply"]["id"] == f"{shops['amber'].pk}~points"
    for tap in (old, without):
        thandi.says(codes["blue"].code)
        before = messages_in(shops["blue"])
        assert thandi.sends(tap).startswith("You have no points yet")
        assert messages_in(shops["amber"])[-1] == "My points"
        assert messages_in(shops["blue"]) == before
        assert thandi.shopper.shop == shops["amber"]


def test_a_button_without_any_sign_is_asked_about(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says(codes["blue"].code)
    bare = {"type": "button", "button": {"payload": "points", "text": "My points"}}
    assert thandi.sends(bare) == "Which shop is this for?\n[Blue Gelato] [Amber Bakery]"
    assert "You have no points yet" in thandi.taps("Amber Bakery")
    assert messages_in(shops["blue"]) == [codes["blue"].code]


def test_a_template_button_is_known_by_the_message_it_hangs_on(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    wamid = thandi.shown[-1][0]
    thandi.says(codes["blue"].code)
    tap = {"type": "button", "button": {"payload": "points", "text": "My points"}, "context": {"id": wamid}}
    assert thandi.sends(tap).startswith("You have no points yet")
    assert messages_in(shops["amber"])[-1] == "My points"


def test_a_quoted_message_takes_the_answer_to_its_shop(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    wamid = thandi.shown[-1][0]
    thandi.says(codes["blue"].code)
    thandi.says("is this still true?", context={"id": wamid})
    assert messages_in(shops["amber"])[-1] == "is this still true?"
    assert "is this still true?" not in messages_in(shops["blue"])


def test_a_suspended_shop_is_never_opened(shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared) -> None:
    thandi.says(codes["amber"].code)
    before = messages_in(shops["amber"])
    tap = thandi.tap_on("Menu")
    Shop.objects.filter(slug="amber").update(status=Shop.Status.SUSPENDED)
    forget()
    closed = "*Amber Bakery* takes no messages at the moment. I can take you to another shop.\n[Find a shop]"
    assert thandi.says("menu") == closed
    assert thandi.sends(tap) == closed
    assert thandi.says(codes["amber"].code) == closed
    assert "Amber" not in thandi.says("shops")
    Shop.objects.filter(slug="amber").update(status=Shop.Status.ACTIVE)
    assert messages_in(shops["amber"]) == before


def test_one_person_in_two_shops_is_two_customers_who_know_nothing_of_each_other(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("canary-for-amber")
    thandi.says(codes["blue"].code)
    thandi.says("canary-for-blue")
    for mine, other in (("amber", "blue"), ("blue", "amber")):
        with inside(shops[mine]):
            assert Customer.objects.get().phone == "+27821234567"
            said = "\n".join(Message.objects.values_list("text", flat=True))
            assert f"canary-for-{mine}" in said
            assert f"canary-for-{other}" not in said
            assert shops[other].name not in said
    platform_knows = "\n".join(DirectoryMessage.objects.values_list("text", flat=True))
    assert "canary" not in platform_knows


def test_everything_for_one_person_leaves_in_one_line(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared, shared: WhatsAppNumber
) -> None:
    thandi.says("Hi")
    thandi.says(codes["amber"].code)
    thandi.says(codes["blue"].code)
    assert set(OutboxItem.objects.values_list("lane", flat=True)) == {f"o:0:{shared.pk}:27821234567"}
    assert list(OutboxItem.objects.order_by("id").values_list("shop_id", flat=True)) == [
        0,
        shops["amber"].pk,
        shops["blue"].pk,
    ]


def test_what_comes_together_is_told_each_shop_in_its_order(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    def text(words: str) -> dict[str, object]:
        return {"type": "text", "text": {"body": words}}

    thandi.sends(
        text(codes["amber"].code),
        text("first for amber"),
        text(codes["blue"].code),
        text("then for blue"),
        text("shops"),
    )
    assert messages_in(shops["amber"])[-1] == "first for amber"
    assert messages_in(shops["blue"])[-1] == "then for blue"
    assert OutboxItem.objects.order_by("-id").values_list("shop_id", flat=True).first() == 0


def test_a_reaction_goes_to_the_shop_whose_message_it_is_on_and_is_not_answered(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    wamid = thandi.shown[-1][0]
    thandi.says(codes["blue"].code)
    assert thandi.sends({"type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}}) == ""
    assert thandi.shopper.shop == shops["blue"]


def test_changed_and_deleted_words_stay_with_the_shop_that_heard_them(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("My address is Via Roma 1, code 4711")
    with inside(shops["amber"]):
        original = Message.objects.filter(direction="in").latest("pk").wamid
    thandi.says(codes["blue"].code)
    before = messages_in(shops["blue"])
    changed = {"type": "text", "text": {"body": "My address is Via Verdi 2, code 0815"}}
    said = thandi.sends({"type": "edit", "edit": {"original_message_id": original, "message": changed}})
    assert said == ""
    assert messages_in(shops["blue"]) == before
    assert any("0815" in words for words in messages_in(shops["amber"]))
    Shopper.objects.update(in_shop_at=timezone.now() - timedelta(minutes=31))
    assert thandi.sends({"type": "revoke", "revoke": {"original_message_id": original}}) == ""
    assert messages_in(shops["blue"]) == before
    with inside(shops["amber"]):
        assert Message.objects.filter(kind="revoke", context_wamid=original).count() == 1
    assert thandi.shopper.waiting == []


def test_deleted_words_are_gone_in_a_shop_that_is_suspended_meanwhile_too(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared
) -> None:
    thandi.says(codes["amber"].code)
    thandi.says("My address is Via Roma 1")
    with inside(shops["amber"]):
        original = Message.objects.filter(direction="in").latest("pk")
        said_before = Message.objects.filter(direction="out").count()
    Shop.objects.filter(pk=shops["amber"].pk).update(status=Shop.Status.SUSPENDED)
    assert thandi.sends({"type": "revoke", "revoke": {"original_message_id": original.wamid}}) == ""
    with inside(shops["amber"], allow_suspended=True):
        original.refresh_from_db()
        assert original.text == ""
        assert Message.objects.filter(direction="out").count() == said_before, "a suspended shop says nothing"


def test_receipts_reach_the_shop_or_the_platform_whose_message_it_was(
    shops: dict[str, Shop], codes: dict[str, QrCode], thandi: OnShared, shared: WhatsAppNumber
) -> None:
    thandi.says("Hi")
    thandi.says(codes["amber"].code)
    wamids = [wamid for wamid, _reply in thandi.shown]
    statuses = [
        {"id": wamid, "status": "read", "timestamp": "1781000000", "recipient_id": thandi.phone} for wamid in wamids
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "1", "phone_number_id": shared.phone_number_id},
        "statuses": statuses,
    }
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "w", "changes": [{"field": "messages", "value": value}]}],
    }
    events = [(event.kind.value, event.event_key, event.data) for event in parse(json.dumps(body).encode()).events]
    thandi.handle(events)
    thandi.handle(events)
    assert DirectoryMessage.objects.get(direction="out").state == "read"
    with inside(shops["amber"]):
        assert Message.objects.get(direction="out").state == "read"


def test_in_italian_the_platform_answers_in_italian(shops: dict[str, Shop], shared: WhatsAppNumber) -> None:
    giulia = OnShared(shared, name="Giulia", phone="393331234567")
    assert giulia.says("Ciao").startswith("Ciao! 👋 Ti porto nei negozi di questo numero.")
    assert giulia.says("cerca gelato").startswith("Ecco che cosa ho trovato per “gelato”:")
    assert giulia.says("preferiti").startswith("Non hai ancora preferiti.")
