"""The addresses under /v1/claims and /v1/verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from db import claims as kept
from db import history, lists, log
from db.log import Wanted
from factcheck.comparing import compare
from factcheck.errors import NotFound
from factcheck.publishing import readiness
from factcheck.web.answers import answered, composed
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.web.past import claim_as_of, line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow import claims, gating, sources, verdicts
from factcheck.workflow.asking import similar_to, with_similar
from factcheck.workflow.lines import shown_line
from factcheck.workflow.statuses import resolve_status
from schemas.claim import (
    ClaimChangesSchema,
    ClaimQuery,
    ClaimSchema,
    ClaimUnderRefSchema,
    FoundClaimSchema,
    NewClaimSchema,
    NewStageSchema,
    RecordedClaimSchema,
)
from schemas.evidence import AttachedEvidenceSchema, EvidenceSchema, NewEvidenceSchema, ShownEvidenceSchema
from schemas.gate import ClaimReadinessSchema
from schemas.line import DiffQuery, DiffSchema, LineSchema
from schemas.listing import AsOfQuery, PageQuery, PastPageQuery
from schemas.opinion import NewOpinionSchema, OpinionSchema, ShownOpinionSchema
from schemas.reference import NewReasonSchema
from schemas.verdict import NewVerdictSchema, ShownVerdictSchema, VerdictSchema

blueprint = DeskBlueprint(
    "claims", __name__, url_prefix="/v1", description="Statements somebody made, and what was found of them"
)


def served(claim_id: int | None, what: object, as_of: int | str | None = None) -> tuple[str, str]:
    """Give the etag and the text of a claim that this caller may read, or might have read then.

    Args:
        claim_id: of the claim, or None if what was asked for leads to none.
        what: what was asked for. A refusal names only that, so that it tells nothing
            of a claim that the caller may not know of.
        as_of: a place in the past, if not now.

    Raises:
        NotFound: it is not there, or not for this caller.
    """
    # Asked first, so that a bad token is told so whatever the claim's stage.
    public_only = sees_only_published()
    seq = line_as_of(as_of)
    if seq is not None:
        then = claim_as_of(claim_id, seq, what, public_only=public_only)
        return then.etag, then.body
    found = kept.served_claim(parts().desk.db, claim_id) if claim_id is not None else None
    if claim_id is None or found is None or (public_only and not _is_public(claim_id, found[0])):
        hidden = ", or it is not published and you sent no token" if public_only else ""
        raise NotFound(f"There is no {what}{hidden}.")
    return found[1], found[2]


def _is_public(claim_id: int, stage: str) -> bool:
    # Only of a withdrawn claim is it asked what it was before.
    if stage != "withdrawn":
        return stage == "published"
    return history.may_be_read(parts().desk.db, claim_id, None, public_only=True)


def with_statuses(query: Mapping[str, Any], where: str = "parameter") -> dict[str, Any]:
    """Put slugs where labels were given.

    Args:
        where: "parameter" or "pointer", as a refusal says where it is.
    """
    db, before = parts().desk.db, "/" if where == "pointer" else ""
    query = dict(query)
    if "status" in query:
        query["status"] = resolve_status(db, query["status"], {where: f"{before}status"})["slug"]
    if "status__in" in query:
        at = {where: f"{before}status__in"}
        query["status__in"] = [resolve_status(db, each, at)["slug"] for each in query["status__in"]]
    return query


blueprint.collection(
    "/claims", lists.CLAIMS, ClaimQuery, FoundClaimSchema, "list_claims", prepare=with_statuses
)


@blueprint.read("/claims/<id:claim_id>", ClaimSchema, "get_claim", query=AsOfQuery)
def read_claim(query: dict[str, Any], claim_id: int) -> Response:
    """Read a claim with its chain, sources, verdicts and standing, now or as of then."""
    return answered(*served(claim_id, f"claim {claim_id}", query["as_of"]))


@blueprint.read("/claims/ref/<ref:ref>", ClaimSchema, "get_claim_by_ref", query=AsOfQuery)
def read_claim_by_ref(query: dict[str, Any], ref: str) -> Response:
    """Read the claim that carries your own id, now or as of then."""
    db, seq = parts().desk.db, line_as_of(query["as_of"])
    claim_id = kept.claim_id_of_ref(db, ref) if seq is None else history.claim_id_of_ref(db, ref, seq)
    return answered(*served(claim_id, f"claim with the ref {ref}", seq))


@blueprint.read("/claims/<id:claim_id>/history", LineSchema, "get_claim_history", query=PageQuery)
def read_history(query: dict[str, Any], claim_id: int) -> Response:
    """List every act on a claim: who, when, what, from what to what, and why."""
    served(claim_id, f"claim {claim_id}")
    public_only = sees_only_published()
    wanted = Wanted(claim=claim_id, public_only=public_only)
    lines = [shown_line(row, in_full=not public_only) for row in log.lines(parts().desk.db, wanted)]
    return answer_parts(lines, query, numbered_by="seq")


@blueprint.read("/claims/<id:claim_id>/diff", DiffSchema, "get_claim_diff", query=DiffQuery)
def read_diff(query: dict[str, Any], claim_id: int) -> Response:
    """Compare two versions of a claim, field by field."""
    public_only, newest = sees_only_published(), log.head(parts().desk.db).seq
    before, after = (
        claim_as_of(claim_id, newest if seq is None else seq, f"claim {claim_id}", public_only=public_only)
        for seq in (line_as_of(query["from"], "from"), line_as_of(query["to"], "to"))
    )
    return composed(
        {
            "claim": claim_id,
            "from": {"seq": before.seq, "at": before.at, "etag": before.etag},
            "to": {"seq": after.seq, "at": after.at, "etag": after.etag},
            "changes": compare(json.loads(before.body), json.loads(after.body)),
        }
    )


@blueprint.write("POST", "/claims", NewClaimSchema, RecordedClaimSchema, "create_claim", conditional=False)
def add_claim(draft: Mapping[str, Any]) -> Work:
    """Record a claim.

    The same text by the same claimant on the same date is the same claim: 200. Those that may say the
    same otherwise are named in `similar`; whether they do is for somebody to say, by a link.
    """
    similar = similar_to(parts().desk, draft, parts().weights)
    return lambda act: with_similar(claims.add_claim(act, draft), similar)


@blueprint.write("PUT", "/claims/ref/<ref:ref>", ClaimUnderRefSchema, RecordedClaimSchema, "put_claim_by_ref")
def put_claim(draft: Mapping[str, Any], ref: str) -> Work:
    """Record a claim under your own id, or change the one that stands there.

    A change needs If-Match; sending the same again does not.
    """
    similar = similar_to(parts().desk, draft, parts().weights)
    return lambda act: with_similar(claims.put_claim(act, ref, draft), similar)


@blueprint.write(
    "PATCH", "/claims/<id:claim_id>", ClaimChangesSchema, ClaimSchema, "revise_claim", creates=False
)
def revise_claim(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Change a claim's own fields; what it said before stays in the log."""
    return lambda act: claims.revise_claim(act, claim_id, draft)


@blueprint.write(
    "POST", "/claims/<id:claim_id>/stage", NewStageSchema, ClaimSchema, "change_stage", creates=False
)
def change_stage(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Publish, withdraw or reopen a claim.

    What does not meet all that this desk asks for is published only with an `override_reason`.
    """
    return lambda act: claims.change_stage(act, claim_id, draft)


@blueprint.worked_out(
    "/claims/<id:claim_id>/readiness",
    ClaimReadinessSchema,
    "get_claim_readiness",
    WrittenForPeople(readiness.rows, readiness.text),
    act="desk:read_unpublished",
)
def read_readiness(claim_id: int) -> Mapping[str, Any]:
    """Say whether a claim meets what this desk asks for before it publishes one, and what to do if not.

    All requirements are judged; those that are not asked for stand in nobody's way. Who publishes it may
    be the second reader, which is seen only then.
    """
    content = json.loads(served(claim_id, f"claim {claim_id}")[1])
    return gating.readiness(parts().desk.db, content, parts().settings)


@blueprint.read("/claims/<id:claim_id>/sources", ShownEvidenceSchema, "list_evidence", query=PastPageQuery)
def read_sources(query: dict[str, Any], claim_id: int) -> Response:
    """List what is attached to a claim."""
    return _parts(claim_id, "sources", query)


@blueprint.read("/claims/<id:claim_id>/sources/<id:evidence_id>", EvidenceSchema, "get_evidence")
def read_source(claim_id: int, evidence_id: int) -> Response:
    """Read one attachment of a source to a claim."""
    return _part(claim_id, "sources", evidence_id, f"source {evidence_id} on claim {claim_id}")


@blueprint.write(
    "POST", "/claims/<id:claim_id>/sources", NewEvidenceSchema, AttachedEvidenceSchema, "attach_source"
)
def attach_source(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Attach a source to a claim: what it says of it, in which words."""
    return lambda act: sources.attach_source(act, claim_id, draft)


@blueprint.write(
    "POST",
    "/claims/<id:claim_id>/sources/<id:evidence_id>/withdrawal",
    NewReasonSchema,
    EvidenceSchema,
    "withdraw_evidence",
)
def withdraw_evidence(draft: Mapping[str, Any], claim_id: int, evidence_id: int) -> Work:
    """Take back an attachment that was a mistake; it stays to be seen, with the reason."""
    return lambda act: sources.withdraw_evidence(act, claim_id, evidence_id, draft["reason"])


@blueprint.read("/claims/<id:claim_id>/verdicts", ShownVerdictSchema, "list_verdicts", query=PastPageQuery)
def read_verdicts(query: dict[str, Any], claim_id: int) -> Response:
    """List every verdict on a claim, those that no longer stand too."""
    return _parts(claim_id, "verdicts", query)


@blueprint.write("POST", "/claims/<id:claim_id>/verdicts", NewVerdictSchema, VerdictSchema, "issue_verdict")
def issue_verdict(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Give your verdict on a claim; it takes the place of your earlier one.

    The same verdict given again by the same reviewer is the same verdict: 200.
    """
    return lambda act: verdicts.issue_verdict(act, claim_id, draft)


@blueprint.write("POST", "/claims/<id:claim_id>/rulings", NewVerdictSchema, VerdictSchema, "issue_ruling")
def issue_ruling(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Decide between reviewers, as an editor."""
    return lambda act: verdicts.issue_ruling(act, claim_id, draft)


@blueprint.read("/verdicts/<id:verdict_id>", VerdictSchema, "get_verdict")
def read_verdict(verdict_id: int) -> Response:
    """Read one verdict."""
    claim_id = kept.claim_id_of_verdict(parts().desk.db, verdict_id)
    return _part(claim_id, "verdicts", verdict_id, f"verdict {verdict_id}")


@blueprint.write(
    "POST", "/verdicts/<id:verdict_id>/retraction", NewReasonSchema, VerdictSchema, "retract_verdict"
)
def retract_verdict(draft: Mapping[str, Any], verdict_id: int) -> Work:
    """Take a verdict back; it stays to be seen, with the reason."""
    return lambda act: verdicts.retract_verdict(act, verdict_id, draft["reason"])


@blueprint.read(
    "/verdicts/<id:verdict_id>/opinions", ShownOpinionSchema, "list_opinions", query=PastPageQuery
)
def read_opinions(query: dict[str, Any], verdict_id: int) -> Response:
    """List what others think of a verdict, now or as of then."""
    return answer_parts(_opinions(verdict_id, query["as_of"]), query)


@blueprint.read("/verdicts/<id:verdict_id>/opinions/<id:opinion_id>", OpinionSchema, "get_opinion")
def read_opinion(verdict_id: int, opinion_id: int) -> Response:
    """Read one opinion on a verdict."""
    what = f"opinion {opinion_id} on verdict {verdict_id}"
    return composed(_numbered(_opinions(verdict_id), opinion_id, what))


@blueprint.write(
    "POST", "/verdicts/<id:verdict_id>/opinions", NewOpinionSchema, OpinionSchema, "give_opinion"
)
def give_opinion(draft: Mapping[str, Any], verdict_id: int) -> Work:
    """Say what you think of another's verdict; it takes the place of your earlier opinion on it.

    The same opinion given again is the same opinion: 200. It is asked for of verdicts that stand only.
    """
    return lambda act: verdicts.give_opinion(act, verdict_id, draft)


def _opinions(verdict_id: int, as_of: int | str | None = None) -> list[dict[str, Any]]:
    claim_id, what = kept.claim_id_of_verdict(parts().desk.db, verdict_id), f"verdict {verdict_id}"
    given = json.loads(served(claim_id, what, as_of)[1])["verdicts"]
    opinions: list[dict[str, Any]] = _numbered(given, verdict_id, what)["opinions"]
    return opinions


def _parts(claim_id: int, name: str, query: dict[str, Any]) -> Response:
    """Answer with a list that stands in a claim's text."""
    content = json.loads(served(claim_id, f"claim {claim_id}", query["as_of"])[1])
    return answer_parts(content[name], query)


def _part(claim_id: int | None, name: str, part_id: int, what: str) -> Response:
    """Answer with one of the things that stand in a claim's text."""
    return composed(_numbered(json.loads(served(claim_id, what)[1])[name], part_id, what))


def _numbered(those: list[dict[str, Any]], part_id: int, what: str) -> dict[str, Any]:
    for part in those:
        if part["id"] == part_id:
            return part
    raise NotFound(f"There is no {what}.")
