"""What comes in from the editor of templates. Meta's rules are in `checks`; here text becomes a draft."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms import BaseFormSet, formset_factory

from conversations.templates.accounts import Account
from conversations.templates.checks import Problem, problems_of
from conversations.templates.drafts import BUTTON_KINDS, Draft
from conversations.templates.models import Template
from conversations.templates.showing import language_label
from conversations.transport.providers.template_parts import Button
from conversations.transport.rules.template_limits import languages, most
from shopme.lib.text import clean_text

HEADERS: Final = [
    ("", "Nothing"),
    ("TEXT", "A line of text"),
    ("IMAGE", "A picture"),
    ("VIDEO", "A video (MP4)"),
    ("DOCUMENT", "A document (PDF)"),
    ("LOCATION", "A place on the map"),
]
CATEGORIES: Final = [("UTILITY", "Utility: about an order or a request"), ("MARKETING", "Marketing: offers and news")]
LIFETIMES: Final = [
    ("", "30 days (usual)"),
    ("60", "1 minute"),
    ("600", "10 minutes"),
    ("3600", "1 hour"),
    ("21600", "6 hours"),
    ("43200", "12 hours"),
    ("86400", "1 day"),
    ("604800", "7 days"),
]
KINDS: Final = [
    ("QUICK_REPLY", "Quick reply"),
    ("URL", "Open an address"),
    ("PHONE_NUMBER", "Call a number"),
    ("COPY_CODE", "Copy a code"),
]
SAMPLE: Final = "sample."


def language_choices() -> list[tuple[str, str]]:
    """Meta's languages by their English names."""
    return sorted(((code, language_label(code)) for code in languages()), key=lambda each: each[1])


class TemplateForm(forms.Form):
    """All of a template but its buttons and examples. A template WhatsApp has keeps name, language and account."""

    waba_id = forms.ChoiceField(label="WhatsApp account", required=False)
    name = forms.CharField(
        label="Name", required=False, help_text="Small letters, digits and underscores. Customers do not see it."
    )
    language = forms.ChoiceField(label="Language", required=False)
    category = forms.ChoiceField(label="Category", choices=CATEGORIES, required=False, widget=forms.RadioSelect)
    header_kind = forms.ChoiceField(label="On top", choices=HEADERS, required=False)
    header_text = forms.CharField(label="Line on top", required=False)
    header_file = forms.FileField(
        label="Sample of the file",
        required=False,
        help_text="Reviewers see it, and it goes out unless another is chosen.",
    )
    body = forms.CharField(label="Text", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 7}))
    footer = forms.CharField(label="Small print", required=False)
    ttl_seconds = forms.TypedChoiceField(
        label="Give up after",
        choices=LIFETIMES,
        coerce=int,
        empty_value=None,
        required=False,
        help_text="How long WhatsApp tries while the customer's phone is off.",
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        accounts: Sequence[Account],
        template: Template | None,
        initial: Any,
    ) -> None:
        super().__init__(data, files, initial=initial)
        self.template = template
        choices(self, "waba_id", [(account.waba_id, account.label) for account in accounts])
        choices(self, "language", language_choices())
        lifetime = (initial or {}).get("ttl_seconds")
        if lifetime is not None and str(lifetime) not in dict(LIFETIMES):
            choices(self, "ttl_seconds", [*LIFETIMES, (str(lifetime), f"{lifetime} seconds")])
        mark_needed(self)
        self.fields["header_file"].widget.attrs["data-preview"] = "#template-picture"
        for name in ("name", "language", "waba_id") if template and not template.is_local else ():
            self.fields[name].disabled = True
        if template and template.status == Template.Status.APPROVED:
            self.fields["category"].disabled = True

    def draft(self, buttons: Sequence[Button], *, has_sample: bool) -> Draft:
        """The draft of a bound form, also of one with problems: the preview shows it half written."""
        self.is_valid()
        data = {name: self.cleaned_data.get(name) for name in self.fields}
        return Draft(
            name=str(data["name"] or "").strip(),
            language=str(data["language"] or ""),
            category=str(data["category"] or ""),
            header_kind=str(data["header_kind"] or ""),
            header_text=clean_text(str(data["header_text"] or "")) if data["header_kind"] == "TEXT" else "",
            has_sample=has_sample or bool(data["header_file"]),
            body=clean_text(str(data["body"] or "")).replace("\r\n", "\n").strip(),
            footer=clean_text(str(data["footer"] or "")),
            buttons=tuple(buttons),
            ttl_seconds=data["ttl_seconds"],
            examples=examples_in(self.data),
        )

    def problems_of_name(self, draft: Draft) -> list[Problem]:
        """What even a draft must have."""
        return [problem for problem in problems_of(draft) if problem.field in ("name", "language")]

    def add_problems(self, draft: Draft, rows: "BaseFormSet[ButtonForm]") -> dict[str, str]:
        """Put each problem of `draft` under its field; those of examples are given back by their key."""
        samples = {}
        shown = [form for form in rows if form not in rows.deleted_forms and form.is_written()]
        for problem in problems_of(draft):
            where, _, rest = problem.field.partition(".")
            if where == "sample":
                samples[rest] = problem.words
            elif where == "button":
                place, _, name = rest.partition(".")
                shown[int(place)].add_error(name, problem.words)
            elif where == "buttons":
                self.add_error(None, problem.words)
            else:
                self.add_error(where, problem.words)
        return samples


# Asked for by our own checks, which know when: the label does not call them optional.
_NEEDED: Final = (
    "name",
    "language",
    "category",
    "header_kind",
    "header_text",
    "body",
    "kind",
    "text",
    "value",
    "example",
)


def mark_needed(form: forms.Form) -> None:
    """Let the labels of a form not say “optional” where a word is needed."""
    for name, field in form.fields.items():
        field.is_needed = name in _NEEDED  # type: ignore[attr-defined]


class ButtonForm(forms.Form):
    """One button under the text."""

    kind = forms.ChoiceField(label="Does what", choices=KINDS, required=False)
    text = forms.CharField(label="Label", required=False)
    value = forms.CharField(label="Address, number or code", required=False)
    example = forms.CharField(label="Example of the whole address", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mark_needed(self)

    def is_written(self) -> bool:
        """Whether somebody wrote anything into it."""
        data = self.cleaned_data if hasattr(self, "cleaned_data") else {}
        return any(data.get(name) for name in ("text", "value", "example"))

    def button(self) -> Button:
        data = {name: clean_text(str(self.cleaned_data.get(name) or ""), limit=2100).strip() for name in self.fields}
        return Button(data["kind"] or BUTTON_KINDS[0], data["text"], data["value"], data["example"])


ButtonFormSet = formset_factory(ButtonForm, extra=0, can_delete=True, max_num=most("buttons"), absolute_max=12)


def buttons_in(rows: "BaseFormSet[ButtonForm]") -> list[Button]:
    """The buttons of a bound formset that stay, in their order."""
    rows.is_valid()
    return [form.button() for form in rows if form not in rows.deleted_forms and form.is_written()]


def examples_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The examples of a posted form by `header.<name>` and `body.<name>`."""
    keys = [key for key in data if key.startswith(SAMPLE)][:60]
    return {key.removeprefix(SAMPLE): clean_text(str(data[key]), limit=1100).strip() for key in keys}


def initial_of(draft: Draft, waba_id: str) -> dict[str, Any]:
    """The form's values for a draft."""
    return {
        "waba_id": waba_id,
        "name": draft.name,
        "language": draft.language,
        "category": draft.category,
        "header_kind": draft.header_kind,
        "header_text": draft.header_text,
        "body": draft.body,
        "footer": draft.footer,
        "ttl_seconds": draft.ttl_seconds,
    }


def button_rows(draft: Draft) -> list[dict[str, str]]:
    """The formset's values for a draft."""
    return [
        {"kind": button.kind, "text": button.text, "value": button.value, "example": button.example}
        for button in draft.buttons
    ]


def choices(form: forms.Form, name: str, values: Sequence[tuple[str, str]]) -> None:
    """Give a choice field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
    field.choices = list(values)
