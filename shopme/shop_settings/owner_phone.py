"""One's own phone in the chat: registered here, confirmed from the phone itself, with a PIN for what concerns money."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from shopme.lib.errors import BusinessError
from shopme.lib.forms import PhoneField
from tenants import directory
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import OwnerPhone, Role
from tenants.services import owner_phones


class PhoneForm(forms.Form):
    """The phone one writes from."""

    phone = PhoneField(label="Your phone on WhatsApp", help_text="With the country code.")

    def __init__(self, data: Any = None, *, region: str, known: OwnerPhone | None = None) -> None:
        super().__init__(data, initial={"phone": known.phone} if known else {})
        field = self.fields["phone"]
        if isinstance(field, PhoneField):
            field.region = region


class PinForm(forms.Form):
    """A PIN and the same again."""

    pin = forms.CharField(
        label="PIN",
        max_length=8,
        help_text="Four to eight digits.",
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same again",
        max_length=8,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("pin") and data.get("again") and data["pin"] != data["again"]:
            self.add_error("again", "The two are not the same.")
        return data


@dashboard_view(role=Role.MANAGER)
@require_GET
def phone_show(request: DashboardRequest) -> HttpResponse:
    """Which phone is known, and what it may do."""
    return _page(request)


@dashboard_view(role=Role.MANAGER)
@require_POST
def phone_register(request: DashboardRequest) -> HttpResponse:
    """Note the phone; the answer shows once the code to be sent from it."""
    form = PhoneForm(request.POST, region=request.shop.country)
    if not form.is_valid():
        return _page(request, phone_form=form, status=422)
    code = owner_phones.register_phone(membership=request.membership, phone=form.cleaned_data["phone"])
    return _page(request, code=code)


@dashboard_view(role=Role.MANAGER)
@require_POST
def phone_forget(request: DashboardRequest) -> HttpResponse:
    """The phone is a customer's phone again."""
    owner_phones.forget_phone(membership=request.membership)
    messages.success(request, "Your phone is an ordinary one again.")
    return redirect("shop_settings:phone_show")


@dashboard_view(role=Role.MANAGER)
@require_POST
def pin_set(request: DashboardRequest) -> HttpResponse:
    """Choose a PIN; it also opens a locked one."""
    form = PinForm(request.POST)
    if form.is_valid():
        try:
            owner_phones.set_pin(membership=request.membership, pin=form.cleaned_data["pin"])
        except BusinessError as refusal:
            form.add_error("pin", str(refusal))
        else:
            messages.success(request, "Your PIN is set.")
            return redirect("shop_settings:phone_show")
    return _page(request, pin_form=form, status=422)


def _page(request: DashboardRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    known = OwnerPhone.objects.filter(membership=request.membership).first()
    context = {
        "page": "settings",
        "tab": "phone",
        "known": known,
        "is_locked": known is not None and known.pin_failures >= owner_phones.MOST_TRIES,
        "number": directory.number_of_shop(request.shop),
        "phone_form": PhoneForm(region=request.shop.country, known=known),
        "pin_form": PinForm(),
        **shown,
    }
    return render(request, "settings/phone.html", context, status=status)
