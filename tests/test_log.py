"""The log: one act is one line, chained to the one before, and what was served is what is stored."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom
from tests.test_dry_run import WRITES, send

TABLES = ("claims", "sources", "outlets", "claimants", "stories", "statuses", "reviewers")


def events(newsroom: Newsroom) -> list[dict[str, Any]]:
    cursor = newsroom.db.conn.execute("SELECT * FROM events ORDER BY seq")
    return [dict(zip([name[0] for name in cursor.description], row, strict=True)) for row in cursor]


def check(newsroom: Newsroom) -> tuple[int, str]:
    """Run the command that proves the desk, and give its exit code and what it says."""
    runner = newsroom.app.test_cli_runner()
    assert isinstance(runner, FlaskCliRunner)
    done = runner.invoke(args=["check"])
    return done.exit_code, done.output


def work(newsroom: Newsroom, seed: int, acts: int) -> None:
    """Do what a busy desk does, some of which is refused."""
    chance = random.Random(seed)
    stages = ("published", "published", "withdrawn", "open", "open", "open")
    statuses = ("unclear", "false", "verified", "little evidence")

    def claim() -> int:
        return chance.randint(1, 4)

    def source() -> dict[str, Any]:
        url = f"https://example.org/{chance.randint(1, 4)}?utm_source={chance.random()}"
        return {
            "url": url,
            "outlet": f"Outlet {chance.randint(1, 3)}",
            "stance": chance.choice(("supports", "context")),
        }

    def verdict() -> dict[str, Any]:
        return {**VERDICT, "status": chance.choice(statuses), "sources": chance.choice(([], [source()], [1]))}

    def reason() -> dict[str, Any]:
        return {"reason": f"Reason {chance.randint(1, 2)}."}

    things: list[Any] = [
        lambda: ("POST", "/v1/claims", {**CLAIM, "text": f"Claim {claim()}.", "claimed_on": "2024~"}),
        lambda: ("PUT", f"/v1/claims/ref/r{claim()}", {**CLAIM, "text": f"Claim {claim()}."}),
        lambda: ("PATCH", f"/v1/claims/{claim()}", {"place": f"Place {chance.randint(1, 3)}"}),
        lambda: ("PATCH", f"/v1/claims/{claim()}", {"claimed_on": f"20{chance.randint(10, 24)}?"}),
        lambda: ("POST", f"/v1/claims/{claim()}/sources", source()),
        lambda: ("POST", f"/v1/claims/{claim()}/sources/{claim()}/withdrawal", reason()),
        lambda: ("POST", f"/v1/claims/{claim()}/verdicts", verdict()),
        lambda: ("POST", f"/v1/claims/{claim()}/verdicts", verdict()),
        lambda: ("POST", f"/v1/claims/{claim()}/rulings", verdict()),
        lambda: ("POST", f"/v1/verdicts/{chance.randint(1, 12)}/retraction", reason()),
        lambda: ("POST", f"/v1/claims/{claim()}/stage", {"stage": chance.choice(stages), **reason()}),
        lambda: ("PATCH", f"/v1/outlets/{claim()}", {"name": f"Outlet {chance.randint(1, 9)}"}),
        lambda: ("PATCH", "/v1/claimants/1", {"name": f"Council {chance.randint(1, 3)}"}),
        lambda: ("PATCH", f"/v1/sources/{claim()}", {"title": f"Title {chance.randint(1, 3)}"}),
        lambda: ("POST", "/v1/stories", {"slug": "story", "title": "A story"}),
        lambda: ("PATCH", "/v1/stories/story", {"title": f"Story {chance.randint(1, 3)}"}),
        lambda: ("PATCH", f"/v1/claims/{claim()}", {"story": "story"}),
        lambda: ("PATCH", "/v1/statuses/unclear", {"label": f"unclear {chance.randint(1, 3)}"}),
    ]
    for number in range(4):
        newsroom.claim(text=f"Claim {number + 1}.", claimed_on="2024~")
    for _ in range(acts):
        method, path, body = chance.choice(things)()
        caller = chance.choice([newsroom.reader] + 3 * [newsroom.reviewer, newsroom.editor, newsroom.admin])
        query = chance.choice(5 * [""] + ["?dry_run=true"])
        answer = caller(method, f"{path}{query}", json=body, headers={"If-Match": "*"})
        assert answer.status_code in (200, 201, 400, 403, 404, 409, 412), answer.text


def test_it_works(newsroom: Newsroom) -> None:
    before = len(events(newsroom))
    made = newsroom.reviewer.post("/v1/claims", CLAIM, headers={"X-Request-Id": "night-shift-1"})
    *_, line = events(newsroom)
    assert len(events(newsroom)) == line["seq"] == before + 1
    assert (line["actor"], line["actor_id"], line["act"]) == ("Reviewer", 2, "claim:add")
    assert (line["noun"], line["subject_id"], line["claim_id"]) == ("claims", 1, 1)
    assert (line["at"], line["request_id"]) == (made.json["created_at"], "night-shift-1")
    assert json.loads(line["changes"])["text"] == CLAIM["text"]
    assert set(json.loads(line["documents"])) == {"claims/1", "claimants/1"}


def test_who_acts_is_given_a_receipt(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.post("/v1/claims", CLAIM)
    *_, line = events(newsroom)
    assert made.headers["Log-Line"] == f"{line['seq']}:{line['hash']}"
    assert "Log-Line" not in newsroom.reviewer.post("/v1/claims", CLAIM).headers, "nothing has changed"
    other = {**CLAIM, "text": "Another."}
    assert "Log-Line" not in newsroom.reviewer.post("/v1/claims?dry_run=true", other).headers


def test_the_first_line_founds_the_desk(newsroom: Newsroom) -> None:
    first = events(newsroom)[0]
    assert (first["seq"], first["act"], first["actor"]) == (1, "desk:found", "the desk")
    assert first["previous_hash"] == "0" * 64


def test_one_act_is_one_line(newsroom: Newsroom) -> None:
    for name in WRITES:
        before = newsroom.rows("events")
        assert send(newsroom, name).status_code in (200, 201), name
        *_, line = events(newsroom)
        by = "Reviewer" if name == "give_opinion" else "Admin"
        assert (line["seq"], line["actor"]) == (before + 1, by), name
        assert newsroom.rows("events") == before + 1, name


def test_the_chain_can_be_followed_by_anybody(newsroom: Newsroom) -> None:
    work(newsroom, seed=1, acts=40)
    previous = "0" * 64
    hashed = ["seq", "at", "actor_id", "actor", "act", "noun", "subject_id", "claim_id"]
    hashed += ["changes", "documents", "request_id"]
    for line in events(newsroom):
        text = json.dumps([line[name] for name in hashed], ensure_ascii=False, separators=(",", ":"))
        assert line["previous_hash"] == previous
        assert line["hash"] == sha256(f"{previous}\n{text}".encode()).hexdigest()
        previous = line["hash"]


def test_each_line_holds_the_hashes_of_the_texts_that_were_served(newsroom: Newsroom) -> None:
    work(newsroom, seed=2, acts=60)
    kept = {
        (f"{noun}/{subject_id}", seq): sha256(body.encode()).hexdigest()
        for noun, subject_id, seq, body in newsroom.db.conn.execute(
            "SELECT noun, subject_id, seq, body FROM documents"
        )
    }
    told = {
        (name, line["seq"]): digest
        for line in events(newsroom)
        for name, digest in json.loads(line["documents"]).items()
    }
    assert kept == told


def test_reads_give_the_stored_bytes(newsroom: Newsroom) -> None:
    work(newsroom, seed=3, acts=60)
    compared = 0
    for noun in TABLES:
        key = "slug" if noun in ("stories", "statuses") else "id"
        for name, etag, body in newsroom.db.conn.execute(
            f"SELECT {noun}.{key}, etag, body FROM {noun} JOIN documents ON documents.id = document_id"
        ).fetchall():
            read = newsroom.admin.get(f"/v1/{noun}/{name}")
            assert read.data == f"{body}\n".encode()
            assert read.headers["ETag"] == f'"{etag}"' == f'"{json.loads(body)["etag"]}"'
            unended = body.rpartition(',"etag"')[0] + "}"
            assert etag == sha256(unended.encode()).hexdigest()[:32]
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("seed", range(6))
def test_the_desk_holds_together_after_whatever_was_done(newsroom: Newsroom, seed: int) -> None:
    work(newsroom, seed, acts=200)
    lines = newsroom.rows("events")
    assert lines > 60
    code, told = check(newsroom)
    assert (code, told) == (
        0,
        f"Every stored text is what the rows say, and all {lines} lines of the log hold together.\n",
    )


BY_HAND = [
    ("UPDATE claims SET text = 'Otherwise.'", "claims/1"),
    ("UPDATE claims SET status = 'verified'", "claims/1: the status in its row"),
    ("UPDATE claims SET rating = 5", "claims/1: the status in its row"),
    ("UPDATE claims SET contested = 1", "claims/1: the status in its row"),
    ("UPDATE claims SET claimed_until = '2030-01-01'", "claims/1: its key or the bounds"),
    ("UPDATE claims SET identity = 'x'", "claims/1: its key or the bounds"),
    ("UPDATE claims SET stage = 'withdrawn'", "claims/1"),
    ("UPDATE verdicts SET rationale = 'Otherwise.'", "claims/1"),
    ("UPDATE verdicts SET status = 'unclear'", "claims/1"),
    ("UPDATE evidence SET stance = 'supports'", "claims/1"),
    ("UPDATE sources SET title = 'Otherwise'", "sources/1"),
    ("UPDATE outlets SET reliability = 'A'", "outlets/1"),
    ("UPDATE claimants SET name = 'Otherwise'", "claimants/1"),
    ("UPDATE statuses SET rating = 5 WHERE slug = 'mixed'", "statuses/9"),
    ("UPDATE reviewers SET role = 'admin' WHERE id = 1", "reviewers/1"),
    ("UPDATE claim_search SET rationale = 'Otherwise.'", "claims/1: the search index"),
    ("DELETE FROM claim_search", "claims/1: the search index"),
    ("DELETE FROM chain_links", "claims/1"),
    ("UPDATE documents SET body = replace(body, 'bridge', 'tunnel')", "events/"),
    (
        "UPDATE documents SET body = '{}' WHERE seq = (SELECT min(seq) FROM documents WHERE noun = 'claims')",
        "events/",
    ),
    ("DELETE FROM documents WHERE id NOT IN (SELECT document_id FROM claims) AND noun = 'claims'", "events/"),
    ("UPDATE events SET actor = 'Somebody else' WHERE seq = 3", "events/3: the line is not the one"),
    ("UPDATE events SET changes = '{}' WHERE seq = 10", "events/10: the line is not the one"),
    ("DELETE FROM events WHERE seq = 4", "events/4: the line is missing"),
    ("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)", "but no such line"),
]


@pytest.mark.parametrize(("sql", "told"), BY_HAND)
def test_what_is_altered_by_hand_is_found(newsroom: Newsroom, sql: str, told: str) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    assert check(newsroom)[0] == 0
    assert newsroom.by_hand(sql)
    code, output = check(newsroom)
    assert code == 1
    assert told in output


def test_a_refused_act_leaves_nothing_in_any_table(newsroom: Newsroom) -> None:
    newsroom.claim()
    before = list(newsroom.db.conn.iterdump())
    # The source is new and good; the status is what is refused, after it was attached.
    body = {"status": "false", "rationale": "So.", "sources": [SOURCE, 9]}
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", body).status_code == 400
    after = [line for line in newsroom.db.conn.iterdump() if '"tokens"' not in line]
    assert after == [line for line in before if '"tokens"' not in line]
