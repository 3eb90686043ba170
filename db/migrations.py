"""The path from an empty file to today's tables, one numbered step after another.

Each step is a module of `db/steps` with a function `take`. A step that has landed is
never edited; a change is a new step. sqlite-utils keeps, in the file, which steps were
taken.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database, Migrations

from db.steps import desk, evidence, hooks, matching, replies, time_and_trust
from db.steps.desk import APPLICATION_ID

steps = Migrations("factcheck")
steps(name="0001_desk")(desk.take)
steps(name="0002_time_and_trust")(time_and_trust.take)
steps(name="0003_replies")(replies.take)
steps(name="0004_hooks")(hooks.take)
steps(name="0005_evidence")(evidence.take)
steps(name="0006_matching")(matching.take)


class WrongFile(RuntimeError):
    """The file is not one that this version of the desk can use; the message says why."""


def migrate(db: Database) -> list[str]:
    """Bring the file up to date; safe when several processes do so at once.

    Returns:
        The names of the steps taken.

    Raises:
        WrongFile: it belongs to another program or to a newer version of the desk.
    """
    _refuse_foreign_file(db)
    missing = pending(db)
    # A copy made by VACUUM INTO has lost the mode in which readers never wait for a writer.
    if missing or db.conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _switch_to_wal(db)
    if not missing:
        return []
    # The library's own transactions become savepoints in this one, which other
    # processes wait for; whoever comes second finds nothing left to do.
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        missing = pending(db)
        steps.apply(db)
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise
    return missing


def newest_step() -> str:
    """Name the step that brings a file to today's tables."""
    return str(steps.pending(Database(memory=True))[-1].name)


def pending(db: Database) -> list[str]:
    """Name the steps that the file has not taken yet.

    Raises:
        WrongFile: it was written by a newer version.
    """
    known = {step.name for step in steps.pending(Database(memory=True))}
    newer = sorted({step.name for step in steps.applied(db)} - known)
    if newer:
        raise WrongFile(
            f"This file was written by a newer version of factcheck (it has {newer[-1]}). "
            "Install that version, or open a copy made before the upgrade."
        )
    return [step.name for step in steps.pending(db)]


@contextmanager
def not_a_database_refused() -> Iterator[None]:
    """Say in plain words that a file is something else.

    Raises:
        WrongFile: SQLite can't read it.
    """
    try:
        yield
    except sqlite3.DatabaseError as fault:
        if getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise WrongFile("This file is not an SQLite database. Name another one.") from None
        raise


def _refuse_foreign_file(db: Database) -> None:
    # Tables and mark come in one commit: asked for in this order, tables of ours have their mark.
    tables = db.conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    found = db.conn.execute("PRAGMA application_id").fetchone()[0]
    if tables and found != APPLICATION_ID:
        raise WrongFile("This SQLite file belongs to another program. Name another one.")


def _switch_to_wal(db: Database) -> None:
    # The switch ignores the busy timeout, so two first starts can meet here.
    until = time.monotonic() + 10
    while True:
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
