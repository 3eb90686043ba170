"""The whole desk, table by table, to be carried to another file and be the same there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Final

from sqlite_utils import Database

from db import log
from db.rows import Row, cache_of, rows
from factcheck.errors import Conflict, Invalid

# What stays with the file: how it is kept, its keys, what was answered in it, and what follows from the rest.
_STAY: Final = ("desk", "hook_secrets", "replies", "claim_search", "match_", "sqlite_", "_sqlite_")
# What nobody may carry away, and what stands in its place where it is carried to: a hash that no
# token has.
_SECRET: Final[dict[str, dict[str, str]]] = {
    "tokens": {"sha256": "lower(hex(randomblob(32)))"},
}


def tables(db: Database) -> list[str]:
    """Give the tables that make the desk, each after those that its rows refer to."""
    named = rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", {})
    found: dict[str, None] = {}

    def place(table: str) -> None:
        if table in found or table.startswith(_STAY):
            return
        for referred in sorted({row["table"] for row in rows(db, f"PRAGMA foreign_key_list({table})", {})}):
            if referred != table:
                place(referred)
        found[table] = None

    for row in named:
        place(row["name"])
    return list(found)


def columns(db: Database, table: str) -> tuple[str, ...]:
    """Give a table's columns but for those that hold secrets."""
    named = rows(db, f"PRAGMA table_info({table})", {})
    return tuple(row["name"] for row in named if row["name"] not in _SECRET.get(table, {}))


def _of_bytes(db: Database, table: str) -> tuple[str, ...]:
    """Give the columns of a table that hold bytes, which a line of JSON carries in base64."""
    return tuple(row["name"] for row in rows(db, f"PRAGMA table_info({table})", {}) if row["type"] == "BLOB")


def count(db: Database, table: str) -> int:
    """Count a table's rows."""
    return int(db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def rows_of(db: Database, table: str) -> Iterator[Row]:
    """Walk a table's rows in the order of its key, without secrets."""
    names, of_bytes = columns(db, table), _of_bytes(db, table)
    # Such as its number, or a claim's number and a place in its chain.
    by_key = sorted(rows(db, f"PRAGMA table_info({table})", {}), key=lambda row: row["pk"])
    order = ", ".join(row["name"] for row in by_key if row["pk"])
    for row in db.conn.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}"):
        content = dict(zip(names, row, strict=True))
        for name in of_bytes:
            content[name] = base64.b64encode(content[name]).decode()
        yield content


def fill(db: Database, coming: Iterable[tuple[str, Row]]) -> dict[str, int]:
    """Put the rows of a whole desk into a new one, in the transaction under way.

    Args:
        coming: table and row; all rows of a table one after the other, and each
            table after those that its rows refer to.

    Returns:
        How many rows each table got.

    Raises:
        Conflict: the desk is not new.
        Invalid: a table or a column is unknown here.
    """
    _refuse_used_desk(db)
    # The pages of the indexes are written here and there, and a small cache would write each many times.
    with cache_of(db, 65_536), _as_if_new(db):
        known = tables(db)
        for table in reversed(known):
            db.conn.execute(f"DELETE FROM {table}")
        filled: dict[str, int] = dict.fromkeys(known, 0)
        for table, those in groupby(coming, key=lambda each: each[0]):
            if table not in filled:
                raise Invalid(f"There is no table {table:.60} here. Which version wrote this file?")
            filled[table] += _fill_table(db, table, (row for _, row in those))
    return filled


def _refuse_used_desk(db: Database) -> None:
    if not log.is_untouched(db):
        raise Conflict(
            "A whole desk is imported into a new one only, and something was done at this one. "
            "Name a file that is not there yet, by FACTCHECK_DATABASE."
        )


def _fill_table(db: Database, table: str, those: Iterator[Row]) -> int:
    names, secret, of_bytes = columns(db, table), _SECRET.get(table, {}), _of_bytes(db, table)
    values = ", ".join((*(f":{name}" for name in names), *secret.values()))
    sql = f"INSERT INTO {table} ({', '.join((*names, *secret))}) VALUES ({values})"

    def checked() -> Iterator[Mapping[str, Any]]:
        for row in those:
            if row.keys() != set(names):
                raise Invalid(f"A row of {table} has other columns than here. Which version wrote this file?")
            yield {**row, **{name: _decoded(table, row[name]) for name in of_bytes}} if of_bytes else row

    return int(db.conn.executemany(sql, checked()).rowcount)


def _decoded(table: str, text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Invalid(f"The bytes of a row of {table} are not in base64. Export it anew.") from None


@contextmanager
def _as_if_new(db: Database) -> Iterator[None]:
    """Take away what forbids removing rows, and indexes, which are quicker made of what is there."""
    made = rows(
        db,
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL",
        {},
    )
    for each in made:
        db.conn.execute(f"DROP {each['type']} {each['name']}")
    yield
    for each in made:
        db.conn.execute(each["sql"])
