"""/v1/statuses: the vocabulary is added to, relabelled, translated and retired, never deleted."""

from __future__ import annotations

import pytest

from factcheck.vocabulary import INITIAL_STATUSES
from tests.conftest import SOURCE, Newsroom

SATIRE = {"slug": "satire", "label": "satire", "meaning": "Meant as a joke.", "needs_source": False}


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.admin.post("/v1/statuses", {**SATIRE, "translations": {"de": "Satire", "kk": "сатира"}})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/statuses/satire"
    assert (made.json["rating"], made.json["assignable"], made.json["retired"]) == (None, True, False)
    assert made.json["translations"] == {"de": "Satire", "kk": "сатира"}
    assert newsroom.anonymous.get("/v1/statuses/satire").data == made.data
    newsroom.claim()
    given = newsroom.reviewer.post("/v1/claims/1/verdicts", {"status": "Satire", "rationale": "A joke."})
    assert (given.status_code, given.json["status"]) == (201, "satire")


def test_a_new_desk_has_the_vocabulary_in_its_order(newsroom: Newsroom) -> None:
    items = newsroom.anonymous.get("/v1/statuses").json["items"]
    assert [(each["slug"], each["label"], each["rating"]) for each in items] == [
        (status.slug, status.label, status.rating) for status in INITIAL_STATUSES
    ]
    assert [each["slug"] for each in items if not each["assignable"]] == ["unreviewed"]


def test_the_same_again_is_the_same(newsroom: Newsroom) -> None:
    made, lines = newsroom.admin.post("/v1/statuses", SATIRE), newsroom.rows("events")
    again = newsroom.admin.post("/v1/statuses", SATIRE)
    assert (again.status_code, again.data) == (200, made.data)
    assert newsroom.admin.post("/v1/statuses", {**SATIRE, "rating": 1}).status_code == 409
    assert newsroom.rows("events") == lines


def test_it_is_relabelled_and_translated(newsroom: Newsroom) -> None:
    changes = {"label": "half true", "meaning": "Half of it.", "translations": {"de": "halb wahr"}}
    done = newsroom.admin.patch("/v1/statuses/mixed", changes)
    assert done.status_code == 200
    assert {**done.json, **changes} == done.json
    assert (done.json["slug"], done.json["rating"]) == ("mixed", 3)
    newsroom.claim()
    for name, status in (("Half True", 201), ("mixed", 200), ("partly true", 400)):
        body = {"status": name, "rationale": "So.", "sources": [SOURCE]}
        assert newsroom.reviewer.post("/v1/claims/1/verdicts", body).status_code == status


def test_a_retired_status_is_kept_and_shown_as_such(newsroom: Newsroom) -> None:
    newsroom.admin.patch("/v1/statuses/outdated", {"retired": True})
    assert newsroom.anonymous.get("/v1/statuses/outdated").json["retired"] is True
    in_use = newsroom.anonymous.get("/v1/statuses?retired=false").json["items"]
    assert "outdated" not in [each["slug"] for each in in_use]
    assert len(in_use) == len(INITIAL_STATUSES) - 1
    assert newsroom.admin.patch("/v1/statuses/outdated", {"retired": False}).json["retired"] is False


def test_the_status_of_having_none_stays(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    assert newsroom.admin.patch("/v1/statuses/unreviewed", {"retired": True}).status_code == 409
    assert newsroom.rows("events") == lines


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_none_is_deleted(newsroom: Newsroom, method: str) -> None:
    assert newsroom.admin(method, "/v1/statuses/mixed", json={}).status_code == 405
    assert newsroom.rows("statuses") == len(INITIAL_STATUSES)


@pytest.mark.parametrize("changes", [{"rating": 1}, {"rating": None}, {"slug": "x_y"}, {"assignable": False}])
def test_slug_and_rating_are_for_good(newsroom: Newsroom, changes: dict[str, object]) -> None:
    lines = newsroom.rows("events")
    assert newsroom.admin.patch("/v1/statuses/mixed", changes).status_code == 400
    assert newsroom.rows("events") == lines


def test_two_in_use_are_never_called_the_same(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    for label in ("Partly True", "mostly-false", "false"):
        assert newsroom.admin.post("/v1/statuses", {**SATIRE, "label": label}).status_code == 409
        assert newsroom.admin.patch("/v1/statuses/unclear", {"label": label}).status_code == 409
    assert newsroom.admin.post("/v1/statuses", {**SATIRE, "slug": "partly_true"}).status_code == 409
    assert newsroom.rows("events") == lines


def test_the_label_of_a_retired_one_is_free_until_it_comes_back(newsroom: Newsroom) -> None:
    newsroom.admin.patch("/v1/statuses/mixed", {"retired": True})
    body = {**SATIRE, "slug": "partly_true", "label": "partly true"}
    assert newsroom.admin.post("/v1/statuses", body).status_code == 201
    newsroom.claim()
    given = newsroom.reviewer.post("/v1/claims/1/verdicts", {"status": "Partly true", "rationale": "So."})
    assert given.json["status"] == "partly_true"
    assert newsroom.admin.patch("/v1/statuses/mixed", {"retired": False}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"slug": "Satire"}, "/slug"),
        ({"slug": "a"}, "/slug"),
        ({"slug": "so-so"}, "/slug"),
        ({"label": ""}, "/label"),
        ({"meaning": None}, "/meaning"),
        ({"rating": 0}, "/rating"),
        ({"rating": 6}, "/rating"),
        ({"rating": 2.5}, "/rating"),
        ({"needs_source": "no"}, "/needs_source"),
        ({"translations": {"Deutsch": "Satire"}}, "/translations/Deutsch"),
        ({"retired": True}, "/retired"),
    ],
)
def test_what_is_wrong_is_named(newsroom: Newsroom, changes: dict[str, object], pointer: str) -> None:
    lines = newsroom.rows("events")
    refused = newsroom.admin.post("/v1/statuses", {**SATIRE, **changes})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, pointer)
    assert (newsroom.rows("events"), newsroom.rows("statuses")) == (lines, len(INITIAL_STATUSES))


def test_an_old_version_is_refused_and_a_missing_one_not_found(newsroom: Newsroom) -> None:
    old = newsroom.anonymous.get("/v1/statuses/mixed").headers["ETag"]
    newsroom.admin.patch("/v1/statuses/mixed", {"label": "half true"})
    refused = newsroom.admin.patch("/v1/statuses/mixed", {"label": "so-so"}, headers={"If-Match": old})
    assert refused.json["differs"] == {"label": {"from": "partly true", "to": "half true"}}
    assert newsroom.admin.patch("/v1/statuses/none_such", {"label": "x"}).status_code == 404
    assert newsroom.anonymous.get("/v1/statuses/none_such").status_code == 404
