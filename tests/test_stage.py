"""POST /v1/claims/{id}/stage."""

from __future__ import annotations

import pytest

from tests.conftest import VERDICT, Newsroom

REASON = "It was recorded twice."


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    done = newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert (done.status_code, done.json["stage"]) == (200, "published")
    (step,) = done.json["stages"]
    assert (step["stage"], step["reason"], step["by"]["name"]) == ("published", None, "Editor")
    assert step["at"] == done.json["updated_at"]
    assert newsroom.anonymous.get("/v1/claims/1").data == done.data


@pytest.mark.parametrize(
    "steps",
    [["published", "withdrawn", "open", "published"], ["withdrawn", "open"], ["published", "withdrawn"]],
)
def test_steps_that_follow_one_another(newsroom: Newsroom, steps: list[str]) -> None:
    newsroom.claim(published=False)
    for stage in steps:
        done = newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": REASON})
        assert (done.status_code, done.json["stage"]) == (200, stage)
    assert [step["stage"] for step in newsroom.reader.get("/v1/claims/1").json["stages"]] == steps


@pytest.mark.parametrize("steps", [["published", "open"], ["withdrawn", "published"]])
def test_steps_that_do_not(newsroom: Newsroom, steps: list[str]) -> None:
    newsroom.claim(published=False)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": steps[0], "reason": REASON})
    lines = newsroom.rows("events")
    refused = newsroom.editor.post("/v1/claims/1/stage", {"stage": steps[1], "reason": REASON})
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert (newsroom.rows("events"), newsroom.rows("stage_changes")) == (lines, 1)


def test_the_same_stage_again_is_no_act(newsroom: Newsroom) -> None:
    claim, lines = newsroom.claim(), newsroom.rows("events")
    again = newsroom.editor.post("/v1/claims/1/stage", {"stage": "published", "reason": "Again."})
    assert (again.status_code, again.json) == (200, claim)
    assert (newsroom.rows("events"), newsroom.rows("stage_changes")) == (lines, 1)


@pytest.mark.parametrize("stage", ["withdrawn", "open"])
def test_taking_back_needs_a_reason(newsroom: Newsroom, stage: str) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    refused = newsroom.editor.post("/v1/claims/1/stage", {"stage": stage})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/reason")
    assert newsroom.rows("events") == lines


def test_a_withdrawn_claim_is_no_longer_worked_on_but_still_answers(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": REASON})
    lines = newsroom.rows("events")
    for path, body in (
        ("verdicts", {**VERDICT, "status": "unclear"}),
        ("sources", {"title": "A", "stance": "context"}),
    ):
        refused = newsroom.reviewer.post(f"/v1/claims/1/{path}", body)
        assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "x"}).status_code == 409
    assert newsroom.rows("events") == lines
    read = newsroom.reader.get("/v1/claims/1").json
    assert (read["stage"], read["stages"][-1]["reason"]) == ("withdrawn", REASON)
    assert read["standing"]["status"] == VERDICT["status"]


def test_an_old_version_is_refused(newsroom: Newsroom) -> None:
    old = newsroom.claim(published=False)["etag"]
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    body, lines = {"stage": "published"}, newsroom.rows("events")
    refused = newsroom.editor.post("/v1/claims/1/stage", body, headers={"If-Match": f'"{old}"'})
    assert (refused.status_code, newsroom.rows("events")) == (412, lines)
    current = refused.json["current_etag"]
    assert newsroom.editor.post("/v1/claims/1/stage", body, headers={"If-Match": current}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"stage": "hidden"}, {"stage": None}, {"stage": "published", "x": 1}])
def test_what_is_wrong_is_refused(newsroom: Newsroom, body: dict[str, object]) -> None:
    newsroom.claim(published=False)
    lines = newsroom.rows("events")
    assert newsroom.editor.post("/v1/claims/1/stage", body).status_code == 400
    assert newsroom.editor.post("/v1/claims/2/stage", {"stage": "published"}).status_code == 404
    assert newsroom.rows("events") == lines
