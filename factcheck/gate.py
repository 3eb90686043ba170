"""The gate: what a desk asks of a claim before it publishes it.

A pure function of the claim as it is shown, of the origins that stand behind it, and of who
publishes it. Every requirement is judged, whether the desk asks for it or not, and each says in words
why it is met or what is to be done. What a claim gives no occasion for is met: a claim without a
status on the truth scale needs no origins, and one that nothing refutes no quote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from factcheck.vocabulary import REQUIREMENTS
from factcheck.wording import plural

Content = Mapping[str, Any]

# Kinds of sources that may be the thing itself, and not only tell of it.
_FIRST_HAND: Final = ("document", "dataset", "image", "statement", "witness")
_AGREEING: Final = ("agree", "strongly_agree")
_SAYS: Final = {"supports": "support", "refutes": "refute", "both": "support or refute"}


@dataclass(frozen=True)
class Origins:
    """How many independent origins stand on a side, those of the claimant left out.

    `unconfirmed` are those among them of which nobody has said that they are own reporting.
    """

    count: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class Requirement:
    """Something that a desk may ask for: whether it is met, and why, or what to do."""

    name: str
    met: bool
    why: str


def asked_for(setting: str) -> frozenset[str]:
    """Read which requirements a desk asks for: names with commas between, or none."""
    return frozenset() if setting == "none" else frozenset(each.strip() for each in setting.split(","))


def side_of(rating: int | None) -> str | None:
    """Say which side's origins a rating rests on: supports, refutes, or both; None without a rating."""
    if rating is None:
        return None
    return "both" if rating == 3 else "supports" if rating > 3 else "refutes"


def judged(
    content: Content, origins: Origins, wanted: int, publisher: Mapping[str, Any] | None = None
) -> list[Requirement]:
    """Judge a claim by every requirement, in the order of the vocabulary.

    Args:
        content: of the claim, as it is shown.
        origins: behind the side that its rating is about, see side_of.
        wanted: how many origins a rating needs; 0 asks for none.
        publisher: id and name of who publishes it, if somebody is about to.
    """
    found = {
        "verdict": _verdict(content),
        "independent_origins": _independent_origins(content, origins, wanted),
        "primary_source": _primary_source(content),
        "quote_for_refuting": _quote_for_refuting(content),
        "second_reader": _second_reader(content, publisher),
        "both_sides": _both_sides(content),
    }
    return [Requirement(name, *found[name]) for name in REQUIREMENTS]


_Found = tuple[bool, str]


def _verdict(content: Content) -> _Found:
    decider = _decider(content)
    if decider is None:
        return False, "No verdict stands. Give one."
    retracted = sorted(
        {each["source"]["id"] for each in content["sources"] if each["source"]["retraction"]}
        & set(decider["sources"])
    )
    if retracted:
        return (
            False,
            f"The verdict that decides rests on source {retracted[0]}, which was retracted. Give it anew.",
        )
    return True, "A verdict stands."


def _independent_origins(content: Content, origins: Origins, wanted: int) -> _Found:
    side = side_of(content["standing"]["rating"])
    if side is None:
        return True, "Its status has no place on the truth scale, so no origins are asked for."
    if not wanted:
        return True, "This desk asks for no number of origins."
    verb = _SAYS[side].replace(" or ", "s or ") + "s" if origins.count == 1 else _SAYS[side]
    noun = plural(origins.count, "independent origin")
    has = f"{origins.count or 'No'} {noun} besides the claimant {verb} it"
    confirmed = origins.count - origins.unconfirmed
    if confirmed >= wanted:
        return True, f"{has}; {wanted} are asked for."
    what = "one that does" if wanted - confirmed == 1 else f"{wanted - confirmed} that do"
    more = _unconfirmed(origins.unconfirmed)
    return False, f"{has}, and {wanted} are asked for.{more} Attach {what} not lead back to the same."


def _unconfirmed(count: int) -> str:
    # What may be a reprint of what is there already is no second origin yet.
    if not count:
        return ""
    which = "1 does not count yet" if count == 1 else f"{count} do not count yet"
    return f" {which}: nobody has said by original: yes that it is own reporting."


def _primary_source(content: Content) -> _Found:
    side = side_of(content["standing"]["rating"])
    against = {"supports": "refutes", "refutes": "supports"}.get(side or "")
    for each in _attached(content):
        source = each["source"]
        # One that says the opposite is no primary source for what is said of the claim.
        if each["stance"] == against:
            continue
        if source["kind"] in _FIRST_HAND and source["original"] == "yes":
            return True, f"Source {source['id']} is first-hand: {source['kind']}, marked as original."
    return False, (
        "No document, dataset, image, statement or witness that is marked as original is attached. Attach "
        "one, or mark one that is by original: yes."
    )


def _quote_for_refuting(content: Content) -> _Found:
    refuting = [each for each in _attached(content) if each["stance"] == "refutes"]
    if not refuting:
        return True, "No source refutes it."
    quoted = {each["source"]["id"] for each in refuting if each["quote"]}
    unquoted = sorted({each["source"]["id"] for each in refuting} - quoted)
    if not unquoted:
        return True, "Each source that refutes it is quoted."
    which = f"Source {unquoted[0]} refutes" if len(unquoted) == 1 else f"Sources {_and(unquoted)} refute"
    return False, f"{which} it without a quote. Attach what says so again, with its words."


def _second_reader(content: Content, publisher: Mapping[str, Any] | None) -> _Found:
    decider = _decider(content)
    if decider is None:
        return True, "No verdict stands that somebody else could read."
    author = decider["by"]
    agreeing = [
        verdict["by"]
        for verdict in content["verdicts"]
        if verdict["stands"] and verdict["status"] == decider["status"]
    ]
    agreeing += [
        opinion["by"]
        for opinion in decider["opinions"]
        if opinion["stands"] and opinion["opinion"] in _AGREEING
    ]
    for who in agreeing:
        if who["id"] != author["id"]:
            return True, f"{who['name']} agrees with the verdict of {author['name']}."
    if publisher is not None and publisher["id"] != author["id"]:
        return True, f"{publisher['name']}, who publishes it, has read the verdict of {author['name']}."
    return False, (
        f"Nobody but {author['name']} has judged it so. Let somebody else give a verdict or an opinion that "
        "agrees, or let another editor publish it."
    )


def _both_sides(content: Content) -> _Found:
    looked = {each["stance"] for each in _attached(content)}
    for verdict in content["verdicts"]:
        if verdict["stands"]:
            looked |= set(verdict["looked_for"])
    missing = [stance for stance in ("supports", "refutes") if stance not in looked]
    if not missing:
        return True, "Evidence for it and against it is there, or was looked for."
    which = " or ".join(missing)
    return False, (
        f"Nothing that {which} it is attached, and no verdict says that it was looked for. Attach some, or "
        "name it in looked_for of a verdict."
    )


def _attached(content: Content) -> list[Content]:
    """Leave out what was taken back from the claim, and sources that were retracted themselves."""
    return [
        each
        for each in content["sources"]
        if each["withdrawal"] is None and each["source"]["retraction"] is None
    ]


def _decider(content: Content) -> Content | None:
    decided_by = content["standing"]["decided_by"]
    return next((verdict for verdict in content["verdicts"] if verdict["id"] == decided_by), None)


def _and(numbers: list[int]) -> str:
    *rest, last = map(str, numbers)
    return f"{', '.join(rest)} and {last}"
