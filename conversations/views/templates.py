"""Settings, Templates: the list, one template, and what can be done with it. Managers act, the team reads."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations.templates import acts, queries
from conversations.templates.accounts import accounts_of
from conversations.templates.drafts import draft_of, is_editable_here
from conversations.templates.models import Template
from conversations.templates.showing import language_label
from conversations.templates.sync import SyncFailed, sync_account
from conversations.templates.using import refusal_to_use
from conversations.templatetags.template_ui import bubble_of
from conversations.transport.rules.template_limits import table
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role

PAGE_SIZE: Final = 40
TABS: Final = (
    ("", "All"),
    ("approved", "Approved"),
    ("review", "In review"),
    ("drafts", "Drafts"),
    ("trouble", "Need attention"),
    ("gone", "Gone"),
)


@dashboard_view()
@require_GET
def template_list(request: DashboardRequest) -> HttpResponse:
    """All templates; `?status=`, `?category=`, `?language=`, `?q=`, `?page=`."""
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    chosen = {name: request.GET.get(name, "") for name in ("status", "category", "language")}
    if chosen["category"] not in Template.Category.values:
        chosen["category"] = ""
    languages = [(code, language_label(code)) for code in queries.languages_there()]
    if chosen["language"] not in dict(languages):
        chosen["language"] = ""
    rows = queries.templates_for_dashboard(
        group=chosen["status"], category=chosen["category"], language=chosen["language"], search=search
    )
    counts = queries.counts_by_group()
    context = {
        **frame(request),
        **chosen,
        "search": search,
        "languages": languages,
        "categories": Template.Category.choices,
        "tabs": [(key, label, counts[key]) for key, label in TABS if key in ("", "approved") or counts[key]],
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "accounts": accounts_of(request.shop),
    }
    part = "#templates-list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"conversations/templates/list.html{part}", context)


@dashboard_view()
@require_GET
def template_show(request: DashboardRequest, template_id: int) -> HttpResponse:
    """One template: how it reads, where it stands, what happened to it."""
    template = get_object_or_404(Template, pk=template_id)
    draft = draft_of(template)
    today, month = acts.edits_left(template, timezone.now())
    is_open = template.status == Template.Status.DRAFT or template.status in table()["editable"]
    context = {
        **frame(request),
        "template": template,
        "bubble": bubble_of(draft, sample=sample_of(template)),
        "refusal": refusal_to_use(template),
        "siblings": queries.siblings_of(template),
        "history": queries.history_of(template),
        "may_edit": is_open and is_editable_here(template) and bool(today and month),
        "is_open": is_open,
        "is_editable_here": is_editable_here(template),
        "may_delete": template.status not in ("deleted", "deleting", "pending_deletion", "disabled", "submitting"),
        "edits": (today, month),
    }
    part = "#template-detail" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"conversations/templates/detail.html{part}", context)


@dashboard_view(role=Role.MANAGER)
@require_POST
def template_sync(request: DashboardRequest) -> HttpResponse:
    """Compare with WhatsApp now, account by account."""
    accounts = accounts_of(request.shop)
    if not accounts:
        messages.error(request, "The shop has no active number yet, so there is nothing to compare with.")
    for account in accounts:
        try:
            found = sync_account(account, actor=request.user)
        except SyncFailed as refusal:
            messages.error(request, f"{account.label}: {refusal}")
        else:
            words = f"{found.total} at WhatsApp: {found.new} new, {found.changed} changed, {found.gone} gone."
            messages.success(request, words)
    return redirect("conversations:template_list")


@dashboard_view(role=Role.MANAGER)
@require_POST
def template_submit(request: DashboardRequest, template_id: int) -> HttpResponse:
    """Hand a draft to WhatsApp for review."""
    return _act(request, template_id, acts.submit, "Submitted. WhatsApp reviews it now.")


@dashboard_view(role=Role.MANAGER)
@require_POST
def template_unpause(request: DashboardRequest, template_id: int) -> HttpResponse:
    """End a pause for low quality."""
    return _act(request, template_id, acts.unpause, "The pause is over.")


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["POST"])
def template_delete(request: DashboardRequest, template_id: int) -> HttpResponse:
    """Delete this language, or with `all` every language of the name."""
    get_object_or_404(Template, pk=template_id)
    is_all = bool(request.POST.get("all"))
    try:
        acts.delete(template_id=template_id, actor=request.user, all_languages=is_all)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return redirect("conversations:template_show", template_id)
    messages.success(request, "Deleted in all languages." if is_all else "Deleted.")
    return redirect("conversations:template_list")


def frame(request: DashboardRequest) -> dict[str, Any]:
    """What every page of templates needs around it."""
    return {"page": "settings", "tab": "templates", "can_edit": request.membership.may_act_as(Role.MANAGER)}


def sample_of(template: Template) -> dict[str, str]:
    """The kept file of a template's header, for its preview."""
    key = str(template.samples.get("key", ""))
    if template.samples.get("kind") == "IMAGE":
        return {"picture": f"/files/{key}"}
    return {"filename": str(template.samples.get("name", ""))}


def _act(request: DashboardRequest, template_id: int, act: Callable[..., Template], done: str) -> HttpResponse:
    get_object_or_404(Template, pk=template_id)
    try:
        row = act(template_id=template_id, actor=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        if row.status == Template.Status.UNKNOWN:
            messages.warning(request, row.problem)
        else:
            messages.success(request, done)
    return redirect("conversations:template_show", template_id)
