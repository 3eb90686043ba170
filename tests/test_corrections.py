"""Corrections: whenever a published claim is said to be something else, readers are told so and why."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import feedparser
import pytest

from app import create_app
from factcheck.settings import Settings
from tests.conftest import PUBLIC_URL, SOURCE, VERDICT, Newsroom

ANY = {"If-Match": "*"}
OTHER = {"status": "false", "rationale": "The log shows one day."}


def give(newsroom: Newsroom, claim_id: int = 1, **verdict: Any) -> dict[str, Any]:
    answer = newsroom.reviewer.post(f"/v1/claims/{claim_id}/verdicts", {**VERDICT, **verdict})
    assert answer.status_code == 201, answer.text
    return answer.json


def corrections(newsroom: Newsroom, query: str = "") -> list[dict[str, Any]]:
    return newsroom.anonymous.get(f"/v1/corrections{query}").json["items"]


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    assert corrections(newsroom) == []
    verdict = give(newsroom, **OTHER, sources=[SOURCE])
    (correction,) = corrections(newsroom)
    shown = {"id": 1, "kind": "new_evidence", "from": "little_evidence", "to": "false"}
    shown |= {"reason": OTHER["rationale"], "at": verdict["at"], "by": {"id": 2, "name": "Reviewer"}}
    claim = newsroom.anonymous.get("/v1/claims/1").json
    assert claim["corrections"] == [shown]
    assert correction == {"claim": 1, "text": claim["text"], **shown, "etag": correction["etag"]}
    assert newsroom.anonymous.get("/v1/corrections/1").json == correction
    assert newsroom.rows("events") == claim_lines(newsroom)[-1], "verdict and correction are one act"


def claim_lines(newsroom: Newsroom) -> list[int]:
    return [line["seq"] for line in newsroom.reader.get("/v1/claims/1/history").json["items"]]


def test_a_first_verdict_corrects_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    give(newsroom, rationale="Still none.")
    assert corrections(newsroom) == []


def test_what_nobody_had_read_is_not_corrected(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    give(newsroom)
    give(newsroom, **OTHER, sources=[SOURCE])
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert newsroom.rows("corrections") == 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "error"),
        ({"sources": [1]}, "error"),
        ({"sources": [{**SOURCE, "url": "https://example.org/newer"}]}, "new_evidence"),
        ({"sources": [1], "correction": "new_evidence"}, "new_evidence"),
        ({"correction": "claim_changed"}, "claim_changed"),
        ({"sources": [{**SOURCE, "url": "https://example.org/newer"}], "correction": "error"}, "error"),
    ],
)
def test_why_is_said_or_follows_from_the_sources(newsroom: Newsroom, said: dict[str, Any], kind: str) -> None:
    newsroom.claim()
    give(newsroom, sources=[SOURCE])
    give(newsroom, status="unclear", rationale="It can be read in two ways.", **said)
    assert [each["kind"] for each in corrections(newsroom)] == [kind]


def test_a_retraction_is_an_error_that_readers_are_told(newsroom: Newsroom) -> None:
    newsroom.claim()
    verdict = give(newsroom)
    newsroom.reviewer.post(f"/v1/verdicts/{verdict['id']}/retraction", {"reason": "Wrong claim."})
    (correction,) = corrections(newsroom)
    assert (correction["kind"], correction["reason"]) == ("error", "Wrong claim.")
    assert (correction["from"], correction["to"]) == ("little_evidence", "unreviewed")
    give(newsroom, **OTHER, sources=[SOURCE])
    assert len(corrections(newsroom)) == 1


def test_a_ruling_corrects(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    newsroom.editor.post("/v1/claims/1/rulings", {**OTHER, "status": "unclear"})
    assert [(each["to"], each["by"]["name"]) for each in corrections(newsroom)] == [("unclear", "Editor")]


def test_other_words_under_the_same_status_are_told(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    for body in ({"text": "Four days."}, {"text": "Five days.", "reason": "The council sent another text."}):
        answer = newsroom.reviewer.patch("/v1/claims/1", body, headers=ANY)
        assert answer.status_code == 200
    newsroom.reviewer.patch("/v1/claims/1", {"place": "Old Bridge"}, headers=ANY)
    second, first = corrections(newsroom)
    assert (first["kind"], first["from"], first["to"], first["reason"]) == (
        "claim_changed",
        "little_evidence",
        "little_evidence",
        "Changed: text.",
    )
    assert (second["text"], second["reason"]) == ("Five days.", "The council sent another text.")


def test_who_publishes_again_says_anew_what_readers_were_told(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "Under review."})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "Again."})
    give(newsroom, **OTHER, sources=[SOURCE])
    assert newsroom.rows("corrections") == 0
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    (correction,) = corrections(newsroom)
    assert (correction["from"], correction["to"]) == ("little_evidence", "false")
    assert (correction["kind"], correction["reason"]) == ("new_evidence", OTHER["rationale"])


def test_words_changed_meanwhile_are_told_when_it_is_published_again(
    newsroom: Newsroom,
) -> None:
    newsroom.claim()
    give(newsroom)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "Under review."})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "Again."})
    newsroom.reviewer.patch("/v1/claims/1", {"text": "Four days."}, headers=ANY)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    (correction,) = corrections(newsroom)
    assert (correction["kind"], correction["from"], correction["to"]) == (
        "claim_changed",
        "little_evidence",
        "little_evidence",
    )
    assert (correction["text"], correction["reason"]) == ("Four days.", "Changed: text.")


def test_no_act_moves_a_published_claim_unseen(newsroom: Newsroom, settings: Settings) -> None:
    newsroom.claim()
    for number, status in enumerate(("unclear", "unclear", "little_evidence")):
        who = newsroom.hire(f"Reviewer {number}", "reviewer")
        who.post("/v1/claims/1/verdicts", {"status": status, "rationale": "So."})
    before = newsroom.rows("corrections")
    other = Newsroom(replace(settings, standing_rule="majority"))
    # Nobody has settled the claims by the new rule; a source is attached meanwhile.
    assert other.reviewer.post("/v1/claims/1/sources", SOURCE).status_code == 201
    assert other.anonymous.get("/v1/claims/1").json["standing"]["status"] == "unclear"
    assert other.rows("corrections") == before + 1
    assert corrections(other)[0]["kind"] == "rule_changed"
    other.desk.close()


def test_another_rule_corrects_what_it_changes(newsroom: Newsroom, settings: Settings) -> None:
    newsroom.claim()
    for number, status in enumerate(("unclear", "unclear", "little_evidence")):
        who = newsroom.hire(f"Reviewer {number}", "reviewer")
        who.post("/v1/claims/1/verdicts", {"status": status, "rationale": "So."})
    before = newsroom.rows("corrections")
    app = create_app(replace(settings, standing_rule="majority"))
    done = app.test_cli_runner().invoke(args=["settle"])
    assert done.exit_code == 0, done.output
    app.extensions["factcheck"].desk.close()
    correction = corrections(newsroom)[0]
    assert newsroom.rows("corrections") == before + 1
    assert (correction["kind"], correction["by"]) == ("rule_changed", {"id": None, "name": "the desk"})
    assert "majority" in correction["reason"]


def test_they_can_be_narrowed_and_sorted(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/stories", {"slug": "bridges", "title": "Bridges"})
    newsroom.claim(story="bridges")
    newsroom.claim(text="Another.")
    for claim_id in (1, 2):
        give(newsroom, claim_id)
        give(newsroom, claim_id, status="unclear")
    give(newsroom, 2, **OTHER, sources=[SOURCE])
    for query, found in (
        ("", [3, 2, 1]),
        ("?sort=id", [1, 2, 3]),
        ("?claim=2", [3, 2]),
        ("?story=bridges", [1]),
        ("?kind=new_evidence", [3]),
        ("?kind__in=new_evidence,error&limit=2", [3, 2]),
        ("?from=little%20evidence&sort=id", [1, 2]),
        ("?to=false", [3]),
        ("?at__gte=2001-01-01&at__lte=2001-12-31", []),
    ):
        assert [each["id"] for each in corrections(newsroom, query)] == found, query
    for path in (
        "/v1/corrections?kind=slip",
        "/v1/corrections?from=nonsense",
        "/v1/corrections?status=false",
    ):
        assert newsroom.anonymous.get(path).status_code == 400, path
    sheet = newsroom.anonymous.get("/v1/corrections.csv?claim=1").text.splitlines()
    assert sheet[0] == "id,claim,text,kind,from,to,reason,at,by"
    assert sheet[1].startswith("1,1,The bridge was closed for three days.,error,little_evidence,unclear,")


@pytest.mark.parametrize("unseen", [True, False])
def test_whoever_gets_another_name_has_still_said_it(newsroom: Newsroom, unseen: bool) -> None:
    newsroom.claim()
    give(newsroom)
    steps = ["withdrawn", "open", "published"] if unseen else []
    for stage in steps[:2]:
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": "Under review."})
    assert newsroom.editor.patch("/v1/claimants/1", {"name": "Town Council"}).status_code == 200
    for stage in steps[2:]:
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage})
    claim = newsroom.anonymous.get("/v1/claims/1").json
    assert (claim["claimant"]["name"], claim["corrections"]) == ("Town Council", [])


def test_that_others_rest_on_it_later_makes_evidence_no_older(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    for stage in ("withdrawn", "open"):
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": "Under review."})
    ruled = newsroom.editor.post("/v1/claims/1/rulings", {**OTHER, "sources": [SOURCE]})
    assert ruled.status_code == 201
    give(newsroom, **OTHER, sources=[1])
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert [(each["kind"], each["to"]) for each in corrections(newsroom)] == [("new_evidence", "false")]


def test_they_stay_when_the_claim_is_withdrawn_and_go_when_it_is_taken_back(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    give(newsroom, status="unclear")
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert len(corrections(newsroom)) == 1
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "Again."})
    assert corrections(newsroom) == []
    assert newsroom.anonymous.get("/v1/corrections/1").status_code == 404
    assert newsroom.reader.get("/v1/corrections/1").status_code == 200


def test_they_are_of_their_time(newsroom: Newsroom) -> None:
    newsroom.claim()
    give(newsroom)
    before = newsroom.rows("events")
    give(newsroom, status="unclear")
    for who in (newsroom.anonymous, newsroom.reader):
        assert who.get(f"/v1/corrections?as_of=seq:{before}").json["items"] == []
        assert who.get(f"/v1/corrections/1?as_of=seq:{before}").status_code == 404
        assert who.get(f"/v1/corrections/1?as_of=seq:{before + 1}").json["to"] == "unclear"


def test_they_come_as_a_feed(newsroom: Newsroom) -> None:
    empty = newsroom.anonymous.get("/v1/corrections.atom")
    assert empty.content_type == "application/atom+xml; charset=utf-8"
    assert feedparser.parse(empty.data).entries == []
    for number in range(3):
        newsroom.claim(text=f"<b>Statement</b> & {number}\n\U0001f30d")
        give(newsroom, number + 1)
        give(newsroom, number + 1, status="unclear", rationale="It is <not> so & so.")
    answer = newsroom.anonymous.get("/v1/corrections.atom?limit=2")
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    assert len(feed.entries) == 2
    entry = feed.entries[0]
    assert entry.title == "Corrected (little evidence → unclear): <b>Statement</b> & 2 \U0001f30d"
    assert entry.link == f"{PUBLIC_URL}/v1/claims/3"
    assert (entry.author, entry.content[0].value) == ("Reviewer", "It is <not> so & so.")
    assert feed.feed.updated == entry.updated
    assert entry.id.startswith("urn:uuid:")
    following = next(link.href for link in feed.feed.links if link.rel == "next")
    page = newsroom.anonymous.get(following.removeprefix(PUBLIC_URL))
    rest = feedparser.parse(page.data)
    assert len({each.id for each in (*feed.entries, *rest.entries)}) == 3
    known = {"If-None-Match": answer.headers["ETag"]}
    assert newsroom.anonymous.get("/v1/corrections.atom?limit=2", headers=known).status_code == 304
    assert ET.fromstring(answer.data).tag == "{http://www.w3.org/2005/Atom}feed"
    assert newsroom.anonymous.get("/v1/corrections.atom?all=true").status_code == 400
