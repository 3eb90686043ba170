"""What finds claims that say the same: each claim taken apart, and each stem's claims.

A stem's claims stand in rows of bytes; what those say is known to `factcheck.matching.postings`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlite_utils import Database

# A claim's number and a weight; see factcheck/matching/postings.py.
_BYTES_A_POSTING = 5


def seen_of(db: Database, claim_ids: Collection[int]) -> dict[int, str]:
    """Give claims as they were taken apart when they were last shown anew."""
    return dict(
        db.conn.execute(
            "SELECT claim_id, seen FROM match_claims WHERE claim_id IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps(list(claim_ids))},
        )
    )


def keep_seen(db: Database, seen: Mapping[int, str]) -> None:
    """Keep claims as they are taken apart."""
    db.conn.executemany(
        "INSERT INTO match_claims (claim_id, seen) VALUES (?, ?) "
        "ON CONFLICT (claim_id) DO UPDATE SET seen = excluded.seen",
        seen.items(),
    )


def newest_kept(db: Database) -> int:
    """Give the largest number of a claim that can be found; claims are numbered from 1 and stay."""
    return int(db.conn.execute("SELECT max(claim_id) FROM match_claims").fetchone()[0] or 0)


def row_for(db: Database, stem: str, claim_id: int) -> tuple[int, bytes] | None:
    """Give the name and the postings of the row in which a claim stands, if it has the stem."""
    found: tuple[int, bytes] | None = db.conn.execute(
        "SELECT first, postings FROM match_postings WHERE stem = ? AND first <= ? "
        "ORDER BY first DESC LIMIT 1",
        (stem, claim_id),
    ).fetchone()
    return found


def put_rows(db: Database, stem: str, rows: Iterable[tuple[int, bytes]]) -> None:
    """Write rows of a stem, in the place of those that have the same names."""
    db.conn.executemany(
        "INSERT INTO match_postings (stem, first, postings) VALUES (?, ?, ?) "
        "ON CONFLICT (stem, first) DO UPDATE SET postings = excluded.postings",
        ((stem, *row) for row in rows),
    )


def drop_row(db: Database, stem: str, first: int) -> None:
    """Take a row of a stem away."""
    db.conn.execute("DELETE FROM match_postings WHERE stem = ? AND first = ?", (stem, first))


def forget_all(db: Database) -> None:
    """Let go of everything that can be made anew of the claims' texts."""
    db.conn.execute("DELETE FROM match_postings")
    db.conn.execute("DELETE FROM match_claims")


def frequencies(db: Database, stems: Collection[str]) -> dict[str, int]:
    """Count the claims that have each of some stems; a stem that none has is left out."""
    # Asked for a length alone, SQLite reads no bytes.
    return dict(
        db.conn.execute(
            f"SELECT stem, sum(length(postings)) / {_BYTES_A_POSTING} FROM match_postings "
            "WHERE stem IN (SELECT value FROM json_each(:stems)) GROUP BY stem",
            {"stems": json.dumps(list(stems))},
        )
    )


def postings_of(db: Database, stem: str) -> Iterator[bytes]:
    """Give a stem's rows in their order."""
    for (row,) in db.conn.execute(
        "SELECT postings FROM match_postings WHERE stem = ? ORDER BY first", (stem,)
    ):
        yield row


def postings_kept(db: Database) -> int:
    """Count how often any claim has any stem."""
    found = db.conn.execute(f"SELECT sum(length(postings)) / {_BYTES_A_POSTING} FROM match_postings")
    return int(found.fetchone()[0] or 0)
