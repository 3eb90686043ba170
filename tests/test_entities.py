"""Outlets, claimants and stories: made once, and renamed wherever they are shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import CLAIM, SOURCE, Newsroom

OUTLET = {"name": "Evening Post", "url": "https://post.example.org/", "owner": "A trust", "kind": "newspaper"}
STORY = {"slug": "bridge", "title": "The bridge affair", "summary": "Who closed it."}


def found(newsroom: Newsroom, words: str) -> list[int]:
    items = newsroom.anonymous.get("/v1/claims", query_string={"q": words, "sort": "id"}).json["items"]
    return [claim["id"] for claim in items]


@pytest.mark.parametrize(("noun", "body", "key"), [("outlets", OUTLET, "1"), ("stories", STORY, "bridge")])
def test_it_works(newsroom: Newsroom, noun: str, body: dict[str, Any], key: str) -> None:
    made = newsroom.reviewer.post(f"/v1/{noun}", body)
    assert (made.status_code, made.headers["Location"]) == (201, f"http://desk.example.org/v1/{noun}/{key}")
    assert {**made.json, **body} == made.json
    read = newsroom.reader.get(f"/v1/{noun}/{key}")
    assert (read.data, read.headers["ETag"]) == (made.data, made.headers["ETag"])


@pytest.mark.parametrize(("noun", "body"), [("outlets", OUTLET), ("stories", STORY)])
def test_the_same_again_is_the_same(newsroom: Newsroom, noun: str, body: dict[str, Any]) -> None:
    made, lines = newsroom.reviewer.post(f"/v1/{noun}", body), newsroom.rows("events")
    again = newsroom.editor.post(f"/v1/{noun}", body)
    assert (again.status_code, again.data) == (200, made.data)
    assert (newsroom.rows(noun), newsroom.rows("events")) == (1, lines)


@pytest.mark.parametrize(
    ("noun", "body", "other"),
    [
        ("outlets", OUTLET, {"name": "evening-post", "kind": "website"}),
        ("stories", STORY, {**STORY, "title": "Another affair"}),
    ],
)
def test_one_that_says_something_else_is_refused(
    newsroom: Newsroom, noun: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    newsroom.reviewer.post(f"/v1/{noun}", body)
    lines = newsroom.rows("events")
    assert newsroom.reviewer.post(f"/v1/{noun}", other).status_code == 409
    assert newsroom.rows("events") == lines


def test_an_outlet_that_came_with_a_source_is_completed(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", {**SOURCE, "outlet": "Evening Post"})
    lines = newsroom.rows("events")
    done = newsroom.reviewer.post("/v1/outlets", OUTLET)
    assert (done.status_code, done.json["kind"]) == (200, "newspaper")
    assert newsroom.reader.get("/v1/outlets/1").data == done.data
    assert (newsroom.rows("outlets"), newsroom.rows("events")) == (1, lines + 1)


def test_a_renamed_outlet_is_shown_and_found_in_its_claims(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.")
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    etag = newsroom.anonymous.get("/v1/claims/1").headers["ETag"]
    lines = newsroom.rows("events")
    newsroom.editor.patch("/v1/outlets/1", {"name": "Harbour Authority"})
    assert newsroom.rows("events") == lines + 1
    claim = newsroom.anonymous.get("/v1/claims/1")
    assert claim.json["sources"][0]["source"]["outlet"]["name"] == "Harbour Authority"
    assert claim.headers["ETag"] != etag
    assert newsroom.anonymous.get("/v1/sources/1").json["outlet"]["name"] == "Harbour Authority"
    assert (found(newsroom, "harbour"), found(newsroom, "road office")) == ([1], [])
    # From now on the new name is the outlet's.
    again = newsroom.reviewer.post(
        "/v1/claims/2/sources", {**SOURCE, "url": None, "outlet": "HARBOUR authority"}
    )
    assert again.json["source"]["outlet"]["id"] == 1


def test_a_renamed_claimant_is_shown_and_found_in_all_his_claims(newsroom: Newsroom) -> None:
    newsroom.claim(chain=[])
    newsroom.claim(text="Another.", chain=[])
    newsroom.claim(text="Third.", claimant={"name": "Road Office", "kind": "organisation"}, chain=[])
    newsroom.editor.patch("/v1/claimants/1", {"name": "Town Council", "same_as": "https://example.org/town"})
    for claim_id in (1, 2):
        claimant = newsroom.anonymous.get(f"/v1/claims/{claim_id}").json["claimant"]
        assert (claimant["name"], claimant["same_as"]) == ("Town Council", "https://example.org/town")
    assert (found(newsroom, "town council"), found(newsroom, "city")) == ([1, 2], [])
    # The same claim, told under the new name, is still the same claim.
    claimant = {"name": "Town Council", "kind": "organisation"}
    assert newsroom.reviewer.post("/v1/claims", {**CLAIM, "claimant": claimant}).json["id"] == 1


def test_a_renamed_story_is_shown_and_found_in_its_claims(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/stories", STORY)
    newsroom.claim(story="bridge", text="It was closed.")
    newsroom.claim(text="Another.")
    assert found(newsroom, "affair") == [1]
    newsroom.editor.patch("/v1/stories/bridge", {"title": "The closure"})
    assert newsroom.anonymous.get("/v1/claims/1").json["story"] == {"slug": "bridge", "title": "The closure"}
    assert (found(newsroom, "closure"), found(newsroom, "affair")) == ([1], [])


@pytest.mark.parametrize(
    ("path", "changes"),
    [("outlets/1", {"name": "Road Office"}), ("claimants/1", {"name": "road office"})],
)
def test_a_name_that_is_taken_is_refused(newsroom: Newsroom, path: str, changes: dict[str, Any]) -> None:
    newsroom.reviewer.post("/v1/outlets", OUTLET)
    newsroom.reviewer.post("/v1/outlets", {"name": "Road Office"})
    newsroom.claim()
    newsroom.claim(text="Another.", claimant={"name": "Road Office", "kind": "organisation"})
    lines = newsroom.rows("events")
    assert newsroom.editor.patch(f"/v1/{path}", changes).status_code == 409
    assert newsroom.rows("events") == lines


@pytest.mark.parametrize(
    ("path", "same", "other"),
    [
        ("outlets/1", {"kind": "newspaper"}, {"kind": "website"}),
        ("claimants/1", {"name": "City Council"}, {"name": "CITY COUNCIL"}),
        ("stories/bridge", {"title": STORY["title"]}, {"summary": None}),
        ("sources/1", {"title": SOURCE["title"]}, {"published_on": "2024-05"}),
    ],
)
def test_versions_are_honoured_and_what_changes_nothing_is_no_act(
    newsroom: Newsroom, path: str, same: dict[str, Any], other: dict[str, Any]
) -> None:
    newsroom.reviewer.post("/v1/outlets", OUTLET)
    newsroom.reviewer.post("/v1/stories", STORY)
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    etag, lines = newsroom.reader.get(f"/v1/{path}").headers["ETag"], newsroom.rows("events")
    assert newsroom.editor.patch(f"/v1/{path}", same).headers["ETag"] == etag
    stale = newsroom.editor.patch(f"/v1/{path}", other, headers={"If-Match": '"0"'})
    assert (stale.status_code, newsroom.rows("events")) == (412, lines)
    done = newsroom.editor.patch(f"/v1/{path}", other, headers={"If-Match": etag})
    assert (done.status_code, newsroom.rows("events")) == (200, lines + 1)
    assert done.headers["ETag"] != etag


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("outlets/1", {"name": None}),
        ("outlets/1", {"name": "…"}),
        ("outlets/1", {"kind": "gazette"}),
        ("outlets/1", {"country": "XX"}),
        ("outlets/1", {"country": "kz"}),
        ("outlets/1", {"reliability": "A"}),
        ("claimants/1", {"kind": "person"}),
        ("stories/bridge", {"slug": "other"}),
    ],
)
def test_what_may_not_be_changed_is_refused(newsroom: Newsroom, path: str, changes: dict[str, Any]) -> None:
    newsroom.reviewer.post("/v1/outlets", OUTLET)
    newsroom.reviewer.post("/v1/stories", STORY)
    newsroom.claim()
    lines = newsroom.rows("events")
    assert newsroom.editor.patch(f"/v1/{path}", changes).status_code == 400
    assert newsroom.rows("events") == lines


@pytest.mark.parametrize("path", ["outlets/9", "claimants/9", "stories/none", "sources/9"])
def test_what_is_not_there_is_not_found(newsroom: Newsroom, path: str) -> None:
    body = {"title": "x"} if path.startswith(("stories", "sources")) else {"name": "x"}
    assert newsroom.editor.patch(f"/v1/{path}", body).status_code == 404
    assert newsroom.reader.get(f"/v1/{path}").status_code == 404


@pytest.mark.parametrize("path", ["outlets/1", "claimants/1", "stories/bridge", "sources/1"])
def test_what_no_published_claim_shows_is_not_known_without_a_token(newsroom: Newsroom, path: str) -> None:
    newsroom.reviewer.post("/v1/stories", STORY)
    newsroom.claim(published=False, story="bridge")
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    assert newsroom.anonymous.get(f"/v1/{path}").status_code == 404
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert newsroom.anonymous.get(f"/v1/{path}").status_code == 200
