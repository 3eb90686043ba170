"""What a claim's figure does to those of its story: it may clash with them, and supersede some."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from db.figures import figures_of_story, is_marked
from db.rows import Row, insert
from factcheck.errors import Invalid
from factcheck.figures import Figure, same_name, successions
from factcheck.workflow.acting import Act

_OF_A_FIGURE = ("measure", "qualifier", "value", "low", "high", "unit", "scope", "within", "as_of")
# What of a claim decides what its figure supersedes, and by which it is superseded.
_DECIDING = ("figure", "story", "claimed_on", "chain", "claimant")


def stated_figure(claim: int, figure: Mapping[str, Any], claimed_on: str | None, origin: str) -> Figure:
    """Make of what a claim says what can be compared.

    Args:
        origin: the name of the first link of its chain, or of its claimant.
    """
    return Figure(
        claim, claimed_on=claimed_on, origin=origin, **{name: figure[name] for name in _OF_A_FIGURE}
    )


def settle_figure(act: Act, content: Mapping[str, Any], changed: Container[str]) -> dict[str, Any]:
    """Hold a claim's figure against those of its story, and mark what it leaves to be reviewed.

    Args:
        content: of the claim, as it will be read.
        changed: what of it this act says.

    Returns:
        What the act's line tells of it.

    Raises:
        Invalid: the story counts the same measure in another unit.
    """
    figure, story = content["figure"], content["story"]
    if figure is None or story is None or not any(name in changed for name in _DECIDING):
        return {}
    found = figures_of_story(act.db, story["slug"], figure["measure"])
    others = [row for row in found if row["claim_id"] != content["id"]]
    if "figure" in changed or "story" in changed:
        _refuse_another_unit(figure, others, "/figure/unit" if "figure" in changed else "/story")
    origin = (content["chain"] or [content["claimant"]])[0]["name"]
    mine = stated_figure(content["id"], figure, content["claimed_on"], origin)
    return _mark_superseded(act, mine, content["standing"]["status"], others)


def _refuse_another_unit(figure: Mapping[str, Any], others: Sequence[Row], pointer: str) -> None:
    for other in others:
        if _units_clash(figure["unit"], other["unit"]):
            detail = (
                f"Claim {other['claim_id']} of this story counts {figure['measure']} in {other['unit']}, and "
                f"this one in {figure['unit']}. Convert it, or give what is counted another measure."
            )
            raise Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])


def _units_clash(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and not same_name(one, other)


def _mark_superseded(act: Act, figure: Figure, status: str, others: Sequence[Row]) -> dict[str, Any]:
    """Mark the claims whose figures a later one of the same origin supersedes since this act.

    Each is marked once for the same successor, and not where it is called outdated already.

    Args:
        status: of the claim whose figure it is.

    Returns:
        The claims that were marked, and which one's figure supersedes this one, for the act's line.
    """
    statuses = {figure.claim: status, **{row["claim_id"]: row["status"] for row in others}}
    series = [
        stated_figure(row["claim_id"], row, row["claimed_on"], row["origin"])
        for row in others
        if same_name(row["scope"], figure.scope)
        and same_name(row["origin"], figure.origin)
        and not _units_clash(row["unit"], figure.unit)
    ]
    superseded_before = {step.claim for step in successions(series)}
    marked = {
        step.claim: step.by
        for step in successions([*series, figure])
        if step.claim not in superseded_before
        and statuses[step.claim] != "outdated"
        and not is_marked(act.db, step.claim, step.by)
    }
    for claim_id, by in marked.items():
        mark = {"reason": "figure_superseded", "by_claim_id": by, "marked_at": act.at}
        insert(act.db, "review_marks", {"seq": act.seq, "claim_id": claim_id, **mark})
    told: dict[str, Any] = {"marked": list(marked)} if marked else {}
    return {**told, "superseded_by": marked[figure.claim]} if figure.claim in marked else told
