"""What the desk keeps about itself."""

from __future__ import annotations

from sqlite_utils import Database


def cursor_key(db: Database) -> str:
    """Give the key by which cursors are signed; every worker has the same."""
    found = db.conn.execute("SELECT value FROM desk WHERE name = 'cursor_key'").fetchone()
    return str(found[0])


def noted(db: Database, name: str) -> str | None:
    """Give what was noted under a name; None on a new desk."""
    found = db.conn.execute("SELECT value FROM desk WHERE name = :name", {"name": name}).fetchone()
    return found[0] if found else None


def note(db: Database, name: str, value: str) -> None:
    """Note something under a name, in the place of what was noted before."""
    db.conn.execute(
        "INSERT INTO desk (name, value) VALUES (:name, :value) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


def shown_as_of_step(db: Database) -> str | None:
    """Give the step with which all texts were last brought up to date; None on a new desk."""
    return noted(db, "shown_as_of_step")


def note_shown_as_of_step(db: Database, step: str) -> None:
    """Note that all texts are as this step's version writes them."""
    note(db, "shown_as_of_step", step)
