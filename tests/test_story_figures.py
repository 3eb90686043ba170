"""The figures of a story over HTTP: what is taken, what is refused, what is marked, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Newsroom, assert_problem

ANY = {"If-Match": "*"}
STORY = "unrest"
MINISTRY = {"name": "Health Ministry", "kind": "organisation"}
PROSECUTOR = {"name": "Prosecutor's Office", "kind": "organisation"}
Say = Callable[..., dict[str, Any]]


@pytest.fixture
def say(newsroom: Newsroom) -> Say:
    """Record a claim of the story with a figure, and publish it unless told not to."""
    for slug in (STORY, "other"):
        newsroom.reviewer.post("/v1/stories", {"slug": slug, "title": slug.capitalize()})

    def record(text: str, figure: dict[str, Any], **more: Any) -> dict[str, Any]:
        given = {"text": text, "claimant": MINISTRY, "chain": [], "claimed_on": "2022-01-09", "story": STORY}
        stated = {"measure": "deaths", "scope": "Country", **figure}
        return newsroom.claim(**{**given, "figure": stated, **more})

    return record


def marks(newsroom: Newsroom) -> list[tuple[int, int]]:
    found = newsroom.db.query("SELECT claim_id, by_claim_id, reason FROM review_marks ORDER BY id")
    return [(row["claim_id"], row["by_claim_id"]) for row in found if row["reason"] == "figure_superseded"]


@pytest.mark.parametrize(
    ("figure", "where", "what"),
    [
        ({"low": 9, "high": 1}, "low", "smaller bound as low"),
        ({"value": 1, "low": 1}, "value", "either value"),
        ({}, "value", "either value"),
        ({"high": 40, "qualifier": "at_least"}, "qualifier", "at_least speaks of the low end; give low"),
        ({"high": 40, "qualifier": "more_than"}, "qualifier", "more_than speaks of the low end"),
        ({"low": 40, "qualifier": "up_to"}, "qualifier", "up_to speaks of the high end"),
        ({"low": 40, "qualifier": "nearly"}, "qualifier", "nearly speaks of the high end"),
        ({"value": 0, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"high": 0, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"low": 5, "high": 5, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"low": 5, "high": 5, "qualifier": "more_than"}, "qualifier", "more_than leaves no number here"),
        ({"value": 1, "within": "country"}, "within", "This is the scope itself"),
        ({"value": 1, "scope": None, "within": "Country"}, "within", "Say in scope what is counted"),
        ({"value": 1, "as_of": "2022-02-30"}, "as_of", "write the date as EDTF"),
        ({"value": 1, "as_of": "2022-01-09/2022-01-02"}, "as_of", "ends before it begins"),
        ({"value": 1, "as_published": " "}, "as_published", "must not be blank"),
        ({"value": 1, "qualifier": "roughly"}, "qualifier", "exact, about, at_least"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(
    newsroom: Newsroom, figure: dict[str, Any], where: str, what: str
) -> None:
    stated = {"measure": "deaths", "scope": "Country", **figure}
    body = {"text": "So many died.", "claimant": MINISTRY, "figure": stated}
    answer = newsroom.reviewer.post("/v1/claims", body)
    problem = assert_problem(answer, 400, "INVALID")
    faults = {each["pointer"]: each["detail"].lower() for each in problem["errors"]}
    assert what.lower() in faults[f"/figure/{where}"]
    assert newsroom.rows("claims") == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e16"])
def test_what_is_no_finite_number_is_refused(newsroom: Newsroom, number: str) -> None:
    claim = (
        '{"text": "So many.", "claimant": {"name": "A", "kind": "person"}, "figure": {"measure": "deaths", '
    )
    kind = {"Content-Type": "application/json"}
    answer = newsroom.reviewer("POST", "/v1/claims", data=f'{claim}"value": {number}}}}}', headers=kind)
    assert (answer.status_code, newsroom.rows("claims")) == (400, 0), answer.text
    form = f"text=So&claimant.name=A&claimant.kind=person&figure.measure=deaths&figure.value={number}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = newsroom.reviewer("POST", "/v1/claims", data=form, headers=kind)
    assert (answer.status_code, newsroom.rows("claims")) == (400, 0), answer.text


def test_a_story_counts_one_measure_in_one_unit(newsroom: Newsroom, say: Say) -> None:
    say("So many.", {"value": 164, "unit": "people"})
    say("Nobody says in what.", {"value": 165})
    say("The same unit.", {"value": 166, "unit": "PEOPLE"})
    say("Another story.", {"value": 40, "unit": "families"}, story="other")
    say("Another measure.", {"measure": "injured", "value": 40, "unit": "families"})
    lines = newsroom.rows("events")
    whole = {"text": "In families.", "claimant": MINISTRY, "story": STORY}
    figure = {"measure": "deaths", "value": 40, "unit": "families", "scope": "City"}
    refused = assert_problem(
        newsroom.reviewer.post("/v1/claims", {**whole, "figure": figure}), 400, "INVALID"
    )
    (fault,) = refused["errors"]
    assert fault["pointer"] == "/figure/unit"
    assert fault["detail"].startswith(
        "Claim 1 of this story counts deaths in people, and this one in families."
    )
    # Nor by a change, be it of the unit or of the story.
    change = {"figure": {**figure, "scope": None}}
    refused = assert_problem(newsroom.reviewer.patch("/v1/claims/3", change, headers=ANY), 400, "INVALID")
    assert refused["errors"][0]["pointer"] == "/figure/unit"
    moved = newsroom.reviewer.patch("/v1/claims/4", {"story": STORY}, headers=ANY)
    refused = assert_problem(moved, 400, "INVALID", "Claim 1 of this story counts deaths in people")
    assert refused["errors"][0]["pointer"] == "/story"
    assert newsroom.rows("events") == lines
    # In bulk as well, and what is good beside it is kept.
    bad = {"act": "claim", **whole, "figure": figure}
    good = {**bad, "figure": {**figure, "unit": "people"}, "text": "Converted."}
    sent = "\n".join(map(json.dumps, (bad, good)))
    answer = newsroom.reviewer(
        "POST", "/v1/bulk", data=sent, headers={"Content-Type": "application/x-ndjson"}
    )
    assert [line.split('"status":')[1][:3] for line in answer.text.splitlines()] == ["400", "201"]
    # A claim that was withdrawn counts nothing.
    for claim_id in (1, 3, 6):
        newsroom.editor.post(f"/v1/claims/{claim_id}/stage", {"stage": "withdrawn", "reason": "A mistake."})
    assert newsroom.reviewer.post("/v1/claims", {**whole, "figure": figure}).status_code == 201


def test_a_later_figure_of_the_same_origin_marks_the_earlier_for_review(newsroom: Newsroom, say: Say) -> None:
    say("More than 40.", {"low": 40, "qualifier": "more_than", "as_of": "2022-01-07"})
    assert marks(newsroom) == []
    said = {"claimant": PROSECUTOR, "chain": ["health ministry", "Wire"]}
    say("164.", {"value": 164, "as_of": "2022-01-09"}, **said)
    assert marks(newsroom) == [(1, 2)]
    # Not by another origin, scope, measure, story or time.
    say("170.", {"value": 170, "as_of": "2022-01-10"}, claimant=PROSECUTOR)
    say("103.", {"value": 103, "as_of": "2022-01-10", "scope": "City"})
    say("719.", {"value": 719, "as_of": "2022-01-10", "measure": "in_hospital"})
    say("225.", {"value": 225, "as_of": "2022-01-10"}, story="other")
    say("165.", {"value": 165, "as_of": "2022-01-09"})
    assert marks(newsroom) == [(1, 2)]
    # Each by the next one only: the first was marked before.
    say("225, they say.", {"value": 225, "as_of": "2022-01-15"})
    assert marks(newsroom) == [(1, 2), (2, 8), (7, 8)]
    # One that comes late is superseded from its first day.
    say("Nearly 200.", {"value": 200, "qualifier": "nearly", "as_of": "2022-01-11"})
    assert marks(newsroom) == [(1, 2), (2, 8), (7, 8), (9, 8)]
    line = newsroom.editor.get("/v1/claims/8/history").json["items"][0]
    assert line["changes"]["marked"] == [2, 7]
    assert line["summary"] == "Reviewer recorded the claim. Claims 2 and 7 are to be reviewed again."


def test_marks_come_with_changes_too_and_once(newsroom: Newsroom, say: Say) -> None:
    say("40.", {"value": 40, "as_of": "2022-01-07"})
    say("164.", {"value": 164, "as_of": "2022-01-09", "scope": None})
    lines = newsroom.rows("events")
    assert marks(newsroom) == []
    figure = {"measure": "deaths", "value": 164, "as_of": "2022-01-09", "scope": "country"}
    assert newsroom.reviewer.patch("/v1/claims/2", {"figure": figure}, headers=ANY).status_code == 200
    assert (marks(newsroom), newsroom.rows("events")) == ([(1, 2)], lines + 1)
    newsroom.reviewer.patch("/v1/claims/2", {"figure": {**figure, "value": 165}}, headers=ANY)
    newsroom.reviewer.patch("/v1/claims/2", {"place": "City"}, headers=ANY)
    assert marks(newsroom) == [(1, 2)]
    # What is not for everybody of another claim is not told to everybody.
    assert newsroom.reader.get("/v1/changes").json["items"][-3]["changes"]["marked"] == [1]
    public = newsroom.anonymous.get("/v1/changes").json["items"][-3]
    assert "marked" not in public["changes"]
    assert "reviewed again" not in public["summary"]


def test_what_is_called_outdated_already_is_not_marked(newsroom: Newsroom, say: Say) -> None:
    source = {"title": "Report", "stance": "refutes"}
    say("40.", {"value": 40, "as_of": "2022-01-07"})
    verdict = {"status": "outdated", "rationale": "There are more now.", "sources": [source]}
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", verdict).status_code == 201
    say("164.", {"value": 164, "as_of": "2022-01-09"})
    assert marks(newsroom) == []


def test_how_a_figure_was_printed_corrects_nothing(newsroom: Newsroom, say: Say) -> None:
    figure = {"measure": "deaths", "scope": "Country", "value": 164}
    say("164.", figure)
    more = {**figure, "within": "Continent", "as_published": "one hundred and sixty-four"}
    shown = newsroom.reviewer.patch("/v1/claims/1", {"figure": more}, headers=ANY).json
    assert (shown["figure"]["as_published"], shown["corrections"]) == (more["as_published"], [])
    (correction,) = newsroom.reviewer.patch(
        "/v1/claims/1", {"figure": {**more, "value": 165}}, headers=ANY
    ).json["corrections"]
    assert correction["reason"] == "Changed: figure."


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE review_marks SET claim_id = 3", "names this line and is not what it tells of"),
        ("UPDATE review_marks SET by_claim_id = 1", "names this line and is not what it tells of"),
        ("UPDATE review_marks SET marked_at = 'then'", "names this line and is not what it tells of"),
        (
            "UPDATE review_marks SET reason = 'source_retracted'",
            "names this line and is not what it tells of",
        ),
        ("UPDATE review_marks SET seq = 3", "names this line and is not what it tells of"),
        ("DELETE FROM review_marks", "the claims that this line left to be reviewed are not those"),
        (
            "INSERT INTO review_marks SELECT 9, seq, claim_id, reason, NULL, by_claim_id, marked_at "
            "FROM review_marks",
            "the claims that this line left to be reviewed are not those",
        ),
    ],
)
def test_marks_that_were_tampered_with_are_found(
    newsroom: Newsroom, say: Say, statement: str, line: str
) -> None:
    say("40.", {"value": 40, "as_of": "2022-01-07"}, published=False)
    say("164.", {"value": 164, "as_of": "2022-01-09"}, published=False)
    assert marks(newsroom) == [(1, 2)]
    assert newsroom.app.test_cli_runner().invoke(args=["verify"]).exit_code == 0
    newsroom.by_hand(statement)
    told = newsroom.app.test_cli_runner().invoke(args=["verify"]).output
    assert line in told, told
