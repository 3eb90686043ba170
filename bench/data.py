"""Fills a desk's file: rows in bulk, then every text rendered by the desk's own code.

The rows are made up, but each stored text, etag, search row and line of the log
is what the desk itself would have written for them, so `flask check` passes. Each claim
has a line for its arrival and one for each verdict; of its texts only the newest is
kept, which a real desk would keep beside the earlier ones.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from bench.words import Writer
from db import Desk, connect, log
from db.history import keep_row
from db.rows import insert
from factcheck.addresses import address_key
from factcheck.dates import span, stamp
from factcheck.figures import name_key
from factcheck.settings import Settings
from factcheck.vocabulary import INITIAL_STATUSES
from factcheck.wording import folded, same_text_key
from factcheck.workflow.acting import THE_DESK, Call, perform
from factcheck.workflow.entities import add_outlet, add_story
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.rendering import is_for_everybody, render, search_columns, written
from factcheck.workflow.reviewers import add_reviewer, issue_token

ROOT = Path(__file__).parent.parent
CACHE = Path(__file__).parent / ".cache"
REVIEWERS = 16
PUBLISHED = 0.8
# How many claims have none, one, two, three and four verdicts; 1.5 on average.
VERDICTS_OF_A_CLAIM = (0.20, 0.35, 0.25, 0.15, 0.05)
LANGUAGES = {"en": 60, "ru": 15, "kk": 10, "de": 8, "ar": 7}
FIRST_DAY = datetime(2019, 1, 1, tzinfo=UTC)

# What decides how the file looks; if one of these changes, the file is made anew.
_MAKERS = (
    "bench/data.py",
    "bench/words.py",
    "db/migrations.py",
    "db/log.py",
    "factcheck/standing.py",
    "factcheck/workflow/rendering.py",
    "schemas/claim.py",
    "schemas/evidence.py",
    "schemas/source.py",
    "schemas/verdict.py",
)


@dataclass(frozen=True)
class Size:
    """How much a file holds."""

    claims: int
    sources: int
    verdicts: int


FULL = Size(100_000, 200_000, 150_000)
QUICK = Size(2_000, 4_000, 3_000)


@dataclass(frozen=True)
class Case:
    """A filled file and what is needed to ask it something."""

    database: Path
    size: Size
    tokens: list[str]


def filled(size: Size) -> Case:
    """Give a filled file, from the cache if the code that makes it hasn't changed."""
    makers = "".join((ROOT / name).read_text() for name in _MAKERS)
    folder = CACHE / f"{size.claims}-{sha256(makers.encode()).hexdigest()[:16]}"
    if not (folder / "tokens.json").exists():
        for outdated in CACHE.glob(f"{size.claims}-*"):
            shutil.rmtree(outdated)
        _make(folder, size)
    return Case(folder / "desk.db", size, json.loads((folder / "tokens.json").read_text()))


def _make(folder: Path, size: Size) -> None:
    folder.mkdir(parents=True)
    print(f"Making a desk with {size.claims:,} claims; this takes some minutes once.", file=sys.stderr)
    path = str(folder / "desk.db")
    tokens = _staffed(path)
    db = connect(path)
    # Nothing is lost if a file that can be made again is lost.
    db.conn.execute("PRAGMA synchronous = OFF")
    db.conn.execute("BEGIN")
    arrivals = list(_Newsroom(db, size).arrivals())
    db.conn.execute("COMMIT")
    db.conn.execute("BEGIN")
    _render_all(db, path, arrivals)
    db.conn.execute("COMMIT")
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.conn.close()
    (folder / "tokens.json").write_text(json.dumps(tokens))


def _staffed(path: str) -> list[str]:
    """Make an empty desk with reviewers, stories and outlets by its own acts; give the tokens."""
    desk, settings, writer = Desk(path), Settings(database=path), Writer(1)
    bring_up_to_date(desk, settings)

    def do(work: Any) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(
            perform(desk, settings, Call(THE_DESK, stamp(FIRST_DAY)), work).body
        )
        return content

    tokens = []
    for number in range(REVIEWERS):
        draft = {"name": f"Reviewer {number}", "kind": "person", "role": "reviewer"}
        who = do(lambda act, draft=draft: add_reviewer(act, draft))
        wanted = {"reviewer": who["id"], "label": "bench"}
        tokens.append(do(lambda act, wanted=wanted: issue_token(act, wanted))["token"])
    for number in range(100):
        story = {"slug": f"story-{number}", "title": writer.sentence(3, 6), "summary": writer.sentence(9, 20)}
        do(lambda act, story=story: add_story(act, story))
    for number in range(300):
        outlet = {"name": writer.name(f"Post {number}"), **dict.fromkeys(("url", "kind", "country", "owner"))}
        do(lambda act, outlet=outlet: add_outlet(act, outlet))
    desk.close()
    return tokens


@dataclass
class Arrival:
    """A claim's rows are in; these lines of the log tell how, and these texts are still to be written."""

    claim_id: int
    new: list[tuple[str, int]]
    events: list[dict[str, Any]]


class _Newsroom:
    """Makes up claims, sources and verdicts, and puts their rows in."""

    def __init__(self, db: Any, size: Size) -> None:
        self._db, self._size, self._writer = db, size, Writer(2)
        self._random = self._writer.random
        self._seq = log.head(db).seq
        self._outlets = [row[0] for row in db.conn.execute("SELECT id FROM outlets")]
        names = [self._writer.name(f"Office {number}") for number in range(max(50, size.claims // 20))]
        self._names, self._claimants = names, dict[str, int]()
        self._places = [self._writer.name("Town") for _ in range(80)]
        self._slugs = [status for status in INITIAL_STATUSES if status.assignable]

    def arrivals(self) -> Iterator[Arrival]:
        verdicts = self._counts(self._size.verdicts, VERDICTS_OF_A_CLAIM)
        new_sources = self._size.sources // self._size.claims
        for number in range(self._size.claims):
            yield self._arrival(number, new_sources, verdicts[number])

    def _counts(self, total: int, shares: tuple[float, ...]) -> list[int]:
        """Share out verdicts among claims, in disorder, so that they add up exactly."""
        counts = [
            count for count, share in enumerate(shares) for _ in range(round(share * self._size.claims))
        ]
        counts = (counts + [0] * self._size.claims)[: self._size.claims]
        counts[0] += total - sum(counts)
        self._random.shuffle(counts)
        return counts

    def _arrival(self, number: int, new_sources: int, verdicts: int) -> Arrival:
        at = FIRST_DAY + timedelta(minutes=35 * number + 1)
        arrival = Arrival(number + 1, [], [])
        reviewer = self._random.randint(1, REVIEWERS)
        claimant = self._claimant(arrival, at)
        row = self._claim(number, claimant, reviewer, at, at + timedelta(minutes=2 * verdicts))
        insert(self._db, "claims", row)
        self._beside(row)
        said = {"text": row["text"], "claimed_on": row["claimed_on"]}
        self._event(arrival, reviewer, "claim:add", ("claims", row["id"]), said, at)
        attached = self._evidence(arrival, new_sources, reviewer, at)
        for count, who in enumerate(self._random.sample(range(1, REVIEWERS + 1), verdicts)):
            self._verdict(arrival, attached, who, at + timedelta(minutes=2 * count + 2))
        return arrival

    def _claimant(self, arrival: Arrival, at: datetime) -> int:
        # A few speak often, most once or twice.
        name = self._names[int(len(self._names) * self._random.random() ** 3)]
        if name not in self._claimants:
            row = {
                "name": name,
                "name_key": folded(name),
                "kind": self._random.choice(("person", "organisation", "organisation", "document")),
                "created_at": stamp(at),
            }
            self._claimants[name] = insert(self._db, "claimants", row)
            arrival.new.append(("claimants", self._claimants[name]))
        return self._claimants[name]

    def _claim(
        self, number: int, claimant: int, reviewer: int, at: datetime, until: datetime
    ) -> dict[str, Any]:
        day = at - timedelta(days=self._random.randint(0, 40))
        claimed_on = day.strftime(
            self._random.choice(("%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d~", "%Y-%m"))
        )
        text = self._writer.sentence(10, 24)
        return {
            "id": number + 1,
            "ref": f"cms-{number}" if self._random.random() < 0.3 else None,
            "text": text,
            "identity": same_text_key(text, str(claimant), claimed_on),
            "claimant_id": claimant,
            "claimed_on": claimed_on,
            "claimed_from": span(claimed_on).earliest,
            "claimed_until": span(claimed_on).latest,
            "place": self._random.choice(self._places) if self._random.random() < 0.7 else None,
            "language": self._random.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
            "story_id": self._random.randint(1, 100) if self._random.random() < 0.3 else None,
            "stage": "published" if self._random.random() < PUBLISHED else "open",
            "created_at": stamp(at),
            "created_by": reviewer,
            "updated_at": stamp(until),
        }

    def _beside(self, claim: dict[str, Any]) -> None:
        roles = self._random.choice(
            (
                ("origin", "publisher"),
                ("origin", "relay", "publisher"),
                ("origin", "relay", "venue", "publisher"),
            )
        )
        names = [self._random.choice(self._names) for _ in roles]
        for position, (role, name) in enumerate(zip(roles, names, strict=True)):
            link = {"role": role, "name": name, "url": None}
            insert(self._db, "chain_links", {"claim_id": claim["id"], "position": position, **link})
        for position in range(self._random.randint(0, 2)):
            url = f"https://www.example.org/{claim['claimed_on'][:7]}/{claim['id']}-{position}"
            insert(self._db, "appearances", {"claim_id": claim["id"], "position": position, "url": url})
        if self._random.random() < 0.15:
            figure = {
                "measure": "deaths",
                "value": float(self._random.randint(1, 5000)),
                "qualifier": "about",
                "origin": name_key(names[0]),
            }
            insert(self._db, "figures", {"claim_id": claim["id"], **figure})
        if claim["stage"] == "published":
            change = {"changed_at": claim["created_at"], "changed_by": claim["created_by"]}
            insert(self._db, "stage_changes", {"claim_id": claim["id"], "stage": "published", **change})

    def _evidence(self, arrival: Arrival, count: int, reviewer: int, at: datetime) -> list[int]:
        attached = [self._source(arrival, place, at) for place in range(count)]
        if self._random.random() < 0.15:
            # Some sources serve several claims.
            attached.append(self._random.randint(1, attached[0]))
        for source_id in attached:
            row = {
                "claim_id": arrival.claim_id,
                "source_id": source_id,
                "stance": self._random.choice(("supports", "refutes", "context")),
                "quote_exact": self._writer.sentence(8, 20) if self._random.random() < 0.6 else None,
                "credibility": self._random.choice((None, 1, 2, 3, 4)),
                "seq": self._seq,
                "attached_at": stamp(at),
                "attached_by": reviewer,
            }
            insert(self._db, "evidence", row)
        return sorted(set(attached))

    def _source(self, arrival: Arrival, place: int, at: datetime) -> int:
        url = f"https://www.example.com/{at:%Y/%m}/{self._random.choice(self._writer.words)}-{arrival.claim_id}-{place}"
        archived = self._random.random() < 0.5
        row = {
            "identity": address_key(url),
            "url": url,
            "title": self._writer.sentence(5, 10),
            "outlet_id": self._random.choice(self._outlets),
            "kind": self._random.choice(("page", "page", "document", "statement", "dataset")),
            "original": self._random.choice(("yes", "no", "unknown")),
            "published_on": f"{at:%Y-%m-%d}",
            "archive_url": f"https://archive.example.net/{at:%Y%m%d}/{url}" if archived else None,
            "sha256": sha256(url.encode()).hexdigest() if archived else None,
            "created_at": stamp(at),
        }
        source_id = insert(self._db, "sources", row)
        arrival.new.append(("sources", source_id))
        return source_id

    def _verdict(self, arrival: Arrival, attached: list[int], reviewer: int, at: datetime) -> None:
        status = self._random.choice(self._slugs)
        least = 1 if status.needs_source else 0
        rests_on = self._random.sample(attached, self._random.randint(least, len(attached)))
        row = {
            "claim_id": arrival.claim_id,
            "reviewer_id": reviewer,
            "ruling": 0,
            "status": status.slug,
            "rationale": self._writer.sentence(15, 40),
            "confidence": self._random.choice(("low", "moderate", "high")),
            "seq": self._seq + 1,
            "issued_at": stamp(at),
        }
        verdict_id = insert(self._db, "verdicts", row)
        for source_id in rests_on:
            insert(self._db, "verdict_sources", {"verdict_id": verdict_id, "source_id": source_id})
        said = {
            "verdict": {"status": status.slug, "rationale": row["rationale"], "sources": sorted(rests_on)}
        }
        self._event(arrival, reviewer, "verdict:issue", ("verdicts", verdict_id), said, at)

    def _event(
        self,
        arrival: Arrival,
        reviewer: int,
        act: str,
        subject: tuple[str, int],
        changes: dict[str, Any],
        at: datetime,
    ) -> None:
        self._seq += 1
        event = {
            "seq": self._seq,
            "at": stamp(at),
            "actor_id": reviewer,
            "actor": f"Reviewer {reviewer - 1}",
            "act": act,
            "noun": subject[0],
            "subject_id": subject[1],
            "claim_id": arrival.claim_id,
            "changes": _json(changes),
            "documents": {},
            "public": 0,
            "request_id": "bench",
        }
        arrival.events.append(event)


def _render_all(db: Any, path: str, arrivals: list[Arrival]) -> None:
    """Write every text, and the log, in the order in which the desk would have."""
    previous = db.conn.execute("SELECT hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()[0]
    with multiprocessing.get_context("fork").Pool(2, _open_to_render, (path,)) as pool:
        wanted = ((arrival.claim_id, arrival.new) for arrival in arrivals)
        rendered = pool.imap(_rendered, _batches(wanted, 500))
        for arrival, texts in zip(arrivals, (texts for batch in rendered for texts in batch), strict=True):
            _keep_texts(db, arrival, texts)
            for event in arrival.events:
                event["documents"] = _json(event["documents"])
                now = log.chained(previous, event)
                insert(db, "events", {**event, "previous_hash": previous, "hash": now})
                previous = now


def _keep_texts(db: Any, arrival: Arrival, texts: list[Any]) -> None:
    conn = db.conn
    for noun, subject_id, etag, body, public, extra in texts:
        # What arrived with the claim was written then; the claim itself with each of its verdicts.
        event = arrival.events[-1 if noun == "claims" else 0]
        event["documents"][f"{noun}/{subject_id}"] = sha256(body.encode()).hexdigest()
        event["public"] |= int(public)
        document_id = conn.execute(
            "INSERT INTO documents (noun, subject_id, seq, etag, body) VALUES (?, ?, ?, ?, ?)",
            (noun, subject_id, event["seq"], etag, body),
        ).lastrowid
        conn.execute(f"UPDATE {noun} SET document_id = ? WHERE id = ?", (document_id, subject_id))
        if noun == "claims":
            columns, standing = extra
            conn.execute(
                "UPDATE claims SET status = ?, rating = ?, contested = ? WHERE id = ?",
                (standing["status"], standing["rating"], int(standing["contested"]), subject_id),
            )
            names = ", ".join(columns)
            marks = ", ".join("?" for _ in columns)
            conn.execute(
                f"INSERT INTO claim_search (rowid, {names}) VALUES (?, {marks})",
                (subject_id, *columns.values()),
            )
        keep_row(db, noun, subject_id, event["seq"])


_reading: dict[str, Any] = {}


def _open_to_render(path: str) -> None:
    _reading["db"] = connect(path)


def _rendered(batch: list[tuple[int, list[tuple[str, int]]]]) -> list[list[Any]]:
    """Render, in a process of its own, claims and what came with each."""
    db, rule, found = _reading["db"], Settings().standing_rule, []
    for claim_id, new in batch:
        texts = []
        for noun, subject_id in (*new, ("claims", claim_id)):
            content = render(db, noun, subject_id, rule)
            extra = (search_columns(content), content["standing"]) if noun == "claims" else None
            public = is_for_everybody(noun, content)
            texts.append((noun, subject_id, *written(content), public, extra))
        found.append(texts)
    return found


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(items, size)):
        yield batch


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
