"""Tokens, secrets and PINs of a number. What is made here is shown once, on the answer of the very request."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from conversations.transport.door import endpoints
from conversations.transport.numbers import number_keys
from shopme.lib.errors import BusinessError
from shopme.numbers.forms import PinForm, SecretForm, TokenForm
from shopme.numbers.views import number_page, own_number
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_token(request: DashboardRequest, number_id: int) -> HttpResponse:
    """A new token, tried before it replaces the old one."""
    number, form = own_number(request, number_id), TokenForm(request.POST)
    if form.is_valid():
        try:
            number_keys.replace_token(number=number, token=form.cleaned_data["token"], actor=request.user)
        except BusinessError as refusal:
            form.add_error("token", str(refusal))
        else:
            messages.success(request, "The new token works and is in use.")
            return redirect("numbers:number_detail", number.pk)
    return number_page(request, number, token_form=form, status=422)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_secret(request: DashboardRequest, number_id: int) -> HttpResponse:
    """A second live secret. At 360dialog we make it and set it there; of an own app of Meta it is typed in."""
    number, form = own_number(request, number_id), SecretForm(request.POST)
    if form.is_valid():
        try:
            number_keys.add_secret(number=number, secret=form.cleaned_data["secret"], actor=request.user)
        except BusinessError as refusal:
            form.add_error("secret", str(refusal))
        else:
            messages.success(request, "The new secret is live. Drop the old one once the new one is used.")
            return redirect("numbers:number_detail", number.pk)
    return number_page(request, number, secret_form=form, status=422)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_secret_drop(request: DashboardRequest, number_id: int) -> HttpResponse:
    """End a rotation."""
    number = own_number(request, number_id)
    try:
        endpoints.end_secret(number=number, name=request.POST.get("name", ""), actor=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return number_page(request, number, status=422)
    messages.success(request, "The secret opens nothing any more.")
    return redirect("numbers:number_detail", number.pk)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_verify_token(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Another verify token, shown once."""
    number = own_number(request, number_id)
    if endpoints.endpoint_of(number) is None:
        messages.error(request, "This number has no address of its own.")
        return redirect("numbers:number_detail", number.pk)
    token = endpoints.new_verify_token(number=number, actor=request.user)
    return number_page(request, number, new_verify_token=token)


@dashboard_view(role=Role.ADMIN)
@require_POST
def number_pin(request: DashboardRequest, number_id: int) -> HttpResponse:
    """Another two-step PIN, or registration with it."""
    number, form = own_number(request, number_id), PinForm(request.POST)
    if form.is_valid():
        wish = form.cleaned_data
        try:
            number_keys.use_pin(
                number=number, pin=wish["pin"], is_registration=wish["is_registration"], actor=request.user
            )
        except BusinessError as refusal:
            form.add_error("pin", str(refusal))
        else:
            messages.success(request, "Registered." if wish["is_registration"] else "The PIN is set.")
            return redirect("numbers:number_detail", number.pk)
    return number_page(request, number, pin_form=form, status=422)
