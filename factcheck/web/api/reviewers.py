"""The addresses under /v1/me, /v1/reviewers and /v1/tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, g

from db import lists, log
from db import reviewers as kept
from factcheck.errors import NotFound
from factcheck.policy import POLICY, may
from factcheck.web.answers import answered, composed
from factcheck.web.caller import caller, permitted
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.workflow import reviewers
from factcheck.workflow.rendering import written
from schemas.listing import NoBody
from schemas.reviewer import (
    IssuedTokenSchema,
    MeSchema,
    NewReviewerSchema,
    NewTokenSchema,
    ReviewerChangesSchema,
    ReviewerQuery,
    ReviewerSchema,
    RevocationSchema,
    TokenQuery,
    TokenSchema,
)

blueprint = DeskBlueprint(
    "reviewers", __name__, url_prefix="/v1", description="Who works at the desk, and with which tokens"
)


@blueprint.read("/me", MeSchema, "get_me")
def read_me() -> Response:
    """Say who I am, what I may do, and when my token ends."""
    actor = caller()
    token = g.get("token")
    return composed(
        {
            "reviewer": {"id": actor.id, "name": actor.name} if actor.id else None,
            "role": actor.role,
            "may": [act for act in POLICY if may(actor, act)],
            "token": token
            and {"id": token["token_id"], "label": token["label"], "expires_at": token["expires_at"]},
        }
    )


blueprint.collection(
    "/reviewers",
    lists.REVIEWERS,
    ReviewerQuery,
    ReviewerSchema,
    "list_reviewers",
    act="reviewer:read",
)


@blueprint.read("/reviewers/<id:reviewer_id>", ReviewerSchema, "get_reviewer")
def read_reviewer(reviewer_id: int) -> Response:
    """Read a reviewer."""
    permitted("reviewer:read")
    found = log.document(parts().desk.db, "reviewers", reviewer_id)
    if found is None:
        raise NotFound(f"There is no reviewer {reviewer_id}.")
    return answered(*found)


@blueprint.write(
    "POST", "/reviewers", NewReviewerSchema, ReviewerSchema, "create_reviewer", conditional=False
)
def add_reviewer(draft: Mapping[str, Any]) -> Work:
    """Add a person or a script."""
    return lambda act: reviewers.add_reviewer(act, draft)


@blueprint.write(
    "PATCH",
    "/reviewers/<id:reviewer_id>",
    ReviewerChangesSchema,
    ReviewerSchema,
    "revise_reviewer",
    creates=False,
)
def revise_reviewer(draft: Mapping[str, Any], reviewer_id: int) -> Work:
    """Change a reviewer's role, or bar him; what he said stays."""
    return lambda act: reviewers.revise_reviewer(act, reviewer_id, draft)


@blueprint.read("/tokens", TokenSchema, "list_tokens", query=TokenQuery)
def read_tokens(query: dict[str, Any]) -> Response:
    """List tokens: whose, until when, when last used."""
    permitted("token:read")
    rows = kept.tokens(parts().desk.db)
    wanted = [row for row in rows if query.get("reviewer") in (None, row["reviewer_id"])]
    contents = [reviewers.token_content(row) for row in wanted]
    return answer_parts([{**each, "etag": written(each)[0]} for each in contents], query)


@blueprint.read("/tokens/<id:token_id>", TokenSchema, "get_token")
def read_token(token_id: int) -> Response:
    """Read a token, without what could be used to log in."""
    permitted("token:read")
    row = kept.token(parts().desk.db, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id}.")
    return composed(reviewers.token_content(row))


@blueprint.write("POST", "/tokens", NewTokenSchema, IssuedTokenSchema, "issue_token", conditional=False)
def issue_token(draft: Mapping[str, Any]) -> Work:
    """Issue a token; it is told this once."""
    return lambda act: reviewers.issue_token(act, draft)


@blueprint.write(
    "POST",
    "/tokens/<id:token_id>/revocation",
    NoBody,
    TokenSchema,
    "revoke_token",
    creates=False,
    conditional=False,
)
def revoke_token(_: Mapping[str, Any], token_id: int) -> Work:
    """End a token now."""
    return lambda act: reviewers.revoke_token(act, token_id)


@blueprint.write(
    "POST",
    "/reviewers/<id:reviewer_id>/revocation",
    NoBody,
    RevocationSchema,
    "revoke_reviewer_tokens",
    creates=False,
    conditional=False,
)
def revoke_all_tokens(_: Mapping[str, Any], reviewer_id: int) -> Work:
    """End all tokens of a reviewer now."""
    return lambda act: reviewers.revoke_all_tokens(act, reviewer_id)
