"""Sources: add, revise, attach to a claim as evidence, and take back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from db import origins, sources
from db.rows import Row, insert, update
from factcheck.addresses import address_key
from factcheck.errors import Conflict, Invalid
from factcheck.wording import same_text_key
from factcheck.workflow.acting import Act, Outcome, differences, missing
from factcheck.workflow.entities import known_outlet
from factcheck.workflow.rendering import as_json
from factcheck.workflow.shown import live_claim, part_of, show_claim, show_source
from factcheck.workflow.tracing import circular_reporting

_FIELDS = ("url", "title", "kind", "original", "published_on", "accessed_at", "archive_url", "sha256")
# What tells who a source is. Of a protected one it stands among the sealed identities, and neither in
# its row, nor in any text, nor in the log.
SEALED = ("url", "title", "outlet", "published_on", "accessed_at", "archive_url", "sha256")

_CLOCKS_DIFFER = timedelta(minutes=1)


def add_source(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Record a source; the same address is the same source."""
    act.permit("source:protect" if draft["protected"] else "source:add")
    source_id, is_new = known_source(act, draft, "")
    location = f"/v1/sources/{source_id}"
    if not is_new:
        return act.stands("sources", source_id, location)
    content = act.render("sources", source_id)
    act.record("source:add", "sources", source_id, tellable(draft))
    return act.outcome(True, location, content)


def revise_source(act: Act, source_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change what is known of a source, in all claims that show it."""
    act.permit("source:revise")
    act.expect("sources", source_id)
    before = sources.source(act.db, source_id) or {}
    refuse_future(act, changes.get("accessed_at"), {"pointer": "/accessed_at"})
    changed = differences({**before, "outlet": before["outlet_name"]}, changes)
    if not changed:
        return act.stands("sources", source_id, f"/v1/sources/{source_id}")
    _refuse_unsealing(before, changed)
    _refuse_another_hash(act, source_id, changed)
    row = {name: changes[name] for name in changed if name != "outlet"}
    if "outlet" in changed:
        row["outlet_id"] = known_outlet(act, changes["outlet"]) if changes["outlet"] else None
    update(act.db, "sources", source_id, row)
    content = show_source(act, source_id)
    act.record("source:revise", "sources", source_id, changed)
    return act.outcome(False, f"/v1/sources/{source_id}", content)


def attach_source(act: Act, claim_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Attach a source to a claim: what it says of it, in which words."""
    act.permit("evidence:attach")
    live_claim(act, claim_id)
    evidence_id, is_new = attach(act, claim_id, draft, "")
    if not is_new:
        content = act.shown("claims", claim_id)
    else:
        content = show_claim(act, claim_id)
        act.record("evidence:attach", "evidence", evidence_id, tellable(draft), claim_id)
    part = part_of(content, "sources", evidence_id)
    source_id = part["source"]["id"]
    citations = origins.relied_on(act.db, [source_id])
    circular = circular_reporting(
        act.db, source_id, citations, act.settings.public_url, claim_id, part["stance"]
    )
    return act.warned(is_new, location(claim_id, evidence_id), part, circular)


def withdraw_evidence(act: Act, claim_id: int, evidence_id: int, reason: str) -> Outcome:
    """Take back an attachment that was a mistake; it stays to be seen, with the reason."""
    row = sources.evidence(act.db, evidence_id)
    if row is None or row["claim_id"] != claim_id:
        missing("sources", evidence_id)
    own = row["attached_by"] == act.actor.id
    act.permit("evidence:withdraw_own" if own else "evidence:withdraw")
    shown = part_of(act.shown("claims", claim_id), "sources", evidence_id)
    live_claim(act, claim_id, shown)
    if row["withdrawn_at"]:
        if shown["withdrawal"]["reason"] != reason:
            raise Conflict("This source is withdrawn from the claim already, for another reason.")
        return act.outcome(False, location(claim_id, evidence_id), shown)
    withdrawal = {"evidence_id": evidence_id, "reason": reason, **act.stamps("withdrawn")}
    insert(act.db, "evidence_withdrawals", withdrawal)
    content = show_claim(act, claim_id)
    act.record("evidence:withdraw", "evidence", evidence_id, {"reason": reason}, claim_id)
    return act.outcome(True, location(claim_id, evidence_id), part_of(content, "sources", evidence_id))


def attach(act: Act, claim_id: int, draft: Mapping[str, Any], pointer: str) -> tuple[int, bool]:
    """Add the rows of an attachment, unless the same one stands; gives its id and whether it is new."""
    source_id = _named_source(act, draft, pointer)
    quote = draft["quote"] or {}
    row = {
        "claim_id": claim_id,
        "source_id": source_id,
        "stance": draft["stance"],
        "quote_exact": quote.get("exact"),
        "quote_prefix": quote.get("prefix"),
        "quote_suffix": quote.get("suffix"),
    }
    same = sources.same_evidence(act.db, row)
    if same is not None:
        return same, False
    said = {"credibility": draft["credibility"], "note": draft["note"]}
    return insert(act.db, "evidence", {**row, **said, **act.stamps("attached")}), True


def source_of_evidence(act: Act, evidence_id: int) -> int:
    """Give the source that an attachment attaches."""
    row: Row = sources.evidence(act.db, evidence_id) or {}
    return int(row["source_id"])


def location(claim_id: int, evidence_id: int) -> str:
    """Give the address of an attachment."""
    return f"/v1/claims/{claim_id}/sources/{evidence_id}"


def _named_source(act: Act, draft: Mapping[str, Any], pointer: str) -> int:
    if draft.get("source") is None:
        source_id, is_new = known_source(act, draft, pointer)
        if is_new:
            act.render("sources", source_id)
        return source_id
    if sources.source(act.db, draft["source"]) is None:
        detail = f"There is no source {draft['source']}. Give its address instead, or look it up first."
        raise Invalid(detail, errors=[{"pointer": f"{pointer}/source", "detail": detail}])
    return int(draft["source"])


def known_source(act: Act, draft: Mapping[str, Any], pointer: str) -> tuple[int, bool]:
    """Give the id of a source, made if its address is new, and whether it was."""
    identity = _identity(draft, pointer)
    refuse_future(act, draft["accessed_at"], {"pointer": f"{pointer}/accessed_at"})
    if draft["protected"]:
        return _known_protected(act, draft, identity)
    found = sources.source_with_identity(act.db, identity)
    if found:
        return int(found["id"]), False
    row = {name: draft[name] for name in _FIELDS}
    outlet = draft.get("outlet")
    row["outlet_id"] = known_outlet(act, outlet) if outlet else None
    return insert(act.db, "sources", {**row, "identity": identity, "created_at": act.at}), True


def _known_protected(act: Act, draft: Mapping[str, Any], identity: str) -> tuple[int, bool]:
    """Give the id of a protected source, and whether it is new.

    Only whoever sealed it is told that it is there already. To anybody else the same person or page
    is another source, for he could try out whom the desk protects.
    """
    act.permit("source:protect")
    known = sources.sealed_by(act.db, identity, act.actor_id)
    if known is not None:
        return known, False
    content, salt = as_json({name: draft[name] for name in SEALED}), secrets.token_hex(16)
    row = {
        "kind": draft["kind"],
        "original": draft["original"],
        "described_as": draft["described_as"],
        "protected": 1,
        # Nothing that is known outside leads here.
        "identity": f"protected/{secrets.token_hex(16)}",
        "sealed": sha256(f"{salt}{content}".encode()).hexdigest(),
        "created_at": act.at,
    }
    source_id = insert(act.db, "sources", row)
    seal = {"salt": salt, "content": content, "identity": identity, "sealed_by": act.actor_id}
    insert(act.db, "sealed_identities", {"source_id": source_id, **seal})
    return source_id, True


def tellable(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a draft what the log may not tell."""
    return {name: value for name, value in draft.items() if not (draft["protected"] and name in SEALED)}


def _refuse_another_hash(act: Act, source_id: int, changed: Mapping[str, Any]) -> None:
    kept = {each["payload_sha256"] for each in sources.copies_of(act.db, source_id)}
    if "sha256" in changed and kept and changed["sha256"]["to"] not in kept:
        raise Conflict(
            "The sha256 of a source is that of a copy that is kept of it; keep another copy first."
        )


def _refuse_unsealing(source: Row, changed: Mapping[str, Any]) -> None:
    sealed = [name for name in changed if name in SEALED]
    if source["protected"] and sealed:
        raise Conflict(
            f"The identity of a protected source stays as it was sealed; {sealed[0]} is part of it. Record "
            "it as another source, and take this one back from its claims."
        )
    if not source["protected"] and "described_as" in changed:
        raise Conflict("This source is not protected, and so it is not described.")


def refuse_future(act: Act, moment: str | None, where: Mapping[str, str]) -> None:
    """Refuse to have seen something later than now, but for what clocks differ; raises Invalid."""
    if moment and datetime.fromisoformat(moment) > datetime.fromisoformat(act.call.at) + _CLOCKS_DIFFER:
        detail = "This moment lies in the future; give the one at which the source was seen."
        raise Invalid(detail, errors=[{**where, "detail": detail}])


def _identity(draft: Mapping[str, Any], pointer: str) -> str:
    if not draft["url"]:
        # Without an address it is known by what it is called, who published it and when.
        return same_text_key(
            draft["kind"], draft["title"], draft["outlet"] or "", draft["published_on"] or ""
        )
    try:
        return address_key(draft["url"])
    except ValueError as fault:
        raise Invalid(str(fault), errors=[{"pointer": f"{pointer}/url", "detail": str(fault)}]) from None
