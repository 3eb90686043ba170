"""How a new desk begins: the first line of its log holds its vocabulary."""

from __future__ import annotations

from db import Database, Desk, log
from factcheck.dates import now
from factcheck.settings import Settings
from factcheck.workflow.acting import THE_DESK, Act, Call
from factcheck.workflow.statuses import found_desk


def found_if_new(desk: Desk, settings: Settings) -> None:
    """Open the log of a desk that has none; safe when several processes start at once."""
    if log.head_seq(desk.db):
        return

    def found(db: Database) -> None:
        if log.head_seq(db) == 0:
            found_desk(Act(db, Call(THE_DESK, now()), settings, log.next_seq(db)))

    desk.write(found)
