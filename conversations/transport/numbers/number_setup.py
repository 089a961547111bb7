"""A number on its way to us, and a known one looked at again: what was typed in, checks one by one, then the switch.

Nothing is half done: until the provider has shown that the token opens the number there is only the setup's own row; the
number that then is made takes and sends nothing until every required check is passed.
"""

from collections.abc import Mapping
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from conversations.transport.health import facts
from conversations.transport.models import NumberSetup, WebhookEndpoint
from conversations.transport.numbers import number_checks as checks
from conversations.transport.numbers.number_checks import PASSED, Found
from conversations.transport.providers.base import Line
from conversations.transport.providers.registry import provider
from shopme.lib.errors import BusinessError
from shopme.lib.ids import new_token
from tenants.audit import note
from tenants.models import Shop, User, WhatsAppNumber
from tenants.services.numbers import add_number
from tenants.services.own_numbers import switch_on

Provider = WhatsAppNumber.Provider
Proof = WhatsAppNumber.AccountProof


class NoSuchSetup(BusinessError):
    """The shop is not adding such a number."""


class NoSuchCheck(BusinessError):
    """This provider has no such check, or it is not its turn yet."""


class NotReady(BusinessError):
    """A required check is not passed."""


class AlreadyAttached(BusinessError):
    """The number is already in use."""


@transaction.atomic
def begin(  # noqa: PLR0913  (one act, one contract)
    *,
    shop: Shop,
    actor: User,
    provider_name: str,
    token: str = "",
    phone_number_id: str = "",
    waba_id: str = "",
    phone: str = "",
    app_secret: str = "",
    display_name: str = "",
) -> NumberSetup:
    """Keep what was typed in. A number of the simulator is made up here, with ids nobody else has.

    Refuses: `AlreadyAttached`.
    """
    if WhatsAppNumber.objects.filter(phone_number_id=phone_number_id).exclude(phone_number_id="").exists():
        raise AlreadyAttached("A number with this phone number ID is in use on ShopMe already.")
    setup = NumberSetup(
        shop_id=shop.pk,
        provider=provider_name,
        phone=phone,
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        display_name=display_name or shop.name,
        access_token=token.strip(),
        app_secret=app_secret.strip(),
        has_own_app=bool(app_secret.strip()),
    )
    if provider_name == Provider.SIMULATOR:
        _make_up(setup)
    setup.save()
    note("number.setup_begun", shop=shop, actor=actor, subject=f"setup {setup.pk}", detail={"provider": provider_name})
    if provider_name == Provider.SIMULATOR:
        # The stand-in knows the numbers we have; nobody else can own one that was made up just now.
        _make_number(setup, actor)
    return setup


def _make_up(setup: NumberSetup) -> None:
    setup.phone_number_id, setup.waba_id = f"sim-{new_token(9)}", f"sim-waba-{setup.shop_id}-{new_token(6)}"
    setup.access_token = new_token(18)


def setup_of(*, shop: Shop, setup_id: int) -> NumberSetup:
    """Refuses: `NoSuchSetup`."""
    setup = NumberSetup.objects.filter(pk=setup_id, shop_id=shop.pk).first()
    if setup is None:
        raise NoSuchSetup("This number is not being added here.")
    return setup


def setup_for(number: WhatsAppNumber) -> NumberSetup:
    """The checks of a number the shop has, made when they are first asked for."""
    endpoint = WebhookEndpoint.objects.filter(number_id=number.pk).first()
    known = {
        "shop_id": number.shop_id,
        "provider": number.provider,
        "phone": number.phone,
        "phone_number_id": number.phone_number_id,
        "waba_id": number.waba_id,
        "display_name": number.display_name,
        "has_own_app": bool(endpoint and endpoint.secrets) and number.provider == Provider.META_CLOUD,
        "finished_at": timezone.now(),
    }
    return NumberSetup.objects.get_or_create(number_id=number.pk, defaults=known)[0]


def open_setups(shop: Shop) -> list[NumberSetup]:
    """Numbers on their way that are not switched on yet, oldest first."""
    return list(NumberSetup.objects.filter(shop_id=shop.pk, finished_at=None, number_id=None).order_by("id"))


def line_of(setup: NumberSetup) -> Line:
    """The number as its provider needs it, before and after it is one of ours."""
    number = number_of(setup)
    token = number.access_token if number else setup.access_token
    return Line(setup.number_id or 0, setup.provider, setup.phone_number_id, token, setup.waba_id)


def number_of(setup: NumberSetup) -> WhatsAppNumber | None:
    return WhatsAppNumber.objects.filter(pk=setup.number_id, shop_id=setup.shop_id).first() if setup.number_id else None


def run_check(*, setup: NumberSetup, name: str, actor: User, test_phone: str = "") -> Found:
    """Ask the provider, keep what was found, and make the number once it is proven.

    The call holds no lock, so others may check meanwhile: afterwards the row is locked, and only what this check found is
    written, and `setup` is as the row is now, also when the number cannot be made. Refuses: `NoSuchCheck`; `NoSuchSetup`
    when it was given up meanwhile; `NumberTaken` and the like.
    """
    spec = checks.by_name(setup).get(name)
    if spec is None or not checks.is_ready_for(setup, spec):
        raise NoSuchCheck("This check comes later.")
    before = _learnt(setup)
    if test_phone:
        setup.test_phone, setup.test_wamid = test_phone, ""
    line = line_of(setup)
    found = spec.look(checks.Subject(setup, number_of(setup), line, provider(line.provider)))
    if setup.number_id and found.state == PASSED:
        facts.note_mended(number_id=setup.number_id)
    _keep(setup.pk, name, found, {field: value for field, value in _learnt(setup).items() if value != before[field]})
    try:
        _make_once_proven(setup.pk, actor)
    finally:
        _catch_up(setup)
    return found


def _catch_up(setup: NumberSetup) -> None:
    """As the row is now; one that somebody gave up meanwhile stays as it was read."""
    with suppress(NumberSetup.DoesNotExist):
        setup.refresh_from_db()


def _learnt(setup: NumberSetup) -> dict[str, str]:
    """What a check may find out, beside its own answer."""
    return {field: getattr(setup, field) for field in ("phone", "app_id", "test_phone", "test_wamid")}


@transaction.atomic
def _keep(setup_id: int, name: str, found: Found, learnt: Mapping[str, str]) -> None:
    """Write one check's answer beside those of the others. Locks the row."""
    row = _locked(setup_id)
    row.checks[name] = {
        "state": found.state,
        "sentence": found.sentence,
        "advice": found.advice,
        "at": timezone.now().isoformat(),
    }
    for field, value in learnt.items():
        setattr(row, field, value)
    row.save(update_fields=["checks", *learnt])


def _locked(setup_id: int) -> NumberSetup:
    row = NumberSetup.objects.select_for_update().filter(pk=setup_id).first()
    if row is None:
        raise NoSuchSetup("Somebody has given this number up meanwhile.")
    return row


@transaction.atomic
def _make_once_proven(setup_id: int, actor: User) -> None:
    """The number, when every proof is there and nobody has made it yet. Locks the row."""
    row = _locked(setup_id)
    if row.number_id is None and checks.is_proven(row):
        _make_number(row, actor)


def _make_number(setup: NumberSetup, actor: User) -> None:
    """The number with its address, switched off; the setup forgets its secrets. In the caller's transaction.

    360dialog is not asked whose account it is, so there it stays what was typed in.
    """
    shop = Shop.objects.get(pk=setup.shop_id)
    added = add_number(
        shop=shop,
        provider=setup.provider,
        phone=setup.phone,
        phone_number_id=setup.phone_number_id,
        waba_id=setup.waba_id,
        token=setup.access_token,
        app_secret=setup.app_secret,
        display_name=setup.display_name,
        is_active=False,
        account_proof=Proof.TYPED if setup.provider == Provider.DIALOG360 else Proof.SAID,
        actor=actor,
    )
    setup.number_id, setup.access_token, setup.app_secret = added.number.pk, "", ""
    setup.save(update_fields=["number_id", "access_token", "app_secret"])


def missing(setup: NumberSetup) -> list[str]:
    """The titles of the required checks that are not passed."""
    specs = checks.by_name(setup).values()
    return [spec.title for spec in specs if spec.is_required and checks.state_of(setup, spec.name) != PASSED]


@transaction.atomic
def finish(*, setup: NumberSetup, actor: User) -> WhatsAppNumber:
    """Switch the number on. Locks the row. Refuses: `NotReady` while a required check is not passed."""
    row = _locked(setup.pk)
    number = number_of(row)
    if number is None or number.shop is None or (left := missing(row)):
        raise NotReady(f"Not yet: {', '.join(left) if number else 'the number is not proven'}.")
    switch_on(shop=number.shop, number_id=number.pk, actor=actor)
    row.finished_at = timezone.now()
    row.save(update_fields=["finished_at"])
    return number


@transaction.atomic
def give_up(*, setup: NumberSetup, actor: User) -> None:
    """Forget a number that is not made yet. Locks the row. Refuses: `NoSuchSetup`."""
    row = _locked(setup.pk)
    if row.number_id is None:
        note("number.setup_dropped", shop=Shop.objects.get(pk=row.shop_id), actor=actor, subject=f"setup {row.pk}")
        row.delete()


def is_unproven(number_id: int) -> bool:
    """Whether the number was made by a setup whose required checks were never all passed."""
    return NumberSetup.objects.filter(number_id=number_id, finished_at=None).exists()
