"""Random acts by random people, each answer held against a model of the desk.

`STATEFUL_EXAMPLES=500 pytest tests/test_stateful.py` goes on for longer, with other acts each time,
and when it finds a fault, looks for minutes for fewer steps that lead to it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from db import Desk
from factcheck.dates import stamp
from factcheck.settings import Settings
from factcheck.web.kept import KeptAnswers
from factcheck.web.parts import NAME
from factcheck.workflow.checking import faults
from tests import model
from tests.conftest import PUBLIC_URL, Caller, Newsroom
from tests.model import Answer, Ask, Json, Line, Model, Story, Version, Who, is_for_everybody

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
STEPS = settings(
    max_examples=EXAMPLES or 40,
    stateful_step_count=80 if EXAMPLES else 40,
    derandomize=not EXAMPLES,
    database=None,
    phases=[Phase.generate, *[Phase.shrink] * bool(EXAMPLES)],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

READER, REVIEWER, EDITOR, ADMIN, SECOND = (
    Who(number, name, name.lower() if number < 5 else "reviewer")
    for number, name in enumerate(("Reader", "Reviewer", "Editor", "Admin", "Second"), start=1)
)
NOBODY, THE_DESK = Who(None, "anonymous", None), Who(None, "the desk", "admin")
# Lines on who works here are for an admin.
PRIVATE = ("reviewers", "tokens")
NEVER = "0" * 32

Choices = Mapping[str, Sequence[Any]]
Route = tuple[str, str, Callable[..., model.Done]]
STORIES: Route = ("POST", "/v1/stories", model.open_story)


def stage_of(claim: int) -> Route:
    return "POST", f"/v1/claims/{claim}/stage", model.change_stage


class Chance:
    """Chooses, evenly."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def of(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def some(self, fields: Choices, optional: Choices | None = None) -> Json:
        """Choose a value for each field, and of the optional ones for every other."""
        said = {name: self.of(values) for name, values in fields.items()}
        more = {name: values for name, values in (optional or {}).items() if self.of((True, False))}
        return said | {name: self.of(values) for name, values in more.items()}


class Clock:
    """The machine's clock, which may be set back."""

    def __init__(self) -> None:
        self.set()

    def set(self) -> None:
        self.at = datetime(2040, 1, 1, tzinfo=UTC)

    def read(self) -> str:
        return stamp(self.at)

    def go(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Room:
    """A newsroom whose desk can be put back to its beginning, on a file of its own."""

    newsroom: Newsroom
    callers: dict[Who, Caller]
    folder: Path
    founded: bytes
    lines: list[Line]
    clock: Clock

    def begin(self) -> None:
        """Give the newsroom a new file."""
        self.clock.set()
        self.newsroom.desk.close()
        for file in self.folder.iterdir():
            file.unlink()
        path = self.folder / "desk.db"
        path.write_bytes(self.founded)
        desk = Desk(str(path))
        parts = self.newsroom.app.extensions[NAME]
        self.newsroom.app.extensions[NAME] = replace(parts, desk=desk, answers=KeptAnswers(1_000_000))
        self.newsroom.desk, self.newsroom.db = desk, desk.db


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    folder = tmp_path / "desk"
    folder.mkdir()
    path = folder / "desk.db"
    newsroom = Newsroom(
        Settings(database=str(path), public_url=PUBLIC_URL, publish_requires="none", rate_local=0)
    )
    second = newsroom.hire("Second", "reviewer")
    callers = {
        READER: newsroom.reader,
        REVIEWER: newsroom.reviewer,
        EDITOR: newsroom.editor,
        ADMIN: newsroom.admin,
        SECOND: second,
        NOBODY: newsroom.anonymous,
    }
    for caller in callers.values():
        # That a token was used is noted now, and not again.
        caller.get("/v1/me")
    lines = [
        Line(*(line[name] for name in ("seq", "at", "act")), THE_DESK, line["noun"], line["subject"])
        for line in newsroom.admin.get("/v1/changes").json["items"]
    ]
    # Its vocabulary is for everybody, who works for it is not.
    lines[0] = lines[0]._replace(everybody=True)
    newsroom.desk.close()
    clock = Clock()
    monkeypatch.setattr("factcheck.web.contract.now", clock.read)
    yield Room(newsroom, callers, folder, path.read_bytes(), lines, clock)
    newsroom.desk.close()


# What is said. Some of it says the same as something else in other letters.
TEXTS = ("The bridge was closed.", "the BRIDGE was closed", "Four people were hurt.", "The mayor left.")
NAMES = ("City Council", "city council", "Road Office", "Harbour Office")
SLUGS = ("bridges", "floods")
TITLES = ("The bridges", "All bridges")
REFS = ("r1", "r2")
REASONS = ("A slip.", "It was overtaken.")
ADDRESSES = (
    "https://example.org/log",
    "http://example.org/log/?utm_source=feed#top",
    "https://example.org/minutes",
    "https://example.org/photographs",
)
FOUND = ("So it is.", "So it is not.")
NEW = object()
FREE, SOURCED = ("little_evidence", "Little Evidence", "unclear"), ("false", "disputed", "partly-true")

CLAIMANTS = [
    {"name": name, "kind": kind}
    for name, kind in zip(NAMES, ("organisation", "organisation", "organisation", "person"), strict=True)
]
REF = {"ref": (*REFS, None)}
CLAIM = {"text": TEXTS, "claimant": CLAIMANTS}
DETAILS = {
    "claimed_on": ("2024-05-02", "2024~", None),
    "place": ("Riverside", "Hill", None),
    "story": (SLUGS[0], *SLUGS, None),
}
ADDRESSED = {"url": ADDRESSES, "stance": ("supports", "refutes")}
ABOUT_IT = {
    "title": ("Log", "Minutes"),
    "outlet": ("Road Office", "road office", "Evening Post"),
    "quote": ({"exact": "closed on one day"}, {"exact": "three days"}),
}
TITLED = {"title": ("A document", "a document"), "stance": ("context",)}
KNOWN = {"source": (1, 2, 3, 4), "stance": ("supports", "refutes")}
BECAUSE = {"reason": REASONS}

# Who does it, and how, as often as in a lively newsroom.
WORKING = (REVIEWER,) * 5 + (SECOND,) * 5 + (EDITOR,) * 4 + (ADMIN, READER, NOBODY)
EDITING = (EDITOR,) * 6 + (ADMIN,) * 4 + (REVIEWER, READER, NOBODY)
RIGHT, ANY, WRONG = ({"if_match": version} for version in ("right", "any", "wrong"))
SPECIALLY: tuple[Json, ...] = (
    *({"key": "new"},) * 4,
    *({"key": "used"}, {"key": "new", "dry_run": True}, {"dry_run": True}, {"typo": True}),
)
HOW: tuple[Json, ...] = (*({},) * 12, *(RIGHT,) * 4, ANY, WRONG, *SPECIALLY)
HOW_TO_RECORD: tuple[Json, ...] = (*({},) * 12, RIGHT, *SPECIALLY)
HOW_TO_REVISE: tuple[Json, ...] = (*(RIGHT,) * 8, ANY, WRONG, {}, *(RIGHT | how for how in SPECIALLY))
STEP_WEIGHTS = {
    "record_claim": 2,
    "put_claim": 4,
    "revise_claim": 3,
    "change_stage": 5,
    "take_back": 2,
    "attach_source": 2,
    "withdraw_source": 2,
    "give_verdict": 9,
    "give_ruling": 3,
    "retract_verdict": 3,
    "give_opinion": 3,
    "open_story": 1,
    "rename_story": 1,
    "rename_claimant": 2,
    "ask_again": 4,
    "say_again_what_was_taken_back": 3,
    "ask_again_under_the_key": 2,
    "ask_otherwise_under_the_key": 1,
    "look_whether_it_changed": 1,
    "set_the_clock": 1,
}
WEIGHTED = [name for name, weight in STEP_WEIGHTS.items() for _ in range(weight)]


class Acts(RuleBasedStateMachine):
    """People at work.

    There is one rule for all that they do, and hypothesis gives it nothing but chance. Left to
    choose among many rules and their values, it repeats itself, and leaves rules out, so that
    hardly a verdict is retracted.
    """

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room
        room.begin()
        self.model = Model(room.lines)
        # What was asked, and what of it was not refused.
        self.asked: list[Ask] = []
        self.done: list[Ask] = []
        # What had been asked when something new came to be, by its address.
        self.made: dict[str, Ask] = {}
        self.keys = 0
        self.seeds: Counter[int] = Counter()
        # Of each text that was ever served its etag, and the other way round.
        self.etags: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        # The etags that an address has had, and the bytes of each claim after a line of the log.
        self.had: dict[str, list[str]] = {}
        self.served: dict[tuple[int, int], tuple[bytes, str]] = {}

    @initialize()
    def begin(self) -> None:
        claim = {"text": TEXTS[0], "claimant": {"name": NAMES[0], "kind": "organisation"}, "story": SLUGS[0]}
        self.ask(Ask(EDITOR, *STORIES, (), {"slug": SLUGS[0], "title": TITLES[0]}))
        self.ask(Ask(REVIEWER, "POST", "/v1/claims", model.record_claim, (), claim))
        self.ask(Ask(EDITOR, *stage_of(1), (1,), {"stage": "published"}))

    # Of a larger range small numbers would be chosen more often than others.
    @rule(seed=st.integers(0, 2**24 - 1))
    def step(self, seed: int) -> None:
        # Whoever comes twice with the same number does not do the same thing twice.
        self.seeds[seed] += 1
        chance = Chance(Random(f"{seed} {self.seeds[seed]}"))
        getattr(self, chance.of(WEIGHTED))(chance)

    # What people do.

    def record_claim(self, chance: Chance) -> None:
        body = chance.some(CLAIM, DETAILS | REF)
        self.do(chance, ("POST", "/v1/claims", model.record_claim), (), body)

    def put_claim(self, chance: Chance) -> None:
        ref = chance.of(REFS)
        there = model.claim_with_ref(self.model.desk, ref)
        body = chance.some(CLAIM, DETAILS)
        if there and chance.of((True, True, False)):
            claimant = self.model.desk.claimants[there.words["claimant"] - 1]
            body |= {"text": there.words["text"], "claimant": {"name": claimant.name, "kind": claimant.kind}}
        route = ("PUT", f"/v1/claims/ref/{ref}", model.put_claim)
        self.do(chance, route, (ref,), body, how=HOW_TO_REVISE if there else HOW_TO_RECORD)

    def revise_claim(self, chance: Chance) -> None:
        claim = self.number(chance, "claims")
        body = chance.some({}, CLAIM | DETAILS | REF | BECAUSE)
        route = ("PATCH", f"/v1/claims/{claim}", model.revise_claim)
        self.do(chance, route, (claim,), body, how=HOW_TO_REVISE)

    def change_stage(self, chance: Chance) -> None:
        claim = self.number(chance, "claims")
        next_stages = {"open": "published", "published": "withdrawn", "withdrawn": "open"}
        known = [each.stage for each in self.model.desk.claims[claim - 1 : claim]]
        body = {"stage": chance.of([*(next_stages[each] for each in known * 6), *next_stages])}
        if body["stage"] != "published" or chance.of((True, False)):
            # Hardly anybody forgets to say why.
            body |= chance.of(({}, *({"reason": reason} for reason in REASONS * 4)))
        self.do(chance, stage_of(claim), (claim,), body, EDITING)

    def take_back(self, chance: Chance) -> None:
        """Open a published claim again, to be published with other findings perhaps."""
        published = [claim.id for claim in self.model.desk.claims if claim.stage == "published"]
        if published:
            claim, editor = chance.of(published), chance.of((EDITOR, ADMIN))
            for stage in ("withdrawn", "open"):
                self.ask(Ask(editor, *stage_of(claim), (claim,), {"stage": stage, "reason": REASONS[0]}))

    def attach_source(self, chance: Chance) -> None:
        claim = self.number(chance, "claims")
        body = chance.some(*chance.of(((ADDRESSED, ABOUT_IT), (ADDRESSED,), (TITLED,), (KNOWN,))))
        self.do(chance, ("POST", f"/v1/claims/{claim}/sources", model.attach_source), (claim,), body)

    def withdraw_source(self, chance: Chance) -> None:
        evidence = self.number(chance, "evidence")
        known = self.model.desk.evidence[evidence - 1 : evidence]
        claim = chance.of([*(each.claim for each in known * 9), 1])
        route = ("POST", f"/v1/claims/{claim}/sources/{evidence}/withdrawal", model.withdraw_source)
        by = (*(each.by for each in known * 12), *WORKING)
        self.do(chance, route, (claim, evidence), chance.some(BECAUSE), by)

    def give_verdict(self, chance: Chance) -> None:
        claim = self.number(chance, "claims")
        route = ("POST", f"/v1/claims/{claim}/verdicts", model.give_verdict)
        self.do(chance, route, (claim,), self.finding(chance, claim))

    def give_ruling(self, chance: Chance) -> None:
        claim = self.number(chance, "claims")
        route = ("POST", f"/v1/claims/{claim}/rulings", model.give_ruling)
        self.do(chance, route, (claim,), self.finding(chance, claim), EDITING)

    def finding(self, chance: Chance, claim: int) -> Json:
        """Say something of a claim, mostly something that may be said."""
        there = sorted({each.source for each in model.attached(self.model.desk, claim)})
        every = self.model.desk.of(claim, self.model.desk.evidence)
        withdrawn = [each.source for each in every if each.withdrawal]
        sources = [*chance.of(([], *([each] for each in there * 2), there))]
        if chance.of((True, *[False] * (2 if withdrawn else 12))):
            sources.append(chance.of(withdrawn or [1]))
        if chance.of((True, False, False)):
            sources.append(chance.some(ADDRESSED, ABOUT_IT))
        statuses = (*FREE, *SOURCED * 2) if sources else (*FREE * 3, "false", "unreviewed")
        said = {"status": (*statuses * 2, "nonsense"), "rationale": FOUND}
        kinds = {"correction": ("error", "new_evidence", "claim_changed")} if chance.of((True, False)) else {}
        return {**chance.some(said, kinds), "sources": sources}

    def retract_verdict(self, chance: Chance) -> None:
        verdict = self.number(chance, "verdicts")
        by = [each.by for each in self.model.desk.verdicts[verdict - 1 : verdict]] * 12
        route = ("POST", f"/v1/verdicts/{verdict}/retraction", model.retract_verdict)
        self.do(chance, route, (verdict,), chance.some(BECAUSE), (*by, *WORKING))

    def give_opinion(self, chance: Chance) -> None:
        verdict = self.number(chance, "verdicts")
        body = chance.some({"opinion": ("disagree", "strongly_disagree", "agree"), **BECAUSE})
        route = ("POST", f"/v1/verdicts/{verdict}/opinions", model.give_opinion)
        self.do(chance, route, (verdict,), body)

    def open_story(self, chance: Chance) -> None:
        self.do(chance, STORIES, (), chance.some({"slug": SLUGS, "title": TITLES}))

    def rename_story(self, chance: Chance) -> None:
        slug, body = chance.of(SLUGS), chance.some({"title": TITLES})
        self.do(chance, ("PATCH", f"/v1/stories/{slug}", model.rename_story), (slug,), body, EDITING)

    def rename_claimant(self, chance: Chance) -> None:
        number, body = self.number(chance, "claimants"), chance.some({"name": NAMES})
        route = ("PATCH", f"/v1/claimants/{number}", model.rename_claimant)
        self.do(chance, route, (number,), body, EDITING)

    def ask_again(self, chance: Chance) -> None:
        ask = chance.of(chance.of((self.done, self.done[-6:])))
        self.ask(replace(ask, key=chance.of((None, None, ask.key))))

    def say_again_what_was_taken_back(self, chance: Chance) -> None:
        desk = self.model.desk
        verdicts = [f"/v1/verdicts/{each.id}" for each in desk.verdicts if each.retraction]
        sources = [f"/v1/claims/{each.claim}/sources/{each.id}" for each in desk.evidence if each.withdrawal]
        asked = [self.made[path] for path in (*verdicts, *sources) if path in self.made]
        self.ask(replace(chance.of(asked or self.done), key=None))

    def ask_again_under_the_key(self, chance: Chance) -> None:
        self.ask(chance.of(self.under_a_key))

    def ask_otherwise_under_the_key(self, chance: Chance) -> None:
        before, other = chance.of(self.under_a_key), chance.of(self.asked)
        self.ask(replace(other, who=before.who, key=before.key))

    def look_whether_it_changed(self, chance: Chance) -> None:
        claim, who = self.number(chance, "claims"), chance.of((READER, NOBODY))
        had = self.had.get(f"/v1/claims/{claim}", [NEVER])
        seen = chance.of(had[-3:])
        answer = self.get(who, f"/v1/claims/{claim}", headers={"If-None-Match": f'"{seen}"'})
        shown = claim in self.model.versions and (who is READER or is_for_everybody(self.model.now(claim)))
        assert answer.status_code == (404 if not shown else 304 if seen == had[-1] else 200)

    def set_the_clock(self, chance: Chance) -> None:
        self.room.clock.go(hours=chance.of((-9, -0.01, 0.5, 30)))

    @property
    def under_a_key(self) -> list[Ask]:
        return [ask for ask in self.asked if ask.key] or self.asked

    def number(self, chance: Chance, table: str) -> int:
        """Choose something that is there, often the newest, now and then the next, which is not there."""
        newest = len(getattr(self.model.desk, table))
        there = [*range(1, newest + 1), *[newest] * (newest > 0)]
        return chance.of([*there * 9, newest + 1])

    def do(
        self, chance: Chance, route: Route, on: tuple[Any, ...], body: Json, by: Any = WORKING, how: Any = HOW
    ) -> None:
        who, chosen = chance.of(by), dict(chance.of(how))
        if chosen.pop("typo", False):
            body = {**body, "typo": "x"}
        if "key" in chosen:
            self.keys += chosen["key"] == "new"
            chosen["key"] = f"k{self.keys}"
        self.ask(Ask(who, *route, on, body, **chosen))

    def get(self, who: Who, path: str, **more: Any) -> TestResponse:
        return self.room.callers[who].get(path, **more)

    # How each answer is held against the model's.

    def ask(self, ask: Ask) -> None:
        self.asked.append(ask)
        self.room.clock.go(seconds=1)
        before = self.model.seq
        expected = self.model.answer(ask, self.room.clock.read())
        current = self.etag_of(subject_of(ask.path))
        headers = {"Idempotency-Key": ask.key} if ask.key else {}
        if ask.if_match:
            headers["If-Match"] = self.version(ask.if_match, subject_of(ask.path), current)
        path = ask.path + ("?dry_run=true" if ask.dry_run else "")
        answer = self.room.callers[ask.who](ask.method, path, json=ask.body, headers=headers)
        note(f"{ask.who.name}: {ask.method} {path} {ask.body} {headers} -> {answer.status_code}")
        self.hold_answer(answer, expected, ask, current)
        self.hold_new_lines(answer, before)

    def etag_of(self, path: str) -> str | None:
        """Give the etag that an address has now, if there is anything."""
        answer = self.get(ADMIN, path)
        return self.noted(path, answer.json) if answer.status_code == 200 and "etag" in answer.json else None

    def version(self, which: str, path: str, current: str | None) -> str:
        earlier = [etag for etag in self.had.get(path, []) if etag != current]
        named = {"any": "*", "right": f'"{current or NEVER}"', "wrong": f'"{[NEVER, *earlier][-1]}"'}
        return named[which]

    def noted(self, path: str, content: Json) -> str:
        """See that an etag stands for one text and a text for one etag."""
        text = json.dumps({name: content[name] for name in content if name != "etag"}, sort_keys=True)
        etag: str = content["etag"]
        assert self.etags.setdefault(text, etag) == etag
        assert self.texts.setdefault(etag, text) == text
        had = self.had.setdefault(path, [])
        if had[-1:] != [etag]:
            had.append(etag)
        return etag

    def hold_answer(self, answer: TestResponse, expected: Answer, ask: Ask, current: str | None) -> None:
        assert answer.status_code == expected.status, (answer.text, expected)
        if expected.code:
            assert answer.json["code"] == expected.code
            assert answer.json.get("current_etag") in (None, current)
            assert "Log-Line" not in answer.headers
            return
        self.done.append(ask)
        if expected.status == 201 and not ask.dry_run and expected.location:
            self.made.setdefault(expected.location, ask)
        content = answer.json
        # What a new claim is like is told, and no part of it.
        assert without_etag(content) | {"similar": None} == expected.content | {"similar": None}
        assert answer.headers["ETag"] == f'"{content["etag"]}"'
        assert answer.headers["Location"] == f"{PUBLIC_URL}{expected.location}"
        assert ("Idempotent-Replayed" in answer.headers) == expected.replayed
        assert ("Dry-Run" in answer.headers) == ask.dry_run

    def hold_new_lines(self, answer: TestResponse, before: int) -> None:
        """See that one line was written if the act changed anything, and none if not."""
        page = self.get(ADMIN, f"/v1/changes?after={before}").json
        new = self.model.lines[before:]
        assert [told(line) for line in page["items"]] == [told_by_model(line) for line in new]
        head = page["head"]
        assert answer.headers.get("Log-Line") == (f"{head['seq']}:{head['hash']}" if new else None)
        for line in new:
            for claim in line.shows:
                read = self.get(READER, f"/v1/claims/{claim}")
                self.served[claim, line.seq] = read.data, read.headers["ETag"]

    @invariant()
    def claims_are_as_the_model_says(self) -> None:
        for who in (READER, NOBODY):
            self.hold_list(who, "sort=id", lambda _: True)

    def hold_list(
        self, who: Who, query: str, wanted: Callable[[Json], bool], as_of: int | None = None
    ) -> None:
        answer = self.get(who, f"/v1/claims?{query}")
        assert answer.status_code == 200, answer.text
        listed = self.model.listed(everything=who is READER, as_of=as_of)
        items = answer.json["items"]
        assert [without_etag(item) for item in items] == [
            version.claim for version in listed if wanted(version.claim)
        ], query
        if as_of is None:
            for item in items:
                self.noted(f"/v1/claims/{item['id']}", item)

    # How all of it is held at the end.

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.hold_filters()
            self.hold_log()
            self.hold_past()
            self.hold_corrections()
            self.hold_parts()
            found = list(faults(self.room.newsroom.db, self.room.newsroom.settings.standing_rule))
            assert found == []

    def hold_filters(self) -> None:
        filters: list[tuple[str, Callable[[Json], bool]]] = [
            *(
                (f"status={status}", lambda claim, status=status: claim["standing"]["status"] == status)
                for status in ("unreviewed", "unclear", "false")
            ),
            ("status__in=false,mixed", lambda claim: claim["standing"]["status"] in ("false", "mixed")),
            *(
                (f"stage={stage}", lambda claim, stage=stage: claim["stage"] == stage)
                for stage in ("open", "published", "withdrawn")
            ),
            *(
                (
                    f"claimant={quote(name)}",
                    lambda claim, name=name: model.folded(claim["claimant"]["name"]) == model.folded(name),
                )
                for name in NAMES
            ),
            ("contested=true", lambda claim: claim["standing"]["contested"]),
            ("contested=false", lambda claim: not claim["standing"]["contested"]),
            *(
                (f"story={slug}", lambda claim, slug=slug: (claim["story"] or {}).get("slug") == slug)
                for slug in SLUGS
            ),
        ]
        middle = (self.room.lines[-1].seq + self.model.seq) // 2
        for who in (READER, NOBODY):
            for query, wanted in filters:
                self.hold_list(who, f"sort=id&{query}", wanted)
                self.hold_list(who, f"sort=id&{query}&as_of=seq:{middle}", wanted, middle)

    def hold_log(self) -> None:
        """See that everybody finds a log without gaps, in which only what he may not see is withheld."""
        for who in (ADMIN, READER, NOBODY):
            lines = self.get(who, "/v1/changes?limit=200").json["items"]
            assert [line["seq"] for line in lines] == [line.seq for line in self.model.lines]
            for before, after in pairwise(lines):
                assert after["previous_hash"] == before["hash"]
            for line, expected in zip(lines, self.model.lines, strict=True):
                shown = sees(who, expected)
                assert line["withheld"] == (not shown)
                named = {name for name, value in line.items() if value is not None}
                assert told(line) == told_by_model(expected) if shown else named == WITHHELD
            told_of = [line.seq for line in self.model.lines if sees(who, line)]
            assert seqs(self.get(who, "/v1/changes?limit=200&withheld=false")) == told_of
            for claim in self.model.versions:
                shows = [line.seq for line in self.model.lines if self.sees(who, line, claim)]
                assert seqs(self.get(who, f"/v1/changes?claim={claim}&limit=200")) == shows
                history = self.get(who, f"/v1/claims/{claim}/history?limit=200")
                if who is NOBODY and not is_for_everybody(self.model.now(claim)):
                    assert history.status_code == 404
                else:
                    assert seqs(history) == shows

            for story in self.model.desk.stories:
                shows = [line.seq for line in self.model.lines if self.sees_story(who, line, story)]
                assert seqs(self.get(who, f"/v1/changes?story={story.slug}&limit=200")) == shows

    def sees_story(self, who: Who, line: Line, story: Story) -> bool:
        """Say whether somebody is told that a line is on a story, or on a claim that belonged to it."""
        itself = ("stories", self.model.desk.stories.index(story) + 1)
        if (line.noun, line.subject) == itself:
            return sees(who, line)
        shown = [self.model.then(claim, line.seq) for claim in line.shows if self.sees(who, line, claim)]
        return any(
            ((version and version.claim["story"]) or {}).get("slug") == story.slug for version in shown
        )

    def sees(self, who: Who, line: Line, claim: int) -> bool:
        """Say whether somebody is told that a line shows a claim: he must be let see both."""
        if claim not in line.shows or not sees(who, line):
            return False
        version = self.model.then(claim, line.seq)
        return who is not NOBODY or (version is not None and is_for_everybody(version.claim))

    def hold_past(self) -> None:
        """See that each claim, and the list of all, is answered as it was after each line."""
        for seq in range(self.room.lines[-1].seq, self.model.seq + 1):
            for who in (READER, NOBODY):
                answer = self.get(who, f"/v1/claims.ndjson?sort=id&as_of=seq:{seq}")
                then = self.model.listed(everything=who is READER, as_of=seq)
                assert answer.data == b"".join(self.bytes_of(version) for version in then)
        for claim, versions in self.model.versions.items():
            for version in versions:
                for seq in (version.seq - 1, version.seq):
                    self.hold_then(claim, seq)

    def hold_then(self, claim: int, seq: int) -> None:
        version = self.model.then(claim, seq)
        for who in (READER, NOBODY):
            answer = self.get(who, f"/v1/claims/{claim}?as_of=seq:{seq}")
            if version and (who is READER or is_for_everybody(version.claim)):
                assert answer.status_code == 200
                assert (answer.data, answer.headers["ETag"]) == self.served[claim, version.seq]
            else:
                assert answer.status_code == 404

    def bytes_of(self, version: Version) -> bytes:
        return self.served[version.claim["id"], version.seq][0]

    def hold_corrections(self) -> None:
        for who in (READER, NOBODY):
            listed = self.get(who, "/v1/corrections?sort=id&limit=200").json["items"]
            assert [without_etag(each) for each in listed] == [
                each
                for each in self.model.desk.corrections
                # They were public when they were made, and are hidden only while a claim is worked on anew.
                if who is READER or self.model.now(each["claim"])["stage"] != "open"
            ]

    def hold_parts(self) -> None:
        """See that what stands in a claim stands at its own address, too."""
        for claim in self.model.versions:
            shown = self.model.now(claim)
            for who in (READER, NOBODY):
                status = 200 if who is READER or is_for_everybody(shown) else 404
                paths = [(f"/v1/verdicts/{each['id']}", each) for each in shown["verdicts"]]
                paths += [
                    (f"/v1/verdicts/{each['verdict']}/opinions/{each['id']}", each)
                    for verdict in shown["verdicts"]
                    for each in verdict["opinions"]
                ]
                paths += [(f"/v1/claims/{claim}/sources/{each['id']}", each) for each in shown["sources"]]
                if shown["ref"]:
                    paths.append((f"/v1/claims/ref/{shown['ref']}", shown))
                for path, part in [*paths, (f"/v1/claims/{claim}", shown)]:
                    answer = self.get(who, path)
                    assert answer.status_code == status
                    assert status == 404 or without_etag(answer.json) == part


WITHHELD = {"seq", "withheld", "previous_hash", "hash"}


def subject_of(path: str) -> str:
    """Give the address of what an act changes."""
    parts = path.split("/")
    return "/".join(parts[:-1]) if parts[-1] in ENDINGS and len(parts) > 4 else path


ENDINGS = ("stage", "sources", "withdrawal", "verdicts", "rulings", "retraction", "opinions")


def without_etag(content: Json) -> Json:
    return {name: content[name] for name in content if name != "etag"}


def told(line: Json) -> tuple[Any, ...]:
    names = ("seq", "at", "act", "by", "noun", "subject", "claim", "why")
    return tuple(line[name] for name in names)


def told_by_model(line: Line) -> tuple[Any, ...]:
    return (line.seq, line.at, line.act, line.by.shown(), line.noun, line.subject, line.claim, line.why)


def sees(who: Who, line: Line) -> bool:
    return line.everybody if who is NOBODY else who is ADMIN or line.noun not in PRIVATE


def seqs(answer: TestResponse) -> list[int]:
    return [line["seq"] for line in answer.json["items"]]


def test_it_works(room: Room) -> None:
    run_state_machine_as_test(partial(Acts, room), settings=STEPS)
