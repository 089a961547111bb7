"""Customers whose phone WhatsApp hides, shows, changes and gives to somebody else, as chats."""

import pytest

from conversations.models import Conversation, Message
from conversations.store import ChatStore
from conversations.transport.providers.meta_cloud.render import render
from loyalty.models import Customer as Person
from loyalty.models import CustomerIdentity, IdentityDoubt, PhoneAlias
from orders.models import Order
from tenants.models import AuditEntry
from tests.journeys.chat import chat
from tests.journeys.conftest import Bakery
from tests.journeys.hidden import Hidden


@pytest.fixture
def nomsa(bakery: Bakery) -> Hidden:
    return Hidden(bakery.shop, bakery.number, name="Nomsa Zulu", phone="27835557788")


def address_of_the_next_send(who: Hidden) -> dict[str, str]:
    message = Message.objects.filter(direction="out").latest("pk")
    outgoing = ChatStore().load(who.shop, [message.pk])[message.pk]
    payload = render(outgoing, token="t")
    return {key: payload[key] for key in ("to", "recipient") if key in payload}


def goes_to_the_phone_question(who: Hidden, bakery: Bakery) -> str:
    who.says("hi")
    who.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    who.taps("Check out")
    return who.taps("Collection")


class TestTheQuestionAtTheCheckout:
    def test_it_is_asked_by_whatsapps_button_and_one_may_go_on_without(self, nomsa: Hidden, bakery: Bakery) -> None:
        assert goes_to_the_phone_question(nomsa, bakery) == chat("""
            WhatsApp does not show me your phone number. May we have it, in case we have to call about your order?
            [☏ Share phone number]

            You can also order without it.
            [Go on without]
        """)
        assert nomsa.taps("Go on without").startswith("Almost there! Is everything right?")
        assert nomsa.taps("Order · R52,00").startswith("Thank you! Your order is")
        assert Person.objects.get().phone is None

    def test_words_say_the_same_as_the_button(self, nomsa: Hidden, bakery: Bakery) -> None:
        goes_to_the_phone_question(nomsa, bakery)
        assert nomsa.says("No thanks").startswith("Almost there!")

    def test_the_shared_phone_is_theirs_and_the_order_goes_on(self, nomsa: Hidden, bakery: Bakery) -> None:
        goes_to_the_phone_question(nomsa, bakery)
        assert nomsa.shares_phone().startswith(
            "Thank you! We will only call +27 83 555 7788 about your order.\n\nAlmost"
        )
        assert Person.objects.get().phone == "+27835557788"
        assert address_of_the_next_send(nomsa) == {"to": "+27835557788"}

    def test_a_number_in_words_is_for_the_courier_and_proves_nothing(self, nomsa: Hidden, bakery: Bakery) -> None:
        goes_to_the_phone_question(nomsa, bakery)
        assert "+27 82 765 4321" in nomsa.says("082 765 4321")
        nomsa.taps("Order · R52,00")
        assert Order.objects.get().note == "Phone: +27827654321"
        assert Person.objects.get().phone is None
        assert not CustomerIdentity.objects.filter(kind="phone").exists()

    def test_somebody_elses_card_is_nobodys_proof(self, nomsa: Hidden, bakery: Bakery) -> None:
        goes_to_the_phone_question(nomsa, bakery)
        assert nomsa.shares_phone(origin="other").startswith("Almost there!")
        assert Person.objects.get().phone is None

    def test_who_shows_a_phone_is_not_asked(self, nomsa: Hidden, bakery: Bakery) -> None:
        nomsa.shows = "both"
        assert goes_to_the_phone_question(nomsa, bakery).startswith("Almost there!")


class TestOnePerson:
    def test_hidden_then_both_then_phone_only_is_one_customer_and_one_thread(self, nomsa: Hidden) -> None:
        nomsa.says("hi")
        assert address_of_the_next_send(nomsa) == {"recipient": nomsa.bsuid}
        nomsa.shows = "both"
        nomsa.says("menu")
        assert address_of_the_next_send(nomsa) == {"to": "+27835557788"}
        nomsa.shows = "phone"
        nomsa.says("menu")
        assert (Person.objects.count(), Conversation.objects.count()) == (1, 1)
        assert Message.objects.filter(direction="in").count() == 3

    def test_a_new_number_moves_the_person_and_the_old_one_is_a_strangers(self, nomsa: Hidden, bakery: Bakery) -> None:
        nomsa.shows = "both"
        nomsa.says("hi")
        person = Person.objects.get()
        body = nomsa.payload(
            {
                "type": "system",
                "system": {
                    "type": "user_changed_number", "body": "changed", "wa_id": "27830000001",
                    "user_id": "ZA.NEW", "previous_user_id": nomsa.bsuid,
                },
            }
        )  # fmt: skip
        for _ in range(2):
            nomsa.deliver(body)
        nomsa.phone, nomsa.bsuid = "27830000001", "ZA.NEW"
        nomsa.says("menu")
        assert address_of_the_next_send(nomsa) == {"to": "+27830000001"}
        assert (Person.objects.count(), Conversation.objects.count()) == (1, 1)
        entry = AuditEntry.objects.get(action="customer.names_changed")
        assert (entry.subject, entry.actor, entry.detail["told"]) == (
            f"customer {person.pk}", None, "user_changed_number",
        )  # fmt: skip

        stranger = Hidden(bakery.shop, bakery.number, name="Sipho", phone="27835557788", bsuid="ZA.SIPHO", shows="both")
        assert stranger.says("hi").startswith("Hi Sipho! 👋 Welcome")
        assert Person.objects.count() == 2
        assert not IdentityDoubt.objects.exists()

    def test_an_id_that_rotates_is_written_to_at_once(self, nomsa: Hidden) -> None:
        nomsa.says("hi")
        nomsa.deliver(
            nomsa.payload(
                {"type": "system", "system": {"type": "user_changed_user_id", "user_id": "ZA.ROT",
                                              "previous_user_id": nomsa.bsuid}}
            )
        )  # fmt: skip
        assert address_of_the_next_send(nomsa) == {"recipient": "ZA.ROT"}
        nomsa.bsuid = "ZA.ROT"
        nomsa.says("menu")
        assert Person.objects.count() == 1

    def test_a_message_of_two_customers_goes_to_the_ids_owner_and_is_a_doubt(
        self, nomsa: Hidden, bakery: Bakery
    ) -> None:
        by_phone = Hidden(bakery.shop, bakery.number, name="Counter", phone=nomsa.phone, bsuid="", shows="phone")
        by_phone.says("hi")
        nomsa.says("hi")
        nomsa.shows = "both"
        nomsa.says("menu")
        nomsa.says("points")
        theirs = Conversation.objects.get(customer__profile_name="Nomsa Zulu")
        assert theirs.messages.filter(direction="in").count() == 3
        assert Person.objects.count() == 2
        assert IdentityDoubt.objects.get().state == "open"


def test_the_account_behind_a_number_is_kept_when_a_send_tells_it(nomsa: Hidden) -> None:
    from django.utils import timezone

    from conversations.transport.ports import SendResult, SendState

    nomsa.shows = "both"
    nomsa.says("hi")
    message = Message.objects.filter(direction="out").latest("pk")
    sent = SendResult(
        message.pk, SendState.SENT, timezone.now(), wamid="wamid.X", dialled="+5511987654321", wa_id="+551187654321"
    )
    for _ in range(2):
        ChatStore().report(nomsa.shop, [sent])
    alias = PhoneAlias.objects.get()
    assert (alias.scope, alias.phone, alias.wa_id) == (nomsa.number.portfolio, "+5511987654321", "+551187654321")
