"""What was served in the past: which line of the log is meant, and the text that stood after it."""

from __future__ import annotations

import json

from db import history, log
from db.log import Version
from factcheck.errors import Invalid, NotFound
from factcheck.web.parts import parts
from factcheck.workflow.rendering import is_for_everybody


def line_as_of(as_of: int | str | None, parameter: str = "as_of") -> int | None:
    """Give the line of the log that a moment or a number means; None for now.

    Raises:
        Invalid: the log does not reach that far yet.
    """
    if as_of is None:
        return None
    db = parts().desk.db
    if isinstance(as_of, str):
        return log.seq_at(db, as_of)
    newest = log.head(db).seq
    if as_of > newest:
        detail = f"The log ends at seq:{newest} now; name a line up to that one."
        raise Invalid(detail, errors=[{"parameter": parameter, "detail": detail}])
    return as_of


def claim_as_of(claim_id: int | None, seq: int, what: object, *, public_only: bool) -> Version:
    """Give a claim's text as this caller would have been answered after a line of the log.

    Raises:
        NotFound: there was none for him; says since when there is, if there is.
    """
    db = parts().desk.db
    found = log.version(db, "claims", claim_id, seq) if claim_id is not None else None
    if found and (not public_only or is_for_everybody("claims", json.loads(found.body))):
        return found
    number = claim_id or 0
    first = history.first_publication(db, number) if public_only else history.first_line(db, "claims", number)
    raise NotFound(_since(what, first, seq))


def resource_as_of(noun: str, row_id: int, seq: int, what: object) -> Version:
    """Give a resource's text as it stood after a line of the log.

    Raises:
        NotFound: there was none; says since when there is.
    """
    db = parts().desk.db
    found = log.version(db, noun, row_id, seq)
    if found is None:
        raise NotFound(_since(what, history.first_line(db, noun, row_id), seq))
    return found


def _since(what: object, first: tuple[int, str] | None, seq: int) -> str:
    if first is None:
        return f"There is no {what}, or it was never published and you sent no token."
    if first[0] <= seq:
        return f"At that time {what} could not be read without a token."
    return f"There was no {what} then; it can be read since {first[1]} (seq:{first[0]})."
