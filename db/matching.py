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


def rows_for(db: Database, wanted: Mapping[str, int]) -> dict[str, tuple[int, bytes]]:
    """Give, for stems and a claim of each, the name and the postings of the row in which it stands.

    A stem is left out where no row may hold its claim.
    """
    found = db.conn.execute(
        """
        SELECT stem, first, postings
        FROM json_each(:wanted) AS wanted CROSS JOIN match_postings
        ON stem = wanted.value ->> 0 AND first = (
            SELECT max(first) FROM match_postings
            WHERE stem = wanted.value ->> 0 AND first <= wanted.value ->> 1
        )
        """,
        {"wanted": json.dumps(list(wanted.items()), ensure_ascii=False)},
    )
    return {stem: (first, postings) for stem, first, postings in found}


def put_rows(db: Database, rows: Iterable[tuple[str, int, bytes]]) -> None:
    """Write rows, each with its stem and name, in the place of those that have the same."""
    db.conn.executemany(
        "INSERT INTO match_postings (stem, first, postings) VALUES (?, ?, ?) "
        "ON CONFLICT (stem, first) DO UPDATE SET postings = excluded.postings",
        rows,
    )


def drop_rows(db: Database, rows: Iterable[tuple[str, int]]) -> None:
    """Take rows away, each given by its stem and name."""
    db.conn.executemany("DELETE FROM match_postings WHERE stem = ? AND first = ?", rows)


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
