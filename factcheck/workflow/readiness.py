"""Whether the desk can do its work: what must be as it should be before anybody writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from db import DatabaseError, Desk, faults, health, log
from db.migrations import WrongFile, pending
from factcheck.errors import DeskError
from factcheck.settings import Settings

# An outcome is given again for this long, so that asking often does not keep writers waiting.
KEPT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 0.5
CLOCK_TOLERANCE_SECONDS = 5


class Readiness:
    """The checks, made when somebody asks and at most once a second."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._settings = desk, settings
        self._lock = threading.Lock()
        self._found: dict[str, str | None] = {}
        self._until = 0.0

    def checks(self) -> dict[str, str | None]:
        """Say of each check what has to be done, or None where all is well.

        One caller makes the checks; those who come meanwhile are told what was found before.
        """
        if self._lock.acquire(blocking=not self._found):
            try:
                if time.monotonic() >= self._until:
                    self._found = self._made()
                    self._until = time.monotonic() + KEPT_SECONDS
            finally:
                self._lock.release()
        return self._found

    def _made(self) -> dict[str, str | None]:
        checks: dict[str, Callable[[], str | None]] = {
            "database": partial(_database, self._desk),
            "disk": partial(_disk, self._desk, self._settings.least_free),
            "migrations": partial(_migrations, self._desk),
            "clock": partial(_clock, self._desk),
        }
        return {name: _answered(check) for name, check in checks.items()}


def _answered(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except DeskError as error:
        return error.detail
    except DatabaseError as fault:
        known = faults.meaning(fault)
        return known.detail if known else "The database does not answer. Look at the log of the server."
    except OSError as fault:
        return f"The folder of the database can't be read: {fault.strerror}."


def _database(desk: Desk) -> str | None:
    try:
        desk.write(health.write_and_take_back, wait=LONGEST_WAIT_SECONDS)
    except health.TakenBack:
        return None
    return "A write could not be taken back."


def _disk(desk: Desk, least: int) -> str | None:
    if health.free_bytes(desk.path) >= least:
        return None
    return f"Fewer than {least} bytes are free on the disk of the database. Free some."


def _migrations(desk: Desk) -> str | None:
    try:
        steps = pending(desk.db)
    except WrongFile as fault:
        return str(fault)
    return "The file is older than this version. Run `flask migrate`." if steps else None


def _clock(desk: Desk) -> str | None:
    newest = log.head(desk.db).at
    ahead = (datetime.fromisoformat(newest) - datetime.now(UTC)).total_seconds() if newest else 0.0
    if ahead <= CLOCK_TOLERANCE_SECONDS:
        return None
    return f"The clock is {ahead:.0f} seconds behind the newest line of the log. Set it right."
