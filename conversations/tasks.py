"""Celery's doors into the chat. Hints that may vanish: rows decide, and the clock looks for rows nobody was told of."""

import threading
import time

from celery import shared_task

from tenants.tasks import TenantTask


@shared_task(ignore_result=True)
def sync_templates_everywhere() -> int:
    """Start a comparison of templates for every account of every shop; how many."""
    from conversations.templates.accounts import accounts_of
    from tenants.queries import active_shops

    asked = [(shop.pk, account.waba_id) for shop in active_shops() for account in accounts_of(shop)]
    for shop_id, waba_id in asked:
        sync_templates_of_account.apply_async(kwargs={"shop_id": shop_id, "waba_id": waba_id}, expires=6 * 3600)
    return len(asked)


@shared_task(ignore_result=True)
def look_after_shared_templates() -> int:
    """Compare the templates of the platform's own numbers with WhatsApp's lists; how many accounts."""
    from conversations.templates import shared

    return shared.look_after_all()


@shared_task(base=TenantTask, ignore_result=True)
def sync_templates_of_account(*, shop_id: int, waba_id: str) -> bool:
    """Compare one account's templates with WhatsApp's list; whether that worked. The next night tries again."""
    from conversations.templates.accounts import NoAccount, account_with
    from conversations.templates.sync import SyncFailed, log, sync_account
    from tenants.context import current_shop

    try:
        sync_account(account_with(current_shop(), waba_id))
    except (SyncFailed, NoAccount) as problem:
        log.warning("templates_not_compared", shop_id=shop_id, problem=str(problem))
        return False
    return True


@shared_task(base=TenantTask, ignore_result=True)
def submit_templates(*, shop_id: int, template_ids: list[int], actor_id: int) -> int:
    """Submit several drafts one after another; how many WhatsApp took. What it refused stays a draft with its sentence."""
    from conversations.templates.starters import submit_all
    from tenants.models import User

    return submit_all(template_ids=template_ids, actor=User.objects.get(pk=actor_id))


# A run stops after this long and hands the rest to the next one.
PATIENCE_SECONDS = 60
# So many of a worker's threads may move files; the others keep time for what is quick.
_MOVERS = threading.BoundedSemaphore(3)


@shared_task(base=TenantTask, ignore_result=True)
def move_files(*, shop_id: int) -> int:
    """Fetch and hand over what is due in one shop, one file after another; how many.

    With all movers busy it ends at once: whoever moves, or the clock, comes to these rows too.
    """
    from conversations.files import moving

    if not _MOVERS.acquire(blocking=False):
        return 0
    try:
        started, moved = time.monotonic(), 0
        while moving.move_one():
            moved += 1
            if time.monotonic() - started > PATIENCE_SECONDS:
                move_files.apply_async(kwargs={"shop_id": shop_id}, expires=60)
                break
        return moved
    finally:
        _MOVERS.release()


@shared_task(ignore_result=True)
def move_files_everywhere() -> int:
    """Queue `move_files` for each active shop in which a file is due or was left in the middle; for how many."""
    from conversations.files.claims import is_any_due
    from tenants.context import inside
    from tenants.queries import active_shops

    queued = 0
    for shop in active_shops():
        with inside(shop):
            is_due = is_any_due()
        if is_due:
            move_files.apply_async(kwargs={"shop_id": shop.pk}, expires=30)
            queued += 1
    return queued
