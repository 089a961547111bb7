"""Every recorded body on the inbox's page: each bubble is drawn, and reads as a person would want it to."""

import html
import re

import pytest
from django.test import Client

from conversations.models import Conversation, Message
from tests.conversations.test_recorded import SEEN, play
from tests.journeys.conftest import Bakery
from tests.payloads.playing import work

# What a page says besides the words in the table.
WORDS: dict[str, list[str]] = {
    "address_reply": ["An address", "Saved address id a1", "in_pin_code: 411001", "address: 12 MG Road"],
    "audio_file": ["Sound"],
    "call_permission_reply": ["The customer may be called until"],
    "contacts": [
        "Bo Khumalo",
        "Bo's Flour",
        "+27 82 555 0777",
        "bo@example.org",
        "12 Loop St, Cape Town, South Africa",
    ],
    "contacts_requested": ["Their own number, as asked"],
    "contacts_without_name": ["Contact +27 82 555 0888", "Cy"],
    "echo_edited_and_revoked": ["On the phone app", "Ready at six", "edited", "Ready at five", "Deleted on the phone"],
    "echo_text": ["On the phone app", "Ada, your bread is ready", "here it is"],
    "edit": ["Three rye loaves", "edited", "Before: Two rye loaves"],
    "edit_before_original": ["Four rye loaves", "edited", "Before: Two rye loaves"],
    "ephemeral": ["A message that disappears. WhatsApp does not pass it on."],
    "flow_reply": ["A form, filled in", "Size 42", "Toppings seeds, salt", "Gift wrap Yes"],
    "flow_reply_malformed": ["The answers could not be read.", '{"flow_token":"t-2","size":'],
    "group_message": ["A message in a group. The assistant does not answer groups."],
    "history": ["Imported", "Do you deliver to Woodstock?", "A file from before this number came to ShopMe."],
    "history_media": ["Imported", "our street"],
    "interactive_of_the_future": ["An answer that WhatsApp could not pass on."],
    "interactive_without_object": ["WhatsApp says: The answer could not be read"],
    "list_reply": ["Tapped: My points", "What you have earned"],
    "location": ["Location", "-33.9249, 18.4241"],
    "location_of_place": ["Company's Garden", "19 Queen Victoria St"],
    "order": ["A basket from the catalogue", "2 × Rye loaf", "R104", "SKU-OF-ANOTHER-SHOP", "not in this shop"],
    "order_unknown": ["3 × SKU-OF-ANOTHER-SHOP not in this shop"],
    "reaction": ["Lovely bread", "Reaction: 👍"],
    "reaction_to_unknown": ["Reacted 🙏 to an earlier message."],
    "request_welcome": ["Opened the chat for the first time."],
    "revoke": ["Deleted by the customer"],
    "revoke_unknown": ["Deleted an earlier message."],
    "standby": ["While others answered"],
    "sticker": ["Sticker"],
    "system_customer_identity_changed": ["The security code has changed"],
    "text_about_product": ["About Rye loaf"],
    "text_about_strange_product": ["About a product that is not in this shop ( SKU-OF-ANOTHER-SHOP )"],
    "text_forwarded": ["Forwarded"],
    "text_forwarded_often": ["Forwarded many times"],
    "text_from_ad": ["Came from an ad: Warm bread at six", "Order before you get up", "It asked: Ask us anything"],
    "text_from_post": ["Came from a post: Our new oven"],
    "contacts_of_somebody_else": ["Di +27 82 555 0999"],
    "text_quoting": ["In answer to: Ada Dlamini Do you bake on Sundays?"],
    "template_button": ["Tapped: Show the menu", "In answer to: An earlier message"],
    "type_of_the_future": ["A message that cannot be shown here (hologram). It is on the customer's phone."],
    "unknown_old_shape": ["It is on the customer's phone.", "Message type is not currently supported"],
    "unsupported_bare": ["A message that cannot be shown here.", "Message type is currently not supported."],
    "unsupported_edit": ["The customer changed an earlier message."],
    "unsupported_poll": ["A poll. WhatsApp does not pass polls on."],
    "unsupported_too_big": ["A file that is too big for WhatsApp to pass on."],
    "video": ["our oven"],
    "voice_note": ["Voice note"],
}
GONE = {
    "reaction_removed": ["Reaction:", "❤️"],
    "reaction_emptied": ["Reaction:"],
    "revoke": ["4711"],
    "echo_edited_and_revoked": ["wrong chat"],
}


def words_of(page: str) -> str:
    """The thread's words as they are read aloud, in one line."""
    log = page[page.index('id="thread-log"') :].split("</chat-scroll>", maxsplit=1)[0]
    said = re.sub(
        r'<span class="reaction-menu".*?</span>', " ", log.split(">", 1)[1], flags=re.DOTALL
    )  # an offer, not said
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", said)).split())


@pytest.mark.parametrize("name", SEEN)
def test_every_bubble_is_drawn(bakery: Bakery, agent: Client, name: str) -> None:
    play(bakery, name)
    work()

    pages = [agent.get(f"/inbox/{thread.pk}/") for thread in Conversation.objects.order_by("-pk")]

    assert {page.status_code for page in pages} == {200}
    read = " ".join(words_of(page.content.decode()) for page in pages)
    said = [words for side, kind, words in SEEN[name]["thread"] if words and kind != "reaction"]
    for words in WORDS.get(name, said):
        assert " ".join(words.split()) in read
    for words in GONE.get(name, ()):
        assert words not in read


def test_marks_stand_on_their_message_alone(bakery: Bakery, agent: Client) -> None:
    for name in ("reaction", "edit", "revoke"):
        play(bakery, name)
        work()
    thread = Conversation.objects.get()
    marks = Message.objects.filter(kind__in=["reaction", "edit", "revoke"])

    page = agent.get(f"/inbox/{thread.pk}/").content.decode()

    assert marks.count() == 3
    assert not [mark.pk for mark in marks if f'id="m-{mark.pk}"' in page]


def test_a_mark_changes_no_other_side_and_no_other_thread(bakery: Bakery) -> None:
    play(bakery, "echo_text")
    work()
    ours = Message.objects.get(text="Ada, your bread is ready")
    Message.objects.filter(pk=ours.pk).update(wamid="wamid.BEFOREREVOKE")
    play(bakery, "edit")
    play(bakery, "revoke")
    work()

    ours.refresh_from_db()
    assert ours.text == "Ada, your bread is ready"
