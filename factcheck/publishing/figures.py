"""The figures of a story, as people paste them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from factcheck.figures import same_name
from factcheck.wording import spoken

Content = Mapping[str, Any]

_COLUMNS = (
    "measure",
    "scope",
    "claim",
    "as_of",
    "qualifier",
    "value",
    "low",
    "low_open",
    "high",
    "high_open",
    "unit",
    "claimant",
    "chain",
    "status",
    "rating",
    "stage",
    "superseded_by",
    "agrees_with",
    "conflicts_with",
    "part_of",
    "as_published",
)
_SPOKEN = {"exact": "", "about": "about ", "at_least": "at least ", "more_than": "more than "}
_SPOKEN |= {"nearly": "nearly ", "up_to": "up to "}


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each figure, with the numbers of the claims that it stands to in some way."""
    yield _COLUMNS
    wholes = _beside((part["part"], part["whole"]) for part in content["parts"])
    for series in content["series"]:
        agree = _beside(
            (one, other)
            for group in series["agreements"]
            for one in group["claims"]
            for other in group["claims"]
        )
        conflict = _beside(
            pair for each in series["conflicts"] for pair in (each["claims"], each["claims"][::-1])
        )
        for figure in series["figures"]:
            claim = figure["claim"]
            told = {
                **figure,
                **figure["bounds"],
                "measure": series["measure"],
                "scope": series["scope"],
                "value": figure["stated"]["value"],
                "claimant": figure["claimant"]["name"],
                "chain": " > ".join(figure["chain"]),
                "agrees_with": _listed(agree[claim] - {claim}),
                "conflicts_with": _listed(conflict[claim]),
                "part_of": _listed(wholes[claim]),
            }
            yield [told[name] for name in _COLUMNS]


def text(content: Content) -> str:
    """Write the series line by line, and below each how its figures stand to one another."""
    known = f" as known after line {content['seq']} of the log" if content["seq"] is not None else ""
    lines = [f"Figures of {content['story']['title']} ({content['story']['slug']}){known}", content["note"]]
    stated = {
        figure["claim"]: f"{_quantity(figure)} ({_of(series)}, claim {figure['claim']})"
        for series in content["series"]
        for figure in series["figures"]
    }
    for series in content["series"]:
        lines += ["", _of(series), *_told_of_series(series)]
    if content["parts"]:
        lines += ["", "Parts"]
    for part in content["parts"]:
        one, other = (stated.get(claim, f"claim {claim}") for claim in (part["part"], part["whole"]))
        lines.append(f"  {one} within {other}{'' if part['fits'] else ': does not fit, the part is larger'}")
    lines += _left_out(len(content["parts"]), content["parts_total"], "parts")
    if content["withdrawn"]:
        lines += ["", f"Left out, for they were withdrawn: {content['withdrawn']}"]
    return "".join(f"{line}\n" for line in lines)


def _told_of_series(series: Content) -> Iterator[str]:
    named = {
        figure["claim"]: f"{_quantity(figure)} (claim {figure['claim']})" for figure in series["figures"]
    }
    for figure in series["figures"]:
        status = spoken(figure["status"])
        said = f"{figure['as_of'] or 'undated'}: {_quantity(figure)}, {_way(figure)}"
        yield f"  {said} (claim {figure['claim']}, {figure['stage']}: {status})"
    if series["unit_clash"]:
        units = ", ".join(unit or "no unit" for unit in series["units"])
        yield f"  Not compared, for they are in different units: {units}"
    for group in series["agreements"]:
        time = "" if group["same_time"] else ", not of one time"
        more = _left_out_of(len(group["claims"]), group["count"])
        origins = "one origin" if group["origins"] == 1 else f"{group['origins']} origins"
        those = _listing([named[claim] for claim in group["claims"]])
        yield f"  Can all hold: {those}{more}, {origins}{time}"
    for step in series["supersessions"]:
        yield (
            f"  Superseded: {named[step['claim']]} by {named[step['by']]}, "
            f"{'both can hold' if step['agree'] else 'they differ'}"
        )
    for pair in series["conflicts"]:
        origin = ", of one origin" if pair["same_origin"] else ""
        one, other = (named[claim] for claim in pair["claims"])
        yield f"  Conflict: {one} against {other}{origin}"
    yield from _left_out(len(series["conflicts"]), series["conflicts_total"], "conflicts")


def _way(figure: Content) -> str:
    """Name who said it, and after him whom it came through, as far as that adds a name."""
    claimant, chain = figure["claimant"]["name"], figure["chain"]
    further = chain[1:] if chain and same_name(chain[0], claimant) else chain
    return f"{claimant}, by {' > '.join(further)}" if further else str(claimant)


def _of(series: Content) -> str:
    measure = spoken(series["measure"])
    return f"{measure}, {series['scope']}" if series["scope"] else measure


def _quantity(figure: Content) -> str:
    stated = figure["stated"]
    unit = f" {stated['unit']}" if stated["unit"] else ""
    return f"{_SPOKEN[stated['qualifier']]}{_number(stated)}{unit}"


def _number(stated: Content) -> str:
    value, low, high = (
        None if stated[name] is None else f"{stated[name]:,}" for name in ("value", "low", "high")
    )
    if value is not None:
        return value
    if low is not None and high is not None:
        return f"{low} to {high}"
    if stated["qualifier"] != "exact":
        return str(low or high)
    return f"{low} or more" if low is not None else f"{high} or less"


def _listing(named: Sequence[str]) -> str:
    return f"{', '.join(named[:-1])} and {named[-1]}"


def _left_out_of(listed: int, count: int) -> str:
    return f" and {count - listed:,} more" if count > listed else ""


def _left_out(listed: int, total: int, what: str) -> list[str]:
    return [f"  … and {total - listed:,} more {what}"] if total > listed else []


def _beside(pairs: Iterable[Sequence[int]]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return found


def _listed(claims: Iterable[int]) -> str:
    return " ".join(map(str, sorted(claims)))
