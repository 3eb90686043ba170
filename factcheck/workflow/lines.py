"""Lines of the log as readers see them."""

from __future__ import annotations

import json
from typing import Any

from db.rows import Row
from factcheck.telling import told, why
from schemas.line import LineSchema
from schemas.shown import picker

# Lines on these are for those who may read them: an admin.
PRIVATE_NOUNS = ("reviewers", "tokens", "hooks")

# Which claims an act left to be reviewed, and by which it is superseded; they may not be published.
_OF_OTHER_CLAIMS = ("marked", "superseded_by")

_line = picker(LineSchema)
_NOTHING_TOLD = {**dict.fromkeys(LineSchema().dump_fields), "withheld": True}


def shown_line(row: Row, *, in_full: bool) -> dict[str, Any]:
    """Compose what a line says.

    Args:
        row: of the log.
        in_full: whether also of what is not published; without, the hashes of the texts, the
            id of the request, and what follows for other claims are left out.
    """
    changes = json.loads(row["changes"])
    if not in_full:
        changes = {name: value for name, value in changes.items() if name not in _OF_OTHER_CLAIMS}
    return _line(
        {
            **row,
            "summary": told(row["act"], row["actor"], changes),
            "why": why(changes),
            "by": {"id": row["actor_id"], "name": row["actor"]},
            "subject": row["subject_id"],
            "claim": row["claim_id"],
            "changes": changes,
            "documents": json.loads(row["documents"]) if in_full else None,
            "request_id": row["request_id"] if in_full else None,
            "withheld": False,
        }
    )


def withheld_line(row: Row) -> dict[str, Any]:
    """Tell of a line that may not be shown: that it is there, and its links in the chain."""
    return {**_NOTHING_TOLD, **{name: row[name] for name in ("seq", "previous_hash", "hash")}}
