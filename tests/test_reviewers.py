"""/v1/reviewers: the people and scripts who work at the desk."""

from __future__ import annotations

import pytest

from tests.conftest import CLAIM, VERDICT, Newsroom


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.admin.post("/v1/reviewers", {"name": "Night desk", "kind": "script", "role": "reviewer"})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/reviewers/5"
    assert (made.json["name"], made.json["kind"], made.json["role"]) == ("Night desk", "script", "reviewer")
    assert made.json["active"] is True
    read = newsroom.admin.get("/v1/reviewers/5")
    assert (read.json, read.headers["ETag"]) == (made.json, made.headers["ETag"])


def test_the_same_again_is_the_same_and_another_of_that_name_is_refused(newsroom: Newsroom) -> None:
    body = {"name": "Night desk", "role": "reviewer"}
    newsroom.admin.post("/v1/reviewers", body)
    lines = newsroom.rows("events")
    assert newsroom.admin.post("/v1/reviewers", body).status_code == 200
    for other in ({"name": "night-desk", "role": "reviewer"}, {"name": "Night desk", "role": "editor"}):
        assert newsroom.admin.post("/v1/reviewers", other).status_code == 409
    assert newsroom.rows("events") == lines


def test_a_lowered_role_counts_at_once(newsroom: Newsroom) -> None:
    claim = newsroom.claim(published=False)
    newsroom.admin.patch("/v1/reviewers/3", {"role": "reviewer"})
    lines = newsroom.rows("events")
    refused = newsroom.editor.post(f"/v1/claims/{claim['id']}/stage", {"stage": "published"})
    assert (refused.status_code, newsroom.rows("events")) == (403, lines)
    assert newsroom.editor.get("/v1/me").json["role"] == "reviewer"


def test_a_raised_role_does_not_raise_the_tokens_there_are(newsroom: Newsroom) -> None:
    newsroom.admin.patch("/v1/reviewers/1", {"role": "admin"})
    assert newsroom.reader.get("/v1/me").json["role"] == "reader"


def test_whoever_is_barred_is_out_but_what_he_said_stays(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    done = newsroom.admin.patch("/v1/reviewers/2", {"active": False})
    assert done.json["active"] is False
    lines = newsroom.rows("events")
    for answer in (newsroom.reviewer.get("/v1/me"), newsroom.reviewer.post("/v1/claims", CLAIM)):
        assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHENTICATED")
    assert newsroom.rows("events") == lines
    claim = newsroom.anonymous.get("/v1/claims/1").json
    assert (claim["verdicts"][0]["by"]["name"], claim["standing"]["decided_by"]) == ("Reviewer", 1)
    newsroom.admin.patch("/v1/reviewers/2", {"active": True})
    assert newsroom.reviewer.get("/v1/me").status_code == 200


def test_what_changes_nothing_is_no_act(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    assert newsroom.admin.patch("/v1/reviewers/2", {"active": True, "role": "reviewer"}).status_code == 200
    assert newsroom.rows("events") == lines


def test_an_old_version_is_refused(newsroom: Newsroom) -> None:
    old = newsroom.admin.get("/v1/reviewers/2").headers["ETag"]
    newsroom.admin.patch("/v1/reviewers/2", {"role": "reader"})
    refused = newsroom.admin.patch("/v1/reviewers/2", {"role": "editor"}, headers={"If-Match": old})
    assert (refused.status_code, refused.json["differs"]) == (
        412,
        {"role": {"from": "reviewer", "to": "reader"}},
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"role": "reader"},
        {"name": "…", "role": "reader"},
        {"name": "x", "role": "owner"},
        {"name": "x", "role": "reader", "token": "fct_mine"},
    ],
)
def test_what_is_wrong_is_refused(newsroom: Newsroom, body: dict[str, object]) -> None:
    lines = newsroom.rows("events")
    assert newsroom.admin.post("/v1/reviewers", body).status_code == 400
    assert newsroom.admin.patch("/v1/reviewers/1", {"name": "Other"}).status_code == 400
    assert newsroom.admin.patch("/v1/reviewers/9", {"active": False}).status_code == 404
    assert newsroom.rows("events") == lines


@pytest.mark.parametrize("role", ["reader", "reviewer", "editor"])
def test_only_admins_see_who_works_here(newsroom: Newsroom, role: str) -> None:
    for path in ("/v1/reviewers", "/v1/reviewers/1", "/v1/reviewers.csv"):
        assert getattr(newsroom, role).get(path).status_code == 403
        assert newsroom.anonymous.get(path).status_code == 401
    assert len(newsroom.admin.get("/v1/reviewers").json["items"]) == 4
