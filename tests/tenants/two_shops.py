"""The same rows twice: both shops have the same customer phone and the same primary keys, and their own canary.

Every text a shop's people could read carries `canary-<slug>`. Blue has one more of everything under the keys that
amber does not have; `ids_of(shop)` are the shared keys, `only_blue` the others.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.db import connection
from django.utils import timezone
from PIL import Image

from catalog.models import Category
from conversations.files.models import MediaFile
from conversations.models import Conversation, Message, Note, TurnTrace
from conversations.templates.models import Template, TemplateEvent
from conversations.transport.models import InboxEvent, NumberAlert, NumberSetup
from conversations.transport.providers.simulator.graph_media import thing_of
from conversations.transport.providers.simulator.rows import keep_thing
from loyalty.models import Address, ConsentEntry, Customer, CustomerIdentity, IdentityDoubt, Merge
from orders.models import Order
from payments.models import GatewayAccount, PaymentAttempt, SimulatedCheckout
from payments.services import request_payment, start_payment
from tenants.context import inside
from tenants.models import Membership, QrCode, Role, Shop, User, WhatsAppNumber
from tenants.queries import number_by_phone_number_id
from tenants.services.numbers import add_number
from tenants.storage import keep_private, save_image
from tests.trade import a_product, order_for, product_of

PHONE = "+27821234567"
FIRST_KEY = 7_000
Ids = dict[str, Any]


def canary(shop: Shop) -> str:
    return f"canary-{shop.slug}"


@dataclass
class World:
    """Both shops, filled."""

    amber: Shop
    blue: Shop
    ids: dict[str, Ids] = field(default_factory=dict)
    only_blue: Ids = field(default_factory=dict)


def fill(amber: Shop, blue: Shop) -> World:
    """The twin world. Sequences start at the same place, so that keys are the same."""
    world = World(amber, blue)
    for shop in (amber, blue):
        number = _number(shop)
        with inside(shop):
            _same_sequences(shop.schema_name)
            world.ids[shop.slug] = _one_of_each(shop, number, PHONE)
    with inside(blue):
        world.only_blue = _one_of_each(blue, number_by_phone_number_id("pn-blue"), "+27820000002")
    return world


def _number(shop: Shop) -> WhatsAppNumber:
    phone = "+27110000001" if shop.slug == "amber" else "+27110000002"
    added = add_number(shop=shop, provider="simulator", phone=phone, phone_number_id=f"pn-{shop.slug}")
    return added.number


def _same_sequences(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", [schema])
        for (sequence,) in cursor.fetchall():
            cursor.execute("SELECT setval(%s::regclass, %s)", [f'"{schema}"."{sequence}"', FIRST_KEY])


def _one_of_each(shop: Shop, number: WhatsAppNumber, phone: str) -> Ids:
    customer = _person(shop, phone)
    category = Category.objects.create(name=f"Bread {canary(shop)}", slug=f"bread-{phone[-4:]}")
    image = _image()
    variant = a_product(f"Loaf {canary(shop)}", category=category, description=f"About {canary(shop)}", stock=50)
    order = order_for(customer, variant, note=f"Note {canary(shop)}")
    code = QrCode.objects.create(shop=shop, purpose="place", label=f"Table {canary(shop)}")
    ids: Ids = {
        "code": code.code,
        "code_id": code.pk,
        "customer_id": customer.pk,
        "customer_uuid": customer.uuid,
        "category_id": category.pk,
        "product_id": product_of(variant).pk,
        "variant_id": variant.pk,
        "order_id": order.pk,
        "number": order.number,
        "shop_uuid": shop.uuid,
        "name": image.partition("/")[2],
        "phone": phone.removeprefix("+"),
        "digits": phone.removeprefix("+"),
    }
    ids |= _account(shop, phone)
    return ids | _doubts(shop, customer) | _payment(order) | _chat(shop, customer, number) | _member(shop, phone)


def _person(shop: Shop, phone: str) -> Customer:
    customer = Customer.objects.create(
        name=f"Thandi {canary(shop)}",
        profile_name=f"T {canary(shop)}",
        phone=phone,
        notes=f"Notes {canary(shop)}",
        tags=[canary(shop)],
    )
    at = timezone.now()
    CustomerIdentity.objects.create(
        customer=customer, scope="p", kind="phone", value=phone.removeprefix("+"), first_seen_at=at, last_seen_at=at
    )
    Address.objects.create(customer=customer, text=f"1 Street {canary(shop)}")
    ConsentEntry.objects.create(
        customer=customer, purpose="marketing", kind="opt_in", words=f"Yes {canary(shop)}", key=f"yes:{phone}"
    )
    return customer


def _doubts(shop: Shop, customer: Customer) -> Ids:
    """Somebody who is perhaps the same person, and somebody who became part of this one."""
    at = timezone.now()
    other = Customer.objects.create(name=f"Other {canary(shop)}")
    gone = Customer.objects.create(name=f"Gone {canary(shop)}", merged_into=customer)
    doubt = IdentityDoubt.objects.create(
        customer=customer, other=other, reason="names", scope="p", kind="phone", value="+27829990000", seen_at=at
    )
    merge = Merge.objects.create(kept=customer, gone=gone, actor_id=1)
    return {"other_id": other.pk, "doubt_id": doubt.pk, "merge_id": merge.pk}


def _image() -> str:
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    out.seek(0)
    return save_image(out).key


def _account(shop: Shop, phone: str) -> Ids:
    """An account nobody can use: its gateway is one of long ago."""
    account = GatewayAccount.objects.create(
        gateway=f"g{phone[-4:]}", mode="test", label=f"Account {canary(shop)}", is_active=False
    )
    return {"account_id": account.pk, "gateway": "yoco"}


def _payment(order: Order) -> Ids:
    url = request_payment(order=order)
    match = re.search(r"/pay/([^/]+)/", url)
    assert match is not None
    start_payment(token=match[1])
    return {
        "token": match[1],
        "public_id": PaymentAttempt.objects.latest("id").public_id,
        "attempt_id": PaymentAttempt.objects.latest("id").pk,
        "checkout_id": SimulatedCheckout.objects.latest("created_at").pk,
    }


def _chat(shop: Shop, customer: Customer, number: WhatsAppNumber) -> Ids:
    at = timezone.now()
    conversation = Conversation.objects.create(
        customer=customer,
        number_id=number.pk,
        last_preview=f"Hello {canary(shop)}",
        last_inbound_at=at,
        last_message_at=at,
        unread_count=1,
        needs_person=True,
        window_expires_at=at + timedelta(hours=20),
    )
    message = Message.objects.create(
        conversation=conversation,
        direction="in",
        author="customer",
        kind="text",
        text=f"Hello {canary(shop)}",
        state="received",
        wamid=f"wamid.{customer.pk}",
        content={"text": canary(shop)},
    )
    file = MediaFile.objects.create(
        message=message,
        direction="in",
        number_id=number.pk,
        kind="document",
        state="ready",
        shown_as="document",
        filename=f"{canary(shop)}.txt",
        key=keep_private(BytesIO(canary(shop).encode()), ending="bin"),
    )
    TurnTrace.objects.create(
        conversation=conversation, message=message, steps=[{"step": "heard", "detail": canary(shop)}]
    )
    note = Note.objects.create(customer=customer, text=f"Remember {canary(shop)}")
    template = Template.objects.create(
        waba_id=number.waba_id or number.phone_number_id,
        provider_id=str(conversation.pk),
        name=f"hello_{conversation.pk}",
        language="en",
        status="approved",
        components=[{"type": "BODY", "text": f"Hello from {canary(shop)}"}],
    )
    TemplateEvent.objects.create(
        template=template, kind="problem", source="sync", at=at, detail={"sentence": f"About {canary(shop)}"}
    )
    setup = NumberSetup.objects.create(
        shop_id=shop.pk, provider="meta_cloud", phone_number_id=f"77{customer.pk}", display_name=f"New {canary(shop)}"
    )
    alert = NumberAlert.objects.create(
        shop_id=shop.pk,
        number_id=number.pk,
        key=f"number:{number.pk}",
        kind=f"k{customer.pk}",
        severity="warning",
        sentence=f"Look {canary(shop)}",
    )
    keys = {
        "setup_id": setup.pk,
        "number_alert_id": alert.pk,
        "provider": "meta_cloud",
        "check": "token",
        "template_id": template.pk,
        "template_key": template.pk,
        "conversation_id": conversation.pk,
        "message_id": message.pk,
        "before": message.pk + 1,
    }
    keys |= {"file_id": file.pk, "form": "original", "what": "location", "media_id": _on_the_shelf(shop, number)}
    return keys | {"note_id": note.pk, "number_id": number.pk} | _problem(shop, number, message)


def _problem(shop: Shop, number: WhatsAppNumber, message: Message) -> Ids:
    """What was given up: an event with words in it."""
    event = InboxEvent.objects.create(
        shop_id=shop.pk,
        number_id=number.pk,
        kind="message",
        scope=number.phone_number_id,
        event_key=f"msg:{shop.slug}:{message.pk}",
        state="dead",
        last_error=f"ValueError: {canary(shop)}",
        data={"text": canary(shop)},
    )
    return {"kind": "event", "problem_id": event.pk}


def _on_the_shelf(shop: Shop, number: WhatsAppNumber) -> str:
    """A file at the stand-in. Its keys are random, so that the other shop's id is another one."""
    thing = thing_of(number.phone_number_id, canary(shop).encode(), mime_type="text/plain", filename="canary.txt")
    keep_thing(thing)
    return thing.key


def _member(shop: Shop, phone: str) -> Ids:
    user = User.objects.create_user(f"{shop.slug}{phone[-4:]}@example.com", name=f"Member {canary(shop)}")
    membership = Membership.objects.create(user=user, shop=shop, role=Role.AGENT)
    return {"membership_id": membership.pk, "user_id": user.pk}
