"""Agreement between reviewers, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Content = Mapping[str, Any]


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for all reviewers, and one for each two."""
    yield "reviewer_id", "reviewer", "other_id", "other", "claims", "alike", "n", "alpha", "note"
    overall = content["overall"]
    yield None, "all", None, None, overall["claims"], None, overall["n"], overall["alpha"], overall["note"]
    for pair in content["pairs"]:
        both = [value for who in pair["reviewers"] for value in (who["id"], who["name"])]
        yield *both, pair["claims"], pair["alike"], 2 * pair["claims"], pair["alpha"], pair["note"]


def text(content: Content) -> str:
    """Write a sentence for all reviewers, and one for each two."""
    overall = content["overall"]
    asked = [f"of the story {content['story']}" if content["story"] else ""]
    asked.append(f"verdicts since {content['since']}" if content["since"] else "")
    lines = [
        ", ".join(filter(None, ["Agreement between reviewers (Krippendorff's alpha, nominal)", *asked])),
        f"All reviewers ({overall['reviewers']}): {_alpha(overall)}, from {overall['n']} verdicts on "
        f"{overall['claims']} claims.{_note(overall)}",
    ]
    lines += [
        f"{' and '.join(who['name'] for who in pair['reviewers'])}: {_alpha(pair)}, alike on "
        f"{pair['alike']} of {pair['claims']} claims.{_note(pair)}"
        for pair in content["pairs"]
    ]
    return "".join(f"{line}\n" for line in lines)


def _alpha(found: Content) -> str:
    return "no alpha" if found["alpha"] is None else f"alpha {found['alpha']:.3f}"


def _note(found: Content) -> str:
    return f" {found['note']}" if found["note"] else ""
