"""Many acts at once: /v1/bulk."""

from __future__ import annotations

import io
from itertools import chain
from typing import cast

from flask import Response, request

from factcheck.errors import MalformedBody, NotAcceptable, UnsupportedMediaType
from factcheck.web.answers import FORMS
from factcheck.web.bulk import read_lines, written_result
from factcheck.web.caller import permitted, permitted_anew, request_id
from factcheck.web.contract import DeskBlueprint, idempotency_key
from factcheck.web.parts import parts
from factcheck.web.reading import cross_site, read_query
from factcheck.web.spool import NOT_YET_READ
from factcheck.workflow.bulk import Circumstances, carry_out
from schemas.bulk import LINES, RESULTS
from schemas.listing import WriteQuery

blueprint = DeskBlueprint("bulk", __name__, url_prefix="/v1", description="Many acts at once")
_query = WriteQuery()

# What clients call lines of JSON, and what those say that don't know what they send.
_TAKEN = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json")
_UNSAID = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")


@blueprint.lines("/bulk", tuple(LINES.values()), RESULTS, "post_bulk")
def bulk() -> Response:
    """Carry out many acts, one a line, and answer each with a line in the same order.

    Good lines are kept, bad ones come back with why. The same file sent again after a break
    stores nothing twice: lines that were carried out are answered as they were. A line that came
    before in another file is the same line, too, unless a new Idempotency-Key names a new run.
    """
    permitted("claim:add")
    _require_lines()
    dry_run = read_query(_query)["dry_run"]
    circumstances = Circumstances(request_id(), idempotency_key(), dry_run)
    if NOT_YET_READ in request.environ:
        # The server asks whether to take the body at all.
        return Response(status=204)
    desk, settings = parts().desk, parts().settings
    request.max_content_length = settings.max_bulk
    file = io.BufferedReader(cast("io.RawIOBase", request.stream), 65_536)
    lines = read_lines(file, settings.max_body)
    first = next(lines, None)
    if first is None:
        raise MalformedBody("The body is empty. Send one JSON object a line.")
    established = permitted_anew("claim:add")
    results = carry_out(desk, settings, established, chain([first], lines), circumstances)
    answers = (f"{written_result(result, settings.public_url)}\n" for result in results)
    headers = {"Cache-Control": "no-store"} | ({"Dry-Run": "true"} if dry_run else {})
    return Response(answers, content_type=FORMS["ndjson"], headers=headers)


def _require_lines() -> None:
    """Refuse what are no lines of JSON, and a caller who can't take them.

    Raises:
        UnsupportedMediaType: says what to send.
        NotAcceptable: says what comes.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding.")
    unsaid = request.mimetype in _UNSAID and not cross_site(request)
    if not unsaid and request.mimetype not in _TAKEN:
        raise UnsupportedMediaType(
            "Send Content-Type: application/x-ndjson with one JSON object a line, for instance by "
            "curl --data-binary @acts.ndjson."
        )
    if request.accept_mimetypes and not request.accept_mimetypes[FORMS["ndjson"]]:
        raise NotAcceptable("This address answers in application/x-ndjson; ask for that or leave Accept out.")
