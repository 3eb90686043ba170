"""Questions about the file itself: whether it can be written, how large it is, what it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlite_utils import Database


class TakenBack(Exception):
    """The write was possible, and nothing of it is to stay."""


def write_and_take_back(db: Database) -> None:
    """Change a row as any act would; to be run as an act.

    Raises:
        TakenBack: always, so that the transaction is undone.
    """
    db.conn.execute("UPDATE desk SET value = value WHERE name = 'cursor_key'")
    raise TakenBack


def claims_by_stage(db: Database) -> dict[str, int]:
    """Count the claims of each stage."""
    return dict(db.conn.execute("SELECT stage, count(*) FROM claims GROUP BY stage").fetchall())


def file_bytes(path: str) -> tuple[int, int]:
    """Give the bytes of the file and of its write-ahead log."""
    sizes = [each.stat().st_size if each.exists() else 0 for each in (Path(path), Path(f"{path}-wal"))]
    return sizes[0], sizes[1]


def free_bytes(path: str) -> int:
    """Give the bytes that are free on the disk that holds the file."""
    return shutil.disk_usage(Path(path).parent).free
