"""What Meta tells of templates by itself. Called inside the shop and inside the transaction of its event."""

from conversations.templates import mirror
from conversations.templates.accounts import account_id
from conversations.templates.mirror import Kind, Teller
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.remote import STATUSES, quality_of, reason_of
from conversations.transport import outbox
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.account_reader import TemplateNews
from conversations.transport.providers.registry import account_reader, template_parts
from conversations.transport.rules.names import TEMPLATE_PAUSED, TEMPLATE_PAUSES
from conversations.transport.rules.template_limits import normal_language
from shopme.lib.after_commit import after_commit
from tenants.context import current_shop

Status = Template.Status


@on_field("message_template_status_update", is_of_shops=True)
def status_changed(news: News) -> None:
    """`message_template_status_update`. News older than what we know, or of a template we do not have, starts a comparison."""
    told = account_reader().template(news.value)
    template = _locked(news, told)
    if template is None or mirror.has_heard(template, Kind.STATUS, _teller(news)):
        return
    status = STATUSES.get(told.event)
    if status is None or template.status == Status.DELETING:
        ask_for_sync(_account(news))
        return
    reason = reason_of(told.reason)
    words = (("reason", reason), ("title", told.title), ("event", told.event))
    if not mirror.put_status(template, status, _teller(news), **{name: value for name, value in words if value}):
        ask_for_sync(_account(news))
        return
    template.provider_id = template.provider_id or told.provider_id
    template.reason, template.reason_text = reason, told.words
    if status == Status.PAUSED and told.title in TEMPLATE_PAUSES:
        template.paused_until = news.at + TEMPLATE_PAUSES[told.title]
    if status == Status.APPROVED:
        outbox.release(shop_id=news.shop.pk, error_code=TEMPLATE_PAUSED)
    _keep(template)


@on_field("message_template_quality_update", is_of_shops=True)
def quality_changed(news: News) -> None:
    """`message_template_quality_update`."""
    told = account_reader().template(news.value)
    template = _locked(news, told)
    if template is None or mirror.has_heard(template, Kind.QUALITY, _teller(news)):
        return
    if mirror.put_quality(template, quality_of(told.quality), _teller(news)):
        _keep(template)
    else:
        ask_for_sync(_account(news))


@on_field("template_category_update", is_of_shops=True)
def category_changed(news: News) -> None:
    """`template_category_update`: announced (with `correct_category`) or done."""
    told = account_reader().template(news.value)
    template = _locked(news, told)
    if template is None or mirror.has_heard(template, Kind.CATEGORY, _teller(news)):
        return
    new, correct = told.category, told.correct_category
    known = new if new in Template.Category.values else template.category
    announced = correct if correct in Template.Category.values and correct != known else ""
    if mirror.put_category(template, known, announced, _teller(news)):
        _keep(template)
    else:
        ask_for_sync(_account(news))


@on_field("message_template_components_update", is_of_shops=True)
def components_changed(news: News) -> None:
    """`message_template_components_update`: the words at once, the rest with the comparison that it starts."""
    told = account_reader().template(news.value)
    template = _locked(news, told)
    if template is None or mirror.has_heard(template, Kind.CONTENT, _teller(news)):
        return
    changed = template_parts().reworded(template.components, header=told.header, body=told.body, footer=told.footer)
    mirror.put_components(template, changed, _teller(news))
    _keep(template)
    ask_for_sync(_account(news))


def ask_for_sync(waba_id: str) -> None:
    """Compare with Meta's list soon, once this transaction has committed."""
    after_commit(_queue, current_shop().pk, waba_id)


def _queue(shop_id: int, waba_id: str) -> None:
    from conversations.tasks import sync_templates_of_account  # noqa: PLC0415 - tasks import the rules

    sync_templates_of_account.apply_async(kwargs={"shop_id": shop_id, "waba_id": waba_id}, countdown=2, retry=False)


def _locked(news: News, told: TemplateNews) -> Template | None:
    """The template of the news, by its id first; unknown ones are looked for at Meta."""
    rows = Template.objects.select_for_update().filter(waba_id=_account(news))
    found = rows.filter(provider_id=told.provider_id).exclude(provider_id="").first()
    if found is None:
        language = normal_language(told.language)
        found = rows.filter(name=told.name, language=language, provider_id="").exclude(status=Status.DRAFT).first()
    if found is None:
        ask_for_sync(_account(news))
    return found


def _account(news: News) -> str:
    return account_id(news.numbers[0])


def _teller(news: News) -> Teller:
    return Teller(TemplateEvent.Source.WEBHOOK, news.at, key=f"event:{news.event_id}")


def _keep(template: Template) -> None:
    template.save()
    mirror.tell_pages()
