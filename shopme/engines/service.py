"""Start, join, stop and describe the engines of one home."""

import os
from dataclasses import dataclass

from shopme.engines import postgres, redis
from shopme.engines.errors import EngineProblem
from shopme.engines.home import Home, Say
from shopme.engines.owner import Owner, engine_owner, open_the_way


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the engines are: the given servers, or our own."""

    database_url: str
    redis_url: str

    def as_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def start(home: Home, *, say: Say, is_kept: bool = False) -> Addresses:
    """Bring up what is not given from outside, or join what runs here already.

    Two starts at once wait for each other; the second joins. Raises EngineProblem with what to do.
    """
    given = given_addresses()
    _check_given(given)
    if given.database_url and given.redis_url:
        return given
    home.make()
    with home.locked(say=say):
        owner = engine_owner()
        if owner.is_other:
            open_the_way(home.folder, say=say)
        return _start_missing(home, owner, given, is_kept=is_kept, say=say)


def revive(home: Home, *, say: Say) -> bool:
    """Start again, at their places, engines of ours that were killed; false when none was. Never raises.

    What cannot be started is said, and tried again with the next call.
    """
    owner = engine_owner()
    was_killed = {
        "Postgres": postgres.Postgres(home, owner).was_killed(),
        "Redis": redis.Redis(home, owner).was_killed(),
    }
    killed = [name for name in was_killed if was_killed[name]]
    if not killed:
        return False
    say(f"The embedded {' and '.join(killed)} died; starting again.")
    before = home.load()
    try:
        start(home, say=say)
    except EngineProblem as problem:
        say(str(problem))
    else:
        after = home.load()
        if (before.postgres_port, before.redis_port) != (after.postgres_port, after.redis_port):
            say("Its port was taken in the meantime: stop this command and start it again.")
    return True


def stop(home: Home, *, say: Say) -> bool:
    """Shut down the engines of this home; false when none ran."""
    if not home.folder.exists():
        return False
    home.check()
    with home.locked(say=say):
        owner = engine_owner()
        engines = [engine for engine in (redis.Redis(home, owner), postgres.Postgres(home, owner)) if engine.pid()]
        for engine in engines:
            engine.stop()
        state = home.load()
        if state.is_kept:
            state.is_kept = False
            home.save(state)
    return bool(engines)


def addresses(home: Home) -> Addresses | None:
    """Where the engines of this home are, or nothing when one does not run."""
    given = given_addresses()
    if home.folder.exists():
        home.check()
    state, owner = home.load(), Owner(os.geteuid(), os.getegid(), is_other=False)
    if not (given.database_url or postgres.Postgres(home, owner).pid()):
        return None
    if not (given.redis_url or redis.Redis(home, owner).pid()):
        return None
    return Addresses(given.database_url or postgres.url_of(state), given.redis_url or redis.url_of(state))


def given_addresses() -> Addresses:
    """What DATABASE_URL and REDIS_URL say; an empty text stands for "ours"."""
    return Addresses(os.environ.get("DATABASE_URL", "").strip(), os.environ.get("REDIS_URL", "").strip())


def _check_given(given: Addresses) -> None:
    if given.database_url:
        postgres.ensure_database(given.database_url)
    if given.redis_url and not redis.answers(given.redis_url):
        raise EngineProblem("The Redis of REDIS_URL does not answer.")


def _start_missing(home: Home, owner: Owner, given: Addresses, *, is_kept: bool, say: Say) -> Addresses:
    state = home.load()
    home.save(state)
    if not given.database_url:
        postgres.Postgres(home, owner).start(state, say=say)
        home.save(state)
    if not given.redis_url:
        redis.Redis(home, owner).start(state, say=say)
    state.is_kept = state.is_kept or is_kept
    home.save(state)
    return Addresses(given.database_url or postgres.url_of(state), given.redis_url or redis.url_of(state))
