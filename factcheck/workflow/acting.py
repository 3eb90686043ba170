"""What all acts share: who acts and when, one transaction, one line in the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from db import Database, Desk, log, replies
from db.log import Head
from factcheck import policy
from factcheck.dates import stamp
from factcheck.errors import KeyReused, NotFound, VersionMismatch, VersionRequired
from factcheck.settings import Settings
from factcheck.workflow.rendering import is_for_everybody, listed_columns, render, written


@dataclass(frozen=True)
class Actor:
    """Who acts: a reviewer by one of his tokens, or whoever runs the desk (no id)."""

    id: int | None
    name: str
    role: str | None
    token_id: int | None = None


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
            "changes": _json(changes),
            "documents": _json(hashes),
            "request_id": self.call.request_id,
        }
        public = any(text.for_everybody for text in self._texts.values())
        own = log.append(self.db, event, self.before.hash, public=public)
        for (kind, subject), text in self._texts.items():
            log.keep_document(self.db, kind, subject, self.seq, text.etag, text.body, text.columns)
        self.line = Head(self.seq, self.at, own)

    def outcome(self, created: bool, location: str, content: Mapping[str, Any]) -> Outcome:
        """Answer with a resource, or with a part of one."""
        etag, body = written({key: value for key, value in content.items() if key != "etag"})
        return Outcome(created, location, etag, body)

    def stands(self, noun: str, subject_id: int, location: str, *, created: bool = False) -> Outcome:
        """Answer with a resource as it now stands."""
        found = log.document(self.db, noun, subject_id)
        if found is None:
            missing(noun, subject_id)
        return Outcome(created, location, *found)


class _Rehearsed(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


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
        earlier = _replayed(db, call)
        if earlier:
            return earlier
        act = Act(db, call, settings, log.head(db))
        outcome = work(act)
        if call.dry_run:
            raise _Rehearsed(outcome)
        _remember(db, call, outcome, settings)
        return replace(outcome, line=act.line)

    try:
        return desk.write(transaction)
    except _Rehearsed as rehearsed:
        return rehearsed.outcome


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
    if call.key is None or call.actor.token_id is None:
        return None
    kept = replies.reply(db, call.actor.token_id, call.key)
    if kept is None:
        return None
    if kept["request_sha256"] != call.fingerprint:
        raise KeyReused(
            "This Idempotency-Key came before with another method, address or body. "
            "Use a new key for a new request."
        )
    return Outcome(bool(kept["created"]), kept["location"], kept["etag"], kept["body"], replayed=True)


def _remember(db: Database, call: Call, outcome: Outcome, settings: Settings) -> None:
    if call.key is None or call.actor.token_id is None:
        return
    kept = outcome.kept or outcome
    oldest = datetime.fromisoformat(call.at) - timedelta(days=settings.idempotency_days)
    replies.keep_reply(
        db,
        {
            "token_id": call.actor.token_id,
            "idempotency_key": call.key,
            "request_sha256": call.fingerprint,
            "created": kept.created,
            "location": kept.location,
            "etag": kept.etag,
            "body": kept.body,
            "answered_at": call.at,
        },
        stamp(oldest),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
