"""Standing: what the verdicts on a claim amount to.

A pure function of verdicts. A verdict stands if it is its reviewer's newest and is
not retracted; retracting it does not raise the one it had superseded, because
nobody has said that one anew. None stands: unreviewed. The newest ruling that stands
decides; without one, the newest verdict, or the majority where a desk is set so
(the newest among those that tie). Verdicts that stand and say otherwise make the
claim contested and are named.

Opinions on verdicts decide nothing and make no claim contested: whoever found something
else says so by a verdict. Who disagrees with the deciding verdict is named all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from factcheck.vocabulary import UNREVIEWED

_DISAGREEING = ("strongly_disagree", "disagree")


@dataclass(frozen=True)
class Given:
    """A verdict, as far as standing needs it.

    `seq` and `retracted_seq` are places in the desk's log and give the order: clocks
    may jump, the log does not. `at` and `retracted_at` are the moments shown to readers.
    """

    id: int
    seq: int
    reviewer: int
    status: str
    at: str
    ruling: bool = False
    retracted_at: str | None = None
    retracted_seq: int | None = None


@dataclass(frozen=True)
class Opined:
    """A reviewer's opinion on another's verdict, as far as dissent needs it."""

    id: int
    seq: int
    verdict: int
    reviewer: int
    opinion: str


@dataclass(frozen=True)
class Standing:
    """What a claim's verdicts amount to, and why."""

    status: str
    since: str | None
    rule: str
    decided_by: int | None
    contested: bool
    agree: int
    differ: int
    dissent: tuple[int, ...]
    counts: dict[str, int]


def standing(verdicts: Iterable[Given], rule: str = "newest") -> Standing:
    """Decide a claim's standing.

    Args:
        verdicts: all that were ever given on it, in any order.
        rule: "newest" or "majority"; used where no ruling stands.

    Returns:
        The status, since when it has held without a break, which verdict decided
        and by which rule, how many standing verdicts agree and differ, and the
        count of each status among them.
    """
    said = tuple(verdicts)
    those = standing_verdicts(said)
    decider, how = _decide(those, rule)
    status = decider.status if decider else UNREVIEWED
    dissent = tuple(verdict.id for verdict in those if verdict.status != status)
    return Standing(
        status=status,
        since=_since(said, rule),
        rule=how,
        decided_by=decider.id if decider else None,
        contested=bool(dissent),
        agree=len(those) - len(dissent),
        differ=len(dissent),
        dissent=dissent,
        counts=dict(sorted(Counter(verdict.status for verdict in those).items())),
    )


def standing_verdicts(verdicts: Iterable[Given]) -> list[Given]:
    """Keep each reviewer's newest verdict unless it is retracted, oldest first."""
    newest: dict[int, Given] = {}
    for verdict in sorted(verdicts, key=_place):
        newest.pop(verdict.reviewer, None)
        newest[verdict.reviewer] = verdict
    return [verdict for verdict in newest.values() if verdict.retracted_at is None]


def standing_opinions(opinions: Iterable[Opined]) -> list[Opined]:
    """Keep each reviewer's newest opinion on each verdict."""
    newest = {(given.verdict, given.reviewer): given for given in sorted(opinions, key=_place)}
    return list(newest.values())


def dissenting_opinions(
    found: Standing, verdicts: Iterable[Given], opinions: Iterable[Opined]
) -> frozenset[int]:
    """Give the opinions that disagree with the deciding verdict, of those whose verdict does not say so."""
    by_verdict = {verdict.reviewer for verdict in verdicts if verdict.id in found.dissent}
    return frozenset(
        given.id
        for given in standing_opinions(opinions)
        if given.verdict == found.decided_by
        and given.opinion in _DISAGREEING
        and given.reviewer not in by_verdict
    )


def superseded_by(verdicts: Iterable[Given]) -> dict[int, int]:
    """Say, for each verdict whose reviewer spoke again, which verdict took its place."""
    successor: dict[int, int] = {}
    last: dict[int, int] = {}
    for verdict in sorted(verdicts, key=_place):
        if verdict.reviewer in last:
            successor[last[verdict.reviewer]] = verdict.id
        last[verdict.reviewer] = verdict.id
    return successor


def _place(said: Given | Opined) -> int:
    return said.seq


def _decide(those: Sequence[Given], rule: str) -> tuple[Given | None, str]:
    rulings = [verdict for verdict in those if verdict.ruling]
    if rulings:
        return rulings[-1], "ruling"
    if not those:
        return None, "none"
    if rule == "newest":
        return those[-1], "newest"
    counts = Counter(verdict.status for verdict in those)
    most = max(counts.values())
    return [verdict for verdict in those if counts[verdict.status] == most][-1], "majority"


def _since(said: Sequence[Given], rule: str) -> str | None:
    """Replay what was said, in order, and note when the present status began."""
    steps = [(given.seq, given.at, given) for given in said]
    steps += [
        (given.retracted_seq, given.retracted_at, given)
        for given in said
        if given.retracted_seq is not None and given.retracted_at is not None
    ]
    newest: dict[int, Given] = {}
    status: str = UNREVIEWED
    since: str | None = None
    for seq, at, given in sorted(steps, key=lambda step: step[0]):
        if seq == given.seq:
            newest.pop(given.reviewer, None)
            newest[given.reviewer] = given
        elif newest.get(given.reviewer) is given:
            # A retracted verdict keeps its reviewer's place empty until he speaks again.
            del newest[given.reviewer]
        decider, _ = _decide(list(newest.values()), rule)
        after = decider.status if decider else UNREVIEWED
        if after != status:
            status, since = after, at
    return since
