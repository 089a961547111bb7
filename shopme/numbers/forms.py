"""What is typed in about a number. Secrets are never shown again."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from shopme.lib.forms import PhoneField
from tenants.models import WhatsAppNumber

Provider = WhatsAppNumber.Provider
_ID = RegexValidator(r"^[0-9]{5,30}\Z", "Only digits, as Meta shows it.")


def _secret(**kwargs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(max_length=1000, widget=widget, strip=True, **kwargs)


class MetaForm(forms.Form):
    """A number at Meta's Cloud API."""

    phone_number_id = forms.CharField(
        label="Phone number ID",
        validators=[_ID],
        help_text="Meta for Developers → your app → WhatsApp → API setup, below “From”. Not the phone number itself.",
    )
    waba_id = forms.CharField(
        label="WhatsApp Business Account ID",
        validators=[_ID],
        help_text="On the same page, beside it.",
    )
    token = _secret(
        label="Access token",
        help_text="Business settings → System users → Generate token, with whatsapp_business_messaging and "
        "whatsapp_business_management, and without an end.",
    )
    app_secret = _secret(
        label="App secret",
        required=False,
        help_text="Only with an app of your own: App settings → Basic. Leave it empty when the platform's app is used.",
    )
    display_name = forms.CharField(label="What your team calls it", max_length=120, required=False)


class Dialog360Form(forms.Form):
    """A number at 360dialog."""

    phone = PhoneField(label="Phone number", help_text="With the country code, as the 360dialog hub shows it.")
    phone_number_id = forms.CharField(
        label="Phone number ID", validators=[_ID], help_text="360dialog hub → WhatsApp accounts → the number → Details."
    )
    waba_id = forms.CharField(
        label="WhatsApp Business Account ID", validators=[_ID], help_text="On the same page of the hub."
    )
    token = _secret(
        label="API key", help_text="360dialog hub → the number → Generate API key. One key for each number."
    )
    display_name = forms.CharField(label="What your team calls it", max_length=120, required=False)


class SimulatorForm(forms.Form):
    """A number that exists on this machine only."""

    phone = PhoneField(label="Phone number", help_text="Any number; nothing leaves this machine.")
    display_name = forms.CharField(label="What your team calls it", max_length=120, required=False)


def form_of(provider: str) -> type[forms.Form] | None:
    """The form for a provider; None for one that is not offered here."""
    offered: dict[str, type[forms.Form]] = {Provider.META_CLOUD: MetaForm, Provider.DIALOG360: Dialog360Form}
    if settings.SIMULATOR:
        offered[Provider.SIMULATOR] = SimulatorForm
    return offered.get(provider)


class NameForm(forms.Form):
    """Another name."""

    name = forms.CharField(label="Name", max_length=120)


class TokenForm(forms.Form):
    """A new token or key."""

    token = _secret(label="New access token")


class SecretForm(forms.Form):
    """A second secret; empty where we make it ourselves."""

    secret = _secret(label="New app secret", required=False)


class PinForm(forms.Form):
    """A two-step PIN."""

    pin = forms.RegexField(
        r"^[0-9]{6}\Z",
        label="New PIN",
        error_messages={"invalid": "Six digits."},
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "6"}),
    )
    is_registration = forms.BooleanField(required=False)


class TestPhoneForm(forms.Form):
    """The own phone of whoever checks."""

    __test__ = False  # not a test, whatever pytest thinks of its name
    test_phone = PhoneField(label="Your own phone")
