"""Making the demo shops: each in one transaction, the same for the same seed, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.translation import override

from conversations.chat_settings import save_chat_settings
from conversations.models import Note
from loyalty import services as loyalty
from loyalty.models import Customer
from loyalty.types import Award
from orders.models import Order
from orders.services import save_delivery_terms
from shopme.demo import chats
from shopme.demo.books import write_orders
from shopme.demo.logins import DEMO_DOMAIN, DEMO_PASSWORD
from shopme.demo.outfit import have_templates, print_codes
from shopme.demo.people import make_customers
from shopme.demo.plan import ShopPlan
from shopme.demo.shelves import fill_shelves
from shopme.demo.shops import plan_of
from shopme.demo.thread import Shared, Thread
from shopme.demo.trade import Draft, draft_orders
from shopme.lib.ids import new_token
from tenants.context import in_public, inside
from tenants.models import Membership, Role, Shop, User, WhatsAppNumber
from tenants.queries import forget
from tenants.services.numbers import add_number
from tenants.services.provisioning import create_shop

# How customers search for the shops of the demo on the shared number.
KINDS = {
    "crumb": ("Bakery", "Cape Town"),
    "fiordilatte": ("Gelateria", "Bologna"),
    "rangoli": ("Sari shop", "Pune"),
}
# Beyond so many customers a shop's chats are told in brief.
TOLD_IN_FULL = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """How much demo: customers and orders are counted per shop. `now` is when history ends."""

    shops: int
    customers: int
    orders: int
    seed: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the makers of one shop need."""

    plan: ShopPlan
    shop: Shop
    number: WhatsAppNumber
    team: dict[str, User]
    wish: Wish
    luck: Random


def missing_plans(shops: int) -> list[tuple[int, ShopPlan]]:
    """The first `shops` plans that have no shop yet, with their places."""
    plans = [(place, plan_of(place)) for place in range(shops)]
    there = set(Shop.objects.filter(slug__in=[plan.slug for _, plan in plans]).values_list("slug", flat=True))
    return [(place, plan) for place, plan in plans if plan.slug not in there]


def make_shop(place: int, plan: ShopPlan, wish: Wish) -> Shop:
    """One demo shop with everything in it, all or nothing."""
    luck = Random(f"{wish.seed}:{plan.slug}")
    with in_public(), transaction.atomic():
        shop, team = _open(plan)
        number = _connect(shop, place, plan)
        with inside(shop), override(plan.language):
            # Long histories are written in one piece; the guards against forgotten transactions would end it.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            _furnish(plan)
            _populate(Scene(plan, shop, number, team, wish, luck))
    forget()
    return shop


def _open(plan: ShopPlan) -> tuple[Shop, dict[str, User]]:
    """The shop's row, schema and team; every demo user has the same password."""
    owner = plan.team[0]
    shop = create_shop(
        slug=plan.slug,
        name=plan.name,
        owner_email=f"{owner.login}@{DEMO_DOMAIN}",
        currency=plan.currency,
        country=plan.country,
        time_zone=plan.time_zone,
        language=plan.language,
    )
    shop.description, shop.phone = plan.description, plan.phone
    shop.category, shop.town = KINDS.get(plan.slug, ("", ""))
    shop.save(update_fields=["description", "phone", "category", "town"])
    password = make_password(DEMO_PASSWORD)
    team: dict[str, User] = {}
    for member in plan.team:
        email = f"{member.login}@{DEMO_DOMAIN}"
        user, _ = User.objects.update_or_create(email=email, defaults={"name": member.name, "password": password})
        Membership.objects.update_or_create(
            user=user, shop=shop, defaults={"role": Role(member.role), "name": member.name}
        )
        team[member.role] = user
    return shop, team


def _connect(shop: Shop, place: int, plan: ShopPlan) -> WhatsAppNumber:
    added = add_number(
        shop=shop,
        provider=WhatsAppNumber.Provider.SIMULATOR,
        phone=plan.phone,
        phone_number_id=f"{700_000_000_000_001 + place}",
        waba_id=f"{800_000_000_000_001 + place}",
        token=new_token(24),
        app_secret=new_token(24),
        display_name=plan.name,
    )
    return added.number


def _furnish(plan: ShopPlan) -> None:
    terms = plan.terms
    save_delivery_terms(
        delivery_enabled=True,
        delivery_fee_cents=terms.fee,
        free_delivery_over_cents=terms.free_over,
        collection_enabled=True,
        collection_address=terms.address,
        collection_point=plan.people.centre,
        minimum_cents=terms.minimum,
        hold_minutes=60,
    )
    save_chat_settings(bot_enabled=True, welcome_text=plan.welcome, takeover_minutes=30)


def _populate(scene: Scene) -> None:
    plan, wish, luck = scene.plan, scene.wish, scene.luck
    wares = fill_shelves(plan)
    customers = make_customers(plan, count=wish.customers, luck=luck, number=scene.number, now=wish.now)
    drafts = draft_orders(plan, customers=customers, wares=wares, count=wish.orders, luck=luck, now=wish.now)
    awards = write_orders(drafts, staff_id=scene.team["manager"].pk, luck=luck, now=wish.now)
    agent_id = scene.team["agent"].pk
    for customer in customers[:3]:
        loyalty.adjust_points(
            customer=customer,
            points=luck.choice((10, 20, 25)),
            reason="goodwill",
            key=f"demo:{customer.pk}",
            actor_id=agent_id,
            now=wish.now,
        )
    admin = scene.team["admin"]
    print_codes(scene.shop, by=admin, luck=luck, now=wish.now)
    have_templates(scene.shop, scene.number, by=admin, now=wish.now)
    threads = _talk(scene, customers, drafts, awards)
    chats.write_threads(threads, now=wish.now)
    _see_everybody(threads)
    Note.objects.bulk_create(
        Note(customer=customer, author_id=agent_id, text=text, at=customer.created_at)
        for customer, text in zip(customers, plan.staff_notes, strict=False)
    )


def _talk(
    scene: Scene, customers: Sequence[Customer], drafts: Sequence[Draft], awards: dict[int, Award]
) -> list[Thread]:
    """Everybody's chat: their newest order, and for a few of them what else they wanted."""
    newest = {draft.customer.pk: draft for draft in drafts if draft.order.source == Order.Source.CHAT}
    shared: Shared = {}
    threads: dict[int, Thread] = {}
    for place, customer in enumerate(customers):
        if draft := newest.get(customer.pk):
            thread = _thread(scene, customer, shared)
            chats.tell_order(thread, draft, awards.get(draft.order.pk), is_brief=place >= TOLD_IN_FULL)
            threads[customer.pk] = thread
    agent_id, now = scene.team["agent"].pk, scene.wish.now
    for customer, dialogue in zip(_talkative(customers, newest, now), scene.plan.dialogues, strict=False):
        thread = threads.setdefault(customer.pk, _thread(scene, customer, shared))
        chats.tell_dialogue(thread, dialogue, agent_id=agent_id, now=now)
    return list(threads.values())


def _thread(scene: Scene, customer: Customer, shared: Shared) -> Thread:
    return Thread(
        shop=scene.shop,
        number=scene.number,
        customer=customer,
        language=scene.plan.language,
        at=customer.created_at,
        luck=scene.luck,
        shared=shared,
        collect_at=scene.plan.terms.address,
    )


def _talkative(customers: Sequence[Customer], newest: dict[int, Draft], now: datetime) -> list[Customer]:
    """Who has something else to say: nobody whose order is on its way right now."""
    return [
        customer
        for customer in customers
        if customer.phone
        and (customer.pk not in newest or (now - (newest[customer.pk].order.placed_at or now)).total_seconds() > 90_000)
    ]


def _see_everybody(threads: Sequence[Thread]) -> None:
    """A customer was last seen when they last wrote."""
    customers: list[Customer] = []
    for thread in threads:
        if thread.last_in_at is not None:
            thread.customer.last_seen_at = max(thread.customer.last_seen_at, thread.last_in_at)
            customers.append(thread.customer)
    Customer.objects.bulk_update(customers, ["last_seen_at"], batch_size=1000)
