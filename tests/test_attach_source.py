"""POST /v1/claims/{id}/sources and what follows: evidence, its withdrawal, and sources by themselves."""

from __future__ import annotations

import pytest

from tests.conftest import SOURCE, Caller, Newsroom

PATH = "/v1/claims/1/sources"


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    made = newsroom.reviewer.post(PATH, {**SOURCE, "credibility": 2, "note": "Page 3."})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/claims/1/sources/1"
    evidence = dict(made.json)
    assert evidence.pop("warnings") == []
    assert (evidence["stance"], evidence["credibility"], evidence["note"]) == ("refutes", 2, "Page 3.")
    link = "https://example.org/bridge#:~:text=closed%20on%20one%20day"
    assert evidence["quote"] == {**SOURCE["quote"], "prefix": None, "suffix": None, "link": link}
    assert evidence["source"]["url"] == SOURCE["url"]
    assert evidence["source"]["outlet"]["name"] == "Road Office"
    assert (evidence["attached_by"]["name"], evidence["withdrawal"]) == ("Reviewer", None)
    assert newsroom.rows("events") == lines + 1
    read = newsroom.anonymous.get(f"{PATH}/1")
    assert (read.json, read.headers["ETag"]) == (evidence, made.headers["ETag"])
    shown = newsroom.anonymous.get("/v1/claims/1").json["sources"]
    assert shown == [{name: value for name, value in evidence.items() if name != "etag"}]


@pytest.mark.parametrize(
    "url",
    [
        SOURCE["url"],
        "http://EXAMPLE.org/bridge/",
        "https://example.org/bridge?utm_source=letter&fbclid=1",
        "https://example.org/bridge#:~:text=closed",
    ],
)
def test_the_same_address_is_one_source_attached_twice(newsroom: Newsroom, url: str) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.")
    first = newsroom.reviewer.post(PATH, SOURCE).json
    second = newsroom.editor.post("/v1/claims/2/sources", {"url": url, "stance": "supports"})
    assert second.status_code == 201
    assert second.json["source"] == first["source"]
    assert (newsroom.rows("sources"), newsroom.rows("evidence"), newsroom.rows("outlets")) == (1, 2, 1)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"note": "Said otherwise.", "credibility": 1}, 200),
        ({"url": "http://example.org/bridge/?gclid=1", "title": None}, 200),
        ({"stance": "context"}, 201),
        ({"quote": {"exact": "opened at noon"}}, 201),
        ({"quote": None}, 201),
        ({"url": "https://example.org/tunnel"}, 201),
    ],
)
def test_the_same_said_of_the_same_claim_is_attached_once(
    newsroom: Newsroom, changes: dict[str, object], status: int
) -> None:
    newsroom.claim()
    made, lines = newsroom.reviewer.post(PATH, SOURCE), newsroom.rows("events")
    again = newsroom.editor.post(PATH, {**SOURCE, **changes})
    assert again.status_code == status
    assert (again.json == made.json) == (status == 200)
    assert newsroom.rows("events") - lines == newsroom.rows("evidence") - 1 == int(status == 201)


def test_a_known_source_is_named_by_its_id(newsroom: Newsroom) -> None:
    newsroom.claim()
    source = newsroom.reviewer.post("/v1/sources", {"title": "Bridge log", "kind": "document"}).json
    made = newsroom.reviewer.post(PATH, {"source": source["id"], "stance": "context"})
    assert made.json["source"]["title"] == "Bridge log"
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post(PATH, {"source": 7, "stance": "context"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/source")
    assert newsroom.rows("events") == lines


def test_a_source_without_address_is_known_by_title_outlet_and_date(newsroom: Newsroom) -> None:
    newsroom.claim()
    witness = {"title": "A resident, by telephone", "kind": "witness", "stance": "supports"}
    newsroom.reviewer.post(PATH, witness)
    newsroom.reviewer.post(PATH, {**witness, "title": "a resident (by telephone)"})
    assert (newsroom.rows("sources"), newsroom.rows("evidence")) == (1, 1)
    newsroom.reviewer.post(PATH, {**witness, "published_on": "2024-05-03"})
    assert newsroom.rows("sources") == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"stance": "supports"}, "/url"),
        ({"url": SOURCE["url"]}, "/stance"),
        ({**SOURCE, "stance": "agrees"}, "/stance"),
        ({**SOURCE, "url": "example.org/bridge"}, "/url"),
        ({**SOURCE, "url": "https://user:word@example.org/"}, "/url"),
        ({**SOURCE, "url": "http://localhost/"}, "/url"),
        ({**SOURCE, "credibility": 7}, "/credibility"),
        ({**SOURCE, "quote": {"prefix": "x"}}, "/quote/exact"),
        ({**SOURCE, "sha256": "abc"}, "/sha256"),
        ({**SOURCE, "outlet": "…"}, "/outlet"),
        ({**SOURCE, "reliability": "A"}, "/reliability"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    newsroom: Newsroom, body: dict[str, object], pointer: str
) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post(PATH, body)
    assert refused.status_code == 400
    assert pointer in [fault["pointer"] for fault in refused.json["errors"]]
    assert (newsroom.rows("sources"), newsroom.rows("outlets"), newsroom.rows("events")) == (0, 0, lines)


def test_a_withdrawn_source_stays_to_be_seen_and_can_be_attached_anew(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, SOURCE)
    done = newsroom.reviewer.post(f"{PATH}/1/withdrawal", {"reason": "Another bridge."})
    assert done.status_code == 201
    assert (done.json["withdrawal"]["reason"], done.json["withdrawal"]["by"]["name"]) == (
        "Another bridge.",
        "Reviewer",
    )
    assert newsroom.anonymous.get(f"{PATH}/1").json == done.json
    assert newsroom.reviewer.post(PATH, SOURCE).status_code == 201
    shown = newsroom.anonymous.get("/v1/claims/1").json["sources"]
    assert [bool(each["withdrawal"]) for each in shown] == [True, False]


def test_a_withdrawal_is_repeated_with_the_same_reason_only(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, SOURCE)
    done = newsroom.reviewer.post(f"{PATH}/1/withdrawal", {"reason": "Another bridge."})
    lines = newsroom.rows("events")
    again = newsroom.reviewer.post(f"{PATH}/1/withdrawal", {"reason": "Another bridge."})
    assert (again.status_code, again.json) == (200, done.json)
    other = newsroom.reviewer.post(f"{PATH}/1/withdrawal", {"reason": "Another river."})
    assert (other.status_code, newsroom.rows("events")) == (409, lines)


def test_the_version_of_a_withdrawal_is_that_of_the_evidence(newsroom: Newsroom) -> None:
    newsroom.claim()
    etag = newsroom.reviewer.post(PATH, SOURCE).headers["ETag"]
    body, lines = {"reason": "Another bridge."}, newsroom.rows("events")
    stale = newsroom.reviewer.post(f"{PATH}/1/withdrawal", body, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json["current_etag"]) == (412, etag.strip('"'))
    assert newsroom.rows("events") == lines
    done = newsroom.reviewer.post(f"{PATH}/1/withdrawal", body, headers={"If-Match": etag})
    assert done.status_code == 201


def test_evidence_belongs_to_its_claim(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.")
    newsroom.reviewer.post(PATH, SOURCE)
    body = {"reason": "Another bridge."}
    for path in ("/v1/claims/2/sources/1", "/v1/claims/1/sources/2", "/v1/claims/9/sources/1"):
        assert newsroom.reviewer.get(path).status_code == 404
        assert newsroom.reviewer.post(f"{path}/withdrawal", body).status_code == 404
    assert newsroom.rows("evidence_withdrawals") == 0


def test_its_words_are_found(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, {**SOURCE, "note": "Inspected twice."})
    for words in ("log", "road office", "closed on one day", "inspected"):
        found = newsroom.anonymous.get("/v1/claims", query_string={"q": words}).json["items"]
        assert [claim["id"] for claim in found] == [1], words


def test_what_becomes_known_of_a_source_is_shown_in_its_claims(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post(PATH, SOURCE)
    newsroom.editor.patch("/v1/sources/1", {"original": "yes", "outlet": "Harbour Office"})
    source = newsroom.anonymous.get("/v1/claims/1").json["sources"][0]["source"]
    assert (source["original"], source["outlet"]["name"]) == ("yes", "Harbour Office")
    assert newsroom.editor.patch("/v1/sources/1", {"url": "https://example.org/"}).status_code == 400


@pytest.mark.parametrize("by", ["reader", "anonymous"])
def test_who_may_not_attach_leaves_nothing(newsroom: Newsroom, by: str) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    caller: Caller = getattr(newsroom, by)
    assert caller.post(PATH, SOURCE).status_code in (401, 403)
    assert (newsroom.rows("sources"), newsroom.rows("events")) == (0, lines)
