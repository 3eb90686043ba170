"""Links between claims: suggest, confirm, reject; and the family that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from db import Database, claims, links
from db.links import Held
from db.rows import Row, insert
from factcheck.errors import Conflict, Invalid
from factcheck.families import RELATIONS, Family, Link, contradiction
from factcheck.telling import said_of_link
from factcheck.vocabulary import LINK_INVERSES, LINK_KINDS
from factcheck.workflow.acting import Act, Outcome, missing
from factcheck.workflow.rendering import is_for_everybody, link_content
from factcheck.workflow.shown import live_claim, show_claims
from schemas.family import FamilySchema
from schemas.shown import picker

# So many claims of each relation are told of; the others are counted.
MOST_TOLD = 200

_ACTS = {"confirmed": "link:confirm", "rejected": "link:reject"}
_family = picker(FamilySchema)


def link_claim(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Say what a claim is to another; the same said again, from whichever side, is the same link."""
    act.permit("claim:link")
    live_claim(act, claim_id)
    other_id = _other(act, claim_id, draft["other"])
    claim, kind, other = claim_id, draft["kind"], other_id
    if kind not in LINK_KINDS:
        claim, kind, other = other, LINK_INVERSES[kind], claim
    known = links.same_link(act.db, claim, kind, other, LINK_INVERSES[kind])
    if known is not None:
        return _said_again(act, claim_id, known, draft)
    _refuse_contradiction(act, Held(0, claim, kind, other))
    said = {"kind": kind, "note": draft["note"], "state": draft["state"]}
    row = {"claim_id": claim, "other_id": other, **said, **act.stamps("linked")}
    link_id = insert(act.db, "claim_links", row)
    _record(act, "claim:link", (claim_id, other_id), row, link_id, said, shown=said["state"] == "confirmed")
    return _outcome(act, True, claim_id, link_id)


def decide_link(act: Act, claim_id: int, link_id: int, decision: str, reason: str | None) -> Outcome:
    """Confirm a link or reject it; what was decided before stays to be seen."""
    row = links.link(act.db, link_id)
    if row is None or claim_id not in (row["claim_id"], row["other_id"]):
        missing("links", link_id)
    return _decide(act, claim_id, row, decision, reason)


def links_content(db: Database, claim_id: int, *, public_only: bool) -> list[dict[str, Any]]:
    """Give the links of a claim with their histories, as they are read from it."""
    found = links.links_of(db, claim_id, public_only=public_only)
    return [link_content(row, claim_id, links.decisions_of(db, row["id"])) for row in found]


def family_content(
    db: Database, claim_id: int, as_of: int | None = None, *, public_only: bool
) -> dict[str, Any]:
    """Tell which claims hang together with one, what each is to it, and by which links.

    Args:
        public_only: whether to follow links to published claims only; links that are not confirmed
            are left out then, too.
    """
    held, whole = links.links_around(db, claim_id, as_of, public_only=public_only)
    family = Family(claim_id, map(Link._make, held))
    related = {relation: family.related(relation) for relation in RELATIONS}
    named = {claim for those in related.values() for claim in those[:MOST_TOLD]}
    told = links.told_of(db, named, as_of)
    relatives = {
        relation: {
            "items": [
                {**told[claim], "path": [_step(link) for link in family.path(claim, relation)]}
                for claim in those[:MOST_TOLD]
            ],
            "count": len(those),
        }
        for relation, those in related.items()
    }
    waiting = [] if public_only or as_of is not None else links_content(db, claim_id, public_only=False)
    suggested = [each for each in waiting if each["state"] == "suggested"]
    return _family({"claim": claim_id, **relatives, "suggested": suggested, "whole": whole})


def _step(link: Link) -> dict[str, Any]:
    return {"link": link.id, "claim": link.claim, "kind": link.kind, "other": link.other}


def _other(act: Act, claim_id: int, named: int | str) -> int:
    """Give the other claim by its number or ref, if it can be linked.

    Raises:
        Invalid: there is none, or it is the claim itself.
        Conflict: it is withdrawn.
    """
    other = named if isinstance(named, int) else claims.claim_id_of_ref(act.db, named)
    row = claims.claim(act.db, other) if other is not None else None
    if row is None:
        called = named if isinstance(named, int) else f"with the ref {named}"
        _refuse(f"There is no claim {called}. Give the number or the ref of one that is there.")
    if row["id"] == claim_id:
        _refuse("A claim can't be linked with itself. Name the other one.")
    if row["stage"] == "withdrawn":
        raise Conflict(f"Claim {row['id']} is withdrawn. Link one that is not, or have it opened again.")
    return int(row["id"])


def _refuse(detail: str) -> NoReturn:
    raise Invalid(detail, errors=[{"pointer": "/other", "detail": detail}])


def _said_again(act: Act, claim_id: int, known: Row, draft: Mapping[str, Any]) -> Outcome:
    """Answer with the link that there is; who says that it holds confirms what was only suggested."""
    if draft["state"] == "confirmed" and known["state"] == "suggested":
        return _decide(act, claim_id, known, "confirmed", draft["note"])
    if draft["state"] == "confirmed" and known["state"] == "rejected":
        raise Conflict(
            f"Link {known['id']} says the same and was rejected: "
            f"{links.decisions_of(act.db, known['id'])[-1]['reason']} If it holds after all, confirm it "
            f"by POST {_location(claim_id, known['id'])}/confirmation."
        )
    return _outcome(act, False, claim_id, known["id"])


def _decide(act: Act, claim_id: int, row: Row, decision: str, reason: str | None) -> Outcome:
    decisions = links.decisions_of(act.db, row["id"])
    same = row["state"] == decision
    decided_by = decisions[-1]["decided_by"] if decisions else row["linked_by"]
    free = same or row["state"] == "suggested" or decided_by == act.actor.id
    act.permit("link:decide" if free else "link:overturn")
    live_claim(act, claim_id, link_content(row, claim_id, decisions))
    if same:
        if decision == "rejected" and decisions[-1]["reason"] != reason:
            raise Conflict("This link is rejected already, for another reason; see its decisions.")
        return _outcome(act, False, claim_id, row["id"])
    other_id = row["other_id"] if row["claim_id"] == claim_id else row["claim_id"]
    if decision == "confirmed":
        _other(act, claim_id, other_id)
        _refuse_contradiction(act, Held(row["id"], row["claim_id"], row["kind"], row["other_id"]))
    made = {"link_id": row["id"], "decision": decision, "reason": reason, **act.stamps("decided")}
    insert(act.db, "claim_link_decisions", made)
    shown = "confirmed" in (decision, row["state"])
    said = {"kind": row["kind"], "reason": reason}
    _record(act, _ACTS[decision], (claim_id, other_id), row, row["id"], said, shown=shown)
    return _outcome(act, True, claim_id, row["id"])


def _refuse_contradiction(act: Act, new: Held) -> None:
    held, _ = links.links_around(act.db, new.claim, public_only=False)
    path = contradiction(Link._make(new), map(Link._make, held))
    if path is not None:
        told = ", and ".join(
            f"claim {link.claim} {said_of_link(link.kind)} claim {link.other} (link {link.id})"
            for link in path
        )
        raise Conflict(
            f"That claim {new.claim} {said_of_link(new.kind)} claim {new.other} contradicts what is "
            f"confirmed: {told}. Reject what does not hold first."
        )


def _record(
    act: Act,
    name: str,
    ends: tuple[int, int],
    row: Mapping[str, Any],
    link_id: int,
    said: Mapping[str, Any],
    *,
    shown: bool,
) -> None:
    """Show both claims anew if what they show has changed, and write the line.

    Everybody may see the line only if both claims are published: it stands on one that is not, if
    there is one.
    """
    if shown:
        show_claims(act, ends)
    told = {"claim": row["claim_id"], "other": row["other_id"], **said}
    hidden = [end for end in ends if not is_for_everybody("claims", act.shown("claims", end))]
    act.record(name, "links", link_id, told, (*hidden, ends[0])[0])


def _outcome(act: Act, created: bool, claim_id: int, link_id: int) -> Outcome:
    row = links.link(act.db, link_id) or {}
    content = link_content(row, claim_id, links.decisions_of(act.db, link_id))
    return act.outcome(created, _location(claim_id, link_id), content)


def _location(claim_id: int, link_id: int) -> str:
    return f"/v1/claims/{claim_id}/links/{link_id}"
