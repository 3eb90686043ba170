"""Which claims say the same: what is seen, asked and ranked."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.matching.asked import asked
from factcheck.matching.commonness import IMAGINED, counted
from factcheck.matching.doubt import may_be_likely, may_be_same
from factcheck.matching.features import NAMES, Likeness
from factcheck.matching.numbers import Number
from factcheck.matching.ranking import Candidate, ranked, rarity
from factcheck.matching.seen import Passage, Seen, seen


def content(text: str, title: str | None = None, claimant: str = "the ministry") -> dict[str, Any]:
    """Give as much of a claim's representation as matching reads."""
    sources = [{"source": {"title": title}, "quote": None}] if title else []
    return {
        "text": text,
        "claimant": {"name": claimant},
        "claimed_on": None,
        "language": None,
        "figure": None,
        "sources": sources,
        "verdicts": [],
    }


def matched(question: str, *claims: str | dict[str, Any], **about: Any) -> list[Any]:
    """Hold a question against these claims, numbered from 1, as the desk does."""
    kept = [seen(each if isinstance(each, dict) else content(each)) for each in claims]
    question_ = asked(question, **about)
    counts = {term: sum(term in each.weights for each in kept) for term in question_.terms}
    total = max(1000, len(kept))
    candidates = [
        Candidate(
            number,
            sum(each.weights.get(term, 0) * rarity(counts[term], total) for term in question_.terms),
            each.text,
        )
        for number, each in enumerate(kept, 1)
    ]
    candidates.sort(key=lambda candidate: -candidate.score)
    return ranked(question_, candidates, counts, total)


def test_it_works() -> None:
    first, second = matched(
        "The ministry says 164 people were killed in the unrest",
        "164 people were killed in the unrest.",
        "Supplies of the ministry are secured.",
    )
    assert (first.claim_id, first.same) == (1, "yes")
    assert second.same == "related"
    assert first.score > second.score


def test_another_figure_is_never_the_same() -> None:
    (match,) = matched("225 people were killed in the unrest", "164 people were killed in the unrest.")
    assert match.same == "related"


def test_what_is_kept_is_read_again() -> None:
    kept = seen(content("Nearly 6,000 people were not released.", "Arrests", "Health Ministry"))
    assert Seen.read(kept.text) == kept


CONTRADICTIONS = [
    (
        "225 killed in Kazakhstan's unrest",
        "164 people were killed in the unrest in Kazakhstan.",
        "other_figure",
    ),
    ("More than 40 killed in Kazakhstan", "164 people were killed in Kazakhstan.", "other_figure"),
    ("70% of voters stayed at home", "60 percent of voters stayed at home.", "other_figure"),
    (
        "$80 million bounty on the president",
        "A bounty of $8 million on the president",
        "other_figure",
    ),
    ("The earth is not flat", "The earth is flat.", "one_denies_it"),
    (
        "The army is NOT calling people up",
        "The army is calling people up.",
        "one_denies_it",
    ),
    ("The minister resigned on Friday", "The minister did not resign on Friday.", "one_denies_it"),
    (
        "United will not be charging for bin space",
        "United begins charging for bin space.",
        "one_denies_it",
    ),
]


@pytest.mark.parametrize(("question", "claim", "kind"), CONTRADICTIONS)
def test_what_contradicts_is_related_and_says_why(question: str, claim: str, kind: str) -> None:
    (match,) = matched(question, claim)
    assert match.same == "related"
    assert kind in {each["kind"] for each in match.why}


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("In January 2022, 164 people were killed in Kazakhstan", "164 people were killed in Kazakhstan."),
        ("On May 4 the 44th president resigned", "The 44th president resigned on 5 May 2019."),
        ("Nearly 6,000 arrested in Kazakhstan", "5,800 people were arrested in Kazakhstan."),
        ("The earth is not flat", "The earth is not flat."),
        ("He is not only late, he is fired", "He is late and he is fired."),
        ("COVID-19 vaccines alter DNA", "Vaccines against COVID-20 alter human DNA."),
    ],
)
def test_what_does_not_contradict_is_not_taken_for_it(question: str, claim: str) -> None:
    (match,) = matched(question, claim)
    assert not {"other_figure", "one_denies_it"} & {each["kind"] for each in match.why}


def test_a_rationale_that_denies_the_claim_is_no_contradiction() -> None:
    claim = content("The earth is flat.") | {"verdicts": [{"rationale": "The earth is not flat."}]}
    (match,) = matched("The earth is flat", claim)
    assert match.same == "yes"


def test_it_is_said_why() -> None:
    (match,) = matched(
        "164 killed in the unrest — Health Ministry (@health)",
        content("164 people were killed in the unrest.", claimant="Health Ministry")
        | {"claimed_on": "2022-01-09"},
        date="2022-01-11",
    )
    why = {each["kind"]: each for each in match.why}
    assert [each["word"] for each in why["shared_words"]["words"]]
    assert 0 < sum(each["weight"] for each in why["shared_words"]["words"]) <= 1.01
    assert why["same_figure"]["said"] == "both say 164"
    assert why["dates_near"]["said"] == "said within 2 days of each other"
    assert "same_claimant" in why


def test_a_date_changes_no_score() -> None:
    plain = matched("the unrest in Almaty", content("Unrest in Almaty") | {"claimed_on": "2022-01-09"})
    dated = matched(
        "the unrest in Almaty", content("Unrest in Almaty") | {"claimed_on": "2022-01-09"}, date="2022-01-09"
    )
    assert plain[0].score == dated[0].score


def test_a_claim_is_found_by_its_headline_too() -> None:
    question = "Did 122 prisoners return to the battlefield?"
    text = "Detainees who were released have taken up arms again."
    (other, bare), (titled, _) = (
        matched(question, "Prisoners are fed well.", text),
        matched(
            question, content(text, "Did 122 Prisoners Return to the Battlefield?"), "Prisoners are fed well."
        ),
    )
    assert titled.claim_id == 1
    assert titled.score > max(other.score, bare.score)


words = st.sampled_from(["vaccine", "unrest", "killed", "minister", "arrests", "164", "225", "not", "Almaty"])
claims_said = st.lists(words, min_size=1, max_size=12).map(" ".join)


@given(claims_said, st.lists(claims_said, min_size=1, max_size=90))
@settings(max_examples=30, deadline=None)
def test_scores_fall_with_the_place_and_are_chances(question: str, claims: list[str]) -> None:
    found = matched(question, *claims)
    scores = [each.score for each in found]
    assert len(found) == len(claims)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert {each.same for each in found} <= {"yes", "likely", "related"}


def test_hundred_long_claims_are_quick() -> None:
    claims = [f"{number} people of the ministry were killed in it, word{number}" for number in range(100)]
    begun = time.process_time()
    matched("164 people were killed in the unrest, the ministry says " + "and more " * 200, *claims)
    assert time.process_time() - begun < 0.5


def likeness(shared: str, passage: float = 0.5) -> Likeness:
    values = [0.0] * len(NAMES)
    values[NAMES.index("passage")] = passage
    return Likeness(values, frozenset(shared.split()), Passage(("bridge", "close", "three", "day")))


@pytest.mark.parametrize(
    ("text", "shared", "passage", "same", "likely"),
    [
        ("the bridge closed for days", "bridge close day", 0.5, True, True),
        ("the bridge closed for days", "bridge close day", 0.1, False, True),
        ("the bridge closed", "bridge close", 0.5, False, True),
        ("the bridge", "bridge", 0.5, False, False),
        ("the bridge closed for 9 days, 4 nights", "bridge close day", 0.5, False, True),
        ("the bridge closed for 3 days, 4 nights", "bridge close day 3", 0.5, True, True),
    ],
)
def test_too_little_in_common_leaves_a_doubt(
    text: str, shared: str, passage: float, same: bool, likely: bool
) -> None:
    claim = Seen((Passage(("bridge", "close", "day", "3")),), numbers=(Number(3.0),))
    alike = likeness(shared, passage)
    assert may_be_same(asked(text), claim, alike, None) is same
    assert may_be_likely(alike, None) is likely


def test_common_words_are_known_before_anybody_counts() -> None:
    stems = asked("The president says zyxwvut").terms
    found = counted(stems, {"zyxwvut": 2})
    assert found["zyxwvut"] == 2
    assert min(found[stem] for stem in stems if stem != "zyxwvut") >= 0.02 * IMAGINED


def test_a_twin_takes_nothing_from_a_claim() -> None:
    text = "Seventeen ferries sank off the northern harbour."
    kept = Seen((Passage(asked(text).stems),)).text
    taken, rare = asked(text), dict.fromkeys(asked(text).terms, 2)
    one, other = (Candidate(number, 9_000.0, kept) for number in (1, 2))
    alone = ranked(taken, [one], rare, 20_000)[0].score
    assert [round(each.score, 6) for each in ranked(taken, [one, other], rare, 20_000)] == [
        round(alone, 6)
    ] * 2
