"""Two customers become one: their threads on one number become one thread, and two again when it was a mistake."""

from typing import Any, Final

from django.dispatch import receiver
from django.utils.dateparse import parse_datetime

from conversations import outbox
from conversations.models import Conversation, Message, Note, TurnTrace
from conversations.people.reaches import Reach, joined, keep_own, put, reaches_of
from conversations.transport import outbox as sending
from loyalty import moving
from loyalty.models import Merge
from loyalty.signals import customers_merged, customers_merging, customers_parted
from shopme.lib.text import shorten
from tenants.context import current_shop
from tenants.queries import number_by_id

Json = dict[str, Any]
_MOMENTS: Final = ("last_inbound_at", "referred_at", "takeover_until")
_PLAIN: Final = ("mode", "assignee_id", "state", "state_data", "language")


@receiver(customers_merging)
def wait_for_turns(merge: Merge, **_signal: Any) -> None:
    """A turn under way in one of the threads ends first: what it writes moves with the rest."""
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(
        customer__in=(merge.kept_id, merge.gone_id)
    )
    list(rows.order_by("pk").values_list("pk", flat=True))


@receiver(customers_merged)
def join_threads(merge: Merge, **_signal: Any) -> None:
    """Threads go to the kept customer; where they have one on the same number, what was said moves into it."""
    moving.hand_over(merge, "notes", Note.objects.all())
    merge.moved["threads"], merge.moved["joined"] = [], []
    kept = {row.number_id: row for row in Conversation.objects.filter(customer=merge.kept_id)}
    for thread in Conversation.objects.filter(customer=merge.gone_id, moved_to=None).order_by("pk"):
        target = kept.get(thread.number_id)
        if target is None:
            Conversation.objects.filter(pk=thread.pk).update(customer=merge.kept_id)
            merge.moved["threads"].append(thread.pk)
        else:
            merge.moved["joined"].append(_join(thread, target))
    outbox.announce_inbox()


@receiver(customers_parted)
def part_threads(merge: Merge, **_signal: Any) -> None:
    """Every message goes back to the thread it was said in; what was said since stays.

    Each thread keeps the accounts that are its own customer's: news of one never goes to the other's phone.
    """
    moving.give_back(merge, "notes", Note.objects.all())
    for thread in Conversation.objects.filter(pk__in=merge.moved["threads"], customer=merge.kept_id):
        thread.customer_id = merge.gone_id
        keep_own(thread, merge.gone_id)
        thread.save()
    for each in merge.moved["joined"]:
        _part(each, merge)
    outbox.announce_inbox()


def _join(thread: Conversation, target: Conversation) -> Json:
    """Move what was said; ids keep the order of time. The emptied thread stays behind, closed, and points to the other."""
    messages = _ids(Message.objects.filter(conversation=thread))
    traces = _ids(TurnTrace.objects.filter(conversation=thread))
    Message.objects.filter(pk__in=messages).update(conversation=target)
    TurnTrace.objects.filter(pk__in=traces).update(conversation=target)
    _change_lane(thread, target)
    own = _as_json(target)
    before = {"status": thread.status, "needs_person": thread.needs_person, "unread_count": thread.unread_count}
    _take_over(thread, target)
    target.save()
    Conversation.objects.filter(pk=thread.pk).update(
        moved_to=target, status=Conversation.Status.CLOSED, needs_person=False, unread_count=0
    )
    moved = {"thread": thread.pk, "target": target.pk, "messages": messages, "traces": traces, "before": before}
    return moved | {"own": own, "taken": _as_json(target)}


def _take_over(thread: Conversation, target: Conversation) -> None:
    """What the one thread now is: the talk heard last goes on, whoever answers one of them answers it, nothing is lost."""
    first, second = (thread, target) if _is_later(thread, target) else (target, thread)
    put(target, joined(reaches_of(first), reaches_of(second)))
    target.state, target.state_data, target.language = first.state, first.state_data, first.language
    _let_answer(thread, target)
    for name in ("last_inbound_at", "referred_at"):
        setattr(target, name, max(filter(None, (getattr(target, name), getattr(thread, name))), default=None))
    target.needs_person = target.needs_person or thread.needs_person
    target.unread_count += thread.unread_count
    target.status = Conversation.Status.OPEN if "open" in (thread.status, target.status) else target.status
    _last_line(target)


def _is_later(thread: Conversation, target: Conversation) -> bool:
    """Whether the customer wrote last in `thread`. WhatsApp tells whole seconds: of one, the later answered counts."""
    if thread.last_inbound_at is None or target.last_inbound_at is None:
        return thread.last_inbound_at is not None
    return (thread.last_inbound_at, thread.last_message_at) > (target.last_inbound_at, target.last_message_at)


def _let_answer(thread: Conversation, target: Conversation) -> None:
    """The bot is silent as long as it was to be in either; of two people who answer, the one it keeps silent for longer."""
    people = [each for each in (target, thread) if each.mode == Conversation.Mode.HUMAN]
    if not people:
        return
    until = [each.takeover_until for each in people]
    stepped_in = [each for each in people if each.assignee_id is not None]
    chosen = max(stepped_in, key=lambda each: (each.takeover_until is None, each.takeover_until), default=people[0])
    target.mode, target.assignee_id = Conversation.Mode.HUMAN, chosen.assignee_id
    target.takeover_until = None if None in until else max(filter(None, until))


def _part(moved: Json, merge: Merge) -> None:
    thread = Conversation.objects.get(pk=moved["thread"])
    target = Conversation.objects.get(pk=moved["target"])
    Message.objects.filter(pk__in=moved["messages"], conversation=target).update(conversation=thread)
    TurnTrace.objects.filter(pk__in=moved["traces"], conversation=target).update(conversation=thread)
    before = moved["before"]
    thread.status, thread.needs_person = before["status"], before["needs_person"]
    thread.unread_count, thread.moved_to = before["unread_count"], None
    target.unread_count = max(0, target.unread_count - before["unread_count"])
    _give_back(moved, target)
    everybody: list[Reach] = joined(reaches_of(target), reaches_of(thread))
    for each, customer_id in ((thread, merge.gone_id), (target, merge.kept_id)):
        put(each, everybody)
        keep_own(each, customer_id)
        _last_line(each)
        each.save()


def _give_back(moved: Json, target: Conversation) -> None:
    """What nobody has changed since is the kept customer's own again; the gone one's thread never lost its own.

    Merges of before this was noted give back nothing here.
    """
    if "own" not in moved:
        return
    own, taken, now = moved["own"], moved["taken"], _as_json(target)
    if all(now[name] == taken[name] for name in ("mode", "assignee_id", "takeover_until")):
        target.mode, target.assignee_id = own["mode"], own["assignee_id"]
        target.takeover_until = parse_datetime(own["takeover_until"]) if own["takeover_until"] else None
    if now["referred_at"] == taken["referred_at"]:
        target.referred_at = parse_datetime(own["referred_at"]) if own["referred_at"] else None
    if all(now[name] == taken[name] for name in ("state", "state_data", "last_inbound_at")):
        target.state, target.state_data, target.language = own["state"], own["state_data"], own["language"]
        target.last_inbound_at = parse_datetime(own["last_inbound_at"]) if own["last_inbound_at"] else None


def _as_json(thread: Conversation) -> Json:
    """What `_give_back` compares: the thread's fields as `Merge.moved` keeps them."""
    plain = {name: getattr(thread, name) for name in _PLAIN}
    return plain | {name: _text(getattr(thread, name)) for name in _MOMENTS}


def _last_line(thread: Conversation) -> None:
    """What the list shows: the newest message there is."""
    last = Message.objects.filter(conversation=thread).order_by("-shown_at", "-id").first()
    if last is None:
        return
    thread.last_message_at = last.shown_at
    thread.last_preview = shorten(" ".join((last.text or f"({last.kind})").split()), 160)
    thread.last_author = last.author


def _change_lane(thread: Conversation, target: Conversation) -> None:
    """What waits to be sent leaves in the line of the thread it is in now, before what is said later.

    On a shared number the line is the person's and stays: each message still goes to the account it was for.
    """
    if number_by_id(thread.number_id).shop_id is not None:
        shop_id = current_shop().pk
        sending.change_lane(outbox.lane_of(thread, shop_id, Reach()), outbox.lane_of(target, shop_id, Reach()))


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
