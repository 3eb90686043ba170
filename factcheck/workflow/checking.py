"""How the desk holds what it serves against what it knows, and both against its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from db import Database, claims, log
from factcheck.workflow.claims import derived_columns
from factcheck.workflow.rendering import NOUNS, listed_columns, render, search_columns, written
from factcheck.workflow.verifying import faults_of_log


def faults(db: Database, rule: str) -> Iterator[str]:
    """Look through the whole desk for what nobody did through an act.

    Args:
        rule: the desk's rule for standing; changing that setting makes texts stale.

    Returns:
        One sentence for each fault.
    """
    for noun in NOUNS:
        for subject_id, body in log.current_documents(db, noun):
            content = render(db, noun, subject_id, rule)
            if written(content)[1] != body:
                yield f"{noun}/{subject_id}: the stored text is not what the rows say."
            if noun == "claims":
                yield from _faults_of_claim(db, subject_id, content)
    yield from faults_of_log(db)


def _faults_of_claim(db: Database, claim_id: int, content: Mapping[str, Any]) -> Iterator[str]:
    row = claims.claim(db, claim_id) or {}
    if any(row[name] != value for name, value in listed_columns("claims", content).items()):
        yield f"claims/{claim_id}: the status in its row is not what its verdicts amount to."
    if any(row[name] != value for name, value in derived_columns(row).items()):
        yield f"claims/{claim_id}: its key or the bounds of its date are not those of its fields."
    if claims.indexed_words(db, claim_id) != search_columns(content):
        yield f"claims/{claim_id}: the search index does not hold its words."
