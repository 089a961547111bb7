"""Tokens, secrets and PINs of a number: tried at the provider first, kept only when they work. Calls hold no lock."""

from django.utils import timezone

from conversations.transport.door.endpoints import D360_HEADER, end_secret, endpoint_of, rotate_secret, webhook_url
from conversations.transport.door.signatures import fingerprint
from conversations.transport.health import facts
from conversations.transport.providers.base import Line
from conversations.transport.providers.number_desk import NumberDesk
from conversations.transport.providers.registry import provider
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.models import User, WhatsAppNumber
from tenants.services.numbers import NoToken, change_token


class TokenRefused(BusinessError):
    """The provider does not let this token use the number."""


class SecretRefused(BusinessError):
    """The provider did not take the new secret."""


class PinRefused(BusinessError):
    """The provider did not take the PIN."""


def desk_of(number: WhatsAppNumber, *, token: str = "") -> NumberDesk:
    """The number at its provider, with another token if one is to be tried."""
    access = token or number.access_token
    line = Line(number.pk, number.provider, number.phone_number_id, access, number.waba_id)
    return provider(number.provider).numbers(line)


def replace_token(*, number: WhatsAppNumber, token: str, actor: User) -> None:
    """Use a new token once it has shown that it opens this number. Refuses: `NoToken`, `TokenRefused`."""
    if not token.strip():
        raise NoToken("Give the new access token.")
    desk = desk_of(number, token=token.strip())
    known = desk.token()
    if known.is_known and not known.is_valid:
        raise TokenRefused(f"{known.sentence or 'The token is not valid.'} The old one is kept.")
    told = desk.number()
    if not told.is_fine:
        raise TokenRefused(f"{told.sentence} The old token is kept.")
    change_token(number=number, token=token, actor=actor)
    facts.learn(
        number_id=number.pk,
        at=timezone.now(),
        token_expires_at=known.expires_at,
        token_scopes=list(known.scopes),
        token_problem="",
    )


def add_secret(*, number: WhatsAppNumber, secret: str, actor: User) -> None:
    """A second secret beside the first. At 360dialog it is ours and is set there at once, or not at all.

    Refuses: `TooManySecrets`, `SecretRefused`.
    """
    if number.provider != WhatsAppNumber.Provider.DIALOG360:
        if not secret.strip():
            raise SecretRefused("Enter the new app secret.")
        rotate_secret(number=number, secret=secret, actor=actor)
        return
    new = rotate_secret(number=number, secret="", actor=actor)
    endpoint = endpoint_of(number)
    told = desk_of(number).set_webhook(url=webhook_url(endpoint), header=D360_HEADER, secret=new) if endpoint else None
    if told is None or not told.is_fine:
        end_secret(number=number, name=fingerprint(new), actor=actor)
        raise SecretRefused(told.sentence if told else "This number has no address.")


def use_pin(*, number: WhatsAppNumber, pin: str, is_registration: bool, actor: User) -> None:
    """Set the two-step PIN, or register the number with it. The PIN is kept nowhere. Refuses: `PinRefused`."""
    desk = desk_of(number)
    told = desk.register(pin=pin) if is_registration else desk.set_pin(pin=pin)
    if not told.is_fine:
        raise PinRefused(told.sentence)
    facts.note_mended(number_id=number.pk)
    action = "number.registered" if is_registration else "number.pin_set"
    note(action, shop=number.shop, actor=actor, subject=f"number {number.pk}")
