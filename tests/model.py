"""The desk in small: what is promised of it, said once more in plain Python, to hold the desk against.

Nothing here knows how the desk does it. A claim is shown anew from what is known of it after every
act; an act is tried on a copy, which is kept if it changed anything. Times, places in the log and
who may read what follow from that. Etags and hashes are not modelled: they need only differ when
what they stand for does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

Json = dict[str, Any]

# slug: label, rating, whether a verdict must name a source.
STATUSES: dict[str, tuple[str, int | None, bool]] = {
    "little_evidence": ("little evidence", None, False),
    "unclear": ("unclear", None, False),
    "disputed": ("disputed", None, True),
    "false": ("false", 1, True),
    "mixed": ("partly true", 3, True),
}
ROLES = (None, "reader", "reviewer", "editor", "admin")
STEPS = {"open": ("published", "withdrawn"), "published": ("withdrawn",), "withdrawn": ("open",)}
STAGE_ACTS = {"published": "publish", "withdrawn": "withdraw", "open": "reopen"}
# A claim is another one if these change; all else is said about it.
OWN_WORDS = ("text", "claimant", "claimed_on")
WORDS = ("text", "claimant", "claimed_on", "place", "story", "ref")

INVALID = (400, "INVALID")
UNAUTHENTICATED = (401, "UNAUTHENTICATED")
FORBIDDEN = (403, "FORBIDDEN")
NOT_FOUND = (404, "NOT_FOUND")
CONFLICT = (409, "CONFLICT")
STALE = (412, "VERSION_MISMATCH")
KEY_REUSED = (422, "IDEMPOTENCY_KEY_REUSED")
UNVERSIONED = (428, "VERSION_REQUIRED")


class Refused(Exception):
    """An act that may not be: its status and code."""


def refuse(why: tuple[int, str]) -> NoReturn:
    raise Refused(*why)


class Who(NamedTuple):
    """Somebody who calls."""

    id: int | None
    name: str
    role: str | None

    def shown(self) -> Json:
        return {"id": self.id, "name": self.name}


class Claimant(NamedTuple):
    name: str
    kind: str
    at: str


class Story(NamedTuple):
    slug: str
    title: str
    at: str


class Source(NamedTuple):
    key: tuple[str, ...]
    url: str | None
    title: str | None
    outlet: int | None


@dataclass
class Claim:
    id: int
    words: Json
    by: Who
    at: str
    stage: str = "open"
    stages: list[Json] = field(default_factory=list)
    status: str = "unreviewed"
    since: str | None = None
    # What everybody was last told: the status, and the claim's own words.
    told: tuple[str, Json] | None = None
    corrections: list[Json] = field(default_factory=list)
    updated_at: str = ""


@dataclass
class Evidence:
    id: int
    claim: int
    source: int
    stance: str
    quote: str | None
    by: Who
    at: str
    withdrawal: Json | None = None


@dataclass
class Verdict:
    id: int
    claim: int
    ruling: bool
    status: str
    rationale: str
    sources: set[int]
    by: Who
    at: str
    retraction: Json | None = None

    def said(self) -> tuple[Any, ...]:
        return self.ruling, self.status, self.rationale, self.sources


class Opinion(NamedTuple):
    id: int
    verdict: int
    opinion: str
    reason: str
    by: Who
    at: str

    def shown(self, *, stands: bool) -> Json:
        return {**self._asdict(), "by": self.by.shown(), "stands": stands}


@dataclass
class Desk:
    """All that is known. Whatever is numbered is numbered from 1, in order."""

    claims: list[Claim] = field(default_factory=list)
    claimants: list[Claimant] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    outlets: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    corrections: list[Json] = field(default_factory=list)

    def of(self, claim: int, rows: list[Any]) -> list[Any]:
        return [row for row in rows if row.claim == claim]

    def story(self, slug: str | None) -> Story | None:
        return next((story for story in self.stories if story.slug == slug), None)


class Line(NamedTuple):
    """A line of the log, and the claims that it shows anew."""

    seq: int
    at: str
    act: str
    by: Who
    noun: str
    subject: int
    claim: int | None = None
    why: str | None = None
    everybody: bool = False
    shows: frozenset[int] = frozenset()


@dataclass
class Act:
    """An act under way, on a desk that is thrown away if it comes to nothing."""

    desk: Desk
    who: Who
    at: str
    # "right", "wrong" or "any" version of what it changes, or none named.
    if_match: str | None
    line: tuple[Any, ...] | None = None
    # Why readers are told something else now, if the act says so.
    kind: str | None = None
    reason: str | None = None

    def needs(self, role: str) -> None:
        if ROLES.index(self.who.role) < ROLES.index(role):
            refuse(FORBIDDEN)

    def expects_right_version(self) -> None:
        if self.if_match == "wrong":
            refuse(STALE)

    def record(
        self, act: str, noun: str, subject: int, claim: int | None = None, why: str | None = None
    ) -> None:
        self.line = (act, self.who, noun, subject, claim, why)

    def because(self, reason: str | None) -> Json:
        return {"reason": reason, "at": self.at, "by": self.who.shown()}


# What an act answers: whether something new came to be, and where it is to be read.
Done = tuple[bool, str]


def folded(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", text.lower()))


# Claims.


def record_claim(act: Act, body: Json) -> Done:
    act.needs("reviewer")
    words = dict.fromkeys(WORDS) | body | {"claimant": known_claimant(act, body["claimant"])}
    refuse_unknown_story(act, words["story"])
    same = claim_that_says(act.desk, words)
    if same:
        if words["ref"] not in (None, same.words["ref"]):
            refuse(CONFLICT)
        return False, f"/v1/claims/{same.id}"
    if claim_with_ref(act.desk, words["ref"]):
        refuse(CONFLICT)
    claim = Claim(len(act.desk.claims) + 1, words, act.who, act.at)
    act.desk.claims.append(claim)
    act.record("claim:add", "claims", claim.id, claim.id)
    return True, f"/v1/claims/{claim.id}"


def put_claim(act: Act, ref: str, body: Json) -> Done:
    act.needs("reviewer")
    claim = claim_with_ref(act.desk, ref)
    if claim:
        return revise_claim(act, claim.id, {**dict.fromkeys(("claimed_on", "place", "story")), **body})
    if act.if_match:
        refuse(STALE)
    return record_claim(act, {**body, "ref": ref})


def revise_claim(act: Act, claim_id: int, body: Json) -> Done:
    act.needs("reviewer")
    claim = live_claim(act, claim_id)
    words = {name: body[name] for name in WORDS if name in body}
    if "claimant" in words:
        words["claimant"] = known_claimant(act, words["claimant"])
    changed = [name for name in words if words[name] != claim.words[name]]
    if changed:
        if act.if_match is None:
            refuse(UNVERSIONED)
        if "ref" in changed and claim_with_ref(act.desk, words["ref"]):
            refuse(CONFLICT)
        refuse_unknown_story(act, words.get("story"))
        if claim_that_says(act.desk, claim.words | words) not in (None, claim):
            refuse(CONFLICT)
        claim.words |= words
        act.reason = body.get("reason")
        act.record("claim:revise", "claims", claim_id, claim_id, act.reason)
    return False, f"/v1/claims/{claim_id}"


def change_stage(act: Act, claim_id: int, body: Json) -> Done:
    act.needs("editor")
    claim = known_claim(act, claim_id)
    act.expects_right_version()
    stage, reason = body["stage"], body.get("reason")
    if claim.stage != stage:
        if stage not in STEPS[claim.stage]:
            refuse(CONFLICT)
        claim.stage, act.reason = stage, reason
        claim.stages.append({"stage": stage, "override_reason": None, "unmet": [], **act.because(reason)})
        act.record(f"claim:{STAGE_ACTS[stage]}", "claims", claim_id, claim_id, reason)
    return False, f"/v1/claims/{claim_id}"


def known_claim(act: Act, claim_id: int) -> Claim:
    return known(act.desk.claims, claim_id)


def live_claim(act: Act, claim_id: int) -> Claim:
    claim = known_claim(act, claim_id)
    act.expects_right_version()
    if claim.stage == "withdrawn":
        refuse(CONFLICT)
    return claim


def known(rows: list[Any], number: int) -> Any:
    if number > len(rows):
        refuse(NOT_FOUND)
    return rows[number - 1]


def claim_that_says(desk: Desk, words: Json) -> Claim | None:
    def said(these: Json) -> tuple[Any, ...]:
        return folded(these["text"]), these["claimant"], these["claimed_on"]

    return next((claim for claim in desk.claims if said(claim.words) == said(words)), None)


def claim_with_ref(desk: Desk, ref: str | None) -> Claim | None:
    return next((claim for claim in desk.claims if ref and claim.words["ref"] == ref), None)


def refuse_unknown_story(act: Act, slug: str | None) -> None:
    if slug and not act.desk.story(slug):
        refuse(INVALID)


# Claimants and stories.


def known_claimant(act: Act, named: Json) -> int:
    for number, claimant in enumerate(act.desk.claimants, start=1):
        if (folded(claimant.name), claimant.kind) == (folded(named["name"]), named["kind"]):
            return number
    act.desk.claimants.append(Claimant(named["name"], named["kind"], act.at))
    return len(act.desk.claimants)


def rename_claimant(act: Act, number: int, body: Json) -> Done:
    act.needs("editor")
    claimant: Claimant = known(act.desk.claimants, number)
    act.expects_right_version()
    if body["name"] != claimant.name:
        others = [other for other in act.desk.claimants if other is not claimant]
        if any((folded(body["name"]), claimant.kind) == (folded(other.name), other.kind) for other in others):
            refuse(CONFLICT)
        act.desk.claimants[number - 1] = claimant._replace(name=body["name"])
        act.record("claimant:revise", "claimants", number)
    return False, f"/v1/claimants/{number}"


def open_story(act: Act, body: Json) -> Done:
    act.needs("reviewer")
    story = act.desk.story(body["slug"])
    if story is None:
        act.desk.stories.append(Story(body["slug"], body["title"], act.at))
        act.record("story:add", "stories", len(act.desk.stories))
    elif story.title != body["title"]:
        refuse(CONFLICT)
    return story is None, f"/v1/stories/{body['slug']}"


def rename_story(act: Act, slug: str, body: Json) -> Done:
    act.needs("editor")
    story = act.desk.story(slug) or refuse(NOT_FOUND)
    act.expects_right_version()
    if body["title"] != story.title:
        place = act.desk.stories.index(story)
        act.desk.stories[place] = story._replace(title=body["title"])
        act.record("story:revise", "stories", place + 1)
    return False, f"/v1/stories/{slug}"


# Sources.


def attach_source(act: Act, claim_id: int, body: Json) -> Done:
    act.needs("reviewer")
    live_claim(act, claim_id)
    evidence, is_new = attach(act, claim_id, body)
    if is_new:
        act.record("evidence:attach", "evidence", evidence.id, claim_id)
    return is_new, f"/v1/claims/{claim_id}/sources/{evidence.id}"


def withdraw_source(act: Act, claim_id: int, evidence_id: int, body: Json) -> Done:
    evidence: Evidence = known(act.desk.evidence, evidence_id)
    if evidence.claim != claim_id:
        refuse(NOT_FOUND)
    act.needs("reviewer" if evidence.by == act.who else "editor")
    live_claim(act, claim_id)
    is_new = evidence.withdrawal is None
    if is_new:
        evidence.withdrawal = act.because(body["reason"])
        act.record("evidence:withdraw", "evidence", evidence_id, claim_id, body["reason"])
    elif evidence.withdrawal["reason"] != body["reason"]:
        refuse(CONFLICT)
    return is_new, f"/v1/claims/{claim_id}/sources/{evidence_id}"


def attach(act: Act, claim_id: int, body: Json) -> tuple[Evidence, bool]:
    source = known_source(act, body)
    quote = (body.get("quote") or {}).get("exact")
    for each in attached(act.desk, claim_id):
        if (each.source, each.stance, each.quote) == (source, body["stance"], quote):
            return each, False
    number = len(act.desk.evidence) + 1
    evidence = Evidence(number, claim_id, source, body["stance"], quote, act.who, act.at)
    act.desk.evidence.append(evidence)
    return evidence, True


def attached(desk: Desk, claim_id: int) -> list[Evidence]:
    return [each for each in desk.of(claim_id, desk.evidence) if each.withdrawal is None]


def known_source(act: Act, body: Json) -> int:
    sources = act.desk.sources
    if "source" in body:
        return body["source"] if body["source"] <= len(sources) else refuse(INVALID)
    url, title, outlet = (body.get(name) for name in ("url", "title", "outlet"))
    key = (address_key(url),) if url else (folded(title or ""), folded(outlet or ""))
    for number, source in enumerate(sources, start=1):
        if source.key == key:
            return number
    sources.append(Source(key, url, title, known_outlet(act, outlet) if outlet else None))
    return len(sources)


def known_outlet(act: Act, name: str) -> int:
    for number, outlet in enumerate(act.desk.outlets, start=1):
        if folded(outlet) == folded(name):
            return number
    act.desk.outlets.append(name)
    return len(act.desk.outlets)


def address_key(url: str) -> str:
    """Leave out of an address what does not lead elsewhere, as far as the tests' addresses go."""
    return re.sub("[?]utm_[a-z]+=[a-z]+|#.*|^https?://", "", url.lower()).rstrip("/")


# Verdicts.


def give_verdict(act: Act, claim_id: int, body: Json) -> Done:
    return give(act, claim_id, body, ruling=False)


def give_ruling(act: Act, claim_id: int, body: Json) -> Done:
    return give(act, claim_id, body, ruling=True)


def give(act: Act, claim_id: int, body: Json, *, ruling: bool) -> Done:
    act.needs("editor" if ruling else "reviewer")
    live_claim(act, claim_id)
    status = named_status(body["status"])
    known_already = {each.source for each in attached(act.desk, claim_id)}
    sources, any_new = set(), False
    for each in body.get("sources", ()):
        if isinstance(each, dict):
            evidence, is_new = attach(act, claim_id, each)
            sources.add(evidence.source)
            any_new |= is_new
        elif each in known_already:
            sources.add(each)
        else:
            refuse(INVALID)
    if STATUSES[status][2] and not sources:
        refuse(INVALID)
    said = (ruling, status, body["rationale"], sources)
    own = [each for each in act.desk.of(claim_id, act.desk.verdicts) if each.by == act.who]
    last = own[-1] if own else None
    if last and not last.retraction and not any_new and said == last.said():
        return False, f"/v1/verdicts/{last.id}"
    verdict = Verdict(len(act.desk.verdicts) + 1, claim_id, *said, act.who, act.at)
    act.desk.verdicts.append(verdict)
    act.kind = body.get("correction")
    name = "verdict:rule" if ruling else "verdict:issue"
    act.record(name, "verdicts", verdict.id, claim_id, verdict.rationale)
    return True, f"/v1/verdicts/{verdict.id}"


def retract_verdict(act: Act, verdict_id: int, body: Json) -> Done:
    verdict: Verdict = known(act.desk.verdicts, verdict_id)
    act.needs("reviewer" if verdict.by == act.who else "editor")
    live_claim(act, verdict.claim)
    is_new = verdict.retraction is None
    if is_new:
        verdict.retraction = act.because(body["reason"])
        act.kind, act.reason = "error", body["reason"]
        act.record("verdict:retract", "verdicts", verdict_id, verdict.claim, body["reason"])
    elif verdict.retraction["reason"] != body["reason"]:
        refuse(CONFLICT)
    return is_new, f"/v1/verdicts/{verdict_id}"


def give_opinion(act: Act, verdict_id: int, body: Json) -> Done:
    act.needs("reviewer")
    verdict: Verdict = known(act.desk.verdicts, verdict_id)
    live_claim(act, verdict.claim)
    if verdict.by == act.who:
        refuse(CONFLICT)
    last = standing_opinions(act.desk, verdict_id).get(act.who)
    if last and (last.opinion, last.reason) == (body["opinion"], body["reason"]):
        return False, f"/v1/verdicts/{verdict_id}/opinions/{last.id}"
    if verdict not in standing(act.desk.of(verdict.claim, act.desk.verdicts))[0]:
        refuse(CONFLICT)
    number = len(act.desk.opinions) + 1
    act.desk.opinions.append(Opinion(number, verdict_id, body["opinion"], body["reason"], act.who, act.at))
    act.record("opinion:give", "opinions", number, verdict.claim, body["reason"])
    return True, f"/v1/verdicts/{verdict_id}/opinions/{number}"


def standing_opinions(desk: Desk, verdict_id: int) -> dict[Who, Opinion]:
    return {each.by: each for each in desk.opinions if each.verdict == verdict_id}


def named_status(given: str) -> str:
    for slug, (label, _, _) in STATUSES.items():
        if folded(given) in (folded(slug), folded(label)):
            return slug
    refuse(INVALID)


def standing(said: Iterable[Verdict]) -> tuple[list[Verdict], Verdict | None]:
    """Give the verdicts that stand, oldest first, and the one of them that decides."""
    newest: dict[Who, Verdict] = {}
    for verdict in said:
        newest.pop(verdict.by, None)
        newest[verdict.by] = verdict
    stand = [verdict for verdict in newest.values() if not verdict.retraction]
    rulings = [verdict for verdict in stand if verdict.ruling]
    return stand, next(reversed(rulings or stand), None)


# What follows from an act.


def settle(act: Act, claim: Claim) -> None:
    """Note a claim's status and since when, and tell readers if they had been told another."""
    said = act.desk.of(claim.id, act.desk.verdicts)
    _, decider = standing(said)
    status = decider.status if decider else "unreviewed"
    if status != claim.status:
        claim.status, claim.since = status, act.at
    own = {name: claim.words[name] for name in OWN_WORDS}
    if claim.stage != "published":
        return
    if claim.told:
        was, words = claim.told
        changed = [name.replace("_", " ") for name in OWN_WORDS if own[name] != words[name]]
        if was not in ("unreviewed", status):
            kind = "new_evidence" if rests_on_more(decider, said) else "error"
            reason = decider.rationale if decider else "No verdict stands any more."
            correct(act, claim, was, act.kind or kind, act.reason or reason)
        elif changed:
            reason = f"Changed: {', '.join(changed)}."
            correct(act, claim, was, act.kind or "claim_changed", act.reason or reason)
    claim.told = status, own


def rests_on_more(decider: Verdict | None, said: list[Verdict]) -> bool:
    """Say whether a verdict rests on a source on which none before it did."""
    if decider is None:
        return False
    before = {source for verdict in said if verdict.id < decider.id for source in verdict.sources}
    return bool(decider.sources - before)


def correct(act: Act, claim: Claim, told: str, kind: str, reason: str) -> None:
    shown = {
        "id": len(act.desk.corrections) + 1,
        "kind": kind,
        "from": told,
        "to": claim.status,
        **act.because(reason),
    }
    claim.corrections.append(shown)
    act.desk.corrections.append({"claim": claim.id, "text": claim.words["text"], **shown})


# How things are shown.


def shown_claim(desk: Desk, claim: Claim) -> Json:
    said = desk.of(claim.id, desk.verdicts)
    stand, decider = standing(said)
    dissent = [verdict.id for verdict in stand if decider and verdict.status != decider.status]
    rule = "none" if decider is None else "ruling" if decider.ruling else "newest"
    story = desk.story(claim.words["story"])
    return {
        "id": claim.id,
        **{name: claim.words[name] for name in ("ref", "text", "claimed_on", "place")},
        "claimant": shown_claimant(desk, claim.words["claimant"]),
        "story": story and {"slug": story.slug, "title": story.title},
        "chain": [],
        "language": None,
        "appearances": [],
        "figure": None,
        "standing": {
            "status": claim.status,
            "rating": STATUSES[claim.status][1] if decider else None,
            "since": claim.since,
            "rule": rule,
            "decided_by": decider and decider.id,
            "contested": bool(dissent),
            "agree": len(stand) - len(dissent),
            "differ": len(dissent),
            "dissent": dissent,
            "dissenters": dissenters(desk, stand, decider),
            "counts": dict(Counter(verdict.status for verdict in stand)),
        },
        "sources": [shown_evidence(desk, each) for each in desk.of(claim.id, desk.evidence)],
        "verdicts": [shown_verdict(desk, verdict, said) for verdict in said],
        "corrections": claim.corrections,
        "links": [],
        "stage": claim.stage,
        "stages": claim.stages,
        "created_at": claim.at,
        "created_by": claim.by.shown(),
        "updated_at": claim.updated_at,
    }


def shown_claimant(desk: Desk, number: int) -> Json:
    claimant = desk.claimants[number - 1]
    return {"id": number, "name": claimant.name, "kind": claimant.kind, "same_as": None}


def shown_evidence(desk: Desk, evidence: Evidence) -> Json:
    source = desk.sources[evidence.source - 1]
    outlet = source.outlet and {
        "id": source.outlet,
        "name": desk.outlets[source.outlet - 1],
        **dict.fromkeys(("kind", "country", "owner", "reliability")),
    }
    unsaid = dict.fromkeys(("published_on", "accessed_at", "archive_url", "sha256", "described_as"))
    return {
        "id": evidence.id,
        "claim": evidence.claim,
        "stance": evidence.stance,
        "source": {
            "id": evidence.source,
            "url": source.url,
            "title": source.title,
            "outlet": outlet,
            "kind": "page",
            "original": "unknown",
            "protected": False,
            "retraction": None,
            **unsaid,
        },
        "quote": evidence.quote
        and {
            "exact": evidence.quote,
            "prefix": None,
            "suffix": None,
            "link": link(source.url, evidence.quote),
        },
        "credibility": None,
        "credibility_meaning": None,
        "note": None,
        "attached_at": evidence.at,
        "attached_by": evidence.by.shown(),
        "withdrawal": evidence.withdrawal,
    }


def link(url: str | None, exact: str) -> str | None:
    """Lead to quoted words, as far as the tests' addresses and words go."""
    mark = "" if "#" in (url or "") else "#"
    return url and f"{url}{mark}:~:text={exact.replace(' ', '%20')}"


def dissenters(desk: Desk, stand: list[Verdict], decider: Verdict | None) -> list[Json]:
    """Name each who found something else, and each who disagrees without saying so by a verdict."""
    found: dict[Who, Json] = {}
    for verdict in stand:
        if decider and verdict.status != decider.status:
            said = {"by": "verdict", "status": verdict.status, "opinion": None, "reason": verdict.rationale}
            found[verdict.by] = {**verdict.by.shown(), **said}
    opinions = standing_opinions(desk, decider.id).values() if decider else ()
    for opinion in sorted(opinions, key=lambda each: each.id):
        if opinion.opinion in ("disagree", "strongly_disagree") and opinion.by not in found:
            said = {"by": "opinion", "status": None, "opinion": opinion.opinion, "reason": opinion.reason}
            found[opinion.by] = {**opinion.by.shown(), **said}
    return list(found.values())


def shown_verdict(desk: Desk, verdict: Verdict, said: list[Verdict]) -> Json:
    later = [each.id for each in said if each.by == verdict.by and each.id > verdict.id]
    return {
        "id": verdict.id,
        "claim": verdict.claim,
        "kind": "ruling" if verdict.ruling else "verdict",
        "status": verdict.status,
        "rating": STATUSES[verdict.status][1],
        "rationale": verdict.rationale,
        "confidence": None,
        "sources": sorted(verdict.sources),
        "looked_for": [],
        "by": verdict.by.shown(),
        "at": verdict.at,
        "stands": not later and not verdict.retraction,
        "superseded_by": later[0] if later else None,
        "retraction": verdict.retraction,
        "opinions": [
            each.shown(stands=each in standing_opinions(desk, verdict.id).values())
            for each in desk.opinions
            if each.verdict == verdict.id
        ],
    }


def is_for_everybody(claim: Json) -> bool:
    """Say who may read a claim: what was published can still be read when it is withdrawn."""
    stages = ["open", *(step["stage"] for step in claim["stages"])]
    return stages[-1] == "published" or stages[-2:] == ["published", "withdrawn"]


# What is asked, and what is answered.


@dataclass(frozen=True)
class Ask:
    """A request that writes: by whom, what, and under which circumstances."""

    who: Who
    method: str
    path: str
    act: Callable[..., Done]
    # What the act is on: numbers, a ref, a slug.
    on: tuple[Any, ...]
    body: Json
    if_match: str | None = None
    key: str | None = None
    dry_run: bool = False


class Answer(NamedTuple):
    """What a request is answered: a status and a code, or what is to be read where."""

    status: int
    code: str | None = None
    location: str | None = None
    content: Json | None = None
    replayed: bool = False


class Version(NamedTuple):
    """How a claim was shown since a line of the log."""

    seq: int
    claim: Json


class Model:
    """A desk, its log, how each claim was ever shown, and what was answered under which key."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.desk = Desk()
        self.lines = list(lines)
        self.versions: dict[int, list[Version]] = {}
        self._replies: dict[tuple[Who, str], tuple[Any, Answer]] = {}

    @property
    def seq(self) -> int:
        return self.lines[-1].seq

    def answer(self, ask: Ask, at: str) -> Answer:
        """Carry out an act, and give what it is answered."""
        if ask.who.role is None:
            return Answer(*UNAUTHENTICATED)
        if is_malformed(ask.body):
            return Answer(*INVALID)
        reply_to = (ask.who, ask.key) if ask.key and ask.method == "POST" else None
        asked = (ask.method, ask.path, ask.body)
        if reply_to in self._replies:
            earlier, answer = self._replies[reply_to]
            return answer._replace(replayed=True) if earlier == asked else Answer(*KEY_REUSED)
        act = Act(deepcopy(self.desk), ask.who, max(at, self.lines[-1].at), ask.if_match)
        try:
            created, location = ask.act(act, *ask.on, ask.body)
        except Refused as refused:
            return Answer(*refused.args)
        shown_anew = self._settled(act) if act.line else []
        content = self._read(act.desk, location)
        if ask.act is attach_source:
            # The tests' sources cite nothing and are no pages of the desk.
            content["warnings"] = []
        answer = Answer(201 if created else 200, None, location, content)
        if ask.dry_run:
            return answer
        if act.line:
            self._keep(act, shown_anew)
        if reply_to:
            self._replies[reply_to] = (asked, answer)
        return answer

    def _settled(self, act: Act) -> list[Json]:
        """Let follow what follows from an act, and give the claims that it changed."""
        shown_anew = []
        for claim in act.desk.claims:
            settle(act, claim)
            if claim.id not in self.versions or shown_claim(act.desk, claim) != self.now(claim.id):
                claim.updated_at = act.at
                shown_anew.append(shown_claim(act.desk, claim))
        return shown_anew

    def _keep(self, act: Act, shown_anew: list[Json]) -> None:
        self.desk = act.desk
        seq, shows = self.seq + 1, frozenset(claim["id"] for claim in shown_anew)
        assert act.line
        *_, on, _ = act.line
        everybody = any(is_for_everybody(claim) for claim in shown_anew if on in (None, claim["id"]))
        self.lines.append(Line(seq, act.at, *act.line, everybody, shows))
        for claim in shown_anew:
            self.versions.setdefault(claim["id"], []).append(Version(seq, deepcopy(claim)))

    def _read(self, desk: Desk, path: str) -> Json:
        """Give what stands at an address."""
        _, _, noun, name, *rest = path.split("/")
        if noun == "stories":
            place, story = next(each for each in enumerate(desk.stories, 1) if each[1].slug == name)
            shown = {"slug": story.slug, "title": story.title, "summary": None}
            return {"id": place, **shown, "created_at": story.at}
        number = int(name)
        if noun == "claimants":
            return {**shown_claimant(desk, number), "created_at": desk.claimants[number - 1].at}
        if noun == "verdicts":
            verdict = desk.verdicts[number - 1]
            if rest:
                opinion = desk.opinions[int(rest[1]) - 1]
                return opinion.shown(stands=opinion in standing_opinions(desk, number).values())
            return deepcopy(shown_verdict(desk, verdict, desk.of(verdict.claim, desk.verdicts)))
        if rest:
            return deepcopy(shown_evidence(desk, desk.evidence[int(rest[1]) - 1]))
        return deepcopy(shown_claim(desk, desk.claims[number - 1]))

    def now(self, claim_id: int) -> Json:
        """Give a claim as it is shown."""
        return self.versions[claim_id][-1].claim

    def then(self, claim_id: int, seq: int) -> Version | None:
        """Give a claim as it was shown after a line of the log."""
        return next((each for each in reversed(self.versions.get(claim_id, [])) if each.seq <= seq), None)

    def listed(self, *, everything: bool, as_of: int | None = None) -> list[Version]:
        """Give the claims that a list shows: to who has a token all, to others what is published."""
        seq = self.seq if as_of is None else as_of
        found = [version for number in self.versions if (version := self.then(number, seq))]
        return [each for each in found if everything or each.claim["stage"] == "published"]


def is_malformed(body: Json) -> bool:
    """Say whether a body has a field that nobody knows, or takes back a claim without a word why."""
    return "typo" in body or (body.get("stage") in ("open", "withdrawn") and "reason" not in body)
