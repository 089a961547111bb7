"""Two customers become one: their threads on one number become one thread, and two again when it was a mistake."""

from typing import Any, Final

from django.dispatch import receiver
from django.utils.dateparse import parse_datetime

from conversations import outbox
from conversations.models import Conversation, Message, Note, TurnTrace
from conversations.transport import outbox as sending
from loyalty import moving
from loyalty.models import Merge
from loyalty.signals import customers_merged, customers_merging, customers_parted
from shopme.lib.text import shorten
from tenants.context import current_shop

Json = dict[str, Any]
_MOMENTS: Final = ("window_expires_at", "last_inbound_at")


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
    """Every message goes back to the thread it was said in; what was said since stays."""
    moving.give_back(merge, "notes", Note.objects.all())
    threads = Conversation.objects.filter(pk__in=merge.moved["threads"], customer=merge.kept_id)
    threads.update(customer=merge.gone_id)
    for joined in merge.moved["joined"]:
        _part(joined)
    outbox.announce_inbox()


def _join(thread: Conversation, target: Conversation) -> Json:
    """Move what was said; ids keep the order of time. The emptied thread stays behind, closed, and points to the other."""
    messages = _ids(Message.objects.filter(conversation=thread))
    traces = _ids(TurnTrace.objects.filter(conversation=thread))
    Message.objects.filter(pk__in=messages).update(conversation=target)
    TurnTrace.objects.filter(pk__in=traces).update(conversation=target)
    _change_lane(thread, target)
    before = {name: _text(getattr(thread, name)) for name in _MOMENTS} | {
        "status": thread.status,
        "needs_person": thread.needs_person,
        "unread_count": thread.unread_count,
    }
    for name in _MOMENTS:
        setattr(target, name, max(filter(None, (getattr(target, name), getattr(thread, name))), default=None))
    target.needs_person = target.needs_person or thread.needs_person
    target.unread_count += thread.unread_count
    target.status = Conversation.Status.OPEN if "open" in (thread.status, target.status) else target.status
    _last_line(target)
    target.save()
    Conversation.objects.filter(pk=thread.pk).update(
        moved_to=target, status=Conversation.Status.CLOSED, needs_person=False, unread_count=0
    )
    return {"thread": thread.pk, "target": target.pk, "messages": messages, "traces": traces, "before": before}


def _part(joined: Json) -> None:
    thread = Conversation.objects.get(pk=joined["thread"])
    target = Conversation.objects.get(pk=joined["target"])
    Message.objects.filter(pk__in=joined["messages"], conversation=target).update(conversation=thread)
    TurnTrace.objects.filter(pk__in=joined["traces"], conversation=target).update(conversation=thread)
    before = dict(joined["before"])
    for name in _MOMENTS:
        setattr(thread, name, parse_datetime(before[name]) if before[name] else None)
    thread.status, thread.needs_person = before["status"], before["needs_person"]
    thread.unread_count, thread.moved_to = before["unread_count"], None
    target.unread_count = max(0, target.unread_count - before["unread_count"])
    for each in (thread, target):
        _last_line(each)
        each.save()


def _last_line(thread: Conversation) -> None:
    """What the list shows: the newest message there is."""
    last = Message.objects.filter(conversation=thread).order_by("-shown_at", "-id").first()
    if last is None:
        return
    thread.last_message_at = last.shown_at
    thread.last_preview = shorten(" ".join((last.text or f"({last.kind})").split()), 160)
    thread.last_author = last.author


def _change_lane(thread: Conversation, target: Conversation) -> None:
    """What waits to be sent leaves in the line of the thread it is in now, before what is said later."""
    shop_id = current_shop().pk
    sending.change_lane(outbox.lane_of(thread, shop_id), outbox.lane_of(target, shop_id))


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
