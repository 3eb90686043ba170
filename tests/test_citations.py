"""/v1/sources/{id}/citations: who relies on whom, what is taken back, and what is warned of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factcheck.workflow.verifying import faults_of_log
from tests.conftest import PUBLIC_URL, SOURCE, Newsroom, assert_problem

PATH = "/v1/sources/1/citations"


def source(newsroom: Newsroom, title: str, **more: Any) -> int:
    made = newsroom.editor.post("/v1/sources", {"title": title, **more})
    assert made.status_code == 201, made.text
    return int(made.json["id"])


def cite(newsroom: Newsroom, citing: int, cited: int, kind: str = "cites") -> dict[str, Any]:
    made = newsroom.editor.post(f"/v1/sources/{citing}/citations", {"cites": cited, "kind": kind})
    assert made.status_code == 201, made.text
    return dict(made.json)


def test_it_works(newsroom: Newsroom) -> None:
    report, agency = source(newsroom, "Report"), source(newsroom, "Agency item")
    lines = newsroom.rows("events")
    body = {"cites": agency, "kind": "republishes", "note": "Word for word."}
    made = newsroom.reviewer.post(PATH, body)
    assert (made.status_code, made.headers["Location"]) == (201, f"{PUBLIC_URL}{PATH}/1")
    citation = dict(made.json)
    assert citation.pop("warnings") == []
    assert (citation["source"], citation["cites"], citation["kind"]) == (report, agency, "republishes")
    assert (citation["note"], citation["recorded_by"]["name"]) == ("Word for word.", "Reviewer")
    read = newsroom.reader.get(f"{PATH}/1")
    assert (read.json, read.headers["ETag"]) == (citation, made.headers["ETag"])
    shown = newsroom.reader.get("/v1/sources/1").json["cites"]
    assert shown == [{name: value for name, value in citation.items() if name != "etag"}]
    # The same said again is the same citation; in another way it is another.
    again = newsroom.editor.post(PATH, {"cites": agency, "kind": "republishes"})
    assert (again.status_code, again.json["id"]) == (200, 1)
    assert newsroom.reviewer.post(PATH, {"cites": agency, "kind": "quotes"}).status_code == 201
    assert newsroom.rows("events") == lines + 2
    told = newsroom.admin.get("/v1/changes?act=citation:add").json["items"][0]
    assert told["summary"] == "Reviewer recorded that a source republishes another."
    assert told["changes"] == {"source": report, "cites": agency, "kind": "republishes", "note": body["note"]}


def test_it_is_read_from_both_sides(newsroom: Newsroom) -> None:
    for title in ("Report", "Agency item", "Minutes"):
        source(newsroom, title)
    for citing, cited in ((1, 2), (1, 3), (3, 2)):
        cite(newsroom, citing, cited)

    def listed(source_id: int, query: str = "") -> list[tuple[int, int]]:
        items = newsroom.reader.get(f"/v1/sources/{source_id}/citations{query}").json["items"]
        return [(item["source"], item["cites"]) for item in items]

    assert listed(1) == [(1, 2), (1, 3)]
    assert listed(2) == []
    assert listed(2, "?direction=cited_by") == [(1, 2), (3, 2)]
    page = newsroom.reader.get(f"{PATH}?limit=1&count=true").json
    assert (len(page["items"]), page["total"]) == (1, 2)
    rest = newsroom.reader.get(page["next"].removeprefix(PUBLIC_URL)).json
    assert [item["cites"] for item in rest["items"]] == [3]
    assert_problem(newsroom.reader.get(f"{PATH}?direction=back"), 400, "INVALID", "cited_by")
    for path in ("/v1/sources/9/citations", f"{PATH}/9", "/v1/sources/2/citations/1"):
        assert_problem(newsroom.reader.get(path), 404, "NOT_FOUND")


def test_what_is_cited_may_be_given_in_full(newsroom: Newsroom) -> None:
    source(newsroom, "Report")
    lines = newsroom.rows("events")
    agency = {"url": "https://wire.example.org/bridge", "title": "Bridge", "outlet": "Wire"}
    made = newsroom.reviewer.post(PATH, {"cites": agency, "kind": "translates"})
    assert (made.status_code, made.json["cites"], newsroom.rows("events")) == (201, 2, lines + 1)
    assert newsroom.reader.get("/v1/sources/2").json["title"] == "Bridge"
    again = newsroom.reviewer.post(PATH, {"cites": {"url": f"{agency['url']}#top"}, "kind": "translates"})
    assert (again.status_code, again.json["id"]) == (200, 1)
    # Who a protected source is, stands neither in the line nor in a text.
    witness = {"title": "Talk with Zyxwvut", "protected": True, "described_as": "A foreman"}
    assert newsroom.reviewer.post(PATH, {"cites": witness, "kind": "quotes"}).json["cites"] == 3
    assert "Zyxwvut" not in newsroom.admin.get("/v1/changes").text
    assert newsroom.reader.get("/v1/sources/3").json["described_as"] == "A foreman"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"cites": 1, "kind": "quotes"}, "/cites"),
        ({"cites": {"url": "https://example.org/bridge"}, "kind": "quotes"}, "/cites"),
        ({"cites": 9, "kind": "quotes"}, "/cites"),
        ({"cites": {"outlet": "Wire"}, "kind": "quotes"}, "/cites/url"),
        ({"kind": "quotes"}, "/cites"),
        ({"cites": 2}, "/kind"),
        ({"cites": 2, "kind": "copies"}, "/kind"),
        ({"cites": "2", "kind": "quotes"}, "/cites"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    newsroom: Newsroom, body: dict[str, Any], pointer: str
) -> None:
    source(newsroom, "Report", url="https://example.org/bridge")
    source(newsroom, "Agency item")
    lines = newsroom.rows("events")
    refused = assert_problem(newsroom.reviewer.post(PATH, body), 400, "INVALID")
    assert pointer in [fault["pointer"] for fault in refused["errors"]]
    assert (newsroom.rows("events"), newsroom.rows("sources")) == (lines, 2)


def test_a_form_will_do(newsroom: Newsroom) -> None:
    source(newsroom, "Report")
    source(newsroom, "Agency item")
    made = newsroom.reviewer("POST", PATH, data={"cites": "2", "kind": "quotes"})
    assert (made.status_code, made.json["cites"]) == (201, 2)
    assert newsroom.reviewer.post("/v1/sources/9/citations", {"cites": 1, "kind": "cites"}).status_code == 404


def test_a_circle_is_kept_and_warned_of(newsroom: Newsroom) -> None:
    for title in ("Report", "Agency item", "Minutes"):
        source(newsroom, title)
    cite(newsroom, 1, 2, "quotes")
    cite(newsroom, 2, 3, "republishes")
    body = {"cites": 1, "kind": "cites"}
    for status in (201, 200):
        closed = newsroom.reviewer.post("/v1/sources/3/citations", body)
        assert closed.status_code == status
        assert closed.json["warnings"] == [
            {
                "leads_to": "itself",
                "path": [3, 1, 2, 3],
                "detail": "Source 3 cites source 1, which quotes source 2, which republishes source 3: a "
                "circle, in which nothing is an origin.",
            }
        ]
    assert "warnings" not in newsroom.reader.get("/v1/sources/3/citations/3").json


def test_what_leads_to_our_own_verdict_is_warned_of(newsroom: Newsroom) -> None:
    newsroom.claim()
    source(newsroom, "Report")
    ours = {"url": f"{PUBLIC_URL}/v1/verdicts/1", "title": "What we found"}
    cited = newsroom.reviewer.post(PATH, {"cites": ours, "kind": "cites"}).json
    detail = (
        "Source 1 cites source 2, which is a page of this desk: what we found ourselves is no evidence "
        "for it."
    )
    assert cited["warnings"] == [{"leads_to": "our_verdict", "path": [1, 2], "detail": detail}]
    attached = newsroom.reviewer.post("/v1/claims/1/sources", {"source": 1, "stance": "supports"})
    assert (attached.status_code, attached.json["warnings"]) == (201, cited["warnings"])
    assert attached.headers["ETag"] == newsroom.reader.get("/v1/claims/1/sources/1").headers["ETag"]
    pages = ("/claims/1", "/v1/claims/1", "/v1/claims.csv?q=x", "", "?claim=1", "/#/claims/1")
    for page in pages:
        told = newsroom.reviewer.post(
            "/v1/claims/1/sources", {"url": f"{PUBLIC_URL}{page}", "stance": "refutes"}
        ).json["warnings"]
        assert [(each["leads_to"], len(each["path"])) for each in told] == [("our_verdict", 1)], page
    elsewhere = {"url": f"{PUBLIC_URL}.example.com/claims/1", "stance": "refutes"}
    assert newsroom.reviewer.post("/v1/claims/1/sources", elsewhere).json["warnings"] == []


def test_what_leads_back_to_the_claim_is_warned_of(newsroom: Newsroom) -> None:
    newsroom.claim(appearances=["https://post.example.org/bridge?utm_source=x"])
    source(newsroom, "Report")
    source(newsroom, "The statement", url="https://post.example.org/bridge/")
    cite(newsroom, 1, 2, "quotes")
    body = {"source": 1, "stance": "supports"}
    attached = newsroom.reviewer.post("/v1/claims/1/sources", body, headers={"Idempotency-Key": "one"})
    assert attached.json["warnings"] == [
        {
            "leads_to": "the_claim",
            "path": [1, 2],
            "detail": "Source 1 quotes source 2, which is where the claim itself was seen: it repeats what "
            "the claimant said.",
        }
    ]
    replayed = newsroom.reviewer.post("/v1/claims/1/sources", body, headers={"Idempotency-Key": "one"})
    assert replayed.data == attached.data
    # On another claim it is evidence like any other.
    newsroom.claim(text="Another.")
    assert newsroom.reviewer.post("/v1/claims/2/sources", body).json["warnings"] == []
    assert newsroom.reader.get("/v1/claims/1/sources/1").json.get("warnings") is None


@pytest.mark.parametrize(
    ("outlet", "changes", "warned"),
    [
        ("Evening Post", {}, True),
        ("evening post", {"original": "no"}, True),
        ("City Council", {}, True),
        ("Evening Post", {"original": "yes"}, False),
        ("Evening Post", {"stance": "refutes"}, False),
        ("Road Office", {}, False),
    ],
)
def test_who_passes_the_claim_on_is_warned_of(
    newsroom: Newsroom, outlet: str, changes: dict[str, str], warned: bool
) -> None:
    newsroom.claim()
    sent = {"title": "Report of the evening", "outlet": outlet, "stance": "supports", **changes}
    warnings = newsroom.reviewer.post("/v1/claims/1/sources", sent).json["warnings"]
    assert [each["leads_to"] for each in warnings] == (["the_claimant"] if warned else [])
    if warned:
        assert warnings[0]["path"] == [1]
        assert warnings[0]["detail"].startswith("Source 1 is the claimant's, or of an outlet through which")


def test_lines_of_a_bulk_file_are_warned_of_it_too(newsroom: Newsroom) -> None:
    newsroom.claim(appearances=["https://post.example.org/bridge"])
    line = '{"act": "source", "claim": 1, "url": "https://post.example.org/bridge", "stance": "supports"}'
    answer = newsroom.reviewer("POST", "/v1/bulk", data=f"{line}\n", content_type="application/x-ndjson")
    assert [each["leads_to"] for each in json.loads(answer.text)["warnings"]] == ["the_claim"]


def test_a_citation_is_taken_back_with_a_reason(newsroom: Newsroom) -> None:
    source(newsroom, "Report")
    source(newsroom, "Agency item")
    etag = newsroom.reviewer.post(PATH, {"cites": 2, "kind": "quotes"}).headers["ETag"]
    body = {"reason": "It was the other way round."}
    stale = newsroom.reviewer.post(f"{PATH}/1/withdrawal", body, headers={"If-Match": '"0"'})
    assert_problem(stale, 412, "VERSION_MISMATCH")
    done = newsroom.reviewer.post(f"{PATH}/1/withdrawal", body, headers={"If-Match": etag})
    assert (done.status_code, done.json["withdrawal"]["reason"]) == (201, body["reason"])
    assert newsroom.reader.get("/v1/sources/1").json["cites"][0]["withdrawal"] == done.json["withdrawal"]
    assert newsroom.reviewer.post(f"{PATH}/1/withdrawal", body).status_code == 200
    other = newsroom.reviewer.post(f"{PATH}/1/withdrawal", {"reason": "Else."})
    assert_problem(other, 409, "CONFLICT")
    assert_problem(newsroom.reviewer.post("/v1/sources/2/citations/1/withdrawal", body), 404, "NOT_FOUND")
    # It can be recorded anew, and closes no circle any more.
    assert (
        newsroom.reviewer.post("/v1/sources/2/citations", {"cites": 1, "kind": "quotes"}).json["warnings"]
        == []
    )
    assert newsroom.reviewer.post(PATH, {"cites": 2, "kind": "quotes"}).status_code == 201


def test_without_a_token_sources_of_published_claims_are_shown(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.", published=False)
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/2/sources", {"title": "Not out yet", "stance": "supports"})
    cite(newsroom, 1, 2)
    cite(newsroom, 2, 1)
    assert len(newsroom.anonymous.get(PATH).json["items"]) == 1
    # By whom it is cited tells of sources that nothing published shows.
    assert newsroom.anonymous.get(f"{PATH}?direction=cited_by").json["items"] == []
    assert len(newsroom.reader.get(f"{PATH}?direction=cited_by").json["items"]) == 1
    for path in ("/v1/sources/2/citations", "/v1/sources/2/citations/2"):
        assert_problem(newsroom.anonymous.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE citations SET kind = 'cites'", "citations/1 names this line"),
        ("UPDATE citations SET cited_id = 3", "citations/1 names this line"),
        ("UPDATE citations SET recorded_by = 1", "citations/1 names this line"),
        ("DELETE FROM citations", "is not in the table citations"),
        (
            "INSERT INTO citations SELECT 9, seq, 2, 3, kind, note, recorded_at, 1 FROM citations LIMIT 1",
            "citations/9 names this line",
        ),
        ("UPDATE citation_withdrawals SET reason = 'Else.'", "citation_withdrawals/1 names this line"),
        ("DELETE FROM citation_withdrawals", "is not in the table citation_withdrawals"),
        ("UPDATE source_retractions SET retracted_at = '2024'", "source_retractions/3 names this line"),
        ("DELETE FROM source_retractions", "is not in the table source_retractions"),
        ("UPDATE review_marks SET source_id = 1", "review_marks/1 names this line"),
        ("DELETE FROM review_marks", "review_marks"),
    ],
)
def test_verify_tells_of_what_was_changed_by_hand(newsroom: Newsroom, sql: str, said: str) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    source(newsroom, "Agency item")
    source(newsroom, "Minutes")
    cite(newsroom, 1, 2, "quotes")
    cite(newsroom, 1, 3, "quotes")
    newsroom.editor.post(f"{PATH}/1/withdrawal", {"reason": "A slip."})
    newsroom.editor.post("/v1/sources/3/retraction", {"reason": "They took it back."})
    assert list(faults_of_log(newsroom.db)) == []
    assert newsroom.by_hand(sql) >= 1
    assert any(said in fault for fault in faults_of_log(newsroom.db))
