"""The demo's shops: believable, whole, and the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import phonenumbers
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from catalog.models import Product, Variant
from conversations.models import Conversation, Message
from conversations.simulated.phones import id_of
from conversations.templates.models import Template
from conversations.transport.models import OutboxItem, StandInThing
from conversations.transport.replies import reply_from_json
from conversations.transport.types import Incoming
from loyalty.models import Customer, CustomerIdentity, Entry, Program
from loyalty.services import balance_of
from orders.models import Order, OrderEvent
from shopme.demo.logins import DEMO_DOMAIN, DEMO_PASSWORD
from shopme.demo.pictures import picture
from shopme.demo.plan import ShopPlan
from shopme.demo.seed import Wish, make_shop, missing_plans
from shopme.demo.shops import PLANS, plan_of
from tenants.context import in_public, inside
from tenants.models import Membership, QrCode, QrCodeDay, Role, Shop, WhatsAppNumber

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def wish(**more: int) -> Wish:
    return Wish(**{"shops": 1, "customers": 14, "orders": 60, "seed": 5, "now": NOW, **more})


@pytest.fixture
def crumb() -> Iterator[Shop]:
    """Entered, with 14 customers and 60 orders."""
    shop = make_shop(0, PLANS[0], wish())
    with inside(shop):
        yield shop


def portrait() -> list[object]:
    """What a visitor would notice of the shop the code is inside."""
    return [
        list(Product.objects.order_by("id").values_list("name", "status")),
        list(Variant.objects.order_by("id").values_list("sku", "price_cents", "on_hand", "reserved")),
        list(Customer.objects.order_by("id").values_list("uuid", "name", "phone", "created_at")),
        list(Order.objects.order_by("id").values_list("number", "state", "total_cents", "placed_at", "note")),
        list(Entry.objects.order_by("id").values_list("kind", "d_active", "effective_at")),
        list(Message.objects.order_by("id").values_list("author", "kind", "text", "created_at")),
    ]


def test_the_same_seed_makes_the_same_shop_and_another_seed_another() -> None:
    portraits = []
    for seed in (5, 5, 6):
        with transaction.atomic():
            with inside(make_shop(0, PLANS[0], wish(seed=seed))):
                portraits.append(portrait())
            transaction.set_rollback(True)
    assert portraits[0] == portraits[1]
    assert portraits[0] != portraits[2]


def test_a_shop_is_ready_to_be_signed_in_to_and_written_to(crumb: Shop) -> None:
    with in_public():
        members = {member.role: member.user for member in Membership.objects.filter(shop=crumb)}
        number = WhatsAppNumber.objects.get(shop=crumb)
    assert set(members) == {Role.ADMIN, Role.MANAGER, Role.AGENT}
    assert all(
        user.email.endswith(f"@{DEMO_DOMAIN}") and user.check_password(DEMO_PASSWORD) for user in members.values()
    )
    assert (number.provider, number.phone) == ("simulator", "+27214180101")
    assert Program.objects.get().currency == "ZAR"


def test_every_product_has_a_picture_and_a_price_and_some_are_sold_out_or_low(crumb: Shop) -> None:
    products = Product.objects.all()
    assert 20 <= products.count() <= 30
    assert all(default_storage.exists(product.image_key) for product in products)
    stock = Counter(variant.available for variant in Variant.objects.filter(is_tracked=True))
    assert stock[0] >= 1
    assert sum(stock[left] for left in (1, 2, 3)) >= 2


def test_customers_could_exist(crumb: Shop) -> None:
    phones = list(Customer.objects.exclude(phone=None).values_list("phone", flat=True))
    assert len(phones) > 0
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    assert len(set(phones)) == len(phones)
    assert CustomerIdentity.objects.filter(kind="phone").count() == len(phones)


def test_a_customer_who_is_played_in_the_simulator_stays_who_they_are(crumb: Shop) -> None:
    """Its phones come with an id of their own; another one would make a second customer of the first message."""
    ids = CustomerIdentity.objects.filter(kind="bsuid", customer__phone__isnull=False)
    known = list(ids.values_list("customer__phone", "value"))
    assert known
    assert all(value == id_of(phone.removeprefix("+")) for phone, value in known)


def test_orders_are_in_every_state_with_the_moves_that_led_there(crumb: Shop) -> None:
    states = Counter(Order.objects.values_list("state", flat=True))
    assert set(states) == set(Order.State.values) - {"draft"}
    assert sum(states.values()) == 60
    numbers = list(Order.objects.order_by("placed_at").values_list("number", flat=True))
    assert numbers == list(range(1001, 1061))
    assert not OrderEvent.objects.filter(at__gt=NOW).exists()


def test_money_stock_and_points_of_the_demo_agree(crumb: Shop) -> None:
    out = StringIO()
    with in_public():
        call_command("reconcile", "--shop", "crumb", stdout=out)
    assert "everything agrees" in out.getvalue()
    best = max(balance_of(customer).available for customer in Customer.objects.all())
    assert best > 50


def test_chats_read_like_chats_and_nothing_is_sent_again(crumb: Shop) -> None:
    assert Conversation.objects.filter(needs_person=True, unread_count__gt=0).count() >= 2
    assert Conversation.objects.filter(mode="human", needs_person=False, assignee_id__isnull=False).count() == 1
    for message in Message.objects.all():
        if message.is_outgoing:
            reply_from_json(message.content)
        else:
            assert Incoming.from_json(message.content).kind.value == message.kind
    kinds = Counter(Message.objects.values_list("kind", flat=True))
    assert min(kinds[kind] for kind in ("text", "choice", "buttons", "list", "link")) > 0
    with in_public():
        assert not OutboxItem.objects.filter(shop_id=crumb.pk).exists()


def test_a_tap_in_a_chat_is_always_on_something_that_was_shown(crumb: Shop) -> None:
    taps = 0
    for conversation in Conversation.objects.all():
        shown = ""
        for message in conversation.messages.order_by("id"):
            if message.kind == "choice":
                assert message.content["choice_id"] in shown
                taps += 1
            elif message.author == "bot":
                shown = str(message.content)
    assert taps > 0


@pytest.mark.parametrize("place", [1, 2])
def test_the_other_shops_are_whole_too(place: int) -> None:
    with inside(make_shop(place, PLANS[place], wish())) as shop:
        assert 20 <= Product.objects.count() <= 30
        assert Conversation.objects.count() >= 6
    out = StringIO()
    with in_public():
        call_command("reconcile", "--shop", shop.slug, stdout=out)
    assert "everything agrees" in out.getvalue()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_where_there_is_a_choice_each_size_has_a_name(plan: ShopPlan) -> None:
    for item in (item for shelf in plan.shelves for item in shelf.items):
        assert len(item.sizes) == 1 or all(size.name for size in item.sizes), item.name


def test_a_fourth_shop_begins_again_with_a_number() -> None:
    plan = plan_of(3)
    assert (plan.slug, plan.name, plan.team[0].login) == ("crumb-2", "Crumb 2", "thandi2")
    assert plan.phone != PLANS[0].phone
    assert [plan.slug for _, plan in missing_plans(4)] == ["crumb", "rangoli", "fiordilatte", "crumb-2"]


def test_seeding_twice_changes_nothing_and_says_so(crumb: Shop) -> None:
    out = StringIO()
    with in_public():
        call_command("seed_demo", "--shops", "1", "--yes", stdout=out)
        assert out.getvalue() == "The 1 demo shops are there already. Nothing was changed.\n"
        assert Shop.objects.filter(slug="crumb").count() == 1
    assert Order.objects.count() == 60


def test_where_debug_is_off_the_known_logins_must_be_asked_for() -> None:
    with pytest.raises(CommandError, match="say --yes"):
        call_command("seed_demo", "--shops", "1")
    assert not Shop.objects.filter(slug="crumb").exists()


def test_a_picture_is_drawn_the_same_every_time() -> None:
    first = picture("croissant", "peach")
    picture.cache_clear()
    assert picture("croissant", "peach") == first
    assert picture("croissant", "butter", "#cf8a3a", "almond") != first


def test_codes_hang_on_the_tables_and_one_is_out_of_use(crumb: Shop) -> None:
    codes = QrCode.objects.filter(shop=crumb)
    assert Counter(codes.values_list("purpose", flat=True)) == {"place": 6, "menu": 1, "campaign": 1, "product": 1}
    assert codes.filter(is_active=False).count() == 1
    days = list(QrCodeDay.objects.filter(code__shop=crumb))
    assert sum(day.chats for day in days) > 0
    assert [day for day in days if day.chats > day.scans] == []


def test_templates_are_approved_at_the_stand_in_as_in_the_shop(crumb: Shop) -> None:
    templates = {row.provider_id: row for row in Template.objects.all()}
    assert Counter(row.status for row in templates.values()) == {"approved": len(templates) - 1, "pending": 1}
    at_meta = StandInThing.objects.filter(kind="template", owner=WhatsAppNumber.objects.get(shop=crumb).waba_id)
    assert {thing.key: thing.data["status"].lower() for thing in at_meta} == {
        key: row.status for key, row in templates.items()
    }


def test_nobody_orders_before_they_are_known(crumb: Shop) -> None:
    assert Order.objects.count() == 60
    assert not Order.objects.filter(placed_at__lt=F("customer__created_at")).exists()
