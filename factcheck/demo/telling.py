"""Who works at the demo desk, and how its cases are written down."""

from __future__ import annotations

from typing import Any

REVIEWER, SECOND, EDITOR = "Demo reviewer", "Demo second reviewer", "Demo editor"
ROLES = {REVIEWER: "reviewer", SECOND: "reviewer", EDITOR: "editor"}


def chain(*names: str) -> list[dict[str, str]]:
    """Write a chain of two to four stations with their roles."""
    roles = {2: ("origin", "publisher"), 3: ("origin", "relay", "publisher")}
    roles[4] = ("origin", "relay", "venue", "publisher")
    return [{"role": role, "name": name} for role, name in zip(roles[len(names)], names, strict=True)]


def verdict(
    who: str, status: str, rationale: str, confidence: str, **more: Any
) -> tuple[str, dict[str, Any]]:
    """Write a verdict and who gives it."""
    return who, {"status": status, "rationale": rationale, "confidence": confidence, **more}
