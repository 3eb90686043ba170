"""How the log is proved: its chain, every text that was served, and the rows that it tells of.

Whoever can write to the file can take its triggers away and change anything. What he
changes no longer fits its line, unless he writes that line and all later ones anew; then
the head differs from one that was noted outside (`GET /v1/log/head`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from db import Database, DatabaseError, log, proof
from db.history import KEPT
from db.proof import Line, Text
from factcheck.workflow.rendering import NOUNS

# Told now and then how far a long work is: what is done, how much of it, and of how much.
Progress = Callable[[str, int, int], None]

_LINES_A_STEP = 1000
# A line that was moved is looked for among so many places around.
_MOVED_BY = [sign * places for places in range(1, 9) for sign in (1, -1)]
_SEQ, _AT, _CLAIM, _DOCUMENTS = (log.HASHED.index(name) for name in ("seq", "at", "claim_id", "documents"))


def unnoted(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def faults_of_log(
    db: Database, heads: Sequence[tuple[int, str]] = (), progress: Progress = unnoted
) -> Iterator[str]:
    """Look for what was changed, removed, added or moved in the log and in what it tells of.

    Args:
        db: in one transaction, so that all of it is the same moment.
        heads: seqs and hashes, noted earlier outside; of a hash the first digits will do.

    Returns:
        One sentence for each fault, which names the line if there is one.
    """
    walk = _Walk(db, heads)
    yield from walk.faults(progress)
    for done, (part, table) in enumerate(_PARTS, start=1):
        try:
            yield from part(db, table)
        except DatabaseError as fault:
            yield f"{table}: this table can't be read: {fault}."
        progress("Rows", done, len(_PARTS))


class _Walk:
    """Two cursors side by side: the lines by their seq, and the texts as they were written."""

    def __init__(self, db: Database, heads: Sequence[tuple[int, str]]) -> None:
        self._db = db
        self._heads = sorted(heads)
        self._texts = proof.texts(db)
        self._text: Text | None = None
        self._seq, self._at, self._hash = 0, "", log.GENESIS
        self._moved_by = _MOVED_BY[0]

    def faults(self, progress: Progress) -> Iterator[str]:
        """Follow the chain from the first line to the head."""
        length = log.head(self._db).seq
        try:
            self._text = next(self._texts, None)
            for line in proof.lines(self._db):
                yield from self._follow(line)
                yield from self._served(line)
                if self._seq % _LINES_A_STEP == 0:
                    progress("Lines", self._seq, length)
            while self._text is not None:
                yield from self._stray(self._text)
                self._text = next(self._texts, None)
        except DatabaseError as fault:
            yield f"events/{self._seq + 1}: from here on the file can't be read: {fault}."
        for seq, _ in self._heads:
            yield f"events/{seq}: this line was noted outside, and the log ends with line {self._seq}."
        progress("Lines", length, length)

    def _follow(self, line: Line) -> Iterator[str]:
        """Hold a line against the one before it, and move on to it."""
        hashed, previous, own, _ = line
        seq, at = int(hashed[_SEQ] or 0), str(hashed[_AT])
        if seq != self._seq + 1:
            yield _missing(self._seq + 1, seq - 1)
        if log.hash_of_line(previous, hashed) != own:
            yield f"events/{seq}: {self._changed(line)}"
        elif previous != self._hash and seq == self._seq + 1:
            yield f"events/{seq}: the line was written after another line than the one that is before it."
        if at < self._at:
            yield f"events/{seq}: its time is earlier than that of the line before it."
        while self._heads and self._heads[0][0] <= seq:
            noted, noted_hash = self._heads.pop(0)
            if noted != seq or not own.startswith(noted_hash):
                yield f"events/{noted}: the line is not the one whose hash was noted outside."
        self._seq, self._at, self._hash = seq, at, own

    def _changed(self, line: Line) -> str:
        """Say what became of a line whose hash is not its own: moved from another place, or changed."""
        hashed, previous, own, _ = line
        seq = int(hashed[_SEQ] or 0)
        for moved_by in (self._moved_by, *_MOVED_BY):
            if log.hash_of_line(previous, [seq + moved_by, *hashed[1:]]) == own:
                self._moved_by = moved_by
                return f"the line was written as line {seq + moved_by} and was moved here."
        return "the line is not the one that was written."

    def _served(self, line: Line) -> Iterator[str]:
        """Hold the texts that a line left against their hashes, and who may see it against them."""
        told, for_everybody, whole = _told(str(line.hashed[_DOCUMENTS])), 0, True
        found: dict[str, Text] = {}
        on = _decides_who_sees(line)
        while self._text is not None and self._text.seq <= self._seq:
            if self._text.seq == self._seq:
                found[self._text.name] = self._text
            else:
                yield from self._stray(self._text)
            self._text = next(self._texts, None)
        for name, digest in told.items():
            # One that is not in its place among the texts may still be there.
            text = found.pop(name, None) or proof.text_at(self._db, name, self._seq)
            if text is None:
                yield f"events/{self._seq}: the text of {name} is missing."
                whole = False
                continue
            for_everybody |= text.for_everybody if on in (None, name) else 0
            if sha256(text.body).hexdigest() != digest:
                yield f"events/{self._seq}: the text of {name} is not the one that was served."
            elif not text.body.endswith(f',"etag":"{text.etag}"}}'.encode()):
                yield f"events/{self._seq}: the etag of {name} is not that of its text."
            if text.unlike_row:
                yield f"events/{self._seq}: claims_history does not say what the text of this line says."
        if whole and line.public != for_everybody:
            yield f"events/{self._seq}: whom the line is shown to does not follow from its texts."
        for name in found:
            yield f"events/{self._seq}: there is a text of {name} that the line does not tell of."

    def _stray(self, text: Text) -> Iterator[str]:
        """Tell of a text out of its place, unless its line tells of it and so it was looked up."""
        documents = proof.texts_of_line(self._db, text.seq)
        if documents is None:
            yield f"events/{text.seq}: there is a text of {text.name}, but no such line."
        elif text.name not in _told(documents):
            yield f"events/{text.seq}: there is a text of {text.name} that the line does not tell of."


def _decides_who_sees(line: Line) -> str | None:
    """Name the text that decides who may see a line: of one on a claim, that claim's; else any."""
    claim_id = line.hashed[_CLAIM]
    return None if claim_id is None else f"claims/{claim_id}"


def _told(documents: str) -> dict[str, Any]:
    """Read which texts a line left; one that was changed may say anything."""
    found = json.loads(documents)
    return found if isinstance(found, dict) else {}


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"events/{first}: the line is missing from the log."
    return f"events/{first}: this line and those up to {last} are missing from the log."


def _unlike_lines(db: Database, table: str) -> Iterator[str]:
    for row_id, seq in proof.rows_unlike_their_lines(db, table):
        yield f"events/{seq}: {table}/{row_id} names this line and is not what it tells of."


def _without_rows(db: Database, table: str) -> Iterator[str]:
    for (seq,) in proof.lines_without_rows(db, table):
        yield f"events/{seq}: what this line tells of is not in the table {table}."


def _without_lines(db: Database, table: str) -> Iterator[str]:
    more = proof.rows_without_lines(db, table)
    if more > 0:
        yield f"{table}: rows that no line of the log tells of: {more}."


def _kept_bytes(db: Database, table: str) -> Iterator[str]:
    for copy_id, seq in proof.copies_unlike_their_hashes(db):
        yield f"events/{seq}: the bytes of {table}/{copy_id} are not those that were kept."


def _without_marks(db: Database, table: str) -> Iterator[str]:
    for (seq,) in proof.lines_without_marks(db):
        yield f"events/{seq}: the claims that this line left to be reviewed are not those in {table}."


def _current_texts(db: Database, noun: str) -> Iterator[str]:
    for subject_id, seq in proof.not_newest(db, noun):
        if seq is None:
            yield f"{noun}/{subject_id}: no line of the log tells of it."
        else:
            yield f"events/{seq}: what is served of {noun}/{subject_id} is not its newest text, of this line."


def _history(db: Database, noun: str) -> Iterator[str]:
    # A claim's texts were held against it on the walk, for they are most of the file.
    for (seq,) in proof.history_unlike_texts(db, noun) if noun != "claims" else ():
        yield f"events/{seq}: {noun}_history does not say what the text of this line says."
    more = proof.history_without_texts(db, noun)
    if more > 0:
        yield f"{noun}_history: rows that no line of the log tells of: {more}."
    for subject_id, seq in proof.rows_unlike_history(db, noun):
        yield f"events/{seq}: the row of {noun}/{subject_id} is not as this line left it."


def _seals(db: Database, _: str) -> Iterator[str]:
    # What was sealed stands in the source's text, which the log proves.
    for source_id, sealed, salt, content, by_its_line in proof.seals(db):
        if content is None:
            yield f"sources/{source_id}: it is protected, and who it is was removed."
        elif sha256(f"{salt}{content}".encode()).hexdigest() != sealed:
            yield f"sources/{source_id}: who it is, is not what was sealed."
        elif not by_its_line:
            yield f"sources/{source_id}: it was sealed by somebody else."


def _triggers(db: Database, _: str) -> Iterator[str]:
    here, wanted = proof.triggers(db), proof.triggers_of_a_desk()
    for name in sorted(wanted):
        if here.get(name) != wanted[name]:
            how = "was altered" if name in here else "is missing"
            yield f"The trigger {name} {how}: rows that are only ever added to could be changed."
    for name in sorted(set(here) - set(wanted)):
        yield f"The trigger {name} is not the desk's: it may change what nobody has changed by an act."


_Part = Callable[[Database, str], Iterator[str]]
_PARTS: tuple[tuple[_Part, str], ...] = (
    *((_unlike_lines, table) for table in proof.ALIKE),
    *((_without_rows, table) for table in proof.ROWS_OF_LINES),
    *(
        (_without_lines, table)
        for table in (
            "evidence_withdrawals",
            "stage_changes",
            "outlet_assessments",
            "copies",
            "claim_link_decisions",
        )
    ),
    (_kept_bytes, "copies"),
    (_without_marks, "review_marks"),
    *((_current_texts, noun) for noun in NOUNS),
    *((_history, noun) for noun in KEPT),
    (_seals, "sealed_identities"),
    (_triggers, "sqlite_schema"),
)
