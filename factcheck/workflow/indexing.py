"""What makes claims findable by what they say, and keeps that so as they change.

It follows from the claims' texts alone. What it was made by is noted in the file, so that it is
made anew by a version that takes claims apart in another way.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from db import Database, Desk, desk, log, matching
from factcheck.matching.postings import changed, read
from factcheck.matching.seen import VERSION, Seen, seen

# Each batch changes a row of postings once, and holds the other writers up for so long.
CLAIMS_A_BATCH: Final = 500


def keep(db: Database, contents: Mapping[int, Mapping[str, Any]]) -> None:
    """Make claims findable as they are shown, in the transaction that changes them."""
    keep_seen(db, {claim_id: seen(content) for claim_id, content in contents.items()})


def keep_seen(db: Database, claims: Mapping[int, Seen]) -> None:
    """Keep claims that were taken apart, and the postings of those stems that changed."""
    before = matching.seen_of(db, claims)
    changes: dict[str, dict[int, int | None]] = defaultdict(dict)
    texts = {}
    for claim_id, now in claims.items():
        was = before.get(claim_id)
        if was != now.text:
            texts[claim_id] = now.text
            for stem, weight in _differing(Seen.read(was).weights if was else {}, now.weights):
                changes[stem][claim_id] = weight
    _change(db, changes)
    matching.keep_seen(db, texts)


def _differing(was: Mapping[str, int], now: Mapping[str, int]) -> Iterator[tuple[str, int | None]]:
    for stem, weight in now.items():
        if was.get(stem) != weight:
            yield stem, weight
    for stem in was.keys() - now.keys():
        yield stem, None


def _change(db: Database, changes: Mapping[str, Mapping[int, int | None]]) -> None:
    """Change the postings of stems, of which each has weights by claim; the last row of each first."""
    left = {stem: sorted(changes[stem]) for stem in sorted(changes)}
    while left:
        found = matching.rows_for(db, {stem: claims[-1] for stem, claims in left.items()})
        put, dropped = [], []
        for stem, claims in list(left.items()):
            name, row = found.get(stem, (0, b""))
            place = bisect_left(claims, name)
            rows = changed(name, row, {claim: changes[stem][claim] for claim in claims[place:]})
            put += [(stem, *each) for each in rows]
            if row and not rows:
                dropped.append((stem, name))
            left[stem] = claims[:place]
            if not place:
                del left[stem]
        matching.put_rows(db, put)
        if dropped:
            matching.drop_rows(db, dropped)


def bring_index_up_to_date(kept: Desk) -> None:
    """Make all claims findable that are not, as on a desk that an older version wrote.

    Batch by batch, and each notes how far it came, so that several processes can do so at once,
    one that is ended loses one batch, and others can write in between.
    """
    if _noted(kept.db) == (VERSION, None):
        return
    while kept.write(_next_batch):
        pass


def _noted(db: Database) -> tuple[int, int | None]:
    """Give the version that the index is made by, and up to which claim, or None if up to the last."""
    version, _, until = (desk.noted(db, "matching") or "0").partition(":")
    return int(version), int(until) if until else None


def _next_batch(db: Database) -> bool:
    """Index some claims more, and say whether there are others left."""
    version, until = _noted(db)
    if version == VERSION and until is None:
        return False
    if version != VERSION:
        matching.forget_all(db)
        until = 0
    coming = log.current_documents(db, "claims", after=until or 0)
    batch = {claim_id: json.loads(body) for claim_id, body in islice(coming, CLAIMS_A_BATCH)}
    keep(db, batch)
    desk.note(db, "matching", f"{VERSION}:{max(batch)}" if batch else str(VERSION))
    return bool(batch)


def faults_of_claim(db: Database, claim_id: int, now: Seen) -> Iterator[str]:
    """Say what is not as it should be where a claim is looked for.

    Args:
        now: the claim as it is taken apart now.
    """
    if matching.seen_of(db, [claim_id]).get(claim_id) != now.text:
        yield f"claims/{claim_id}: it is not kept as matching sees it."
        return
    rows = matching.rows_for(db, dict.fromkeys(now.weights, claim_id))
    if any(_weight(rows, stem, claim_id) != weight for stem, weight in now.weights.items()):
        yield f"claims/{claim_id}: matching does not find it by its words."


def faults_of_index(db: Database, words: int) -> Iterator[str]:
    """Say whether there is more than there should be.

    Args:
        words: how many different ones all claims have, each counted for itself.
    """
    if matching.postings_kept(db) > words:
        yield "matching: claims are found by words that they don't have."


def _weight(rows: Mapping[str, tuple[int, bytes]], stem: str, claim_id: int) -> int | None:
    """Give what the row of a stem says of it in a claim."""
    postings = read([rows.get(stem, (0, b""))[1]])
    place = bisect_left(postings.claims, claim_id)
    is_there = place < len(postings) and postings.claims[place] == claim_id
    return postings.weights[place] if is_there else None
