"""The checks of a number, each with what it asks, what its answer means and what to do about it.

A check that could not be asked, because the provider was away, fails with that sentence and is simply run again. Optional
ones never hold a number back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.utils import timezone

from conversations.transport.door.endpoints import D360_HEADER, endpoint_of, is_ours, webhook_url
from conversations.transport.health import facts
from conversations.transport.models import NumberSetup
from conversations.transport.ports import Outgoing
from conversations.transport.providers.base import Blame, Line, Outcome, Provider
from conversations.transport.providers.number_desk import NumberDesk, Told
from conversations.transport.providers.registry import verdict_on
from conversations.transport.replies import Text
from conversations.transport.splitting import seen_webhooks
from tenants.models import WhatsAppNumber
from tenants.services.numbers import doubt_account, prove_account

PASSED, FAILED, WAITING = "passed", "failed", "waiting"
TAKE_AWAY: Final = {
    "account": "Take the override away where it was set, then check again: only one address gets the messages.",
    "number": "It was set for this number alone, through Meta's API: have it taken away there, then check again.",
}
TEST_WORDS: Final = "It works: ShopMe can write from this number. You can delete this message."


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: a sentence, and when it is not green, what to do."""

    state: str
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at. `number` is None until it is proven."""

    setup: NumberSetup
    number: WhatsAppNumber | None
    line: Line
    provider: Provider


@dataclass(frozen=True, slots=True)
class Check:
    """`proves`: it needs no number yet, and the number is made once all of these are passed.

    `waits`: it is not asked but waited for, and looked at again and again. `needs_phone`: the own phone of whoever looks.
    """

    name: str
    title: str
    look: Callable[[Subject], Found]
    is_required: bool = True
    proves: bool = False
    waits: bool = False
    needs_phone: bool = False


def _token(about: Subject) -> Found:
    token = about.provider.numbers(about.line).token()
    about.setup.app_id = token.app_id or about.setup.app_id
    if not token.is_known:
        if not token.is_valid:
            return Found(FAILED, token.sentence)
        return Found(PASSED, "The provider does not say what this token may do; the next checks show it.")
    if not token.is_valid:
        return Found(FAILED, token.sentence or "The token is not valid.", "Make a new one and enter it here.")
    if token.missing and about.setup.provider != WhatsAppNumber.Provider.DIALOG360 and token.scopes:
        return Found(FAILED, f"The token lacks: {', '.join(token.missing)}.", "Make one with both permissions.")
    if about.number is not None:
        facts.learn(
            number_id=about.number.pk,
            at=timezone.now(),
            token_expires_at=token.expires_at,
            token_scopes=list(token.scopes),
            token_problem="",
        )
    until = f"Valid until {token.expires_at:%d %B %Y}." if token.expires_at else "Valid; it does not expire."
    advice = "A token of a system user does not expire: make one before this one ends." if token.expires_at else ""
    return Found(PASSED, until, advice)


def _number(about: Subject) -> Found:
    told = about.provider.numbers(about.line).number()
    if not told.is_fine:
        return Found(FAILED, told.sentence, "Compare the phone number ID with the one Meta shows next to the number.")
    known = dict(told.data)
    about.setup.phone = known.pop("phone", "") or about.setup.phone
    if about.number is not None and known:
        facts.learn(number_id=about.number.pk, at=timezone.now(), **known)
    status = known.get("status", "")
    if status not in ("", "CONNECTED"):
        advice = "Register the number in Meta's WhatsApp Manager, or on its page here once it is added."
        return Found(FAILED, f"The number answers, but its status is {status.lower()}.", advice)
    if not about.setup.phone:
        return Found(FAILED, "The provider did not say which phone number this is.", "Enter it and check again.")
    return Found(PASSED, f"{known.get('verified_name') or 'The number'} answers at {about.setup.phone}.")


def _account(about: Subject) -> Found:
    told = about.provider.numbers(about.line).belongs()
    if about.number is not None:
        heed_account(about.number, told)
    if told.is_fine:
        return Found(PASSED, "The number belongs to this account.")
    return Found(FAILED, told.sentence, "Compare the WhatsApp Business Account ID with the one Meta shows.")


def heed_account(number: WhatsAppNumber, told: Told) -> None:
    """What the provider says of a number's account counts from now on; one that was not reached says nothing.

    Nor does one that refused the call for the token's sake, for too many calls, or because it is unwell.
    """
    if told.is_fine:
        prove_account(number_id=number.pk, proof=WhatsAppNumber.AccountProof.SAID)
    elif told.is_refused and (told.code is None or verdict_on(told.code).blame is Blame.MESSAGE):
        doubt_account(number_id=number.pk)


def _subscription(about: Subject) -> Found:
    """Posted and read back: Meta may take the wish and still send nothing.

    The wish also takes an address away that was set for this account alone; one of ours stays, and so does whatever
    was set for the number alone.
    """
    desk, app_id = about.provider.numbers(about.line), about.setup.app_id
    told = desk.subscribed(app_id=app_id)
    if not is_ours(str(told.data.get("override") or "")):
        told = desk.subscribe()
        told = desk.subscribed(app_id=app_id) if told.is_fine else told
    told = where_it_leads(desk, told)
    if about.number is not None:
        heed_subscription(about.number, told)
    if told.is_fine and (host := told.data["elsewhere"]):
        level = told.data["level"]
        return Found(FAILED, f"Meta sends this {level}'s messages to another address: {host}", TAKE_AWAY[level])
    if told.is_fine:
        return Found(PASSED, "Our app is subscribed to this account; read back just now.")
    return Found(FAILED, told.sentence, "The token needs whatsapp_business_management and access to this account.")


def where_it_leads(desk: NumberDesk, told: Told) -> Told:
    """Who gets a number's messages, given what the subscription of its account says (`told`).

    `data` holds `elsewhere`, the host that gets them instead of us (empty: they come here), and the `level` it was set
    at: the number's own address goes before its account's. A provider that refuses to tell the number's has none there;
    one that could not be asked leaves it open, unless the account's own leads elsewhere.
    """
    if not told.is_fine:
        return told
    own, account = desk.webhook(), str(told.data.get("override") or "")
    alone = str(own.data.get("own") or "")
    led, level = (alone, "number") if alone else (account, "account")
    if led and not is_ours(led):
        return Told(True, data={"elsewhere": urlsplit(led).hostname or led[:80], "level": level})
    is_known = own.is_fine or own.is_refused
    return Told(True, data={"elsewhere": "", "level": level}) if is_known else own


def heed_subscription(number: WhatsAppNumber, told: Told) -> None:
    """Keep what `where_it_leads` found; a provider that was not reached, or refused the call itself, says nothing."""
    if told.is_fine or (told.is_refused and told.code is None):
        elsewhere = str(told.data.get("elsewhere") or "")
        is_heard = told.is_fine and not elsewhere
        facts.learn(number_id=number.pk, at=timezone.now(), is_subscribed=is_heard, leads_to=elsewhere)


def _handshake(about: Subject) -> Found:
    endpoint = endpoint_of(about.number)
    if endpoint is not None and endpoint.shaken_at is not None:
        return Found(PASSED, f"Meta called on {endpoint.shaken_at:%d %B at %H:%M} and knew the verify token.")
    return Found(
        WAITING, "Waiting for Meta's call.", "Enter the address and the verify token at Meta, then save there."
    )


def _webhook(about: Subject) -> Found:
    """360dialog: set the address with the newest secret, and read it back."""
    endpoint = endpoint_of(about.number)
    if endpoint is None or not endpoint.secrets:
        return Found(FAILED, "The number has no address.", "Remove it and add it again.")
    desk, url = about.provider.numbers(about.line), webhook_url(endpoint)
    told = desk.set_webhook(url=url, header=D360_HEADER, secret=endpoint.secrets[0])
    if told.is_fine:
        told = desk.webhook()
    if not told.is_fine:
        return Found(FAILED, told.sentence)
    if told.data.get("url", "").rstrip("/") != url.rstrip("/"):
        return Found(FAILED, "360dialog took the address, but names another one when asked.", "Look in its hub.")
    return Found(PASSED, "360dialog sends to our address; read back just now.")


def _hello(about: Subject) -> Found:
    at = seen_webhooks.last_message_at(about.setup)
    if at is not None:
        return Found(PASSED, f"A message came in on {at:%d %B at %H:%M}.", _other_account(about))
    endpoint = endpoint_of(about.number)
    if endpoint is not None and endpoint.refused_at is not None and endpoint.refused_at >= about.setup.created_at:
        advice = "The app secret here is not the one of the app that calls. Enter the right one under Secrets."
        return Found(FAILED, "A call came whose signature does not fit.", advice)
    return Found(WAITING, "Waiting for a message.", f"Write anything to {about.setup.phone} from your own phone.")


def _other_account(about: Subject) -> str:
    """Note that the message named the account that was typed in; what to do when it named another one."""
    seen, typed = seen_webhooks.account_seen(about.setup), about.setup.waba_id
    if about.number is not None and seen and seen == typed:
        prove_account(number_id=about.number.pk, proof=WhatsAppNumber.AccountProof.SEEN)
    if not seen or seen == typed:
        return ""
    return (
        f"It came for the account {seen}, not {typed}: templates and news may be missed. Add the number with that ID."
    )


def _answer(about: Subject) -> Found:
    """A message to the own phone of whoever looks, and its receipt."""
    setup = about.setup
    if setup.test_wamid and seen_webhooks.has_receipt(setup, setup.test_wamid):
        return Found(PASSED, "The test message arrived, and WhatsApp told us so.")
    if setup.test_wamid:
        return Found(WAITING, "The test message is out; waiting for its receipt.")
    if not setup.test_phone:
        return Found(FAILED, "No phone was given.", "Enter your own phone, from which you wrote to the number.")
    payload = about.provider.render(Outgoing(0, Text(TEST_WORDS), phone=setup.test_phone), token=f"check:{setup.pk}")
    said = about.provider.send(about.line, payload)
    if said.outcome is not Outcome.ACCEPTED:
        return Found(
            FAILED, said.error_text, "Write to the number from this phone first: WhatsApp then lets it answer."
        )
    setup.test_wamid = said.wamid
    return Found(WAITING, "The test message is out; waiting for its receipt.")


_TOKEN = Check("token", "The token is valid", _token, proves=True)
_KEY = Check("token", "The API key is valid", _token, proves=True)
_NUMBER = Check("number", "The number answers", _number, proves=True)
_ACCOUNT = Check("account", "It belongs to the account", _account, proves=True)
_SUBSCRIPTION = Check("subscription", "Our app hears the account", _subscription)
_HANDSHAKE = Check("handshake", "Meta knows our address", _handshake, waits=True)
_WEBHOOK = Check("webhook", "360dialog knows our address", _webhook)
_HELLO = Check("hello", "A message reaches us", _hello, waits=True)
_ANSWER = Check("answer", "Our answer reaches you", _answer, is_required=False, needs_phone=True)


def checks_of(setup: NumberSetup) -> list[Check]:
    """The checks of a provider in their order."""
    if setup.provider == WhatsAppNumber.Provider.DIALOG360:
        return [_KEY, _WEBHOOK, _HELLO, _ANSWER]
    shared = [_TOKEN, _NUMBER, _ACCOUNT, _SUBSCRIPTION]
    if setup.provider == WhatsAppNumber.Provider.SIMULATOR:
        return [*shared, _ANSWER]
    return [*shared, *([_HANDSHAKE] if setup.has_own_app else []), _HELLO, _ANSWER]


def by_name(setup: NumberSetup) -> dict[str, Check]:
    return {check.name: check for check in checks_of(setup)}


def state_of(setup: NumberSetup, name: str) -> str:
    """How a check stands; empty when it was never run."""
    return str(setup.checks.get(name, {}).get("state", ""))


def is_ready_for(setup: NumberSetup, check: Check) -> bool:
    """What does not prove the number needs the number."""
    return check.proves or setup.number_id is not None


def is_proven(setup: NumberSetup) -> bool:
    """Whether the provider has shown that this token opens this number."""
    return all(state_of(setup, check.name) == PASSED for check in checks_of(setup) if check.proves)


def next_to_run(setup: NumberSetup) -> Check | None:
    """The first check that was never run and that nobody has to do anything for; None behind one that failed."""
    for check in checks_of(setup):
        state = state_of(setup, check.name)
        if state == FAILED and check.is_required:
            return None
        if not state and not check.needs_phone:
            return check if is_ready_for(setup, check) else None
    return None
