"""What WhatsApp tells by itself of the shared number's templates. In public and inside the transaction of its event."""

from conversations.templates.accounts import account_id
from conversations.templates.models import Template
from conversations.templates.remote import STATUSES, reason_of
from conversations.transport import outbox
from conversations.transport.models import SharedTemplate
from conversations.transport.numbers.accounts import News, on_shared_field
from conversations.transport.providers.account_reader import TemplateNews
from conversations.transport.providers.registry import account_reader
from conversations.transport.rules.names import TEMPLATE_PAUSED
from conversations.transport.rules.template_limits import normal_language
from shopme.lib.after_commit import after_commit


@on_shared_field(
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "message_template_components_update",
)
def hear(news: News) -> None:
    """A status counts at once, unless we know something newer; a comparison tells all the rest, and settles doubts.

    The end of a pause lets everything that waited for it leave, whichever shop said it. Locks the template's row.
    """
    told = account_reader().template(news.value)
    status, template = STATUSES.get(told.event), _locked(news, told)
    if status and template and news.at >= template.synced_at.replace(microsecond=0):
        template.status, template.synced_at = status, max(template.synced_at, news.at)
        template.reason = (reason_of(told.reason) or told.words)[:200]
        template.save(update_fields=["status", "reason", "synced_at"])
        if status == Template.Status.APPROVED:
            outbox.release_of(number_ids=[number.pk for number in news.numbers], error_code=TEMPLATE_PAUSED)
    after_commit(_compare)


def _compare() -> None:
    from conversations.tasks import look_after_shared_templates  # noqa: PLC0415 - tasks import the rules

    look_after_shared_templates.apply_async(countdown=2, retry=False)


def _locked(news: News, told: TemplateNews) -> SharedTemplate | None:
    """The template of the news, by its id first."""
    rows = SharedTemplate.objects.select_for_update().filter(waba_id=account_id(news.numbers[0]))
    found = rows.filter(provider_id=told.provider_id).exclude(provider_id="").first()
    return found or rows.filter(name=told.name, language=normal_language(told.language), provider_id="").first()
