"""What was said around the orders, and the other things people ask a shop."""

import copy
from collections.abc import Sequence
from datetime import datetime, timedelta

from catalog.models import Product
from conversations import notifications
from conversations.models import Conversation, Message
from conversations.talk import say
from conversations.trading import buying, paying
from conversations.trading import summary as words
from conversations.transport.replies import Buttons, Choice, Link
from conversations.transport.rules import limits
from conversations.transport.rules.windows import WINDOW, WINDOW_MARGIN
from loyalty.types import Award
from orders.models import Order
from shopme.demo.plan import Dialogue
from shopme.demo.thread import Thread
from shopme.demo.trade import Draft
from shopme.lib.text import shorten

State = Order.State
HELLOS = {"en": ("Hi", "Hello", "Good morning", "hey", "Hi there"), "it": ("Ciao", "Buongiorno", "Salve", "Buonasera")}
TOLD = (State.PREPARING, State.READY, State.SHIPPED, State.DELIVERED, State.CANCELLED, State.EXPIRED, State.REFUNDED)
HUMAN_MINUTES = 30
OVER_AFTER = timedelta(days=3)


def tell_order(thread: Thread, draft: Draft, award: Award | None, *, is_brief: bool) -> None:
    """The chat in which an order was made, paid and followed. It began a few minutes before the order was placed."""
    order = draft.order
    placed_at = order.placed_at or thread.at
    thread.resume(placed_at - timedelta(minutes=2 if is_brief else 4))
    if not is_brief:
        thread.says(thread.luck.choice(HELLOS[thread.language]))
        thread.asks("welcome", first=not thread.messages[:-1])
    for place, (ware, pieces) in enumerate(draft.goods):
        _choose(thread, ware.product, is_first=place == 0 and not is_brief)
        _add(thread, draft, place, pieces)
    _check_out(thread, draft)
    thread.at = max(thread.at, placed_at)
    thread.answers(_pay_link(thread, draft))
    _follow(thread, draft, award)


def _choose(thread: Thread, product: Product, *, is_first: bool) -> None:
    """By tapping through the shelves, or by writing what they want."""
    if is_first and thread.taps("browse"):
        thread.asks("browse")
        if thread.taps(f"cat:{product.category_id}"):
            thread.asks("browse.category", category=product.category_id, page=0)
    if not thread.taps(f"product:{product.pk}"):
        thread.says(product.name_in(thread.language).lower())
    thread.asks("product", product=product.pk)


def _add(thread: Thread, draft: Draft, place: int, pieces: int) -> None:
    ware, _ = draft.goods[place]
    if not thread.can_tap(f"cart.add:{ware.variant.pk}") and thread.taps(f"options:{ware.product.pk}"):
        thread.asks("product.options", product=ware.product.pk, page=0)
    thread.taps(f"cart.add:{ware.variant.pk}")
    _added(thread, draft, place, 1)
    if pieces > 1:
        thread.says(str(pieces))
        _added(thread, draft, place, pieces)


def _added(thread: Thread, draft: Draft, place: int, piece: int) -> None:
    """What the basket holds after so many pieces of this line."""
    ware, _ = draft.goods[place]
    held = [*draft.goods[:place], (ware, piece)]
    thread.asks(
        "basket.added",
        what=f"{piece} × {buying.full_name(ware.product.name_in(thread.language), ware.variant.name)}",
        count=sum(pieces for _, pieces in held),
        cents=sum(each.variant.price_cents * pieces for each, pieces in held),
    )


def _check_out(thread: Thread, draft: Draft) -> None:
    order = draft.order
    thread.taps("checkout")
    thread.asks("checkout.way")
    if order.fulfilment == Order.Fulfilment.DELIVERY:
        thread.taps("checkout.deliver")
        thread.asks("checkout.address", elsewhere=True)
        if order.latitude is not None and order.longitude is not None:
            thread.shares(order.latitude, order.longitude)
        else:
            thread.says(order.address_text)
    else:
        thread.taps("checkout.collect")
    thread.answers(_summary(thread, draft))
    thread.taps(f"checkout.confirm:{order.total_cents}")


def _summary(thread: Thread, draft: Draft) -> Buttons:
    order, money = draft.order, thread.voice.money
    lines = [
        f"{pieces} × {buying.full_name(ware.product.name_in(thread.language), ware.variant.name)} – "
        f"{money(ware.variant.price_cents * pieces)}"
        for ware, pieces in draft.goods
    ]
    sums = [say(words.TOTAL_LINE, amount=money(order.total_cents)).body]
    where = say(words.COLLECT_AT, address=thread.collect_at).body
    if order.fulfilment == Order.Fulfilment.DELIVERY:
        delivery = money(order.delivery_cents) if order.delivery_cents else str(words.FREE)
        sums.insert(0, say(words.DELIVERY_LINE, amount=delivery).body)
        where = say(words.TO_ADDRESS, address=order.address_text).body if order.address_text else str(words.TO_LOCATION)
    note = [say(words.NOTE_LINE, note=order.note).body] if order.note else []
    parts = [str(words.CHECK), buying.listed(lines), "\n".join(sums), "\n".join([where, *note])]
    confirm = str(words.CONFIRM).format(total=money(order.total_cents))
    confirm = confirm if len(confirm) <= limits.BUTTON_TITLE else str(words.CONFIRM_SHORT)
    return Buttons(
        "\n\n".join(parts),
        (
            Choice(f"checkout.confirm:{order.total_cents}", confirm),
            Choice("checkout.note", str(words.CHANGE_NOTE if order.note else words.ADD_NOTE)),
            Choice("checkout", str(words.CHANGE)),
        ),
    )


def _pay_link(thread: Thread, draft: Draft) -> Link:
    total = thread.voice.money(draft.order.total_cents)
    thanks = say(paying.THANKS, number=draft.order.number).body
    url = thread.shop.url(f"/pay/{draft.pay_token}/")
    return Link(f"{thanks}\n\n{say(paying.TOTAL, total=total).body}", paying.label_for(total), url)


def _follow(thread: Thread, draft: Draft, award: Award | None) -> None:
    """What the customer was told later, at the time it happened."""
    for reached, at in draft.moves[1:]:
        then = copy.copy(draft.order)
        then.state = reached
        thread.resume(at)
        if reached == State.PAID and award is not None:
            thread.answers(notifications.paid(thread.voice, then, award), author=Message.Author.SYSTEM)
        elif reached in TOLD and (reply := notifications.moved(thread.voice, then)):
            thread.answers(reply, author=Message.Author.SYSTEM)


def tell_dialogue(thread: Thread, dialogue: Dialogue, *, agent_id: int, now: datetime) -> None:
    """A written chat, so timed that it ended `minutes_ago`."""
    length = sum(float(what) for who, what in dialogue.turns if who == "wait") + len(dialogue.turns) * 0.4
    thread.resume(now - timedelta(minutes=dialogue.minutes_ago + length))
    for who, what in dialogue.turns:
        _turn(thread, who, what, agent_id)
    _leave(thread.conversation, dialogue, agent_id=agent_id, now=now)


def _turn(thread: Thread, who: str, what: str, agent_id: int) -> None:
    if who == "wait":
        thread.wait(float(what))
    elif who == "in":
        thread.says(what)
    elif who == "staff":
        thread.staff(what, user_id=agent_id)
    elif who == "bot":
        thread.asks(what)
    elif not thread.taps(what):
        thread.asks("search.lost")
        thread.taps(what)


def _leave(conversation: Conversation, dialogue: Dialogue, *, agent_id: int, now: datetime) -> None:
    """How the thread stands now."""
    conversation.unread_count = dialogue.unread
    if dialogue.ends == "closed":
        conversation.status = Conversation.Status.CLOSED
    elif dialogue.ends == "needs_person":
        conversation.mode, conversation.needs_person = Conversation.Mode.HUMAN, True
    elif dialogue.ends == "with_person":
        conversation.mode, conversation.assignee_id = Conversation.Mode.HUMAN, agent_id
        conversation.takeover_until = now + timedelta(minutes=HUMAN_MINUTES)


def write_threads(threads: Sequence[Thread], *, now: datetime) -> None:
    """Write the conversations and their messages; what was said and done days ago is closed."""
    for thread in threads:
        _last_line(thread)
        if thread.conversation.mode == Conversation.Mode.BOT and now - thread.at > OVER_AFTER:
            thread.conversation.status = Conversation.Status.CLOSED
    Conversation.objects.bulk_create([thread.conversation for thread in threads], batch_size=2000)
    messages = [message for thread in threads for message in thread.messages]
    messages.sort(key=lambda message: message.created_at)
    Message.objects.bulk_create(messages, batch_size=2000)


def _last_line(thread: Thread) -> None:
    conversation, last = thread.conversation, thread.messages[-1]
    conversation.created_at = thread.messages[0].created_at
    conversation.last_message_at = last.created_at
    conversation.last_preview = shorten(" ".join(last.text.split()), 160)
    conversation.last_author = last.author
    conversation.last_inbound_at = thread.last_in_at
    if thread.last_in_at is not None:
        conversation.window_expires_at = thread.last_in_at + WINDOW - WINDOW_MARGIN
