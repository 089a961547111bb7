"""Two people, two tabs or a double click: checks of one number that overlap."""

from typing import Any

import pytest
from django.test import Client

from conversations.transport.models import NumberSetup
from conversations.transport.numbers import number_checks, number_setup
from conversations.transport.numbers.number_checks import Found, Subject
from tenants.models import User, WhatsAppNumber
from tests.dashboard.test_numbers import admin, begin, check, graph  # noqa: F401
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db


def test_the_last_proof_asked_twice_makes_one_number_that_still_needs_its_checks(
    graph: FakeGraph,  # noqa: F811
    admin: Client,  # noqa: F811
) -> None:
    setup = begin(admin)
    for name in ("token", "number"):
        check(admin, setup, name)
    stale = NumberSetup.objects.get(pk=setup.pk)
    assert check(admin, setup, "account")[0] == "passed"

    found = number_setup.run_check(setup=stale, name="account", actor=User.objects.earliest("id"))
    assert found.state == "passed"
    number, row = WhatsAppNumber.objects.get(), NumberSetup.objects.get()
    assert (row.number_id, row.access_token, row.app_secret) == (number.pk, "", "")
    assert number_setup.is_unproven(number.pk)
    admin.post(f"/settings/numbers/{number.pk}/on/")
    assert not WhatsAppNumber.objects.get().is_active


def test_a_slow_check_leaves_what_another_found_meanwhile(
    graph: FakeGraph,  # noqa: F811
    admin: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setup = begin(admin)
    looked = number_checks.by_name(setup)["token"].look

    def slowly(about: Subject) -> Found:
        check(admin, NumberSetup.objects.get(pk=setup.pk), "number")
        return looked(about)

    spec = number_checks.by_name(setup)["token"]
    monkeypatch.setattr(number_checks, "_TOKEN", type(spec)("token", spec.title, slowly, proves=True))
    number_setup.run_check(setup=setup, name="token", actor=User.objects.earliest("id"))
    kept = NumberSetup.objects.get()
    assert {name: found["state"] for name, found in kept.checks.items()} == {"token": "passed", "number": "passed"}
    assert kept.phone == "+27110001000"


def test_a_number_given_up_meanwhile_stays_given_up(graph: FakeGraph, admin: Client) -> None:  # noqa: F811
    setup = begin(admin)
    stale = NumberSetup.objects.get(pk=setup.pk)
    admin.post(f"/settings/numbers/setup/{setup.pk}/drop/")
    with pytest.raises(number_setup.NoSuchSetup):
        number_setup.run_check(setup=stale, name="token", actor=User.objects.earliest("id"))
    assert not NumberSetup.objects.exists()


def test_a_number_given_up_before_it_is_made_is_said_to_be_gone(
    graph: FakeGraph,  # noqa: F811
    admin: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setup = begin(admin)
    kept = number_setup._keep

    def keep_and_give_up(setup_id: int, *answer: Any) -> None:
        kept(setup_id, *answer)
        number_setup.give_up(setup=NumberSetup.objects.get(pk=setup_id), actor=User.objects.earliest("id"))

    monkeypatch.setattr(number_setup, "_keep", keep_and_give_up)
    assert admin.post(f"/settings/numbers/setup/{setup.pk}/check/token/").status_code == 404
    assert not NumberSetup.objects.exists()
    assert not WhatsAppNumber.objects.exists()
