"""What all acts share: who acts and when, one transaction, one line in the log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from db import Database, Desk, claims, log, replies
from db.log import Head
from db.writing import rows_changed, undone_if_refused
from factcheck import policy
from factcheck.dates import stamp
from factcheck.errors import DeskError, KeyReused, NotFound, VersionMismatch, VersionRequired
from factcheck.settings import Settings
from factcheck.workflow import indexing
from factcheck.workflow.rendering import (
    as_json,
    is_for_everybody,
    listed_columns,
    render,
    search_columns,
    written,
)


@dataclass(frozen=True)
class Actor:
    """Who acts: a reviewer by one of his tokens, or whoever runs the desk (no id)."""

    id: int | None
    name: str
    role: str | None
    token_id: int | None = None

    @property
    def holder(self) -> str | None:
        """Whose Idempotency-Keys these are: the token's, or the reviewer's on whose behalf is imported."""
        if self.token_id is not None:
            return f"token/{self.token_id}"
        return f"reviewer/{self.id}" if self.id is not None else None


SINGULAR = {"stories": "story", "statuses": "status"}
THE_DESK = Actor(None, "the desk", "admin")


@dataclass(frozen=True)
class Call:
    """The circumstances of an act.

    Args:
        at: the moment, from the caller's clock reading; an act reads no clock.
        key: the Idempotency-Key, if one came, and with it
        fingerprint: the SHA-256 of method, address and body.
        if_match: the versions the caller has seen; empty if he didn't say.
    """

    actor: Actor
    at: str
    request_id: str = "-"
    dry_run: bool = False
    key: str | None = None
    fingerprint: str = ""
    if_match: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an act answers: whether something new came to be, where it is, and its text."""

    created: bool
    location: str
    etag: str
    body: str
    replayed: bool = False
    # The act's line in the log, for the caller to keep as a receipt; None if nothing changed.
    line: Head | None = None
    # What a repeated request is answered, where that must differ: secrets are told once.
    kept: Outcome | None = None
    # What whoever acts should know of it; in the answer, but no part of what is stored.
    warnings: Sequence[Mapping[str, Any]] = ()


class _Text(NamedTuple):
    """A resource's new text, until the act is recorded."""

    etag: str
    body: str
    columns: Mapping[str, Any]
    for_everybody: bool


@dataclass
class Act:
    """The work under way inside one transaction, after the log's line `before`."""

    db: Database
    call: Call
    settings: Settings
    before: Head
    line: Head | None = None
    # Claims that were shown anew, to be indexed when the transaction ends.
    shown_claims: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _texts: dict[tuple[str, int], _Text] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.call.actor

    @property
    def seq(self) -> int:
        """The act's place in the log; the write lock keeps it ours."""
        return self.before.seq + 1

    @property
    def at(self) -> str:
        """When: as the clock says, but never before the act that went before."""
        return max(self.call.at, self.before.at)

    @property
    def actor_id(self) -> int:
        """The id of the reviewer who acts, where only a reviewer can."""
        if self.actor.id is None:
            raise ValueError("this act needs a reviewer")
        return self.actor.id

    def stamps(self, how: str) -> dict[str, Any]:
        """Give what a row tells of the reviewer's act that made it: its line, when, and who.

        Args:
            how: what was done, as in the names of the columns: "given" for given_at and given_by.
        """
        return {"seq": self.seq, f"{how}_at": self.at, f"{how}_by": self.actor_id}

    def permit(self, name: str) -> None:
        """Ask the policy; raises Forbidden."""
        policy.permit(self.actor, name)

    def expect(self, noun: str, subject_id: int, *, required: bool = False) -> str:
        """Hold the version that the caller saw against the current one.

        Returns:
            The current text.

        Raises:
            NotFound: there is no such thing.
            VersionRequired: the caller didn't say which version he saw, and must.
            VersionMismatch: it has changed since; says what differs.
        """
        current = log.document(self.db, noun, subject_id)
        if current is None:
            missing(noun, subject_id)
        etag, body = current
        if not self.call.if_match and required:
            raise VersionRequired(
                f'Send If-Match: "{etag}" if that is the version you read, or If-Match: * to change '
                "whatever it is now.",
                current_etag=etag,
            )
        if not self._has_seen(etag):
            was = log.document_with_etag(self.db, noun, subject_id, self.call.if_match[0])
            self._refuse_stale(etag, was, body)
        return body

    def expect_part(self, content: Mapping[str, Any]) -> None:
        """Hold the version that the caller saw against that of a part, such as a verdict.

        Raises:
            VersionMismatch: it has changed since.
        """
        etag, body = written(content)
        if not self._has_seen(etag):
            self._refuse_stale(etag, None, body)

    def _has_seen(self, etag: str) -> bool:
        seen = self.call.if_match
        return not seen or "*" in seen or etag in seen

    def _refuse_stale(self, etag: str, was: str | None, body: str) -> NoReturn:
        raise VersionMismatch(
            f"It has changed since the version you name. Its etag is now {etag}: read it again, then "
            "repeat with that.",
            current_etag=etag,
            differs=_differing(json.loads(was), json.loads(body)) if was else None,
        )

    def render(self, noun: str, subject_id: int, *, touched: bool = True) -> dict[str, Any]:
        """Write a resource's text anew, to be kept when the act is recorded, and give its content.

        Args:
            touched: whether the act changes what is said, so that it counts as updated.
        """
        at = self.at if touched else None
        content = render(self.db, noun, subject_id, self.settings.standing_rule, at)
        etag, body = written(content)
        self._texts[noun, subject_id] = _Text(
            etag, body, listed_columns(noun, content), is_for_everybody(noun, content)
        )
        return {**content, "etag": etag}

    def shown(self, noun: str, subject_id: int) -> dict[str, Any]:
        """Give the content of a resource as it stands."""
        found = log.document(self.db, noun, subject_id)
        content: dict[str, Any] = json.loads(found[1]) if found else {}
        return content

    def record(
        self,
        name: str,
        noun: str,
        subject_id: int,
        changes: Mapping[str, Any],
        claim_id: int | None = None,
    ) -> None:
        """Append this act's one line to the log, and keep the texts that it changed."""
        if self.line is not None:
            raise RuntimeError("an act records itself once")
        hashes = {
            f"{noun}/{subject}": sha256(text.body.encode()).hexdigest()
            for (noun, subject), text in self._texts.items()
        }
        event = {
            "seq": self.seq,
            "at": self.at,
            "actor_id": self.actor.id,
            "actor": self.actor.name,
            "act": name,
            "noun": noun,
            "subject_id": subject_id,
            "claim_id": claim_id,
            "changes": as_json(changes),
            "documents": as_json(hashes),
            "request_id": self.call.request_id,
        }
        own = log.append(self.db, event, self.before.hash, public=self._is_for_everybody(claim_id))
        for (kind, subject), text in self._texts.items():
            log.keep_document(self.db, kind, subject, self.seq, text.etag, text.body, text.columns)
        self.line = Head(self.seq, self.at, own)

    def _is_for_everybody(self, claim_id: int | None) -> bool:
        """Say whether everybody may see the line of this act.

        One on a claim says what was said of it, so that claim's text decides; one on what claims
        show is for everybody if it changed a text that is.
        """
        if claim_id is not None:
            text = self._texts.get(("claims", claim_id))
            return text is not None and text.for_everybody
        return any(text.for_everybody for text in self._texts.values())

    def outcome(self, created: bool, location: str, content: Mapping[str, Any]) -> Outcome:
        """Answer with a resource, or with a part of one."""
        etag, body = written({key: value for key, value in content.items() if key != "etag"})
        return Outcome(created, location, etag, body)

    def warned(
        self,
        created: bool,
        location: str,
        content: Mapping[str, Any],
        warnings: Sequence[Mapping[str, Any]],
    ) -> Outcome:
        """Answer with a resource or a part of one, and what to be warned of; the etag is without that."""
        outcome = self.outcome(created, location, content)
        body = as_json({**content, "warnings": warnings, "etag": outcome.etag})
        return replace(outcome, body=body, warnings=warnings)

    def stands(self, noun: str, subject_id: int, location: str, *, created: bool = False) -> Outcome:
        """Answer with a resource as it now stands."""
        found = log.document(self.db, noun, subject_id)
        if found is None:
            missing(noun, subject_id)
        return Outcome(created, location, *found)


class Task(NamedTuple):
    """One act of several, and under which circumstances it is to be carried out.

    Args:
        brief: whether nobody will be told the text of the outcome, so that it need not be kept.
    """

    call: Call
    work: Callable[[Act], Outcome]
    brief: bool = False


def perform(desk: Desk, settings: Settings, call: Call, work: Callable[[Act], Outcome]) -> Outcome:
    """Carry out an act: its rows, its texts, its line in the log and its reply are one transaction.

    Args:
        call: who, when, and under which conditions.
        work: the act, given the work under way.

    Returns:
        The outcome; of a repeated Idempotency-Key the first one; of a dry run the
        one that would have been.

    Raises:
        KeyReused: the Idempotency-Key came before with another request.
        DeskError: whatever the act refuses; nothing is stored then.
    """

    def transaction(db: Database) -> Outcome:
        under_way = _UnderWay(db, settings)
        outcome = under_way.carry_out(Task(call, work))
        under_way.finish()
        if call.dry_run:
            raise _Rehearsed(outcome)
        return outcome

    try:
        return desk.write(transaction)
    except _Rehearsed as rehearsed:
        outcome: Outcome = rehearsed.found
        return outcome


def perform_many(
    desk: Desk, settings: Settings, tasks: Callable[[Database], Sequence[Task]], seconds: float
) -> list[Outcome | DeskError]:
    """Carry out acts in one transaction; what one of them refuses does not hinder the others.

    Args:
        tasks: gives them inside the transaction; all of them dry runs, or none.
        seconds: after which no further act is begun, so that other writers get their turn.

    Returns:
        For each act that was begun its outcome or why it was refused; at least one, if there
        are any. A dry run is carried out to its end.

    Raises:
        DeskError: the desk can't be written now, or whatever `tasks` raises; nothing was stored.
    """

    def transaction(db: Database, *, one_by_one: bool) -> list[Outcome | DeskError]:
        under_way, until = _UnderWay(db, settings), time.monotonic() + seconds
        results: list[Outcome | DeskError] = []
        wanted = tasks(db)
        for task in wanted:
            if results and not task.call.dry_run and time.monotonic() > until:
                break
            results.append(under_way.try_out(task, alone=one_by_one))
        under_way.finish()
        if wanted and wanted[0].call.dry_run:
            raise _Rehearsed(results)
        return results

    try:
        try:
            return desk.write(partial(transaction, one_by_one=False))
        except _HalfDone:
            return desk.write(partial(transaction, one_by_one=True))
    except _Rehearsed as rehearsed:
        found: list[Outcome | DeskError] = rehearsed.found
        return found


class _Rehearsed(Exception):
    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


class _HalfDone(Exception):
    """An act was refused after it had changed something, with no savepoint to go back to."""


class _UnderWay:
    """One transaction, in which one act follows the other."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._before = log.head(db)
        self._shown_claims: dict[int, Mapping[str, Any]] = {}
        self._answered_at: str | None = None
        self._answered = 0

    def carry_out(self, task: Task) -> Outcome:
        """Carry out an act, or give what it was answered the first time."""
        earlier = _replayed(self._db, task.call)
        if earlier:
            return earlier
        act = Act(self._db, task.call, self._settings, self._before)
        outcome = task.work(act)
        if act.line is not None:
            self._before = act.line
        self._shown_claims |= act.shown_claims
        if task.call.key is not None and not task.call.dry_run:
            _remember(self._db, task, outcome)
            self._answered_at = task.call.at
            self._answered += 1
        return replace(outcome, line=None if task.call.dry_run else act.line)

    def try_out(self, task: Task, *, alone: bool) -> Outcome | DeskError:
        """Carry out an act, and give its refusal where it is refused.

        Args:
            alone: whether it gets a savepoint of its own. It is hardly ever needed, for most
                refusals come before anything is changed, and it would take half of the time.
        """
        changed = rows_changed(self._db)
        try:
            if not alone:
                return self.carry_out(task)
            with undone_if_refused(self._db):
                return self.carry_out(task)
        except DeskError as refusal:
            if not alone and rows_changed(self._db) != changed:
                raise _HalfDone from refusal
            return refusal

    def finish(self) -> None:
        """Make claims findable that were shown anew, each once, and let go of old replies."""
        for claim_id, content in self._shown_claims.items():
            claims.index_claim(self._db, claim_id, search_columns(content))
        if self._shown_claims:
            indexing.keep(self._db, self._shown_claims)
        if self._answered_at is not None:
            oldest = datetime.fromisoformat(self._answered_at) - timedelta(
                days=self._settings.idempotency_days
            )
            replies.forget_replies(self._db, stamp(oldest), kept=self._answered)


def missing(noun: str, subject: object) -> NoReturn:
    """Refuse what is not there."""
    raise NotFound(f"There is no {SINGULAR.get(noun, noun[:-1])} {subject}.")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Give, for each value that changes, from what to what."""
    return {
        name: {"from": before.get(name), "to": value}
        for name, value in after.items()
        if before.get(name) != value
    }


def _differing(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    changed = differences(was, now)
    return {name: change for name, change in changed.items() if name not in ("etag", "updated_at")}


def _replayed(db: Database, call: Call) -> Outcome | None:
    if call.key is None or call.actor.holder is None:
        return None
    kept = replies.reply(db, call.actor.holder, call.key)
    if kept is None:
        return None
    if kept["request_sha256"] != call.fingerprint:
        raise KeyReused(
            "This Idempotency-Key came before with another method, address or body. "
            "Use a new key for a new request."
        )
    return Outcome(bool(kept["created"]), kept["location"], kept["etag"], kept["body"], replayed=True)


def _remember(db: Database, task: Task, outcome: Outcome) -> None:
    call, kept = task.call, outcome.kept or outcome
    replies.keep_reply(
        db,
        {
            "holder": call.actor.holder,
            "idempotency_key": call.key,
            "request_sha256": call.fingerprint,
            "created": kept.created,
            "location": kept.location,
            "etag": kept.etag,
            "body": "" if task.brief else kept.body,
            "answered_at": call.at,
        },
    )
