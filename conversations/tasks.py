"""Celery's doors into the chat."""

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
