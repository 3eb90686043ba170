"""Who is asking, when, and under which request id."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from flask import g, request

from db import Database, reviewers
from factcheck.dates import now
from factcheck.errors import DeskError, Unauthenticated
from factcheck.policy import may, permit
from factcheck.web.headers import REQUEST_ID, REVIEWER
from factcheck.web.parts import parts
from factcheck.workflow.acting import Actor
from factcheck.workflow.reviewers import authenticate

ANONYMOUS = Actor(None, "anonymous", None)

_LAST_USE_IS_NOTED_EVERY = timedelta(minutes=5)


def request_id() -> str:
    """Give the id of this request."""
    return str(request.environ[REQUEST_ID])


def caller() -> Actor:
    """Give who is asking.

    Raises:
        Unauthenticated: a token was sent and is not good.
    """
    sent = request.environ.get("HTTP_AUTHORIZATION")
    if sent is None:
        return ANONYMOUS
    if "actor" not in g:
        g.actor, g.token = _established(sent)
    actor: Actor = g.actor
    return actor


def _established(sent: str) -> tuple[Actor, dict[str, object]]:
    at = now()
    actor, token = authenticate(parts().desk.db, _secret(sent), at)
    request.environ[REVIEWER] = actor.id
    _note_use(token, at)
    return actor, token


def _secret(sent: str) -> str:
    scheme, _, secret = sent.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("Send the token as: Authorization: Bearer fct_…")
    return secret.strip()


def writer() -> Actor:
    """Give who is asking to write; every write needs a token."""
    actor = caller()
    if actor is ANONYMOUS:
        raise Unauthenticated("Writing needs a token. Send it as: Authorization: Bearer fct_…")
    return actor


def sees_only_published() -> bool:
    """Say whether this caller reads published claims only.

    Raises:
        Unauthenticated: this desk asks every reader for a token.
    """
    actor = caller()
    if may(actor, "desk:read_unpublished"):
        return False
    reading = parts().settings.reading
    if reading == "nothing":
        raise Unauthenticated("This desk is read with a token only. Send Authorization: Bearer fct_…")
    return reading == "published"


def permitted(act: str) -> Actor:
    """Give who is asking, if the policy lets him do this."""
    actor = caller()
    if actor is ANONYMOUS:
        raise Unauthenticated("This needs a token. Send it as: Authorization: Bearer fct_…")
    permit(actor, act)
    return actor


def permitted_anew(act: str) -> Callable[[Database], Actor]:
    """Give what establishes the caller again, for work that outlasts his token or his role."""
    secret = _secret(request.environ["HTTP_AUTHORIZATION"])

    def established(db: Database) -> Actor:
        actor, _ = authenticate(db, secret, now())
        permit(actor, act)
        return actor

    return established


def _note_use(token: dict[str, object], at: str) -> None:
    last = token["last_used_at"]
    if last and datetime.fromisoformat(at) - datetime.fromisoformat(str(last)) < _LAST_USE_IS_NOTED_EVERY:
        return

    def note(db: Database) -> None:
        reviewers.note_use(db, int(str(token["token_id"])), at)

    # That a token was used is worth noting, but no reason to refuse a reader.
    with suppress(DeskError):
        parts().desk.write(note, wait=0.0)
