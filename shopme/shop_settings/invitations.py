"""Telling people by e-mail that they are in a team. The link goes to their mailbox only, never to the page."""

from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string

from shopme.lib.errors import BusinessError
from tenants.models import Membership
from tenants.services.team import password_link


class MailNotSent(BusinessError):
    """The mail server did not take the e-mail."""


def send_invitation(*, membership: Membership) -> None:
    """Mail a member the shop's address and a link, good for 30 minutes, to choose a password. Refuses: `MailNotSent`."""
    shop, user = membership.shop, membership.user
    context = {
        "shop": shop,
        "user": user,
        "role": membership.get_role_display(),
        "link": password_link(shop=shop, user=user),
    }
    text = render_to_string("settings/invitation.txt", context)
    try:
        send_mail(f"You are in the team of {shop.name}", text, None, [user.email])
    except (SMTPException, OSError) as problem:
        raise MailNotSent("The e-mail could not be sent. Try again in a minute.") from problem
