"""The tortures: each gives what it measured, by name, and raises Broken where a promise was."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from db import Database, connect, log
from db.migrations import steps
from factcheck.settings import Settings
from factcheck.workflow.rendering import written
from tests.conftest import CLAIM, Newsroom
from tests.test_migrations import copy_tables
from tests.torture.callers import (
    Caller,
    Memory,
    Reader,
    Reviser,
    Sender,
    Writer,
    acts,
    at_work,
    digest,
    hired,
    hold_faults,
    remembered,
)
from tests.torture.promises import (
    hold_answers,
    hold_desk,
    hold_file,
    hold_lines,
    hold_reads,
    hold_steps,
    hold_unanswered,
    opened,
)
from tests.torture.server import PATIENCE, RETRY_EVERY, Broken, Server, none_left, serving

Figures = dict[str, object]


def kills(folder: Path, times: int, seed: int = 1, writers: int = 8) -> Figures:
    """Kill the server at random moments under writers, and now and then only one of its workers.

    Args:
        folder: an empty one, for the file.
        times: that the whole server is killed.
        seed: of the moments.

    Raises:
        Broken: what was acknowledged is not there exactly once.
    """
    chance, begun, happened = random.Random(seed), time.monotonic(), Counter[str]()
    database = folder / "desk.db"
    tokens = hired(database, writers)
    server, over = Server(database), threading.Event()
    crew = [Writer(f"Writer {number}", server.port, token, over) for number, token in enumerate(tokens)]
    with none_left(server):
        with at_work(crew):
            for number in range(times):
                happened[_live_and_be_killed(server, chance)] += 1
                hold_faults(crew)
                if number % 25 == 24:
                    # Not each time: whoever opens the file first tidies up, and that should be the server.
                    hold_file(database)
            server.start()
            server.await_answers()
        memory = remembered(crew)
        hold_answers(server, [each for writer in crew for each in writer.memory.written[-10:]])
        server.stop()
    server.hold_log()
    hold_desk(database, memory.written)
    return {
        "kills of the server": times,
        **happened,
        "acknowledged writes": len(memory.written),
        "of them sent more than once": memory.repeated,
        "of them stored before the kill that took the answer": memory.replayed,
        "refusals": dict(memory.refused),
        "MB of the file": round(database.stat().st_size / 1e6, 1),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _live_and_be_killed(server: Server, chance: random.Random) -> str:
    """Start a server, kill it at a random moment, and say which moment that was."""
    server.start()
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0, 1.2))
        server.kill()
        return "of them while it starts"
    server.await_answers()
    time.sleep(chance.uniform(0, 0.6))
    if chance.random() < 0.4:
        os.kill(chance.choice(server.workers()), signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.6))
        server.kill()
        return "of them after a worker was killed"
    server.kill()
    return "of them at work"


def bulks(folder: Path, times: int, seed: int = 1, claims: int = 1000) -> Figures:
    """Kill the server while it takes files of many acts, which are sent again until they are answered.

    Args:
        folder: an empty one, for the file.
        times: how often.
        seed: of the moments.
        claims: in each file, with a source and a verdict each.

    Raises:
        Broken: a line is lost, is stored twice, or is answered otherwise the second time.
    """
    chance, begun = random.Random(seed), time.monotonic()
    database = folder / "desk.db"
    server = Server(database)
    (token,) = hired(database, 1)
    sender = Sender("Sender", server.port, token, threading.Event(), claims)
    with none_left(server):
        with at_work([sender]):
            for number in range(times):
                server.start()
                server.await_answers()
                if number % 2 == 0:
                    # Some kills come when a part of the answer is out for certain.
                    _await([sender], lambda _: len(sender.answered), 1)
                time.sleep(chance.uniform(0, 0.7))
                server.kill()
                hold_faults([sender])
            server.start()
            server.await_answers()
        server.stop()
    server.hold_log()
    hold_lines(database, sender)
    hold_desk(database, [])
    return {
        "kills of the server": times,
        "files": sender.files,
        "times that they were sent": sender.sent,
        "lines": len(sender.answered),
        "lines answered again": sender.replayed,
        "refusals": dict(sender.memory.refused),
        "seconds": round(time.monotonic() - begun, 1),
    }


def imports(folder: Path, times: int, seed: int = 1, claims: int = 1000) -> Figures:
    """Kill `flask import` at random moments, of acts and of a whole desk, and start it again.

    Args:
        folder: an empty one, for the files.
        times: how often, of each.
        seed: of the moments.
        claims: in the file, with a source and a verdict each.

    Raises:
        Broken: something is stored twice, is missing, or is there in part.
    """
    chance, begun = random.Random(seed), time.monotonic()
    file, whole, database = folder / "acts.ndjson", folder / "whole.ndjson", folder / "desk.db"
    file.write_bytes(acts(claims))
    hired(database, 1)
    parts_done = []
    for _ in range(times):
        _killed(database, chance.uniform(0, 2.5), "import", str(file), "--as", "3")
        with opened(database) as kept:
            parts_done.append(kept.execute("SELECT count(*) FROM claims").fetchone()[0])
    _killed(database, None, "import", str(file), "--as", "3")
    with opened(database) as kept:
        for table in ("claims", "evidence", "verdicts"):
            found = kept.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            if found != claims:
                raise Broken(f"{table} has {found} rows after an import of {claims}")
        head = kept.execute(_HEAD).fetchone()
    hold_desk(database, [])
    _killed(database, None, "export", str(whole))
    states: Counter[str] = Counter()
    for number in range(times):
        copy = folder / f"{number}.db"
        _killed(copy, chance.uniform(0, 1.5), "import", str(whole))
        hold_desk(copy, [])
        with opened(copy) as kept:
            states["whole" if kept.execute(_HEAD).fetchone() == head else "none of it"] += 1
            left = kept.execute("SELECT count(*) FROM claims").fetchone()[0]
        if left not in (0, claims):
            raise Broken(f"{left} of {claims} claims are left of an import of a whole desk")
        if not left:
            _killed(copy, None, "import", str(whole))
            hold_desk(copy, [])
    return {
        "kills of flask import, of acts": times,
        "claims there after each": parts_done,
        "kills of flask import, of a whole desk": times,
        "what they left": dict(states),
        "seconds": round(time.monotonic() - begun, 1),
    }


_HEAD = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"


def _killed(database: Path, after: float | None, *command: str) -> None:
    """Run a command, and kill it so many seconds after it has opened the file; or let it end."""
    opened_sign = Path(f"{database}-shm")
    process = Server(database).begin(*command, stderr=subprocess.PIPE)
    if after is not None:
        while not opened_sign.exists() and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(after)
        process.kill()
    told = process.communicate(timeout=4 * PATIENCE)[1].decode()
    if process.returncode not in (0, -signal.SIGKILL):
        raise Broken(f"flask {command[0]} ended with {process.returncode}: {told[-2000:]}")


def backups(folder: Path, times: int, seed: int = 1, writers: int = 4) -> Figures:
    """Kill `flask backup` at random moments while the server serves writers.

    Raises:
        Broken: a file under the backup's name is not a whole desk, or a backup can't be made afterwards.
    """
    chance, begun, whole = random.Random(seed), time.monotonic(), 0
    database, target = folder / "desk.db", folder / "backup.db"
    tokens = hired(database, writers)
    with serving(Server(database)) as server:
        over = threading.Event()
        crew = [Writer(f"Writer {number}", server.port, token, over) for number, token in enumerate(tokens)]
        with at_work(crew):
            for number in range(times + 1):
                process = server.begin("backup", str(target), stderr=subprocess.PIPE)
                if number < times:
                    while not Path(f"{target}.partial").exists() and process.poll() is None:
                        time.sleep(0.0005)
                    # It is slower, the more there is.
                    time.sleep(chance.uniform(0, 0.6))
                    process.kill()
                told = process.communicate(timeout=4 * PATIENCE)[1].decode()
                if process.returncode not in (0, -signal.SIGKILL):
                    raise Broken(f"flask backup ended with {process.returncode}: {told[-2000:]}")
                if target.exists():
                    whole += 1
                    hold_desk(target, [])
                    target.unlink()
        memory = remembered(crew)
    hold_desk(database, memory.written)
    if not whole:
        raise Broken("the last backup, which nobody killed, is not there")
    return {
        "kills of flask backup": times,
        "whole backups, all others being none": whole,
        "acknowledged writes": len(memory.written),
        "seconds": round(time.monotonic() - begun, 1),
    }


def migrations(folder: Path, times: int, seed: int = 1, claims: int = 1200) -> Figures:
    """Kill `flask migrate` at random moments, on new files and on old ones, and start it again.

    Args:
        folder: an empty one, for the files.
        times: how often.
        seed: of the moments.
        claims: in the old file; the texts of a thousand are written anew by one act.

    Raises:
        Broken: the file can't be brought up to date afterwards, or is not whole.
    """
    chance, begun = random.Random(seed), time.monotonic()
    old = folder / "old.db"
    make_old(old, claims)
    # How long it takes, once it has loaded its code and opened the file.
    spans = [_migrated(folder / f"timed-{number}.db", old if number else None) for number in range(2)]
    states: Counter[str] = Counter()
    for number in range(times):
        database, is_old = folder / f"{number}.db", number % 2
        _migrated(database, old if is_old else None, 1.1 * spans[is_old] * chance.random() ** 2)
        states[("old file: " if is_old else "new file: ") + _state(database)] += 1
        hold_desk(database, [])
        hold_steps(database)
        database.unlink()
    return {
        "kills of flask migrate": times,
        "what they left": dict(states),
        "ms that it works on a new file": round(spans[0] * 1000),
        f"ms that it works on an old file of {claims} claims": round(spans[1] * 1000),
        "seconds": round(time.monotonic() - begun, 1),
    }


_WORDS = "text, claimant, chain, rationale, sources"


def make_old(database: Path, claims: int) -> None:
    """Make a file as the first version of the desk did, whose texts lack what was added since."""
    room = Newsroom(Settings(database=f"{database}-grown"))
    for number in range(claims):
        room.claim(text=f"Old statement {number}.", published=number % 2 == 0)
    room.desk.close()
    db = connect(str(database))
    steps.apply(db, stop_before=steps.pending(db)[1].name)
    with opened(Path(f"{database}-grown")) as grown:
        db.conn.execute("BEGIN")
        copy_tables(grown, db.conn)
        # The index of words is no table of its own.
        for row in grown.execute("SELECT rowid, * FROM claim_search"):
            db.conn.execute(f"INSERT INTO claim_search (rowid, {_WORDS}) VALUES (?, ?, ?, ?, ?, ?)", row)
        db.conn.execute("DELETE FROM desk WHERE name IN ('shown_as_of_step', 'matching')")
        _take_a_key_away(db)
        db.conn.execute("COMMIT")
    db.conn.close()


def _take_a_key_away(db: Database) -> None:
    """Write all texts and the log as if there had been no such key as `place` then."""
    digests: dict[tuple[str, int], str] = {}
    for row_id, seq, noun, subject_id, body in db.conn.execute(
        "SELECT id, seq, noun, subject_id, body FROM documents"
    ).fetchall():
        content = {name: value for name, value in json.loads(body).items() if name not in ("place", "etag")}
        etag, text = written(content)
        digests[f"{noun}/{subject_id}", seq] = digest(text.encode())
        db.conn.execute("UPDATE documents SET etag = ?, body = ? WHERE id = ?", (etag, text, row_id))
    previous = log.GENESIS
    for event in list(log.events(db)):
        changed = {name: digests[name, event["seq"]] for name in json.loads(event["documents"])}
        event["documents"] = json.dumps(changed, separators=(",", ":"))
        own = log.chained(previous, event)
        sql = "UPDATE events SET documents = ?, previous_hash = ?, hash = ? WHERE seq = ?"
        db.conn.execute(sql, (event["documents"], previous, own, event["seq"]))
        previous = own


def _migrated(database: Path, old: Path | None, kill_after: float | None = None) -> float:
    """Run `flask migrate`, kill it so many seconds after it opens the file, and give the seconds it had."""
    if old:
        shutil.copy(old, database)
    process = Server(database).begin("migrate", stderr=subprocess.PIPE)
    # Loading the code takes most of the time, and nothing happens to the file before.
    sign = Path(f"{database}-wal") if old else database
    while not sign.exists() and process.poll() is None:
        time.sleep(0.0005)
    begun = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        process.kill()
    told = process.communicate(timeout=2 * PATIENCE)[1].decode()
    if process.returncode not in (0, -signal.SIGKILL):
        raise Broken(f"flask migrate ended with {process.returncode}: {told}")
    return time.monotonic() - begun


def _state(database: Path) -> str:
    """Say what a kill left, from a copy, so that the desk finds what it left."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("", "-wal", "-journal"):
            part = Path(f"{database}{name}")
            if part.exists():
                (Path(folder) / f"desk.db{name}").write_bytes(part.read_bytes())
        with opened(Path(folder) / "desk.db") as file:
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
            if "claims_history" not in tables:
                return "before the steps"
            if file.execute("SELECT count(*) FROM desk WHERE name = 'shown_as_of_step'").fetchone()[0]:
                return "after everything"
            return "after the steps, before the texts"


def stops(folder: Path, times: int, writers: int = 8) -> Figures:
    """Tell the server to stop under writers.

    Raises:
        Broken: a request was begun and not answered whole, or the server did not end well.
    """
    begun = time.monotonic()
    database = folder / "desk.db"
    tokens = hired(database, writers)
    server, over = Server(database), threading.Event()
    crew = [Writer(f"Stopper {number}", server.port, token, over) for number, token in enumerate(tokens)]
    seconds, unbegun = [], 0
    with none_left(server):
        with at_work(crew):
            for number in range(times):
                server.start()
                server.await_answers()
                time.sleep(0.5)
                told_at = time.monotonic()
                # While another program holds the file, every writer is in the middle of a request.
                with held(database, 0.3 if number % 2 else 0.0):
                    server.tell_to_stop(everybody=number % 4 in (1, 2))
                server.await_end()
                seconds.append(time.monotonic() - told_at)
                time.sleep(3 * RETRY_EVERY)
                unbegun += hold_unanswered(database, crew)
                hold_faults(crew)
            server.start()
            server.await_answers()
        server.stop()
    server.hold_log()
    memory = remembered(crew)
    hold_desk(database, memory.written)
    if memory.replayed:
        raise Broken(f"{memory.replayed} writes were stored and not answered")
    return {
        "stops": times,
        "acknowledged writes": len(memory.written),
        "requests that were never begun": unbegun,
        "longest stop in seconds": round(max(seconds), 2),
        "seconds": round(time.monotonic() - begun, 1),
    }


@contextmanager
def held(database: Path, seconds: float) -> Iterator[None]:
    """Hold the file as another program would, for so long before and for so long after."""
    with opened(database) as other:
        other.isolation_level = None
        if seconds:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
        yield
        if seconds:
            time.sleep(seconds)
            other.execute("ROLLBACK")


def load(folder: Path, seconds: float, writers: int = 16, readers: int = 16) -> Figures:
    """Press the server with writers and readers at once.

    Half of the writers record, half count on four claims that they share, by If-Match.

    Raises:
        Broken: an answer was not due, a page contradicts itself, or a revision was lost.
    """
    database = folder / "desk.db"
    tokens = hired(database, writers)
    with serving(Server(database)) as server:
        founder = Writer("Founder", server.port, tokens[0], threading.Event())
        drafts = [{**CLAIM, "text": f"Counted statement {number}.", "place": "0"} for number in range(4)]
        counted = [founder.write("/v1/claims", draft)["id"] for draft in drafts]
        memory = founder.memory
        # The server hangs up on a connection that rests for too long.
        founder.wire.hang_up()
        # The callers are shared out among processes, so that they wait for the server, not for each other.
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            shares = [
                pool.submit(_press, server.port, seconds, tokens[part::2], readers // 2, counted, part)
                for part in range(2)
            ]
            for share in shares:
                memory.add(share.result())
        for number in counted:
            place = founder.wire.ask("GET", f"/v1/claims/{number}").content["place"]
            if int(place) != memory.revised[number]:
                raise Broken(f"claim {number} counts {place} after {memory.revised[number]} revisions")
        founder.wire.hang_up()
    hold_desk(database, memory.written)
    return {
        "seconds of load": seconds,
        "writes": len(memory.write_seconds),
        "writes a second": round(len(memory.write_seconds) / seconds),
        "reads": len(memory.read_seconds),
        "reads a second": round(len(memory.read_seconds) / seconds),
        "pages held against themselves": memory.pages,
        "revisions": sum(memory.revised.values()),
        "revisions of a stale version refused": memory.stale,
        "refusals": dict(memory.refused),
        **_quantiles("write", memory.write_seconds),
        **_quantiles("read", memory.read_seconds),
    }


def _press(
    port: int, seconds: float, tokens: list[str], readers: int, counted: list[int], part: int
) -> Memory:
    over = threading.Event()
    half = len(tokens) // 2
    callers: list[Caller] = [
        *(Writer(f"Recorder {part} {n}", port, token, over) for n, token in enumerate(tokens[:half])),
        *(
            Reviser(f"Reviser {part} {n}", port, token, over, counted)
            for n, token in enumerate(tokens[half:])
        ),
        *(Reader(f"Reader {part} {n}", port, tokens[0], over, counted) for n in range(readers)),
    ]
    with at_work(callers):
        over.wait(seconds)
    return remembered(callers)


def _quantiles(what: str, seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return {
        f"p{share} of a {what} in ms": round(ordered[len(ordered) * share // 100] * 1000, 1)
        for share in (50, 99)
    } | {f"slowest {what} in ms": round(ordered[-1] * 1000)}


def starvation(
    folder: Path, faults: Sequence[Callable[[Server], AbstractContextManager[None]]], writers: int = 4
) -> Figures:
    """Let the machine fail under writers, and mend it, again and again; the desk goes on by itself.

    Args:
        folder: where the file lies.
        faults: contexts in which the machine lets nobody write, given the server.
        writers: how many.

    Raises:
        Broken: nothing was refused, reads failed, or something acknowledged is lost.
    """
    database = folder / "desk.db"
    tokens = hired(database, writers)
    slowest = 0.0
    with serving(Server(database)) as server:
        over, spared = threading.Event(), frozenset({503, 507})
        crew = [
            Writer(f"Sufferer {number}", server.port, token, over, spared)
            for number, token in enumerate(tokens)
        ]
        with at_work(crew):
            for fault in faults:
                await_writes(crew)
                with fault(server):
                    await_refusals(crew)
                    hold_reads(server, tokens[0])
                slowest = max(slowest, await_writes(crew))
        memory = remembered(crew)
        hold_answers(server, [each for writer in crew for each in writer.memory.written[-5:]])
    hold_desk(database, memory.written)
    return {
        "faults": len(faults),
        "acknowledged writes": len(memory.written),
        "refusals": dict(memory.refused),
        "longest seconds until all could write again": slowest,
    }


def await_refusals(crew: Sequence[Writer]) -> float:
    """Wait until each writer has been refused four times more."""
    return _await(crew, lambda writer: sum(writer.memory.refused.values()), 4)


def await_writes(crew: Sequence[Writer]) -> float:
    """Wait until each writer has been acknowledged ten writes more, and give the seconds."""
    return _await(crew, lambda writer: len(writer.memory.written), 10)


def _await(crew: Sequence[Any], count: Callable[[Any], int], more: int) -> float:
    begun = time.monotonic()
    before = [count(writer) for writer in crew]
    while any(count(writer) < was + more for writer, was in zip(crew, before, strict=True)):
        hold_faults(crew)
        if time.monotonic() > begun + PATIENCE:
            raise Broken("writers wait in vain")
        time.sleep(0.01)
    return round(time.monotonic() - begun, 2)


@contextmanager
def small_files(server: Server) -> Iterator[None]:
    """Let the server write no file further than its database reaches, as if the disk were full."""
    most = server.database.stat().st_size
    pids = [server.pid, *server.workers()]
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
