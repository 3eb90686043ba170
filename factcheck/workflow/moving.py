"""How a whole desk leaves one file and comes to be, the same, in another.

The first line tells what it is, how much of it there is, and the head of its log; then comes
every row of every table. Secrets stay behind: tokens come along as records of who had one,
and open nothing any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from db import Database, claims, log, whole
from db.migrations import newest_step
from db.rows import Row
from factcheck.errors import Conflict, Invalid
from factcheck.workflow import indexing
from factcheck.workflow.checking import faults
from factcheck.workflow.rendering import as_json, search_columns
from factcheck.workflow.verifying import Progress

FORMAT: Final = "factcheck-desk"
VERSION: Final = 1
_ROWS_A_STEP = 1000


def exported(db: Database, progress: Progress) -> Iterator[str]:
    """Write a desk line by line.

    Args:
        db: in one transaction, so that all of it is the same moment.
    """
    counts = {table: whole.count(db, table) for table in whole.tables(db)}
    head = log.head(db)
    yield as_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "step": newest_step(),
            "head": {"seq": head.seq, "hash": head.hash},
            "rows": counts,
        }
    )
    done, of = 0, sum(counts.values())
    for table in counts:
        for row in whole.rows_of(db, table):
            yield as_json({"table": table, "row": row})
            done += 1
            if done % _ROWS_A_STEP == 0:
                progress("Rows", done, of)


def is_whole_desk(first: bytes) -> bool:
    """Say whether a file that begins with this line is a whole desk."""
    try:
        said = json.loads(first)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("format") == FORMAT


def import_desk(db: Database, lines: Iterable[bytes], rule: str, progress: Progress) -> log.Head:
    """Fill a new desk with a whole one, in the transaction under way, and prove that it is the same.

    Args:
        lines: of the export, from the first.
        rule: this desk's rule for standing; it must be that of the desk which wrote the file.

    Returns:
        The head of its log.

    Raises:
        Conflict: this desk is not new, or the file was written at another step.
        Invalid: the file is cut short, or was changed.
    """
    coming = iter(lines)
    about = _read(next(coming))
    if (about.get("version"), about.get("step")) != (VERSION, newest_step()):
        raise Conflict(
            f"This file was written at {about.get('step')}, and this desk is at {newest_step()}. Use the "
            "version that wrote it, and let the newer one open the desk that it makes."
        )
    filled = whole.fill(db, _counted(coming, sum(about["rows"].values()), progress))
    if filled != about["rows"]:
        raise Invalid("The file does not hold all the rows that its first line tells of. Export it anew.")
    _index(db, about["rows"]["claims"], progress)
    head = about["head"]
    for fault in faults(db, rule, [(head["seq"], head["hash"])], progress):
        raise Invalid(
            f"The file is not what a desk wrote, and nothing was imported: {fault} If the desk that wrote it "
            "has another FACTCHECK_STANDING_RULE, set the same here; `flask check` there tells whether it is "
            "in order."
        )
    return log.head(db)


def _counted(lines: Iterator[bytes], of: int, progress: Progress) -> Iterator[tuple[str, Row]]:
    for done, line in enumerate(lines, start=1):
        content = _read(line)
        if content.keys() != {"table", "row"}:
            raise Invalid(f"Line {done + 1} is no row of a table. Export it anew.")
        yield str(content["table"]), content["row"]
        if done % _ROWS_A_STEP == 0:
            progress("Rows", done, of)


def _index(db: Database, of: int, progress: Progress) -> None:
    """Make all claims findable."""
    coming, done = log.current_documents(db, "claims"), 0
    while batch := {claim_id: json.loads(body) for claim_id, body in islice(coming, _ROWS_A_STEP)}:
        for claim_id, content in batch.items():
            claims.index_claim(db, claim_id, search_columns(content))
        indexing.keep(db, batch)
        done += len(batch)
        progress("Search", done, of)


def _read(line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        raise Invalid("The file is cut short or was changed: a line of it is not JSON.") from None
    if not isinstance(content, dict):
        raise Invalid("The file was changed: a line of it is no object.")
    return content
