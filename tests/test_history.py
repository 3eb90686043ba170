"""History and differences: every act on a claim, in words and in data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import log
from factcheck.comparing import compare
from factcheck.telling import _TOLD, told, why
from factcheck.vocabulary import LOGGED_ACTS
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom, assert_problem

ANY = {"If-Match": "*"}


def history(newsroom: Newsroom, query: str = "") -> list[dict[str, Any]]:
    return newsroom.reader.get(f"/v1/claims/1/history{query}").json["items"]


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [1]})
    newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "Wrong claim."})
    newsroom.reviewer.patch("/v1/claims/1", {"text": "So.", "place": "Here"}, headers=ANY)
    newsroom.editor.patch("/v1/claimants/1", {"name": "Town Council"})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert [line["summary"] for line in history(newsroom)] == [
        "Reviewer recorded the claim.",
        "Editor published the claim.",
        "Reviewer attached a source that refutes it.",
        "Reviewer gave the verdict little evidence: No document was shown. "
        "The claim went from unreviewed to little evidence.",
        "Reviewer retracted a verdict: Wrong claim. The claim went from little evidence to unreviewed.",
        "Reviewer changed place and text of the claim.",
        "Editor changed name of the claimant.",
        "Editor withdrew the claim: A slip.",
    ]
    verdict, revised = history(newsroom)[3], history(newsroom)[5]
    assert (verdict["act"], verdict["by"], verdict["why"]) == (
        "verdict:issue",
        {"id": 2, "name": "Reviewer"},
        VERDICT["rationale"],
    )
    assert verdict["changes"]["standing"] == {"from": "unreviewed", "to": "little_evidence"}
    assert revised["changes"]["text"] == {"from": CLAIM["text"], "to": "So."}
    assert verdict["documents"].keys() == {"claims/1"}


def test_without_a_token_it_begins_with_publication(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    newsroom.reviewer.patch("/v1/claims/1", {"text": "In other words."}, headers=ANY)
    assert newsroom.anonymous.get("/v1/claims/1/history").status_code == 404
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    answer = newsroom.anonymous.get("/v1/claims/1/history")
    assert [line["act"] for line in answer.json["items"]] == ["claim:publish", "verdict:issue"]
    assert CLAIM["text"] not in answer.text
    assert {line["documents"] for line in answer.json["items"]} == {None}
    assert {line["request_id"] for line in answer.json["items"]} == {None}


def test_it_comes_in_pages(newsroom: Newsroom) -> None:
    newsroom.claim()
    for status in ("unclear", "false", "disputed"):
        source = {**SOURCE, "url": f"https://example.org/{status}"}
        newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": status, "sources": [source]})
    page = newsroom.reader.get("/v1/claims/1/history?limit=2&count=true").json
    found, total = page["items"], page["total"]
    while page["next"]:
        page = newsroom.reader.get(page["next"].partition("example.org")[2]).json
        found += page["items"]
    assert [line["seq"] for line in found] == [line["seq"] for line in history(newsroom)]
    assert len(found) == total == 5


def test_two_versions_are_compared_field_by_field(newsroom: Newsroom) -> None:
    claim = newsroom.claim()
    then = log.head(newsroom.db).seq
    newsroom.reviewer.patch("/v1/claims/1", {"place": "Here", "chain": ["City Council"]}, headers=ANY)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    now = newsroom.anonymous.get("/v1/claims/1").json
    diff = newsroom.anonymous.get(f"/v1/claims/1/diff?from=seq:{then}").json
    assert diff["from"] == {"seq": then, "at": claim["updated_at"], "etag": claim["etag"]}
    assert diff["to"] == {"seq": then + 2, "at": now["updated_at"], "etag": now["etag"]}
    changes = {change["pointer"]: change for change in diff["changes"]}
    assert changes["/place"] == {"pointer": "/place", "change": "changed", "from": None, "to": "Here"}
    assert changes["/chain/1"]["change"] == "removed"
    assert changes["/verdicts/0"]["to"] == now["verdicts"][0]
    assert changes["/sources/0"]["change"] == "added"
    assert changes["/standing/status"]["to"] == "little_evidence"
    assert not {"/etag", "/updated_at", "/text"} & set(changes)
    same = newsroom.anonymous.get(f"/v1/claims/1/diff?from=seq:{then}&to=seq:{then}").json
    assert same["changes"] == []
    back = newsroom.anonymous.get(f"/v1/claims/1/diff?from=seq:{then + 2}&to=seq:{then}").json["changes"]
    assert {(each["pointer"], str(each["from"])) for each in back} == {
        (each["pointer"], str(each["to"])) for each in diff["changes"]
    }


def test_a_version_that_may_not_be_read_is_not_compared(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    drafted = log.head(newsroom.db).seq
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    assert newsroom.reader.get(f"/v1/claims/1/diff?from=seq:{drafted}").status_code == 200
    assert_problem(newsroom.anonymous.get(f"/v1/claims/1/diff?from=seq:{drafted}"), 404, "NOT_FOUND", "since")
    assert_problem(newsroom.reader.get("/v1/claims/1/diff"), 400, "INVALID", "from")
    assert_problem(newsroom.reader.get("/v1/claims/1/diff?from=never"), 400, "INVALID", "seq:1234")
    assert_problem(newsroom.reader.get("/v1/claims/9/diff?from=seq:1"), 404, "NOT_FOUND")
    far = newsroom.reader.get("/v1/claims/1/diff?from=seq:1&to=seq:999")
    assert assert_problem(far, 400, "INVALID")["errors"][0]["parameter"] == "to"


def test_every_act_has_its_words() -> None:
    assert set(_TOLD) == set(LOGGED_ACTS)
    for act in LOGGED_ACTS:
        changes = {"reason": "So.", "stance": "context", "verdict": {"status": "mostly_true"}, "from_seq": 1}
        changes |= {"opinion": "strongly_agree", "kind": "quotes", "reliability": "B"}
        if act.startswith(("claim:link", "link:")):
            changes |= {"kind": "same_as", "state": "suggested", "claim": 1, "other": 2}
        text = told(act, "the desk", changes)
        assert re.fullmatch(r"The desk [^_]+\.", text), text


def test_long_reasons_are_cut_in_words_and_whole_in_data() -> None:
    changes = {"reason": "Word " * 100}
    text = told("claim:withdraw", "Ada", changes)
    assert len(text) < 260
    assert text.endswith("….")
    assert why(changes) == changes["reason"]


def test_quoted_words_stay_as_they_are() -> None:
    assert (
        told("claim:withdraw", "Ada", {"reason": "a..b, wait... no"})
        == "Ada withdrew the claim: a..b, wait... no."
    )
    assert told("claim:withdraw", "Ada", {"reason": "So."}) == "Ada withdrew the claim: So."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc/~"), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c/d", "e~f"]), JSON, max_size=4)


@given(OBJECTS, OBJECTS)
def test_a_difference_is_told_if_and_only_if_there_is_one(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    changes = compare(before, after)
    assert bool(changes) == (repr(before) != repr(after) and not same(before, after))
    for change in changes:
        if change["change"] != "removed":
            assert same(at(after, change["pointer"]), change["to"])
        if change["change"] == "removed":
            assert same(at(before, change["pointer"]), change["from"])


def same(one: Any, other: Any) -> bool:
    """Tell 1 from True, which are equal in Python and not in JSON."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def at(content: Any, pointer: str) -> Any:
    """Follow a JSON Pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        content = content[int(key) if isinstance(content, list) else key]
    return content


@pytest.mark.parametrize("path", ["/v1/claims/1/history", "/v1/claims/1/diff?from=seq:1"])
def test_what_is_not_there(newsroom: Newsroom, path: str) -> None:
    assert_problem(newsroom.reader.get(path), 404, "NOT_FOUND")
