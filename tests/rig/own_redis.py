"""A Redis of one test's own, so that it may be emptied, and its queues hold nobody else's tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shopme.engines import redis as embedded_redis
from shopme.engines.home import Home
from shopme.engines.owner import engine_owner


def _quiet(_line: str) -> None:
    """Nobody reads the lines of a test's start."""


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """The address of a fresh Redis whose files lie in `folder`, a folder made by pytest; it ends with the block."""
    home = Home(folder / "redis-home", is_throwaway=True)
    home.make()
    state, engine = home.load(), embedded_redis.Redis(home, engine_owner())
    for above in (folder, folder.parent, folder.parent.parent):  # the engine may run as another user
        above.chmod(0o711)
    engine.start(state, say=_quiet)
    try:
        yield embedded_redis.url_of(state)
    finally:
        engine.stop()
