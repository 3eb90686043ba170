"""The address /v1/agreement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factcheck.publishing import agreement as written
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow.agreeing import agreement
from schemas.agreement import AgreementQuery, AgreementSchema

blueprint = DeskBlueprint(
    "agreement", __name__, url_prefix="/v1", description="How far reviewers agree with one another"
)


@blueprint.worked_out(
    "/agreement",
    AgreementSchema,
    "get_agreement",
    WrittenForPeople(written.rows, written.text),
    query=AgreementQuery,
    act="desk:read_unpublished",
    tag="verdicts",
)
def read_agreement(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Measure how far reviewers agree, all of them and each two (Krippendorff's alpha).

    Compared are the statuses of the verdicts that stand, rulings among them, on claims that two reviewers
    at least have judged, also on those that were withdrawn.
    """
    seq = line_as_of(query["as_of"])
    return agreement(parts().desk.db, query["story"], query["since"], seq)
