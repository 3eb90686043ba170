"""Protected sources: counted and shown, but who they are is told to editors only, and stands nowhere else."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from factcheck.workflow.verifying import faults_of_log
from tests.conftest import Newsroom, assert_problem

PATH = "/v1/claims/1/sources"
NAME, WHERE = "Zyxwvut Qponmlk", "https://zyxwvut.example.org/qponmlk"
WITNESS: dict[str, Any] = {
    "title": f"Talk with {NAME}",
    "url": WHERE,
    "outlet": f"{NAME} Weekly",
    "published_on": "2024-05-03",
    "archive_url": f"{WHERE}/archived",
    "sha256": sha256(NAME.encode()).hexdigest(),
    "kind": "witness",
    "original": "yes",
    "protected": True,
    "described_as": "A foreman of the road office",
}
EVIDENCE = {**WITNESS, "stance": "supports", "quote": {"exact": "We closed it for three days."}}


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    made = newsroom.reviewer.post(PATH, EVIDENCE)
    assert made.status_code == 201
    source = newsroom.anonymous.get("/v1/claims/1").json["sources"][0]["source"]
    assert source["protected"] is True
    assert source["described_as"] == WITNESS["described_as"]
    assert (source["kind"], source["original"]) == ("witness", "yes")
    assert {source[name] for name in ("url", "title", "outlet", "published_on", "archive_url")} == {None}
    told = newsroom.editor.get("/v1/sources/1/identity")
    assert told.headers["Cache-Control"] == "no-store"
    assert told.json["identity"] == {name: WITNESS.get(name) for name in told.json["identity"]}
    assert told.json["sealed_by"]["name"] == "Reviewer"
    proof = sha256((told.json["salt"] + told.json["content"]).encode()).hexdigest()
    assert proof == told.json["sealed"] == newsroom.anonymous.get("/v1/sources/1").json["sealed"]


@pytest.mark.parametrize("who", ["anonymous", "reader", "reviewer"])
def test_nobody_but_editors_is_told(newsroom: Newsroom, who: str) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, EVIDENCE)
    answer = getattr(newsroom, who).get("/v1/sources/1/identity")
    assert answer.status_code == (401 if who == "anonymous" else 403)


def test_what_is_not_protected_has_no_sealed_identity(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/sources", {"title": "Bridge log"})
    assert_problem(newsroom.editor.get("/v1/sources/1/identity"), 404, "NOT_FOUND")


def test_who_it_is_stands_nowhere_but_where_it_is_sealed(newsroom: Newsroom) -> None:
    """Also not after all that may be done to it, in no answer, and in no other table of the file."""
    newsroom.claim()
    key = {"Idempotency-Key": "one"}
    newsroom.reviewer.post(PATH, EVIDENCE, headers=key)
    newsroom.reviewer.post(PATH, EVIDENCE, headers=key)
    newsroom.reviewer.post("/v1/sources", {**WITNESS, "title": f"Another talk with {NAME}", "url": None})
    verdict = {"status": "unclear", "rationale": "One witness.", "sources": [EVIDENCE]}
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", verdict).status_code == 201
    newsroom.editor.patch("/v1/sources/1", {"described_as": "A foreman"})
    withdrawn = newsroom.editor.post(f"{PATH}/1/withdrawal", {"reason": "He asked for it."})
    assert withdrawn.status_code == 201
    for path in ("/v1/claims/1", "/v1/sources", "/v1/sources.csv", "/v1/changes", "/v1/claims/1/history"):
        said = newsroom.admin.get(path).text
        assert "Zyxwvut" not in said, path
        assert "zyxwvut" not in said, path
        assert WITNESS["sha256"] not in said, path
    tables = newsroom.db.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        rows = str(newsroom.db.conn.execute(f"SELECT * FROM {table}").fetchall()).lower()
        assert ("zyxwvut" in rows) == (table == "sealed_identities"), table
        assert (WITNESS["sha256"] in rows) == (table == "sealed_identities"), table


def test_who_sealed_it_is_told_that_it_is_there_and_nobody_else(newsroom: Newsroom) -> None:
    first = newsroom.reviewer.post("/v1/sources", WITNESS)
    again = newsroom.reviewer.post("/v1/sources", {**WITNESS, "url": f"{WHERE}?utm_source=x"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["id"] == first.json["id"]
    other = newsroom.editor.post("/v1/sources", WITNESS)
    assert (other.status_code, other.json["id"]) == (201, 2)
    # Nor is somebody told who names it openly, or looks for its address.
    openly = newsroom.reviewer.post("/v1/sources", {"url": WHERE})
    assert (openly.status_code, openly.json["id"]) == (201, 3)
    found = newsroom.editor.get(f"/v1/sources?url={WHERE}").json["items"]
    assert [item["id"] for item in found] == [3]


def test_nobody_is_told_that_two_sealed_the_same_person(newsroom: Newsroom) -> None:
    """He counts as two, for a count of one would tell whoever seals a guess that he guessed right."""
    newsroom.claim()
    newsroom.reviewer.post(PATH, EVIDENCE)
    guesses = EVIDENCE, {**EVIDENCE, "url": None, "title": "Talk with another"}
    told = []
    for guess in guesses:
        made = newsroom.editor.post(PATH, guess)
        found = newsroom.editor.get("/v1/claims/1/provenance").json["supports"]
        assert [each["source"] for each in found.pop("origins")] == [1, made.json["source"]["id"]]
        told.append(found)
        newsroom.editor.post(f"{PATH}/{made.json['id']}/withdrawal", {"reason": "A guess."})
    right, wrong = told
    assert right == wrong
    assert (right["independent_origins"], right["same_owner"]) == (2, [])


@pytest.mark.parametrize("told", [{"title": NAME}, {"url": WHERE}, {"kind": "page"}, {"protected": True}])
def test_what_is_sent_beside_its_number_is_refused_and_told_to_nobody(
    newsroom: Newsroom, told: dict[str, Any]
) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/sources", WITNESS)
    refused = newsroom.reviewer.post(PATH, {"source": 1, "stance": "supports", **told})
    problem = assert_problem(refused, 400, "INVALID", "which names a known one")
    assert problem["errors"][0]["pointer"] == f"/{next(iter(told))}"
    assert newsroom.rows("evidence") == 0


def test_lists_can_be_narrowed_to_them(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/sources", WITNESS)
    newsroom.reviewer.post("/v1/sources", {"title": "Bridge log"})
    for protected, ids in (("true", [1]), ("false", [2])):
        items = newsroom.reader.get(f"/v1/sources?protected={protected}&sort=id").json["items"]
        assert [item["id"] for item in items] == ids


def test_a_witness_is_found_by_his_description(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, EVIDENCE)
    assert len(newsroom.anonymous.get("/v1/claims?q=foreman").json["items"]) == 1
    assert newsroom.editor.get("/v1/claims?q=Zyxwvut").json["items"] == []


@pytest.mark.parametrize(
    "changes",
    [{"title": "Else"}, {"outlet": "Post"}, {"published_on": "2024"}, {"archive_url": WHERE}],
)
def test_what_is_sealed_is_not_changed(newsroom: Newsroom, changes: dict[str, str]) -> None:
    newsroom.reviewer.post("/v1/sources", WITNESS)
    lines = newsroom.rows("events")
    assert_problem(newsroom.editor.patch("/v1/sources/1", changes), 409, "CONFLICT", "sealed")
    assert newsroom.rows("events") == lines


def test_a_description_needs_protection(newsroom: Newsroom) -> None:
    refused = newsroom.reviewer.post("/v1/sources", {"title": "Log", "described_as": "A log"})
    assert_problem(refused, 400, "INVALID", "protected: true")
    newsroom.reviewer.post("/v1/sources", {"title": "Log"})
    refused = newsroom.editor.patch("/v1/sources/1", {"described_as": "A log"})
    assert_problem(refused, 409, "CONFLICT", "not protected")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE sealed_identities SET content = '{}'", "who it is, is not what was sealed"),
        ("UPDATE sealed_identities SET salt = 'x'", "who it is, is not what was sealed"),
        ("DELETE FROM sealed_identities", "who it is was removed"),
        ("UPDATE sealed_identities SET sealed_by = 3", "it was sealed by somebody else"),
        ("UPDATE sources SET sealed = NULL", "is not as this line left it"),
    ],
)
def test_verify_tells_of_another_identity(newsroom: Newsroom, sql: str, said: str) -> None:
    newsroom.reviewer.post("/v1/sources", WITNESS)
    assert list(faults_of_log(newsroom.db)) == []
    assert newsroom.by_hand(sql) == 1
    assert any(said in fault for fault in faults_of_log(newsroom.db))
