"""The address under which the log is followed: /v1/changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from db import Database, log
from db.log import Head, Wanted
from db.rows import Row
from factcheck.policy import may
from factcheck.web.answers import answered
from factcheck.web.caller import caller, sees_only_published
from factcheck.web.contract import DeskBlueprint
from factcheck.web.kept import Answer
from factcheck.web.lists import address, list_etag
from factcheck.web.parts import parts
from factcheck.web.waiting import ask_again
from factcheck.workflow.lines import PRIVATE_NOUNS, shown_line, withheld_line
from schemas.line import ChangesQuery, ChangesSchema, LineSchema

blueprint = DeskBlueprint("changes", __name__, url_prefix="/v1", description="The log, line by line")

Query = Mapping[str, Any]


@blueprint.read("/changes", ChangesSchema, "list_changes", query=ChangesQuery)
def read_changes(query: Query) -> Response:
    """Follow the log: every act in its order, none left out.

    With `wait` the answer comes as soon as there is a line, at the latest after so many seconds.
    """
    return _answered(query, "json")


@blueprint.read("/changes.ndjson", LineSchema, "list_changes_ndjson", query=ChangesQuery, ndjson=True)
def read_changes_as_ndjson(query: Query) -> Response:
    """Follow the log, a line an act."""
    return _answered(query, "ndjson")


def _answered(query: Query, form: str) -> Response:
    """Answer as it is kept, if somebody who sees as much has asked the same since the log grew."""
    public_only, sees_private = sees_only_published(), may(caller(), "reviewer:read")
    desk = parts().desk
    etag = list_etag(desk.db, form, f"{public_only} {sees_private}")
    answer = parts().answers.get(etag)
    if answer is None:
        with desk.snapshot() as db:
            head = log.head(db)
            etag = list_etag(db, form, f"{public_only} {sees_private}")
            found = _found(db, query, public_only=public_only, sees_private=sees_private)
        answer = _answer(found, head, query, form)
        if found:
            parts().answers.keep(etag, answer)
        elif query["wait"]:
            ask_again(request.environ, beyond=head.seq, seconds=query["wait"])
    return answered(etag, answer.body, form, following=answer.following)


def _found(db: Database, query: Query, *, public_only: bool, sees_private: bool) -> list[dict[str, Any]]:
    """Give the lines, one more than asked for if there are more."""
    filtered = bool(query["act"] or query["claim"] or query["story"])
    leaves_out = filtered or not query["withheld"]
    wanted = Wanted(
        after=query["after"],
        acts=query["act"],
        claim=query["claim"],
        story=query["story"],
        public_only=public_only and leaves_out,
        without=PRIVATE_NOUNS if leaves_out and not sees_private else (),
    )
    return [
        _line(row, public_only=public_only, sees_private=sees_private)
        for row in log.lines(db, wanted, query["limit"] + 1)
    ]


def _answer(found: list[dict[str, Any]], head: Head, query: Query, form: str) -> Answer:
    """Write lines down in a form, with the place to go on from."""
    more = len(found) > query["limit"]
    page = found[: query["limit"]]
    # With filters the last line looked at may lie beyond the last one that is shown.
    after = page[-1]["seq"] if more else max(head.seq, query["after"])
    following = address({"after": after}) if more else None
    texts = [_written(line) for line in page]
    if form == "ndjson":
        return Answer("".join(f"{text}\n" for text in texts).encode(), following)
    return Answer(_envelope(texts, following, after, head).encode(), following)


def _line(row: Row, *, public_only: bool, sees_private: bool) -> dict[str, Any]:
    hidden = not row["public"] if public_only else row["noun"] in PRIVATE_NOUNS and not sees_private
    return withheld_line(row) if hidden else shown_line(row, in_full=not public_only)


def _envelope(texts: list[str], following: str | None, after: int, head: Head) -> str:
    newest = _written({"seq": head.seq, "hash": head.hash})
    return f'{{"items":[{",".join(texts)}],"next":{json.dumps(following)},"after":{after},"head":{newest}}}\n'


def _written(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
