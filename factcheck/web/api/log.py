"""The address of the log's head, which proves later that nothing before it was altered."""

from __future__ import annotations

from flask import Response

from db import log
from factcheck.web.answers import composed
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from schemas.log import HeadSchema

blueprint = DeskBlueprint("log", __name__, url_prefix="/v1/log", description="The log of all acts")


@blueprint.read("/head", HeadSchema, "get_log_head")
def read_head() -> Response:
    """Read the newest line's place and hash, to be noted elsewhere and held against the log later."""
    return composed(log.head(parts().desk.db)._asdict())
