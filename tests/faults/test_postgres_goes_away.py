"""Postgres torn down under load: what was acknowledged is there, the rest was told to come again, work goes on."""

import asyncio
import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopme.engines import postgres
from shopme.engines.home import Home, State
from shopme.engines.owner import engine_owner
from tests.rig import meta
from tests.rig.caller import Caller, open_loop
from tests.rig.graph import Graph
from tests.rig.stage import Stage, staged

pytestmark = pytest.mark.load

PER_SECOND, SECONDS = 150, 12
BACK_TO_WORK_SECONDS = 15


class OwnPostgres:
    """A durable Postgres of the test's own, which may be torn down."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "postgres-home")
        self.home.make()
        self.state: State = self.home.load()
        self.engine = postgres.Postgres(self.home, engine_owner())
        for above in (folder, folder.parent, folder.parent.parent):  # the engine may run as another user
            above.chmod(0o711)
        self.start()

    def start(self) -> None:
        self.engine.start(self.state, say=lambda _line: None)

    def tear_down(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, no good-byes."""
        pid = self.engine.pid()
        assert pid, "the engine does not run"
        os.kill(pid, signal.SIGQUIT)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnPostgres]:
    server = OwnPostgres(tmp_path)
    yield server
    server.engine.stop()


@pytest.fixture
def stage(tmp_path: Path, server: OwnPostgres) -> Iterator[Stage]:
    graph = Graph(seconds=0.02).start()
    with staged(tmp_path, graph_url=graph.url, database_url=postgres.url_of(server.state)) as stage:
        yield stage
    graph.stop()


def test_what_was_acknowledged_is_kept_and_the_workers_come_back(stage: Stage, server: OwnPostgres) -> None:
    shops = stage.build(shops=2)
    posts = [
        meta.text(shops[place % 2].line, meta.Person(f"27830{place % 60:06d}"), "menu")
        for place in range(PER_SECOND * SECONDS)
    ]
    stage.start_edge()
    stage.start_lanes()
    returned: list[float] = []

    def come_back() -> None:
        server.start()
        returned.append(time.monotonic())

    faults = [threading.Timer(SECONDS / 4, server.tear_down), threading.Timer(SECONDS / 2, come_back)]
    for fault in faults:
        fault.start()
    answers = asyncio.run(open_loop(Caller(stage.port), posts, per_second=PER_SECOND))
    for fault in faults:
        fault.join()

    statuses = {answer.status for answer in answers}
    assert statuses == {200, 503}, stage.tail("edge")
    kept = {bytes(digest) for (digest,) in stage.ask("SELECT body_sha256 FROM transport_webhookraw")}
    acknowledged = {
        hashlib.sha256(post.body).digest() for post, answer in zip(posts, answers, strict=True) if answer.status == 200
    }
    assert acknowledged - kept == set()
    refusals = [answer.answered_at - answer.asked_at for answer in answers if answer.status == 503]
    assert max(refusals) < 2

    finished = _all_done(stage)
    assert finished - max(returned[0], answers[-1].answered_at) < BACK_TO_WORK_SECONDS + len(kept) / 50, stage.tail(
        "lanes"
    )
    doubled = stage.ask("SELECT event_key FROM transport_inboxevent GROUP BY scope, event_key HAVING count(*) > 1")
    assert doubled == []
    assert stage.ask("SELECT count(*) FROM transport_inboxevent WHERE kind = 'message'") == [(len(kept),)]


def _all_done(stage: Stage) -> float:
    """The moment nothing was waiting any more."""
    deadline = time.monotonic() + 120
    waiting = (
        "SELECT (SELECT count(*) FROM transport_webhookraw WHERE state = 'new')"
        " + (SELECT count(*) FROM transport_inboxevent WHERE kind = 'message' AND state <> 'done')"
    )
    while stage.ask(waiting) != [(0,)]:
        assert time.monotonic() < deadline, stage.tail("lanes")
        time.sleep(0.2)
    return time.monotonic()
