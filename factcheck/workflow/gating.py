"""Whether a claim may be published: what stands behind it, and what this desk asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factcheck.gate import Origins, Requirement, asked_for, judged, side_of
from factcheck.settings import Settings
from factcheck.wording import folded

Content = Mapping[str, Any]


def requirements(
    content: Content, settings: Settings, publisher: Mapping[str, Any] | None = None
) -> list[Requirement]:
    """Judge a claim by every requirement.

    Args:
        content: of the claim, as it is shown.
        publisher: id and name of who publishes it, if somebody is about to.
    """
    side = side_of(content["standing"]["rating"])
    origins = _origins(content, side) if side and settings.origins else Origins()
    return judged(content, origins, settings.origins, publisher)


def unmet(content: Content, settings: Settings, publisher: Mapping[str, Any]) -> list[Requirement]:
    """Give what this desk asks for and the claim does not meet, if he publishes it."""
    asked = asked_for(settings.publish_requires)
    if not asked:
        return []
    found = requirements(content, settings, publisher)
    return [each for each in found if each.name in asked and not each.met]


def readiness(content: Content, settings: Settings) -> dict[str, Any]:
    """Say of a claim whether it is ready to be published, and why."""
    asked = asked_for(settings.publish_requires)
    found = requirements(content, settings)
    return {
        "claim": content["id"],
        "ready": all(each.met for each in found if each.name in asked),
        "requirements": [{**vars(each), "asked": each.name in asked} for each in found],
    }


def _origins(content: Content, side: str) -> Origins:
    """Count the sources of a side that are not known to repeat another, but for the claimant's own."""
    claimant = folded(content["claimant"]["name"])
    origins = {
        each["source"]["id"]: each["source"]["original"]
        for each in content["sources"]
        if each["withdrawal"] is None
        and each["stance"] in (("supports", "refutes") if side == "both" else (side,))
        and each["source"]["original"] != "no"
        and folded((each["source"]["outlet"] or {}).get("name") or "") != claimant
    }
    return Origins(len(origins), sum(original == "unknown" for original in origins.values()))
