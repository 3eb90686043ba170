"""What verdicts amount to: a pure function, held against a replay that is written otherwise."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.standing import (
    Given,
    Opined,
    dissenting_opinions,
    standing,
    standing_opinions,
    standing_verdicts,
    superseded_by,
)
from factcheck.vocabulary import OPINIONS

STATUSES = ("false", "mixed", "verified", "unclear")
RULES = st.sampled_from(("newest", "majority"))


def at(seq: int) -> str:
    return f"2024-01-01T00:00:{seq:02}.000Z"


def verdict(seq: int, reviewer: int, status: str, *, ruling: bool = False, retracted: int = 0) -> Given:
    return Given(
        id=seq,
        seq=seq,
        reviewer=reviewer,
        status=status,
        at=at(seq),
        ruling=ruling,
        retracted_at=at(retracted) if retracted else None,
        retracted_seq=retracted or None,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Given]:
    """Give what a desk could record: verdicts and retractions, each at a place of its own in the log."""
    said: list[Given] = []
    for seq in range(1, draw(st.integers(0, 14)) + 1):
        retractable = [index for index, each in enumerate(said) if each.retracted_seq is None]
        if retractable and draw(st.integers(0, 3)) == 0:
            index = draw(st.sampled_from(retractable))
            said[index] = replace(said[index], retracted_at=at(seq), retracted_seq=seq)
        else:
            reviewer, status = draw(st.integers(1, 4)), draw(st.sampled_from(STATUSES))
            said.append(verdict(seq, reviewer, status, ruling=draw(st.integers(0, 4)) == 0))
    return said


def as_of(said: list[Given], seq: int) -> list[Given]:
    """Give the history as it was when the log ended with this line."""
    return [
        each if (each.retracted_seq or 0) <= seq else replace(each, retracted_at=None, retracted_seq=None)
        for each in said
        if each.seq <= seq
    ]


def status_by_the_book(said: list[Given], rule: str) -> str:
    """Decide as the design words it, without a thought for speed."""
    stand = [
        each
        for each in said
        if each.retracted_at is None
        and not any(other.reviewer == each.reviewer and other.seq > each.seq for other in said)
    ]
    if not stand:
        return "unreviewed"
    if any(each.ruling for each in stand):
        return max((each for each in stand if each.ruling), key=lambda each: each.seq).status
    if rule == "newest":
        return max(stand, key=lambda each: each.seq).status
    votes = Counter(each.status for each in stand)
    newest = {each.status: each.seq for each in sorted(stand, key=lambda each: each.seq)}
    return max(votes, key=lambda status: (votes[status], newest[status]))


def since_by_the_book(said: list[Given], rule: str) -> str | None:
    """Ask at every line of the log what stood then, and go back to where today's status began."""
    last = max([0, *(each.seq for each in said), *(each.retracted_seq or 0 for each in said)])
    statuses = [status_by_the_book(as_of(said, seq), rule) for seq in range(last + 1)]
    began = last
    while began and statuses[began - 1] == statuses[last]:
        began -= 1
    return at(began) if began else None


def test_it_works() -> None:
    found = standing([verdict(1, 1, "false"), verdict(2, 2, "mixed")])
    assert (found.status, found.decided_by, found.rule, found.since) == ("mixed", 2, "newest", at(2))
    assert (found.contested, found.agree, found.differ, found.dissent) == (True, 1, 1, (1,))
    assert found.counts == {"false": 1, "mixed": 1}


def test_nothing_said_is_unreviewed() -> None:
    found = standing([])
    assert (found.status, found.since, found.decided_by, found.rule) == ("unreviewed", None, None, "none")
    assert (found.contested, found.agree, found.differ, found.counts) == (False, 0, 0, {})


@given(histories(), RULES, st.randoms(use_true_random=False))
def test_order_does_not_matter(said: list[Given], rule: str, chance: random.Random) -> None:
    mixed = chance.sample(said, len(said))
    assert standing(mixed, rule) == standing(said, rule) == standing(iter(said), rule)


@given(histories(), RULES)
def test_it_decides_as_the_design_says(said: list[Given], rule: str) -> None:
    assert standing(said, rule).status == status_by_the_book(said, rule)


@given(histories(), RULES)
def test_since_is_what_a_replay_finds(said: list[Given], rule: str) -> None:
    assert standing(said, rule).since == since_by_the_book(said, rule)


@given(histories(), RULES)
def test_it_explains_itself(said: list[Given], rule: str) -> None:
    found, stand = standing(said, rule), {each.id: each for each in standing_verdicts(said)}
    assert found.agree + found.differ == len(stand) == sum(found.counts.values())
    assert found.contested == (found.differ > 0)
    assert set(found.dissent) == {id_ for id_, each in stand.items() if each.status != found.status}
    if found.decided_by is None:
        assert (stand, found.status, found.rule) == ({}, "unreviewed", "none")
    else:
        assert stand[found.decided_by].status == found.status
        assert (found.rule == "ruling") == any(each.ruling for each in stand.values())
        assert found.counts[found.status] == found.agree


@given(histories(), RULES)
def test_a_retracted_verdict_changes_the_standing_as_if_its_reviewer_were_silent(
    said: list[Given], rule: str
) -> None:
    heard = [each for each in said if each.id in {one.id for one in standing_verdicts(said)}]
    assert standing(heard, rule).status == standing(said, rule).status


@given(histories())
def test_each_verdict_but_a_reviewers_newest_is_superseded(said: list[Given]) -> None:
    successor = superseded_by(said)
    for each in said:
        later = [other.id for other in said if other.reviewer == each.reviewer and other.seq > each.seq]
        assert successor.get(each.id) == min(later, default=None)


@given(histories(), RULES, st.data())
def test_who_disagrees_is_named_once(said: list[Given], rule: str, data: st.DataObject) -> None:
    """Hold the opinions that dissent against the words of the rule; their order does not matter."""
    verdicts = st.sampled_from([each.id for each in said] or [1])
    given_ = [
        Opined(
            seq, seq, data.draw(verdicts), data.draw(st.integers(1, 5)), data.draw(st.sampled_from(OPINIONS))
        )
        for seq in range(1, data.draw(st.integers(0, 8)) + 1)
    ]
    found = standing(said, rule)
    named = dissenting_opinions(found, said, reversed(given_))
    differ = {each.reviewer for each in said if each.id in found.dissent}
    for opinion in given_:
        later = [
            other
            for other in given_
            if (other.verdict, other.reviewer) == (opinion.verdict, opinion.reviewer)
            and other.seq > opinion.seq
        ]
        disagrees = opinion.opinion in ("disagree", "strongly_disagree")
        about_it = opinion.verdict == found.decided_by and opinion.reviewer not in differ
        assert (opinion.id in named) == (not later and disagrees and about_it)
        assert (opinion in standing_opinions(given_)) == (not later)


def test_a_ruling_decides_over_newer_verdicts() -> None:
    found = standing([verdict(1, 1, "false", ruling=True), verdict(2, 2, "mixed"), verdict(3, 3, "mixed")])
    assert (found.status, found.rule, found.dissent) == ("false", "ruling", (2, 3))


def test_an_editor_who_speaks_again_as_a_reviewer_gives_up_the_ruling() -> None:
    found = standing([verdict(1, 1, "false", ruling=True), verdict(2, 2, "mixed"), verdict(3, 1, "unclear")])
    assert (found.status, found.rule) == ("unclear", "newest")


def test_retraction_does_not_raise_the_superseded() -> None:
    found = standing([verdict(1, 1, "false"), verdict(2, 1, "mixed", retracted=3)])
    assert (found.status, found.since, found.counts) == ("unreviewed", at(3), {})


def test_retracting_what_is_superseded_changes_nothing() -> None:
    found = standing([verdict(1, 1, "false", retracted=3), verdict(2, 1, "mixed")])
    assert (found.status, found.since, found.decided_by) == ("mixed", at(2), 2)


@pytest.mark.parametrize(("rule", "status"), [("newest", "mixed"), ("majority", "false")])
def test_the_rule_is_a_choice(rule: str, status: str) -> None:
    found = standing([verdict(1, 1, "false"), verdict(2, 2, "false"), verdict(3, 3, "mixed")], rule)
    assert (found.status, found.rule) == (status, rule)


def test_the_newest_breaks_a_tie() -> None:
    found = standing([verdict(1, 1, "false"), verdict(2, 2, "mixed")], "majority")
    assert (found.status, found.decided_by) == ("mixed", 2)


def test_the_same_said_again_does_not_move_since() -> None:
    found = standing([verdict(1, 1, "false"), verdict(2, 2, "false"), verdict(3, 1, "false")])
    assert (found.since, found.decided_by) == (at(1), 3)


def test_the_log_gives_the_order_when_a_clock_jumps_back() -> None:
    late = replace(verdict(2, 2, "mixed"), at=at(0))
    assert standing([verdict(1, 1, "false"), late]).status == "mixed"
