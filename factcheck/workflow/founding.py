"""How a new desk begins, and how one that an older version wrote catches up with today's texts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from db import Database, Desk, desk, log, sources
from db.migrations import newest_step
from db.rows import update
from factcheck.addresses import address_key
from factcheck.dates import now
from factcheck.settings import Settings
from factcheck.workflow.acting import THE_DESK, Act, Call
from factcheck.workflow.corrections import correct_if_due
from factcheck.workflow.indexing import bring_index_up_to_date
from factcheck.workflow.rendering import NOUNS, render, written
from factcheck.workflow.statuses import found_desk

# An act's texts are held in memory until it is recorded.
MOST_TEXTS_AN_ACT = 1000


def bring_up_to_date(kept: Desk, settings: Settings) -> None:
    """Open the log of a new desk; on an older one, write anew what is shown or found otherwise now.

    Safe when several processes start at once, and when one is ended in the middle: what is done
    already is found to be as it should.
    """
    if desk.shown_as_of_step(kept.db) != newest_step():
        _show_all_anew(kept, settings)
    bring_index_up_to_date(kept)


def _show_all_anew(kept: Desk, settings: Settings) -> None:
    def found(db: Database) -> None:
        before = log.head(db)
        if before.seq == 0:
            found_desk(Act(db, Call(THE_DESK, now()), settings, before))
        _key_anew(db)

    kept.write(found)
    with kept.snapshot() as db:
        stale = [
            (noun, subject_id)
            for noun in NOUNS
            for subject_id, body in log.current_documents(db, noun)
            if _is_stale(db, noun, subject_id, body, settings)
        ]
    for first in range(0, len(stale), MOST_TEXTS_AN_ACT):
        _show_anew(kept, settings, stale[first : first + MOST_TEXTS_AN_ACT])
    kept.write(lambda db: desk.note_shown_as_of_step(db, newest_step()))


def _key_anew(db: Database) -> None:
    """Write the keys of addresses as this version does, but for those that are one source only now."""
    for row in sources.with_addresses(db, "", missing=False):
        with suppress(ValueError):
            key = address_key(row["url"])
            if key != row["identity"] and sources.source_with_identity(db, key) is None:
                update(db, "sources", row["id"], {"identity": key})


def _is_stale(db: Database, noun: str, subject_id: int, body: str, settings: Settings) -> bool:
    return written(render(db, noun, subject_id, settings.standing_rule))[1] != body


def _show_anew(kept: Desk, settings: Settings, stale: Sequence[tuple[str, int]]) -> None:
    """Write texts anew that have other keys in this version; what they say was not changed."""

    def upgrade(db: Database) -> None:
        act, texts = Act(db, Call(THE_DESK, now()), settings, log.head(db)), 0
        for noun, subject_id in stale:
            # Another process may have done so since it was found to be stale.
            current = log.document(db, noun, subject_id)
            if current is None or _is_stale(db, noun, subject_id, current[1], settings):
                content = act.render(noun, subject_id, touched=False)
                if noun == "claims" and correct_if_due(act, content, None):
                    act.render(noun, subject_id, touched=False)
                texts += 1
        if texts:
            act.record("desk:upgrade", "statuses", 1, {"step": newest_step(), "texts": texts})

    kept.write(upgrade)
