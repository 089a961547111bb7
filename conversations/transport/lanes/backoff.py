"""When to try again: eight times over about a day, spread so that many do not come back at once."""

import random

DELAYS_SECONDS = (1, 5, 30, 120, 600, 3_600, 21_600, 57_600)
MOST_RETRIES = len(DELAYS_SECONDS)
SPREAD = 0.2


def delay_after(failures: int) -> float:
    """Seconds to wait after the `failures`-th failure (from 1), plus or minus a fifth."""
    base = DELAYS_SECONDS[min(max(failures, 1), MOST_RETRIES) - 1]
    return base * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  (spreading load, not a secret)
