"""What is asked, and whether answers say the same."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

from bench.load import Connection, Question, WrongAnswer, get
from bench.servers import BRIEF, CONSTANT, LIST, LONG, ONE, SEARCH, Server

# Nobody searches by words that stand in one claim of twenty; and a page of twenty should be full.
COMMON, FOUND_LEAST = 0.05, 20
_FOUND = """
    SELECT count(*) FROM claim_search JOIN claims ON claims.id = claim_search.rowid
    WHERE claim_search MATCH ? AND claims.stage = 'published'
"""
_SUMMARY = (
    "id ref text claimant claimed_on place language story standing stage created_at created_by updated_at"
)
KEYS = set(_SUMMARY.split())
WHOLE_KEYS = KEYS | {"chain", "appearances", "figure", "sources", "verdicts"}


def chosen(database: Path, many: int) -> dict[str, list[dict[str, Any]]]:
    """Choose what to ask, the same in every run.

    Args:
        many: how many claims to read; of searches there are a quarter, of lists at most 24.
    """
    conn = sqlite3.connect(database)
    pick = random.Random(3)
    ids = [row[0] for row in conn.execute("SELECT id FROM claims WHERE stage = 'published' ORDER BY id")]
    lists = [
        {"status": status, "language": language}
        for status, language in conn.execute(
            """
            SELECT status, language FROM claims WHERE stage = 'published'
            GROUP BY status, language HAVING count(*) >= 51 ORDER BY count(*) DESC LIMIT 24
            """
        )
    ]
    searches = _searches(conn, pick, ids, many // 4)
    conn.close()
    return {
        CONSTANT: [{}],
        LONG: [{}],
        ONE: [{"id": claim_id} for claim_id in pick.sample(ids, min(many, len(ids)))],
        LIST: lists,
        BRIEF: lists,
        SEARCH: searches,
    }


def _searches(
    conn: sqlite3.Connection, pick: random.Random, ids: list[int], many: int
) -> list[dict[str, Any]]:
    """Take two words of a claim that carry meaning, as somebody does who looks for it."""
    conn.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, claim_search, 'row')")
    sql = "SELECT term FROM temp.words WHERE doc > ?"
    common = {row[0] for row in conn.execute(sql, (len(ids) * COMMON,))}
    least = FOUND_LEAST if len(ids) > 50_000 else 2
    found: list[dict[str, Any]] = []
    for _ in range(many * 200):
        (text,) = conn.execute("SELECT text FROM claims WHERE id = ?", (pick.choice(ids),)).fetchone()
        words = sorted(set(text.rstrip(".").lower().split()) - common)
        if len(words) < 2:
            continue
        asked = " ".join(pick.sample(words, 2))
        if conn.execute(_FOUND, (asked,)).fetchone()[0] >= least:
            found.append({"q": asked})
        if len(found) == many:
            break
    return found


def hits(database: Path, searches: list[dict[str, Any]]) -> tuple[int, int]:
    """Give how many claims the median search and the largest find."""
    conn = sqlite3.connect(database)
    counts = sorted(conn.execute(_FOUND, (each["q"],)).fetchone()[0] for each in searches)
    conn.close()
    return counts[len(counts) // 2], counts[-1]


def answered(server: Server, workload: str, asked: list[dict[str, Any]]) -> tuple[list[Question], list[Any]]:
    """Ask everything once; give the questions with their exact answers, and what these say."""
    connection = Connection(server.port)
    questions, contents = [], []
    for each in asked:
        request = get(server.contender.path(workload, each))
        status, body = connection.ask(request)
        if status != 200:
            raise WrongAnswer(
                f"{server.contender.name}: {request[:200]!r} was answered {status} {body[:300]!r}"
            )
        questions.append(Question(request, body=body))
        contents.append(_content(workload, json.loads(body)))
    connection.socket.close()
    return questions, contents


def hold_against(name: str, workload: str, theirs: list[Any], desks: list[Any]) -> None:
    """Make sure that a contender says what the desk says.

    Raises:
        WrongAnswer: it says something else, or less than it has to.
    """
    keys = KEYS if workload == BRIEF else WHOLE_KEYS
    for mine, desk in zip(theirs, desks, strict=True):
        if len(mine) != len(desk) or not desk:
            raise WrongAnswer(f"{name}, {workload}: {len(mine)} items instead of {len(desk)}")
        for claim, other in zip(mine, desk, strict=True):
            wrong = [key for key in keys if key not in claim or not _agrees(claim[key], other[key])]
            if wrong:
                told = f"{wrong[0]}: {claim.get(wrong[0])} is not {other[wrong[0]]}"
                raise WrongAnswer(f"{name}, {workload}, claim {other['id']}, {told}")


def _content(workload: str, content: Any) -> Any:
    """Give the claims of an answer, in their order."""
    if workload in (CONSTANT, LONG):
        return content
    if isinstance(content, list):
        return content
    return [content] if workload == ONE else content["items"]


def _agrees(mine: Any, desk: Any) -> bool:
    """Say whether everything in the one stands in the other; the desk may say more."""
    if isinstance(mine, dict) and isinstance(desk, dict):
        return all(name in desk and _agrees(value, desk[name]) for name, value in mine.items())
    if isinstance(mine, list) and isinstance(desk, list):
        return len(mine) == len(desk) and all(map(_agrees, mine, desk))
    return bool(mine == desk)
