"""A template filled in for one customer. What leaves here fits what Meta approved: number, names and kinds of values."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from conversations.templates.contents import Written, content_of
from conversations.templates.errors import CannotUse
from conversations.templates.models import Template
from conversations.templates.spec import MEDIA, Slot, Spec, filled
from conversations.transport.replies import ButtonValue, Location, Media, TemplateMessage, Value
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit
from conversations.transport.rules.template_limits import VARIABLE
from loyalty.models import Customer

Status = Template.Status
Given = str | Media | Location
_STOPPED: Final = {
    Status.DRAFT: "It is a draft; WhatsApp has not seen it yet.",
    Status.SUBMITTING: "It is just being submitted.",
    Status.UNKNOWN: "Nobody knows whether WhatsApp has it. Compare the templates with WhatsApp first.",
    Status.PENDING: "WhatsApp is still reviewing it.",
    Status.REJECTED: "WhatsApp rejected it. Change it and submit it again.",
    Status.PAUSED: "WhatsApp has paused it because customers did not like it.",
    Status.DISABLED: "WhatsApp has switched it off for good. Use another one.",
    Status.IN_APPEAL: "WhatsApp is looking at it again after a complaint.",
    Status.LIMIT_EXCEEDED: "The account has more templates than it may.",
    Status.LOCKED: "WhatsApp has locked it.",
    Status.ARCHIVED: "WhatsApp has put it away because it was not used.",
    Status.DELETING: "It is just being deleted.",
    Status.PENDING_DELETION: "It is about to be deleted.",
    Status.DELETED: "It was deleted.",
}


def spec_of_row(template: Written) -> Spec:
    """The values a message of `template` needs."""
    return Spec.from_json(template.spec)


def refusal_to_use(template: Written) -> str:
    """Why no message of `template` may be sent now, in a sentence; empty when one may."""
    paused_until = template.paused_until if isinstance(template, Template) else None
    if template.status == Status.PAUSED and paused_until and paused_until > timezone.now():
        until = timezone.localtime(paused_until)
        return f"WhatsApp has paused it until {until:%H:%M on %-d %B} because customers did not like it."
    if template.status != Status.APPROVED:
        return _STOPPED[Status(template.status)]
    if unfillable := spec_of_row(template).unfillable:
        return f"It has {unfillable}, which cannot be filled in here."
    return ""


def refusal_by(customer: Customer, category: str) -> str:
    """Why a template of this category does not go to this customer, in a sentence; empty when it may."""
    if category != Template.Category.MARKETING or customer.marketing_opt_in is not False:
        return ""
    return f"{customer.display_name} asked for no offers, so this one cannot be sent to them."


def problems_with(template: Written, values: Mapping[str, Given]) -> dict[str, str]:
    """What is wrong with `values`, by the key of the slot; empty when the message may go."""
    found = {}
    for slot in spec_of_row(template).slots:
        if words := _problem(slot, values.get(slot.key, "")):
            found[slot.key] = words
    body = filled(content_of(template).body, _words(template, values, "body"))
    if not found and limits.length(body) > limits.TEMPLATE_BODY:
        longest = max(spec_of_row(template).of("body"), key=lambda slot: len(str(values.get(slot.key, ""))))
        found[longest.key] = f"Shorten this: the whole text has at most {limits.TEMPLATE_BODY:,} characters."
    return found


def template_message(template: Written, values: Mapping[str, Given]) -> TemplateMessage:
    """A message of `template` with `values` by the keys of its slots. What is given and not needed is left out.

    Refuses: `CannotUse`, when the template may not be sent now or a value does not fit.
    """
    if refusal := refusal_to_use(template):
        raise CannotUse(refusal)
    if problems := problems_with(template, values):
        raise CannotUse(next(iter(problems.values())))
    spec, shown = spec_of_row(template), rendered(template, values)
    try:
        return TemplateMessage(
            name=template.name,
            language=template.language,
            text=shown["body"],
            category=template.category,
            header=_header(spec.header, values),
            body=tuple(_value(slot, values) for slot in spec.of("body")),
            buttons=tuple(_button(slot, values) for slot in spec.of("button")),
            title=shown["header"],
            footer=shown["footer"],
            labels=tuple(labels_of(template)),
        )
    except BreaksAWhatsAppLimit as problem:
        raise CannotUse(str(problem)) from problem


def rendered(template: Written, values: Mapping[str, Given]) -> dict[str, str]:
    """The words of header, body and footer as a customer reads them; a missing value shows its variable."""
    said = content_of(template)
    return {
        "header": filled(said.header_text, _words(template, values, "header")),
        "body": filled(said.body, _words(template, values, "body")),
        "footer": said.footer,
    }


def labels_of(template: Written) -> list[str]:
    """What stands on its buttons."""
    return [button.text or "Copy the code" for button in content_of(template).buttons]


def usable_templates(waba_id: str) -> QuerySet[Template]:
    """Those that may be sent from the account now, by name."""
    return Template.objects.filter(waba_id=waba_id, status=Status.APPROVED).order_by("name", "language")


def language_order(*wanted: str) -> list[str]:
    """Languages to try, best first: each wanted one, its regions and its plain form, and English at the end."""
    order: list[str] = []
    for code in (*wanted, "en"):
        if code:
            plain = code.partition("_")[0]
            order += [code, plain, f"{plain}_*"]
    return list(dict.fromkeys(order))


def best_of(templates: Sequence[Written], *languages: str) -> Written | None:
    """The one in the best of `languages`; one in a language nobody asked for is none."""
    for wanted in language_order(*languages):
        for template in templates:
            if template.language == wanted or (wanted.endswith("_*") and template.language.startswith(wanted[:-1])):
                return template
    return None


def _problem(slot: Slot, given: Given) -> str:
    if slot.kind in MEDIA:
        return "" if isinstance(given, Media) and given.kind == slot.kind else f"Choose the {slot.kind} on top."
    if slot.kind == "location":
        return "" if isinstance(given, Location) else "Choose the place on top."
    words = given.strip() if isinstance(given, str) else ""
    if not words:
        return "Fill this in: WhatsApp sends no template with a gap."
    return _problem_with_words(slot, words)


def _problem_with_words(slot: Slot, words: str) -> str:
    if VARIABLE.search(words):
        return "Write plain words here, without braces."
    if slot.kind == "code" and not (words.isascii() and words.isalnum() and len(words) <= limits.COUPON_CODE):
        return f"A code has letters and digits only, at most {limits.COUPON_CODE}."
    if slot.kind == "ending" and any(sign.isspace() for sign in words):
        return "The end of an address has no blanks."
    return ""


def _words(template: Written, values: Mapping[str, Given], where: str) -> dict[str, str]:
    slots = [slot for slot in spec_of_row(template).slots if slot.key.startswith(f"{where}.")]
    return {slot.name: " ".join(str(values.get(slot.key, "")).split()) for slot in slots}


def _header(slot: Slot | None, values: Mapping[str, Given]) -> Any:
    if slot is None:
        return None
    return _value(slot, values) if slot.kind == "text" else values[slot.key]


def _value(slot: Slot, values: Mapping[str, Given]) -> Value:
    return Value(str(values[slot.key]), name="" if slot.name.isdigit() else slot.name)


def _button(slot: Slot, values: Mapping[str, Given]) -> ButtonValue:
    kind = "copy_code" if slot.kind == "code" else "url"
    return ButtonValue(slot.index, kind, str(values[slot.key]).strip())  # type: ignore[arg-type]
