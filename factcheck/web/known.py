"""What a caller may know of: what is there for everybody, or for the desk's people, now or then."""

from __future__ import annotations

from db import lists, log
from db.lists import Listing
from factcheck.errors import NotFound
from factcheck.web.caller import sees_only_published
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of, resource_as_of
from factcheck.workflow.acting import SINGULAR


def may_know(listing: Listing, row_id: int, seq: int | None = None) -> bool:
    """Say whether this caller may know of something that is there, or might have after a line of the log."""
    if not sees_only_published() or not listing.public:
        return True
    return lists.is_public(parts().desk.db, listing, row_id, seq)


def text_of(
    listing: Listing, row_id: int | None, given: object, as_of: int | str | None = None
) -> tuple[str, str]:
    """Give the etag and the text of something that this caller may know of, or might have known of then.

    Args:
        row_id: its number, or None if what was asked for leads to none.
        given: what was asked for.
        as_of: a place in the past, if not now.

    Raises:
        NotFound: it is not there, or not for this caller.
    """
    # Asked first, so that who must come with a token is told so whatever else he asks.
    sees_only_published()
    seq, db = line_as_of(as_of), parts().desk.db
    found = log.document(db, listing.noun, row_id) if row_id is not None else None
    if row_id is None or found is None or not may_know(listing, row_id, seq):
        raise unknown(listing, given)
    if seq is None:
        return found
    then = resource_as_of(listing.noun, row_id, seq, f"{_singular(listing)} {given}")
    return then.etag, then.body


def unknown(listing: Listing, given: object) -> NotFound:
    """Give the refusal that is the same for what is not there and what is hidden."""
    return NotFound(
        f"There is no {_singular(listing)} {given}, or nothing published shows it and you sent no token."
    )


def _singular(listing: Listing) -> str:
    return SINGULAR.get(listing.noun, listing.noun[:-1])
