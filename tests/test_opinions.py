"""POST /v1/verdicts/{id}/opinions: what reviewers think of another's verdict, and who dissents."""

from __future__ import annotations

import pytest

from factcheck.workflow.verifying import faults_of_log
from tests.conftest import VERDICT, Caller, Newsroom, assert_problem

PATH = "/v1/verdicts/1/opinions"
DISAGREE = {"opinion": "disagree", "reason": "A document was shown to us."}
AGREE = {"opinion": "agree", "reason": "I have looked, too."}


@pytest.fixture
def judged(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom with a published claim on which the reviewer has given a verdict."""
    newsroom.claim()
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT).status_code == 201
    return newsroom


def claim(newsroom: Newsroom, query: str = "") -> dict[str, object]:
    found: dict[str, object] = newsroom.anonymous.get(f"/v1/claims/1{query}").json
    return found


def dissenters(newsroom: Newsroom, query: str = "") -> list[tuple[object, ...]]:
    standing = newsroom.anonymous.get(f"/v1/claims/1{query}").json["standing"]
    return [
        tuple(each[name] for name in ("name", "by", "status", "opinion", "reason"))
        for each in standing["dissenters"]
    ]


def ruled(newsroom: Newsroom, by: Caller, status: str) -> None:
    answer = by.post("/v1/claims/1/rulings", {"status": status, "rationale": "So it is."})
    assert answer.status_code == 201


def test_it_works(judged: Newsroom) -> None:
    before = claim(judged)
    made = judged.editor.post(PATH, DISAGREE)
    assert (made.status_code, made.headers["Location"]) == (
        201,
        "http://desk.example.org/v1/verdicts/1/opinions/1",
    )
    opinion = {name: value for name, value in made.json.items() if name not in ("at", "etag")}
    assert opinion == {
        "id": 1,
        "verdict": 1,
        **DISAGREE,
        "by": {"id": 3, "name": "Editor"},
        "stands": True,
    }
    assert judged.anonymous.get(f"{PATH}/1").json == made.json
    assert [each["id"] for each in judged.anonymous.get(PATH).json["items"]] == [1]
    after = judged.anonymous.get("/v1/claims/1").json
    assert after["verdicts"][0]["opinions"] == judged.anonymous.get(PATH).json["items"]
    assert dissenters(judged) == [("Editor", "opinion", None, "disagree", DISAGREE["reason"])]
    # It decides nothing, contests nothing and corrects nothing.
    for name in ("status", "contested", "agree", "differ", "dissent", "since"):
        assert after["standing"][name] == before["standing"][name]  # type: ignore[index]
    assert after["corrections"] == []


def test_everybody_reads_of_it_in_the_log(judged: Newsroom) -> None:
    judged.editor.post(PATH, DISAGREE)
    line = judged.anonymous.get("/v1/changes?act=opinion:give").json["items"][0]
    assert (line["noun"], line["subject"], line["claim"], line["why"]) == (
        "opinions",
        1,
        1,
        DISAGREE["reason"],
    )
    assert line["summary"] == f"Editor gave the opinion disagree on a verdict: {DISAGREE['reason']}"
    assert judged.anonymous.get("/v1/claims/1/history").json["items"][-1]["act"] == "opinion:give"
    judged.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "Recorded twice."})
    judged.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "It was not."})
    judged.editor.post(PATH, AGREE)
    assert judged.anonymous.get("/v1/changes?after=14").json["items"][0]["withheld"]
    assert judged.anonymous.get(PATH).status_code == judged.anonymous.get(f"{PATH}/1").status_code == 404


def test_the_newest_of_each_reviewer_stands(judged: Newsroom) -> None:
    third = judged.hire("Third", "reviewer")
    for caller, said in ((judged.editor, DISAGREE), (third, DISAGREE), (judged.editor, AGREE)):
        assert caller.post(PATH, said).status_code == 201
    stands = [(each["by"]["name"], each["stands"]) for each in judged.reader.get(PATH).json["items"]]
    assert stands == [("Editor", False), ("Third", True), ("Editor", True)]
    assert [each[0] for each in dissenters(judged)] == ["Third"]


def test_the_same_again_is_the_same(judged: Newsroom) -> None:
    first = judged.editor.post(PATH, DISAGREE)
    lines = judged.rows("events")
    again = judged.editor.post(PATH, DISAGREE)
    assert (again.status_code, again.json, judged.rows("events")) == (200, first.json, lines)
    judged.editor.post(PATH, {**DISAGREE, "reason": "And another one."})
    assert judged.rows("opinions") == 2
    # What was said before the last is something else again.
    assert judged.editor.post(PATH, DISAGREE).status_code == 201


def test_nobody_has_an_opinion_on_his_own_verdict(judged: Newsroom) -> None:
    lines = judged.rows("events")
    assert_problem(judged.reviewer.post(PATH, AGREE), 409, "CONFLICT", "yours")
    assert (judged.rows("events"), judged.rows("opinions")) == (lines, 0)


@pytest.mark.parametrize("how", ["superseded", "retracted"])
def test_what_no_longer_stands_is_not_judged_anew(judged: Newsroom, how: str) -> None:
    judged.editor.post(PATH, DISAGREE)
    if how == "superseded":
        judged.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": "unclear"})
    else:
        judged.reviewer.post("/v1/verdicts/1/retraction", {"reason": "A slip."})
    assert_problem(judged.editor.post(PATH, AGREE), 409, "CONFLICT", "one that stands")
    # Sent once more because nobody answered, it is the same still.
    assert judged.editor.post(PATH, DISAGREE).status_code == 200
    assert judged.anonymous.get(PATH).json["items"][0]["stands"] is True
    assert dissenters(judged) == []


def test_dissenters_are_those_who_differ_and_those_who_disagree_each_once(judged: Newsroom) -> None:
    third, fourth = judged.hire("Third", "reviewer"), judged.hire("Fourth", "reviewer")
    third.post("/v1/claims/1/verdicts", {"status": "unclear", "rationale": "Read both ways."})
    fourth.post("/v1/claims/1/verdicts", VERDICT)
    ruled(judged, judged.editor, "little_evidence")
    (deciding,) = [each["id"] for each in judged.reader.get("/v1/claims/1").json["verdicts"][-1:]]
    path = f"/v1/verdicts/{deciding}/opinions"
    for caller, opinion in ((third, "strongly_disagree"), (fourth, "disagree"), (judged.reviewer, "neutral")):
        assert caller.post(path, {"opinion": opinion, "reason": opinion}).status_code == 201
    assert dissenters(judged) == [
        ("Third", "verdict", "unclear", None, "Read both ways."),
        ("Fourth", "opinion", None, "disagree", "disagree"),
    ]
    head = judged.reader.get("/v1/log/head").json["seq"]
    # Opinions on a verdict that decides no longer are no dissent from the one that does.
    ruled(judged, judged.admin, "little_evidence")
    assert [each[0] for each in dissenters(judged)] == ["Third"]
    assert [each[0] for each in dissenters(judged, f"?as_of=seq:{head}")] == ["Third", "Fourth"]
    assert len(judged.reader.get(f"{path}?as_of=seq:{head - 1}").json["items"]) == 2


def test_its_words_can_be_searched(judged: Newsroom) -> None:
    judged.editor.post(PATH, {**DISAGREE, "reason": "See the harbourmaster's ledger."})
    assert len(judged.anonymous.get("/v1/claims?q=ledger").json["items"]) == 1


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"opinion": "agree"}, "/reason"),
    ({"opinion": "agree", "reason": " "}, "/reason"),
    ({"reason": "So."}, "/opinion"),
    ({"opinion": "strongly-agree", "reason": "So."}, "/opinion"),
    ({**AGREE, "rating": 5}, "/rating"),
)


def test_what_is_wrong_is_refused(judged: Newsroom) -> None:
    for body, pointer in WRONG:
        refused = judged.editor.post(PATH, body)
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, pointer)
    assert judged.rows("opinions") == 0


def test_what_is_not_there_is_not_found(judged: Newsroom) -> None:
    assert judged.editor.post("/v1/verdicts/9/opinions", AGREE).status_code == 404
    for path in ("/v1/verdicts/9/opinions", f"{PATH}/1", "/v1/verdicts/9/opinions/1"):
        assert_problem(judged.reader.get(path), 404, "NOT_FOUND")


def test_a_withdrawn_claim_takes_none(judged: Newsroom) -> None:
    judged.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "Recorded twice."})
    assert_problem(judged.editor.post(PATH, AGREE), 409, "CONFLICT", "withdrawn")


def test_an_old_version_of_the_verdict_is_refused(judged: Newsroom) -> None:
    etag = judged.reader.get("/v1/verdicts/1").headers["ETag"]
    assert judged.editor.post(PATH, AGREE, headers={"If-Match": etag}).status_code == 201
    refused = judged.admin.post(PATH, AGREE, headers={"If-Match": etag})
    assert_problem(refused, 412, "VERSION_MISMATCH")


def test_what_a_reviewer_looked_for_is_part_of_the_verdict(newsroom: Newsroom) -> None:
    newsroom.claim()
    path, body = "/v1/claims/1/verdicts", {**VERDICT, "looked_for": ["refutes", "supports", "refutes"]}
    made = newsroom.reviewer.post(path, body)
    assert made.json["looked_for"] == ["supports", "refutes"]
    assert newsroom.anonymous.get(path).json["items"][0]["looked_for"] == ["supports", "refutes"]
    assert newsroom.reviewer.post(path, {**VERDICT, "looked_for": ["supports", "refutes"]}).status_code == 200
    assert newsroom.reviewer.post(path, VERDICT).status_code == 201
    assert newsroom.reviewer.post(path, {**VERDICT, "looked_for": ["everything"]}).status_code == 400


BY_HAND = (
    ("UPDATE opinions SET opinion = 'agree'", "opinions/1 names this line and is not what it tells of"),
    ("UPDATE opinions SET reason = 'None.'", "opinions/1 names this line and is not what it tells of"),
    ("UPDATE opinions SET verdict_id = 2", "opinions/1 names this line and is not what it tells of"),
    ("UPDATE opinions SET given_by = 1", "opinions/1 names this line and is not what it tells of"),
    ("UPDATE verdicts SET looked_for = '[]'", "verdicts/1 names this line and is not what it tells of"),
    ("DELETE FROM opinions", "what this line tells of is not in the table opinions"),
)


def test_verify_tells_of_what_was_changed_by_hand(newsroom: Newsroom) -> None:
    for number, text in enumerate(("One.", "Another."), start=1):
        newsroom.claim(text=text)
        newsroom.reviewer.post(f"/v1/claims/{number}/verdicts", {**VERDICT, "looked_for": ["refutes"]})
    newsroom.editor.post(PATH, DISAGREE)
    assert list(faults_of_log(newsroom.db)) == []
    for sql, said in BY_HAND:
        newsroom.db.conn.execute("BEGIN")
        assert newsroom.by_hand(sql) >= 1
        assert any(said in fault for fault in faults_of_log(newsroom.db)), sql
        newsroom.db.conn.execute("ROLLBACK")
