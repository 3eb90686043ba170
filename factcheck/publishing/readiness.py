"""Whether a claim is ready to be published, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.wording import spoken

Content = Mapping[str, Any]


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each requirement."""
    yield "claim", "requirement", "asked", "met", "why"
    for each in content["requirements"]:
        yield content["claim"], each["name"], each["asked"], each["met"], each["why"]


def text(content: Content) -> str:
    """Write a line for each requirement, those that the desk asks for first."""
    lines = [f"Claim {content['claim']}: {' '.join(content['text'].split())}"]
    if content["override_reason"]:
        lines.append(f"Published below the gate: {content['override_reason']}")
    state = "It is published, and" if content["stage"] == "published" else "It"
    meets = "meets" if content["ready"] else "does not meet"
    lines.append(f"{state} {meets} what this desk asks for.")
    for each in sorted(content["requirements"], key=lambda each: not each["asked"]):
        asked = "" if each["asked"] else ", not asked for"
        name = spoken(each["name"])
        lines.append(f"{'met' if each['met'] else 'not met'}{asked}: {name}. {each['why']}")
    return "".join(f"{line}\n" for line in lines)
