"""The figures of a story: beside one another for readers, and what a new one does to the others."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

from db import Database
from db.figures import claims_with_figures, figures_in_other_units, figures_of_origin, is_marked
from factcheck.errors import Conflict, Invalid
from factcheck.figures import (
    Bounds,
    Figure,
    Series,
    compare_figures,
    name_key,
    origin_of,
    same_name,
    supersessions,
)
from factcheck.workflow.acting import Act
from factcheck.workflow.rendering import is_for_everybody
from factcheck.workflow.reviews import mark_for_review
from schemas.claim import ShownFigureSchema
from schemas.shown import picker, plain_number

# How words become bounds, for whoever reads the answer without the documents at hand.
NOTE: Final = (
    'Bounds are derived from words: "about" is taken as 10 % to either side, "nearly" as the last 10 % '
    "before the value. No figure is chosen and none are added up."
)

_stated = picker(ShownFigureSchema)
# What of a claim decides what its figure supersedes, and by which it is superseded.
_DECIDING = ("figure", "story", "claimed_on", "chain", "claimant", "stage")


def figures_beside_one_another(
    db: Database,
    story_id: int,
    *,
    measure: str | None = None,
    scope: str | None = None,
    as_of: int | None = None,
    public_only: bool = False,
) -> dict[str, Any]:
    """Compose the figures of a story, without its name.

    Args:
        measure, scope: if only that is wanted.
        as_of: the line of the log after which they are wanted, if not now.
        public_only: whether only what is published may be told.
    """
    told, withdrawn = {}, 0
    for claim in claims_with_figures(db, story_id, measure, as_of):
        if claim["stage"] == "withdrawn":
            withdrawn += not public_only or is_for_everybody("claims", claim)
        elif not public_only or claim["stage"] == "published":
            told[claim["id"]] = claim
            if "within" not in claim["figure"]:
                # It is of an older version.
                claim["figure"] = _stated({"within": None, "as_published": None, **claim["figure"]})
    found = compare_figures(_figure_of(claim) for claim in told.values())
    series = [each for each in found.series if scope is None or same_name(each.scope, scope)]
    shown = {figure.claim for each in series for figure in each.figures}
    parts = [part for part in found.parts if part.part in shown or part.whole in shown]
    return {
        "seq": as_of,
        "note": NOTE,
        "withdrawn": withdrawn,
        "series": [_series(each, told) for each in series],
        "parts": [vars(part) for part in parts],
        "parts_total": found.parts_total if scope is None else len(parts),
    }


def _figure_of(claim: Mapping[str, Any]) -> Figure:
    """Take from a claim's text what can be compared."""
    return stated_figure(claim["id"], claim["figure"], claim["claimed_on"], origin_of(claim))


def _series(series: Series, told: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    successors = {step.claim: step.by for step in series.supersessions}
    return {
        "measure": series.measure,
        "scope": series.scope,
        "units": list(series.units),
        "unit_clash": series.unit_clash,
        "figures": [
            _in_series(figure, told[figure.claim], successors.get(figure.claim)) for figure in series.figures
        ],
        "agreements": [
            {
                "claims": list(group.claims),
                "count": group.count,
                "bounds": _bounds(group.bounds),
                "same_time": group.same_time,
                "origins": group.origins,
            }
            for group in series.agreements
        ],
        "supersessions": [vars(step) for step in series.supersessions],
        "conflicts": [vars(pair) for pair in series.conflicts],
        "conflicts_total": series.conflicts_total,
    }


def _in_series(figure: Figure, claim: Mapping[str, Any], successor: int | None) -> dict[str, Any]:
    stated = claim["figure"]
    return {
        "claim": figure.claim,
        "as_published": stated["as_published"] or claim["text"],
        "stated": stated,
        "bounds": _bounds(figure.bounds),
        "qualifier": figure.qualifier,
        "unit": figure.unit,
        "as_of": figure.as_of or figure.claimed_on,
        "claimant": claim["claimant"],
        "chain": [link["name"] for link in claim["chain"]],
        "status": claim["status"],
        "rating": claim["rating"],
        "stage": claim["stage"],
        "superseded_by": successor,
    }


def _bounds(bounds: Bounds) -> dict[str, Any]:
    return {
        "low": plain_number(bounds.low),
        "high": plain_number(bounds.high),
        "low_open": bounds.low_open,
        "high_open": bounds.high_open,
    }


def stated_figure(claim: int, figure: Mapping[str, Any], claimed_on: str | None, origin: str) -> Figure:
    """Make of what a claim says what can be compared.

    Args:
        origin: the name of whom it comes from, or its key.
    """
    return Figure(
        claim=claim,
        measure=figure["measure"],
        origin=origin,
        qualifier=figure["qualifier"],
        value=figure["value"],
        low=figure["low"],
        high=figure["high"],
        unit=figure["unit"],
        scope=figure["scope"],
        within=figure["within"],
        as_of=figure["as_of"],
        claimed_on=claimed_on,
    )


def refuse_unit_clash(
    act: Act, slug: str | None, figure: Mapping[str, Any] | None, pointer: str, claim_id: int | None = None
) -> None:
    """Refuse a figure that its story counts in another unit, before anything is changed for it.

    Args:
        slug: of the story.
        pointer: to what would have to be another for it to fit.
        claim_id: of the claim that states it, if it is there already.

    Raises:
        Invalid: a claim of the story counts the same measure in another unit.
    """
    clash = _unit_clash(act, slug, figure, claim_id)
    if clash:
        told, unit = clash
        same = "Leave its unit out" if unit is None else f"Count it in {unit}"
        detail = f"{told} {same}, or give what is counted another measure."
        raise Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])


def refuse_reopened_clash(
    act: Act, slug: str | None, figure: Mapping[str, Any] | None, claim_id: int
) -> None:
    """Refuse to open a claim again whose story counts its figure in another unit by now; raises Conflict."""
    clash = _unit_clash(act, slug, figure, claim_id)
    if clash:
        raise Conflict(f"{clash[0]} Change that one, or withdraw it, before this one is opened again.")


def settle_figure(act: Act, content: Mapping[str, Any], changed: Container[str]) -> dict[str, Any]:
    """Hold a claim's figure against those of its story, and mark what it leaves to be reviewed.

    Args:
        content: of the claim, as it will be read.
        changed: what of it this act says.

    Returns:
        What the act's line tells of it.
    """
    compared = content["figure"] is not None and content["story"] is not None
    return _mark_superseded(act, content) if compared and any(name in changed for name in _DECIDING) else {}


def _unit_clash(
    act: Act, slug: str | None, figure: Mapping[str, Any] | None, own_id: int | None
) -> tuple[str, str | None] | None:
    """Say which other claim of the story counts the same in another unit, and give that unit."""
    if figure is None or slug is None:
        return None
    measure, own = figure["measure"], figure["unit"]
    for claim_id, unit in figures_in_other_units(act.db, slug, measure, own):
        if claim_id != own_id and not same_name(unit, own):
            told = f"Claim {claim_id} of this story counts {measure} {_in(unit)}, and this one {_in(own)}."
            return told, unit
    return None


def _in(unit: str | None) -> str:
    return "without a unit" if unit is None else f"in {unit}"


def _mark_superseded(act: Act, content: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the claims whose figures a later one of the same origin supersedes since this act.

    Each is marked once for the same successor, and not where it is called outdated already.

    Returns:
        The claims that were marked, and which one's figure supersedes this one, for the act's line.
    """
    figure, origin = _figure_of(content), name_key(origin_of(content))
    statuses = {figure.claim: content["standing"]["status"]}
    series = []
    for row in figures_of_origin(act.db, content["story"]["slug"], figure.measure, origin):
        comparable = same_name(row["scope"], figure.scope) and same_name(row["unit"], figure.unit)
        if comparable and row["claim_id"] != figure.claim:
            series.append(stated_figure(row["claim_id"], row, row["claimed_on"], origin))
            statuses[row["claim_id"]] = row["status"]
    superseded_before = {step.claim for step in supersessions(series)}
    marked = {
        step.claim: step.by
        for step in supersessions([*series, figure])
        if step.claim not in superseded_before
        and statuses[step.claim] != "outdated"
        and not is_marked(act.db, step.claim, step.by)
    }
    for claim_id, by in marked.items():
        mark_for_review(act, claim_id, "figure_superseded", by_claim_id=by)
    told: dict[str, Any] = {"marked": list(marked)} if marked else {}
    return {**told, "superseded_by": marked[figure.claim]} if figure.claim in marked else told
