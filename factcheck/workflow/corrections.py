"""Corrections: a record for readers whenever a published claim is said to be something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.rows import Row, insert
from factcheck.vocabulary import UNREVIEWED
from factcheck.workflow.acting import Act
from factcheck.workflow.shown import show_claim

# A claim is another one if these change; all else is said about it.
ITS_OWN_WORDS = ("text", "claimant", "claimed_on", "figure")
Content = dict[str, Any]


def status_told(claim: Row) -> str | None:
    """Give the status that readers see in a claim's row, or None if they see none."""
    return claim["status"] if claim["stage"] == "published" else None


def show_corrected(
    act: Act, claim_id: int, told: str | None, kind: str | None = None, reason: str | None = None
) -> Content:
    """Render a claim after an act, with a correction if readers had been told another status.

    A first verdict corrects nothing: that nobody had looked yet was no finding.

    Args:
        told: the status that readers were last told, or None.
        kind: why it is another now; if nobody said, what the deciding verdict rests on tells.
        reason: for the readers; if none is given, what the deciding verdict says.
    """
    content = show_claim(act, claim_id)
    if told in (None, UNREVIEWED, content["standing"]["status"]):
        return content
    decider = _decider(content)
    return _corrected(
        act,
        content,
        told,
        kind or _why(content, decider),
        reason or decider.get("rationale") or "No verdict stands any more.",
    )


def show_reworded(act: Act, claim: Row, changed: Mapping[str, Any], reason: str | None) -> Content:
    """Render a claim after it was revised, with a correction if readers knew it in other words."""
    content = show_claim(act, claim["id"])
    own = [name for name in ITS_OWN_WORDS if name in changed]
    told = status_told(claim)
    if told is None or not own:
        return content
    changed_fields = ", ".join(own).replace("_", " ")
    return _corrected(act, content, told, "claim_changed", reason or f"Changed: {changed_fields}.")


def _corrected(act: Act, content: Content, told: str | None, kind: str, reason: str) -> Content:
    correction_id = insert(
        act.db,
        "corrections",
        {
            "seq": act.seq,
            "claim_id": content["id"],
            "text": content["text"],
            "kind": kind,
            "from_status": told,
            "to_status": content["standing"]["status"],
            "reason": reason,
            "corrected_at": act.at,
            "corrected_by": act.actor.id,
        },
    )
    act.render("corrections", correction_id)
    return show_claim(act, content["id"])


def _decider(content: Content) -> dict[str, Any]:
    decided_by = content["standing"]["decided_by"]
    return next((verdict for verdict in content["verdicts"] if verdict["id"] == decided_by), {})


def _why(content: Content, decider: Mapping[str, Any]) -> str:
    earlier = {
        source
        for verdict in content["verdicts"]
        if verdict["id"] != decider.get("id")
        for source in verdict["sources"]
    }
    return "new_evidence" if set(decider.get("sources", ())) - earlier else "error"
