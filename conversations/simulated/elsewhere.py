"""What reaches a number without the phone having sent it: the shop's own phone app, the time before us, WhatsApp itself."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from conversations.simulated import samples
from conversations.simulated.files import keep_file
from conversations.simulated.spoken import spoken
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import bodies, kinds, payloads
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.phone import signal_name
from conversations.transport.providers.simulator.webhook import post_to_webhook
from shopme.lib.errors import BusinessError
from tenants.live import announce
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
WORDS: Final = "This is the shop, from the phone on the counter."


class NothingElsewhere(BusinessError):
    """There is nothing of that name, or nothing it could be about."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One button of the page: `act` posts the body."""

    key: str
    label: str
    icon: str
    act: Callable[[WhatsAppNumber, Person], None]


def write_from_app(number: WhatsAppNumber, person: Person, *contents: Json) -> None:
    """Somebody of the shop writes from the phone app of a number used in both; the phone shows it.

    Refuses: `WebhookRefused`; then nothing is shown.
    """
    echoes = [bodies.echo(number, person, content) for content in contents]
    post_to_webhook(number, bodies.echoes_body(number, echoes))
    for echo, content in zip(echoes, contents, strict=True):
        StandInMessage.objects.create(
            phone_number_id=number.phone_number_id, wamid=echo["id"], recipient=person.digits, payload=content
        )
    announce(signal_name(person.digits))


def _app_text(number: WhatsAppNumber, person: Person) -> None:
    write_from_app(number, person, payloads.text(spoken(WORDS)))


def _app_photo(number: WhatsAppNumber, person: Person) -> None:
    write_from_app(number, person, payloads.text(spoken("Here it is:")), _photo(number, spoken("Still warm")))


def _app_changes(number: WhatsAppNumber, person: Person) -> None:
    """The last thing the shop wrote there gets other words. Refuses: `NothingElsewhere`."""
    write_from_app(number, person, kinds.edit(_last_from_app(number, person), spoken("Ready at six, not at five.")))


def _app_deletes(number: WhatsAppNumber, person: Person) -> None:
    """The last thing the shop wrote there is deleted for everyone. Refuses: `NothingElsewhere`."""
    write_from_app(number, person, kinds.revoke(_last_from_app(number, person)))


def _last_from_app(number: WhatsAppNumber, person: Person) -> str:
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=person.digits)
    row = (
        rows.filter(payload__text__body=spoken(WORDS))
        .exclude(payload__has_key="messaging_product")
        .order_by("-id")
        .first()
    )
    if row is None:
        raise NothingElsewhere("The shop has not written from its phone app yet.")
    return row.wamid


def _photo(number: WhatsAppNumber, caption: str) -> Json:
    return keep_file(number, BytesIO(samples.photo()), filename="loaf.jpg", caption=caption)


def _tell(body: Callable[[WhatsAppNumber, Person], Json]) -> Callable[[WhatsAppNumber, Person], None]:
    return lambda number, person: post_to_webhook(number, body(number, person))


def _odd_receipt(number: WhatsAppNumber, person: Person) -> Json:
    rows = StandInMessage.objects.filter(phone_number_id=number.phone_number_id, recipient=person.digits)
    latest = rows.filter(payload__has_key="messaging_product").order_by("-id").first()
    return bodies.odd_status_body(number, person, latest.wamid if latest else payloads.new_wamid())


FROM_APP: Final = (
    Elsewhere("app", "Writes", "message-circle", _app_text),
    Elsewhere("app_photo", "Sends a photo", "image", _app_photo),
    Elsewhere("app_edit", "Changes its words", "pencil", _app_changes),
    Elsewhere("app_revoke", "Deletes them", "trash-2", _app_deletes),
)
BY_ITSELF: Final = (
    Elsewhere("history", "Chats of before", "history", _tell(bodies.history_body)),
    Elsewhere(
        "history_file",
        "A photo of before",
        "image",
        lambda number, person: post_to_webhook(
            number, bodies.history_file_body(number, person, _photo(number, spoken("Our street")))
        ),
    ),
    Elsewhere(
        "history_refused", "History refused", "circle-x", _tell(lambda number, _p: bodies.history_refused_body(number))
    ),
    Elsewhere("address_book", "Address book", "contact", _tell(bodies.address_book_body)),
    Elsewhere(
        "standby",
        "Said to Meta's own agent",
        "bot",
        _tell(lambda number, person: bodies.standby_body(number, person, spoken("Are you open?"))),
    ),
    Elsewhere(
        "click", "A link was opened", "mouse-pointer-click", _tell(lambda number, _p: bodies.user_action_body(number))
    ),
    Elsewhere("errors", "Errors of WhatsApp's", "circle-alert", _tell(lambda number, _p: bodies.errors_body(number))),
    Elsewhere("odd_receipt", "A receipt of the future", "sparkles", _tell(_odd_receipt)),
)
_ALL: Final = {each.key: each for each in (*FROM_APP, *BY_ITSELF)}


def happen(number: WhatsAppNumber, person: Person, key: str) -> None:
    """Post what is called `key`. Refuses: `NothingElsewhere`, `WebhookRefused`."""
    found = _ALL.get(key)
    if found is None:
        raise NothingElsewhere("There is nothing of that name.")
    found.act(number, person)
