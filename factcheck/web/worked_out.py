"""Answers that are worked out from many rows, in three forms, kept until the log grows or the day ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from flask import Response

from db import vectors
from factcheck.dates import now
from factcheck.publishing.sheets import sheet
from factcheck.web.answers import acceptable_form, answered
from factcheck.web.caller import sees_only_published
from factcheck.web.kept import Answer
from factcheck.web.lists import list_etag
from factcheck.web.parts import parts
from factcheck.workflow.rendering import as_json

Content = Mapping[str, Any]


class WrittenForPeople(NamedTuple):
    """How an answer is written where a person would paste it.

    Args:
        rows: of a sheet, the names of its columns first.
        text: plain lines.
    """

    rows: Callable[[Content], Iterable[Sequence[object]]]
    text: Callable[[Content], str]


class WorkedOut(NamedTuple):
    """What is documented of an operation that answers so.

    Args:
        schema: the name of the schema of its content.
        forms: how the content is written for people.
        act: what its reader must be allowed to do, if not everybody may read it.
        tag: the noun that it belongs to, if its address doesn't say so.
    """

    schema: str
    forms: WrittenForPeople
    act: str | None
    tag: str | None


# By the operation's name. contract.py writes it as the views are declared, openapi.py reads it.
WORKED_OUT: Final[dict[str, WorkedOut]] = {}


def answer_worked_out(
    work_out: Callable[[], Content], forms: WrittenForPeople, suffix: str | None
) -> Response:
    """Answer with what is worked out, or as it is kept if nothing can have changed since.

    Args:
        work_out: gives the content, of one moment of the desk.
        suffix: the form that the address names, if it does.
    """
    form = acceptable_form(suffix, ("json", "csv", "txt"))
    # What is overdue today was not so yesterday, without a line in the log.
    # And what is asked of a claim is a setting, which may be another since the desk was started anew.
    settings = parts().settings
    # What claims mean is found some time after their lines are written.
    placed = vectors.newest(parts().desk.db) if parts().places else 0
    sight = (sees_only_published(), now()[:10], settings.publish_requires, settings.origins, placed)
    etag = list_etag(parts().desk.db, form, sight)
    answer = parts().answers.get(etag)
    if answer is None:
        with parts().desk.snapshot() as db:
            # The log may have grown since; the answer is kept under what it really shows.
            etag = list_etag(db, form, sight)
            content = work_out()
            answer = Answer(_written(content, forms, form).encode(), content.get("next"))
        parts().answers.keep(etag, answer)
    return answered(etag, answer.body, form, following=answer.following)


def _written(content: Content, forms: WrittenForPeople, form: str) -> str:
    if form == "json":
        return f"{as_json(content)}\n"
    return sheet(forms.rows(content)) if form == "csv" else forms.text(content)
