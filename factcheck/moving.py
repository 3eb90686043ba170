"""Commands that carry acts, sheets and whole desks in, and whole desks out."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, TextIO

import click
from flask.cli import with_appcontext

from factcheck.errors import DeskError, Forbidden
from factcheck.safekeeping import progress_bar
from factcheck.web.bulk import line_of, read_lines, written_result
from factcheck.web.parts import parts
from factcheck.workflow.bulk import Circumstances, Line, Result, carry_out
from factcheck.workflow.moving import exported, import_desk, is_whole_desk
from factcheck.workflow.reviewers import at_work
from schemas.bulk import LINES

_PIECE_LINES = 1000
_DELIMITERS = ",;\t"


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@with_appcontext
def export(file: str) -> None:
    """Write the whole desk as NDJSON, for its owner's eyes: what it is, then every row.

    Tokens and the secrets of hooks are left out. Who protected sources are is not: guard the file.
    """
    with (
        parts().desk.snapshot() as db,
        progress_bar(wanted=False) as told,
        _for_the_owner_only(file) as out,
    ):
        _write_lines(out, exported(db, told))


@contextmanager
def _for_the_owner_only(path: str) -> Iterator[BinaryIO]:
    """Open a file that nobody else may read, also if it was there already; - is the standard output."""
    if path == "-":
        yield sys.stdout.buffer
        return
    held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(held, "wb") as file:
        os.fchmod(held, 0o600)
        yield file


def _write_lines(file: BinaryIO, lines: Iterable[str]) -> None:
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _PIECE_LINES:
            file.write(("\n".join(piece) + "\n").encode())
            piece.clear()
    file.write("".join(f"{line}\n" for line in piece).encode())


@dataclass
class _Sheet:
    """How the columns of a sheet become the fields of an act."""

    act: str
    columns: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]


def _pair(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Read FIELD=VALUE."""
    found = tuple(each.partition("=")[::2] for each in given)
    for (field, value), text in zip(found, given, strict=True):
        if not field or not value:
            raise click.BadParameter(f"write {text!r} as FIELD=…, such as text=Statement")
    return found


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--as", "reviewer_id", type=int, metavar="REVIEWER_ID", help="On whose behalf acts are done.")
@click.option("--map", "columns", multiple=True, callback=_pair, metavar="FIELD=COLUMN", help="For sheets.")
@click.option("--set", "values", multiple=True, callback=_pair, metavar="FIELD=VALUE", help="For every row.")
@click.option("--act", type=click.Choice(tuple(LINES)), default="claim", show_default=True, help="Of a row.")
@click.option("--rejected", type=click.File("w", lazy=True), help="Where lines go that were refused.")
@click.option("--run", metavar="NAME", help="With a new name, lines that came in before come in again.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done and store nothing.")
@with_appcontext
def import_command(
    file: BinaryIO,
    reviewer_id: int | None,
    rejected: TextIO | None,
    run: str | None,
    dry_run: bool,
    **sheet: Any,
) -> None:
    """Read a file in: a whole desk, acts as NDJSON, or a sheet as CSV ("-": standard input).

    A whole desk, as `flask export` wrote it, is read into a new one. Acts, one a line as for
    /v1/bulk, and rows of a sheet are carried out on behalf of a reviewer, and may be read in
    again after a break: nothing is stored twice. What is refused is told, ready to be mended.
    """
    with _refusals_told():
        first = file.readline()
        if is_whole_desk(first):
            _import_whole_desk(chain([first], file))
            return
        if reviewer_id is None:
            raise click.UsageError("Say on whose behalf: --as REVIEWER_ID. `flask reviewer list` knows them.")
        try:
            at_work(parts().desk.db, reviewer_id)
        except Forbidden as refusal:
            raise click.UsageError(refusal.detail) from None
        again = io.BufferedReader(_Again(first, file), 65_536)
        lines = (
            read_lines(again, parts().settings.max_body)
            if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"")
            else _rows(again, _Sheet(**sheet))
        )
        circumstances = Circumstances("import", run, dry_run)
        _carry_out(reviewer_id, lines, circumstances, _size(file), rejected or sys.stderr)


class _Again(io.RawIOBase):
    """A file whose first line was read already, from its beginning."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first, self._rest = io.BytesIO(first), rest

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on."""
        data = self._first.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _import_whole_desk(lines: Iterable[bytes]) -> None:
    with progress_bar(wanted=False) as told:
        rule = parts().settings.standing_rule
        head = parts().desk.write(lambda db: import_desk(db, lines, rule, told))
    click.echo(
        "The desk is here, its log holds together, and every text is what the rows say; "
        f"the head is {head.seq}:{head.hash}."
    )
    click.echo("Tokens did not come along: issue new ones by `flask token issue`.")
    click.echo(
        "Nor did the secrets of hooks: each waits until it is given one by POST /v1/hooks/{id}/secret."
    )


def _carry_out(
    reviewer_id: int, lines: Iterable[Line], circumstances: Circumstances, size: int, rejected: TextIO
) -> None:
    settings, counts = parts().settings, dict.fromkeys(_FATES, 0)
    results = carry_out(parts().desk, settings, lambda db: at_work(db, reviewer_id), lines, circumstances)
    done = 0
    with progress_bar(wanted=False) as told:
        for result in results:
            counts[_fate(result)] += 1
            if isinstance(result.outcome, DeskError):
                rejected.write(f"{written_result(result, settings.public_url)}\n")
            done += len(result.line.data) + 1
            told("Acts", min(done, size), size)
    click.echo(", ".join(f"{counts[fate]:,} {fate}" for fate in _FATES) + ".")
    if counts["refused"]:
        sys.exit(1)


_FATES = ("new", "there already", "done before", "refused")


def _fate(result: Result) -> str:
    if isinstance(result.outcome, DeskError):
        return "refused"
    if result.outcome.replayed:
        return "done before"
    return "new" if result.outcome.created else "there already"


def _size(file: BinaryIO) -> int:
    """Give a file's bytes, or 0 of what is no file but a stream."""
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:
        return 0


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except DeskError as refusal:
        raise click.ClickException(refusal.detail) from None


def _rows(start: io.BufferedReader[Any], sheet: _Sheet) -> Iterator[Line]:
    """Read a sheet's rows as lines of acts.

    Raises:
        click.ClickException: it has not the columns, or not the characters.
    """
    encoding = "utf-16" if start.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = io.TextIOWrapper(start, encoding=encoding, newline="")
    try:
        head = text.readline()
        delimiter = max(_DELIMITERS, key=head.count)
        names = next(csv.reader([head], delimiter=delimiter), [])
        columns = sheet.columns or tuple((name, name) for name in names)
        for field, column in columns:
            if column not in names:
                known = ", ".join(names)
                raise click.UsageError(f"There is no column {column!r} for {field}; there are {known}.")
        reader = csv.DictReader(text, names, restval="", delimiter=delimiter)
        for row in reader:
            yield _line(reader.line_num + 1, row, columns, sheet)
    except UnicodeDecodeError:
        raise click.ClickException("The sheet is not in UTF-8. Save it as CSV in UTF-8 anew.") from None


def _line(number: int, row: dict[str, str], columns: Iterable[tuple[str, str]], sheet: _Sheet) -> Line:
    cells = [(field, value) for field, column in columns if (value := row[column].strip())]
    cells += sheet.values
    # A cell of several lines comes with whatever ends a line where it was typed.
    return line_of(number, sheet.act, [(field, "\n".join(value.splitlines())) for field, value in cells])


COMMANDS = (export, import_command)
