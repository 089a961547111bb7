"""What people write on the pages of signing in."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.core import context
from django import forms

from tenants import lockout
from tenants.client_address import client_ip


class CountedResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks for a link to a new password; the answer is the same whether or not somebody works here."""

    def clean(self) -> dict[str, Any]:
        """Count the wish, so that nobody's mailbox is flooded."""
        if email := self.cleaned_data.get("email"):
            try:
                lockout.note_reset(email=email, ip=client_ip(context.request))
            except lockout.TooManyLinks as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return dict(self.cleaned_data)
