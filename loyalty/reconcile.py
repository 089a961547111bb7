"""What `manage.py reconcile` asks of this app."""

from collections.abc import Iterable

from loyalty.proof import prove


def findings() -> Iterable[str]:
    """Every difference between accounts, entries, lots, movements and purchases of the current shop."""
    yield from prove().findings
