"""Copies of sources that the desk keeps, so that what was read can be shown when the page is gone."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from db import Database, sources
from db.rows import insert, update
from factcheck.errors import Conflict
from factcheck.workflow.acting import Act, Outcome
from factcheck.workflow.shown import show_source
from factcheck.workflow.sources import refuse_future


class Copy(NamedTuple):
    """Bytes to be kept.

    Args:
        payload_sha256: of what the source sent: of an archive the page within, else the same as
        sha256: of the bytes themselves.
    """

    content: bytes
    media_type: str
    sha256: str
    payload_sha256: str


def copy_of(content: bytes, media_type: str, payload_sha256: str | None = None) -> Copy:
    """Take bytes as a copy; hashed here, before anybody waits for the turn to write."""
    digest = sha256(content).hexdigest()
    return Copy(content, media_type, digest, payload_sha256 or digest)


def keep_copy(act: Act, source_id: int, copy: Copy, accessed_at: str | None) -> Outcome:
    """Keep a copy of a source; the same bytes again are the same copy.

    Args:
        accessed_at: when it was seen so; now, if that is not said.

    Raises:
        Conflict: the source is protected, or these are not the bytes whose SHA-256 it was given.
    """
    act.permit("source:keep_copy")
    act.expect("sources", source_id)
    source = sources.source(act.db, source_id) or {}
    if source["protected"]:
        raise Conflict("A copy of a protected source would tell who it is. Keep it outside of the desk.")
    refuse_future(act, accessed_at, {"parameter": "accessed_at"})
    known = sources.copies_of(act.db, source_id)
    for each in known:
        if each["sha256"] == copy.sha256:
            return act.outcome(False, location(source_id, each["id"]), act.shown("sources", source_id))
    if not known and source["sha256"] not in (None, copy.payload_sha256):
        raise Conflict(
            f"The source's sha256 was given as {source['sha256']}, and that of what you send is "
            f"{copy.payload_sha256}. Send the bytes that were read; or, if the sha256 is wrong, have an "
            "editor set it to null first."
        )
    told = {
        "sha256": copy.sha256,
        "payload_sha256": copy.payload_sha256,
        "media_type": copy.media_type,
        "size": len(copy.content),
    }
    row = {**told, "content": copy.content, "source_id": source_id, "seq": act.seq}
    copy_id = insert(act.db, "copies", {**row, "kept_at": act.at, "kept_by": act.actor.id})
    seen = max(accessed_at or act.at, source["accessed_at"] or "")
    update(act.db, "sources", source_id, {"sha256": copy.payload_sha256, "accessed_at": seen})
    content = show_source(act, source_id)
    act.record("source:keep_copy", "sources", source_id, told)
    return act.outcome(True, location(source_id, copy_id), content)


def location(source_id: int, copy_id: int) -> str:
    """Give the address of a copy's bytes."""
    return f"/v1/sources/{source_id}/copies/{copy_id}"


def to_be_archived(
    db: Database, source_ids: tuple[int, ...], since: str | None, *, missing: bool
) -> list[Mapping[str, Any]]:
    """Give the sources, each with id and url, of which copies are wanted and can be had.

    Args:
        source_ids: only these; all, if there are none.
        since: only those recorded on this day or later.
        missing: only those of which nothing is kept.
    """
    found = sources.with_addresses(db, since or "", missing=missing)
    return [row for row in found if not source_ids or row["id"] in source_ids]
