"""Writing down what time did: the same settling every act does, earlier and in pages."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from loyalty import ledger
from loyalty.ledger.book import books_of
from loyalty.models import Account, Program

PAGE = 500


def settle_due(*, limit: int = PAGE, now: datetime | None = None) -> int:
    """Settle up to `limit` accounts in which something is due; how many there were.

    Accounts somebody else holds are skipped and found again by the next run. One transaction.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        accounts = list(
            Account.objects.filter(next_event_at__lte=moment)
            .order_by("next_event_at", "id")
            .select_for_update(no_key=True, skip_locked=True)[:limit]
        )
        if not accounts:
            return 0
        key = f"sweep:{uuid.uuid4()}"
        claim = ledger.claim(key=key, kind="sweep", request={"accounts": len(accounts)}, actor=ledger.Actor())
        books = books_of(accounts, program=Program.objects.get(), operation_id=claim.operation_id, now=moment)
        for book in books:
            ledger.settle(book)
        ledger.write(books)
        ledger.finish(claim.operation_id, {"accounts": len(accounts)})
    return len(accounts)


def has_due(now: datetime) -> bool:
    """Whether any account of this shop has something due."""
    return Account.objects.filter(next_event_at__lte=now).exists()
