"""Durable verdicts, measured beside a bare loop that commits the same rows."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import measure
from bench.data import Case
from bench.load import Question, loaded, post
from bench.servers import Contender, Server

LOOP = "bare sqlite3 loop, same rows"
WRITERS = (1, 16)


@dataclass
class Writing:
    """One cell of one round: verdicts a second, CPU in µs a verdict, waits in ms."""

    rate: float
    cpu: float = 0.0
    p50: float = 0.0
    p99: float = 0.0


Writings = dict[tuple[str, int], list[Writing]]


def measured(
    case: Case, contenders: tuple[Contender, ...], folder: Path, rounds: int, seconds: float
) -> Writings:
    """Let each contender, on a copy of the file, take verdicts from one writer and from sixteen."""
    writings: Writings = {}
    with ExitStack() as stack:
        servers = [
            stack.enter_context(Server(contender, _copy(case, folder, number), folder))
            for number, contender in enumerate(contenders)
        ]
        loop_file = _copy(case, folder, len(servers))
        pools = _pools(case, rounds)
        for number in range(rounds):
            for writers in WRITERS:
                rows = pools[number, writers]
                for server in servers:
                    found = _writing(server, case, rows, writers, seconds)
                    writings.setdefault((server.contender.name, writers), []).append(found)
            loop = _loop(loop_file, pools[number, 1], seconds)
            writings.setdefault((LOOP, 1), []).append(loop)
            print(f"verdicts: round {number + 1} of {rounds} is done", file=sys.stderr)
    return writings


def _copy(case: Case, folder: Path, number: int) -> Path:
    path = folder / f"copy-{number}" / "desk.db"
    path.parent.mkdir()
    shutil.copy(case.database, path)
    # What the copy left to be written to the disk must not be charged to the first verdicts.
    subprocess.run(["sync", str(path)], check=True)
    return path


def _pools(case: Case, rounds: int) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Share out all claims, each with one of its sources, among the rounds."""
    rows = claims_with_source(case)
    each = len(rows) // rounds
    pools = {}
    for number in range(rounds):
        mine = rows[number * each : (number + 1) * each]
        pools[number, 1], pools[number, 16] = mine[: each // 4], mine[each // 4 :]
    return pools


def claims_with_source(case: Case) -> list[tuple[int, int]]:
    """Give every claim with one of the sources attached to it."""
    conn = sqlite3.connect(case.database)
    rows = conn.execute("SELECT claim_id, min(source_id) FROM evidence GROUP BY claim_id").fetchall()
    conn.close()
    return rows


def verdict(contender: Contender, row: tuple[int, int], reviewer: int) -> tuple[str, dict[str, Any]]:
    """Give path and body by which a contender takes a verdict on a claim."""
    return contender.writes(_draft(*row, reviewer))  # type: ignore[misc]


def _draft(claim: int, source: int, reviewer: int) -> dict[str, Any]:
    return {
        "claim": claim,
        "reviewer": reviewer,
        "status": "unclear",
        "rationale": f"Nobody could say on which day it was counted, nor by whom, nor what was left out; "
        f"the list that was shown to us, number {claim}, ends before the week in question.",
        "confidence": "moderate",
        "sources": [source],
    }


def _writing(
    server: Server, case: Case, rows: list[tuple[int, int]], writers: int, seconds: float
) -> Writing:
    questions = [
        [_question(server.contender, row, number, case.tokens) for row in rows[number::writers]]
        for number in range(writers)
    ]
    family = server.family()
    before = measure.cpu_seconds(family)
    load = loaded(server.port, questions, seconds, processes=min(2, writers), once=True)
    cpu = measure.cpu_seconds(family) - before
    return Writing(load.rate, cpu / load.answers * 1e6, load.wait(0.5) * 1e3, load.wait(0.99) * 1e3)


def _question(contender: Contender, row: tuple[int, int], writer: int, tokens: list[str]) -> Question:
    number = writer % len(tokens)
    path, body = verdict(contender, row, number + 1)
    part = f"number {row[0]}," if contender.created == 201 else '"ok": true'
    return Question(
        post(path, json.dumps(body).encode(), tokens[number]), contender.created, part=part.encode()
    )


def _loop(path: Path, rows: list[tuple[int, int]], seconds: float) -> Writing:
    """Commit what the desk commits for a verdict, one after the other, with nothing around it."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = FULL")
    prepared = _prepared(conn, rows)
    waits, begun = [], time.perf_counter()
    cpu = time.process_time()
    for statements in prepared:
        started = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            conn.execute(sql, values)
        conn.execute("COMMIT")
        waits.append(time.perf_counter() - started)
        if time.perf_counter() - begun > seconds:
            break
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    conn.close()
    waits.sort()
    return Writing(
        len(waits) / took,
        cpu / len(waits) * 1e6,
        waits[len(waits) // 2] * 1e3,
        waits[int(len(waits) * 0.99)] * 1e3,
    )


def _prepared(
    conn: sqlite3.Connection, rows: list[tuple[int, int]]
) -> list[list[tuple[str, tuple[Any, ...]]]]:
    """Work out beforehand every value that the loop will store."""
    seq = conn.execute("SELECT max(seq) FROM events").fetchone()[0]
    verdict_id = conn.execute("SELECT max(id) FROM verdicts").fetchone()[0]
    document_id = conn.execute("SELECT max(id) FROM documents").fetchone()[0]
    prepared = []
    for step, (claim, source) in enumerate(rows, start=1):
        draft = _draft(claim, source, 1)
        (body,) = conn.execute(
            "SELECT body FROM documents JOIN claims ON claims.document_id = documents.id WHERE claims.id = ?",
            (claim,),
        ).fetchone()
        found = conn.execute("SELECT * FROM claim_search WHERE rowid = ?", (claim,)).fetchone()
        text, claimant, chain, rationale, sources = found
        # The text grows by about what a verdict takes in it.
        body = f"{body}{json.dumps(draft)}{' ' * 150}"
        said, at, digest = json.dumps({"verdict": draft}), "2026-01-01T00:00:00.000Z", "0" * 64
        prepared.append(
            [
                (
                    "INSERT INTO verdicts (id, seq, claim_id, reviewer_id, ruling, status, rationale, "
                    "confidence, issued_at) VALUES (?, ?, ?, 1, 0, ?, ?, 'moderate', ?)",
                    (verdict_id + step, seq + step, claim, draft["status"], draft["rationale"], at),
                ),
                ("INSERT INTO verdict_sources VALUES (?, ?)", (verdict_id + step, source)),
                (
                    "INSERT INTO documents (id, noun, subject_id, seq, etag, body) "
                    "VALUES (?, 'claims', ?, ?, ?, ?)",
                    (document_id + step, claim, seq + step, digest[:32], body),
                ),
                (
                    "UPDATE claims SET status = ?, rating = NULL, contested = 1, updated_at = ?, "
                    "document_id = ? WHERE id = ?",
                    (draft["status"], at, document_id + step, claim),
                ),
                ("DELETE FROM claim_search WHERE rowid = ?", (claim,)),
                (
                    "INSERT INTO claim_search (rowid, text, claimant, chain, rationale, sources) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (claim, text, claimant, chain, f"{rationale} · {draft['rationale']}", sources),
                ),
                (
                    "INSERT INTO events (seq, at, actor_id, actor, act, noun, subject_id, claim_id, changes, "
                    "documents, request_id, previous_hash, hash) "
                    "VALUES (?, ?, 1, 'Reviewer 0', 'verdict:issue', 'verdicts', ?, ?, ?, ?, ?, ?, ?)",
                    (
                        seq + step,
                        at,
                        verdict_id + step,
                        claim,
                        said,
                        json.dumps({f"claims/{claim}": digest}),
                        digest[:16],
                        digest,
                        digest,
                    ),
                ),
            ]
        )
    return prepared
