"""Commands by which whoever runs the desk proves it, backs it up and restores it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

import click
from flask.cli import with_appcontext

from db import DatabaseError, log
from db.log import Head
from db.migrations import WrongFile
from factcheck.web.parts import parts
from factcheck.wording import plural
from factcheck.workflow import copying
from factcheck.workflow.copying import NotCopied, back_up
from factcheck.workflow.verifying import Progress, faults_of_log, unnoted

MOST_FAULTS_TOLD = 100

_with_progress = click.option(
    "--progress", is_flag=True, help="Show how far it is, even where there is no terminal."
)


_despite_faults = click.option(
    "--despite-faults", is_flag=True, help="Go on where `flask verify` finds faults in the log."
)


def _noted(text: str) -> tuple[int, str]:
    """Read a head that was noted: its seq, and at least 16 digits of its hash."""
    found = re.fullmatch("([1-9][0-9]{0,17}):([0-9a-f]{16,64})", text.lower(), re.ASCII)
    if not found:
        raise click.BadParameter("write it as GET /v1/log/head tells it, such as 1234:9f86d081884c7d65…")
    return int(found[1]), found[2]


@click.command("verify")
@click.option("--head", "heads", type=_noted, metavar="SEQ:HASH", multiple=True, help="A head noted earlier.")
@_with_progress
@with_appcontext
def verify(heads: tuple[tuple[int, str], ...], progress: bool) -> None:
    """Prove the log: its chain, every text that was served, and the rows it tells of."""
    with parts().desk.snapshot() as db, progress_bar(progress) as told:
        head = log.head(db)
        first, count = _taken(faults_of_log(db, heads, told))
    _refuse(first, count)
    click.echo(f"All {head.seq} lines of the log hold together, and with them every text that was served.")
    if heads:
        click.echo(f"{len(heads):,} {plural(len(heads), 'head')} noted earlier: as noted.")
    click.echo(_about(head))


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@_despite_faults
@_with_progress
@with_appcontext
def backup(file: Path, despite_faults: bool, progress: bool) -> None:
    """Write a proved copy of the desk to a new file, while it serves."""
    begun = time.monotonic()
    with _told_plainly(), progress_bar(progress) as told:
        copy = back_up(parts().desk, file, told, despite_faults=despite_faults)
    click.echo(f"{file}: {copy.size:,} bytes, written and proved in {time.monotonic() - begun:.1f} s.")
    click.echo(_about(copy.head))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@_despite_faults
@_with_progress
@with_appcontext
def restore(file: Path, despite_faults: bool, progress: bool) -> None:
    """Prove a backup and make it the desk; only where nobody has used the desk yet."""
    desk, settings = parts().desk, parts().settings
    with _told_plainly(), progress_bar(progress) as told:
        copy = copying.restore(desk, settings, file, told, despite_faults=despite_faults)
    click.echo(f"{desk.path} is now the desk of {file}, {copy.size:,} bytes.")
    click.echo(_about(copy.head))


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Tell in a line what was refused or went wrong."""
    try:
        yield
    except (NotCopied, WrongFile, DatabaseError) as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename or 'The file'}: {fault.strerror}.") from None


def _about(head: Head) -> str:
    return f"The head is {head.seq}:{head.hash}, written at {head.at}."


def _taken(faults: Iterator[str]) -> tuple[list[str], int]:
    """Give the first faults and how many there are; a log in disorder may have a million."""
    first = list(islice(faults, MOST_FAULTS_TOLD))
    return first, len(first) + sum(1 for _ in faults)


def _refuse(first: list[str], count: int) -> None:
    for fault in first:
        click.echo(fault, err=True)
    if count > len(first):
        click.echo(f"… and {count - len(first):,} more.", err=True)
    if count:
        raise click.ClickException(
            f"{count:,} {plural(count, 'fault')} found: this is not what the desk wrote."
        )


@contextmanager
def progress_bar(wanted: bool) -> Iterator[Progress]:
    """Show progress on a terminal, or where it is wanted."""
    if not wanted and not sys.stderr.isatty():
        yield unnoted
        return
    shown: list[tuple[str, Any]] = []

    def told(what: str, done: int, of: int) -> None:
        if not shown or shown[-1][0] != what:
            _finish(shown)
            stream = cast("TextIO", _Terminal(sys.stderr))
            shown.append((what, click.progressbar(length=max(of, 1), label=f"{what:<9}", file=stream)))
        progress = shown[-1][1]
        progress.update(done - progress.pos)

    try:
        yield told
    finally:
        _finish(shown)


def _finish(shown: list[tuple[str, Any]]) -> None:
    if shown:
        shown[-1][1].render_finish()


class _Terminal:
    """A stream that passes for a terminal, so that progress is shown where it was asked for."""

    def __init__(self, stream: TextIO) -> None:
        self.write, self.flush = stream.write, stream.flush

    def isatty(self) -> bool:
        """Say yes."""
        return True


COMMANDS = (verify, backup, restore)
