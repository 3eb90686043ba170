"""The address /v1/claims/{id}/provenance."""

from __future__ import annotations

from typing import Any

from db import history
from factcheck.publishing import provenance as written
from factcheck.web.api.claims import served
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow.tracing import provenance_content
from schemas.listing import AsOfQuery
from schemas.provenance import ProvenanceSchema

blueprint = DeskBlueprint("provenance", __name__, url_prefix="/v1", description="What stands behind a claim")


@blueprint.worked_out(
    "/claims/<id:claim_id>/provenance",
    ProvenanceSchema,
    "get_provenance",
    WrittenForPeople(written.rows, written.text),
    query=AsOfQuery,
    tag="origins",
)
def read_provenance(query: dict[str, Any], claim_id: int) -> dict[str, Any]:
    """Count the independent origins behind what supports and what refutes a claim, and name them."""
    db, public_only, seq = parts().desk.db, sees_only_published(), line_as_of(query["as_of"])
    if not history.may_be_read(db, claim_id, seq, public_only=public_only):
        # It is refused as the claim itself would be.
        served(claim_id, f"claim {claim_id}", query["as_of"])
    return provenance_content(db, claim_id, parts().settings.public_url, seq)
