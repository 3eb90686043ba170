"""Krippendorff's alpha: published examples with the results that were printed, and what must always hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.agreement import Coincidences
from factcheck.workflow.agreeing import FEW_CLAIMS
from tests.conftest import VERDICT, Caller, Newsroom, assert_problem

# One row an observer, one column a unit; a point where nothing was said.
#
# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011),
# https://repository.upenn.edu/asc_papers/43: A, binary data of two observers; B, nominal data of two;
# C, nominal data of four with values missing.
TWO_BINARY = ("0100000010", "1110010000")
TWO_NOMINAL = ("aabbdcccedda", "babbbccceddd")
FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# The computational example of Wikipedia's article on Krippendorff's alpha.
THREE = (".....34121133.3", "1.213343.......", "..21344.21133.4")


def units(table: Sequence[str]) -> list[list[str]]:
    """Give the values of each unit."""
    return [[value for value in column if value != "."] for column in zip(*table, strict=True)]


def counted(those: Sequence[Sequence[object]]) -> Coincidences:
    found = Coincidences()
    for values in those:
        found.add(values)
    return found


@pytest.mark.parametrize(
    ("table", "alpha", "n", "margins"),
    [
        (TWO_BINARY, 0.095, 20, {"0": 14, "1": 6}),
        (TWO_NOMINAL, 0.692, 24, {"a": 4, "b": 6, "c": 6, "d": 6, "e": 2}),
        (FOUR, 0.743, 40, {"1": 9, "2": 13, "3": 10, "4": 5, "5": 3}),
        (THREE, 0.691, 26, {"1": 7, "2": 4, "3": 10, "4": 5}),
    ],
    ids=("two_binary", "two_nominal", "four_with_missing", "three_with_missing"),
)
def test_it_works(table: Sequence[str], alpha: float, n: int, margins: dict[str, int]) -> None:
    found = counted(units(table))
    assert (found.n, found.values, found.undefined) == (n, margins, None)
    assert round(found.alpha() or 0, 3) == alpha


TABLES = st.lists(st.lists(st.sampled_from("abcd"), max_size=5), max_size=12)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(TABLES, st.randoms(use_true_random=False))
def test_neither_the_order_of_units_nor_that_of_observers_matters(
    table: list[list[str]], chance: random.Random
) -> None:
    mixed = [chance.sample(values, len(values)) for values in chance.sample(table, len(table))]
    assert counted(mixed).alpha() == counted(table).alpha()


@FEW
@given(TABLES, st.permutations("abcd"))
def test_what_the_values_are_called_does_not_matter(table: list[list[str]], names: list[str]) -> None:
    other = dict(zip("abcd", names, strict=True))
    assert counted([[other[value] for value in values] for values in table]).alpha() == counted(table).alpha()


@FEW
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(2, 5)), min_size=1, max_size=12))
def test_perfect_agreement_is_one(table: list[tuple[str, int]]) -> None:
    found = counted([[value] * count for value, count in table])
    if len({value for value, _ in table}) == 1:
        assert (found.alpha(), found.undefined) == (None, "no_variation")
    else:
        assert (found.alpha(), found.undefined) == (1.0, None)


@FEW
@given(TABLES)
def test_units_that_only_one_has_judged_change_nothing(table: list[list[str]]) -> None:
    assert counted([*table, ["a"], []]).alpha() == counted(table).alpha()
    assert counted([*table, ["a"], []]).units == counted(table).units


@FEW
@given(TABLES)
def test_it_is_one_less_the_ratio_of_observed_to_expected_disagreement(table: list[list[str]]) -> None:
    """Hold it against the definition, pair by pair."""
    pairable = [values for values in table if len(values) > 1]
    every = [value for values in pairable for value in values]
    expected = sum(one != other for one in every for other in every)
    found = counted(table)
    if not expected:
        assert found.alpha() is None
        return
    observed = sum(
        Fraction(sum(one != other for one in values for other in values), len(values) - 1)
        for values in pairable
    )
    assert found.alpha() == float(1 - Fraction(len(every) - 1, expected) * observed)


def test_nothing_to_pair_has_no_alpha() -> None:
    for table in ([], [["a"]], [["a"], ["b"], []]):
        found = counted(table)
        assert (found.alpha(), found.undefined, found.n) == (None, "no_pairs", 0)


# Over HTTP.

PATH = "/v1/agreement"
STATUSES = {"a": "little_evidence", "b": "unclear", "c": "difficult_to_independently_verify"}


def judged(newsroom: Newsroom, judges: Sequence[Caller], table: Sequence[str], **claim: object) -> list[int]:
    """Let each judge say what stands in his row of a table of letters; gives the claims' numbers."""
    ids = [
        newsroom.claim(text=f"Statement {place}.", published=False, **claim)["id"]
        for place in range(len(table[0]))
    ]
    for judge, row in zip(judges, table, strict=True):
        for claim_id, letter in zip(ids, row, strict=True):
            if letter != ".":
                said = judge.post(f"/v1/claims/{claim_id}/verdicts", {**VERDICT, "status": STATUSES[letter]})
                assert said.status_code == 201
    return ids


def test_the_address_answers_with_all_and_with_each_two(newsroom: Newsroom) -> None:
    second = newsroom.hire("Second", "reviewer")
    table = ("aabbc.", "aabac.", "..bb.b")
    judged(newsroom, (newsroom.reviewer, newsroom.editor, second), table)
    # Whoever has only judged what nobody else did is not compared.
    newsroom.claim(text="Another.")
    assert newsroom.admin.post("/v1/claims/7/verdicts", VERDICT).status_code == 201
    found = newsroom.reader.get(PATH).json
    whole = counted(units(table))
    assert found["overall"] == {
        "reviewers": 3,
        "claims": 5,
        "n": 12,
        "alpha": round(whole.alpha() or 0, 3),
        "note": "It rests on 5 claims only; a few more could move it a good deal.",
    }
    shown = [
        ([who["name"] for who in pair["reviewers"]], pair["claims"], pair["alike"], pair["alpha"])
        for pair in found["pairs"]
    ]
    assert shown == [
        (["Reviewer", "Editor"], 5, 4, round(counted(units(table[:2])).alpha() or 0, 3)),
        (["Reviewer", "Second"], 2, 2, None),
        (["Editor", "Second"], 2, 1, 0.0),
    ]
    assert "the same status" in found["pairs"][1]["note"]


def test_only_verdicts_that_stand_count_and_rulings_as_their_editors(newsroom: Newsroom) -> None:
    judged(newsroom, (newsroom.reviewer, newsroom.editor), ("ab", "ba"))
    assert newsroom.reader.get(PATH).json["pairs"][0]["alike"] == 0
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": "unclear"})
    newsroom.editor.post("/v1/claims/2/rulings", {**VERDICT, "status": "unclear"})
    assert newsroom.reader.get(PATH).json["pairs"][0]["alike"] == 2
    then = newsroom.editor.get("/v1/log/head").json["seq"]
    (last,) = newsroom.reader.get("/v1/claims/2/verdicts").json["items"][-1:]
    newsroom.editor.post(f"/v1/verdicts/{last['id']}/retraction", {"reason": "A slip."})
    # Nor does the verdict count that the retracted one had superseded.
    (pair,) = newsroom.reader.get(PATH).json["pairs"]
    assert (pair["claims"], pair["alike"]) == (1, 1)
    (pair,) = newsroom.reader.get(f"{PATH}?as_of=seq:{then}").json["pairs"]
    assert (pair["claims"], pair["alike"]) == (2, 2)
    (pair,) = newsroom.reader.get(f"{PATH}?as_of=seq:{then - 2}").json["pairs"]
    assert (pair["claims"], pair["alike"]) == (2, 0)


def test_it_can_be_narrowed(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/stories", {"slug": "bridge", "title": "The bridge"})
    (inside,) = judged(newsroom, (newsroom.reviewer, newsroom.editor), ("a", "b"), story="bridge")
    newsroom.claim(text="Another.")
    for judge in (newsroom.reviewer, newsroom.editor):
        judge.post(f"/v1/claims/{inside + 1}/verdicts", VERDICT)
    assert newsroom.reader.get(PATH).json["overall"]["claims"] == 2
    narrowed = newsroom.reader.get(f"{PATH}?story=bridge").json
    assert (narrowed["story"], narrowed["overall"]["claims"], narrowed["pairs"][0]["alike"]) == (
        "bridge",
        1,
        0,
    )
    head = newsroom.reader.get("/v1/log/head").json["seq"]
    assert newsroom.reader.get(f"{PATH}?story=bridge&as_of=seq:{head}").json == narrowed
    given = newsroom.reader.get(f"/v1/claims/{inside + 1}").json["verdicts"][0]["at"]
    assert newsroom.reader.get(f"{PATH}?since={given}").json["overall"]["claims"] == 1
    none = newsroom.reader.get(f"{PATH}?story=nothing").json
    assert (none["overall"]["alpha"], none["pairs"]) == (None, [])
    assert "nothing to compare" in none["overall"]["note"]


def test_enough_claims_need_no_warning(newsroom: Newsroom) -> None:
    judged(newsroom, (newsroom.reviewer, newsroom.editor), ("ab" * (FEW_CLAIMS // 2),) * 2)
    assert newsroom.reader.get(PATH).json["overall"] == {
        "reviewers": 2,
        "claims": FEW_CLAIMS,
        "n": 2 * FEW_CLAIMS,
        "alpha": 1.0,
        "note": None,
    }


def test_people_can_paste_it(newsroom: Newsroom) -> None:
    judged(newsroom, (newsroom.reviewer, newsroom.editor), ("abc", "abb"))
    told = "It rests on 3 claims only; a few more could move it a good deal."
    assert newsroom.reader.get(f"{PATH}.csv").text.splitlines() == [
        "reviewer_id,reviewer,other_id,other,claims,alike,n,alpha,note",
        f",all,,,3,,6,0.545,{told}",
        f"2,Reviewer,3,Editor,3,2,6,0.545,{told}",
    ]
    assert newsroom.reader.get(f"{PATH}.txt").text.splitlines() == [
        "Agreement between reviewers (Krippendorff's alpha, nominal)",
        f"All reviewers (2): alpha 0.545, from 6 verdicts on 3 claims. {told}",
        f"Reviewer and Editor: alpha 0.545, alike on 2 of 3 claims. {told}",
    ]


@pytest.mark.parametrize("query", ["since=yesterday", "story=No Slug", "as_of=seq:999", "reviewer=1"])
def test_what_is_wrong_is_refused(newsroom: Newsroom, query: str) -> None:
    assert newsroom.reader.get(f"{PATH}?{query}").status_code == 400


def test_it_needs_a_token(newsroom: Newsroom) -> None:
    for form in ("", ".csv", ".txt"):
        assert_problem(newsroom.anonymous.get(PATH + form), 401, "UNAUTHENTICATED")
