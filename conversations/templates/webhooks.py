"""What Meta tells of templates by itself. Called inside the shop and inside the transaction of its event."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from conversations.templates import mirror
from conversations.templates.accounts import account_id
from conversations.templates.mirror import Kind, Teller
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.remote import STATUSES, quality_of, reason_of
from conversations.transport import outbox
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.rules.template_limits import normal_language
from shopme.lib.after_commit import after_commit
from tenants.context import current_shop

Json = dict[str, Any]
Status = Template.Status
# What Meta answers to a paused template: such messages wait for the end of its pause.
PAUSED_TEMPLATE: Final = 132015
_PAUSES: Final = {"FIRST_PAUSE": timedelta(hours=3), "SECOND_PAUSE": timedelta(hours=6)}


@on_field("message_template_status_update", is_of_shops=True)
def status_changed(news: News) -> None:
    """`message_template_status_update`. News older than what we know, or of a template we do not have, starts a comparison."""
    template = _locked(news)
    if template is None or mirror.has_heard(template, Kind.STATUS, _teller(news)):
        return
    event = str(news.value.get("event") or "")
    status = STATUSES.get(event)
    if status is None or template.status == Status.DELETING:
        ask_for_sync(_account(news))
        return
    info = news.value.get("other_info")
    title = str(info.get("title") or "") if isinstance(info, dict) else ""
    reason = reason_of(news.value.get("reason"))
    detail = {name: value for name, value in (("reason", reason), ("title", title), ("event", event)) if value}
    if not mirror.put_status(template, status, _teller(news), **detail):
        ask_for_sync(_account(news))
        return
    template.provider_id = template.provider_id or str(news.value.get("message_template_id") or "")[:64]
    template.reason, template.reason_text = reason, _words_of(news.value)
    if status == Status.PAUSED and title in _PAUSES:
        template.paused_until = news.at + _PAUSES[title]
    if status == Status.APPROVED:
        outbox.release(shop_id=news.shop.pk, error_code=PAUSED_TEMPLATE)
    _keep(template)


@on_field("message_template_quality_update", is_of_shops=True)
def quality_changed(news: News) -> None:
    """`message_template_quality_update`."""
    template = _locked(news)
    if template is None or mirror.has_heard(template, Kind.QUALITY, _teller(news)):
        return
    if mirror.put_quality(template, quality_of(news.value.get("new_quality_score")), _teller(news)):
        _keep(template)
    else:
        ask_for_sync(_account(news))


@on_field("template_category_update", is_of_shops=True)
def category_changed(news: News) -> None:
    """`template_category_update`: announced (with `correct_category`) or done."""
    template = _locked(news)
    if template is None or mirror.has_heard(template, Kind.CATEGORY, _teller(news)):
        return
    new, correct = (str(news.value.get(name) or "") for name in ("new_category", "correct_category"))
    known = new if new in Template.Category.values else template.category
    announced = correct if correct in Template.Category.values and correct != known else ""
    if mirror.put_category(template, known, announced, _teller(news)):
        _keep(template)
    else:
        ask_for_sync(_account(news))


@on_field("message_template_components_update", is_of_shops=True)
def components_changed(news: News) -> None:
    """`message_template_components_update`: the words at once, the rest with the comparison that it starts."""
    template = _locked(news)
    if template is None or mirror.has_heard(template, Kind.CONTENT, _teller(news)):
        return
    told = {
        "BODY": news.value.get("message_template_element"),
        "HEADER": news.value.get("message_template_title"),
        "FOOTER": news.value.get("message_template_footer"),
    }
    changed = [_with_words(part, told.get(str(part.get("type", "")).upper())) for part in template.components]
    mirror.put_components(template, changed, _teller(news))
    _keep(template)
    ask_for_sync(_account(news))


def ask_for_sync(waba_id: str) -> None:
    """Compare with Meta's list soon, once this transaction has committed."""
    after_commit(_queue, current_shop().pk, waba_id)


def _queue(shop_id: int, waba_id: str) -> None:
    from conversations.tasks import sync_templates_of_account  # noqa: PLC0415 - tasks import the rules

    sync_templates_of_account.apply_async(kwargs={"shop_id": shop_id, "waba_id": waba_id}, countdown=2, retry=False)


def _locked(news: News) -> Template | None:
    """The template of the news, by its id first; unknown ones are looked for at Meta."""
    rows = Template.objects.select_for_update().filter(waba_id=_account(news))
    provider_id = str(news.value.get("message_template_id") or "")
    found = rows.filter(provider_id=provider_id).exclude(provider_id="").first()
    if found is None:
        name = str(news.value.get("message_template_name") or "")
        language = normal_language(str(news.value.get("message_template_language") or ""))
        found = rows.filter(name=name, language=language, provider_id="").exclude(status=Status.DRAFT).first()
    if found is None:
        ask_for_sync(_account(news))
    return found


def _account(news: News) -> str:
    return account_id(news.numbers[0])


def _teller(news: News) -> Teller:
    return Teller(TemplateEvent.Source.WEBHOOK, news.at, key=f"event:{news.event_id}")


def _words_of(value: Mapping[str, Any]) -> str:
    """Meta's own explanation, where there is one."""
    rejection, info, disabled = (value.get(name) for name in ("rejection_info", "other_info", "disable_info"))
    said: list[str] = []
    if isinstance(rejection, dict):
        said += [str(rejection.get(name) or "") for name in ("reason", "recommendation")]
    if isinstance(info, dict):
        said.append(str(info.get("description") or ""))
    if isinstance(disabled, dict) and disabled.get("disable_date"):
        said.append(f"Switched off on {disabled['disable_date']}.")
    return " ".join(words.strip() for words in said if words.strip())[:1000]


def _with_words(part: Json, words: object) -> Json:
    return {**part, "text": words} if isinstance(words, str) and words and part.get("text") else part


def _keep(template: Template) -> None:
    template.save()
    mirror.tell_pages()
