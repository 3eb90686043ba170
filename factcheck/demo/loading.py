"""How the demo's cases are put on an empty desk, and who may act there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from db import Desk, reviewers, verdicts
from factcheck.dates import now
from factcheck.demo import kazakhstan, practice
from factcheck.demo.telling import EDITOR, REVIEWER, ROLES
from factcheck.settings import Settings
from factcheck.workflow.acting import THE_DESK, Act, Actor, Call, Outcome, perform
from factcheck.workflow.citing import add_citation, retract_source
from factcheck.workflow.claims import add_claim, change_stage
from factcheck.workflow.entities import add_outlet, add_story, assess_outlet
from factcheck.workflow.linking import link_claim
from factcheck.workflow.reviewers import add_reviewer, issue_token, revoke_token
from factcheck.workflow.reviews import plan_review
from factcheck.workflow.sources import attach_source
from factcheck.workflow.verdicts import give_opinion, issue_ruling, issue_verdict
from schemas.citation import NewCitationSchema
from schemas.claim import NewClaimSchema, NewStageSchema
from schemas.evidence import NewEvidenceSchema
from schemas.link import NewClaimLinkSchema
from schemas.opinion import NewOpinionSchema
from schemas.outlet import NewAssessmentSchema, NewOutletSchema
from schemas.review import ReviewPlanSchema
from schemas.verdict import NewVerdictSchema

TOKEN_LABEL = "demo"  # noqa: S105 - a label, not a token
# What surrounds a claim in a case, beside its own fields; `later` is found once it is published.
_AROUND = ("sources", "cites", "verdicts", "opinions", "override_reason", "later", "review", "retracts")


def load_demo(desk: Desk, settings: Settings) -> bool:
    """Put the demo's cases on an empty desk.

    Returns:
        Whether they were put there; a desk that has reviewers is left as it is.
    """
    if reviewers.reviewers(desk.db):
        return False
    demo = _Demo(desk, settings)
    demo.staff.update({name: demo.hire(name, role) for name, role in ROLES.items()})
    for case in (kazakhstan, practice):
        demo.do(demo.staff[EDITOR], partial(add_story, draft=case.STORY))
        demo.put_outlets(case.OUTLETS, case.ASSESSMENTS)
        for entry in case.CASE:
            demo.put(entry, case.STORY["slug"])
    for claim_id, kind, other_id, note in kazakhstan.LINKS:
        demo.link(claim_id, kind, other_id, note)
    return True


def demo_tokens(desk: Desk, settings: Settings) -> dict[str, str]:
    """Issue new tokens to the demo's reviewer and editor, and end those of earlier starts.

    Returns:
        Tokens by the name of their reviewer; empty on a desk that is not the demo's.
    """
    demo = _Demo(desk, settings)
    tokens: dict[str, str] = {}
    for row in reviewers.reviewers(desk.db):
        if row["name"] in (REVIEWER, EDITOR):
            for token_id in reviewers.live_token_ids(desk.db, row["id"], TOKEN_LABEL):
                demo.do(THE_DESK, partial(revoke_token, token_id=token_id))
            issue = partial(issue_token, draft={"reviewer": row["id"], "label": TOKEN_LABEL})
            tokens[row["name"]] = demo.do(THE_DESK, issue)["token"]
    return tokens


@dataclass(frozen=True)
class _Demo:
    desk: Desk
    settings: Settings
    staff: dict[str, Actor] = field(default_factory=dict)

    def do(self, actor: Actor, work: Callable[[Act], Outcome]) -> dict[str, Any]:
        """Perform an act and give what it answers."""
        call = Call(actor, now(), "demo")
        content: dict[str, Any] = json.loads(perform(self.desk, self.settings, call, work).body)
        return content

    def hire(self, name: str, role: str) -> Actor:
        """Add one of the demo's reviewers."""
        draft = {"name": name, "kind": "person", "role": role}
        row = self.do(THE_DESK, partial(add_reviewer, draft=draft))
        return Actor(row["id"], name, role)

    def put_outlets(
        self, outlets: Iterable[Mapping[str, Any]], assessments: Iterable[tuple[str, str, str]]
    ) -> None:
        """Record outlets, and grade those that were assessed."""
        editor, ids = self.staff[EDITOR], {}
        for outlet in outlets:
            draft = NewOutletSchema().load(outlet)
            ids[outlet["name"]] = self.do(editor, partial(add_outlet, draft=draft))["id"]
        for name, reliability, reason in assessments:
            graded = NewAssessmentSchema().load({"reliability": reliability, "reason": reason})
            self.do(editor, partial(assess_outlet, outlet_id=ids[name], draft=graded))

    def put(self, entry: Mapping[str, Any], story: str) -> None:
        """Record one claim of a case with its sources and verdicts, and publish it."""
        said = {name: value for name, value in entry.items() if name not in _AROUND}
        draft = NewClaimSchema().load({**said, "story": story, "language": "en"})
        claim_id = self.do(self.staff[REVIEWER], partial(add_claim, draft=draft))["id"]
        known: dict[str, int] = {}
        for source in entry.get("sources", ()):
            attach = partial(attach_source, claim_id=claim_id, draft=NewEvidenceSchema().load(source))
            attached = self.do(self.staff[REVIEWER], attach)["source"]
            known[attached["url"]] = attached["id"]
        for citing, kind, cited in entry.get("cites", ()):
            cites = NewCitationSchema().load({"cites": known[cited], "kind": kind})
            self.do(self.staff[REVIEWER], partial(add_citation, source_id=known[citing], draft=cites))
        self.give(claim_id, entry.get("verdicts", ()))
        for name, opinion in entry.get("opinions", ()):
            self.dissent(name, claim_id, opinion)
        stage = {"stage": "published", "override_reason": entry.get("override_reason")}
        publish = partial(change_stage, claim_id=claim_id, draft=NewStageSchema().load(stage))
        self.do(self.staff[EDITOR], publish)
        self.give(claim_id, entry.get("later", ()))
        if "review" in entry:
            plan = ReviewPlanSchema().load(entry["review"])
            self.do(self.staff[EDITOR], partial(plan_review, claim_id=claim_id, draft=plan))
        for url, reason in entry.get("retracts", ()):
            self.do(self.staff[EDITOR], partial(retract_source, source_id=known[url], reason=reason))

    def link(self, claim_id: int, kind: str, other_id: int, note: str | None) -> None:
        """Say what one claim is to another."""
        draft = NewClaimLinkSchema().load({"other": other_id, "kind": kind, "note": note})
        self.do(self.staff[REVIEWER], partial(link_claim, claim_id=claim_id, draft=draft))

    def give(self, claim_id: int, findings: Iterable[tuple[str, Any]]) -> None:
        """Give the verdicts of the case on a claim."""
        for name, verdict in findings:
            act = issue_ruling if name == EDITOR else issue_verdict
            draft = NewVerdictSchema().load(verdict)
            self.do(self.staff[name], partial(act, claim_id=claim_id, draft=draft))

    def dissent(self, name: str, claim_id: int, opinion: Mapping[str, Any]) -> None:
        """Give an opinion on the newest verdict on a claim."""
        verdict_id = verdicts.verdicts_of(self.desk.db, claim_id)[-1]["id"]
        draft = NewOpinionSchema().load(opinion)
        self.do(self.staff[name], partial(give_opinion, verdict_id=verdict_id, draft=draft))
