"""Corrections: a record for readers whenever a published claim is said to be something else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db import history, log
from db.rows import insert
from factcheck.vocabulary import UNREVIEWED
from factcheck.wording import spoken
from factcheck.workflow.acting import Act

# A claim is another one if these change; all else is said about it.
ITS_OWN_WORDS = ("text", "claimant", "claimed_on", "figure")
# Where a figure belongs, and how it was printed, is said about it.
_ABOUT_A_FIGURE = ("within", "as_published")
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Because:
    """Why a claim is shown anew, for readers who were told something else.

    Args:
        kind: of the correction; if nobody said, what the deciding verdict rests on tells.
        reason: if none is given, what the deciding verdict says.
        words: which of its own words were changed.
        again: whether it is published again, after readers had not seen it for a while.
    """

    kind: str | None = None
    reason: str | None = None
    words: tuple[str, ...] = ()
    again: bool = False


def correct_if_due(act: Act, content: Content, because: Because | None) -> bool:
    """Record a correction if readers were told another status or other words; say whether they were.

    A first verdict corrects nothing: that nobody had looked yet was no finding.

    Args:
        content: of the claim, as it will be read.
        because: None if nothing was said on the claim: only the desk's rule can move it then.
    """
    if content["stage"] != "published":
        return False
    told, now = history.last_published(act.db, content["id"]), content["standing"]["status"]
    if told is None:
        return False
    why = because or Because("rule_changed", _rule(act))
    moved = told.status not in (UNREVIEWED, now)
    words = _other_words(act, content, told.seq) if why.again else why.words
    if not moved and not words:
        return False
    decider = _decider(content)
    kind = why.kind or (_kind(content, decider) if moved else "claim_changed")
    reason = why.reason or (
        decider.get("rationale") if moved else f"Changed: {', '.join(map(spoken, words))}."
    )
    correction_id = insert(
        act.db,
        "corrections",
        {
            "seq": act.seq,
            "claim_id": content["id"],
            "text": content["text"],
            "kind": kind,
            "from_status": told.status,
            "to_status": now,
            "reason": reason or "No verdict stands any more.",
            "corrected_at": act.at,
            "corrected_by": act.actor.id,
        },
    )
    act.render("corrections", correction_id)
    return True


def words_changed(changes: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Give which of a claim's own words a change, from what to what, makes other ones."""
    return tuple(
        name
        for name in ITS_OWN_WORDS
        if name in changes
        and (name != "figure" or _quantity(changes[name]["from"]) != _quantity(changes[name]["to"]))
    )


def _rule(act: Act) -> str:
    return f"The desk decides by the {act.settings.standing_rule} verdict where no ruling stands."


def _other_words(act: Act, content: Content, seq: int) -> tuple[str, ...]:
    """Give which of a claim's own words are others than after a line of the log."""
    then = log.version(act.db, "claims", content["id"], seq)
    was, now = _own_words(json.loads(then.body) if then else content), _own_words(content)
    return tuple(name for name in ITS_OWN_WORDS if was[name] != now[name])


def _own_words(content: Content) -> Content:
    # Whoever is called otherwise is still the one who said it.
    return {**content, "claimant": content["claimant"]["id"], "figure": _quantity(content["figure"])}


def _quantity(figure: Content | None) -> Content | None:
    # A text of an older version lacks what later ones also tell.
    return figure and {name: value for name, value in figure.items() if name not in _ABOUT_A_FIGURE}


def _decider(content: Content) -> dict[str, Any]:
    decided_by = content["standing"]["decided_by"]
    return next((verdict for verdict in content["verdicts"] if verdict["id"] == decided_by), {})


def _kind(content: Content, decider: Mapping[str, Any]) -> str:
    if not decider:
        return "error"
    earlier = {
        source
        for verdict in content["verdicts"]
        if verdict["id"] < decider["id"]
        for source in verdict["sources"]
    }
    return "new_evidence" if set(decider["sources"]) - earlier else "error"
