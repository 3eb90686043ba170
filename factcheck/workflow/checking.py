"""How the desk holds what it serves against what it knows."""

from __future__ import annotations

from collections.abc import Iterator

from db import Database, log
from factcheck.workflow.rendering import render, written

NOUNS = ("claims", "sources", "outlets", "claimants", "stories", "statuses", "reviewers")


def stale_texts(db: Database, rule: str) -> Iterator[tuple[str, int]]:
    """Render everything anew and give whatever differs from the text that is stored.

    Args:
        rule: the desk's rule for standing; changing that setting makes texts stale.

    Returns:
        Noun and id of each resource whose stored text is not what its rows say.
    """
    for noun in NOUNS:
        for subject_id, body in log.current_documents(db, noun):
            if written(render(db, noun, subject_id, rule))[1] != body:
                yield noun, subject_id
