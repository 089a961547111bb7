"""The way to the webhook on a bad day: what arrives, how often, in which order, and under which name."""

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from conversations.transport.models import StandInThing
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.simulator import payloads, phones, switches
from conversations.transport.providers.simulator.payloads import Person
from conversations.transport.providers.simulator.postman import HELD_SECONDS, Postman, without_phone
from conversations.transport.providers.simulator.switches import Switches, set_switches, switches_of, take_fault
from tenants.models import WhatsAppNumber

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
NUMBER = WhatsAppNumber(phone="+15550100200", phone_number_id="991", waba_id="881")
ANNA = Person("12025550142", "Anna")


class Day:
    """A postman whose letters and appointments are written down."""

    def __init__(self) -> None:
        self.came: list[Json] = []
        self.appointments: list[tuple[float, Callable[[], None]]] = []
        self.postman = Postman(
            post=lambda _number, body: self.came.append(body),
            later=lambda seconds, act: self.appointments.append((seconds, act)),
        )

    def carry(self, *words: str, **switched: Any) -> None:
        for each in words:
            body = payloads.message_body(NUMBER, ANNA, payloads.text(each))
            self.postman.carry("991", body, Switches(**switched))

    def let_time_pass(self) -> None:
        while self.appointments:
            self.appointments.pop(0)[1]()

    @property
    def words(self) -> list[str]:
        return [event.data["text"] for body in self.came for event in parse(orjson.dumps(body)).events]


def test_on_a_good_day_each_webhook_comes_once_and_at_once() -> None:
    day = Day()
    day.carry("one", "two")
    assert day.words == ["one", "two"]
    assert day.appointments == []


def test_twice_means_the_same_body_again_and_the_same_event_in_another_envelope() -> None:
    day = Day()
    day.carry("one", duplicate=True)
    assert day.words == ["one", "one", "one"]
    first, again, other = day.came
    assert first == again
    assert other != first
    assert len({event.event_key for body in day.came for event in parse(orjson.dumps(body)).events}) == 1


def test_the_next_one_overtakes_and_nothing_is_left_behind() -> None:
    day = Day()
    day.carry("one", "two", "three", reorder=True)
    assert day.words == ["two", "one"]
    assert [seconds for seconds, _ in day.appointments] == [HELD_SECONDS, HELD_SECONDS]
    day.let_time_pass()
    assert day.words == ["two", "one", "three"]


def test_late_means_late() -> None:
    day = Day()
    day.carry("one", delay_seconds=10)
    assert day.words == []
    assert [seconds for seconds, _ in day.appointments] == [10]
    day.let_time_pass()
    assert day.words == ["one"]


def test_a_hidden_phone_leaves_its_keys_out_and_its_id_in() -> None:
    body = payloads.message_body(NUMBER, ANNA, payloads.text("Hi"), context_wamid="wamid.OURS")
    hidden = without_phone(body, payloads.user_id_of)
    assert ANNA.digits not in orjson.dumps(hidden).decode()
    (event,) = parse(orjson.dumps(hidden)).events
    assert event.data["sender"] == {"bsuid": ANNA.bsuid, "profile_name": "Anna"}
    assert event.data["context_wamid"] == "wamid.OURS"
    assert body["entry"][0]["changes"][0]["value"]["messages"][0]["from"] == ANNA.digits


def test_a_receipt_of_a_hidden_phone_names_its_id() -> None:
    receipt = payloads.status_body(NUMBER, wamid="wamid.O", status="sent", recipient=ANNA.digits, token="t")
    (event,) = parse(orjson.dumps(without_phone(receipt, payloads.user_id_of))).events
    assert event.identities == (ANNA.bsuid,)


@pytest.mark.django_db
def test_a_phone_keeps_all_its_ids_and_is_found_by_each() -> None:
    first = payloads.user_id_of(ANNA.digits)
    assert phones.user_id("991", ANNA.digits) == first
    assert phones.rotate("991", ANNA.digits)[0] == first
    old, new = phones.rotate("991", ANNA.digits)
    assert phones.user_ids("991", ANNA.digits) == [first, old, new]
    assert phones.user_id("991", ANNA.digits) == new
    assert {phones.digits_of("991", each) for each in (first, old, new, ANNA.digits)} == {ANNA.digits}
    assert phones.digits_of("992", new) == new
    assert phones.user_id("992", ANNA.digits) == first


@pytest.mark.django_db
def test_a_fault_is_met_as_often_as_it_was_ordered() -> None:
    assert take_fault("991") is None
    set_switches("991", Switches(mode="code", code=131056, left=2))
    met = [take_fault("991") for _ in range(3)]
    assert [fault and (fault.mode, fault.code) for fault in met] == [("code", 131056), ("code", 131056), None]
    assert take_fault("992") is None
    assert switches_of("991").mode == ""


@pytest.mark.django_db
def test_a_fault_for_all_sends_stays() -> None:
    set_switches("991", Switches(mode="accept_then_hang", left=switches.ALWAYS))
    met = [take_fault("991") for _ in range(3)]
    assert [fault and fault.mode for fault in met] == ["accept_then_hang"] * 3
    assert met[0] is not None
    assert met[0].seconds > 10  # longer than a sender waits


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd", [Switches(delay_seconds=61), Switches(delay_seconds=-1), Switches(mode="magic", left=1)]
)
def test_what_cannot_be_is_refused(odd: Switches) -> None:
    with pytest.raises(ValueError, match=r"."):
        set_switches("991", odd)
    assert not StandInThing.objects.exists()
