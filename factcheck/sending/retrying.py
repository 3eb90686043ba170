"""When a message that could not be delivered is sent again, and when that ends."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=5)
# 5 s, 25 s, 2 min, 10 min, 52 min, and then every four hours.
GROWTH = 5
LONGEST_PAUSE = timedelta(hours=4)
# A quarter more or less, so that what failed together does not come again together.
JITTER = 0.25
GIVE_UP_AFTER = timedelta(days=3)


def pause(failures: int, chance: float) -> timedelta:
    """Give the time to wait after so many failures in a row.

    Args:
        failures: 1 or more.
        chance: evenly spread from 0 to 1.
    """
    # Beyond ten failures only the longest pause is left, and the power need not be worked out.
    grown: int = GROWTH ** (min(failures, 10) - 1)
    return min(FIRST_PAUSE * grown, LONGEST_PAUSE) * (1 - JITTER + 2 * JITTER * chance)


def next_try(failing_since: datetime, failed_at: datetime, failures: int, chance: float) -> datetime | None:
    """Give the moment of the next try, or None once it has failed for three days.

    The last try falls on the end of that time, however long the pause before it would be.
    """
    end = failing_since + GIVE_UP_AFTER
    if failed_at >= end:
        return None
    return min(failed_at + pause(failures, chance), end)
