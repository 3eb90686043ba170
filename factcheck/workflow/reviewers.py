"""Reviewers and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from db import Database, reviewers
from db.rows import Row, insert, update
from factcheck.errors import Conflict, Forbidden, Invalid, Unauthenticated
from factcheck.vocabulary import ROLES
from factcheck.workflow.acting import Act, Actor, Outcome, differences, missing
from factcheck.workflow.entities import name_key
from schemas.reviewer import IssuedTokenSchema, TokenSchema
from schemas.shown import picker

TOKEN_PREFIX = "fct_"  # noqa: S105 - the prefix by which secret scanners know our tokens
_token = picker(TokenSchema)
_issued = picker(IssuedTokenSchema)


def add_reviewer(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Add a person or a script."""
    act.permit("reviewer:add")
    key = name_key(draft["name"])
    existing = reviewers.reviewer_named(act.db, key)
    if existing:
        if differences(existing, draft):
            raise Conflict(f"There is a reviewer {existing['name']} already, number {existing['id']}.")
        return act.stands("reviewers", existing["id"], f"/v1/reviewers/{existing['id']}")
    reviewer_id = insert(act.db, "reviewers", {**draft, "name_key": key, "created_at": act.at})
    content = act.render("reviewers", reviewer_id)
    act.record("reviewer:add", "reviewers", reviewer_id, draft)
    return act.outcome(True, f"/v1/reviewers/{reviewer_id}", content)


def at_work(db: Database, reviewer_id: int) -> Actor:
    """Give the reviewer on whose behalf a command acts, as he is now; raises Forbidden."""
    row = reviewers.reviewer(db, reviewer_id)
    if row is None or not row["active"]:
        raise Forbidden(f"No reviewer {reviewer_id} works here; `flask reviewer list` knows them.")
    return Actor(row["id"], row["name"], row["role"])


def revise_reviewer(act: Act, reviewer_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change a reviewer's role, or bar him; what he said stays."""
    act.permit("reviewer:revise")
    act.expect("reviewers", reviewer_id)
    before = reviewers.reviewer(act.db, reviewer_id) or {}
    changed = differences({**before, "active": bool(before["active"])}, changes)
    if not changed:
        return act.stands("reviewers", reviewer_id, f"/v1/reviewers/{reviewer_id}")
    update(act.db, "reviewers", reviewer_id, {name: changes[name] for name in changed})
    content = act.render("reviewers", reviewer_id)
    act.record("reviewer:revise", "reviewers", reviewer_id, changed)
    return act.outcome(False, f"/v1/reviewers/{reviewer_id}", content)


def issue_token(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Issue a token: 256 random bits, told once, kept as SHA-256."""
    act.permit("token:issue")
    reviewer = reviewers.reviewer(act.db, draft["reviewer"])
    if reviewer is None:
        detail = f"There is no reviewer {draft['reviewer']}."
        raise Invalid(detail, errors=[{"pointer": "/reviewer", "detail": detail}])
    role = draft.get("role") or reviewer["role"]
    if ROLES.index(role) > ROLES.index(reviewer["role"]):
        detail = f"{reviewer['name']} is {reviewer['role']}; a token can't reach further."
        raise Invalid(detail, errors=[{"pointer": "/role", "detail": detail}])
    if draft.get("expires_at") and draft["expires_at"] <= act.at:
        detail = "This moment has passed; give a later one."
        raise Invalid(detail, errors=[{"pointer": "/expires_at", "detail": detail}])
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = {
        "reviewer_id": reviewer["id"],
        "sha256": sha256(secret.encode()).hexdigest(),
        "label": draft["label"],
        "role": role,
        "created_at": act.at,
        "expires_at": draft.get("expires_at"),
    }
    token_id = insert(act.db, "tokens", row)
    act.record("token:issue", "tokens", token_id, {**draft, "role": role})
    content = token_content(reviewers.token(act.db, token_id) or {})
    location = f"/v1/tokens/{token_id}"
    untold = act.outcome(True, location, _issued({**content, "token": None}))
    if act.call.dry_run:
        # A token that would not be good for anything is not told.
        return untold
    told = act.outcome(True, location, _issued({**content, "token": secret}))
    return replace(told, kept=untold)


def revoke_token(act: Act, token_id: int) -> Outcome:
    """End a token now."""
    act.permit("token:revoke")
    token = reviewers.token(act.db, token_id)
    if token is None:
        missing("tokens", token_id)
    if token["revoked_at"] is None:
        update(act.db, "tokens", token_id, {"revoked_at": act.at})
        act.record("token:revoke", "tokens", token_id, {"reviewer": token["reviewer_id"]})
    content = token_content(reviewers.token(act.db, token_id) or {})
    return act.outcome(False, f"/v1/tokens/{token_id}", content)


def revoke_all_tokens(act: Act, reviewer_id: int) -> Outcome:
    """End all tokens of a reviewer now, as when one of them has leaked and nobody knows which."""
    act.permit("token:revoke")
    reviewer = reviewers.reviewer(act.db, reviewer_id)
    if reviewer is None:
        missing("reviewers", reviewer_id)
    live = reviewers.live_token_ids(act.db, reviewer_id)
    for token_id in live:
        update(act.db, "tokens", token_id, {"revoked_at": act.at})
    if live:
        act.record("token:revoke", "reviewers", reviewer_id, {"tokens": live})
    content = {"reviewer": {"id": reviewer_id, "name": reviewer["name"]}, "revoked": live}
    return act.outcome(False, f"/v1/reviewers/{reviewer_id}", content)


def expire_token(act: Act, token_id: int, expires_at: str) -> Outcome:
    """Let a token end at a moment."""
    act.permit("token:revoke")
    token = reviewers.token(act.db, token_id)
    if token is None:
        missing("tokens", token_id)
    update(act.db, "tokens", token_id, {"expires_at": expires_at})
    act.record(
        "token:expire", "tokens", token_id, {"expires_at": {"from": token["expires_at"], "to": expires_at}}
    )
    content = token_content(reviewers.token(act.db, token_id) or {})
    return act.outcome(False, f"/v1/tokens/{token_id}", content)


def token_content(row: Row) -> dict[str, Any]:
    """Compose what may be shown of a token."""
    reviewer = {"id": row["reviewer_id"], "name": row["reviewer_name"]}
    return _token({**row, "reviewer": reviewer})


def authenticate(db: Database, secret: str, at: str) -> tuple[Actor, Row]:
    """Establish who calls, from the token he sent.

    Raises:
        Unauthenticated: it is unknown, revoked, expired, or its reviewer is barred.
    """
    row = reviewers.bearer(db, sha256(secret.encode()).hexdigest())
    if row is None:
        raise Unauthenticated("This token is unknown. Check that all of it was copied.")
    if row["revoked_at"]:
        raise Unauthenticated("This token was revoked. Ask an admin of this desk for a new one.")
    if row["expires_at"] and row["expires_at"] <= at:
        raise Unauthenticated(f"This token expired at {row['expires_at']}. Ask an admin for a new one.")
    if not row["active"]:
        raise Unauthenticated("This reviewer may no longer use the desk. Ask an admin.")
    role = min(row["token_role"], row["reviewer_role"], key=ROLES.index)
    return Actor(row["reviewer_id"], row["name"], role, row["token_id"]), row
