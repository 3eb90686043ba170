"""Claims: add, revise, and take through the stages of publication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import claims, entities, links
from db.rows import Row, insert, update
from factcheck.dates import span
from factcheck.errors import Conflict, Invalid, VersionMismatch
from factcheck.vocabulary import STAGE_STEPS
from factcheck.wording import same_text_key
from factcheck.workflow.acting import Act, Outcome, differences, missing
from factcheck.workflow.corrections import Because, words_changed
from factcheck.workflow.entities import complete_claimant, known_claimant
from factcheck.workflow.figures import refuse_reopened_clash, refuse_unit_clash, settle_figure
from factcheck.workflow.gating import unmet
from factcheck.workflow.rendering import as_json
from factcheck.workflow.shown import live_claim, show_claim, show_claims

# These stand in tables of their own, beside the claim's row.
_BESIDE = ("chain", "appearances", "figure")
STAGE_ACTS = {"published": "claim:publish", "withdrawn": "claim:withdraw", "open": "claim:reopen"}


def add_claim(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Record a claim; the same text by the same claimant on the same date is the same claim."""
    act.permit("claim:add")
    return _add(act, draft)


def put_claim(act: Act, ref: str, draft: Mapping[str, Any]) -> Outcome:
    """Record a claim under the caller's own id, or change the one that stands there."""
    claim_id = claims.claim_id_of_ref(act.db, ref)
    if claim_id is None:
        act.permit("claim:add")
        if act.call.if_match:
            raise VersionMismatch(f"No claim carries the ref {ref} yet. Leave If-Match out to record one.")
        return _add(act, {**draft, "ref": ref})
    whole = {"claimed_on": None, "place": None, "language": None, "story": None, "figure": None}
    return revise_claim(act, claim_id, {**whole, "chain": [], "appearances": [], **draft})


def revise_claim(act: Act, claim_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change a claim's own fields; what it said before stays in the log."""
    act.permit("claim:revise")
    row = live_claim(act, claim_id)
    reason = changes.get("reason")
    changes = {name: value for name, value in changes.items() if name != "reason"}
    before = _draft_of(act, row)
    changed = differences(before, _without_same_claimant(act, row, changes))
    if not changed:
        return act.stands("claims", claim_id, _location(claim_id))
    if not act.call.if_match:
        act.expect("claims", claim_id, required=True)
    _refuse_taken_ref(act, changes.get("ref"), claim_id)
    columns = _columns(act, {name: changes[name] for name in changed})
    columns["identity"] = _identity({**row, **columns})
    other = claims.claim_id_of_identity(act.db, columns["identity"])
    if other not in (None, claim_id):
        raise Conflict(f"Claim {other} says the same, by the same claimant on the same date.")
    if "figure" in changed or "story" in changed:
        after = {**before, **changes}
        pointer = "/figure/unit" if "figure" in changed else "/story"
        refuse_unit_clash(act, after["story"], after["figure"], pointer, claim_id)
    update(act.db, "claims", claim_id, columns)
    if "claimant" in changed:
        complete_claimant(act, columns["claimant_id"], changes["claimant"])
    _put_beside(act, claim_id, {name: changes[name] for name in changed})
    content = show_claim(act, claim_id, Because("claim_changed", reason, words_changed(changed)))
    said = {**changed, **({"reason": reason} if reason else {}), **settle_figure(act, content, changed)}
    act.record("claim:revise", "claims", claim_id, said, claim_id)
    return act.outcome(False, _location(claim_id), content)


def change_stage(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Publish, withdraw or reopen a claim."""
    stage, reason = draft["stage"], draft["reason"]
    if draft["override_reason"]:
        act.permit("claim:publish_below_gate")
    act.permit(STAGE_ACTS[stage])
    row = claims.claim(act.db, claim_id)
    if row is None:
        missing("claims", claim_id)
    act.expect("claims", claim_id)
    if row["stage"] == stage:
        return act.stands("claims", claim_id, _location(claim_id))
    if stage not in STAGE_STEPS[row["stage"]]:
        raise Conflict(
            f"This claim is {row['stage']}; from there it can become "
            f"{' or '.join(STAGE_STEPS[row['stage']])}, not {stage}."
        )
    if stage == "open":
        refuse_reopened_clash(act, row["story_slug"], claims.figure_of(act.db, claim_id), claim_id)
    override = _passed(act, claim_id, draft["override_reason"]) if stage == "published" else None
    update(act.db, "claims", claim_id, {"stage": stage})
    insert(
        act.db,
        "stage_changes",
        {
            "claim_id": claim_id,
            "stage": stage,
            "reason": reason,
            "override_reason": override and override["reason"],
            "unmet": override and as_json(override["unmet"]),
            "changed_at": act.at,
            "changed_by": act.actor_id,
        },
    )
    content = show_claim(act, claim_id, Because(reason=reason, again=True))
    if "published" in (row["stage"], stage):
        show_claims(act, links.claims_linked_with(act.db, claim_id))
    change: dict[str, Any] = {"stage": {"from": row["stage"], "to": stage}, "reason": reason}
    if override:
        change["override"] = override
    if stage == "open":
        change |= settle_figure(act, content, change)
    act.record(STAGE_ACTS[stage], "claims", claim_id, change, claim_id)
    return act.outcome(False, _location(claim_id), content)


def _passed(act: Act, claim_id: int, override_reason: str | None) -> dict[str, Any] | None:
    """Let a claim through the gate; gives what was overridden, if anything was.

    Raises:
        Conflict: it does not meet what this desk asks for, and no reason was given.
    """
    publisher = {"id": act.actor_id, "name": act.actor.name}
    lacking = unmet(act.db, act.shown("claims", claim_id), act.settings, publisher)
    if not lacking:
        # Nothing is overridden where nothing stands in the way.
        return None
    if override_reason is None:
        raise Conflict(
            f"This desk asks for more before it publishes. {' '.join(each.why for each in lacking)} Or send "
            "override_reason, which readers are shown.",
            unmet=[{"name": each.name, "why": each.why} for each in lacking],
        )
    return {"reason": override_reason, "unmet": [each.name for each in lacking]}


def _add(act: Act, draft: Mapping[str, Any]) -> Outcome:
    columns = _columns(act, draft)
    columns["identity"] = _identity(columns)
    same = claims.claim_id_of_identity(act.db, columns["identity"])
    if same is not None:
        return _same_claim(act, same, draft.get("ref"))
    _refuse_taken_ref(act, draft.get("ref"), None)
    refuse_unit_clash(act, draft.get("story"), draft.get("figure"), "/figure/unit")
    complete_claimant(act, columns["claimant_id"], draft["claimant"])
    stamps = {"created_at": act.at, "created_by": act.actor_id, "updated_at": act.at}
    claim_id = insert(act.db, "claims", {**columns, **stamps})
    _put_beside(act, claim_id, draft)
    content = show_claim(act, claim_id)
    said = {**draft, **settle_figure(act, content, draft)}
    act.record("claim:add", "claims", claim_id, said, claim_id)
    return act.outcome(True, _location(claim_id), content)


def _same_claim(act: Act, claim_id: int, ref: str | None) -> Outcome:
    row = claims.claim(act.db, claim_id) or {}
    if ref is not None and row["ref"] != ref:
        raise Conflict(
            f"Claim {claim_id} says the same, by the same claimant on the same date, and its ref is "
            f"{row['ref'] or 'not set'}. Use that claim, or PATCH it to carry your ref."
        )
    return act.stands("claims", claim_id, _location(claim_id))


def _columns(act: Act, draft: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was said of a claim into columns of its row."""
    columns = {name: draft[name] for name in ("text", "place", "language", "ref") if name in draft}
    if "claimant" in draft:
        columns["claimant_id"] = known_claimant(act, draft["claimant"])
    if "story" in draft:
        columns["story_id"] = _story_id(act, draft["story"])
    if "claimed_on" in draft:
        columns |= {"claimed_on": draft["claimed_on"], **_bounds(draft["claimed_on"])}
    return columns


def derived_columns(row: Row) -> dict[str, Any]:
    """Give the columns of a claim's row that follow from its others."""
    return {"identity": _identity(row), **_bounds(row["claimed_on"])}


def _bounds(date: str | None) -> dict[str, str]:
    if not date:
        return {"claimed_from": "", "claimed_until": ""}
    return {"claimed_from": span(date).earliest, "claimed_until": span(date).latest}


def _identity(row: Mapping[str, Any]) -> str:
    return same_text_key(row["text"], str(row["claimant_id"]), row.get("claimed_on") or "")


def _story_id(act: Act, slug: str | None) -> int | None:
    if slug is None:
        return None
    story = entities.story(act.db, slug)
    if story is None:
        detail = f"There is no story {slug}. Open it first by POST /v1/stories."
        raise Invalid(detail, errors=[{"pointer": "/story", "detail": detail}])
    return int(story["id"])


def _put_beside(act: Act, claim_id: int, draft: Mapping[str, Any]) -> None:
    if "chain" in draft:
        claims.set_chain(act.db, claim_id, draft["chain"])
    if "appearances" in draft:
        claims.set_appearances(act.db, claim_id, draft["appearances"])
    if "figure" in draft:
        claims.set_figure(act.db, claim_id, draft["figure"])


def _draft_of(act: Act, row: Row) -> dict[str, Any]:
    """Give a claim's own fields as they would be sent."""
    claimant = {"name": row["claimant_name"], "kind": row["claimant_kind"]}
    return {
        "text": row["text"],
        "claimant": claimant,
        "claimed_on": row["claimed_on"],
        "place": row["place"],
        "language": row["language"],
        "story": row["story_slug"],
        "ref": row["ref"],
        "chain": claims.chain_of(act.db, row["id"]),
        "appearances": claims.appearances_of(act.db, row["id"]),
        "figure": claims.figure_of(act.db, row["id"]),
    }


def _without_same_claimant(act: Act, row: Row, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave the claimant out where the claim has him already, however his name is written."""
    claimant = changes.get("claimant")
    if claimant is None or known_claimant(act, claimant) != row["claimant_id"]:
        return changes
    if claimant.get("same_as") and row["claimant_same_as"] is None:
        return changes
    return {name: value for name, value in changes.items() if name != "claimant"}


def _refuse_taken_ref(act: Act, ref: str | None, claim_id: int | None) -> None:
    holder = claims.claim_id_of_ref(act.db, ref) if ref else None
    if holder not in (None, claim_id):
        raise Conflict(f"Claim {holder} carries the ref {ref} already.")


def _location(claim_id: int) -> str:
    return f"/v1/claims/{claim_id}"
