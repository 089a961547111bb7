"""What waits on a number that sends no more: it fails with the reason, instead of looking for ever as if it were on its way."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from django.utils import timezone

from conversations.transport import ports
from conversations.transport.models import OutboxItem
from conversations.transport.ports import SendResult, SendState
from conversations.transport.sending import claims
from tenants.context import inside
from tenants.live import announce
from tenants.models import WhatsAppNumber
from tenants.queries import PLATFORM, UnknownNumber, UnknownShop, number_by_id, owner_by_id

log = structlog.get_logger(__name__)
# So long a number may be off before what waits on it is given up, and so long anything waits there.
PATIENCE: Final = timedelta(hours=24)
AT_ONCE: Final = 500
REMOVED: Final = "The number of this chat was removed from ShopMe, so nothing more can be sent from it."
SWITCHED_OFF: Final = "The number of this chat is switched off. Switch it on under Settings, Numbers."
WAS_OFF: Final = "The number of this chat was switched off for too long, so this message was not sent."


def silence_of(number_id: int) -> str:
    """Why nothing leaves from the number now, in a sentence; empty when it sends."""
    number = known_number(number_id)
    if number is None:
        return REMOVED
    return "" if number.is_active else SWITCHED_OFF


def known_number(number_id: int) -> WhatsAppNumber | None:
    """The number, at most five seconds old; None when it was removed."""
    try:
        number = number_by_id(number_id)
    except UnknownNumber:
        return None
    return number if number.removed_at is None else None


def waiting_count(number_id: int) -> int:
    """How many messages still wait to leave from the number."""
    return OutboxItem.objects.filter(number_id=number_id, state=OutboxItem.State.QUEUED).count()


def fail_what_waits(*, number_id: int, sentence: str, older_than: timedelta = timedelta()) -> int:
    """Everything queued on the number fails with `sentence`, and its shops are told; how many messages.

    In batches, each in one transaction. What somebody is sending right now is left to them.
    """
    count = 0
    while failed := _fail_some(number_id, sentence, older_than):
        count += failed
    if count:
        log.warning("messages_left_on_silent_number", number_id=number_id, count=count)
    return count


def give_up_on_silent_numbers() -> int:
    """What waits for too long on numbers that are switched off, or is found on removed ones; how many messages."""
    return sum(
        fail_what_waits(number_id=number_id, sentence=sentence, older_than=patience)
        for number_id, sentence, patience in _silent_numbers()
    )


def _silent_numbers() -> Iterator[tuple[int, str, timedelta]]:
    """From the rows themselves: a number that was just switched on again keeps what waits."""
    waiting = claims.due_numbers()
    rows = WhatsAppNumber.objects.filter(removed_at=None).in_bulk(waiting)
    for number_id in waiting:
        number = rows.get(number_id)
        if number is None:
            yield number_id, REMOVED, timedelta()
        elif number.switched_off_at and timezone.now() - number.switched_off_at >= PATIENCE:
            yield number_id, WAS_OFF, PATIENCE


_FAIL: Final = """
UPDATE public.transport_outboxitem SET state = 'failed', lease_until = NULL, error_code = '', last_error = %s
WHERE id IN (SELECT id FROM public.transport_outboxitem
  WHERE number_id = %s AND state = 'queued' AND created_at <= clock_timestamp() - make_interval(secs => %s)
  ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING shop_id, message_id
"""


@transaction.atomic
def _fail_some(number_id: int, sentence: str, older_than: timedelta) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, [sentence, number_id, older_than.total_seconds(), AT_ONCE])
        failed = cursor.fetchall()
    by_shop: dict[int, list[SendResult]] = defaultdict(list)
    for shop_id, message_id in failed:
        by_shop[shop_id].append(SendResult(message_id, SendState.FAILED, timezone.now(), error_text=sentence))
    for shop_id, results in sorted(by_shop.items()):
        _tell(shop_id, results)
    return len(failed)


def _tell(shop_id: int, results: list[SendResult]) -> None:
    try:
        shop = owner_by_id(shop_id)
    except UnknownShop:
        return
    with inside(shop, allow_suspended=True):
        ports.store().report(shop, results)
        if shop_id != PLATFORM:
            announce("problems")
