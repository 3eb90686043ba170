"""Outlets: what they are, and how reliable they were found to be, as of when and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from factcheck.vocabulary import COUNTRIES, CREDIBILITIES, RELIABILITIES
from tests.conftest import SOURCE, Newsroom, assert_problem

PATH = "/v1/outlets/1/assessments"


def assessed(
    letter: str, on: str | None = None, reason: str = "Compared with photographs."
) -> dict[str, Any]:
    return {"reliability": letter, "reason": reason, **({"assessed_on": on} if on else {})}


@pytest.fixture
def shown(newsroom: Newsroom) -> Newsroom:
    """A desk whose one published claim shows an outlet."""
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", {**SOURCE, "credibility": 6})
    return newsroom


def test_it_works(shown: Newsroom) -> None:
    made = shown.editor.post(PATH, assessed("B"))
    assert (made.status_code, made.headers["Location"]) == (201, "http://desk.example.org/v1/outlets/1")
    today = datetime.now(UTC).date().isoformat()
    (told,) = made.json["assessments"]
    assert (told["reliability"], told["assessed_on"], told["by"]["name"]) == ("B", today, "Editor")
    assert (made.json["reliability"], made.json["reliability_meaning"]) == ("B", "usually reliable")
    assert shown.anonymous.get("/v1/outlets/1").data == made.data
    assert shown.anonymous.get(PATH).json["items"] == [told]


def test_a_claim_shows_how_reliable_its_outlets_are_now(shown: Newsroom) -> None:
    shown.editor.patch("/v1/outlets/1", {"kind": "government", "country": "KZ", "owner": "City Council"})
    before = shown.anonymous.get("/v1/claims/1")
    assert before.json["sources"][0]["source"]["outlet"]["reliability"] is None
    lines = shown.rows("events")
    shown.editor.post(PATH, assessed("F"))
    assert shown.rows("events") == lines + 1, "one act, whatever it shows anew"
    claim = shown.anonymous.get("/v1/claims/1")
    outlet = {"id": 1, "name": "Road Office", "kind": "government", "country": "KZ", "owner": "City Council"}
    assert claim.json["sources"][0]["source"]["outlet"] == {**outlet, "reliability": "F"}
    assert shown.anonymous.get("/v1/sources/1").json["outlet"] == {**outlet, "reliability": "F"}
    assert claim.headers["ETag"] != before.headers["ETag"]
    then = shown.anonymous.get(f"/v1/claims/1?as_of=seq:{lines}")
    assert then.data == before.data, "as of then the outlet had not been assessed"


def test_the_latest_day_is_in_force_and_of_one_day_what_was_said_last(shown: Newsroom) -> None:
    for letter, day, in_force in (
        ("C", "2024-05-02", "C"),
        ("A", "2023-01-01", "C"),
        ("D", "2024-05-02", "D"),
        ("E", "2024-05-03", "E"),
    ):
        done = shown.editor.post(PATH, assessed(letter, day))
        assert done.json["reliability"] == in_force
    assert [each["reliability"] for each in done.json["assessments"]] == ["A", "C", "D", "E"]
    assert shown.anonymous.get("/v1/outlets?reliability=E").json["items"][0]["id"] == 1


def test_the_same_assessment_again_is_the_same(shown: Newsroom) -> None:
    made, lines = shown.editor.post(PATH, assessed("B", "2024-05-03")), shown.rows("events")
    again = shown.editor.post(PATH, assessed("B", "2024-05-03"))
    assert (again.status_code, again.data, shown.rows("events")) == (200, made.data, lines)
    stale = shown.editor.post(PATH, assessed("C"), headers={"If-Match": '"0"'})
    assert_problem(stale, 412, "VERSION_MISMATCH")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (assessed("G"), "/reliability"),
        (assessed("b"), "/reliability"),
        ({"reliability": 2, "reason": "x"}, "/reliability"),
        ({"reliability": "B"}, "/reason"),
        (assessed("B", reason=" "), "/reason"),
        (assessed("B", "2024-02-30"), "/assessed_on"),
        (assessed("B", "2024-05"), "/assessed_on"),
        (assessed("B", "20240503"), "/assessed_on"),
        (assessed("B", (datetime.now(UTC) + timedelta(days=2)).date().isoformat()), "/assessed_on"),
    ],
)
def test_what_is_no_assessment_is_refused(shown: Newsroom, body: dict[str, Any], pointer: str) -> None:
    lines = shown.rows("events")
    problem = assert_problem(shown.editor.post(PATH, body), 400, "INVALID")
    assert problem["errors"][0]["pointer"] == pointer
    assert shown.rows("events") == lines


def test_an_outlet_that_is_not_there_is_not_assessed(shown: Newsroom) -> None:
    assert_problem(shown.editor.post("/v1/outlets/9/assessments", assessed("B")), 404, "NOT_FOUND")
    shown.reviewer.post("/v1/outlets", {"name": "Hidden Post"})
    assert_problem(shown.anonymous.get("/v1/outlets/2/assessments"), 404, "NOT_FOUND")


def test_grades_come_with_their_exact_words_and_never_as_measures(shown: Newsroom) -> None:
    evidence = shown.anonymous.get("/v1/claims/1/sources/1").json
    assert (evidence["credibility"], evidence["credibility_meaning"]) == (6, "truth cannot be judged")
    assert list(RELIABILITIES.values())[-1] == "reliability cannot be judged"
    assert list(CREDIBILITIES.values()) == [
        "confirmed by other independent sources",
        "probably true",
        "possibly true",
        "doubtful",
        "improbable",
        "truth cannot be judged",
    ]
    shown.editor.post(PATH, assessed("F"))
    sheet = shown.anonymous.get("/v1/outlets.csv").text.splitlines()
    assert ",F,reliability cannot be judged,1," in sheet[1]


def test_a_line_of_the_log_says_it_in_words(shown: Newsroom) -> None:
    shown.editor.post(PATH, assessed("B"))
    line = shown.reader.get("/v1/changes?act=outlet:assess").json["items"][0]
    assert line["summary"] == "Editor graded an outlet B: Compared with photographs."


def test_a_changed_assessment_is_found(shown: Newsroom) -> None:
    shown.editor.post(PATH, assessed("B"))
    shown.by_hand("UPDATE outlet_assessments SET reason = 'Paid for.'")
    told = shown.app.test_cli_runner().invoke(args=["verify"])
    assert "outlet_assessments/1 names this line and is not what it tells of." in told.output


def test_all_countries_are_there() -> None:
    assert len(COUNTRIES) == len(set(COUNTRIES)) == 250
    assert list(COUNTRIES) == sorted(COUNTRIES)
