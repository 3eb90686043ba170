"""The addresses /v1/claims/{id}/links and /v1/claims/{id}/family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from db import history
from factcheck.errors import NotFound
from factcheck.publishing import families
from factcheck.web.answers import composed
from factcheck.web.api.claims import served
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_parts
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow import linking
from schemas.family import FamilySchema
from schemas.link import ClaimLinkSchema, NewClaimLinkSchema, NewConfirmationSchema, ShownClaimLinkSchema
from schemas.listing import AsOfQuery, PageQuery
from schemas.reference import NewReasonSchema

blueprint = DeskBlueprint("links", __name__, url_prefix="/v1", description="What claims are to one another")


@blueprint.read("/claims/<id:claim_id>/links", ShownClaimLinkSchema, "list_links", query=PageQuery)
def read_links(query: dict[str, Any], claim_id: int) -> Response:
    """List what a claim is to others, and what was decided of it."""
    return answer_parts(_links(claim_id), query)


@blueprint.read("/claims/<id:claim_id>/links/<id:link_id>", ClaimLinkSchema, "get_link")
def read_link(claim_id: int, link_id: int) -> Response:
    """Read one link of a claim: who made it, and who confirmed or rejected it, when and why."""
    for link in _links(claim_id):
        if link["id"] == link_id:
            return composed(link)
    raise NotFound(f"There is no link {link_id} of claim {claim_id}.")


@blueprint.write("POST", "/claims/<id:claim_id>/links", NewClaimLinkSchema, ClaimLinkSchema, "link_claim")
def link_claim(draft: Mapping[str, Any], claim_id: int) -> Work:
    """Say what a claim is to another one, or suggest it.

    The same said again, from whichever of the two, is the same link: 200. Who says that it holds
    confirms what was only suggested.
    """
    return lambda act: linking.link_claim(act, claim_id, draft)


@blueprint.write(
    "POST",
    "/claims/<id:claim_id>/links/<id:link_id>/confirmation",
    NewConfirmationSchema,
    ClaimLinkSchema,
    "confirm_link",
)
def confirm_link(draft: Mapping[str, Any], claim_id: int, link_id: int) -> Work:
    """Say that a link holds; both claims show it from then on."""
    return lambda act: linking.decide_link(act, claim_id, link_id, "confirmed", draft["reason"])


@blueprint.write(
    "POST",
    "/claims/<id:claim_id>/links/<id:link_id>/rejection",
    NewReasonSchema,
    ClaimLinkSchema,
    "reject_link",
)
def reject_link(draft: Mapping[str, Any], claim_id: int, link_id: int) -> Work:
    """Say that a link does not hold; it stays to be seen, with the reason."""
    return lambda act: linking.decide_link(act, claim_id, link_id, "rejected", draft["reason"])


@blueprint.worked_out(
    "/claims/<id:claim_id>/family",
    FamilySchema,
    "get_family",
    WrittenForPeople(families.rows, families.text),
    query=AsOfQuery,
    tag="links",
)
def read_family(query: dict[str, Any], claim_id: int) -> dict[str, Any]:
    """Tell which claims say the same, less, more, otherwise, or the same earlier or later.

    Only confirmed links are followed, as far as they lead. Without a token only published claims are.
    """
    db, public_only, seq = parts().desk.db, sees_only_published(), line_as_of(query["as_of"])
    if not history.may_be_read(db, claim_id, seq, public_only=public_only):
        # It is refused as the claim itself would be.
        served(claim_id, f"claim {claim_id}", query["as_of"])
    return linking.family_content(db, claim_id, seq, public_only=public_only)


def _links(claim_id: int) -> list[dict[str, Any]]:
    served(claim_id, f"claim {claim_id}")
    return linking.links_content(parts().desk.db, claim_id, public_only=sees_only_published())
