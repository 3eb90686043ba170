"""What matches a text, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.wording import spoken

Content = Mapping[str, Any]

_COLUMNS = (
    "place",
    "claim",
    "score",
    "same",
    "text",
    "claimant",
    "claimed_on",
    "status",
    "rating",
    "stage",
    "why",
)


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each claim, the likeliest first."""
    yield _COLUMNS
    for place, each in enumerate(content["items"], 1):
        claim = each["claim"]
        standing = claim.get("standing") or {}
        yield (
            place,
            claim.get("id"),
            each["score"],
            each["same"],
            claim.get("text"),
            (claim.get("claimant") or {}).get("name"),
            claim.get("claimed_on"),
            standing.get("status"),
            standing.get("rating"),
            claim.get("stage"),
            _why(each),
        )


def text(content: Content) -> str:
    """Say whether it was checked, and write two lines for each claim."""
    checked = content["checked"]
    lines = ["No claim that has a verdict says the same."]
    if checked:
        contested = ", contested" if checked["contested"] else ""
        lines = [f"Checked: claim {checked['claim']}, {spoken(checked['status'])}{contested}."]
    for place, each in enumerate(content["items"], 1):
        claim = each["claim"]
        status = spoken((claim.get("standing") or {}).get("status", ""))
        name = (claim.get("claimant") or {}).get("name", "")
        lines.append(
            f"{place}. {_SAME[each['same']]} ({each['score']:.2f}): claim {claim.get('id', '')} ({status}), "
            f"{name}: {' '.join(claim.get('text', '').split())}"
        )
        lines.append(f"   {_why(each)}")
    return "".join(f"{line}\n" for line in lines)


_SAME = {"yes": "The same", "likely": "Likely the same", "related": "Related"}


def _why(each: Content) -> str:
    return "; ".join(why["said"] for why in each["why"])
