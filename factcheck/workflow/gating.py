"""Whether a claim may be published: what stands behind it, and what this desk asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import Database
from factcheck.gate import Origins, Requirement, asked_for, judged, side_of
from factcheck.settings import Settings
from factcheck.workflow.tracing import Traced

Content = Mapping[str, Any]


def requirements(
    db: Database, content: Content, settings: Settings, publisher: Mapping[str, Any] | None = None
) -> list[Requirement]:
    """Judge a claim by every requirement.

    Args:
        db: in one snapshot, of which the content is.
        content: of the claim, as it is shown.
        publisher: id and name of who publishes it, if somebody is about to.
    """
    side = side_of(content["standing"]["rating"])
    origins = _origins(db, content["id"], settings, side) if side and settings.origins else Origins()
    return judged(content, origins, settings.origins, publisher)


def unmet(
    db: Database, content: Content, settings: Settings, publisher: Mapping[str, Any]
) -> list[Requirement]:
    """Give what this desk asks for and the claim does not meet, if he publishes it."""
    asked = asked_for(settings.publish_requires)
    if not asked:
        return []
    found = requirements(db, content, settings, publisher)
    return [each for each in found if each.name in asked and not each.met]


def readiness(db: Database, content: Content, settings: Settings) -> dict[str, Any]:
    """Say of a claim whether it is ready to be published, and why."""
    asked = asked_for(settings.publish_requires)
    published = _publication(content)
    found = requirements(db, content, settings, _publisher(content, published))
    return {
        "claim": content["id"],
        "text": content["text"],
        "stage": content["stage"],
        "override_reason": published["override_reason"] if published else None,
        "ready": all(each.met for each in found if each.name in asked),
        "requirements": [{**vars(each), "asked": each.name in asked} for each in found],
    }


def _publication(content: Content) -> Content | None:
    """Give the step by which a claim is published now."""
    step: Content | None = content["stages"][-1] if content["stage"] == "published" else None
    return step


def _publisher(content: Content, published: Content | None) -> Content | None:
    """Give who published a claim, if he could read the verdict that decides."""
    decided_by = content["standing"]["decided_by"]
    decided_at = next((each["at"] for each in content["verdicts"] if each["id"] == decided_by), "")
    publisher: Content | None = published["by"] if published and decided_at <= published["at"] else None
    return publisher


def _origins(db: Database, claim_id: int, settings: Settings, side: str) -> Origins:
    stances = ("supports", "refutes") if side == "both" else (side,)
    found = Traced(db, claim_id, settings.public_url, sides={side: stances}).by_stance[side]
    # An outlet in the claimant's hand may be unconfirmed, too, and isn't counted.
    return Origins(found.beyond_claimant, min(found.unconfirmed, found.beyond_claimant))
