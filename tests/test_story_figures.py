"""The figures of a story over HTTP: what is taken, what is refused, what is marked, and what is answered."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest

from db.writing import rows_changed
from factcheck.workflow.verifying import faults_of_log
from tests.conftest import Newsroom, assert_problem

ANY = {"If-Match": "*"}
STORY = "unrest"
MINISTRY = {"name": "Health Ministry", "kind": "organisation"}
PROSECUTOR = {"name": "Prosecutor's Office", "kind": "organisation"}
Say = Callable[..., dict[str, Any]]


@pytest.fixture
def say(newsroom: Newsroom) -> Say:
    """Record a claim of the story with a figure, and publish it unless told not to."""
    for slug in (STORY, "other", "third"):
        newsroom.reviewer.post("/v1/stories", {"slug": slug, "title": slug.capitalize()})

    def record(text: str, figure: dict[str, Any], **more: Any) -> dict[str, Any]:
        given = {"text": text, "claimant": MINISTRY, "chain": [], "claimed_on": "2022-01-09", "story": STORY}
        stated = {"measure": "deaths", "scope": "Country", **figure}
        return newsroom.claim(**{**given, "figure": stated, **more})

    return record


def marks(newsroom: Newsroom) -> list[tuple[int, int]]:
    found = newsroom.db.query("SELECT claim_id, by_claim_id, reason FROM review_marks ORDER BY id")
    return [(row["claim_id"], row["by_claim_id"]) for row in found if row["reason"] == "figure_superseded"]


def test_a_story_counts_one_measure_in_one_unit(newsroom: Newsroom, say: Say) -> None:
    say("So many.", {"value": 164, "unit": "people"})
    say("Another story, too.", {"value": 165}, story="other")
    say("The same unit.", {"value": 166, "unit": "PEOPLE"})
    say("In a third.", {"value": 40, "unit": "families"}, story="third")
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
        "Claim 1 of this story counts deaths in people, and this one in families. Count it in people, or"
    )
    # Nor does one that leaves the unit out say the same.
    bare = {**whole, "figure": {**figure, "unit": None}}
    refused = assert_problem(newsroom.reviewer.post("/v1/claims", bare), 400, "INVALID", "without a unit.")
    assert refused["errors"][0]["pointer"] == "/figure/unit"
    other = {**whole, "story": "other", "figure": figure}
    refused = assert_problem(newsroom.reviewer.post("/v1/claims", other), 400, "INVALID", "Leave its unit")
    assert refused["detail"].startswith("Claim 2 of this story counts deaths without a unit")
    assert newsroom.reviewer.put("/v1/claims/ref/bare", bare).status_code == 400
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
    # And it can't come back to count beside another unit.
    lines = newsroom.rows("events")
    again = newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "It was none."})
    assert_problem(again, 409, "CONFLICT", "Claim 7 of this story counts deaths in families, and this one in")
    assert newsroom.rows("events") == lines
    newsroom.editor.post("/v1/claims/7/stage", {"stage": "withdrawn", "reason": "A mistake."})
    again = newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "It was none."})
    assert again.status_code == 200


def test_a_unit_is_refused_before_anything_is_changed(newsroom: Newsroom, say: Say) -> None:
    """What had changed something would make a whole batch of bulk lines begin anew."""
    say("So many.", {"value": 164, "unit": "people"})
    say("In another.", {"value": 40, "unit": "families"}, story="other")
    figure = {"measure": "deaths", "value": 40, "unit": "families"}
    whole = {"text": "In families.", "claimant": MINISTRY, "story": STORY, "figure": figure}
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A mistake."})
    # A claim is no hindrance to itself.
    assert newsroom.reviewer.patch("/v1/claims/2", {"story": STORY}, headers=ANY).status_code == 200
    changed = rows_changed(newsroom.db)
    again = newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "It was none."})
    people = {**whole, "figure": {**figure, "unit": "people"}}
    assert [again.status_code, newsroom.reviewer.post("/v1/claims", people).status_code] == [409, 400]
    assert rows_changed(newsroom.db) == changed
    renamed = {"figure": {**figure, "unit": "households"}}
    assert newsroom.reviewer.patch("/v1/claims/2", renamed, headers=ANY).status_code == 200
    say("In a third.", {"value": 40, "unit": "families"}, story="other")
    changed = rows_changed(newsroom.db)
    moved = newsroom.reviewer.patch("/v1/claims/3", {"story": STORY}, headers=ANY)
    assert (moved.status_code, rows_changed(newsroom.db)) == (400, changed)


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
    line = newsroom.reader.get("/v1/changes").json["items"][-3]
    assert line["summary"] == "Reviewer changed figure of the claim. Claim 1 is to be reviewed again."
    # What is not for everybody of another claim is not told to everybody.
    assert line["changes"]["marked"] == [1]
    public = newsroom.anonymous.get("/v1/changes").json["items"][-3]
    assert "marked" not in public["changes"]
    assert "reviewed again" not in public["summary"]


def test_a_mark_holds_while_the_figure_that_supersedes_stands(newsroom: Newsroom, say: Say) -> None:
    def stage(claim_id: int, stage: str) -> None:
        newsroom.editor.post(f"/v1/claims/{claim_id}/stage", {"stage": stage, "reason": "A mistake."})

    def in_need() -> list[tuple[int, list[int]]]:
        items = newsroom.reader.get("/v1/needs_review").json["items"]
        return [(item["claim"], [each["by_claim"] for each in item["reasons"]]) for item in items]

    say("40.", {"value": 40, "as_of": "2022-01-07"})
    say("164.", {"value": 164, "as_of": "2022-01-09"})
    assert in_need() == [(1, [2])]
    stage(2, "withdrawn")
    assert (in_need(), newsroom.reader.get("/v1/claims/1/review").json["reasons"]) == ([], [])
    stage(2, "open")
    assert (in_need(), marks(newsroom)) == ([(1, [2])], [(1, 2)])
    # What was superseded while it was withdrawn is marked when it comes back.
    stage(1, "withdrawn")
    say("100.", {"value": 100, "as_of": "2022-01-08"})
    assert marks(newsroom) == [(1, 2), (3, 2)]
    stage(1, "open")
    assert marks(newsroom) == [(1, 2), (3, 2), (1, 3)]
    assert newsroom.reader.get("/v1/claims/1/history").json["items"][-1]["changes"]["marked"] == [1]
    assert newsroom.app.test_cli_runner().invoke(args=["verify"]).exit_code == 0


def test_an_origin_is_known_by_its_name_of_today(newsroom: Newsroom, say: Say) -> None:
    say("40.", {"value": 40, "as_of": "2022-01-07"})
    say("41.", {"value": 41, "as_of": "2022-01-07"}, chain=["State TV"])
    # Whoever made the claim has another name now, and the other claim another chain.
    newsroom.editor.patch("/v1/claimants/1", {"name": "Ministry of Health"}, headers=ANY)
    newsroom.reviewer.patch("/v1/claims/2", {"chain": ["MINISTRY of health"]}, headers=ANY)
    said = {"claimant": PROSECUTOR, "chain": ["Ministry of Health"]}
    say("164.", {"value": 164, "as_of": "2022-01-09"}, **said)
    assert marks(newsroom) == [(1, 3), (2, 3)]
    check = newsroom.app.test_cli_runner().invoke
    assert check(args=["check"]).exit_code == 0
    newsroom.by_hand("UPDATE figures SET origin = 'somebody' WHERE claim_id = 2")
    assert "claims/2: its figure is kept under another origin" in check(args=["check"]).output


def test_a_relay_is_no_second_origin(newsroom: Newsroom, say: Say) -> None:
    relayed = [{"role": "relay", "name": "State TV"}, {"role": "publisher", "name": "Wire"}]
    say("40.", {"value": 40})
    say("41.", {"value": 41}, chain=relayed)
    say("More than 30.", {"value": 30, "qualifier": "more_than"}, chain=relayed[1:])
    (series,) = newsroom.reader.get(f"/v1/stories/{STORY}/figures").json["series"]
    assert series["conflicts"] == [{"claims": [1, 2], "same_origin": True}]
    assert {group["origins"] for group in series["agreements"]} == {1}
    say("200.", {"value": 200, "as_of": "2022-01-10"})
    assert marks(newsroom) == [(1, 4), (2, 4), (3, 4)]
    text = newsroom.reader.get(f"/v1/stories/{STORY}/figures.txt").text
    assert "40, Health Ministry (claim 1" in text
    assert "41, Health Ministry, by State TV > Wire (claim 2" in text
    assert newsroom.app.test_cli_runner().invoke(args=["check"]).exit_code == 0


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


NOT_AS_TOLD, NOT_THOSE = "is not what it tells of", "left to be reviewed are not those"


def test_marks_that_were_tampered_with_are_found(newsroom: Newsroom, say: Say) -> None:
    say("40.", {"value": 40, "as_of": "2022-01-07"}, published=False)
    say("164.", {"value": 164, "as_of": "2022-01-09"}, published=False)
    say("Late.", {"value": 50, "as_of": "2022-01-08"}, published=False)
    assert marks(newsroom) == [(1, 2), (3, 2)]
    assert newsroom.app.test_cli_runner().invoke(args=["verify"]).exit_code == 0
    newsroom.by_hand("SELECT 1")
    for statement, said in (
        ("UPDATE review_marks SET claim_id = 2 WHERE id = 1", NOT_AS_TOLD),
        ("UPDATE review_marks SET by_claim_id = 3 WHERE claim_id = 1", NOT_AS_TOLD),
        ("UPDATE review_marks SET by_claim_id = 1 WHERE claim_id = 3", NOT_AS_TOLD),
        ("UPDATE review_marks SET marked_at = 'then'", NOT_AS_TOLD),
        ("UPDATE review_marks SET reason = 'source_retracted'", NOT_AS_TOLD),
        ("UPDATE review_marks SET seq = 3", NOT_AS_TOLD),
        ("DELETE FROM review_marks", NOT_THOSE),
        (
            "INSERT INTO review_marks "
            "SELECT id + 9, seq, claim_id, reason, NULL, by_claim_id, marked_at FROM review_marks",
            NOT_THOSE,
        ),
    ):
        newsroom.db.conn.execute("BEGIN")
        newsroom.db.conn.execute(statement)
        faults = list(faults_of_log(newsroom.db))
        newsroom.db.conn.execute("ROLLBACK")
        assert any(said in fault for fault in faults), (statement, faults)


FIGURES = f"/v1/stories/{STORY}/figures"


@pytest.fixture
def told(say: Say) -> Say:
    """Tell the story of a week: bounds, a chain of figures, another origin, a part, another measure."""
    say(
        "More than 40 people have died.",
        {"low": 40, "qualifier": "more_than", "as_of": "2022-01-08~", "unit": "people"},
        chain=["Health Ministry", "Wire"],
    )
    say(
        "164 people were killed.",
        {"value": 164, "as_of": "2022-01-09", "as_published": "a total of 164", "unit": "people"},
        chain=["Health Ministry", "State TV", "Wire"],
    )
    city = {"scope": "City", "within": "COUNTRY", "as_of": "2022-01-09"}
    say("103 died in the city.", {"value": 103, "unit": "people", **city})
    say("225 died.", {"value": 225, "unit": "People"}, claimant=PROSECUTOR)
    say("About 400 cars burnt.", {"measure": "cars_burnt", "value": 400, "qualifier": "about"})
    return say


def test_the_series_of_a_story(newsroom: Newsroom, told: Say) -> None:
    answer = newsroom.anonymous.get(FIGURES)
    assert answer.status_code == 200, answer.text
    found = answer.json
    assert (found["story"], found["seq"], found["withdrawn"]) == ({"slug": STORY, "title": "Unrest"}, None, 0)
    assert "10 % to either side" in found["note"]
    cars, city, country = found["series"]
    assert [(each["measure"], each["scope"]) for each in found["series"]] == [
        ("cars_burnt", "Country"),
        ("deaths", "City"),
        ("deaths", "Country"),
    ]
    assert cars["figures"][0]["bounds"] == {"low": 360, "high": 440, "low_open": False, "high_open": False}
    assert [figure["claim"] for figure in country["figures"]] == [1, 2, 4]
    assert country["figures"][1] == {
        "claim": 2,
        "as_published": "a total of 164",
        "stated": newsroom.reader.get("/v1/claims/2").json["figure"],
        "bounds": {"low": 164, "high": 164, "low_open": False, "high_open": False},
        "qualifier": "exact",
        "unit": "people",
        "as_of": "2022-01-09",
        "claimant": {"id": 1, "name": "Health Ministry", "kind": "organisation", "same_as": None},
        "chain": ["Health Ministry", "State TV", "Wire"],
        "status": "unreviewed",
        "rating": None,
        "stage": "published",
        "superseded_by": None,
    }
    first = country["figures"][0]
    assert (first["as_published"], first["superseded_by"]) == ("More than 40 people have died.", 2)
    assert first["bounds"] == {"low": 40, "high": None, "low_open": True, "high_open": False}
    # Of when the third is, its claim's date tells.
    assert (country["figures"][2]["as_of"], country["figures"][2]["stated"]["as_of"]) == ("2022-01-09", None)
    assert [(group["claims"], group["same_time"], group["origins"]) for group in country["agreements"]] == [
        ([1, 2], False, 1),
        ([1, 4], False, 2),
    ]
    assert country["supersessions"] == [{"claim": 1, "by": 2, "agree": True}]
    assert country["conflicts"] == [{"claims": [2, 4], "same_origin": False}]
    assert (country["units"], country["unit_clash"], country["conflicts_total"]) == (
        ["people"],
        False,
        1,
    )
    assert found["parts"] == [
        {"part": 3, "whole": 2, "fits": True},
        {"part": 3, "whole": 4, "fits": True},
    ]
    assert [city[name] for name in ("agreements", "supersessions", "conflicts")] == [[], [], []]


def test_a_measure_or_a_scope_can_be_asked_for(newsroom: Newsroom, told: Say) -> None:
    def shown(query: str) -> tuple[list[Any], int]:
        found = newsroom.anonymous.get(f"{FIGURES}?{query}").json
        return [(each["measure"], each["scope"]) for each in found["series"]], len(found["parts"])

    assert shown("measure=cars_burnt") == ([("cars_burnt", "Country")], 0)
    assert shown("scope=city&measure=deaths") == ([("deaths", "City")], 2)
    assert shown("scope=COUNTRY") == ([("cars_burnt", "Country"), ("deaths", "Country")], 2)
    assert shown("measure=nothing") == shown("scope=Elsewhere") == ([], 0)
    assert_problem(newsroom.anonymous.get(f"{FIGURES}?measure=No!"), 400, "INVALID", "lower snake case")
    assert_problem(newsroom.anonymous.get(f"{FIGURES}?scpe=City"), 400, "UNKNOWN_PARAMETER", "scope")


def test_who_has_no_token_reads_of_published_claims_only(newsroom: Newsroom, told: Say) -> None:
    told("300, an open claim says.", {"value": 300, "unit": "people"}, published=False)
    told("Withdrawn unseen.", {"value": 301, "unit": "people"}, published=False)
    for claim_id in (4, 7):
        newsroom.editor.post(f"/v1/claims/{claim_id}/stage", {"stage": "withdrawn", "reason": "A mistake."})

    def claims(who: Any, query: str = "") -> tuple[list[int], int]:
        found = who.get(f"{FIGURES}{query}").json
        stated = [figure["claim"] for each in found["series"] for figure in each["figures"]]
        return sorted(stated), found["withdrawn"]

    # Claim 7 was never told to anybody outside, so nobody outside is told that it was taken back.
    assert claims(newsroom.anonymous) == ([1, 2, 3, 5], 1)
    assert claims(newsroom.reader) == ([1, 2, 3, 5, 6], 2)
    assert claims(newsroom.reader, "?measure=deaths") == ([1, 2, 3, 6], 2)
    newsroom.reviewer.post("/v1/stories", {"slug": "secret", "title": "Secret"})
    assert_problem(newsroom.anonymous.get("/v1/stories/secret/figures"), 404, "NOT_FOUND")
    assert_problem(newsroom.reader.get("/v1/stories/no-such/figures"), 404, "NOT_FOUND")
    assert newsroom.reader.get("/v1/stories/secret/figures").json["series"] == []
    assert newsroom.anonymous.get(FIGURES, headers={"Authorization": "Bearer fct_no"}).status_code == 401


def test_it_answers_as_it_was_known_then(newsroom: Newsroom, told: Say) -> None:
    then = newsroom.anonymous.get(FIGURES).json
    seq = newsroom.rows("events")
    figure = {"measure": "deaths", "scope": "Country", "value": 165, "unit": "people"}
    newsroom.reviewer.patch("/v1/claims/2", {"figure": figure}, headers=ANY)
    newsroom.editor.post("/v1/claims/4/stage", {"stage": "withdrawn", "reason": "A mistake."})
    newsroom.editor.patch(f"/v1/stories/{STORY}", {"title": "January"}, headers=ANY)
    assert newsroom.anonymous.get(f"{FIGURES}?as_of=seq:{seq}").json == {**then, "seq": seq}
    now = newsroom.anonymous.get(FIGURES).json
    assert (now["story"]["title"], now["withdrawn"]) == ("January", 1)
    assert now["series"][2]["figures"][1]["bounds"]["low"] == 165
    begun = newsroom.anonymous.get(f"{FIGURES}?as_of=seq:{seq - 8}&measure=deaths").json
    assert [figure["claim"] for figure in begun["series"][0]["figures"]] == [1]
    assert_problem(newsroom.anonymous.get(f"{FIGURES}?as_of=seq:999"), 400, "INVALID", "The log ends at")
    assert_problem(newsroom.reader.get(f"{FIGURES}?as_of=seq:1"), 404, "NOT_FOUND", "There was no story")
    assert_problem(newsroom.anonymous.get(f"{FIGURES}?as_of=seq:1"), 404, "NOT_FOUND")


def test_a_sheet_has_a_row_for_each_figure(newsroom: Newsroom, told: Say) -> None:
    answer = newsroom.anonymous.get(f"{FIGURES}.csv?measure=deaths")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = csv.reader(answer.text.splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["claim"] for row in rows] == ["3", "1", "2", "4"]
    assert rows[2] == {
        "measure": "deaths",
        "scope": "Country",
        "claim": "2",
        "as_of": "2022-01-09",
        "qualifier": "exact",
        "value": "164",
        "low": "164",
        "low_open": "false",
        "high": "164",
        "high_open": "false",
        "unit": "people",
        "claimant": "Health Ministry",
        "chain": "Health Ministry > State TV > Wire",
        "status": "unreviewed",
        "rating": "",
        "stage": "published",
        "superseded_by": "",
        "agrees_with": "1",
        "conflicts_with": "4",
        "part_of": "",
        "as_published": "a total of 164",
    }
    assert (rows[0]["part_of"], rows[1]["agrees_with"], rows[1]["superseded_by"]) == ("2 4", "2 4", "2")


def test_it_can_be_pasted(newsroom: Newsroom, told: Say) -> None:
    city = {"scope": "City", "within": "Country", "as_of": "2022-01-09"}
    told("Too many in the city.", {"value": 500, "unit": "people", **city})
    answer = newsroom.anonymous.get(f"{FIGURES}.txt?measure=deaths")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == (
        "Figures of Unrest (unrest)\n"
        'Bounds are derived from words: "about" is taken as 10 % to either side, "nearly" as the last 10 % '
        "before the value. No figure is chosen and none are added up.\n"
        "\n"
        "deaths, City\n"
        "  2022-01-09: 103 people, Health Ministry (claim 3, published: unreviewed)\n"
        "  2022-01-09: 500 people, Health Ministry (claim 6, published: unreviewed)\n"
        "  Conflict: 103 people (claim 3) against 500 people (claim 6), of one origin\n"
        "\n"
        "deaths, Country\n"
        "  2022-01-08~: more than 40 people, Health Ministry, by Wire (claim 1, published: unreviewed)\n"
        "  2022-01-09: 164 people, Health Ministry, by State TV > Wire (claim 2, published: unreviewed)\n"
        "  2022-01-09: 225 People, Prosecutor's Office (claim 4, published: unreviewed)\n"
        "  Can all hold: more than 40 people (claim 1)"
        " and 164 people (claim 2), one origin, not of one time\n"
        "  Can all hold: more than 40 people (claim 1)"
        " and 225 People (claim 4), 2 origins, not of one time\n"
        "  Superseded: more than 40 people (claim 1) by 164 people (claim 2), both can hold\n"
        "  Conflict: 164 people (claim 2) against 225 People (claim 4)\n"
        "\n"
        "Parts\n"
        "  103 people (deaths, City, claim 3) within 164 people (deaths, Country, claim 2)\n"
        "  103 people (deaths, City, claim 3) within 225 People (deaths, Country, claim 4)\n"
        "  500 people (deaths, City, claim 6) within 164 people (deaths, Country, claim 2): "
        "does not fit, the part is larger\n"
        "  500 people (deaths, City, claim 6) within 225 People (deaths, Country, claim 4): "
        "does not fit, the part is larger\n"
    )
    told("170 in all.", {"value": 170, "unit": "people", "as_of": "2022-01-20"})
    later = newsroom.anonymous.get(f"{FIGURES}.txt?measure=deaths").text
    assert "  Superseded: 164 people (claim 2) by 170 people (claim 7), they differ\n" in later


def test_units_that_slipped_in_are_told(newsroom: Newsroom, told: Say) -> None:
    # As it is where a desk of an older version took both.
    newsroom.by_hand(
        "UPDATE documents SET body = json_set(body, '$.figure.unit', 'families') "
        "WHERE body ->> '$.figure.value' = 164"
    )
    country = newsroom.reader.get(FIGURES).json["series"][2]
    assert (country["unit_clash"], country["units"]) == (True, ["families", "people"])
    assert (country["conflicts"], country["supersessions"]) == ([], [])
    assert [group["claims"] for group in country["agreements"]] == [[1, 4]]
    assert "different units: families, people" in newsroom.reader.get(f"{FIGURES}.txt").text


def test_texts_of_older_versions_are_read(newsroom: Newsroom, told: Say) -> None:
    newsroom.by_hand(
        "UPDATE documents SET body = json_remove(body, '$.figure.within', '$.figure.as_published')"
    )
    country = newsroom.reader.get(FIGURES).json["series"][2]
    assert list(country["figures"][1]["stated"])[-3:] == ["within", "as_of", "as_published"]
    assert country["figures"][1]["as_published"] == "164 people were killed."
