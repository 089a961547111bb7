"""Real worker processes, killed at bad moments."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest
from django.db import connection

from conversations.transport import wakeup
from conversations.transport.models import InboxEvent, Lane
from conversations.transport.splitting.inbox import NewEvent, put_events
from tenants.models import AuditEntry, Shop
from tests.rig.crews import working
from tests.transport.test_lanes import arrive, effects, states, until

pytestmark = [pytest.mark.load, pytest.mark.django_db(transaction=True)]


@contextmanager
def crew(handler: str, *, exit_code: int = 0, processes: int = 2, **environment: str) -> Iterator[psutil.Popen]:
    """Workers of this handler, which end as told."""
    with working("tests.transport.crew", handler, processes=processes, environment=environment) as supervisor:
        yield supervisor
    assert supervisor.returncode == exit_code


def crowd(*shops: Shop, people: int, steps: int) -> list[str]:
    keys = [f"{shop.pk}.{person}/{step:03}" for step in range(steps) for shop in shops for person in range(people)]
    by_id = {str(shop.pk): shop for shop in shops}
    put_events(
        [
            NewEvent(
                "1000001", key, "message", shop_id=by_id[key.split(".")[0]].pk, number_id=1, lane=key.split("/")[0]
            )
            for key in keys
        ]
    )
    wakeup.notify(wakeup.LANES)
    return keys


def assert_each_once_and_in_order(keys: list[str]) -> None:
    done = effects()
    assert Counter(done) == Counter(keys)
    by_person: dict[str, list[str]] = {}
    for key in done:
        by_person.setdefault(key.split("/")[0], []).append(key)
    assert all(theirs == sorted(theirs) for theirs in by_person.values())
    assert set(Lane.objects.values_list("pending", flat=True)) == {0}


def cut_all_connections() -> None:
    """As a restart of the server does; our own pool is given back first."""
    connection.close()
    connection.close_pool()
    with psycopg.connect(wakeup.own_conninfo("test"), autocommit=True) as server:
        server.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def none_ready() -> bool:
    return not InboxEvent.objects.filter(state="ready").exists()


def test_workers_killed_again_and_again_lose_nothing_and_double_nothing(amber: Shop, blue: Shop) -> None:
    chance = random.Random(7)
    with crew("slowly") as supervisor:
        keys = crowd(amber, blue, people=40, steps=10)
        kills = 0
        while not none_ready() and kills < 12:
            time.sleep(0.4)
            children = supervisor.children()
            if children and Lane.objects.filter(started_at__isnull=False).exists():
                chance.choice(children).send_signal(signal.SIGKILL)
                kills += 1
        until(none_ready)

    assert kills >= 3
    assert_each_once_and_in_order(keys)


def test_a_killed_supervisor_takes_its_children_along_and_another_goes_on(amber: Shop) -> None:
    with crew("slowly", exit_code=-signal.SIGKILL) as supervisor:
        keys = crowd(amber, people=20, steps=10)
        until(lambda: len(effects()) > 5)
        children = supervisor.children()
        supervisor.kill()
        assert psutil.wait_procs(children, timeout=25)[1] == []
    assert not none_ready()

    with crew("slowly"):
        until(none_ready)

    assert_each_once_and_in_order(keys)


def test_a_stop_finishes_the_turns_under_way(amber: Shop) -> None:
    keys = crowd(amber, people=200, steps=4)
    with crew("slowly"):
        until(lambda: len(effects()) > 10)

    assert Lane.objects.filter(started_at__isnull=False).count() == 0
    assert InboxEvent.objects.filter(state="done").count() == len(effects()) < len(keys)
    assert Lane.objects.filter(attempt__gt=0).count() == 0


def test_an_event_that_kills_its_process_leaves_its_neighbours_alone(amber: Shop, blue: Shop) -> None:
    arrive(amber, "c:bad", "poison")
    with crew("deadly"):
        until(lambda: (Lane.objects.get(pk="c:bad").attempt or 0) >= 2)
        keys = crowd(blue, people=20, steps=3)
        until(lambda: len(effects()) == len(keys))

    assert Counter(effects()) == Counter(keys)
    assert states()["poison"] == "ready"
    assert InboxEvent.objects.get(event_key="poison").attempts >= 1


def test_an_event_that_never_ends_is_ended_and_its_neighbours_are_served(amber: Shop, blue: Shop) -> None:
    arrive(amber, "c:bad", "poison")
    with crew("endless", processes=1, TURN_SECONDS="2"):
        until(lambda: Lane.objects.get(pk="c:bad").attempt >= 1)
        keys = crowd(blue, people=10, steps=2)
        until(lambda: len(effects()) == len(keys))
        until(lambda: InboxEvent.objects.get(event_key="poison").attempts >= 1)

    assert Counter(effects()) == Counter(keys)
    assert not AuditEntry.objects.filter(subject="poison").exists()


def test_a_lost_database_connection_is_found_again(amber: Shop) -> None:
    with crew("record"):
        first = crowd(amber, people=5, steps=2)
        until(none_ready)
        cut_all_connections()
        arrive(amber, "c:after", "after")
        wakeup.notify(wakeup.LANES)
        until(none_ready)

    assert Counter(effects()) == Counter([*first, "after"])
