"""The settings pages: one form each; a saved form leads back to its page with a word."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from conversations.chat_settings import chat_settings, save_chat_settings
from orders.queries import delivery_terms
from orders.services import save_delivery_terms
from shopme.lib.errors import BusinessError
from shopme.shop_settings.forms import ChatForm, DeliveryForm, InviteForm, ProfileForm, RoleForm
from shopme.shop_settings.invitations import MailNotSent, send_invitation
from tenants import lockout
from tenants.access import DashboardRequest, dashboard_view
from tenants.client_address import client_ip
from tenants.models import Membership, Role
from tenants.queries import team_of
from tenants.services import profile, team


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def profile_edit(request: DashboardRequest) -> HttpResponse:
    """What the shop says about itself."""
    form = ProfileForm(request.POST or None, shop=request.shop)
    if form.is_valid():
        try:
            profile.save_profile(shop=request.shop, actor=request.user, **form.cleaned_data)
        except profile.ProfileNotPossible as refusal:
            form.add_error(None, str(refusal))
        else:
            return _saved(request, "shop_settings:profile_edit")
    return _page(request, "profile", form)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def delivery_edit(request: DashboardRequest) -> HttpResponse:
    """How goods reach the customer and what that costs."""
    form = DeliveryForm(request.POST or None, terms=delivery_terms(), currency=request.shop.currency)
    if form.is_valid():
        save_delivery_terms(**form.cleaned_data)
        return _saved(request, "shop_settings:delivery_edit")
    return _page(request, "delivery", form, currency=request.shop.currency)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def chat_edit(request: DashboardRequest) -> HttpResponse:
    """How the chat answers."""
    form = ChatForm(request.POST or None, chat=chat_settings())
    if form.is_valid():
        save_chat_settings(**form.cleaned_data)
        return _saved(request, "shop_settings:chat_edit")
    return _page(request, "chat", form)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def member_list(request: DashboardRequest) -> HttpResponse:
    """The team; a POST lets somebody in and mails them a link."""
    form = InviteForm(request.POST or None, actor=request.membership)
    if form.is_valid():
        try:
            membership = team.invite(shop=request.shop, actor=request.user, **form.cleaned_data)
        except BusinessError as refusal:
            form.add_error("email", str(refusal))
        else:
            _mail(request, membership)
            return redirect("shop_settings:member_list")
    return _team_page(request, form)


@dashboard_view(role=Role.MANAGER)
@require_POST
def member_role(request: DashboardRequest, membership_id: int) -> HttpResponse:
    """Give a member another role. The last Admin stays one."""
    form = RoleForm(request.POST, actor=request.membership)
    if not form.is_valid():
        messages.error(request, "Choose a role from the list.")
        return redirect("shop_settings:member_list")
    try:
        team.change_role(
            shop=request.shop, membership_id=membership_id, role=form.cleaned_data["role"], actor=request.user
        )
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return _team_page(request, InviteForm(actor=request.membership), status=422)
    return _saved(request, "shop_settings:member_list")


@dashboard_view(role=Role.MANAGER)
@require_POST
def member_deactivate(request: DashboardRequest, membership_id: int) -> HttpResponse:
    """Let a member out. The last Admin stays."""
    try:
        gone = team.deactivate(shop=request.shop, membership_id=membership_id, actor=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return _team_page(request, InviteForm(actor=request.membership), status=422)
    messages.success(request, f"{gone.name or gone.user.email} is out of the team.")
    return redirect("shop_settings:member_list" if gone.user_id != request.user.pk else "account_login")


@dashboard_view(role=Role.MANAGER)
@require_POST
def member_link(request: DashboardRequest, membership_id: int) -> HttpResponse:
    """Mail a member a new link to choose a password."""
    members = Membership.objects.select_related("user", "shop").filter(shop=request.shop, is_active=True)
    member = get_object_or_404(members, pk=membership_id)
    try:
        lockout.note_reset(email=member.user.email, ip=client_ip(request))
    except lockout.TooManyLinks:
        messages.error(request, f"{member.user.email} got several links already. Wait 15 minutes before the next one.")
    else:
        _mail(request, member)
    return redirect("shop_settings:member_list")


def _mail(request: DashboardRequest, membership: Membership) -> None:
    try:
        send_invitation(membership=membership)
    except MailNotSent as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"A link is on its way to {membership.user.email}.")


def _team_page(request: DashboardRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    members = [
        (
            member,
            RoleForm(actor=request.membership),
            member.is_active and member.rank <= request.membership.rank,
        )
        for member in team_of(request.shop)
    ]
    return _page(request, "team", form, members=members, status=status)


def _page(request: DashboardRequest, tab: str, form: Form | None, *, status: int = 200, **context: Any) -> HttpResponse:
    shown = {"page": "settings", "tab": tab, "form": form, **context}
    refused = form is not None and form.is_bound and bool(form.errors)
    return render(request, f"settings/{tab}.html", shown, status=422 if refused else status)


def _saved(request: DashboardRequest, page: str) -> HttpResponse:
    messages.success(request, "Saved.")
    return redirect(page)
