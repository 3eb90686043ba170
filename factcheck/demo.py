"""The demo desk: a small real case, January 2022 in Kazakhstan, told from the public record.

It shows chains, figures that supersede one another, relays that are no independent
sources, statuses off the truth scale, and a contested claim. The acts are the same
that callers use, so the demo is also a test of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from db import Desk, reviewers
from factcheck.dates import now
from factcheck.settings import Settings
from factcheck.workflow.acting import THE_DESK, Act, Actor, Call, Outcome, perform
from factcheck.workflow.claims import add_claim, change_stage
from factcheck.workflow.entities import add_story
from factcheck.workflow.reviewers import add_reviewer, issue_token, revoke_token
from factcheck.workflow.sources import attach_source
from factcheck.workflow.verdicts import issue_ruling, issue_verdict
from schemas.claim import NewClaimSchema
from schemas.source import NewEvidenceSchema
from schemas.verdict import NewVerdictSchema

STORY = "kazakhstan-january-2022"
REVIEWER, SECOND, EDITOR = "Demo reviewer", "Demo second reviewer", "Demo editor"
_ROLES = {REVIEWER: "reviewer", SECOND: "reviewer", EDITOR: "editor"}
TOKEN_LABEL = "demo"  # noqa: S105 - a label, not a token

_HEALTH_MINISTRY = {"name": "Health Ministry of Kazakhstan", "kind": "organisation"}
_INTERIOR_MINISTRY = {"name": "Interior Ministry of Kazakhstan", "kind": "organisation"}
_PRESIDENT = {"name": "Kassym-Jomart Tokayev", "kind": "person"}
_PRESIDENTS_OFFICE = {"name": "Office of the President of Kazakhstan", "kind": "organisation"}


def _chain(*names: str) -> list[dict[str, str]]:
    """Write a chain of two to four stations with their roles."""
    roles = {2: ("origin", "publisher"), 3: ("origin", "relay", "publisher")}
    roles[4] = ("origin", "relay", "venue", "publisher")
    return [{"role": role, "name": name} for role, name in zip(roles[len(names)], names, strict=True)]


def _verdict(
    who: str, status: str, rationale: str, confidence: str, **more: Any
) -> tuple[str, dict[str, Any]]:
    return who, {"status": status, "rationale": rationale, "confidence": confidence, **more}


def _relay(outlet: str, stance: str = "context", note: str | None = None) -> dict[str, Any]:
    return {
        "title": f"Report of 9 January 2022 by {outlet}",
        "outlet": outlet,
        "kind": "statement",
        "original": "no",
        "published_on": "2022-01-09",
        "stance": stance,
        "note": note,
    }


_BY_STATE_TV = ("Health Ministry of Kazakhstan", "Khabar 24", "dpa")
_RELAYED = _relay("Khabar 24", note="Passes on the ministry's figures; no origin of its own.")
_UNCHECKED = _verdict(
    REVIEWER,
    "difficult_to_independently_verify",
    "The country is tightly controlled, and nobody outside the authorities could count.",
    "moderate",
)

# What surrounds a claim in the case below, beside its own fields; `later` is found once it is published.
_AROUND = ("sources", "verdicts", "later")

CASE: tuple[dict[str, Any], ...] = (
    {
        "text": "164 people were killed in the week of unrest.",
        "claimant": _HEALTH_MINISTRY,
        "chain": _chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "deaths", "value": 164, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "103 people, two of them children, died in Almaty alone.",
        "claimant": _HEALTH_MINISTRY,
        "chain": _chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "place": "Almaty",
        "figure": {"measure": "deaths", "value": 103, "scope": "Almaty", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "More than 40 people have died, at least 16 of them police officers and soldiers.",
        "claimant": {"name": "Authorities of Kazakhstan", "kind": "organisation"},
        "chain": _chain("Authorities of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-08~",
        "figure": {
            "measure": "deaths",
            "low": 40,
            "qualifier": "more_than",
            "scope": "Kazakhstan",
            "as_of": "2022-01-08~",
        },
        "verdicts": [_UNCHECKED],
        "later": [
            _verdict(
                SECOND, "outdated", "The Health Ministry gave 164 on the Sunday.", "high", sources=[_RELAYED]
            ),
        ],
    },
    {
        "text": "Sixteen members of the security forces have been killed.",
        "claimant": _INTERIOR_MINISTRY,
        "chain": _chain("Interior Ministry of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-08~",
        "figure": {
            "measure": "deaths",
            "value": 16,
            "scope": "security forces of Kazakhstan",
            "as_of": "2022-01-08~",
        },
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "More than 2,200 people were injured.",
        "claimant": _HEALTH_MINISTRY,
        "chain": _chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "injured",
            "low": 2200,
            "qualifier": "more_than",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "719 people are in hospital.",
        "claimant": _HEALTH_MINISTRY,
        "chain": _chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "in_hospital", "value": 719, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "83 of those in hospital are in critical condition.",
        "claimant": _HEALTH_MINISTRY,
        "chain": _chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "critical", "value": 83, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "Nearly 6,000 people have been arrested, many foreigners among them.",
        "claimant": _PRESIDENTS_OFFICE,
        "chain": _chain("Office of the President of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "arrests",
            "value": 6000,
            "qualifier": "nearly",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "verdicts": [
            _verdict(
                REVIEWER,
                "difficult_to_independently_verify",
                "No list and no court record was shown.",
                "moderate",
            )
        ],
    },
    {
        "text": "More than 100 shops and banks and about 400 vehicles, mostly police cars, were destroyed.",
        "claimant": _INTERIOR_MINISTRY,
        "chain": _chain("Interior Ministry of Kazakhstan", "Khabar 24", "dpa"),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "vehicles_destroyed",
            "value": 400,
            "qualifier": "about",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "verdicts": [
            _verdict(REVIEWER, "unclear", "Damage was seen in Almaty; nobody else counted it.", "low")
        ],
    },
    {
        "text": "The protesters are supported from abroad.",
        "claimant": _PRESIDENT,
        "chain": _chain("Kassym-Jomart Tokayev", "dpa"),
        "claimed_on": "2022-01-07/2022-01-09",
        "verdicts": [
            _verdict(
                REVIEWER, "difficult_to_independently_verify", "No way to check it from outside.", "low"
            ),
            _verdict(SECOND, "unclear", "What counts as support was never said.", "low"),
            _verdict(
                EDITOR,
                "little_evidence",
                "Said repeatedly; no document, name or payment was shown.",
                "high",
            ),
        ],
    },
    {
        "text": "Supplies of basic food to remote regions have been secured.",
        "claimant": {"name": "Ministry of Trade of Kazakhstan", "kind": "organisation"},
        "chain": _chain("Ministry of Trade of Kazakhstan", "TASS", "dpa"),
        "claimed_on": "2022-01-09",
        "sources": [_relay("TASS", note="Another state's news agency repeats the ministry.")],
        "verdicts": [
            _verdict(REVIEWER, "difficult_to_independently_verify", "No report from the regions.", "low")
        ],
    },
    {
        "text": "The Collective Security Treaty Organisation has sent 2,500 paratroopers.",
        "claimant": {"name": "Collective Security Treaty Organisation", "kind": "organisation"},
        "chain": _chain("Collective Security Treaty Organisation", "dpa"),
        "claimed_on": "2022-01",
        "figure": {"measure": "troops_sent", "value": 2500, "scope": "Kazakhstan", "as_of": "2022-01-09"},
    },
)


def load_demo(desk: Desk, settings: Settings) -> bool:
    """Put the demo case on an empty desk.

    Returns:
        Whether it was put there; a desk that has reviewers is left as it is.
    """
    if reviewers.reviewers(desk.db):
        return False
    demo = _Demo(desk, settings)
    staff = {name: demo.hire(name, role) for name, role in _ROLES.items()}
    story = {
        "slug": STORY,
        "title": "Unrest in Kazakhstan, January 2022",
        "summary": "What was said in the week of protests, and by whom.",
    }
    demo.do(staff[EDITOR], partial(add_story, draft=story))
    for entry in CASE:
        demo.put(staff, entry)
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

    def put(self, staff: Mapping[str, Actor], entry: Mapping[str, Any]) -> None:
        """Record one claim of the case with its sources and verdicts, and publish it."""
        said = {name: value for name, value in entry.items() if name not in _AROUND}
        draft = NewClaimSchema().load({**said, "story": STORY, "language": "en"})
        claim_id = self.do(staff[REVIEWER], partial(add_claim, draft=draft))["id"]
        for source in entry.get("sources", ()):
            attach = partial(attach_source, claim_id=claim_id, draft=NewEvidenceSchema().load(source))
            self.do(staff[REVIEWER], attach)
        self.give(staff, claim_id, entry.get("verdicts", ()))
        publish = partial(change_stage, claim_id=claim_id, stage="published", reason=None)
        self.do(staff[EDITOR], publish)
        self.give(staff, claim_id, entry.get("later", ()))

    def give(self, staff: Mapping[str, Actor], claim_id: int, verdicts: Iterable[tuple[str, Any]]) -> None:
        """Give the verdicts of the case on a claim."""
        for name, verdict in verdicts:
            act = issue_ruling if name == EDITOR else issue_verdict
            draft = NewVerdictSchema().load(verdict)
            self.do(staff[name], partial(act, claim_id=claim_id, draft=draft))
