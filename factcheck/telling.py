"""A line of the log in words: who did what, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from factcheck.wording import spoken

LONGEST_REASON = 200
MOST_CLAIMS_NAMED = 5
Changes = Mapping[str, Any]

# What a line of changes tells beside them.
_NOT_CHANGED = ("correction", "reason", "marked", "superseded_by")
_LINK_KINDS = {
    "same_as": "says the same as",
    "narrower": "is narrower than",
    "broader": "is broader than",
    "contradicts": "contradicts",
    "translation_of": "is a translation of",
    "original_of": "is the original of",
    "newer_figure_of": "is a newer figure of",
    "older_figure_of": "is an older figure of",
}
_STANCES = {"supports": "supports it", "refutes": "refutes it", "context": "gives context"}


def told(act: str, by: str, changes: Changes) -> str:
    """Tell what an act did, in one or two sentences.

    Args:
        act: its name, such as verdict:issue.
        by: the name of who acted.
        changes: as the line records them.

    Returns:
        Plain text; words that people wrote are cut where they are long.
    """
    known = _TOLD.get(act)
    what = known(changes) if known else f"did {act}"
    standing = changes.get("standing")
    moved = (
        f" The claim went from {spoken(standing['from'])} to {spoken(standing['to'])}." if standing else ""
    )
    end = "" if what.endswith(".") else "."
    return f"{by[:1].upper()}{by[1:]} {what}{end}{moved}{_to_be_reviewed(changes.get('marked', ()))}"


def why(changes: Changes) -> str | None:
    """Give the reason that somebody stated for an act, in full."""
    verdict = changes.get("verdict") or {}
    override = changes.get("override") or {}
    reason: str | None = changes.get("reason") or verdict.get("rationale") or override.get("reason")
    return reason


def said_of_link(kind: str) -> str:
    """Say what a claim is to another by a link between them: newer_figure_of → "is a newer figure of"."""
    return _LINK_KINDS[kind]


def _changed(what: str) -> Callable[[Changes], str]:
    def tell(changes: Changes) -> str:
        names = [name for name in changes if name not in _NOT_CHANGED]
        return f"changed {_and(names)} of {what}{_because(changes)}"

    return tell


def _to_be_reviewed(marked: Sequence[int]) -> str:
    if not marked:
        return ""
    if len(marked) > MOST_CLAIMS_NAMED:
        return f" {len(marked)} claims are to be reviewed again."
    those = f"Claims {_and([str(claim) for claim in marked])} are" if marked[1:] else f"Claim {marked[0]} is"
    return f" {those} to be reviewed again."


def _plainly(what: str) -> Callable[[Changes], str]:
    return lambda changes: f"{what}{_because(changes)}"


def _because(changes: Changes) -> str:
    reason = why(changes)
    return f": {_short(reason)}" if reason else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON].rstrip()}…"


def _and(names: list[str]) -> str:
    said = [spoken(name) for name in names]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


def _gave(how: str) -> Callable[[Changes], str]:
    return lambda changes: f"{how} {spoken(changes['verdict']['status'])}{_because(changes)}"


def _published(changes: Changes) -> str:
    override = changes.get("override")
    if not override:
        return f"published the claim{_because(changes)}"
    lacking = f"published the claim without {_and(override['unmet'])}: {_short(override['reason'])}"
    return f"{lacking} ({_short(changes['reason'])})" if changes["reason"] else lacking


_LINKED = {"suggested": "suggested", "confirmed": "recorded"}


def _linked(changes: Changes) -> str:
    return f"claim {changes['claim']} {said_of_link(changes['kind'])} claim {changes['other']}"


_TOLD: dict[str, Callable[[Changes], str]] = {
    "desk:found": _plainly("was founded"),
    "desk:upgrade": _plainly("wrote texts anew for a newer version of the desk; what they say is the same"),
    "desk:settle": _plainly("decided claims anew by its rule for standing"),
    "claim:add": _plainly("recorded the claim"),
    "claim:revise": _changed("the claim"),
    "claim:publish": _published,
    "claim:withdraw": _plainly("withdrew the claim"),
    "claim:reopen": _plainly("opened the claim again"),
    "claim:link": lambda changes: f"{_LINKED[changes['state']]} that {_linked(changes)}",
    "link:confirm": lambda changes: f"confirmed that {_linked(changes)}{_because(changes)}",
    "link:reject": lambda changes: f"rejected that {_linked(changes)}{_because(changes)}",
    "evidence:attach": lambda changes: f"attached a source that {_STANCES[changes['stance']]}",
    "evidence:withdraw": _plainly("took a source back from the claim"),
    "verdict:issue": _gave("gave the verdict"),
    "verdict:rule": _gave("ruled"),
    "verdict:retract": _plainly("retracted a verdict"),
    "opinion:give": lambda changes: (
        f"gave the opinion {spoken(changes['opinion'])} on a verdict{_because(changes)}"
    ),
    "review:plan": _plainly("planned when the claim is looked at again, and by whom"),
    "claimant:revise": _changed("the claimant"),
    "source:add": _plainly("recorded a source"),
    "source:revise": _changed("a source"),
    "source:retract": _plainly("marked a source as retracted"),
    "source:keep_copy": _plainly("kept a copy of a source"),
    "citation:add": lambda changes: f"recorded that a source {changes['kind']} another",
    "citation:withdraw": _plainly("took back that a source relies on another"),
    "outlet:add": _plainly("recorded an outlet"),
    "outlet:revise": _changed("an outlet"),
    "outlet:assess": lambda changes: f"graded an outlet {changes['reliability']}{_because(changes)}",
    "story:add": _plainly("opened a story"),
    "story:revise": _changed("a story"),
    "status:add": _plainly("added a status to the vocabulary"),
    "status:revise": _changed("a status"),
    "reviewer:add": _plainly("added a reviewer"),
    "reviewer:revise": _changed("a reviewer"),
    "token:issue": _plainly("issued a token"),
    "token:revoke": _plainly("revoked a token"),
    "token:expire": _plainly("set the end of a token"),
    "hook:add": _plainly("added a hook"),
    "hook:revise": _changed("a hook"),
    "hook:pause": _plainly("paused a hook"),
    "hook:rotate_secret": _plainly("gave a hook a new secret"),
    "hook:redeliver": lambda changes: f"sends a hook all lines from {changes['from_seq']} on again",
}
