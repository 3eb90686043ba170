"""Links between claims → families: what each claim is to one of them, through however many links.

A link is read as: the claim is <kind> the other. What says the same as something narrower is narrower,
and so is what is narrower than it; but what is narrower than something broader may be anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Final, NamedTuple

from factcheck.vocabulary import LINK_INVERSES

SAME: Final = "same"
# What each kind of link makes a claim to the other one.
RELATION_OF: Final = {
    "same_as": SAME,
    "translation_of": SAME,
    "original_of": SAME,
    "narrower": "narrower",
    "broader": "broader",
    "contradicts": "contradicts",
    "newer_figure_of": "newer",
    "older_figure_of": "older",
}
RELATIONS: Final = tuple(dict.fromkeys(RELATION_OF.values()))
_TRANSITIVE: Final = ("narrower", "broader", "newer", "older")
# What a claim can't be to another one besides. A newer figure may well contradict the older one.
_EXCLUDES: Final = {
    SAME: ("narrower", "broader", "contradicts", "newer", "older"),
    "narrower": (SAME, "broader", "contradicts"),
    "broader": (SAME, "narrower", "contradicts"),
    "contradicts": (SAME, "narrower", "broader"),
    "newer": (SAME, "older"),
    "older": (SAME, "newer"),
}


class Link(NamedTuple):
    """A link: the claim is <kind> the other."""

    id: int
    claim: int
    kind: str
    other: int

    def turned(self) -> Link:
        """Give the same link as it is read from the other claim."""
        return Link(self.id, self.other, LINK_INVERSES[self.kind], self.claim)


class Family:
    """What claims are to one of them, each by the shortest way; the order of the links changes nothing."""

    def __init__(self, claim: int, links: Iterable[Link]) -> None:
        """Follow all links from a claim.

        Args:
            claim: of whose family is asked.
            links: that hold, among which are all that lead to the family.
        """
        to: dict[int, set[Link]] = defaultdict(set)
        for link in links:
            to[link.other].add(link)
            to[link.claim].add(link.turned())
        self._claim = claim
        # By claim and relation: the link by which it was reached, and the relation of what it leads to.
        self._reached: dict[tuple[int, str], tuple[Link, str] | None] = {(claim, SAME): None}
        nearest = [(claim, SAME)]
        while nearest:
            further: dict[tuple[int, str], tuple[Link, str]] = {}
            for other, relation in nearest:
                for link in to[other]:
                    composed = _composed(RELATION_OF[link.kind], relation)
                    here = (link.claim, composed or "")
                    if composed is None or here in self._reached:
                        continue
                    further[here] = min(further.get(here, (link, relation)), (link, relation))
            nearest = sorted(further)
            self._reached.update((here, further[here]) for here in nearest)

    def related(self, relation: str) -> list[int]:
        """Give the claims that are this to the one asked for, nearest first."""
        return [claim for claim, found in self._reached if found == relation and claim != self._claim]

    def relations(self, claim: int) -> list[str]:
        """Give all that a claim is to the one asked for."""
        return [relation for relation in RELATIONS if (claim, relation) in self._reached]

    def path(self, claim: int, relation: str) -> list[Link]:
        """Give the links by which a claim is this, from it to the one asked for."""
        path: list[Link] = []
        step = self._reached[claim, relation]
        while step is not None:
            link, rest = step
            path.append(link)
            step = self._reached[link.other, rest]
        return path


def contradiction(new: Link, links: Iterable[Link]) -> list[Link] | None:
    """Give the links by which a claim is something that it can't be besides what a new link says.

    Args:
        new: the link that is to hold from now on.
        links: those that hold already.
    """
    held = list(links)
    for link in held:
        if new.kind == "translation_of" and (link.claim, link.kind, link.other) == (
            new.other,
            new.kind,
            new.claim,
        ):
            return [link]
    family = Family(new.other, held)
    for relation in family.relations(new.claim):
        if relation in _EXCLUDES[RELATION_OF[new.kind]]:
            return family.path(new.claim, relation)
    return _contradiction_further_off(new, held)


def _contradiction_further_off(new: Link, held: list[Link]) -> list[Link] | None:
    """Give the links by which a third claim would become two things at once to the new link's other one."""
    family = Family(new.other, [*held, new])
    for claim in sorted({link.claim for link in held} | {link.other for link in held}):
        for one, other in combinations(family.relations(claim), 2):
            if other not in _EXCLUDES[one]:
                continue
            steps = [*family.path(claim, one), *family.path(claim, other)]
            if new.id in {step.id for step in steps}:
                return [step for step in steps if step.id != new.id]
    return None


def _composed(first: str, second: str) -> str | None:
    """Say what a claim is to a third one, if it is the first to another, which is the second to that."""
    if SAME in (first, second):
        return second if first == SAME else first
    return first if first == second and first in _TRANSITIVE else None
