"""PATCH /v1/claims/{id}."""

from __future__ import annotations

import json

import pytest

from tests.conftest import CLAIM, VERDICT, Newsroom

ANY = {"If-Match": "*"}


def test_it_works(newsroom: Newsroom) -> None:
    claim, lines = newsroom.claim(published=False), newsroom.rows("events")
    revised = newsroom.reviewer.patch(
        "/v1/claims/1", {"text": "The bridge was closed for a week."}, headers={"If-Match": claim["etag"]}
    )
    assert revised.status_code == 200
    assert revised.headers["ETag"] == f'"{revised.json["etag"]}"' != f'"{claim["etag"]}"'
    assert revised.json == {
        **claim,
        "text": "The bridge was closed for a week.",
        "updated_at": revised.json["updated_at"],
        "etag": revised.json["etag"],
    }
    assert newsroom.reader.get("/v1/claims/1").data == revised.data
    assert newsroom.rows("events") == lines + 1


def test_what_it_said_before_stays_in_the_log(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.patch("/v1/claims/1", {"text": "Now so.", "place": "Riverside"}, headers=ANY)
    changes = newsroom.db.conn.execute("SELECT changes FROM events ORDER BY seq DESC LIMIT 1").fetchone()[0]
    assert json.loads(changes) == {
        "text": {"from": CLAIM["text"], "to": "Now so."},
        "place": {"from": None, "to": "Riverside"},
    }


@pytest.mark.parametrize("form", ['"{}"', "{}", 'W/"{}"', '"other", "{}"', "*"])
def test_the_version_is_taken_with_quotes_or_without(newsroom: Newsroom, form: str) -> None:
    etag = newsroom.claim()["etag"]
    headers = {"If-Match": form.format(etag)}
    assert newsroom.reviewer.patch("/v1/claims/1", {"place": "Riverside"}, headers=headers).status_code == 200


def test_without_a_version_it_is_refused_and_told_which_is_current(newsroom: Newsroom) -> None:
    claim, lines = newsroom.claim(), newsroom.rows("events")
    refused = newsroom.reviewer.patch("/v1/claims/1", {"place": "Riverside"})
    assert (refused.status_code, refused.json["code"]) == (428, "VERSION_REQUIRED")
    assert refused.json["current_etag"] == claim["etag"]
    assert newsroom.rows("events") == lines


def test_an_old_version_is_refused_and_told_what_differs(newsroom: Newsroom) -> None:
    old = newsroom.claim()["etag"]
    newer = newsroom.editor.patch("/v1/claims/1", {"place": "Riverside"}, headers=ANY).json
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.patch("/v1/claims/1", {"place": "Hill"}, headers={"If-Match": f'"{old}"'})
    assert (refused.status_code, refused.json["code"]) == (412, "VERSION_MISMATCH")
    assert refused.json["current_etag"] == newer["etag"]
    assert refused.json["differs"] == {"place": {"from": None, "to": "Riverside"}}
    assert newsroom.rows("events") == lines
    assert newsroom.reader.get("/v1/claims/1").json["place"] == "Riverside"


def test_a_verdict_in_between_is_a_newer_version_too(newsroom: Newsroom) -> None:
    old = newsroom.claim()["etag"]
    newsroom.editor.post("/v1/claims/1/verdicts", VERDICT)
    refused = newsroom.reviewer.patch("/v1/claims/1", {"place": "Hill"}, headers={"If-Match": old})
    assert refused.status_code == 412
    assert set(refused.json["differs"]) == {"standing", "verdicts"}


@pytest.mark.parametrize("made_up", ['"0123"', "nonsense", '""'])
def test_a_version_that_never_was_is_refused(newsroom: Newsroom, made_up: str) -> None:
    newsroom.claim()
    refused = newsroom.reviewer.patch("/v1/claims/1", {"place": "Hill"}, headers={"If-Match": made_up})
    assert refused.status_code == 412
    assert "differs" not in refused.json


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"text": CLAIM["text"]},
        {"claimant": {"name": "CITY council", "kind": "organisation"}},
        {"chain": CLAIM["chain"], "claimed_on": "2024-05-02", "place": None, "figure": None},
    ],
)
def test_what_changes_nothing_is_no_act(newsroom: Newsroom, same: dict[str, object]) -> None:
    claim, lines = newsroom.claim(), newsroom.rows("events")
    answer = newsroom.reviewer.patch("/v1/claims/1", same)
    assert (answer.status_code, answer.json) == (200, claim)
    assert newsroom.rows("events") == lines


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("claimant", {"name": "Road Office", "kind": "organisation"}),
        ("chain", [{"role": "venue", "name": "Radio"}]),
        ("claimed_on", "2024-05?"),
        ("claimed_on", None),
        ("language", "kk"),
        ("appearances", ["https://example.org/a"]),
        ("ref", "cms-1"),
        ("figure", {"measure": "days_closed", "low": 3, "qualifier": "at_least"}),
    ],
)
def test_each_field_can_be_changed_alone(newsroom: Newsroom, name: str, value: object) -> None:
    before = newsroom.claim(published=False)
    after = newsroom.reviewer.patch("/v1/claims/1", {name: value}, headers=ANY).json
    assert {key for key in after if after[key] != before[key]} == {name, "updated_at", "etag"}


def test_the_changed_words_are_found_and_the_old_ones_are_not(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.patch("/v1/claims/1", {"text": "The tunnel was closed."}, headers=ANY)
    assert len(newsroom.reader.get("/v1/claims?q=tunnel").json["items"]) == 1
    assert newsroom.reader.get("/v1/claims?q=bridge").json["items"] == []


def test_it_cannot_become_another_claim(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.", ref="b")
    lines = newsroom.rows("events")
    for changes in ({"text": "ANOTHER"}, {"ref": "b"}):
        refused = newsroom.reviewer.patch("/v1/claims/1", changes, headers=ANY)
        assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert newsroom.rows("events") == lines
    # Its new identity is what a repeated claim is held against.
    newsroom.reviewer.patch("/v1/claims/1", {"text": "Third."}, headers=ANY)
    assert newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": "third"}).json["id"] == 1
    assert newsroom.reviewer.post("/v1/claims", CLAIM).status_code == 201


@pytest.mark.parametrize("changes", [{"text": None}, {"status": "false"}, {"stage": "open"}, {"id": 2}])
def test_what_may_not_be_changed_is_refused(newsroom: Newsroom, changes: dict[str, object]) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    assert newsroom.reviewer.patch("/v1/claims/1", changes, headers=ANY).status_code == 400
    assert newsroom.rows("events") == lines


def test_a_withdrawn_claim_is_not_changed_and_a_missing_one_not_found(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A mistake."})
    assert newsroom.reviewer.patch("/v1/claims/1", {"place": "Hill"}, headers=ANY).status_code == 409
    assert newsroom.reviewer.patch("/v1/claims/2", {"place": "Hill"}, headers=ANY).status_code == 404
    assert newsroom.reader.get("/v1/claims/1").json["place"] is None


def test_a_star_in_quotes_is_no_version_that_ever_was(newsroom: Newsroom) -> None:
    newsroom.claim()
    headers = {"If-Match": '"*"'}
    assert newsroom.reviewer.patch("/v1/claims/1", {"place": "Riverside"}, headers=headers).status_code == 412
