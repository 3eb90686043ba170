"""What finds claims by what they say: it is exact, follows every act, and can be made anew."""

from __future__ import annotations

import json
from collections import defaultdict
from heapq import nlargest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import desk, log, matching
from db.lists import Want
from factcheck.matching import postings
from factcheck.matching.asked import asked
from factcheck.matching.postings import Postings, Term, best, changed, read
from factcheck.matching.seen import VERSION, seen
from factcheck.workflow import indexing
from factcheck.workflow import matching as asking
from factcheck.workflow.checking import faults
from factcheck.workflow.founding import bring_up_to_date
from tests.conftest import VERDICT, Newsroom

CLAIMS = st.dictionaries(st.integers(1, 400), st.integers(1, 255), max_size=120)


def found(newsroom: Newsroom, text: str, want: Want = asking.EVERYTHING) -> list[int]:
    return [each.claim_id for each in asking.candidates(newsroom.db, asked(text).terms, want).candidates]


def index(newsroom: Newsroom) -> dict[str, list[tuple[int, int]]]:
    """Give all postings there are."""
    stems = [row[0] for row in newsroom.db.conn.execute("SELECT DISTINCT stem FROM match_postings")]
    lists = {stem: read(matching.postings_of(newsroom.db, stem)) for stem in stems}
    return {stem: list(zip(each.claims, each.weights, strict=True)) for stem, each in lists.items()}


def as_it_should_be(newsroom: Newsroom) -> dict[str, list[tuple[int, int]]]:
    """Work out all postings from the claims' texts."""
    expected = defaultdict(list)
    for claim_id, body in log.current_documents(newsroom.db, "claims"):
        for stem, weight in seen(json.loads(body)).weights.items():
            expected[stem].append((claim_id, weight))
    return dict(expected)


def test_it_works(newsroom: Newsroom) -> None:
    bridge = newsroom.claim()
    school = newsroom.claim(text="The school kitchen served spoiled milk.")

    assert found(newsroom, "Was spoiled milk served at that school?") == [school["id"]]
    assert found(newsroom, "They say the bridge was closed") == [bridge["id"]]
    matches = asking.match(newsroom.db, asked("The school kitchen served spoiled milk"))
    assert [match.claim_id for match in matches] == [school["id"]]


def test_a_claim_is_found_by_what_it_says_now(newsroom: Newsroom) -> None:
    claim = newsroom.claim(published=False, text="The tunnel was flooded.")
    path = f"/v1/claims/{claim['id']}"
    source = {"url": "https://example.org/t", "title": "Pumps failed underground", "stance": "supports"}
    assert newsroom.reviewer.post(f"{path}/sources", source).status_code == 201
    assert found(newsroom, "underground pumps") == [claim["id"]]

    etag = newsroom.reader.get(path).json["etag"]
    revised = newsroom.reviewer.patch(
        path, {"text": "The tunnel was dry."}, headers={"If-Match": f'"{etag}"'}
    )

    assert revised.status_code == 200, revised.text
    assert found(newsroom, "flooded") == []
    assert found(newsroom, "dry tunnel") == [claim["id"]]
    assert index(newsroom) == as_it_should_be(newsroom)


def test_what_was_taken_back_is_not_found(newsroom: Newsroom) -> None:
    claim = newsroom.claim()
    path = f"/v1/claims/{claim['id']}"
    source = {"url": "https://example.org/t", "title": "Pumps failed underground", "stance": "supports"}
    evidence = newsroom.reviewer.post(f"{path}/sources", source).json["id"]
    verdict = newsroom.reviewer.post(f"{path}/verdicts", {**VERDICT, "rationale": "A crane stood there."})
    assert found(newsroom, "crane") == found(newsroom, "pumps") == [claim["id"]]

    reason = {"reason": "It was another one."}
    retracted = newsroom.reviewer.post(f"/v1/verdicts/{verdict.json['id']}/retraction", reason)
    withdrawn = newsroom.reviewer.post(f"{path}/sources/{evidence}/withdrawal", reason)

    assert (retracted.status_code, withdrawn.status_code) == (201, 201)
    assert found(newsroom, "crane") == found(newsroom, "pumps") == []
    assert index(newsroom) == as_it_should_be(newsroom)


def test_only_what_may_be_read_is_found(newsroom: Newsroom) -> None:
    hidden = newsroom.claim(published=False, text="The museum sold a forged painting.")
    shown = newsroom.claim(text="The museum bought a forged painting.")
    gone = newsroom.claim(text="The museum burned a forged painting.")
    withdrawn = {"stage": "withdrawn", "reason": "It was a mistake."}
    assert newsroom.editor.post(f"/v1/claims/{gone['id']}/stage", withdrawn).status_code == 200

    text = "a forged painting in the museum"
    assert set(found(newsroom, text)) == {hidden["id"], shown["id"], gone["id"]}
    assert found(newsroom, text, Want({}, public_only=True)) == [shown["id"]]
    assert found(newsroom, text, Want({"stage": "open"})) == [hidden["id"]]


@pytest.mark.parametrize("few", [2_000, 3])
def test_a_filter_that_hardly_any_passes_finds_them_all_the_same(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(asking, "_FEW", few)
    monkeypatch.setattr(asking, "_TIMES", (2,))
    made = [
        newsroom.claim(
            published=n % 10 == 0, text=f"Rain fell on town {n}.", language="en" if n % 2 else "de"
        )
        for n in range(40)
    ]
    public = [each["id"] for each in made[::10]]

    def ids(want: Want, most: int) -> list[int]:
        terms = asked("rain fell on a town").terms
        return [each.claim_id for each in asking.candidates(newsroom.db, terms, want, most).candidates]

    assert len(ids(asking.EVERYTHING, 5)) == 5
    assert sorted(ids(Want({}, public_only=True), 4)) == public
    assert ids(Want({"language": "de"}, public_only=True), 2) == public[:2]
    assert ids(Want({"language": "en"}), 1) == [made[1]["id"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!… ,,, ((",
        'text:rain* OR "rain NEAR(a b) -rain ^',
        "rain \x00 fell",
        "дождь rain 雨 مطر गिरी fell",
        "rain " * 200_000,
        " ".join(f"rain{number}" for number in range(10_000)),
    ],
    ids=["nothing", "punctuation", "syntax", "NUL", "scripts", "long", "words"],
)
def test_no_text_is_too_much(newsroom: Newsroom, text: str) -> None:
    newsroom.claim(text="Rain fell.")
    matches = asking.match(newsroom.db, asked(text))
    assert len(matches) == (1 if "rain " in text or "rain*" in text else 0)


def test_terms_that_nearly_all_claims_have_are_left_out_where_reading_them_takes_too_long(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for town in ("Oxbow", "Elmford", "Tarn"):
        newsroom.claim(text=f"Rain fell on {town}.")
    monkeypatch.setattr(asking, "MOST_POSTINGS", 2)
    assert len(found(newsroom, "rain on Oxbow")) == 1
    assert len(found(newsroom, "rain")) == 3


def test_a_desk_that_another_version_indexed_is_indexed_anew(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        newsroom.claim(text=f"Bell {number} was stolen.")
    before = index(newsroom)
    newsroom.by_hand("UPDATE match_claims SET seen = '?'")
    newsroom.by_hand("UPDATE match_postings SET stem = 'x' || stem")
    newsroom.by_hand("UPDATE desk SET value = '0' WHERE name = 'matching'")
    monkeypatch.setattr(indexing, "CLAIMS_A_BATCH", 2)

    # Ended after the first batch, it goes on from there.
    assert newsroom.desk.write(indexing._next_batch)
    assert desk.noted(newsroom.db, "matching") == f"{VERSION}:2"
    bring_up_to_date(newsroom.desk, newsroom.settings)

    assert index(newsroom) == before
    assert desk.noted(newsroom.db, "matching") == str(VERSION)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE match_claims SET seen = seen || ' '", "claims/1: it is not kept as matching sees it."),
        ("DELETE FROM match_claims", "claims/1: it is not kept as matching sees it."),
        (
            "DELETE FROM match_postings WHERE stem = 'bridg'",
            "claims/1: matching does not find it by its words.",
        ),
        (
            "INSERT INTO match_postings VALUES ('oddity', 0, x'0100000007')",
            "matching: claims are found by words that they don't have.",
        ),
    ],
)
def test_check_sees_what_is_not_as_it_should_be(newsroom: Newsroom, harm: str, said: str) -> None:
    newsroom.claim()
    assert list(faults(newsroom.db, "newest")) == []
    assert newsroom.db.conn.execute(harm).rowcount > 0
    assert list(faults(newsroom.db, "newest")) == [said]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.integers(1, 2000), st.none() | st.integers(1, 255), min_size=1, max_size=60),
        max_size=12,
    )
)
def test_rows_hold_what_was_put_into_them(batches: list[dict[int, int | None]]) -> None:
    rows: dict[int, bytes] = {}
    expected: dict[int, int] = {}
    for changes in batches:
        left = sorted(changes)
        while left:
            name = max((each for each in rows if each <= left[-1]), default=0)
            here = {claim: changes[claim] for claim in left if claim >= name}
            left = [claim for claim in left if claim < name]
            new = changed(name, rows.pop(name, b""), here)
            assert not new or new[0][0] == name
            rows.update(new)
        expected = {c: w for c, w in {**expected, **changes}.items() if w is not None}
        found = read(rows[name] for name in sorted(rows))
        assert dict(zip(found.claims, found.weights, strict=True)) == expected
        assert list(found.claims) == sorted(expected)
        assert all(0 < len(row) <= 5 * postings.MOST_A_ROW for row in rows.values())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 12), CLAIMS), max_size=9),
    st.integers(1, 30),
    st.none() | st.sets(st.integers(1, 400), max_size=60),
    st.sampled_from([16, 64, 1 << 16]),
)
def test_pruning_loses_nothing(
    lists: list[tuple[float, dict[int, int]]], most: int, only: set[int] | None, size: int
) -> None:
    terms = [
        Term(worth, Postings(sorted(claims), bytes(claims[claim] for claim in sorted(claims))))
        for worth, claims in lists
    ]
    sums: dict[int, float] = defaultdict(float)
    for term in sorted(terms, key=lambda term: -term.most):
        for claim, weight in zip(term.postings.claims, term.postings.weights, strict=True):
            if only is None or claim in only:
                sums[claim] += term.worth * weight
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "RANGE", size)
        assert best(terms, most, only) == nlargest(most, sums.items(), key=lambda each: (each[1], -each[0]))
