"""What answers cost that are worked out from much evidence; alone: `python -m bench --evidence`.

A claim with ten thousand sources and fifty thousand citations between them, and a story with
five thousand figures. The application is called without a server and keeps no answers, as
after a change. Beside it stands what it costs at the least: reading the same rows or texts by
hand, and doing nothing with them.
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from db import Database, log
from db.rows import insert
from factcheck.dates import now
from factcheck.settings import Settings
from factcheck.vocabulary import CITATION_KINDS, ORIGINALITIES, STANCES
from factcheck.web.parts import NAME
from factcheck.workflow.acting import THE_DESK, Call, perform
from factcheck.workflow.entities import add_outlet, add_story
from factcheck.workflow.rendering import render, written
from factcheck.workflow.reviewers import add_reviewer, issue_token

STORY = "many-figures"
PROVENANCE, FIGURES = "/v1/claims/1/provenance", f"/v1/stories/{STORY}/figures"
_LINES = {"Content-Type": "application/x-ndjson"}


@dataclass(frozen=True)
class Size:
    """How much evidence there is."""

    sources: int
    citations: int
    figures: int


FULL = Size(10_000, 50_000, 5_000)
QUICK = Size(500, 2_500, 250)


@dataclass(frozen=True)
class Measured:
    """What an answer costs, in ms of CPU, the best known way to read the same, and what is aimed at."""

    answer: str
    cost: list[float]
    beside: dict[str, list[float]]
    aim: float


def measured(folder: Path, size: Size, rounds: int) -> list[Measured]:
    """Make a desk with much evidence and measure its answers, each beside the others in every round."""
    path = folder / "evidence.db"
    settings = Settings(database=str(path), kept_answers=0)
    token = _filled(create_app(settings), size)
    # As a server that was just started has it: nothing of the filling is in memory any more.
    gc.collect()
    reader = create_app(settings).test_client()
    reader.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    for address in (PROVENANCE, FIGURES):
        _asked(reader, address)
    conn = sqlite3.connect(path)
    found = {
        PROVENANCE: Measured(
            f"provenance of a claim with {size.sources:,} sources and {size.citations:,} citations",
            [],
            {"the same rows, read by hand": []},
            200,
        ),
        FIGURES: Measured(
            f"{size.figures:,} figures of a story",
            [],
            {"the same texts, read and parsed by hand": []},
            300,
        ),
    }
    asked: dict[str, Callable[[], Any]] = {
        "the same rows, read by hand": lambda: _rows(conn),
        "the same texts, read and parsed by hand": lambda: _texts(conn),
    }
    for _ in range(rounds):
        for address, measures in found.items():
            measures.cost.append(_cost(lambda address=address: _asked(reader, address)))
            for name, costs in measures.beside.items():
                costs.append(_cost(asked[name]))
    _hold_against(reader, conn, size)
    conn.close()
    return list(found.values())


def _cost(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def _asked(reader: FlaskClient, address: str) -> bytes:
    answer = reader.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} was answered {answer.status_code}")
    return answer.data


def _hold_against(reader: FlaskClient, conn: sqlite3.Connection, size: Size) -> None:
    """See that the answers are about all of it, and that what was written by hand counts alike."""
    behind = json.loads(_asked(reader, PROVENANCE))
    sources = sum(behind[stance]["sources"] for stance in STANCES if stance in behind)
    figures = json.loads(_asked(reader, FIGURES))
    conflicts = sum(series["conflicts_total"] for series in figures["series"])
    stated = sum(len(series["figures"]) for series in figures["series"])
    if (sources, stated, conflicts) != (size.sources, size.figures, _pairs(conn)):
        raise RuntimeError(f"{sources} sources, {stated} figures and {conflicts} conflicts are not all")


def _filled(app: Flask, size: Size) -> str:
    """Fill a desk, partly by its own acts; give the token of whoever may read all of it."""
    parts = app.extensions[NAME]
    client = app.test_client()

    def do(work: Callable[..., Any]) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(
            perform(parts.desk, parts.settings, Call(THE_DESK, now()), work).body
        )
        return content

    who = do(lambda act: add_reviewer(act, {"name": "Bench", "kind": "script", "role": "editor"}))
    token = do(lambda act: issue_token(act, {"reviewer": who["id"], "label": "bench"}))["token"]
    do(lambda act: add_story(act, {"slug": STORY, "title": "Many figures", "summary": None}))
    for number in range(max(size.sources // 20, 1)):
        owner = None if number % 3 else f"Holding {number % 17}"
        outlet = {"name": f"Outlet {number}", "url": None, "owner": owner, "reliability": None}
        do(lambda act, outlet=outlet: add_outlet(act, {**outlet, "kind": None, "country": None}))
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    claims = [{"act": "claim", "text": "Many speak of it.", "claimant": {"name": "A", "kind": "person"}}]
    claims += _claims(size.figures)
    answer = client.post("/v1/bulk", data="\n".join(map(json.dumps, claims)), headers=_LINES)
    if answer.text.count('"status":201') != len(claims):
        raise RuntimeError("not every claim was recorded")
    parts.desk.write(lambda db: _attach(db, size, who["id"], now()))
    return str(token)


def _claims(count: int) -> list[dict[str, Any]]:
    """Make claims with exact figures of single days, so that it can be told by hand which pairs conflict."""
    pick = random.Random(5)
    return [
        {
            "act": "claim",
            "text": f"Statement {number}.",
            "claimant": {"name": f"Office {number % 40}", "kind": "organisation"},
            "chain": [f"Office {number % 40}", "Wire"],
            "story": STORY,
            "figure": {
                "measure": pick.choice(("deaths", "injured", "arrests")),
                "value": pick.randrange(400),
                "scope": pick.choice(("Country", "City", "Market")),
                "within": pick.choice((None, "World")),
                "as_of": f"2022-{pick.randrange(1, 7):02}-{pick.randrange(1, 29):02}",
            },
        }
        for number in range(count)
    ]


def _attach(db: Database, size: Size, reviewer: int, at: str) -> None:
    """Attach sources to the first claim and let them cite one another: rows, and the sources' texts."""
    pick, seq = random.Random(7), log.head(db).seq
    outlets = max(size.sources // 20, 1)
    for number in range(1, size.sources + 1):
        url = f"https://outlet{number % outlets}.example.org/{number}"
        source = {
            "id": number,
            "identity": url,
            "url": url,
            "title": f"Report {number}",
            "outlet_id": 1 + number % outlets,
            "kind": "page",
            "original": pick.choice(ORIGINALITIES),
            "created_at": at,
        }
        insert(db, "sources", source)
        evidence = {"claim_id": 1, "source_id": number, "stance": pick.choice(STANCES[:2])}
        insert(db, "evidence", {**evidence, "seq": seq, "attached_at": at, "attached_by": reviewer})
        text = written(render(db, "sources", number, "newest"))
        log.keep_document(db, "sources", number, seq, *text, {})
    for _ in range(size.citations):
        source = pick.randrange(2, size.sources + 1)
        # Mostly of what came before; some lead back, so that there are circles.
        cited = pick.randrange(1, source) if pick.random() < 0.999 else pick.randrange(1, size.sources)
        if cited != source:
            kind = pick.choice(CITATION_KINDS)
            citation = {"seq": seq, "source_id": source, "cited_id": cited, "kind": kind}
            insert(db, "citations", {**citation, "recorded_at": at, "recorded_by": reviewer})


def _rows(conn: sqlite3.Connection) -> None:
    conn.execute(
        """
        SELECT stance, sources.id, sources.original, outlets.name, outlets.owner
        FROM evidence JOIN sources ON sources.id = evidence.source_id
        LEFT JOIN outlets ON outlets.id = sources.outlet_id WHERE claim_id = 1
        """
    ).fetchall()
    conn.execute(
        """
        SELECT citations.source_id, cited_id, kind
        FROM evidence JOIN citations ON citations.source_id = evidence.source_id WHERE claim_id = 1
        """
    ).fetchall()


def _texts(conn: sqlite3.Connection) -> None:
    for (body,) in conn.execute(
        """
        SELECT body FROM figures JOIN claims ON claims.id = figures.claim_id
        JOIN documents ON documents.id = claims.document_id
        """
    ):
        json.loads(body)


def _pairs(conn: sqlite3.Connection) -> int:
    """Count the pairs of figures that differ on one day, which is all there is to it where all are exact."""
    days: dict[Any, list[float]] = defaultdict(list)
    for *series, value in conn.execute("SELECT measure, scope, as_of, value FROM figures"):
        days[tuple(series)].append(value)
    return sum(one != other for values in days.values() for one, other in combinations(values, 2))
