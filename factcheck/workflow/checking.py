"""How the desk holds what it serves against what it knows, and both against its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from db import Database, DatabaseError, claims, log, proof, whole
from db.figures import kept_origin
from factcheck.figures import name_key, origin_of
from factcheck.matching.seen import seen
from factcheck.workflow import indexing
from factcheck.workflow.claims import derived_columns
from factcheck.workflow.rendering import NOUNS, listed_columns, render, search_columns, written
from factcheck.workflow.verifying import Progress, faults_of_log, unnoted

_TEXTS_A_STEP = 1000


def faults(
    db: Database, rule: str, heads: Sequence[tuple[int, str]] = (), progress: Progress = unnoted
) -> Iterator[str]:
    """Look through the whole desk for what nobody did through an act.

    Args:
        db: in one transaction, so that all of it is the same moment.
        rule: the desk's rule for standing; changing that setting makes texts stale.
        heads: seqs and hashes of lines, noted earlier outside.

    Returns:
        One sentence for each fault; those of the log come first.
    """
    yield from faults_of_log(db, heads, progress)
    yield from _faults_of_tokens(db)
    words = 0
    for noun in NOUNS:
        of = whole.count(db, noun)
        for done, (subject_id, body) in enumerate(log.current_documents(db, noun), start=1):
            content = render(db, noun, subject_id, rule)
            if written(content)[1] != body:
                yield f"{noun}/{subject_id}: the stored text is not what the rows say."
            if noun == "claims":
                yield from _faults_of_claim(db, subject_id, content)
                matched = seen(content)
                words += len(matched.weights)
                yield from indexing.faults_of_claim(db, subject_id, matched)
            if done % _TEXTS_A_STEP == 0:
                progress("Texts", done, of)
    yield from indexing.faults_of_index(db, words)


def _faults_of_tokens(db: Database) -> Iterator[str]:
    try:
        for (token_id,) in proof.tokens_unlike_lines(db):
            yield f"tokens/{token_id}: whose it is, what it may do, or until when, is not what the log tells."
    except DatabaseError as fault:
        yield f"tokens: this table can't be read: {fault}."


def _faults_of_claim(db: Database, claim_id: int, content: Mapping[str, Any]) -> Iterator[str]:
    row = claims.claim(db, claim_id) or {}
    if any(row[name] != value for name, value in listed_columns("claims", content).items()):
        yield f"claims/{claim_id}: the status in its row is not what its verdicts amount to."
    if any(row[name] != value for name, value in derived_columns(row).items()):
        yield f"claims/{claim_id}: its key or the bounds of its date are not those of its fields."
    if content["figure"] is not None and kept_origin(db, claim_id) != name_key(origin_of(content)):
        yield f"claims/{claim_id}: its figure is kept under another origin than the claim names."
    if claims.indexed_words(db, claim_id) != search_columns(content):
        yield f"claims/{claim_id}: the search index does not hold its words."
