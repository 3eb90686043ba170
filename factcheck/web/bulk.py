"""Lines of acts: how each is read, and how it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from factcheck.errors import BodyTooLarge, DeskError, Invalid, MalformedBody
from factcheck.web.problems import STATUS
from factcheck.web.reading import parse_json, read_object, read_row
from factcheck.workflow.bulk import Asked, Line, Result
from factcheck.workflow.rendering import as_json
from schemas.bulk import ENVELOPE, LINES

_SCHEMAS = {act: schema() for act, schema in LINES.items()}


def read_lines(file: BinaryIO, longest: int) -> Iterator[Line]:
    """Read a file line by line (NDJSON); empty lines are passed over, but counted.

    Args:
        longest: bytes that a line may have.
    """
    number = 0
    while data := file.readline(longest + 1):
        number += 1
        if len(data) > longest and not data.endswith(b"\n"):
            _pass_over_rest(file)
            told = f"This line is longer than {longest} bytes; nothing of it was read."
            yield Line(number, b"", BodyTooLarge(told))
        elif data := data.strip():
            yield _line(number, data)


def _pass_over_rest(file: BinaryIO) -> None:
    while (rest := file.readline(65_536)) and not rest.endswith(b"\n"):
        pass


def _line(number: int, data: bytes, given: dict[str, Any] | None = None) -> Line:
    """Make a line of its bytes, or of what was read from them already."""
    try:
        return Line(number, data, read_act(given or parse_json(data, "line")))
    except MalformedBody as refusal:
        if b"}{" in data:
            refusal.detail += " If you send a file with curl, use --data-binary, which keeps its line feeds."
        return Line(number, data, refusal)
    except DeskError as refusal:
        return Line(number, data, refusal)


def read_act(given: dict[str, Any]) -> Asked:
    """Read what a line asks for.

    Raises:
        Invalid: names each place that breaks a rule.
    """
    act = given.get("act")
    schema = _SCHEMAS.get(act) if isinstance(act, str) else None
    if schema is None:
        detail = f"This must be one of {', '.join(LINES)}."
        raise Invalid(f"/act: {detail}", errors=[{"pointer": "/act", "detail": detail}])
    values = read_object(schema, given)
    draft = {name: value for name, value in values.items() if name not in ENVELOPE}
    return Asked(values["act"], draft, values.get("claim"), values.get("key"))


def line_of(number: int, act: str, cells: Iterable[tuple[str, str]]) -> Line:
    """Make a line of a sheet's row.

    Args:
        act: what is done with it.
        cells: the act's fields with their texts; a dot leads into an object.
    """
    given: dict[str, Any] = {"act": act}
    try:
        given |= read_row(_SCHEMAS[act], cells)
    except DeskError as refusal:
        return Line(number, as_json({**given, **dict(cells)}).encode(), refusal)
    return _line(number, as_json(given).encode(), given)


def written_result(result: Result, public_url: str) -> str:
    """Write what became of a line as a line.

    Args:
        public_url: of the desk; where things are is told in full.
    """
    outcome, line = result.outcome, result.line
    if isinstance(outcome, DeskError):
        return _written_refusal(line, outcome)
    content = {
        "line": line.number,
        "status": 201 if outcome.created else 200,
        "id": int(outcome.location.rpartition("/")[2]),
        "location": f"{public_url}{outcome.location}",
        "replayed": outcome.replayed,
        "warnings": outcome.warnings,
        "etag": outcome.etag,
    }
    return as_json(content)


def _written_refusal(line: Line, refusal: DeskError) -> str:
    problem = {"code": refusal.code, "detail": refusal.detail, "errors": refusal.errors or []}
    problem |= {name: value for name, value in refusal.more.items() if value is not None}
    content = {"line": line.number, "status": STATUS[type(refusal)], "problem": problem}
    unreadable = isinstance(line.asked, MalformedBody | BodyTooLarge)
    # What is an object goes back as it is, byte for byte; what is none, as a text.
    came = as_json(line.data.decode("utf-8", "replace")) if unreadable else line.data.decode("utf-8-sig")
    return f'{as_json(content)[:-1]},"input":{came}}}'
