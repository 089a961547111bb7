"""The picker in a thread: an approved template to a customer who has not written for a day."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.inbox.handover import send_template
from conversations.models import Conversation, Message
from conversations.templates.accounts import Account
from conversations.templates.drafts import components_of
from conversations.templates.errors import CannotUse
from conversations.templates.models import Template
from conversations.templates.sync import sync_account
from conversations.templates.using import template_message
from conversations.transport.models import OutboxItem
from loyalty.models import Customer
from orders.fulfilment import mark_paid, move_order
from tests.conversations.templates.making import at_meta, draft
from tests.fakes.graph import FakeGraph
from tests.trade import a_product, order_for

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def thread(account: Account, graph: FakeGraph) -> Conversation:
    at_meta(graph, "order_ready", "en", components=components_of(draft()))
    italian = draft(body="Ciao {{first_name}}, il tuo ordine {{order_number}} è pronto da noi.")
    at_meta(graph, "order_ready", "it", components=components_of(italian))
    at_meta(graph, "only_english", "en")
    at_meta(graph, "tired", "it", status="PAUSED")
    sync_account(account)
    customer = Customer.objects.create(name="Thandi Dlamini", phone="+27821234567", language="it")
    now = timezone.now()
    return Conversation.objects.create(
        customer=customer,
        number_id=account.line.number_id,
        last_inbound_at=now - timedelta(hours=30),
        window_expires_at=now - timedelta(hours=6),
    )


def at(thread: Conversation, act: str = "") -> str:
    return f"/inbox/{thread.pk}/{act}"


def ready(language: str = "it") -> Template:
    return Template.objects.get(name="order_ready", language=language)


def test_a_closed_window_offers_what_may_be_sent_in_the_customers_language(agent: Client, thread: Conversation) -> None:
    page = agent.get(at(thread)).content.decode()
    assert "24-hour window is closed" in page
    assert "Ciao {{first_name}}" in page
    assert "Hello {{first_name}}" not in page
    assert "only_english in en" in page
    assert "tired" not in page.lower().replace("retired", "")
    assert 'id="composer"' not in page


def test_an_open_window_has_the_box_and_the_picker_when_asked_for(agent: Client, thread: Conversation) -> None:
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=5))
    assert 'id="composer"' in agent.get(at(thread)).content.decode()
    asked = agent.get(at(thread, "?template=choose")).content.decode()
    assert "Choose a template" in asked
    assert 'name="composer" value="asked"' in asked


def test_a_page_follows_when_the_window_opens_or_closes(agent: Client, thread: Conversation) -> None:
    same = agent.get(at(thread, "log/?composer=closed"), headers=HTMX).content.decode()
    assert 'id="composer-form"' not in same
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=5))
    opened = agent.get(at(thread, "log/?composer=closed"), headers=HTMX).content.decode()
    assert '<form id="composer-form" hx-swap-oob="true"' in opened
    asked = agent.get(at(thread, "log/?composer=asked"), headers=HTMX).content.decode()
    assert 'id="composer-form"' not in asked


def test_what_we_know_is_filled_in_and_the_preview_follows(agent: Client, thread: Conversation) -> None:
    order = order_for(thread.customer, a_product("Loaf"))
    row = ready()
    shown = agent.get(at(thread, f"?template={row.pk}")).content.decode()
    assert 'value="Thandi"' in shown
    assert f'value="#{order.number}"' in shown
    assert f"Ciao Thandi, il tuo ordine #{order.number} è pronto" in shown
    values = {"value.body.first_name": "Ada", "value.body.order_number": "#9"}
    part = agent.post(at(thread, f"template/{row.pk}/fill/"), values, headers=HTMX).content.decode()
    assert "Ciao Ada, il tuo ordine #9 è pronto" in part
    assert "<html" not in part


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_it_is_sent_once_and_stands_in_the_thread_as_the_customer_reads_it(
    agent: Client, thread: Conversation, headers: dict[str, str]
) -> None:
    form = {"value.body.first_name": "Ada", "value.body.order_number": "#9", "request_id": "tap-1"}
    for _ in range(2):
        answer = agent.post(at(thread, f"template/{ready().pk}/send/"), form, headers=headers)
        assert answer.status_code == (200 if headers else 302)
    message = Message.objects.get(direction="out")
    assert (message.text, message.kind, message.state) == (
        "Ciao Ada, il tuo ordine #9 è pronto da noi.",
        "template",
        "queued",
    )
    assert message.content["language"] == "it"
    assert OutboxItem.objects.filter(message_id=message.pk).count() == 1
    thread.refresh_from_db()
    assert (thread.mode, thread.last_author) == ("bot", "staff")
    assert "Ciao Ada" in agent.get(at(thread)).content.decode()


def test_a_gap_is_refused_with_the_words_kept(agent: Client, thread: Conversation) -> None:
    form = {"value.body.first_name": "Ada", "value.body.order_number": " ", "request_id": "tap-1"}
    answer = agent.post(at(thread, f"template/{ready().pk}/send/"), form, headers=HTMX)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Ada"' in shown
    assert "Fill this in" in shown
    plain = agent.post(at(thread, f"template/{ready().pk}/send/"), form)
    assert plain["Location"] == f"/inbox/{thread.pk}/?template={ready().pk}#composer-form"
    assert not Message.objects.filter(direction="out").exists()


def test_a_template_that_stopped_meanwhile_is_not_sent(agent: Client, thread: Conversation) -> None:
    Template.objects.filter(name="order_ready").update(status="paused")
    form = {"value.body.first_name": "Ada", "value.body.order_number": "#9", "request_id": "tap-1"}
    answer = agent.post(at(thread, f"template/{ready().pk}/send/"), form, headers=HTMX)
    assert answer.status_code == 422
    assert "has paused it" in answer.content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_a_template_of_another_account_is_not_sent(agent: Client, thread: Conversation) -> None:
    row = ready()
    Template.objects.filter(pk=row.pk).update(waba_id="another")
    form = {"value.body.first_name": "Ada", "value.body.order_number": "#9"}
    answer = agent.post(at(thread, f"template/{row.pk}/send/"), form, headers=HTMX)
    assert "another WhatsApp account" in answer.content.decode()
    assert agent.post(at(thread, "template/999999/send/"), form).status_code == 404
    assert not Message.objects.filter(direction="out").exists()


def an_offer(thread: Conversation) -> Template:
    row = ready()
    Template.objects.filter(pk=row.pk).update(category="MARKETING")
    return row


def test_who_said_no_to_offers_is_told_of_before_anything_is_sent(agent: Client, thread: Conversation) -> None:
    row = an_offer(thread)
    assert "Offer</span>" in agent.get(at(thread)).content.decode()
    shown = agent.get(at(thread, f"?template={row.pk}")).content.decode()
    assert "has never said whether they want offers" in shown
    Customer.objects.update(marketing_opt_in=False)
    listed = agent.get(at(thread)).content.decode()
    assert f"?template={row.pk}" not in listed
    assert "Thandi Dlamini asked for no offers, so this one cannot be sent to them." in listed
    assert "only_english in en" in listed
    assert listed.index("only_english in en") < listed.index("asked for no offers")
    chosen = agent.get(at(thread, f"?template={row.pk}")).content.decode()
    assert "Send the template" not in chosen


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_offer_to_who_said_no_is_refused_and_leaves_no_bubble(
    agent: Client, thread: Conversation, headers: dict[str, str]
) -> None:
    row = an_offer(thread)
    Customer.objects.update(marketing_opt_in=False)
    form = {"value.body.first_name": "Ada", "value.body.order_number": "#9", "request_id": "tap-1"}
    answer = agent.post(at(thread, f"template/{row.pk}/send/"), form, headers=headers, follow=not headers)
    assert answer.status_code == (422 if headers else 200)
    assert "asked for no offers" in answer.content.decode()
    assert not Message.objects.filter(direction="out").exists()
    message = template_message(ready(), {"body.first_name": "Ada", "body.order_number": "#9"})
    with pytest.raises(CannotUse, match="asked for no offers"):
        send_template(conversation_id=thread.pk, user_id=1, message=message, request_id="tap-2")
    Customer.objects.update(marketing_opt_in=True)
    assert agent.post(at(thread, f"template/{row.pk}/send/"), form, headers=HTMX).status_code == 200


def test_the_order_is_the_one_the_template_speaks_of_or_the_page_says_it_is_not(
    agent: Client, thread: Conversation
) -> None:
    row, loaf = ready(), a_product("Loaf", stock=9)
    Template.objects.filter(pk=row.pk).update(purpose="order_ready")
    done, newest = order_for(thread.customer, loaf), order_for(thread.customer, loaf)
    alone = agent.get(at(thread, f"?template={row.pk}")).content.decode()
    assert "This order is awaiting payment, which is not what the template says." in alone
    mark_paid(order_id=done.pk)
    for step in ("preparing", "ready"):
        move_order(order_id=done.pk, to=step, actor_kind="staff")
    shown = agent.get(at(thread, f"?template={row.pk}")).content.decode()
    assert f'value="#{done.number}"' in shown
    assert "not what the template says" not in shown
    values = {"value.body.first_name": "Ada", "value.body.order_number": f"#{newest.number}"}
    typed = agent.post(at(thread, f"template/{row.pk}/fill/"), values, headers=HTMX).content.decode()
    assert "awaiting payment, which is not what the template says" in typed
    values["value.body.order_number"] = "#999999"
    nobodys = agent.post(at(thread, f"template/{row.pk}/fill/"), values, headers=HTMX).content.decode()
    assert "Thandi Dlamini has no order #999999." in nobodys
