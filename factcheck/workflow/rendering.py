"""Rows → the representation that is stored and served.

The representation is the same for every caller: no absolute address, nothing that
depends on who asks. Its etag is the SHA-256 of its text, cut to 128 bits, and stands in
the text as the last key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from db import Database, citations, claims, corrections, entities, hooks, links, sources, verdicts
from db.rows import Row
from factcheck.fragments import text_link
from factcheck.standing import (
    Given,
    Opined,
    dissenting_opinions,
    standing,
    standing_opinions,
    standing_verdicts,
    superseded_by,
)
from factcheck.vocabulary import CREDIBILITIES, LINK_INVERSES, RELIABILITIES
from schemas.claim import ClaimSchema
from schemas.claimant import ClaimantSchema
from schemas.correction import CorrectionSchema
from schemas.hook import HookSchema
from schemas.link import ShownClaimLinkSchema
from schemas.outlet import OutletSchema
from schemas.reviewer import ReviewerSchema
from schemas.shown import picker
from schemas.source import ShownCitationSchema, SourceSchema
from schemas.status import StatusSchema
from schemas.story import StorySchema

# What has a text of its own that is stored and served.
NOUNS = (
    "claims",
    "sources",
    "outlets",
    "claimants",
    "stories",
    "statuses",
    "reviewers",
    "hooks",
    "corrections",
)

# Made once: json.dumps makes an encoder each time that it is asked for another form than its own.
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

_claim = picker(ClaimSchema)
_source = picker(SourceSchema)
_citation = picker(ShownCitationSchema)
_link = picker(ShownClaimLinkSchema)
_outlets = picker(OutletSchema)
_hook = picker(HookSchema)
_correction = picker(CorrectionSchema)
_pickers = {
    "claimants": picker(ClaimantSchema),
    "stories": picker(StorySchema),
    "statuses": picker(StatusSchema),
    "reviewers": picker(ReviewerSchema),
}


def render(
    db: Database, noun: str, subject_id: int, rule: str, changed_at: str | None = None
) -> dict[str, Any]:
    """Compose a resource's representation from its rows.

    Args:
        noun: its table, such as "claims".
        rule: the desk's rule for standing; used for claims.
        changed_at: the moment of the change that is being made, if one is.
    """
    if noun == "claims":
        return claim_content(db, subject_id, rule, changed_at)
    if noun == "sources":
        return _source_content(db, subject_id)
    if noun == "outlets":
        return _outlet_content(db, subject_id)
    if noun == "hooks":
        return _hook_content(db, subject_id)
    if noun == "corrections":
        return _correction(_corrected(corrections.correction(db, subject_id) or {}))
    row = entities.by_id(db, noun, subject_id) or {}
    if noun == "statuses":
        row["translations"] = json.loads(row["translations"])
    return _pickers[noun](row)


def written(content: Mapping[str, Any]) -> tuple[str, str]:
    """Write a representation down.

    Returns:
        Its etag and its JSON text, which ends with the etag.
    """
    text = as_json(content)
    etag = sha256(text.encode()).hexdigest()[:32]
    return etag, f'{text[:-1]},"etag":"{etag}"}}'


def listed_columns(noun: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Take from a claim's text what its row keeps, too, for lists to filter and sort by."""
    if noun != "claims":
        return {}
    now = content["standing"]
    return {
        "updated_at": content["updated_at"],
        "status": now["status"],
        "rating": now["rating"],
        "contested": int(now["contested"]),
    }


def is_for_everybody(noun: str, content: Mapping[str, Any]) -> bool:
    """Say whether a text may be read without a token.

    What readers have seen of a claim can still be read after it is withdrawn, and says so; what
    was written after it was opened again they have not seen. The vocabulary is for everybody.
    """
    if noun != "claims":
        return noun == "statuses"
    stages = [step["stage"] for step in content["stages"]]
    return "published" in (stages[-2:] if content["stage"] == "withdrawn" else [content["stage"]])


def claim_content(db: Database, claim_id: int, rule: str, changed_at: str | None = None) -> dict[str, Any]:
    """Compose a claim with everything that stands on it."""
    row = claims.claim(db, claim_id)
    if row is None:
        raise LookupError(f"claim {claim_id} has no row")
    rows = verdicts.verdicts_of(db, claim_id)
    opinions = verdicts.opinions_of(db, claim_id) if rows else []
    given, opined = [as_given(each) for each in rows], [_as_opined(each) for each in opinions]
    return _claim(
        {
            **row,
            "claimant": {
                "id": row["claimant_id"],
                "name": row["claimant_name"],
                "kind": row["claimant_kind"],
                "same_as": row["claimant_same_as"],
            },
            "chain": claims.chain_of(db, claim_id),
            "story": _named(slug=row["story_slug"], title=row["story_title"]),
            "appearances": claims.appearances_of(db, claim_id),
            "figure": claims.figure_of(db, claim_id),
            "standing": _standing(rows, given, opinions, opined, rule),
            "sources": [_evidence(each) for each in sources.evidence_of(db, claim_id)],
            "verdicts": _verdicts(
                rows,
                given,
                verdicts.sources_of_verdicts(db, claim_id) if rows else {},
                _opinions(opinions, opined),
            ),
            "corrections": [_corrected(each) for each in corrections.corrections_of(db, claim_id)],
            "links": [_linked(each, claim_id) for each in links.confirmed_links_of(db, claim_id)],
            "stages": [
                {
                    "stage": step["stage"],
                    "reason": step["reason"],
                    "override_reason": step["override_reason"],
                    "unmet": json.loads(step["unmet"] or "[]"),
                    "at": step["changed_at"],
                    "by": {"id": step["changed_by"], "name": step["changed_by_name"]},
                }
                for step in claims.stages_of(db, claim_id)
            ],
            "created_by": {"id": row["created_by"], "name": row["created_by_name"]},
            "updated_at": changed_at or row["updated_at"],
        }
    )


def _linked(row: Row, claim_id: int) -> dict[str, Any]:
    """Compose a link as it is read from a claim, whichever of the two it is."""
    if row["claim_id"] == claim_id:
        return {"id": row["id"], "kind": row["kind"], "other": row["other_id"]}
    return {"id": row["id"], "kind": LINK_INVERSES[row["kind"]], "other": row["claim_id"]}


def link_content(row: Row, claim_id: int, decisions: Iterable[Row]) -> dict[str, Any]:
    """Compose a link with its history, as it is read from a claim."""
    return _link(
        {
            **row,
            **_linked(row, claim_id),
            "claim": claim_id,
            "linked_by": {"id": row["linked_by"], "name": row["linked_by_name"]},
            "decisions": [
                {
                    **each,
                    "at": each["decided_at"],
                    "by": {"id": each["decided_by"], "name": each["decided_by_name"]},
                }
                for each in decisions
            ],
        }
    )


def search_columns(content: Mapping[str, Any]) -> dict[str, str]:
    """Collect the words by which a claim is to be found."""
    return {
        "text": content["text"],
        "claimant": content["claimant"]["name"],
        # Story and place go with the chain: what surrounds the statement.
        "chain": " · ".join(
            [link["name"] for link in content["chain"]]
            + [words for words in ((content["story"] or {}).get("title"), content["place"]) if words]
        ),
        "rationale": " · ".join(
            words
            for verdict in content["verdicts"]
            for words in (verdict["rationale"], *(each["reason"] for each in verdict["opinions"]))
        ),
        "sources": " · ".join(
            words
            for evidence in content["sources"]
            for words in (
                evidence["source"]["title"],
                evidence["source"]["described_as"],
                (evidence["source"]["outlet"] or {}).get("name"),
                (evidence["quote"] or {}).get("exact"),
                evidence["note"],
            )
            if words
        ),
    }


def as_given(row: Row) -> Given:
    """Take from a verdict's row what its standing depends on."""
    return Given(
        id=row["id"],
        seq=row["seq"],
        reviewer=row["reviewer_id"],
        status=row["status"],
        at=row["issued_at"],
        ruling=bool(row["ruling"]),
        retracted_at=row["retracted_at"],
        retracted_seq=row["retracted_seq"],
    )


def _as_opined(row: Row) -> Opined:
    return Opined(row["id"], row["seq"], row["verdict_id"], row["given_by"], row["opinion"])


def _standing(
    rows: list[Row], given: list[Given], opinions: list[Row], opined: list[Opined], rule: str
) -> dict[str, Any]:
    found = standing(given, rule)
    ratings = {row["status"]: row["rating"] for row in rows}
    disagreeing = dissenting_opinions(found, given, opined)
    dissenters = [
        {
            "id": row["reviewer_id"],
            "name": row["reviewer_name"],
            "by": "verdict",
            "status": row["status"],
            "opinion": None,
            "reason": row["rationale"],
        }
        for row in rows
        if row["id"] in found.dissent
    ]
    dissenters += [
        {
            "id": row["given_by"],
            "name": row["given_by_name"],
            "by": "opinion",
            "status": None,
            "opinion": row["opinion"],
            "reason": row["reason"],
        }
        for row in opinions
        if row["id"] in disagreeing
    ]
    return {**vars(found), "rating": ratings.get(found.status), "dissenters": dissenters}


def _verdicts(
    rows: list[Row],
    given: list[Given],
    rests_on: Mapping[int, list[int]],
    opinions: Mapping[int, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    successors = superseded_by(given)
    stand = {verdict.id for verdict in standing_verdicts(given)}
    return [
        {
            "id": row["id"],
            "claim": row["claim_id"],
            "kind": "ruling" if row["ruling"] else "verdict",
            "status": row["status"],
            "rating": row["rating"],
            "rationale": row["rationale"],
            "confidence": row["confidence"],
            "sources": rests_on.get(row["id"], []),
            "looked_for": json.loads(row["looked_for"]),
            "by": {"id": row["reviewer_id"], "name": row["reviewer_name"]},
            "at": row["issued_at"],
            "stands": row["id"] in stand,
            "superseded_by": successors.get(row["id"]),
            "retraction": _reason(row, "retracted"),
            "opinions": opinions[row["id"]],
        }
        for row in rows
    ]


def _opinions(rows: list[Row], opined: list[Opined]) -> Mapping[int, list[dict[str, Any]]]:
    """Compose opinions, by the verdict that they are on."""
    stand = {each.id for each in standing_opinions(opined)}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["verdict_id"]].append(
            {
                "id": row["id"],
                "verdict": row["verdict_id"],
                "opinion": row["opinion"],
                "reason": row["reason"],
                "by": {"id": row["given_by"], "name": row["given_by_name"]},
                "at": row["given_at"],
                "stands": row["id"] in stand,
            }
        )
    return found


def _corrected(row: Row) -> dict[str, Any]:
    return {
        **row,
        "claim": row["claim_id"],
        "from": row["from_status"],
        "to": row["to_status"],
        "at": row["corrected_at"],
        "by": {"id": row["corrected_by"], "name": row["corrected_by_name"] or "the desk"},
    }


def _evidence(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "claim": row["claim_id"],
        "stance": row["stance"],
        "source": {
            **row,
            "id": row["source_id"],
            "outlet": _outlet(row),
            "retraction": _reason(row, "retracted"),
        },
        "quote": _quote(row),
        "credibility": row["credibility"],
        "credibility_meaning": CREDIBILITIES.get(row["credibility"]),
        "note": row["note"],
        "attached_at": row["attached_at"],
        "attached_by": {"id": row["attached_by"], "name": row["attached_by_name"]},
        "withdrawal": _reason(row, "withdrawn"),
    }


def _source_content(db: Database, source_id: int) -> dict[str, Any]:
    row = sources.source(db, source_id) or {}
    copies = [
        {**each, "kept_by": {"id": each["kept_by"], "name": each["kept_by_name"] or "the desk"}}
        for each in sources.copies_of(db, source_id)
    ]
    key = row["identity"] if row["url"] else None
    return _source(
        {
            **row,
            "outlet": _outlet(row),
            "retraction": _reason(row, "retracted"),
            "cites": [cited(each) for each in citations.citations_by(db, source_id)],
            "address_key": key,
            "copies": copies,
        }
    )


def cited(row: Row) -> dict[str, Any]:
    """Compose a citation, as it is shown with the source that cites."""
    return _citation(
        {
            **row,
            "source": row["source_id"],
            "cites": row["cited_id"],
            "recorded_by": {"id": row["recorded_by"], "name": row["recorded_by_name"]},
            "withdrawal": _reason(row, "withdrawn"),
        }
    )


def _hook_content(db: Database, hook_id: int) -> dict[str, Any]:
    row = hooks.hook(db, hook_id) or {}
    return _hook(
        {
            **row,
            "acts": json.loads(row["acts"]),
            "claim": row["claim_id"],
            "story": row["story_slug"],
            "created_by": {"id": row["created_by"], "name": row["created_by_name"]},
        }
    )


def _outlet(row: Row) -> dict[str, Any] | None:
    if not row["outlet_id"]:
        return None
    return {name: row[f"outlet_{name}"] for name in ("id", "name", "kind", "country", "owner", "reliability")}


def _quote(row: Row) -> dict[str, Any] | None:
    if row["quote_exact"] is None:
        return None
    words = {name: row[f"quote_{name}"] for name in ("exact", "prefix", "suffix")}
    return {**words, "link": text_link(row["url"], **words) if row["url"] else None}


def _outlet_content(db: Database, outlet_id: int) -> dict[str, Any]:
    row = entities.by_id(db, "outlets", outlet_id) or {}
    found = [
        {
            **each,
            "reliability_meaning": RELIABILITIES[each["reliability"]],
            "at": each["assessed_at"],
            "by": {"id": each["assessed_by"], "name": each["assessed_by_name"]},
        }
        for each in entities.assessments_of(db, outlet_id)
    ]
    meaning = RELIABILITIES.get(row["reliability"])
    return _outlets({**row, "reliability_meaning": meaning, "assessments": found})


def _reason(row: Row, how: str) -> dict[str, Any] | None:
    if row[f"{how}_at"] is None:
        return None
    return {
        "reason": row[f"{how}_reason"],
        "at": row[f"{how}_at"],
        "by": {"id": row[f"{how}_by"], "name": row[f"{how}_by_name"]},
    }


def _named(**values: Any) -> dict[str, Any] | None:
    """Give what belongs together, or None where its first value is missing."""
    return values if next(iter(values.values())) is not None else None
