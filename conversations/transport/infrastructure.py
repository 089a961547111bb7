"""Telling the database's own trouble from the trouble of one event."""

from django.db import InterfaceError, OperationalError, connection

# Deadlock, serialisation failure, lock not available: the same work may succeed at once.
PASSING = frozenset({"40P01", "40001", "55P03"})


def is_gone(problem: Exception) -> bool:
    """The connection is lost or could not be made: nobody's event is to blame."""
    if not isinstance(problem, OperationalError | InterfaceError):
        return False
    underneath = connection.connection
    return underneath is None or bool(underneath.closed)


def is_passing(problem: Exception) -> bool:
    """Two transactions got in each other's way."""
    return getattr(problem.__cause__, "sqlstate", None) in PASSING
