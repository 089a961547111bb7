"""The editor of templates, and the ready ones a shop can take. Works without scripts; with them the preview follows."""

from dataclasses import replace
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from conversations.languages import offered
from conversations.tasks import submit_templates
from conversations.templates import acts, starters
from conversations.templates.accounts import accounts_of
from conversations.templates.drafts import MEDIA_HEADERS, Draft, draft_of, is_editable_here
from conversations.templates.errors import RefusedByWhatsApp
from conversations.templates.forms import ButtonFormSet, TemplateForm, button_rows, buttons_in, initial_of
from conversations.templates.models import Template
from conversations.templates.samples import keep_sample
from conversations.templates.showing import language_label
from conversations.templatetags.template_ui import bubble_of
from conversations.views.templates import frame, sample_of
from shopme.lib.after_commit import after_commit
from shopme.lib.errors import BusinessError
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role

PAGE: Final = "conversations/templates/editor.html"
_EMPTY: Final = Draft(name="", language="en", category="UTILITY", body="")


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def template_create(request: DashboardRequest) -> HttpResponse:
    """A new template; `?like=` begins with the words of another, for another language of it or a new name."""
    like = request.GET.get("like", "")
    source = get_object_or_404(Template, pk=int(like)) if like.isascii() and like.isdigit() and len(like) < 18 else None
    draft = _EMPTY
    if source is not None:
        draft = replace(draft_of(source), language="", has_sample=bool(source.samples))
    return _Editor(request, None, draft, source).answer()


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def template_edit(request: DashboardRequest, template_id: int) -> HttpResponse:
    """Other words for a draft, or for a template WhatsApp has."""
    template = get_object_or_404(Template, pk=template_id)
    if not is_editable_here(template):
        messages.error(request, "This template has parts that only Meta's own page can change.")
        return redirect("conversations:template_show", template_id)
    return _Editor(request, template, draft_of(template), template).answer()


@dashboard_view(role=Role.MANAGER)
@require_POST
def template_preview(request: DashboardRequest) -> HttpResponse:
    """The bubble of what stands in the editor; and the fields for examples, when the variables are others now."""
    known = request.POST.get("template_id", "")
    template = Template.objects.filter(pk=int(known)).first() if known.isdigit() and len(known) < 18 else None
    editor = _Editor(request, template, _EMPTY, template)
    return render(request, "conversations/templates/editor.html#preview", editor.context() | {"is_part": True})


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def starter_list(request: DashboardRequest) -> HttpResponse:
    """The ready templates; a POST takes the chosen ones and submits them in the background."""
    accounts = accounts_of(request.shop)
    if request.method == "POST":
        return _take_starters(request)
    have = {(row.purpose, row.language) for row in Template.objects.exclude(purpose="").exclude(status="deleted")}
    codes = [code for code in offered(request.shop) if code in starters.starters()[0].bodies]
    extra = [code for code in starters.starters()[0].bodies if code not in codes]
    shown = [
        {
            "starter": starter,
            "bubble": bubble_of(starters.draft_of_starter(starter, (codes or ["en"])[0], request.shop.name)),
            "have": [language_label(code) for code in starter.bodies if (starter.purpose, code) in have],
        }
        for starter in starters.starters()
    ]
    languages = [(code, language_label(code), code in codes) for code in [*codes, *extra]]
    context = {**frame(request), "starters": shown, "languages": languages, "accounts": accounts}
    return render(request, "conversations/templates/starters.html", context)


def _take_starters(request: DashboardRequest) -> HttpResponse:
    accounts = accounts_of(request.shop)
    waba_id = request.POST.get("waba_id") or (accounts[0].waba_id if accounts else "")
    try:
        made = starters.create_starters(
            waba_id=waba_id,
            purposes=request.POST.getlist("purposes"),
            languages=request.POST.getlist("languages"),
            shop_name=request.shop.name,
            actor=request.user,
        )
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return redirect("conversations:starter_list")
    if not made:
        messages.info(request, "Nothing to add: choose templates and languages that you do not have yet.")
        return redirect("conversations:starter_list")
    after_commit(_submit_later, request.shop.pk, [row.pk for row in made], request.user.pk)
    messages.success(request, f"{len(made)} templates are on their way to WhatsApp's review.")
    return redirect("conversations:template_list")


def _submit_later(shop_id: int, template_ids: list[int], actor_id: int) -> None:
    wish = {"shop_id": shop_id, "template_ids": template_ids, "actor_id": actor_id}
    submit_templates.apply_async(kwargs=wish, retry=False)


class _Editor:
    """One look at the editor. `source` is where a kept sample may come from."""

    def __init__(
        self, request: DashboardRequest, template: Template | None, draft: Draft, source: Template | None
    ) -> None:
        self.request, self.template, self.source = request, template, source
        self.accounts = accounts_of(request.shop)
        data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        waba_id = template.waba_id if template else (self.accounts[0].waba_id if self.accounts else "")
        initial = initial_of(draft, waba_id)
        self.form = TemplateForm(data, files, accounts=self.accounts, template=template, initial=initial)
        self.rows = ButtonFormSet(data, prefix="buttons", initial=button_rows(draft))
        self.shown, self.sample_problems = draft, dict[str, str]()
        if data is not None:
            kind = data.get("header_kind", "")
            has_sample = source is not None and source.samples.get("kind") == kind != ""
            self.shown = self.form.draft(buttons_in(self.rows), has_sample=has_sample)

    def answer(self) -> HttpResponse:
        """The page, or what the pressed button asks for."""
        act = self.request.POST.get("act", "")
        if act == "more":
            return self._page(more=True)
        if self.request.method != "POST" or act == "preview":
            return self._page()
        return self._keep(is_submitted=act == "submit")

    def context(self) -> dict[str, Any]:
        """Everything the page shows."""
        variables = [f"{where}.{name}" for where, name in self.shown.variables]
        usual = {**starters.examples_in(self.shown.language), "shop": self.request.shop.name}
        sample = sample_of(self.source) if self.source and self.shown.has_sample else {}
        return {
            **frame(self.request),
            "template": self.template,
            "source": self.source,
            "form": self.form,
            "rows": self.rows,
            "accounts": self.accounts,
            "bubble": bubble_of(self.shown, sample=sample),
            "variables": " ".join(variables),
            "examples": [
                {
                    "key": key,
                    "name": key.partition(".")[2],
                    "where": key.partition(".")[0],
                    "value": self.shown.examples.get(key, usual.get(key.partition(".")[2], "")),
                    "problem": self.sample_problems.get(key, ""),
                }
                for key in variables
            ],
            "is_new_variables": self.request.POST.get("variables", "") != " ".join(variables),
        }

    def _page(self, *, status: int = 200, more: bool = False) -> HttpResponse:
        if more or self.request.POST.get("act") == "preview":
            rows = [*button_rows(self.shown), *([{}] if more else [])]
            self.rows = ButtonFormSet(prefix="buttons", initial=rows)
            self.form = TemplateForm(
                accounts=self.accounts, template=self.template, initial=initial_of(self.shown, self._waba_id())
            )
        return render(self.request, PAGE, self.context(), status=status)

    def _waba_id(self) -> str:
        chosen = str(self.form["waba_id"].value() or "")
        return chosen or (self.accounts[0].waba_id if self.accounts else "")

    def _keep(self, *, is_submitted: bool) -> HttpResponse:
        """Save or submit; what is refused comes back with its reasons and every word that was written."""
        problems = self.form.add_problems(self.shown, self.rows) if is_submitted else self._least_problems()
        self.sample_problems = problems
        if self.form.errors or problems or any(self.rows.errors):
            return self._page(status=422)
        try:
            row = self._kept(is_submitted=is_submitted)
        except RefusedByWhatsApp as refusal:
            return self._refused(str(refusal))
        except BusinessError as refusal:
            self.form.add_error(None, str(refusal))
            return self._page(status=422)
        if row.status == Template.Status.UNKNOWN:
            messages.warning(self.request, row.problem)
        else:
            messages.success(self.request, "Submitted. WhatsApp reviews it now." if is_submitted else "Draft kept.")
        return redirect("conversations:template_show", row.pk)

    def _least_problems(self) -> dict[str, str]:
        """A draft may be unfinished; it needs a name, a language and some text."""
        if not self.shown.body:
            self.form.add_error("body", "Write the text of the message.")
        problems = self.form.problems_of_name(self.shown)
        for problem in problems:
            self.form.add_error(problem.field, problem.words)
        return {}

    def _kept(self, *, is_submitted: bool) -> Template:
        samples, actor = self._samples(), self.request.user
        if self.template is not None and not self.template.is_local:
            return acts.edit(template_id=self.template.pk, draft=self.shown, actor=actor, samples=samples)
        row = acts.save_draft(waba_id=self._waba_id(), draft=self.shown, actor=actor, samples=samples)
        self.template = row
        return acts.submit(template_id=row.pk, actor=actor) if is_submitted else row

    def _samples(self) -> dict[str, Any]:
        """The file for the header: the one just uploaded, else the one that is kept."""
        kind, upload = self.shown.header_kind, self.form.cleaned_data.get("header_file")
        if kind not in MEDIA_HEADERS:
            return {}
        if upload:
            return keep_sample(upload, kind)
        return dict(self.source.samples) if self.source and self.source.samples.get("kind") == kind else {}

    def _refused(self, sentence: str) -> HttpResponse:
        """WhatsApp said no: the words are kept in the row, and the page of the row shows why."""
        messages.error(self.request, sentence)
        assert self.template is not None  # noqa: S101  (nothing is submitted without a row)
        return redirect("conversations:template_edit", self.template.pk)
