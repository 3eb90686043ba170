"""/v1/needs_review and /v1/claims/{id}/review: what should be looked at again, by whom, until when."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from factcheck.dates import now
from tests.conftest import VERDICT, Newsroom, assert_problem

PATH = "/v1/claims/1/review"
PAST, FUTURE = "2024-06-01", "2999-01-01"


def in_need(newsroom: Newsroom, query: str = "") -> dict[int, list[str]]:
    """Give the claims of the list and why each is on it."""
    items = newsroom.reader.get(f"/v1/needs_review{query}").json["items"]
    return {item["claim"]: [each["reason"] for each in item["reasons"]] for item in items}


def planned(newsroom: Newsroom, claim_id: int = 1, **plan: Any) -> dict[str, Any]:
    answer = newsroom.editor.put(f"/v1/claims/{claim_id}/review", plan)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    plan = {"review_by": FUTURE, "assigned_to": 2, "due_on": FUTURE}
    answer = newsroom.editor.put(PATH, plan)
    assert answer.status_code == 200, answer.text
    assert answer.json["assigned_to"] == {"id": 2, "name": "Reviewer"}
    assert (answer.json["review_by"], answer.json["due_on"]) == (FUTURE, FUTURE)
    assert answer.json["planned_by"]["name"] == "Editor"
    assert [each["reason"] for each in answer.json["reasons"]] == ["assigned"]
    read = newsroom.reader.get(PATH)
    assert (read.json, read.headers["ETag"]) == (answer.json, answer.headers["ETag"])
    assert newsroom.editor.put(PATH, plan).json == answer.json
    assert newsroom.rows("events") == lines + 1, "the same plan is the same plan"
    history = newsroom.reader.get("/v1/claims/1/history").json["items"]
    assert history[-1]["act"] == "review:plan"
    shown = newsroom.anonymous.get("/v1/claims/1/history").json["items"]
    assert [line["act"] for line in shown] == ["claim:publish"]


def test_a_claim_that_nobody_planned_for(newsroom: Newsroom) -> None:
    newsroom.claim()
    content = newsroom.reader.get(PATH).json
    assert (content["review_by"], content["assigned_to"], content["reasons"]) == (None, None, [])
    assert in_need(newsroom) == {}
    assert newsroom.reader.get("/v1/needs_review.txt").text == "Nothing needs another look.\n"


def test_the_assigned_reviewers_verdict_ends_the_wait(newsroom: Newsroom) -> None:
    newsroom.claim()
    assert planned(newsroom, assigned_to=2, due_on=PAST)["overdue"] is True
    assert in_need(newsroom) == {1: ["assigned"]}
    newsroom.editor.post("/v1/claims/1/verdicts", VERDICT)
    assert in_need(newsroom) == {1: ["assigned"]}, "another reviewer's verdict was not waited for"
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    assert in_need(newsroom) == {}
    assert newsroom.reader.get(PATH).json["overdue"] is False


def test_a_claim_is_stale_from_its_day_on_until_somebody_looks(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    planned(newsroom, review_by=FUTURE)
    assert in_need(newsroom) == {}
    planned(newsroom, review_by=now()[:10])
    assert in_need(newsroom) == {1: ["stale"]}, "on the day itself it is due"
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "rationale": "Looked again."})
    assert in_need(newsroom) == {}


def test_a_contested_claim_is_on_the_list_until_they_agree(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    newsroom.editor.post("/v1/claims/1/verdicts", {**VERDICT, "status": "unclear"})
    assert in_need(newsroom) == {1: ["contested"]}
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": "unclear"})
    assert in_need(newsroom) == {}


def test_a_withdrawn_claim_needs_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    planned(newsroom, assigned_to=2)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert in_need(newsroom) == {}
    assert_problem(newsroom.editor.put(PATH, {}), 409, "CONFLICT", "withdrawn")


def test_it_can_be_narrowed_and_paged(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/stories", {"slug": "bridge", "title": "The bridge"})
    for number in range(1, 6):
        newsroom.claim(text=f"Claim {number}.", **({"story": "bridge"} if number == 2 else {}))
        planned(newsroom, number, assigned_to=2 if number % 2 else 3, due_on=f"2999-01-0{number}")
    planned(newsroom, 5, review_by=PAST)
    assert list(in_need(newsroom)) == [5, 4, 3, 2, 1]
    assert in_need(newsroom, "?reason=stale") == {5: ["stale"]}
    assert list(in_need(newsroom, "?assigned_to=3")) == [4, 2]
    assert list(in_need(newsroom, "?due_on__lte=2999-01-02")) == [2, 1]
    assert list(in_need(newsroom, "?story=bridge")) == [2]
    page = newsroom.reader.get("/v1/needs_review?limit=2&count=true")
    assert page.json["total"] == 5
    assert f'<{page.json["next"]}>; rel="next"' == page.headers["Link"]
    found = [item["claim"] for item in page.json["items"]]
    while page.json["next"]:
        page = newsroom.reader.get(page.json["next"].removeprefix("http://desk.example.org"))
        found += [item["claim"] for item in page.json["items"]]
    assert found == [5, 4, 3, 2, 1]


def test_as_a_sheet_and_as_text(newsroom: Newsroom) -> None:
    newsroom.claim()
    planned(newsroom, assigned_to=2, due_on=PAST, review_by=PAST)
    (row,) = csv.DictReader(io.StringIO(newsroom.reader.get("/v1/needs_review.csv").text))
    assert (row["claim"], row["reasons"], row["overdue"]) == (
        "1",
        f"stale since {PAST}; assigned since {now()[:10]}",
        "true",
    )
    text = newsroom.reader.get("/v1/needs_review", headers={"Accept": "text/plain"})
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "stale since 2024-06-01" in text.text
    assert "for Reviewer until 2024-06-01 (overdue)" in text.text


def test_what_is_kept_is_told_again_only_while_it_is_so(newsroom: Newsroom) -> None:
    newsroom.claim()
    planned(newsroom, assigned_to=2)
    first = newsroom.reader.get("/v1/needs_review")
    same = newsroom.reader.get("/v1/needs_review", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    planned(newsroom)
    assert newsroom.reader.get("/v1/needs_review").json["items"] == []


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"review_by": "2023-02-29"}, "a day that there is"),
        ({"review_by": "2023-01"}, "a day that there is"),
        ({"due_on": FUTURE}, "who has to keep the deadline"),
        ({"assigned_to": 99}, "Reviewer 99 can give no verdict"),
        ({"assigned_to": 1}, "Reviewer 1 can give no verdict"),
        ({"asigned_to": 2}, "did you mean assigned_to"),
    ],
)
def test_a_plan_that_can_not_be_kept_is_refused(newsroom: Newsroom, plan: dict[str, Any], said: str) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    assert_problem(newsroom.editor.put(PATH, plan), 400, "INVALID", said)
    assert newsroom.rows("events") == lines


def test_nobody_without_a_token_is_told(newsroom: Newsroom) -> None:
    newsroom.claim()
    for path in (PATH, "/v1/needs_review", "/v1/needs_review.csv"):
        assert_problem(newsroom.anonymous.get(path), 401, "UNAUTHENTICATED")
    assert_problem(newsroom.reader.put(PATH, {}), 403, "FORBIDDEN")
    assert_problem(newsroom.reader.get("/v1/claims/9/review"), 404, "NOT_FOUND")


def test_who_saw_another_plan_does_not_overwrite_it(newsroom: Newsroom) -> None:
    newsroom.claim()
    seen = newsroom.editor.get(PATH).headers["ETag"]
    planned(newsroom, assigned_to=2)
    stale = newsroom.editor.put(PATH, {"assigned_to": 3}, headers={"If-Match": seen})
    assert_problem(stale, 412, "VERSION_MISMATCH")


def test_a_verdict_that_is_taken_back_settles_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    planned(newsroom, assigned_to=2, review_by=PAST)
    assert in_need(newsroom) == {1: ["stale", "assigned"]}
    given = newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    assert in_need(newsroom) == {}
    newsroom.reviewer.post(f"/v1/verdicts/{given.json['id']}/retraction", {"reason": "A slip."})
    assert in_need(newsroom) == {1: ["stale", "assigned"]}


def test_a_plan_asks_for_another_look_than_those_before_it(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    planned(newsroom, review_by=now()[:10])
    assert in_need(newsroom) == {1: ["stale"]}


def test_the_same_plan_stays_the_same_when_the_reviewer_has_left(newsroom: Newsroom) -> None:
    newsroom.claim()
    first = planned(newsroom, assigned_to=2)
    newsroom.admin.patch("/v1/reviewers/2", {"active": False})
    assert planned(newsroom, assigned_to=2) == first
