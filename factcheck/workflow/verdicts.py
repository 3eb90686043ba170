"""Verdicts and rulings: give one, take it back. The claim's standing follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from db import log, sources, verdicts
from db.rows import Row, insert
from factcheck.errors import Conflict, Invalid
from factcheck.workflow.acting import Act, Outcome, missing
from factcheck.workflow.corrections import Because
from factcheck.workflow.rendering import as_json, claim_content
from factcheck.workflow.shown import live_claim, part_of, show_claim
from factcheck.workflow.sources import attach, source_of_evidence
from factcheck.workflow.statuses import resolve_status


def issue_verdict(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Give a reviewer's verdict; it takes the place of his earlier one."""
    act.permit("verdict:issue")
    return _give(act, claim_id, draft, ruling=False)


def issue_ruling(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Give an editor's verdict, which decides between reviewers."""
    act.permit("verdict:rule")
    return _give(act, claim_id, draft, ruling=True)


def retract_verdict(act: Act, verdict_id: int, reason: str) -> Outcome:
    """Take a verdict back; it stays to be seen, with the reason."""
    row = verdicts.verdict(act.db, verdict_id)
    if row is None:
        missing("verdicts", verdict_id)
    own = row["reviewer_id"] == act.actor.id
    act.permit("verdict:retract_own" if own else "verdict:retract")
    shown = act.shown("claims", row["claim_id"])
    claim = live_claim(act, row["claim_id"], part_of(shown, "verdicts", verdict_id))
    if row["retracted_at"]:
        if row["retracted_reason"] != reason:
            raise Conflict("This verdict is retracted already, for another reason; see its retraction.")
        return _standing_verdict(act, claim["id"], verdict_id)
    insert(act.db, "retractions", {"verdict_id": verdict_id, "reason": reason, **act.stamps("retracted")})
    content = show_claim(act, claim["id"], Because("error", reason))
    said = {"reason": reason, **_change_of_status(claim, content)}
    act.record("verdict:retract", "verdicts", verdict_id, said, claim["id"])
    return _outcome(act, True, content, verdict_id)


def give_opinion(act: Act, verdict_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Say what a reviewer thinks of another's verdict; it takes the place of his earlier opinion on it."""
    act.permit("opinion:give")
    row = verdicts.verdict(act.db, verdict_id)
    if row is None:
        missing("verdicts", verdict_id)
    claim_id = row["claim_id"]
    shown = part_of(act.shown("claims", claim_id), "verdicts", verdict_id)
    live_claim(act, claim_id, shown)
    if row["reviewer_id"] == act.actor_id:
        raise Conflict("This verdict is yours. Give another one, or retract it, if you think otherwise now.")
    last = next((each for each in shown["opinions"] if _is_newest_of(each, act.actor_id)), None)
    if last and all(last[name] == draft[name] for name in ("opinion", "reason")):
        return _opinion_outcome(act, False, last)
    if not shown["stands"]:
        raise Conflict("This verdict was superseded or retracted. Say what you think of one that stands.")
    said = {"opinion": draft["opinion"], "reason": draft["reason"]}
    opinion_id = insert(act.db, "opinions", {"verdict_id": verdict_id, **said, **act.stamps("given")})
    content = show_claim(act, claim_id)
    act.record("opinion:give", "opinions", opinion_id, {**said, "on": verdict_id}, claim_id)
    given = part_of(content, "verdicts", verdict_id)["opinions"]
    return _opinion_outcome(act, True, next(each for each in given if each["id"] == opinion_id))


def _is_newest_of(opinion: Mapping[str, Any], reviewer_id: int) -> bool:
    return bool(opinion["stands"]) and opinion["by"]["id"] == reviewer_id


def _opinion_outcome(act: Act, created: bool, opinion: Mapping[str, Any]) -> Outcome:
    location = f"/v1/verdicts/{opinion['verdict']}/opinions/{opinion['id']}"
    return act.outcome(created, location, opinion)


def settle_claims(act: Act) -> Outcome:
    """Decide all claims anew after the desk's rule for standing was changed.

    A claim whose text differs from its rows in anything else is left for `flask check` to tell of.
    """
    settled = []
    for claim_id, body in list(log.current_documents(act.db, "claims")):
        was = json.loads(body)
        now = claim_content(act.db, claim_id, act.settings.standing_rule)
        if {name for name in now if now[name] != was[name]} == {"standing"}:
            show_claim(act, claim_id)
            settled.append(claim_id)
    if settled:
        act.record("desk:settle", "claims", settled[0], {"claims": len(settled)})
    return act.outcome(False, "/v1/claims", {"settled": settled})


def _give(act: Act, claim_id: int, draft: Mapping[str, Any], *, ruling: bool) -> Outcome:
    claim = live_claim(act, claim_id)
    status = resolve_status(act.db, draft["status"], {"pointer": "/status"})
    _refuse_unusable(status)
    rests_on, attached = _sources(act, claim_id, draft["sources"])
    if status["needs_source"] and not rests_on:
        _refuse_unsourced(status)
    found = {
        "claim_id": claim_id,
        "reviewer_id": act.actor_id,
        "ruling": int(ruling),
        "status": status["slug"],
        "rationale": draft["rationale"],
        "confidence": draft["confidence"],
        "looked_for": as_json(draft["looked_for"]),
    }
    same = _same_verdict(act, found, rests_on)
    if same is not None and not attached:
        return _standing_verdict(act, claim_id, same)
    verdict_id = insert(act.db, "verdicts", {**found, "seq": act.seq, "issued_at": act.at})
    for source_id in rests_on:
        insert(act.db, "verdict_sources", {"verdict_id": verdict_id, "source_id": source_id})
    content = show_claim(act, claim_id, Because(draft.get("correction")))
    said = {
        "verdict": {**draft, "status": status["slug"], "sources": sorted(rests_on)},
        **_change_of_status(claim, content),
    }
    act.record("verdict:rule" if ruling else "verdict:issue", "verdicts", verdict_id, said, claim_id)
    return _outcome(act, True, content, verdict_id)


def _change_of_status(claim: Row, content: Mapping[str, Any]) -> dict[str, Any]:
    status = content["standing"]["status"]
    return {} if status == claim["status"] else {"standing": {"from": claim["status"], "to": status}}


def _sources(act: Act, claim_id: int, given: list[Any]) -> tuple[set[int], bool]:
    """Attach the sources that a verdict brings in full.

    Returns:
        All the sources it names, and whether anything was attached that was not before.
    """
    attached = sources.attached_source_ids(act.db, claim_id)
    rests_on: set[int] = set()
    anything_new = False
    for index, source in enumerate(given):
        pointer = f"/sources/{index}"
        if isinstance(source, Mapping):
            evidence_id, is_new = attach(act, claim_id, source, pointer)
            anything_new = anything_new or is_new
            rests_on.add(source_of_evidence(act, evidence_id))
        elif source in attached:
            rests_on.add(source)
        else:
            detail = (
                f"Source {source} is not attached to claim {claim_id}. Attach it first by "
                f"POST /v1/claims/{claim_id}/sources, or give it here in full with its stance."
            )
            raise Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])
    return rests_on, anything_new


def _same_verdict(act: Act, found: Row, rests_on: set[int]) -> int | None:
    """Find the verdict that a script is giving a second time."""
    newest = verdicts.newest_of_reviewer(act.db, found["claim_id"], found["reviewer_id"])
    if newest is None or newest["retracted_at"] or any(newest[name] != found[name] for name in found):
        return None
    named = verdicts.sources_of_verdicts(act.db, found["claim_id"]).get(newest["id"], [])
    return int(newest["id"]) if set(named) == rests_on else None


def _refuse_unusable(status: Row) -> None:
    if not status["assignable"]:
        detail = f"{status['slug']} says that there is no verdict, so no verdict can give it."
    elif status["retired"]:
        detail = f"{status['slug']} is retired; GET /v1/statuses?retired=false lists those in use."
    else:
        return
    raise Invalid(detail, errors=[{"pointer": "/status", "detail": detail}])


def _refuse_unsourced(status: Row) -> None:
    detail = (
        f"A verdict of {status['slug']} must name the sources it rests on: ids of sources attached "
        "to the claim, or new ones in full."
    )
    raise Invalid(detail, errors=[{"pointer": "/sources", "detail": detail}])


def _standing_verdict(act: Act, claim_id: int, verdict_id: int) -> Outcome:
    return _outcome(act, False, act.shown("claims", claim_id), verdict_id)


def _outcome(act: Act, created: bool, content: Mapping[str, Any], verdict_id: int) -> Outcome:
    return act.outcome(created, f"/v1/verdicts/{verdict_id}", part_of(content, "verdicts", verdict_id))
