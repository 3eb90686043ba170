"""/v1/claims/{id}/provenance, /v1/sources/{id}/impact and /v1/sources/{id}/retraction."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from db import origins
from db.history import may_be_read
from tests.conftest import PUBLIC_URL, SOURCE, VERDICT, Newsroom, assert_problem

PATH = "/v1/claims/1/provenance"


def attach(newsroom: Newsroom, title: str, claim: int = 1, **more: Any) -> int:
    """Attach a source that says of a claim that it is so, and give the number of the source."""
    body = {"title": title, "stance": "supports", **more}
    made = newsroom.reviewer.post(f"/v1/claims/{claim}/sources", body)
    assert made.status_code == 201, made.text
    return int(made.json["source"]["id"])


def cite(newsroom: Newsroom, citing: int, cited: int | dict[str, Any], kind: str = "republishes") -> int:
    made = newsroom.reviewer.post(f"/v1/sources/{citing}/citations", {"cites": cited, "kind": kind})
    assert made.status_code == 201, made.text
    return int(made.json["id"])


def retract(newsroom: Newsroom, source: int, reason: str = "The agency took it back.") -> Any:
    return newsroom.editor.post(f"/v1/sources/{source}/retraction", {"reason": reason})


def behind(newsroom: Newsroom, stance: str = "supports", query: str = "") -> dict[str, Any]:
    answer = newsroom.anonymous.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json[stance])


def impact(newsroom: Newsroom, source: int, *, anonymous: bool = False) -> dict[int, list[int]]:
    """Give the claims that rest on a source, and by which way each does."""
    caller = newsroom.anonymous if anonymous else newsroom.reader
    content = caller.get(f"/v1/sources/{source}/impact").json
    return {each["claim"]: each["path"] for each in content["claims"]}


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    agency = {
        "title": "Bridge closed",
        "outlet": "Agency",
        "original": "yes",
        "url": "https://a.example.org/1",
    }
    post, gazette = attach(newsroom, "As the Post has it", outlet="Post"), attach(newsroom, "In the Gazette")
    cite(newsroom, post, agency)
    cite(newsroom, gazette, 3)
    own = attach(newsroom, "The Post was there", outlet="Post", original="yes", stance="refutes")
    found = behind(newsroom)
    assert (found["sources"], found["outlets"], found["independent_origins"]) == (2, 1, 1)
    assert (found["beyond_claimant"], found["unconfirmed"], found["unknown_origin"]) == (1, 0, 0)
    assert found["origins"] == [
        {
            "reached_by": [post, gazette],
            "reached_by_total": 2,
            "source": 3,
            "claimant": False,
            "name": None,
            "title": "Bridge closed",
            "outlet": "Agency",
            "url": "https://a.example.org/1",
            "original": "yes",
            "protected": False,
            "described_as": None,
        }
    ]
    assert [each["source"] for each in behind(newsroom, "refutes")["origins"]] == [own]
    assert behind(newsroom, "context")["origins"] == []


def test_the_claims_chain_leads_to_the_claimant(newsroom: Newsroom) -> None:
    newsroom.claim(chain=["City Council", "State TV", "Wire"], appearances=["https://p.example.org/x"])
    for outlet in ("CITY COUNCIL", "State-TV", "wire"):
        attach(newsroom, f"Report by {outlet}", outlet=outlet)
    attach(newsroom, "Seen there", url="http://p.example.org/x/?utm_source=y", original="yes")
    found = behind(newsroom)
    assert (found["sources"], found["independent_origins"], found["beyond_claimant"]) == (4, 1, 0)
    assert [(each["source"], each["name"], each["claimant"]) for each in found["origins"]] == [
        (None, "City Council", True)
    ]
    assert found["origins"][0]["reached_by"] == [1, 2, 3, 4]
    assert [(each["leads_to"], each["path"]) for each in found["circular"]] == [("the_claim", [4])]


def test_outlets_of_one_owner_count_once_and_it_is_said_by_whom(newsroom: Newsroom) -> None:
    newsroom.claim()
    owners = {"Post": "Press Holding", "Gazette": "Press  holding", "Press Holding": "Old Family"}
    for name, owner in (*owners.items(), ("Council Daily", "City Council")):
        newsroom.reviewer.post("/v1/outlets", {"name": name, "owner": owner})
    for outlet in ("Post", "Gazette", "Herald", "Council Daily"):
        attach(newsroom, f"Report by {outlet}", outlet=outlet)
    found = behind(newsroom)
    assert (found["independent_origins"], found["beyond_claimant"], found["unconfirmed"]) == (3, 2, 3)
    assert found["same_owner"] == [{"owner": "Old Family", "outlets": ["Gazette", "Post"], "origins": [1, 2]}]
    assert [each["claimant"] for each in found["origins"]] == [False, False, False, True]


def test_circles_and_what_comes_from_nowhere_are_told(newsroom: Newsroom) -> None:
    newsroom.claim()
    for number in (1, 2, 3):
        attach(newsroom, f"Paper {number}")
    for citing, cited in ((1, 2), (2, 3), (3, 1)):
        cite(newsroom, citing, cited, "cites")
    nowhere = attach(newsroom, "Copied", original="no")
    verdict = attach(newsroom, "Says the desk")
    cite(newsroom, verdict, {"url": f"{PUBLIC_URL}/claims/7", "title": "Our page"}, "cites")
    found = behind(newsroom)
    assert (found["independent_origins"], found["circles"]) == (0, [[1, 2, 3]])
    assert (found["unknown_origin"], found["unknown"]) == (1, [nowhere])
    assert [(each["leads_to"], each["path"]) for each in found["circular"]] == [("our_verdict", [5, 6])]
    assert found["circular"][0]["detail"].startswith("Source 5 cites source 6, which is a page of this desk")


def test_a_protected_source_counts_and_says_no_more_than_it_may(newsroom: Newsroom) -> None:
    newsroom.claim()
    witness = {"outlet": "Zyxwvut", "protected": True, "described_as": "A foreman", "original": "yes"}
    attach(newsroom, "Talk with Zyxwvut", **witness)
    found = behind(newsroom)
    assert (found["independent_origins"], found["outlets"]) == (1, 0)
    origin = found["origins"][0]
    assert (origin["source"], origin["protected"], origin["described_as"]) == (1, True, "A foreman")
    for form in ("", ".csv", ".txt"):
        assert "Zyxwvut" not in newsroom.admin.get(f"{PATH}{form}").text
    assert "A foreman" in newsroom.admin.get(f"{PATH}.txt").text


def test_it_is_answered_as_it_was_then(newsroom: Newsroom) -> None:
    """Each answer of the past is the one that was given then, whatever was done since."""
    newsroom.claim(chain=["City Council", "Wire"])
    given: dict[int, bytes] = {}

    def note() -> None:
        seq = newsroom.reader.get("/v1/log/head").json["seq"]
        given[seq] = newsroom.reader.get(PATH).data

    note()
    attach(newsroom, "Report", outlet="Post", url="https://p.example.org/x")
    attach(newsroom, "Wire item", outlet="Wire")
    note()
    cite(newsroom, 1, 2)
    note()
    newsroom.editor.patch("/v1/sources/2", {"original": "yes", "title": "Its own item"})
    note()
    newsroom.editor.patch("/v1/outlets/2", {"owner": "City Council"})
    note()
    newsroom.editor.post("/v1/sources/1/citations/1/withdrawal", {"reason": "A slip."})
    note()
    seen = {"chain": ["City Council", "Post"]}, {"appearances": ["https://p.example.org/x"]}
    for changes in seen:
        newsroom.editor.patch("/v1/claims/1", changes, headers={"If-Match": "*"})
        note()
    retract(newsroom, 2)
    note()
    newsroom.editor.post("/v1/claims/1/sources/1/withdrawal", {"reason": "A slip."})
    note()
    assert len(set(given.values())) == len(given), "each of these acts changes what is answered"
    for seq, body in given.items():
        assert newsroom.reader.get(f"{PATH}?as_of=seq:{seq}").data == body, seq
    assert_problem(newsroom.reader.get(f"{PATH}?as_of=seq:1"), 404, "NOT_FOUND")


def test_who_may_read_the_claim_may_read_it(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    attach(newsroom, "Report")
    refused = newsroom.anonymous.get("/v1/claims/1").json["detail"]
    assert_problem(newsroom.anonymous.get(PATH), 404, "NOT_FOUND", refused)
    assert_problem(newsroom.reader.get("/v1/claims/9/provenance"), 404, "NOT_FOUND")
    assert newsroom.reader.get(PATH).status_code == 200
    open_line = newsroom.reader.get("/v1/log/head").json["seq"]
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert behind(newsroom)["sources"] == 1
    assert newsroom.anonymous.get(f"{PATH}?as_of=seq:{open_line}").status_code == 404
    for stage, status in (("withdrawn", 200), ("open", 404), ("withdrawn", 404)):
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": "Tried."})
        assert newsroom.anonymous.get("/v1/claims/1").status_code == status
        assert newsroom.anonymous.get(PATH).status_code == status
        # It is known without the claim's text, which may be long.
        assert may_be_read(newsroom.db, 1, None, public_only=True) == (status == 200)


def test_it_comes_as_a_sheet_and_in_sentences(newsroom: Newsroom) -> None:
    newsroom.claim(chain=["City Council", "Wire"])
    attach(newsroom, "Wire item", outlet="Wire")
    attach(newsroom, "=Talk", outlet="Post", original="yes")
    attach(newsroom, "Copied", original="no")
    rows = list(csv.DictReader(io.StringIO(newsroom.anonymous.get(f"{PATH}.csv").text)))
    assert [(row["role"], row["source"], row["name"], row["title"]) for row in rows] == [
        ("origin", "", "City Council", ""),
        ("origin", "2", "", "'=Talk"),
        ("unknown", "3", "", ""),
    ]
    assert [row["counts_with"] for row in rows] == ["City Council", "Post", ""]
    assert newsroom.anonymous.get(f"{PATH}.txt").text == (
        "Claim 1\n"
        "Supporting: 3 sources of 2 outlets, 1 independent origin, and the claimant himself.\n"
        "  - City Council, the claimant, by source 1\n"
        "  - =Talk, Post, source 2, by source 2\n"
        "  Of unknown origin: source 3.\n"
        "Refuting: no source.\n"
        "Context: no source.\n"
    )


def test_impact_is_told_with_the_way(newsroom: Newsroom) -> None:
    for text in ("First.", "Second.", "Third.", "Fourth."):
        newsroom.claim(text=text, published=text != "Fourth.")
    agency, post = attach(newsroom, "Agency item"), attach(newsroom, "Post", claim=2)
    gazette = attach(newsroom, "Gazette", claim=3)
    attach(newsroom, "Diary", claim=4)
    cite(newsroom, post, agency)
    withdrawn = cite(newsroom, gazette, post)
    cite(newsroom, 4, gazette)
    assert impact(newsroom, agency) == {1: [1], 2: [2, 1], 3: [3, 2, 1], 4: [4, 3, 2, 1]}
    assert impact(newsroom, agency, anonymous=True) == {1: [1], 2: [2, 1], 3: [3, 2, 1]}
    assert impact(newsroom, 4) == {4: [4]}
    behind_it = newsroom.reader.get("/v1/claims/4/provenance").json["supports"]["origins"]
    assert [each["source"] for each in behind_it] == [agency]
    assert_problem(newsroom.anonymous.get("/v1/sources/4/impact"), 404, "NOT_FOUND")
    assert_problem(newsroom.reader.get("/v1/sources/9/impact"), 404, "NOT_FOUND")
    # Nothing is told of what was taken back, but it is of the time before.
    then = newsroom.reader.get("/v1/sources/1/impact")
    seq = newsroom.reader.get("/v1/log/head").json["seq"]
    newsroom.editor.post(f"/v1/sources/{gazette}/citations/{withdrawn}/withdrawal", {"reason": "A slip."})
    assert impact(newsroom, agency) == {1: [1], 2: [2, 1]}
    newsroom.editor.post("/v1/claims/1/sources/1/withdrawal", {"reason": "A slip."})
    assert impact(newsroom, agency) == {2: [2, 1]}
    assert newsroom.reader.get(f"/v1/sources/1/impact?as_of=seq:{seq}").data == then.data


def test_impact_tells_of_the_verdicts_that_stand(newsroom: Newsroom) -> None:
    newsroom.claim()
    agency, post = attach(newsroom, "Agency item"), attach(newsroom, "Post")
    cite(newsroom, post, agency)
    verdicts = "/v1/claims/1/verdicts"
    newsroom.reviewer.post(verdicts, {**VERDICT, "sources": [agency]})
    newsroom.reviewer.post(verdicts, {**VERDICT, "rationale": "Otherwise.", "sources": [post]})
    newsroom.admin.post(verdicts, {**VERDICT, "sources": [agency]})
    newsroom.admin.post("/v1/verdicts/3/retraction", {"reason": "A slip."})
    ruling = {**VERDICT, "status": "unclear", "sources": [agency, post]}
    newsroom.editor.post("/v1/claims/1/rulings", ruling)
    told = newsroom.anonymous.get("/v1/sources/1/impact")
    shown = [
        (each["verdict"], each["kind"], each["status"], each["decides"], each["path"], each["by"]["name"])
        for each in told.json["verdicts"]
    ]
    assert shown == [
        (2, "verdict", VERDICT["status"], False, [2, 1], "Reviewer"),
        (4, "ruling", "unclear", True, [1], "Editor"),
    ]
    assert told.json["claims"][0]["status"] == "unclear"
    text = newsroom.anonymous.get("/v1/sources/1/impact.txt").text
    assert "Ruling 4 on claim 1, unclear, by Editor, which decides, by source 1" in text
    rows = list(csv.DictReader(io.StringIO(newsroom.anonymous.get("/v1/sources/1/impact.csv").text)))
    assert [(row["claim"], row["verdict"], row["path"]) for row in rows] == [
        ("1", "", "1"),
        ("1", "2", "2 > 1"),
        ("1", "4", "1"),
    ]
    seq = newsroom.reader.get("/v1/log/head").json["seq"]
    newsroom.reviewer.post("/v1/verdicts/2/retraction", {"reason": "A slip."})
    assert len(newsroom.reader.get("/v1/sources/1/impact").json["verdicts"]) == 1
    assert newsroom.reader.get(f"/v1/sources/1/impact?as_of=seq:{seq}").data == told.data


def test_of_much_that_rests_on_a_source_the_first_is_told_and_all_is_counted(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "MOST_TOUCHED", 2)
    for text in ("First.", "Second.", "Third."):
        claim = newsroom.claim(text=text)["id"]
        attach(newsroom, "Agency item", claim=claim, url="https://a.example.org/1")
        newsroom.reviewer.post(f"/v1/claims/{claim}/verdicts", {**VERDICT, "sources": [1]})
    told = newsroom.anonymous.get("/v1/sources/1/impact").json
    assert ([each["claim"] for each in told["claims"]], told["claims_total"]) == ([1, 2], 3)
    assert ([each["verdict"] for each in told["verdicts"]], told["verdicts_total"]) == ([1, 2], 3)
    said = newsroom.anonymous.get("/v1/sources/1/impact.txt").text
    assert "3 claims (the first 2 are listed) and 3 standing verdicts (the first 2 are listed)." in said


def test_a_retracted_source_is_shown_so_and_marks_what_rests_on_it(newsroom: Newsroom) -> None:
    for text in ("First.", "Second.", "Third."):
        newsroom.claim(text=text)
    agency, post = attach(newsroom, "Agency item", original="yes"), attach(newsroom, "Post", claim=2)
    attach(newsroom, "Elsewhere", claim=3)
    cite(newsroom, post, agency)
    lines = newsroom.rows("events")
    done = retract(newsroom, agency)
    assert done.status_code == 201, done.text
    assert (done.json["retraction"]["reason"], done.json["retraction"]["by"]["name"]) == (
        "The agency took it back.",
        "Editor",
    )
    shown = newsroom.anonymous.get("/v1/claims/1").json["sources"][0]["source"]
    assert shown["retraction"] == done.json["retraction"]
    needed = newsroom.reader.get("/v1/needs_review").json["items"]
    assert sorted((each["claim"], each["reasons"][0]["source"]) for each in needed) == [(1, 1), (2, 1)]
    found = behind(newsroom)
    assert (found["independent_origins"], found["sources"]) == (0, 1)
    assert [(each["source"], each["title"], each["reached_by"]) for each in found["retracted"]] == [
        (agency, "Agency item", [agency])
    ]
    assert "Retracted: source 1, by source 1." in newsroom.anonymous.get(f"{PATH}.txt").text
    told = newsroom.anonymous.get("/v1/changes?act=source:retract").json["items"][0]
    assert told["summary"] == "Editor marked a source as retracted: The agency took it back."
    # Said again it is the same, for another reason it is refused.
    again = retract(newsroom, agency)
    assert (again.status_code, again.json, newsroom.rows("events")) == (200, done.json, lines + 1)
    assert_problem(retract(newsroom, agency, "Else."), 409, "CONFLICT", "another reason")
    assert_problem(retract(newsroom, 9), 404, "NOT_FOUND")
    stale = newsroom.editor.post("/v1/sources/2/retraction", {"reason": "Else."}, headers={"If-Match": '"0"'})
    assert_problem(stale, 412, "VERSION_MISMATCH")


def test_a_sheet_counts_as_the_answer_does(newsroom: Newsroom) -> None:
    newsroom.claim()
    attach(newsroom, "Copied", original="no")
    for outlet in ("Post", "Gazette"):
        newsroom.reviewer.post("/v1/outlets", {"name": outlet, "owner": "Press Holding"})
        attach(newsroom, f"Report by {outlet}", outlet=outlet, stance="refutes")
    attach(newsroom, "No outlet", stance="refutes")
    rows = list(csv.DictReader(io.StringIO(newsroom.anonymous.get(f"{PATH}.csv").text)))
    assert [(row["stance"], row["role"]) for row in rows] == [("supports", "unknown")] + [
        ("refutes", "origin")
    ] * 3
    hands = {row["counts_with"] for row in rows if row["role"] == "origin"}
    assert hands == {"Press Holding", "source 4"}
    assert len(hands) == behind(newsroom, "refutes")["independent_origins"]


def test_a_verdict_that_rests_on_what_was_retracted_marks_its_claim(newsroom: Newsroom) -> None:
    """Also if the source is attached no longer; but not where the verdict was taken back."""
    for text in ("First.", "Second."):
        claim = newsroom.claim(text=text)["id"]
        attach(newsroom, "Agency item", claim=claim, url="https://a.example.org/1")
        newsroom.reviewer.post(f"/v1/claims/{claim}/verdicts", {**VERDICT, "sources": [1]})
        done = newsroom.editor.post(f"/v1/claims/{claim}/sources/{claim}/withdrawal", {"reason": "A slip."})
        assert done.status_code == 201, done.text
    newsroom.reviewer.post("/v1/verdicts/2/retraction", {"reason": "A slip."})
    retract(newsroom, 1)
    items = newsroom.reader.get("/v1/needs_review").json["items"]
    marked = [each["claim"] for each in items if "source_retracted" in str(each["reasons"])]
    assert marked == [1]


def test_who_relies_on_what_was_retracted_is_warned(newsroom: Newsroom) -> None:
    newsroom.claim()
    for title in ("Agency item", "Post"):
        newsroom.reviewer.post("/v1/sources", {"title": title})
    retract(newsroom, 1)
    body = {"source": 1, "stance": "supports"}
    warned = newsroom.reviewer.post("/v1/claims/1/sources", body).json["warnings"]
    detail = "Source 1 was retracted: nothing is reached through it."
    assert warned == [{"leads_to": "retracted", "path": [1], "detail": detail}]
    warned = newsroom.reviewer.post("/v1/sources/2/citations", {"cites": 1, "kind": "quotes"}).json[
        "warnings"
    ]
    assert [(each["leads_to"], each["path"]) for each in warned] == [("retracted", [2, 1])]
    assert warned[0]["detail"].startswith("Source 2 quotes source 1, which was retracted")


@pytest.mark.parametrize("attached", [0, 1])
def test_it_changes_no_standing_and_corrects_nothing(newsroom: Newsroom, attached: int) -> None:
    newsroom.claim()
    source = newsroom.reviewer.post("/v1/sources", {"url": SOURCE["url"]}).json["id"]
    if attached:
        newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    before = newsroom.reader.get("/v1/claims/1").json["standing"]
    assert retract(newsroom, source).status_code == 201
    assert newsroom.reader.get("/v1/claims/1").json["standing"] == before
    assert (newsroom.rows("corrections"), newsroom.rows("review_marks")) == (0, attached)


def test_a_sheet_has_rows_where_there_is_no_origin_at_all(newsroom: Newsroom) -> None:
    newsroom.claim()
    attach(newsroom, "Copied", original="no")
    rows = list(csv.DictReader(io.StringIO(newsroom.anonymous.get(f"{PATH}.csv").text)))
    assert [(row["stance"], row["role"], row["source"]) for row in rows] == [("supports", "unknown", "1")]
    assert None not in rows[0].values()


def test_a_refutation_by_who_passed_the_claim_on_is_his_own(newsroom: Newsroom) -> None:
    newsroom.claim(chain=["City Council", "Wire"])
    attach(newsroom, "Wire checks it", outlet="Wire", stance="refutes")
    found = newsroom.anonymous.get(PATH).json["refutes"]
    assert (found["independent_origins"], found["beyond_claimant"], found["unconfirmed"]) == (1, 1, 1)
    attach(newsroom, "Wire has it on the wire", outlet="Wire")
    found = newsroom.anonymous.get(PATH).json["supports"]
    assert (found["independent_origins"], found["beyond_claimant"]) == (1, 0)
    text = newsroom.anonymous.get(f"{PATH}.txt").text
    assert "1 origin: the claimant himself, and nobody independent of him." in text
    assert "1 independent origin (1 unconfirmed)." in text
