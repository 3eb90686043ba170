"""Who relies on whom: record it and take it back; and take back a source, with all that rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import citations, origins, sources
from db.rows import insert
from factcheck.errors import Conflict, Invalid
from factcheck.provenance import ITSELF, Ways
from factcheck.workflow.acting import Act, Outcome, missing
from factcheck.workflow.reviews import mark_for_review
from factcheck.workflow.shown import part_of, show_source
from factcheck.workflow.sources import known_source, tellable
from factcheck.workflow.tracing import circular_reporting, warning


def add_citation(act: Act, source_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Record that a source relies on another; the same said again is the same citation."""
    act.permit("citation:add")
    act.expect("sources", source_id)
    cited_id = _cited(act, draft["cites"])
    if cited_id == source_id:
        raise _invalid("A source can't rely on itself. Name the other one.")
    citation_id = citations.same_citation(act.db, source_id, cited_id, draft["kind"])
    is_new = citation_id is None
    if citation_id is None:
        said = {"kind": draft["kind"], "note": draft["note"]}
        row = {"source_id": source_id, "cited_id": cited_id, **said, **act.stamps("recorded")}
        citation_id = insert(act.db, "citations", row)
        content = act.render("sources", source_id)
        told = {"source": source_id, "cites": cited_id, **said}
        if isinstance(draft["cites"], Mapping):
            told["cited"] = tellable(draft["cites"])
        act.record("citation:add", "citations", citation_id, told)
    else:
        content = act.shown("sources", source_id)
    part = part_of(content, "cites", citation_id)
    return act.warned(is_new, location(source_id, citation_id), part, _warnings(act, source_id, cited_id))


def withdraw_citation(act: Act, source_id: int, citation_id: int, reason: str) -> Outcome:
    """Take back that a source relies on another; it stays to be seen, with the reason."""
    row = citations.citation(act.db, citation_id)
    if row is None or row["source_id"] != source_id:
        missing("citations", citation_id)
    own = row["recorded_by"] == act.actor.id
    act.permit("citation:withdraw_own" if own else "citation:withdraw")
    shown = part_of(act.shown("sources", source_id), "cites", citation_id)
    act.expect_part(shown)
    if row["withdrawn_at"]:
        if row["withdrawn_reason"] != reason:
            raise Conflict("This citation is taken back already, for another reason; see its withdrawal.")
        return act.outcome(False, location(source_id, citation_id), shown)
    withdrawal = {"citation_id": citation_id, "reason": reason, **act.stamps("withdrawn")}
    insert(act.db, "citation_withdrawals", withdrawal)
    content = act.render("sources", source_id)
    act.record("citation:withdraw", "citations", citation_id, {"reason": reason})
    return act.outcome(True, location(source_id, citation_id), part_of(content, "cites", citation_id))


def retract_source(act: Act, source_id: int, reason: str) -> Outcome:
    """Say that a source was taken back by whoever published it, or proved unfit.

    It is shown so wherever it is shown, and every claim that rests on it, be it through others, is
    marked to be looked at again.
    """
    act.permit("source:retract")
    act.expect("sources", source_id)
    row = sources.source(act.db, source_id) or {}
    where = f"/v1/sources/{source_id}"
    if row["retracted_at"]:
        if row["retracted_reason"] != reason:
            raise Conflict("This source is retracted already, for another reason; see its retraction.")
        return act.stands("sources", source_id, where)
    retraction = {"source_id": source_id, "reason": reason, **act.stamps("retracted")}
    insert(act.db, "source_retractions", retraction)
    marked = origins.claims_resting_on(act.db, source_id)
    for claim_id in marked:
        mark_for_review(act, claim_id, "source_retracted", source_id=source_id)
    content = show_source(act, source_id)
    told = {"reason": reason, **({"marked": marked} if marked else {})}
    act.record("source:retract", "sources", source_id, told)
    return act.outcome(True, where, content)


def location(source_id: int, citation_id: int) -> str:
    """Give the address of a citation."""
    return f"/v1/sources/{source_id}/citations/{citation_id}"


def _cited(act: Act, given: int | Mapping[str, Any]) -> int:
    """Give the source that is cited, which is made if it is given in full and new."""
    if isinstance(given, Mapping):
        cited_id, is_new = known_source(act, given, "/cites")
        if is_new:
            act.render("sources", cited_id)
        return cited_id
    if sources.source(act.db, given) is None:
        raise _invalid(f"There is no source {given}. Give it in full, with its address, or look it up first.")
    return given


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": "/cites", "detail": detail}])


def _warnings(act: Act, source_id: int, cited_id: int) -> list[dict[str, Any]]:
    """Warn of a circle that is closed now, and of a way that leads to our own verdict."""
    further = origins.relied_on(act.db, [source_id])
    back = Ways(further.each(), cited_id).to({source_id})
    circle = [warning(further.each(), (source_id, *back), ITSELF)] if back else []
    return circle + circular_reporting(act.db, source_id, further, act.settings.public_url)
