"""What is done once a transaction has committed, and may fail without harm: hints, copies, news."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

log = logging.getLogger(__name__)


def after_commit(act: Callable[..., Any], *args: Any) -> None:
    """Call `act(*args)` after the current transaction, at once outside of one; a failure is logged and goes no further.

    The same call asked for twice in one transaction is made once. Django's own `on_commit(robust=True)` takes plain
    functions only: of a partial or an object that fails it asks the `__qualname__` it has not, and raises that at a
    caller whose work is already committed.
    """
    later = _Later(act, args)
    if connection.in_atomic_block and any(waiting[1] == later for waiting in connection.run_on_commit):
        return
    transaction.on_commit(later)


@dataclass(frozen=True, slots=True)
class _Later:
    act: Callable[..., Any]
    args: tuple[Any, ...]

    def __call__(self) -> None:
        try:
            self.act(*self.args)
        except Exception:
            log.exception("after the commit, %r failed", self.act)
