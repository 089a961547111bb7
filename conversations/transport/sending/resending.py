"""A message that did not go out, once more, because a person of the shop wants it: the same message, never a copy.

One that was refused begins anew: what WhatsApp still reports of the refused try no longer concerns it. One of which nobody
knows whether it arrived keeps its token, so that a late receipt settles it.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from conversations.transport import ports, wakeup
from conversations.transport.giving_up import dead_letters
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.giving_up.replay import NotDead
from conversations.transport.models import OutboxItem
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending.leftovers import silence_of
from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from tenants.context import inside
from tenants.models import Shop

State = OutboxItem.State
# Where a person need not have done anything here first: the others are done at Meta, out of our sight.
AGAIN_AT_ONCE: Final = ("retry", "open_billing", "open_quality", "open_app")
# What is done once helps every message that failed with it; the rest is between one customer and the shop.
MENDED_FOR_MANY: Final = frozenset({*AGAIN_AT_ONCE, "new_token", "check_number", "sync_templates"})


class NotAgain(BusinessError):
    """WhatsApp would refuse this message again, or asks not to be asked."""


class TooSoon(BusinessError):
    """WhatsApp asks for some time before the next try."""


@transaction.atomic
def send_again(*, shop: Shop, message_id: int, by: Decision, wait: float = 0.0, is_mended: bool = False) -> None:
    """Put a message that did not go out back into the queue, to be due in `wait` seconds. Locks its row.

    `is_mended`: what the table of error codes asks for was done since. Refuses: `NotDead`, `NotAgain`, `TooSoon`.
    """
    item = OutboxItem.objects.select_for_update().filter(shop_id=shop.pk, message_id=message_id).first()
    if item is None or item.state not in (State.FAILED, State.DEAD):
        raise NotDead("This message is on its way, or has arrived.")
    if silence := silence_of(item.number_id):
        raise NotAgain(silence)
    if not item.error_code and item.state == State.DEAD:
        dead_letters.retry_send(outbox_id=item.pk, by=by, wait=wait)
        return
    must_make_sense(item, is_mended=is_mended)
    begin_anew(shop, item, wait=wait)
    by.keep("send.retried", subject=f"outbox {item.pk}", shop_id=shop.pk)


def must_make_sense(item: OutboxItem, *, is_mended: bool = False) -> None:
    """Refuses a try that the table of error codes speaks against: `NotAgain`, `TooSoon`."""
    if not item.error_code.isdigit():
        return
    verdict = verdict_on(int(item.error_code))
    if not is_mended and verdict.fix.action not in AGAIN_AT_ONCE:
        raise NotAgain(verdict.sentence)
    rest = verdict.fix.wait - (timezone.now() - item.next_at).total_seconds()
    if verdict.tries == 1 and rest > 0:
        raise TooSoon(f"WhatsApp asks to wait: try again in {max(1, round(rest / 3600))} hours.")


def begin_anew(shop: Shop, item: OutboxItem, *, wait: float = 0.0) -> None:
    """Queue a refused message under a new token. The tries go on counting, because their number is the fence."""
    token = new_token()
    OutboxItem.objects.filter(pk=item.pk).update(
        state=State.QUEUED,
        token=token,
        wamid=None,
        next_at=timezone.now() + timedelta(seconds=wait),
        lease_until=None,
        last_error="",
        error_code="",
        is_resent=False,
    )
    with inside(shop, allow_suspended=True):
        ports.store().begin_anew(shop, item.message_id, token)
    wakeup.notify(wakeup.OUTBOX, str(item.number_id))


def waiting_for_person(*, shop: Shop, message_ids: Collection[int]) -> set[int]:
    """Which of these messages were given up, so that only a person can send them again."""
    dead = OutboxItem.objects.filter(shop_id=shop.pk, message_id__in=message_ids, state=State.DEAD)
    return set(dead.values_list("message_id", flat=True))
