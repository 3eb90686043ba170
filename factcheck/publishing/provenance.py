"""What stands behind a claim, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.vocabulary import STANCES
from factcheck.wording import counted, plural

Content = Mapping[str, Any]

_OF_AN_ORIGIN = ("source", "name", "title", "outlet", "url", "original", "claimant", "protected")
_SAID = {"supports": "Supporting", "refutes": "Refuting", "context": "Context"}


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each origin, and for each source that leads to none.

    Origins that name the same hand in `counts_with` count once.
    """
    yield "stance", "role", *_OF_AN_ORIGIN, "counts_with", "reached_by", "reached_by_total"
    for stance in STANCES:
        owners = {
            source: same["owner"] for same in content[stance]["same_owner"] for source in same["origins"]
        }
        for origin in content[stance]["origins"]:
            shown = {**origin, "title": origin["title"] or origin["described_as"]}
            yield (
                stance,
                "origin",
                *(shown[key] for key in _OF_AN_ORIGIN),
                owners.get(origin["source"])
                or origin["outlet"]
                or origin["name"]
                or f"source {origin['source']}",
                " ".join(map(str, origin["reached_by"])),
                origin["reached_by_total"],
            )
        for role, sources in _without_origin(content[stance]):
            for source in sources:
                yield stance, role, source, *[None] * (len(_OF_AN_ORIGIN) + 2)


def _without_origin(behind: Content) -> Iterator[tuple[str, Sequence[int]]]:
    yield "unknown", behind["unknown"]
    for circle in behind["circles"]:
        yield "circle", circle
    yield "circular", [each["source"] for each in behind["circular"]]
    yield "retracted", [each["source"] for each in behind["retracted"]]


def text(content: Content) -> str:
    """Write what was counted in sentences, with a line for each origin."""
    lines = [f"Claim {content['claim']}"]
    for stance in STANCES:
        lines += _stance(_SAID[stance], content[stance])
    return "".join(f"{line}\n" for line in lines)


def _stance(said: str, behind: Content) -> Iterator[str]:
    if not behind["sources"]:
        yield f"{said}: no source."
        return
    of = f"{counted(behind['sources'], 'source')} of {counted(behind['outlets'], 'outlet')}"
    yield f"{said}: {of}, {_origins(behind)}."
    for origin in behind["origins"]:
        yield f"  - {_called(origin)}, by {_reached(origin)}"
    for same in behind["same_owner"]:
        of = " and ".join(same["outlets"])
        yield f"  {len(same['origins'])} origins count once, in one hand ({same['owner']}): {of}."
    if behind["unknown"]:
        yield f"  Of unknown origin: {_sources(behind['unknown'])}."
    for circle in behind["circles"]:
        yield f"  They cite one another in a circle: {_sources(circle)}."
    for circular in behind["circular"]:
        yield f"  {circular['detail']}"
    for retracted in behind["retracted"]:
        yield f"  Retracted: source {retracted['source']}, by {_reached(retracted)}."


def _origins(behind: Content) -> str:
    """Say how many origins there are, and which of them is the claimant himself."""
    if behind["independent_origins"] and not behind["beyond_claimant"]:
        return "1 origin: the claimant himself, and nobody independent of him"
    beyond = counted(behind["beyond_claimant"], "independent origin")
    unconfirmed = f" ({behind['unconfirmed']} unconfirmed)" if behind["unconfirmed"] else ""
    himself = (
        ", and the claimant himself" if behind["independent_origins"] > behind["beyond_claimant"] else ""
    )
    return f"{beyond}{unconfirmed}{himself}"


def _called(origin: Content) -> str:
    if origin["source"] is None:
        return f"{origin['name']}, the claimant"
    called = origin["title"] or origin["described_as"] or origin["url"] or "untitled"
    outlet = f", {origin['outlet']}" if origin["outlet"] else ""
    return f"{called}{outlet}{' (the claimant)' if origin['claimant'] else ''}, source {origin['source']}"


def _reached(place: Content) -> str:
    more = place["reached_by_total"] - len(place["reached_by"])
    return f"{_sources(place['reached_by'])}{f' and {more} more' if more else ''}"


def _sources(numbers: Sequence[int]) -> str:
    return f"{plural(len(numbers), 'source')} {', '.join(map(str, numbers))}"
