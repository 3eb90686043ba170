"""Which claims say the same: what is seen, asked and ranked."""

from __future__ import annotations

from typing import Any

from factcheck.matching.asked import asked
from factcheck.matching.ranking import Candidate, ranked, rarity
from factcheck.matching.seen import Seen, seen


def content(text: str, title: str | None = None, claimant: str = "the ministry") -> dict[str, Any]:
    """Give as much of a claim's representation as matching reads."""
    sources = [{"source": {"title": title}, "quote": None}] if title else []
    return {
        "text": text,
        "claimant": {"name": claimant},
        "claimed_on": None,
        "language": None,
        "figure": None,
        "sources": sources,
        "verdicts": [],
    }


def matched(question: str, *claims: str | dict[str, Any], **about: Any) -> list[Any]:
    """Hold a question against these claims, numbered from 1, as the desk does."""
    kept = [seen(each if isinstance(each, dict) else content(each)) for each in claims]
    question_ = asked(question, **about)
    counts = {term: sum(term in each.weights for each in kept) for term in question_.terms}
    total = max(1000, len(kept))
    candidates = [
        Candidate(
            number,
            sum(each.weights.get(term, 0) * rarity(counts[term], total) for term in question_.terms),
            each.text,
        )
        for number, each in enumerate(kept, 1)
    ]
    candidates.sort(key=lambda candidate: -candidate.score)
    return ranked(question_, candidates, counts, total)


def test_it_works() -> None:
    first, second = matched(
        "The ministry says 164 people were killed in the unrest",
        "164 people were killed in the unrest.",
        "Supplies of the ministry are secured.",
    )
    assert (first.claim_id, first.same) == (1, "yes")
    assert second.same == "related"
    assert first.score > second.score


def test_another_figure_is_never_the_same() -> None:
    (match,) = matched("225 people were killed in the unrest", "164 people were killed in the unrest.")
    assert match.same == "related"


def test_what_is_kept_is_read_again() -> None:
    kept = seen(content("Nearly 6,000 people were not released.", "Arrests", "Health Ministry"))
    assert Seen.read(kept.text) == kept
