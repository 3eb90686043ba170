"""The few statements that are alike for every table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

Row = dict[str, Any]


def one(db: Database, sql: str, values: Mapping[str, Any]) -> Row | None:
    """Give the first row of a question as a dictionary, or None."""
    return next(iter(rows(db, sql, values)), None)


def rows(db: Database, sql: str, values: Mapping[str, Any]) -> list[Row]:
    """Give all rows of a question as dictionaries.

    Asked of the connection itself: sqlite-utils' query opens a savepoint each time.
    """
    cursor = db.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
    """Add a row and give its id.

    Written out because sqlite-utils' own insert looks at the schema each time and
    costs twelve times as much, on the path of every write.
    """
    return db.conn.execute(_insert_sql(table, tuple(row)), dict(row)).lastrowid or 0


def update(db: Database, table: str, row_id: int, changes: Mapping[str, Any]) -> None:
    """Change columns of the row with this id."""
    if changes:
        sql = f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in changes)} WHERE id = :id"
        db.conn.execute(sql, {**changes, "id": row_id})


@contextmanager
def cache_of(db: Database, kilobytes: int) -> Iterator[None]:
    """Let a connection keep so much of the file in memory for a while."""
    usual = db.conn.execute("PRAGMA cache_size").fetchone()[0]
    db.conn.execute(f"PRAGMA cache_size = -{kilobytes}")
    try:
        yield
    finally:
        # A connection that was closed meanwhile keeps nothing.
        with suppress(sqlite3.ProgrammingError):
            db.conn.execute(f"PRAGMA cache_size = {usual}")


@lru_cache(maxsize=128)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in columns)})"
