"""A long log, made in minutes, to time what reads all of it: `python -m bench.log --lines 1000000`.

The lines and texts are those that a busy desk writes: a claim is recorded, a source
attached, two verdicts given, the claim published, one verdict in ten retracted. They go
into the file straight, with the hashes that the desk itself would have given them, so
`flask verify` passes. Texts are about 3 kB; a million lines make a file of some 6 GB,
which is removed afterwards unless `--keep` is given.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.data import CACHE, ROOT
from bench.measure import cpu_seconds, private_megabytes
from bench.words import Writer
from db import Database, Desk, claims, connect, log
from db.rows import insert, update
from factcheck.dates import now, span, stamp
from factcheck.settings import Settings
from factcheck.wording import folded, same_text_key
from factcheck.workflow.acting import THE_DESK, Call, perform
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.rendering import listed_columns, render, search_columns, written
from factcheck.workflow.reviewers import add_reviewer, issue_token

REVIEWERS = 8
# As long as in a claim with some sources and verdicts of several sentences.
WORDS_OF_A_RATIONALE, WORDS_OF_A_QUOTE = (195, 265), (60, 90)


class _LongLog:
    """Writes claims, each with all that happens to it, line after line."""

    def __init__(self, db: Database) -> None:
        self._db, self._writer = db, Writer(3)
        self._head = log.head(db)
        self._begun = datetime.fromisoformat(self._head.at)
        # Made once, for inventing words takes longer than all the rest.
        self._rationales = [self._writer.sentence(*WORDS_OF_A_RATIONALE) for _ in range(500)]
        self._quotes = [self._writer.sentence(*WORDS_OF_A_QUOTE) for _ in range(500)]

    def grow(self, lines: int) -> Iterator[int]:
        """Write claims until the log has this many lines; gives its length after each."""
        while self._head.seq < lines:
            self._claim()
            yield self._head.seq

    @property
    def _seq(self) -> int:
        return self._head.seq + 1

    def _claim(self) -> None:
        claim_id, new = self._recorded()
        self._line(
            1, "claim:add", ("claims", claim_id), claim_id, {"text": "…"}, (*new, ("claims", claim_id))
        )
        source_id = self._attached(claim_id)
        for reviewer in (2, 3):
            self._verdict(claim_id, reviewer, source_id)
        self._published(claim_id)
        if claim_id % 5 == 0:
            self._retracted(claim_id)

    def _recorded(self) -> tuple[int, tuple[tuple[str, int], ...]]:
        number, at = self._seq, self._now()
        new: tuple[tuple[str, int], ...] = ()
        claimant = 1 + number % 1000
        if not self._db.conn.execute("SELECT 1 FROM claimants WHERE id = ?", (claimant,)).fetchone():
            name = self._writer.name(f"Office {claimant}")
            row = {"id": claimant, "name": name, "name_key": folded(name), "kind": "organisation"}
            insert(self._db, "claimants", {**row, "created_at": at})
            new = (("claimants", claimant),)
        text, date = self._writer.sentence(10, 24), "2024-05-02"
        bounds = span(date)
        row = {
            "text": text,
            "identity": same_text_key(text, str(claimant), date),
            "claimant_id": claimant,
            "claimed_on": date,
            "claimed_from": bounds.earliest,
            "claimed_until": bounds.latest,
            "created_at": at,
            "created_by": 1,
            "updated_at": at,
        }
        claim_id = insert(self._db, "claims", row)
        for position, role in enumerate(("origin", "relay", "publisher")):
            link = {"role": role, "name": self._writer.words[position], "url": None}
            insert(self._db, "chain_links", {"claim_id": claim_id, "position": position, **link})
        return claim_id, new

    def _attached(self, claim_id: int) -> int:
        url, at = f"https://www.example.com/{self._seq}", self._now()
        row = {"identity": url, "url": url, "title": self._writer.sentence(5, 10), "kind": "page"}
        source_id = insert(self._db, "sources", {**row, "original": "yes", "created_at": at})
        row = {
            "seq": self._seq,
            "claim_id": claim_id,
            "source_id": source_id,
            "stance": "supports",
            "quote_exact": self._quotes[claim_id % 500],
            "attached_at": at,
            "attached_by": 1,
        }
        evidence_id = insert(self._db, "evidence", row)
        said = {"url": url, "stance": "supports", "quote": {"exact": row["quote_exact"]}}
        texts = (("sources", source_id), ("claims", claim_id))
        self._line(1, "evidence:attach", ("evidence", evidence_id), claim_id, said, texts)
        return source_id

    def _verdict(self, claim_id: int, reviewer: int, source_id: int) -> None:
        said = {
            "status": ("unclear", "disputed", "false")[claim_id % 3],
            "rationale": self._rationales[(claim_id + reviewer) % 500],
            "confidence": "moderate",
        }
        row = {"seq": self._seq, "claim_id": claim_id, "reviewer_id": reviewer, "ruling": 0}
        verdict_id = insert(self._db, "verdicts", {**row, **said, "issued_at": self._now()})
        insert(self._db, "verdict_sources", {"verdict_id": verdict_id, "source_id": source_id})
        changes = {"verdict": {**said, "sources": [source_id]}}
        subject = ("verdicts", verdict_id)
        self._line(reviewer, "verdict:issue", subject, claim_id, changes, (("claims", claim_id),))

    def _published(self, claim_id: int) -> None:
        update(self._db, "claims", claim_id, {"stage": "published"})
        row = {"claim_id": claim_id, "stage": "published", "changed_at": self._now(), "changed_by": 1}
        insert(self._db, "stage_changes", row)
        change = {"stage": {"from": "open", "to": "published"}, "reason": None}
        subject = ("claims", claim_id)
        self._line(1, "claim:publish", subject, claim_id, change, (subject,))
        words = search_columns(render(self._db, "claims", claim_id, Settings().standing_rule))
        claims.index_claim(self._db, claim_id, words)

    def _retracted(self, claim_id: int) -> None:
        (verdict_id,) = self._db.conn.execute(
            "SELECT max(id) FROM verdicts WHERE claim_id = ?", (claim_id,)
        ).fetchone()
        row = {"verdict_id": verdict_id, "seq": self._seq, "reason": "It was of another claim."}
        insert(self._db, "retractions", {**row, "retracted_at": self._now(), "retracted_by": 3})
        subject = ("verdicts", verdict_id)
        self._line(
            3, "verdict:retract", subject, claim_id, {"reason": row["reason"]}, (("claims", claim_id),)
        )

    def _now(self) -> str:
        return stamp(self._begun + timedelta(seconds=20 * self._seq))

    def _line(
        self,
        reviewer: int,
        act: str,
        subject: tuple[str, int],
        claim_id: int,
        changes: dict[str, Any],
        shown: tuple[tuple[str, int], ...],
    ) -> None:
        """Render what an act changed, and write its line and texts as the desk does."""
        texts, at, public = [], self._now(), False
        for noun, subject_id in shown:
            content = render(self._db, noun, subject_id, Settings().standing_rule, at)
            public = public or content.get("stage") == "published"
            texts.append((noun, subject_id, *written(content), listed_columns(noun, content)))
        hashes = {
            f"{noun}/{subject_id}": sha256(body.encode()).hexdigest()
            for noun, subject_id, _, body, _ in texts
        }
        event = {
            "seq": self._seq,
            "at": at,
            "actor_id": reviewer,
            "actor": f"Reviewer {reviewer}",
            "act": act,
            "noun": subject[0],
            "subject_id": subject[1],
            "claim_id": claim_id,
            "changes": _json(changes),
            "documents": _json(hashes),
            "request_id": "bench",
        }
        own = log.append(self._db, event, self._head.hash, public=public)
        for noun, subject_id, etag, body, columns in texts:
            log.keep_document(self._db, noun, subject_id, self._seq, etag, body, columns)
        self._head = log.Head(self._seq, at, own)


def made(path: Path, lines: int) -> list[str]:
    """Make a file whose log has this many lines, or a few more; gives a token of each reviewer."""
    desk, settings = Desk(str(path)), Settings(database=str(path))
    bring_up_to_date(desk, settings)

    def do(work: Any) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(perform(desk, settings, Call(THE_DESK, now()), work).body)
        return content

    tokens = []
    for number in range(1, REVIEWERS + 1):
        draft = {"name": f"Reviewer {number}", "kind": "person", "role": "editor"}
        who = do(lambda act, draft=draft: add_reviewer(act, draft))
        wanted = {"reviewer": who["id"], "label": "bench"}
        tokens.append(do(lambda act, wanted=wanted: issue_token(act, wanted))["token"])
    desk.close()
    db = connect(str(path))
    # Nothing is lost if a file that can be made again is lost.
    for pragma in ("synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
        db.conn.execute(f"PRAGMA {pragma}")
    db.conn.execute("BEGIN")
    for seq in _LongLog(db).grow(lines):
        if seq % 10_000 < 6:
            print(f"\r{seq:,} lines", end="", file=sys.stderr)
            db.conn.execute("COMMIT")
            db.conn.execute("BEGIN")
    db.conn.execute("COMMIT")
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.conn.close()
    print(file=sys.stderr)
    return tokens


def main() -> int:
    """Make the file, and time what reads all of it."""
    parser = argparse.ArgumentParser(prog="bench.log", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder for the file, which stays there to be used again")
    chosen = parser.parse_args()
    folder = chosen.keep or CACHE / "log"
    path = folder / f"{chosen.lines}.db"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not path.exists():
            made(path, chosen.lines)
        _timed(path)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)
    return 0


def _timed(path: Path) -> None:
    print(_described(path))
    backup = path.with_suffix(".backup")
    for command in (("verify",), ("backup", str(backup))):
        begun = time.monotonic()
        environment = {**os.environ, "FACTCHECK_DATABASE": str(path)}
        process = subprocess.Popen([sys.executable, "-m", "flask", *command], env=environment, cwd=ROOT)
        cpu, peak = 0.0, 0.0
        while process.poll() is None:
            # It may end between one look and the next.
            with suppress(OSError):
                cpu = max(cpu, cpu_seconds([process.pid]))
                peak = max(peak, private_megabytes(process.pid))
            time.sleep(0.2)
        took = time.monotonic() - begun
        said = "passed" if process.returncode == 0 else "failed"
        print(f"flask {command[0]} {said}: {took:.1f} s, {cpu:.1f} s of CPU, {peak:.0f} MB of its own memory")
    backup.unlink()


def _described(path: Path) -> str:
    """Say how large a file is, and how much it holds."""
    db = connect(str(path))
    texts, length = db.conn.execute("SELECT count(*), avg(length(body)) FROM documents").fetchone()
    head = log.head(db)
    db.conn.close()
    return (
        f"{head.seq:,} lines, {texts:,} texts of {length:.0f} characters, {path.stat().st_size / 1e9:.1f} GB"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
