"""The address /v1/stories/{slug}/figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from db import entities, lists
from factcheck.publishing import figures as written
from factcheck.web.caller import sees_only_published
from factcheck.web.contract import DeskBlueprint
from factcheck.web.known import text_of, unknown
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of
from factcheck.web.worked_out import WrittenForPeople
from factcheck.workflow.figures import figures_beside_one_another
from schemas.figure import FiguresQuery, FiguresSchema

blueprint = DeskBlueprint(
    "figures", __name__, url_prefix="/v1", description="The quantities that a story's claims state"
)


@blueprint.worked_out(
    "/stories/<slug:slug>/figures",
    FiguresSchema,
    "get_figures",
    WrittenForPeople(written.rows, written.text),
    query=FiguresQuery,
)
def read_figures(query: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """Read a story's figures in series by measure and scope: what agrees, supersedes, conflicts, is a part.

    Nothing is chosen: every figure that a claim states stands in exactly one series.
    """
    public_only, seq = sees_only_published(), line_as_of(query["as_of"])
    db = parts().desk.db
    row = entities.story(db, slug)
    if row is None:
        raise unknown(lists.STORIES, slug)
    title = json.loads(text_of(lists.STORIES, row["id"], slug, seq)[1])["title"]
    found = figures_beside_one_another(
        db,
        row["id"],
        measure=query["measure"],
        scope=query["scope"],
        as_of=seq,
        public_only=public_only,
    )
    return {"story": {"slug": slug, "title": title}, **found}
