"""The processes behind `work_lanes`: a supervisor that touches no database, and children that do the work.

Every child can do everything: lanes, splitting, sending, sweeping. A child that dies is replaced at once, and what it
had in hand is given back by its successor.
"""

import ctypes
import multiprocessing
import os
import resource
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from uuid import uuid4

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, connection, connections

from conversations.transport import delivery, splitter, wakeup
from conversations.transport.lanes.handling import Handler
from conversations.transport.lanes.lane_worker import LaneWorker
from conversations.transport.processes import sweeper
from conversations.transport.sending.glances import run_glances
from conversations.transport.sending.sender import run_sender

SPLIT_POLL_SECONDS = 1.0
STANDBY_POLL_SECONDS = 3.0
SWEEP_SECONDS = 15.0
RECLAIM_SECONDS = 5.0
SCRUB_SECONDS = 3_600.0
TURN_SECONDS = 30.0
LAST_WORDS_SECONDS = 3.0
MOST_RESIDENT_OCTETS = 1_500 * 1024 * 1024
MOST_DATA_OCTETS = 3 * 1024**3
STOP_SECONDS = 25.0
LONGEST_RESTART_PAUSE = 5.0
EXIT_STUCK = 75
EXIT_LARGE = 76
PR_SET_PDEATHSIG = 1

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Place:
    """One child's place: who sits there, who sat there before, and how often in a row it died young."""

    index: int
    holder: str = ""
    former: str = ""
    process: ForkProcess | None = None
    started: float = 0.0
    early_deaths: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps `processes` children running until SIGTERM or SIGINT."""

    handler: Handler
    processes: int
    threads: int
    senders: int = 8
    _stop: bool = field(default=False, init=False)
    _newest_stop: threading.Event = field(default_factory=threading.Event, init=False)

    def run(self) -> None:
        """Block until told to stop; children finish their turns first."""
        connections.close_all()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        places = [_Place(index) for index in range(self.processes)]
        while not self._stop:
            for place in places:
                self._see_to(place)
            wait([place.process.sentinel for place in places if place.process], timeout=0.5)
        self._end(places)

    def _on_signal(self, _number: int, _frame: object) -> None:
        """Also what a child hears before it listens for itself: it holds a copy of the newest child's `stop`."""
        self._stop = True
        set_soon(self._newest_stop)

    def _see_to(self, place: _Place) -> None:
        if place.process is not None:
            if place.process.is_alive():
                return
            self._note_death(place)
        if time.monotonic() >= place.not_before:
            self._start(place)

    def _note_death(self, place: _Place) -> None:
        code = place.process.exitcode if place.process else None
        young = time.monotonic() - place.started < 10
        place.early_deaths = place.early_deaths + 1 if young else 0
        pause = min(LONGEST_RESTART_PAUSE, 0.2 * 2 ** min(place.early_deaths, 6)) if place.early_deaths > 2 else 0.0
        place.not_before = time.monotonic() + pause
        place.process = None
        log.warning("lane_process_died", place=place.index, exit_code=code, restart_in=pause)

    def _start(self, place: _Place) -> None:
        place.former, place.holder = place.holder, uuid4().hex
        place.started = time.monotonic()
        self._newest_stop = threading.Event()
        child = Child(
            self.handler,
            self.threads,
            self.senders,
            holder=place.holder,
            former=place.former,
            splits_first=place.index == 0,
            stop=self._newest_stop,
        )
        place.process = multiprocessing.get_context("fork").Process(target=child.run, name=f"lanes-{place.index}")
        place.process.start()

    def _end(self, places: list[_Place]) -> None:
        alive = [place.process for place in places if place.process and place.process.is_alive()]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in alive:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                log.error("lane_process_killed", pid=process.pid)
                process.kill()


@dataclass(slots=True)
class Child:
    """One working process."""

    handler: Handler
    threads: int
    senders: int
    holder: str
    former: str
    splits_first: bool
    stop: threading.Event

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or the supervisor's death."""
        stop = self.stop
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: set_soon(stop))
        _die_with_parent()
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA_OCTETS, resource.RLIM_INFINITY))
        settings.DEBUG = False  # under DEBUG Django keeps the last thousands of queries of every connection
        _size_pool(self.threads + self.senders + 9)
        worker = LaneWorker(self.handler, threads=self.threads, holder=self.holder, former_holder=self.former)
        poll = SPLIT_POLL_SECONDS if self.splits_first else STANDBY_POLL_SECONDS
        helpers = start_helpers(stop, senders=self.senders, poll=poll, listens=self.splits_first)
        threading.Thread(target=watch, args=[worker, stop], name="watchdog", daemon=True).start()
        worker.run(stop)
        for thread in helpers:
            thread.join(LAST_WORDS_SECONDS)
        connections.close_all()


def start_helpers(stop: threading.Event, *, senders: int, poll: float, listens: bool) -> list[threading.Thread]:
    """The splitter's, the sender's and the sweeper's thread of a process."""
    threads = [
        threading.Thread(target=run_splitter, args=[stop, poll, listens], name="splitter", daemon=True),
        threading.Thread(target=run_sweeper, args=[stop], name="sweeper", daemon=True),
    ]
    if senders:
        threads.append(threading.Thread(target=run_sender, args=[stop, senders], name="sender", daemon=True))
        threads.append(threading.Thread(target=run_glances, args=[stop], name="glances", daemon=True))
    for thread in threads:
        thread.start()
    return threads


def run_splitter(stop: threading.Event, poll: float = SPLIT_POLL_SECONDS, listens: bool = True) -> None:
    """Split whatever is kept, woken by each commit of the edge; a standby only looks from time to time."""
    rounds = wakeup.Rounds()
    while not stop.is_set():
        try:
            with wakeup.listen("shopme-splitter", *([wakeup.INBOUND] if listens else [])) as listener:
                while not stop.is_set():
                    rounds.gather()
                    taken = splitter.split_waiting(looks_again=not listens)
                    rounds.found(taken.bodies, late=taken.late)
                    for _ in listener.notifies(timeout=poll, stop_after=1):
                        pass
        except (psycopg.Error, DatabaseError, OSError) as problem:
            log.warning("splitter_without_database", reason=type(problem).__name__)
            connection.close()
            stop.wait(1.0)
        except Exception:
            log.exception("splitter_broke")
            stop.wait(1.0)
    connection.close()


def run_sweeper(stop: threading.Event) -> None:
    """Take up dead sends every 5 seconds, sweep every 15 and scrub every hour, without Redis."""
    next_sweep = time.monotonic() + SWEEP_SECONDS
    next_scrub = time.monotonic() + SCRUB_SECONDS
    while not stop.wait(RECLAIM_SECONDS):
        try:
            delivery.reclaim()
            if time.monotonic() > next_sweep:
                next_sweep = time.monotonic() + SWEEP_SECONDS
                sweeper.sweep()
            if time.monotonic() > next_scrub:
                next_scrub = time.monotonic() + SCRUB_SECONDS
                sweeper.scrub()
        except (DatabaseError, OSError) as problem:
            log.warning("sweeper_without_database", reason=type(problem).__name__)
        except Exception:
            log.exception("sweeper_broke")
        finally:
            connection.close()


def watch(worker: LaneWorker, stop: threading.Event) -> None:
    """End a process in which a turn hangs or memory runs away; the supervisor replaces it, and the attempt counts."""
    while not stop.wait(1.0):
        now = time.monotonic()
        stuck = [turn for turn in list(worker.turns.values()) if now - turn.since > TURN_SECONDS]
        if stuck:
            log.critical("turn_stuck", shop_ids=[turn.claim.shop_id for turn in stuck])
            stop.set()
            _wait_for_others(worker, stuck=len(stuck))
            os._exit(EXIT_STUCK)
        if (octets := _resident_octets()) > MOST_RESIDENT_OCTETS:
            log.critical("lane_process_too_large", octets=octets)
            stop.set()
            # Whoever eats it may not come to an end by itself; the others are given their moment.
            _wait_for_others(worker, stuck=1)
            os._exit(EXIT_LARGE)


def _wait_for_others(worker: LaneWorker, *, stuck: int) -> None:
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    while len(worker.turns) > stuck and time.monotonic() < deadline:
        time.sleep(0.05)


def _resident_octets() -> int:
    with open("/proc/self/statm") as pages:  # noqa: PTH123  (a kernel file, read every second)
        return int(pages.read().split()[1]) * resource.getpagesize()


def set_soon(event: threading.Event) -> None:
    """Set an event from a signal handler, whose thread may hold the event's own lock at that very moment."""
    threading.Thread(target=event.set, daemon=True).start()


def _die_with_parent() -> None:
    """Ask the kernel to stop us when the supervisor is gone, however it went."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        log.info("no_parent_death_signal")


def _size_pool(connections_needed: int) -> None:
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]
    pool["max_size"] = max(pool["max_size"], connections_needed)
