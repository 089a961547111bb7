"""Problems of a shop, under /settings/problems/: the list, one close up, and what may be done. For Managers."""

import re
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.health import number_alerts
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from shopme.problems import acts, queries
from shopme.problems.looking import Close, look_at
from shopme.problems.queries import KINDS, PERIODS, Wish
from tenants.access import DashboardRequest, dashboard_view
from tenants.audit import note
from tenants.models import Role

PAGE_SIZE: Final = 25
LEFT_OUT: Final = "{count} left out: perhaps they have arrived. Tick “may arrive twice” to send them all the same."
_KEY = re.compile(r"(event|send|failed|webhook):([0-9]{1,18})")


@dashboard_view(role=Role.MANAGER)
@require_GET
def problem_list(request: DashboardRequest) -> HttpResponse:
    """What waits for a person, newest first; `?kind=`, `?reason=`, `?number=`, `?days=`, `?cause=`, `?page=`."""
    part = "#problems-list" if request.htmx else ""
    return render(request, f"problems/problem_list.html{part}", _list_context(request))


@dashboard_view(role=Role.MANAGER)
@require_GET
def problem_show(request: DashboardRequest, kind: str, problem_id: int) -> HttpResponse:
    """One problem without the words of people."""
    close = _close(request, kind, problem_id)
    return render(request, "problems/problem_detail.html", _page(request, close=close))


@dashboard_view(role=Role.ADMIN)
@require_POST
def problem_content(request: DashboardRequest, kind: str, problem_id: int) -> HttpResponse:
    """The same with its content, for an Admin; looking is on record."""
    close = _close(request, kind, problem_id, with_content=True)
    note("problem.read", shop=request.shop, actor=request.user, subject=f"{kind} {problem_id}")
    return render(request, "problems/problem_detail.html", _page(request, close=close))


@dashboard_view(role=Role.MANAGER)
@require_POST
def problems_retry(request: DashboardRequest) -> HttpResponse:
    """Try the ticked ones again, or with `all_of` everything that failed by this cause."""
    cause, by = _cause(request.POST.get("all_of", "")), Decision(request.user, "tried again by the shop")
    keys = acts.all_of_cause(shop=request.shop, cause=cause) if cause else _keys(request)
    may = request.POST.get("may_arrive_twice") == "1"
    report = acts.retry(shop=request.shop, keys=keys, by=by, may_arrive_twice=may)
    return _told(request, report, "tried again" if report.done == 1 else "tried again, one after another")


@dashboard_view(role=Role.MANAGER)
@require_POST
def problems_discard(request: DashboardRequest) -> HttpResponse:
    """Let the ticked ones go, for a reason."""
    by = Decision(request.user, clean_text(request.POST.get("reason", ""), limit=200).strip())
    try:
        report = acts.discard(shop=request.shop, keys=_keys(request), by=by)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request))
    return _told(request, report, "let go")


def _list_context(request: DashboardRequest) -> dict[str, Any]:
    wish, numbers = _wish(request), queries.numbers_of(request.shop)
    by_id = {number.pk: number for number in numbers}
    causes = queries.causes_of(request.shop)
    alerts = [(alert, by_id.get(alert.number_id or 0)) for alert in number_alerts.unread_alerts(request.shop)]
    page = Paginator(queries.problem_rows(request.shop, wish), PAGE_SIZE).get_page(request.GET.get("page"))
    return _page(
        request,
        wish=wish,
        is_filtered=wish != Wish(),
        kinds=KINDS,
        periods=PERIODS,
        numbers=numbers,
        page_obj=page,
        problems=queries.problems_of(list(page), numbers),
        causes=causes,
        all_of_cause=min(acts.MOST_AT_ONCE, sum(each.count for each in causes if each.code == wish.cause)),
        held=queries.held_back(request.shop),
        stopped=queries.stopped_numbers(request.shop),
        alerts=alerts,
        # Why these stopped stands in the alert above already.
        told={alert.number_id for alert, _number in alerts if alert.severity == "danger"},
    )


def _page(request: DashboardRequest, **context: Any) -> dict[str, Any]:
    may_read = request.membership.may_act_as(Role.ADMIN)
    return {"page": "settings", "tab": "problems", "may_read": may_read, **context}


def _wish(request: DashboardRequest) -> Wish:
    asked = request.GET
    number = asked.get("number", "")
    return Wish(
        kind=asked.get("kind", "") if asked.get("kind", "") in KINDS else "",
        reason=clean_text(asked.get("reason", ""), limit=80).strip(),
        number_id=int(number) if number.isascii() and number.isdigit() and len(number) <= 18 else None,
        days=asked.get("days", "") if asked.get("days", "") in PERIODS else "",
        cause=_cause(asked.get("cause", "")),
    )


def _cause(asked: str) -> str:
    """One of WhatsApp's codes, or that there was none; empty for anything else."""
    is_code = asked.isascii() and asked.isdigit() and len(asked) <= 12
    return asked if is_code or asked == queries.NO_CODE else ""


def _close(request: DashboardRequest, kind: str, problem_id: int, *, with_content: bool = False) -> Close:
    close = look_at(shop=request.shop, kind=kind, problem_id=problem_id, with_content=with_content)
    if close is None:
        raise Http404("There is no such problem, or it is solved.")
    return close


def _keys(request: DashboardRequest) -> list[acts.Key]:
    found = [_KEY.fullmatch(key) for key in request.POST.getlist("chosen")]
    return [(match[1], int(match[2])) for match in found if match]


def _told(request: DashboardRequest, report: acts.Report, done: str) -> HttpResponse:
    if report.done:
        messages.success(request, f"{report.done} {done}.")
    if report.doubtful:
        messages.warning(request, LEFT_OUT.format(count=report.doubtful))
    for sentence in sorted(set(report.refusals)):
        messages.error(request, sentence)
    if not (report.done or report.refusals or report.doubtful):
        messages.error(request, "Tick what you mean first.")
    return redirect(_back(request))


def _back(request: DashboardRequest) -> str:
    """The list with the filter it was shown with."""
    kept = {
        name: request.POST[name]
        for name in ("kind", "reason_filter", "number", "days", "cause")
        if request.POST.get(name)
    }
    if "reason_filter" in kept:
        kept["reason"] = kept.pop("reason_filter")
    return f"{reverse('problems:problem_list')}?{urlencode(kept)}" if kept else reverse("problems:problem_list")
