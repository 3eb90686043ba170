"""GET and PUT /v1/claims/ref/{ref}: claims under the caller's own ids."""

from __future__ import annotations

import pytest

from tests.conftest import CLAIM, Newsroom

REF = "/v1/claims/ref/cms:2024/17"


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.put(REF, CLAIM)
    assert (made.status_code, made.json["ref"]) == (201, "cms:2024/17")
    assert made.headers["Location"] == "http://desk.example.org/v1/claims/1"
    read = newsroom.reviewer.get(REF)
    assert read.data == newsroom.reviewer.get("/v1/claims/1").data
    assert {**read.json, "similar": []} == made.json


def test_the_same_again_is_no_act(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.put(REF, CLAIM)
    lines = newsroom.rows("events")
    again = newsroom.reviewer.put(REF, CLAIM)
    assert (again.status_code, again.data) == (200, made.data)
    assert (newsroom.rows("events"), newsroom.rows("claims")) == (lines, 1)


def test_the_same_with_who_the_claimant_is_again_is_no_act(newsroom: Newsroom) -> None:
    claimant = {**CLAIM["claimant"], "same_as": "https://www.wikidata.org/wiki/Q1"}
    newsroom.reviewer.put(REF, {**CLAIM, "claimant": claimant})
    lines = newsroom.rows("events")
    assert newsroom.reviewer.put(REF, {**CLAIM, "claimant": claimant}).status_code == 200
    assert newsroom.rows("events") == lines


def test_a_change_needs_the_version_it_was_made_from(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.put(REF, CLAIM).json
    lines = newsroom.rows("events")
    changed = {**CLAIM, "place": "Riverside"}
    assert newsroom.reviewer.put(REF, changed).status_code == 428
    assert newsroom.reviewer.put(REF, changed, headers={"If-Match": '"0"'}).status_code == 412
    assert newsroom.rows("events") == lines
    done = newsroom.reviewer.put(REF, changed, headers={"If-Match": made["etag"]})
    assert (done.status_code, done.json["place"], done.json["id"]) == (200, "Riverside", 1)
    assert newsroom.rows("events") == lines + 1


def test_it_replaces_the_whole(newsroom: Newsroom) -> None:
    newsroom.reviewer.put(REF, {**CLAIM, "place": "Riverside", "figure": {"measure": "days", "value": 3}})
    least = {"text": CLAIM["text"], "claimant": CLAIM["claimant"]}
    done = newsroom.reviewer.put(REF, least, headers={"If-Match": "*"}).json
    assert (done["place"], done["figure"], done["chain"], done["claimed_on"]) == (None, None, [], None)
    assert done["ref"] == "cms:2024/17"


def test_what_the_desk_found_is_not_touched(newsroom: Newsroom) -> None:
    newsroom.reviewer.put(REF, CLAIM)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {"status": "unclear", "rationale": "So."})
    done = newsroom.reviewer.put(REF, {**CLAIM, "place": "Hill"}, headers={"If-Match": "*"}).json
    assert (done["standing"]["status"], len(done["verdicts"])) == ("unclear", 1)


def test_a_claim_that_is_there_without_it_is_told_of(newsroom: Newsroom) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.put(REF, CLAIM)
    assert refused.status_code == 409
    assert "Claim 1" in refused.json["detail"]
    assert newsroom.rows("events") == lines


def test_a_version_of_what_is_not_there_matches_nothing(newsroom: Newsroom) -> None:
    assert newsroom.reviewer.put(REF, CLAIM, headers={"If-Match": "*"}).status_code == 412
    assert newsroom.rows("claims") == 0


def test_the_ref_stands_in_the_address_only(newsroom: Newsroom) -> None:
    assert newsroom.reviewer.put(REF, {**CLAIM, "ref": "other"}).status_code == 400
    assert newsroom.rows("claims") == 0


def test_an_open_claim_is_not_found_without_a_token(newsroom: Newsroom) -> None:
    newsroom.reviewer.put(REF, CLAIM)
    assert newsroom.anonymous.get(REF).status_code == 404
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert newsroom.anonymous.get(REF).status_code == 200
    assert newsroom.anonymous.get("/v1/claims/ref/none").status_code == 404


@pytest.mark.parametrize("ref", ["a", "A-1", "a.b_c:d~e", "x/y/z", "1" * 200])
def test_refs_that_are_taken(newsroom: Newsroom, ref: str) -> None:
    assert newsroom.reviewer.put(f"/v1/claims/ref/{ref}", CLAIM).json["ref"] == ref
    assert newsroom.reader.get(f"/v1/claims/ref/{ref}").json["ref"] == ref


@pytest.mark.parametrize("ref", ["a%20b", "-a", "a-", "1" * 201, "%C3%A9", "a%00"])
def test_refs_that_are_not(newsroom: Newsroom, ref: str) -> None:
    assert newsroom.reviewer.put(f"/v1/claims/ref/{ref}", CLAIM).status_code == 404
    assert newsroom.rows("claims") == 0
