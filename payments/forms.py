"""What is typed in about accounts, whose keys are never shown again, and about money to be given back."""

import re
from typing import Any

from django import forms

from payments.gateways.base import Gateway
from payments.models import GatewayAccount
from shopme.lib.forms import MoneyField


class AccountForm(forms.Form):
    """The credentials a gateway asks for, in one mode."""

    mode = forms.ChoiceField(
        label="Mode",
        choices=[("live", "Live: customers really pay"), ("test", "Test: nobody is charged")],
        help_text="A test and a live account are two accounts, each with keys of its own.",
    )

    def __init__(self, data: Any = None, *, gateway: type[Gateway]) -> None:
        super().__init__(data)
        self.gateway = gateway
        for wanted in gateway.credential_fields:
            widget = forms.PasswordInput if wanted.is_secret else forms.TextInput
            self.fields[wanted.name] = forms.CharField(
                label=wanted.label,
                max_length=300,
                strip=True,
                widget=widget(attrs={"autocomplete": "off", "spellcheck": "false"}),
                help_text=wanted.hint,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        mode = data.get("mode", GatewayAccount.Mode.LIVE)
        for wanted in self.gateway.credential_fields:
            value = data.get(wanted.name)
            if value and wanted.pattern and not re.fullmatch(wanted.pattern.replace("{mode}", mode), value):
                self.add_error(wanted.name, f"This is no {wanted.label.lower()} for {mode} mode.")
        return data

    @property
    def credentials(self) -> dict[str, str]:
        """What was typed, by name."""
        return {wanted.name: self.cleaned_data[wanted.name] for wanted in self.gateway.credential_fields}


class RefundForm(forms.Form):
    """So much of one payment, and why. `request_id` makes a second press of the same button nothing."""

    amount = MoneyField(label="Amount", minimum=1)
    reason = forms.CharField(label="Why", max_length=300, strip=True)
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, currency: str) -> None:
        super().__init__(data)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
