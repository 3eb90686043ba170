"""What the desk promises: held against its file and its answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app import create_app
from db import Database
from db.migrations import steps
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.torture.callers import Sender, Writer, Written, digest
from tests.torture.server import PATIENCE, Broken, Server, Wire


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, timeout=PATIENCE)) as file:
        yield file


def hold_file(database: Path) -> None:
    """See that SQLite finds nothing wrong with a file and its log has no gap.

    Raises:
        Broken: it does, or has.
    """
    with opened(database) as file:
        told = file.execute("PRAGMA integrity_check").fetchall()
        if told != [("ok",)]:
            raise Broken(f"integrity_check: {told[:5]}")
        strays = file.execute("PRAGMA foreign_key_check").fetchall()
        if strays:
            raise Broken(f"foreign_key_check: {strays[:5]}")
        lines, newest, oldest = file.execute("SELECT count(*), max(seq), min(seq) FROM events").fetchone()
        if (lines, oldest) != (newest, 1):
            raise Broken(f"the log has {lines} lines from {oldest} to {newest}")
        late = file.execute(
            "SELECT later.seq FROM events AS later JOIN events AS former ON former.seq = later.seq - 1 "
            "WHERE later.at < former.at"
        ).fetchone()
        if late:
            raise Broken(f"line {late[0]} of the log is older than the one before it")


def hold_written(database: Path, written: list[Written]) -> None:
    """See that everything acknowledged is there once, as it was answered, and nothing else is.

    Raises:
        Broken: something is missing, is there twice, is different, or was never acknowledged.
    """
    with opened(database) as file:
        lines: dict[str, list[tuple[int, int]]] = {}
        replies: dict[str, list[tuple[str, str]]] = {}
        asked = "SELECT request_id, seq, claim_id FROM events WHERE request_id LIKE 'torture-%'"
        for key, seq, claim_id in file.execute(asked):
            lines.setdefault(key, []).append((seq, claim_id))
        asked = "SELECT idempotency_key, etag, body FROM replies WHERE idempotency_key LIKE 'torture-%'"
        for key, etag, body in file.execute(asked):
            replies.setdefault(key, []).append((etag, digest(f"{body}\n".encode())))
        acknowledged = {each.key for each in written}
        if set(lines) - acknowledged:
            raise Broken(f"nobody was told of {sorted(set(lines) - acknowledged)[:5]}")
        for each in written:
            if len(lines.get(each.key, ())) != 1:
                raise Broken(f"{each.key} is in the log {len(lines.get(each.key, ()))} times")
            if replies.get(each.key) != [(each.etag, each.digest)]:
                raise Broken(f"{each.key} was answered otherwise than it is kept")
            hold_one(file, each, *lines[each.key][0])
        for table, kind in _TABLES.items():
            told = len({each.row_id for each in written if each.kind == kind})
            kept = file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            if kept != told:
                raise Broken(f"{table} has {kept} rows of which {told} were acknowledged")


# What is answered as a part of a claim's text; the rest is answered with the whole.
_PARTS = ("sources", "verdicts")
# A claim is published once, so that its changes of stage count like rows of their own.
_TABLES = {"claims": "claims", "evidence": "sources", "verdicts": "verdicts", "stage_changes": "stage"}


def hold_one(file: sqlite3.Connection, write: Written, seq: int, claim_id: int) -> None:
    """Hold an acknowledged write against its line in the log and the text it led to.

    Raises:
        Broken: they are not the same.
    """
    found = file.execute(
        "SELECT etag, body FROM documents WHERE noun = 'claims' AND subject_id = ? AND seq = ?",
        (claim_id, seq),
    ).fetchone()
    if found is None or claim_id != write.claim_id:
        raise Broken(f"{write.key} is line {seq}, which is of claim {claim_id}")
    etag = found[0]
    if write.kind in _PARTS:
        shown = [part for part in json.loads(found[1])[write.kind] if part["id"] == write.row_id]
        text = json.dumps(shown[0], ensure_ascii=False, separators=(",", ":")) if shown else ""
        etag = digest(text.encode())[:32]
    if etag != write.etag:
        raise Broken(f"{write.key} was answered with {write.etag}; line {seq} has {etag}")


def hold_lines(database: Path, sender: Sender) -> None:
    """See that each line of the files that were sent is there once, and nothing else is.

    Raises:
        Broken: something is missing, is there twice, or is different.
    """
    told = [(table, *_told(sender, place)) for place, table in enumerate(_OF_LINES)]
    with opened(database) as file:
        for table, lines, ids in told:
            kept = file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            if not kept == lines == ids:
                raise Broken(f"{table} has {kept} rows after {lines} lines with {ids} ids")
        done = file.execute("SELECT count(*) FROM events WHERE claim_id IS NOT NULL").fetchone()[0]
        if done != len(sender.answered):
            raise Broken(f"the log has {done} lines after {len(sender.answered)} acts")
        asked = "SELECT 1 FROM documents WHERE noun = 'claims' AND subject_id = ? AND etag = ?"
        for (_, line), (_, row_id, etag) in sender.answered.items():
            if line % len(_OF_LINES) == 1 and not file.execute(asked, (row_id, etag)).fetchone():
                raise Broken(f"claim {row_id} never had the etag {etag}")


# To which table the lines of a file lead in turn.
_OF_LINES = ("claims", "evidence", "verdicts")


def _told(sender: Sender, place: int) -> tuple[int, int]:
    """Count the lines of one act, and the ids that they were answered with."""
    ids = [told[1] for (_, line), told in sender.answered.items() if (line - 1) % len(_OF_LINES) == place]
    return len(ids), len(set(ids))


def hold_answers(server: Server, written: list[Written]) -> None:
    """Ask for what was acknowledged once more, by its key and by its address.

    Raises:
        Broken: it is answered otherwise than the first time, or not there.
    """
    for each in written:
        wire = Wire(server.port, each.token)
        again = wire.ask("POST", each.path, each.draft, Idempotency_Key=each.key)
        if (again.status, digest(again.body)) != (each.status, each.digest):
            raise Broken(f"{each.key} was answered {each.status}, and the second time {again.status}")
        if "idempotent-replayed" not in again.headers:
            raise Broken(f"{each.key} was done twice")
        read = wire.ask("GET", f"/v1/claims/{each.claim_id}")
        parts = read.content[each.kind] if each.kind in _PARTS else [read.content]
        if read.status != 200 or each.row_id not in [part["id"] for part in parts]:
            raise Broken(f"{each.key} is not at its address: {read.status}")
        wire.hang_up()


def hold_unanswered(database: Path, crew: list[Writer]) -> int:
    """See that what has no answer was not begun: nothing of it was sent back, or stored.

    Returns:
        How many requests have none.
    """
    with opened(database) as file:
        pending = [writer for writer in crew if writer.pending]
        for writer in pending:
            stored = file.execute(
                "SELECT count(*) FROM events WHERE request_id = ?", (writer.pending,)
            ).fetchone()[0]
            if stored or writer.cut_short:
                raise Broken(f"{writer.pending} was begun and not answered: {stored}, {writer.cut_short}")
    return len(pending)


def hold_reads(server: Server, token: str) -> None:
    """See that a desk that can't write can still be read.

    Raises:
        Broken: a read failed.
    """
    for address in (
        "/v1/claims/1",
        "/v1/claims?q=statement&count=true",
        "/v1/claims.csv?all=true",
        "/healthz",
    ):
        wire = Wire(server.port, token)
        answer = wire.ask("GET", address)
        wire.hang_up()
        if answer.status != 200:
            raise Broken(f"GET {address} was answered {answer.status}: {answer.body[:500].decode()}")


def hold_steps(database: Path) -> None:
    """See that a file has taken every step once.

    Raises:
        Broken: it has not.
    """
    with opened(database) as file:
        taken = [name for (name,) in file.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]
    known = [step.name for step in steps.pending(Database(memory=True))]
    if taken != known:
        raise Broken(f"{database} took the steps {taken} of {known}")


def hold_desk(database: Path, written: list[Written]) -> None:
    """See that a file is whole, holds what was acknowledged, and passes the desk's own commands.

    Raises:
        Broken: one of these is not so.
    """
    app = create_app(Settings(database=str(database)))
    for command in ("check", "verify"):
        told = app.test_cli_runner().invoke(args=[command])
        if told.exit_code:
            raise Broken(f"flask {command}: {told.output[:2000]}")
    app.extensions[NAME].desk.close()
    hold_file(database)
    if written:
        hold_written(database, written)
