"""What claims and sources refer to: statuses, claimants, stories and outlets."""

from __future__ import annotations

from sqlite_utils import Database

from db.rows import Row, one, rows


def by_id(db: Database, noun: str, row_id: int) -> Row | None:
    """Give one row of a noun's table by its id."""
    return one(db, f"SELECT * FROM {noun} WHERE id = :id", {"id": row_id})


def statuses(db: Database) -> list[Row]:
    """Give the vocabulary of verification statuses, in its order."""
    return rows(db, "SELECT * FROM statuses ORDER BY id", {})


def status(db: Database, slug: str) -> Row | None:
    """Give a status by its slug."""
    return one(db, "SELECT * FROM statuses WHERE slug = :slug", {"slug": slug})


def claimant_named(db: Database, name_key: str, kind: str) -> Row | None:
    """Give a claimant by the key of the name and the kind."""
    return one(
        db,
        "SELECT * FROM claimants WHERE name_key = :name_key AND kind = :kind",
        {"name_key": name_key, "kind": kind},
    )


def story(db: Database, slug: str) -> Row | None:
    """Give a story by its slug."""
    return one(db, "SELECT * FROM stories WHERE slug = :slug", {"slug": slug})


def assessments_of(db: Database, outlet_id: int) -> list[Row]:
    """Give how reliable an outlet was found to be, in order of the days and then of the log."""
    return rows(
        db,
        """
        SELECT outlet_assessments.*, reviewers.name AS assessed_by_name
        FROM outlet_assessments JOIN reviewers ON reviewers.id = outlet_assessments.assessed_by
        WHERE outlet_id = :id ORDER BY assessed_on, outlet_assessments.seq
        """,
        {"id": outlet_id},
    )


def outlet_named(db: Database, name_key: str) -> Row | None:
    """Give an outlet by the key of its name."""
    return one(db, "SELECT * FROM outlets WHERE name_key = :name_key", {"name_key": name_key})
