"""`flask verify` and `GET /v1/log/head`: whatever is changed in the file by hand is told, by its line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from hashlib import sha256

import pytest
from click.testing import Result

from db import log
from factcheck.workflow.verifying import faults_of_log
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom

# The newsroom's people and their tokens are lines 2 to 9.
RECORDED, PUBLISHED, VERDICT_GIVEN, RULED, RETRACTED, WITHDRAWN, REVISED = range(10, 17)


@pytest.fixture
def worked(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom in which each kind of row was added, one line each."""
    newsroom.claim()
    sent = [
        newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]}),
        newsroom.editor.post("/v1/claims/1/rulings", {"status": "unclear", "rationale": "Not settled."}),
        newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "A slip."}),
        newsroom.reviewer.post("/v1/claims/1/sources/1/withdrawal", {"reason": "Of another bridge."}),
        newsroom.reviewer.patch("/v1/claims/1", {"place": "Old Bridge"}, headers={"If-Match": "*"}),
    ]
    assert [answer.status_code for answer in sent] == [201] * 4 + [200]
    assert log.head(newsroom.db).seq == REVISED
    return newsroom


def verify(newsroom: Newsroom, *options: str) -> Result:
    """Run the command on a newsroom's desk."""
    return newsroom.app.test_cli_runner().invoke(args=["verify", *options])


def told(newsroom: Newsroom, *options: str) -> list[str]:
    """Give the faults that are told."""
    done = verify(newsroom, *options)
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    *faults, last = done.stderr.splitlines()
    assert f"{len(faults)} fault" in last
    return faults


def tamper(newsroom: Newsroom, *statements: str) -> None:
    """Change the file as somebody would who takes the triggers away and puts them back."""
    triggers = newsroom.db.conn.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for sql in statements:
        assert newsroom.by_hand(sql), sql
    for (trigger,) in triggers:
        newsroom.db.conn.execute(trigger)


def head(newsroom: Newsroom) -> str:
    """Note the head, as a reader does."""
    found = newsroom.anonymous.get("/v1/log/head").json
    return f"{found['seq']}:{found['hash']}"


def test_it_works(worked: Newsroom) -> None:
    done = verify(worked, "--head", head(worked))
    assert (done.exit_code, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first == "All 16 lines of the log hold together, and with them every text that was served."
    assert second == "1 head noted earlier: as noted."
    assert third.startswith(f"The head is {head(worked)}, written at 20")


def test_the_head_is_told_to_everybody(worked: Newsroom) -> None:
    answer = worked.anonymous.get("/v1/log/head")
    newest = log.head(worked.db)
    assert answer.status_code == 200
    assert list(answer.json) == ["seq", "at", "hash", "etag"]
    assert answer.json == {**newest._asdict(), "etag": answer.json["etag"]}
    seen = {"If-None-Match": answer.headers["ETag"]}
    assert worked.anonymous.get("/v1/log/head", headers=seen).status_code == 304
    worked.reviewer.post("/v1/claims", {**CLAIM, "text": "Nobody knows of this one."})
    after = worked.anonymous.get("/v1/log/head", headers=seen)
    assert (after.status_code, after.json["seq"]) == (200, newest.seq + 1)


# What is done by hand to the file, and every sentence that is told of it.
BY_HAND: list[tuple[tuple[str, ...], list[str]]] = [
    # The log.
    (
        ("UPDATE events SET actor = 'Somebody else' WHERE seq = 12",),
        ["events/12: the line is not the one that was written."],
    ),
    (
        ("UPDATE events SET changes = replace(changes, 'A slip', 'A lie') WHERE seq = 14",),
        [
            "events/14: the line is not the one that was written.",
            "events/14: retractions/1 names this line and is not what it tells of.",
        ],
    ),
    (
        ("UPDATE events SET request_id = 'another' WHERE seq = 1",),
        ["events/1: the line is not the one that was written."],
    ),
    (
        ("UPDATE events SET hash = replace(hash, substr(hash, 1, 4), '0000') WHERE seq = 5",),
        [
            "events/5: the line is not the one that was written.",
            "events/6: the line was written after another line than the one that is before it.",
        ],
    ),
    (
        ("UPDATE events SET previous_hash = hash WHERE seq = 5",),
        ["events/5: the line is not the one that was written."],
    ),
    (
        ("DELETE FROM events WHERE seq = 4", "DELETE FROM documents WHERE seq = 4"),
        [
            "events/4: the line is missing from the log.",
            "reviewers/2: no line of the log tells of it.",
            "reviewers_history: rows that no line of the log tells of: 1.",
        ],
    ),
    (
        ("DELETE FROM events WHERE seq IN (5, 6, 7)", "DELETE FROM documents WHERE seq = 6"),
        [
            "events/5: this line and those up to 7 are missing from the log.",
            "reviewers/3: no line of the log tells of it.",
            "reviewers_history: rows that no line of the log tells of: 1.",
        ],
    ),
    (
        # Cut off at the end, with what it had left in place.
        ("DELETE FROM events WHERE seq = 16",),
        ["events/16: there is a text of claims/1, but no such line."],
    ),
    (
        (
            "INSERT INTO events SELECT 17, at, actor_id, actor, act, noun, subject_id, claim_id, changes, "
            "'{}', request_id, hash, hash, 0 FROM events WHERE seq = 16",
        ),
        ["events/17: the line is not the one that was written."],
    ),
    (
        ("UPDATE events SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 15",),
        [
            "events/15: the line is not the one that was written.",
            "events/15: its time is earlier than that of the line before it.",
            "events/15: what this line tells of is not in the table evidence_withdrawals.",
        ],
    ),
    (
        ("UPDATE events SET public = 0 WHERE seq = 12",),
        ["events/12: whom the line is shown to does not follow from its texts."],
    ),
    (
        ("UPDATE events SET public = 1 WHERE seq = 3",),
        ["events/3: whom the line is shown to does not follow from its texts."],
    ),
    # The texts.
    (
        ("UPDATE documents SET body = replace(body, 'bridge', 'tunnel') WHERE noun = 'claims' AND seq = 11",),
        ["events/11: the text of claims/1 is not the one that was served."],
    ),
    (
        ("UPDATE documents SET body = 'nothing' WHERE noun = 'claims' AND seq = 12",),
        [
            "events/12: the text of claims/1 is not the one that was served.",
            "events/12: claims_history does not say what the text of this line says.",
        ],
    ),
    (
        ("UPDATE documents SET etag = 'another' WHERE noun = 'claims' AND seq = 12",),
        ["events/12: the etag of claims/1 is not that of its text."],
    ),
    (
        ("DELETE FROM documents WHERE noun = 'claims' AND seq = 12",),
        [
            "events/12: the text of claims/1 is missing.",
            "claims_history: rows that no line of the log tells of: 1.",
        ],
    ),
    (
        (
            "INSERT INTO documents (noun, subject_id, seq, etag, body) "
            "SELECT 'outlets', 9, 12, etag, body FROM documents WHERE noun = 'outlets'",
        ),
        [
            "events/12: there is a text of outlets/9 that the line does not tell of.",
            "events/12: what is served of outlets/9 is not its newest text, of this line.",
            "events/12: outlets_history does not say what the text of this line says.",
        ],
    ),
    (
        # The text of one line is given to another.
        ("UPDATE documents SET seq = 15 WHERE noun = 'reviewers' AND seq = 2",),
        [
            "events/2: the text of reviewers/1 is missing.",
            "events/15: there is a text of reviewers/1 that the line does not tell of.",
            "events/15: reviewers_history does not say what the text of this line says.",
        ],
    ),
    (
        # What is served is an older text.
        ("UPDATE claims SET document_id = (SELECT id FROM documents WHERE noun = 'claims' AND seq = 12)",),
        [
            "events/16: what is served of claims/1 is not its newest text, of this line.",
            "events/12: the row of claims/1 is not as this line left it.",
        ],
    ),
    (
        ("UPDATE claims SET document_id = (SELECT document_id FROM sources)",),
        ["events/16: what is served of claims/1 is not its newest text, of this line."],
    ),
    (
        ("DELETE FROM outlets",),
        ["events/12: what is served of outlets/1 is not its newest text, of this line."],
    ),
    (
        ("INSERT INTO outlets (name, name_key, created_at) VALUES ('Nobody', 'nobody', '2024')",),
        ["outlets/2: no line of the log tells of it."],
    ),
    # The rows that the log tells of.
    (
        ("UPDATE verdicts SET rationale = 'Otherwise.' WHERE id = 1",),
        ["events/12: verdicts/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET status = 'unclear' WHERE id = 1",),
        ["events/12: verdicts/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET ruling = 1 WHERE id = 1",),
        ["events/12: verdicts/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET reviewer_id = 1 WHERE id = 2",),
        ["events/13: verdicts/2 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET issued_at = '2020-01-01T00:00:00.000Z' WHERE id = 2",),
        ["events/13: verdicts/2 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET seq = 99 WHERE id = 2",),
        ["events/99: verdicts/2 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE verdicts SET seq = 11 WHERE id = 1",),
        ["events/11: verdicts/1 names this line and is not what it tells of."],
    ),
    (
        ("DELETE FROM verdict_sources",),
        ["events/12: verdicts/1 names this line and is not what it tells of."],
    ),
    (
        ("DELETE FROM verdicts WHERE id = 2",),
        ["events/13: what this line tells of is not in the table verdicts."],
    ),
    (
        (
            "INSERT INTO verdicts (id, seq, claim_id, reviewer_id, ruling, status, rationale, "
            "confidence, issued_at) SELECT 3, seq, claim_id, reviewer_id, ruling, status, rationale, "
            "confidence, issued_at FROM verdicts WHERE id = 1",
        ),
        ["events/12: verdicts/3 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE retractions SET reason = 'No slip.'",),
        ["events/14: retractions/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE retractions SET seq = 99",),
        ["events/99: retractions/1 names this line and is not what it tells of."],
    ),
    (("DELETE FROM retractions",), ["events/14: what this line tells of is not in the table retractions."]),
    (
        ("UPDATE corrections SET reason = 'None.' WHERE id = 1",),
        ["events/13: corrections/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE corrections SET seq = 99 WHERE id = 1",),
        ["events/99: corrections/1 names this line and is not what it tells of."],
    ),
    (
        ("DELETE FROM corrections WHERE id = 1",),
        ["events/13: what is served of corrections/1 is not its newest text, of this line."],
    ),
    (
        ("UPDATE evidence SET seq = 11",),
        ["events/11: evidence/1 names this line and is not what it tells of."],
    ),
    (
        ("UPDATE evidence_withdrawals SET reason = 'None.'",),
        ["events/15: what this line tells of is not in the table evidence_withdrawals."],
    ),
    (
        ("UPDATE evidence_withdrawals SET seq = 1",),
        ["events/15: what this line tells of is not in the table evidence_withdrawals."],
    ),
    (
        ("DELETE FROM evidence_withdrawals",),
        ["events/15: what this line tells of is not in the table evidence_withdrawals."],
    ),
    (
        ("UPDATE stage_changes SET changed_at = '2020-01-01T00:00:00.000Z'",),
        ["events/11: what this line tells of is not in the table stage_changes."],
    ),
    (
        (
            "INSERT INTO stage_changes (id, claim_id, stage, reason, changed_at, changed_by) "
            "SELECT 2, claim_id, 'open', 'So.', changed_at, changed_by "
            "FROM stage_changes",
        ),
        ["stage_changes: rows that no line of the log tells of: 1."],
    ),
    (
        ("UPDATE claims SET status = 'verified'",),
        ["events/16: the row of claims/1 is not as this line left it."],
    ),
    (
        ("UPDATE claims SET stage = 'open'",),
        ["events/16: the row of claims/1 is not as this line left it."],
    ),
    (
        ("UPDATE claims_history SET status = 'verified' WHERE seq = 12",),
        ["events/12: claims_history does not say what the text of this line says."],
    ),
    (
        ("DELETE FROM claims_history WHERE seq = 12",),
        [
            "events/12: claims_history does not say what the text of this line says.",
            "events/12: whom the line is shown to does not follow from its texts.",
        ],
    ),
]


@pytest.mark.parametrize(("statements", "sentences"), BY_HAND, ids=lambda value: str(value[0])[:60])
def test_what_is_changed_by_hand_is_told(
    worked: Newsroom, statements: tuple[str, ...], sentences: list[str]
) -> None:
    tamper(worked, *statements)
    assert told(worked) == sentences


def test_lines_that_change_places_are_told(worked: Newsroom) -> None:
    tamper(
        worked,
        "UPDATE events SET seq = 900 WHERE seq = 5",
        "UPDATE events SET seq = 5 WHERE seq = 7",
        "UPDATE events SET seq = 7 WHERE seq = 900",
    )
    # Of those that were written within a millisecond no time is earlier.
    assert [fault for fault in told(worked) if "its time" not in fault] == [
        "events/5: the line was written as line 7 and was moved here.",
        "events/6: the line was written after another line than the one that is before it.",
        "events/7: the line was written as line 5 and was moved here.",
        "events/8: the line was written after another line than the one that is before it.",
    ]


def rewrite(newsroom: Newsroom, first: int) -> None:
    """Chain the log anew from a line on, as somebody does who knows how it is made."""
    conn = newsroom.db.conn
    for event in list(log.events(newsroom.db)):
        if event["seq"] >= first:
            (previous,) = conn.execute(
                "SELECT hash FROM events WHERE seq = ?", (event["seq"] - 1,)
            ).fetchone()
            own = log.chained(previous, event)
            row = (previous, own, event["seq"])
            conn.execute("UPDATE events SET previous_hash = ?, hash = ? WHERE seq = ?", row)


def test_a_text_that_is_changed_with_its_hash_breaks_the_line(worked: Newsroom) -> None:
    forge(worked)
    assert told(worked) == ["events/11: the line is not the one that was written."]


def test_a_line_that_is_hashed_anew_breaks_the_chain(worked: Newsroom) -> None:
    forge(worked)
    worked.by_hand("SELECT 1")
    event = list(log.events(worked.db))[10]
    own = log.chained(event["previous_hash"], event)
    tamper(worked, f"UPDATE events SET hash = '{own}' WHERE seq = 11")
    assert "events/12: the line was written after another line than the one that is before it." in told(
        worked
    )


def test_a_chain_that_is_made_anew_is_told_by_a_head_noted_outside(worked: Newsroom) -> None:
    noted = head(worked)
    before = log.head(worked.db)
    early = next(event for event in log.events(worked.db) if event["seq"] == 5)
    forge(worked, lambda: rewrite(worked, 11))
    assert verify(worked).exit_code == 0, "inside the file everything fits"
    assert log.head(worked.db).seq == before.seq
    assert told(worked, "--head", noted) == [
        "events/16: the line is not the one whose hash was noted outside."
    ]
    assert verify(worked, "--head", f"5:{early['hash']}").exit_code == 0, "what came before is as it was"
    assert told(worked, "--head", f"5:{early['hash']}", "--head", noted[:20]) == [
        "events/16: the line is not the one whose hash was noted outside."
    ]


def forge(newsroom: Newsroom, also: Callable[[], None] = lambda: None) -> None:
    """Change the text that line 11 left, and put the new text's hash into the line."""
    sql = "SELECT body FROM documents WHERE noun = 'claims' AND seq = 11"
    (body,) = newsroom.db.conn.execute(sql).fetchone()
    content = json.loads(body.replace("three days", "four days"))
    del content["etag"]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    etag = sha256(text.encode()).hexdigest()[:32]
    forged = f'{text[:-1]},"etag":"{etag}"}}'
    was, now = sha256(body.encode()).hexdigest(), sha256(forged.encode()).hexdigest()
    triggers = newsroom.db.conn.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    newsroom.by_hand(
        f"UPDATE documents SET body = '{forged}', etag = '{etag}' WHERE noun = 'claims' AND seq = 11"
    )
    newsroom.by_hand(f"UPDATE events SET documents = replace(documents, '{was}', '{now}') WHERE seq = 11")
    also()
    for (trigger,) in triggers:
        newsroom.db.conn.execute(trigger)


def test_a_file_that_was_rolled_back_is_told_by_a_head_noted_outside(worked: Newsroom) -> None:
    noted = head(worked)
    tamper(
        worked,
        "DELETE FROM events WHERE seq = 16",
        "UPDATE claims SET document_id = (SELECT id FROM documents WHERE noun = 'claims' AND seq = 15), "
        "place = NULL, updated_at = (SELECT at FROM events WHERE seq = 15)",
        "DELETE FROM documents WHERE seq = 16",
        "DELETE FROM claims_history WHERE seq = 16",
    )
    assert verify(worked).exit_code == 0, "an older copy of the file is whole, too"
    assert told(worked, "--head", noted) == [
        "events/16: this line was noted outside, and the log ends with line 15."
    ]


def test_a_trigger_that_is_missing_is_told(worked: Newsroom) -> None:
    conn = worked.db.conn
    conn.execute("DROP TRIGGER verdicts_no_update")
    conn.execute("DROP TRIGGER events_no_delete")
    conn.execute("CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT 1; END")
    conn.execute(
        "CREATE TRIGGER quietly AFTER INSERT ON verdicts BEGIN UPDATE claims SET status = 'verified'; END"
    )
    assert told(worked) == [
        "The trigger events_no_delete was altered: rows that are only ever added to could be changed.",
        "The trigger verdicts_no_update is missing: rows that are only ever added to could be changed.",
        "The trigger quietly is not the desk's: it may change what nobody has changed by an act.",
    ]


def test_a_text_that_no_longer_is_text_is_told(worked: Newsroom) -> None:
    tamper(worked, "UPDATE events SET actor = CAST(x'ff41' AS TEXT) WHERE seq = 7")
    assert told(worked)[0].startswith("events/7: from here on the file can't be read: ")


def test_a_log_in_disorder_is_told_in_brief(worked: Newsroom) -> None:
    for number in range(70):
        worked.reviewer.post("/v1/claims", {**CLAIM, "text": f"Claim {number}."})
    # A line is put in, and all that come after it move on.
    tamper(
        worked,
        "UPDATE events SET seq = -seq - 1 WHERE seq >= 10",
        "UPDATE events SET seq = -seq WHERE seq < 0",
        "INSERT INTO events SELECT 10, at, actor_id, actor, act, noun, subject_id, claim_id, changes, "
        "'{}', request_id, previous_hash, hash, 0 FROM events WHERE seq = 9",
    )
    done = verify(worked)
    lines = done.stderr.splitlines()
    assert (done.exit_code, len(lines)) == (1, 102)
    assert lines[0] == "events/10: the line was written as line 9 and was moved here."
    assert "events/11: the line was written as line 10 and was moved here." in lines
    assert lines[-2].startswith("… and ")


@pytest.mark.parametrize(
    "noted", ["16", "16:", "0:9f86d081884c7d65", "16:9f86", "16:" + "g" * 64, "x:" + "a" * 64]
)
def test_a_head_that_is_none(worked: Newsroom, noted: str) -> None:
    done = verify(worked, "--head", noted)
    assert done.exit_code == 2
    assert "/v1/log/head" in done.stderr


def test_progress_is_shown_where_it_is_wanted(worked: Newsroom) -> None:
    assert verify(worked).stderr == ""
    shown = verify(worked, "--progress")
    assert shown.exit_code == 0
    assert "100%" in shown.stderr
    assert "100%" not in shown.stdout


def test_it_reads_one_moment_while_others_write(worked: Newsroom) -> None:
    def write() -> None:
        assert worked.reviewer.post("/v1/claims", {**CLAIM, "text": "Meanwhile."}).status_code == 201
        worked.desk.close()

    def meanwhile(what: str, done: int, of: int) -> None:
        if (what, done) == ("Lines", of):
            writer = threading.Thread(target=write)
            writer.start()
            writer.join()

    with worked.desk.snapshot() as db:
        assert list(faults_of_log(db, (), meanwhile)) == []
        assert log.head(db).seq == REVISED
    assert log.head(worked.db).seq == REVISED + 1
