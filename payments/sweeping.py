"""What must happen even if every hint was lost."""

from datetime import datetime

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from payments.models import PaymentAttempt, PaymentLink, SimulatedNotice
from payments.models.money import OPEN_LINKS
from payments.notices import postpone, process_notice, waiting_notices
from payments.polling import poll_open_attempts
from payments.refund_news import resume_refunds, waiting_refunds
from payments.simulator import MOST_TRIES, owed_notices, send_notice

log = structlog.get_logger(__name__)


def is_anything_due(now: datetime) -> bool:
    """True if `catch_up` would find something to do. Five index look-ups at most."""
    return (
        waiting_notices(now).exists()
        or PaymentAttempt.objects.filter(next_poll_at__lte=now).exists()
        or _spent_links(now).exists()
        or bool(waiting_refunds(now))
        or SimulatedNotice.objects.filter(sent_at__isnull=True, tries__lt=MOST_TRIES, due_at__lte=now).exists()
    )


def catch_up(*, now: datetime | None = None) -> int:
    """Do what is due in this shop; returns how many things were done."""
    now = now or timezone.now()
    notices = list(waiting_notices(now).values_list("id", flat=True)[:100])
    for event_id in notices:
        _alone(event_id, now)
    owed = owed_notices(now)
    for notice_id in owed:
        send_notice(notice_id=notice_id, now=now)
    spent = _spent_links(now).update(state=PaymentLink.State.EXPIRED, closed_reason="its time was over")
    return len(notices) + len(owed) + spent + poll_open_attempts(now=now) + resume_refunds(now=now)


def _alone(event_id: int, now: datetime) -> None:
    """Try one notice. A fault of ours in it costs this one a try, and nothing else of the shop."""
    try:
        process_notice(event_id=event_id, now=now)
    except Exception as problem:
        log.exception("payment_notice_broke", event_id=event_id)
        postpone(event_id=event_id, reason=type(problem).__name__, now=now)


def _spent_links(now: datetime) -> QuerySet[PaymentLink]:
    return PaymentLink.objects.filter(state__in=OPEN_LINKS, expires_at__lte=now)
