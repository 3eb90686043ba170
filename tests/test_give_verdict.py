"""POST /v1/claims/{id}/verdicts, /rulings and /v1/verdicts/{id}/retraction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.conftest import SOURCE, VERDICT, Newsroom

PATH = "/v1/claims/1/verdicts"
UNCLEAR = {"status": "unclear", "rationale": "It can be read in two ways."}


def standing(newsroom: Newsroom) -> dict[str, object]:
    found: dict[str, object] = newsroom.anonymous.get("/v1/claims/1").json["standing"]
    return found


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    made = newsroom.reviewer.post(PATH, {**VERDICT, "confidence": "high"})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/verdicts/1"
    verdict = made.json
    assert (verdict["claim"], verdict["kind"], verdict["status"]) == (1, "verdict", "little_evidence")
    assert (verdict["rating"], verdict["confidence"], verdict["stands"]) == (None, "high", True)
    assert (verdict["sources"], verdict["superseded_by"], verdict["retraction"]) == ([], None, None)
    read = newsroom.anonymous.get("/v1/verdicts/1")
    assert (read.json, read.headers["ETag"]) == (verdict, made.headers["ETag"])
    assert standing(newsroom) == {
        "status": "little_evidence",
        "rating": None,
        "since": verdict["at"],
        "rule": "newest",
        "decided_by": 1,
        "contested": False,
        "agree": 1,
        "differ": 0,
        "dissent": [],
        "dissenters": [],
        "counts": {"little_evidence": 1},
    }
    assert newsroom.rows("events") == lines + 1
    assert [
        claim["id"] for claim in newsroom.anonymous.get("/v1/claims?status=little_evidence").json["items"]
    ]
    assert newsroom.anonymous.get("/v1/claims?status=unreviewed").json["items"] == []


@pytest.mark.parametrize(
    "name", ["little_evidence", "little evidence", "Little Evidence", "little-evidence", " LITTLE_EVIDENCE "]
)
def test_a_status_goes_by_its_slug_or_its_label(newsroom: Newsroom, name: str) -> None:
    newsroom.claim()
    assert newsroom.reviewer.post(PATH, {**VERDICT, "status": name}).json["status"] == "little_evidence"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("litle evidence", "Did you mean little_evidence?"),
        ("half-true", "The statuses are unreviewed, difficult"),
        ("unreviewed", "no verdict can give it"),
    ],
)
def test_a_status_that_cannot_be_given_is_refused(newsroom: Newsroom, status: str, told: str) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post(PATH, {**VERDICT, "status": status})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/status")
    assert told in refused.json["detail"]
    assert newsroom.rows("events") == lines


def test_a_retired_status_is_refused_but_what_it_said_stays(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, UNCLEAR)
    newsroom.admin.patch("/v1/statuses/unclear", {"retired": True})
    assert newsroom.editor.post(PATH, UNCLEAR).status_code == 400
    assert standing(newsroom)["status"] == "unclear"


@pytest.mark.parametrize(
    "status", ["false", "mostly_false", "mixed", "mostly_true", "verified", "disputed", "outdated"]
)
def test_what_can_be_shown_must_be_shown(newsroom: Newsroom, status: str) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    for sources in ({}, {"sources": []}):
        refused = newsroom.reviewer.post(PATH, {**VERDICT, "status": status, **sources})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/sources")
    assert (newsroom.rows("events"), newsroom.rows("verdicts")) == (lines, 0)
    assert newsroom.reviewer.post(PATH, {**VERDICT, "status": status, "sources": [SOURCE]}).status_code == 201


@pytest.mark.parametrize("status", ["difficult_to_independently_verify", "little_evidence", "unclear"])
def test_where_there_is_nothing_to_cite_nothing_need_be(newsroom: Newsroom, status: str) -> None:
    newsroom.claim()
    assert newsroom.reviewer.post(PATH, {**VERDICT, "status": status}).json["rating"] is None


def test_sources_are_named_by_id_or_sent_in_full(newsroom: Newsroom) -> None:
    newsroom.claim()
    source_id = newsroom.reviewer.post("/v1/claims/1/sources", SOURCE).json["source"]["id"]
    page = {"url": "https://example.org/tunnel", "stance": "supports"}
    lines = newsroom.rows("events")
    made = newsroom.reviewer.post(PATH, {**VERDICT, "status": "false", "sources": [page, source_id]})
    assert (made.status_code, made.json["sources"], made.json["rating"]) == (201, [1, 2], 1)
    shown = newsroom.anonymous.get("/v1/claims/1").json["sources"]
    assert [each["source"]["url"] for each in shown] == [SOURCE["url"], page["url"]]
    assert newsroom.rows("events") == lines + 1


@pytest.mark.parametrize(
    ("sources", "pointer"),
    [
        ([1, 2], "/sources/1"),
        ([9], "/sources/0"),
        (["1"], "/sources/0"),
        ([True], "/sources/0"),
        ([{"url": "https://example.org/"}], "/sources/0/stance"),
        ([{"source": 9, "stance": "context"}], "/sources/0/source"),
        ("1", "/sources"),
    ],
)
def test_sources_that_are_not_attached_are_refused(newsroom: Newsroom, sources: object, pointer: str) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/sources", {"title": "Attached to nothing"})
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post(PATH, {**VERDICT, "sources": sources})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, pointer)
    assert (newsroom.rows("events"), newsroom.rows("verdicts"), newsroom.rows("evidence")) == (lines, 0, 1)


def test_a_withdrawn_source_carries_no_new_verdict(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/sources/1/withdrawal", {"reason": "Another bridge."})
    assert newsroom.reviewer.post(PATH, {**VERDICT, "status": "false", "sources": [1]}).status_code == 400


def test_the_same_verdict_again_is_the_same_verdict(newsroom: Newsroom) -> None:
    newsroom.claim()
    verdict = {**VERDICT, "status": "false", "sources": [SOURCE]}
    made, lines = newsroom.reviewer.post(PATH, verdict), newsroom.rows("events")
    for again in (verdict, {**verdict, "sources": [1]}, {**verdict, "status": "FALSE", "sources": [1, 1]}):
        repeated = newsroom.reviewer.post(PATH, again)
        assert (repeated.status_code, repeated.json) == (200, made.json)
    assert (newsroom.rows("events"), newsroom.rows("verdicts")) == (lines, 1)


@pytest.mark.parametrize(
    "changes",
    [{"rationale": "Another."}, {"status": "unclear"}, {"confidence": "low"}, {"sources": [SOURCE]}],
)
def test_another_verdict_supersedes_the_reviewers_own(newsroom: Newsroom, changes: dict[str, object]) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    second = newsroom.reviewer.post(PATH, {**VERDICT, **changes})
    assert (second.status_code, second.json["stands"]) == (201, True)
    first = newsroom.anonymous.get("/v1/verdicts/1").json
    assert (first["stands"], first["superseded_by"], first["retraction"]) == (False, 2, None)
    assert (standing(newsroom)["decided_by"], standing(newsroom)["contested"]) == (2, False)


def test_the_same_verdict_with_new_evidence_is_a_new_one(newsroom: Newsroom) -> None:
    newsroom.claim()
    verdict = {**VERDICT, "sources": [SOURCE]}
    newsroom.reviewer.post(PATH, verdict)
    lines = newsroom.rows("events")
    again = newsroom.reviewer.post(PATH, {**verdict, "sources": [{**SOURCE, "stance": "context"}]})
    assert (again.status_code, again.json["sources"]) == (201, [1])
    assert newsroom.rows("events") == lines + 1
    assert len(newsroom.anonymous.get("/v1/claims/1").json["sources"]) == newsroom.rows("evidence") == 2


def test_reviewers_who_differ_make_it_contested(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    newsroom.editor.post(PATH, UNCLEAR)
    found = standing(newsroom)
    assert (found["status"], found["contested"], found["dissent"]) == ("unclear", True, [1])
    assert (found["agree"], found["differ"]) == (1, 1)
    assert len(newsroom.anonymous.get("/v1/claims?contested=true").json["items"]) == 1


def test_a_ruling_decides_over_a_newer_verdict(newsroom: Newsroom) -> None:
    newsroom.claim()
    ruled = newsroom.editor.post("/v1/claims/1/rulings", VERDICT)
    assert (ruled.status_code, ruled.json["kind"]) == (201, "ruling")
    newsroom.reviewer.post(PATH, UNCLEAR)
    found = standing(newsroom)
    assert (found["status"], found["rule"], found["dissent"]) == ("little_evidence", "ruling", [2])
    newsroom.editor.post("/v1/verdicts/1/retraction", {"reason": "Too soon."})
    assert (standing(newsroom)["status"], standing(newsroom)["rule"]) == ("unclear", "newest")


def test_the_majority_decides_where_the_desk_is_set_so(settings: Settings) -> None:
    newsroom = Newsroom(replace(settings, standing_rule="majority"))
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    newsroom.admin.post(PATH, VERDICT)
    newsroom.editor.post(PATH, UNCLEAR)
    found = standing(newsroom)
    assert (found["status"], found["rule"], found["agree"]) == ("little_evidence", "majority", 2)
    newsroom.desk.close()


def test_claims_are_decided_anew_when_the_rule_is_changed(newsroom: Newsroom, settings: Settings) -> None:
    for text in ("One.", "Another."):
        path = f"/v1/claims/{newsroom.claim(text=text)['id']}/verdicts"
        for caller in (newsroom.reviewer, newsroom.admin):
            caller.post(path, VERDICT)
    newsroom.editor.post(PATH, UNCLEAR)
    changed = create_app(replace(settings, standing_rule="majority"))
    command = changed.test_cli_runner().invoke
    assert command(args=["check"]).exit_code == 1
    assert command(args=["settle"]).output == "Claims decided anew by the rule of the majority: 2.\n"
    assert standing(newsroom)["status"] == "little_evidence"
    assert newsroom.anonymous.get("/v1/claims?status=unclear").json["items"] == []
    assert command(args=["check"]).exit_code == 0
    lines = newsroom.rows("events")
    assert (command(args=["settle"]).exit_code, newsroom.rows("events")) == (0, lines)
    changed.extensions[NAME].desk.close()


def test_a_retraction_stays_to_be_seen_and_raises_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    newsroom.reviewer.post(PATH, UNCLEAR)
    done = newsroom.reviewer.post("/v1/verdicts/2/retraction", {"reason": "A slip."})
    assert (done.status_code, done.json["stands"]) == (201, False)
    assert (done.json["retraction"]["reason"], done.json["retraction"]["by"]["name"]) == (
        "A slip.",
        "Reviewer",
    )
    assert newsroom.anonymous.get("/v1/verdicts/2").json == done.json
    found = standing(newsroom)
    assert (found["status"], found["since"]) == ("unreviewed", done.json["retraction"]["at"])
    assert newsroom.anonymous.get("/v1/claims?status=unreviewed").json["items"]
    # Whoever retracted may say the same anew.
    assert newsroom.reviewer.post(PATH, UNCLEAR).status_code == 201


def test_a_retraction_is_repeated_with_the_same_reason_only(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    done = newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "A slip."})
    lines = newsroom.rows("events")
    again = newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "A slip."})
    assert (again.status_code, again.json) == (200, done.json)
    assert newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "Other."}).status_code == 409
    assert newsroom.reviewer.post("/v1/verdicts/1/retraction", {}).status_code == 400
    assert newsroom.reviewer.post("/v1/verdicts/9/retraction", {"reason": "A slip."}).status_code == 404
    assert (newsroom.rows("events"), newsroom.rows("retractions")) == (lines, 1)


def test_only_an_editor_retracts_what_another_said(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.editor.post(PATH, VERDICT)
    body = {"reason": "A slip."}
    refused = newsroom.reviewer.post("/v1/verdicts/1/retraction", body)
    assert (refused.status_code, refused.json["act"]) == (403, "verdict:retract")
    assert newsroom.rows("retractions") == 0
    assert newsroom.admin.post("/v1/verdicts/1/retraction", body).status_code == 201


def test_the_version_of_a_retraction_is_that_of_the_verdict(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, VERDICT)
    etag = newsroom.reviewer.get("/v1/verdicts/1").headers["ETag"]
    # What happens beside it does not change the verdict.
    newsroom.editor.post(PATH, UNCLEAR)
    body, lines = {"reason": "A slip."}, newsroom.rows("events")
    stale = newsroom.reviewer.post("/v1/verdicts/1/retraction", body, headers={"If-Match": '"0"'})
    assert (stale.status_code, newsroom.rows("events")) == (412, lines)
    done = newsroom.reviewer.post("/v1/verdicts/1/retraction", body, headers={"If-Match": etag})
    assert done.status_code == 201


def test_a_verdict_on_an_old_version_of_the_claim_is_refused(newsroom: Newsroom) -> None:
    etag = newsroom.claim()["etag"]
    newsroom.reviewer.patch("/v1/claims/1", {"text": "Now so."}, headers={"If-Match": "*"})
    refused = newsroom.editor.post(PATH, VERDICT, headers={"If-Match": f'"{etag}"'})
    assert (refused.status_code, refused.json["differs"]["text"]["to"]) == (412, "Now so.")
    assert newsroom.rows("verdicts") == 0


@pytest.mark.parametrize(
    "form",
    [
        b"status=little_evidence&rationale=No document was shown.",
        b"status=little+evidence&rationale=No+document+was+shown.",
        "status=Little%20Evidence&rationale=Kein Beleg für die 50% – nirgends.".encode(),
    ],
)
def test_a_form_as_curl_sends_it(newsroom: Newsroom, form: bytes) -> None:
    newsroom.claim()
    made = newsroom.reviewer.post(
        PATH, data=form, content_type="application/x-www-form-urlencoded", headers={"Idempotency-Key": "n1"}
    )
    assert (made.status_code, made.json["status"]) == (201, "little_evidence")
    assert made.json["rationale"] in ("No document was shown.", "Kein Beleg für die 50% – nirgends.")


def test_a_form_names_attached_sources(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/sources", {"title": "Another", "stance": "context"})
    made = newsroom.reviewer.post(
        PATH,
        data=b"status=false&rationale=So it says.&sources=1&sources=2",
        content_type="application/x-www-form-urlencoded",
    )
    assert (made.status_code, made.json["sources"]) == (201, [1, 2])


@pytest.mark.parametrize("body", [{"status": "unclear"}, {"rationale": "x"}, {**VERDICT, "ruling": True}, {}])
def test_what_is_wrong_is_refused(newsroom: Newsroom, body: dict[str, object]) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    assert newsroom.reviewer.post(PATH, body).status_code == 400
    assert newsroom.reviewer.post("/v1/claims/2/verdicts", VERDICT).status_code == 404
    assert (newsroom.rows("events"), newsroom.rows("verdicts")) == (lines, 0)
