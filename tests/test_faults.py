"""Faults of the machine: a locked file, a read-only one, a full disk. Reads go on; writes recover."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from factcheck.settings import Settings
from tests.conftest import CLAIM, PUBLIC_URL, Newsroom, Served, assert_problem, flask

Serve = Callable[..., Served]


def may(*command: str) -> bool:
    """Say whether this machine lets us do something that only root may."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def mounted(folder: Path, size: str = "4m") -> Iterator[None]:
    """Put a small disk of its own under a folder."""
    folder.mkdir(exist_ok=True)
    if not may("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)):
        pytest.skip("only root can mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a mounted folder read-only, as a disk does that has met a fault."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Forbid every change of a file, even by root."""
    if not may("chattr", "+i", str(path)):
        pytest.skip("this file system knows no immutable files")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(path)], check=True)


@contextmanager
def locked(path: str, how: str = "IMMEDIATE") -> Iterator[None]:
    """Hold the database as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def draft(number: int) -> dict[str, object]:
    return {**CLAIM, "text": f"Statement {number}."}


def hire(folder: Path) -> dict[str, str]:
    """Make a desk in this folder with a published claim; gives the header to call with."""
    room = Newsroom(Settings(database=str(folder / "desk.db"), public_url=PUBLIC_URL))
    room.claim()
    room.desk.close()
    return {"Authorization": f"Bearer {room.reviewer.token}"}


def test_it_works(settings: Settings) -> None:
    room = Newsroom(replace(settings, write_wait=0.3))
    room.claim()
    before = room.rows("events")
    with locked(settings.database):
        begun = time.monotonic()
        answer = room.reviewer.post("/v1/claims", draft(1))
        assert 0.2 < time.monotonic() - begun < 3
        problem = assert_problem(answer, 503, "BUSY", "Repeat")
        assert int(answer.headers["Retry-After"]) >= 1
        assert "database is locked" not in problem["detail"]
        for caller in (room.anonymous, room.reader):
            assert caller.get("/v1/claims/1").status_code == 200
            assert caller.get("/v1/claims?q=bridge").status_code == 200
    assert room.rows("events") == before
    assert room.reviewer.post("/v1/claims", draft(1)).status_code == 201
    room.desk.close()


def test_a_short_lock_is_waited_out(settings: Settings) -> None:
    room = Newsroom(settings)
    with closing(sqlite3.connect(settings.database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
        assert room.reviewer.post("/v1/claims", CLAIM).status_code == 201
    room.desk.close()


def test_a_reader_with_a_new_token_does_not_wait_for_a_lock(settings: Settings) -> None:
    # The use of a token is noted, but nobody should wait for that.
    room = Newsroom(settings)
    room.claim()
    with locked(settings.database):
        begun = time.monotonic()
        assert room.reader.get("/v1/claims/1").status_code == 200
        assert time.monotonic() - begun < 2
    room.desk.close()


def test_a_busy_desk_keeps_its_idempotency(settings: Settings) -> None:
    room = Newsroom(replace(settings, write_wait=0.2))
    key = {"Idempotency-Key": "night-7"}
    with locked(settings.database):
        assert_problem(room.reviewer.post("/v1/claims", CLAIM, headers=key), 503, "BUSY")
    made = room.reviewer.post("/v1/claims", CLAIM, headers=key)
    assert made.status_code == 201
    assert "Idempotent-Replayed" not in made.headers
    room.desk.close()


def test_a_full_disk(serve: Serve, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk):
        token = hire(disk)
        served = serve(database=str(disk / "desk.db"), workers="1")
        assert httpx.post(f"{served.url}/v1/claims", json=draft(0), headers=token).status_code == 201
        (disk / "filler").write_bytes(b"x" * free(disk))
        refused = [
            httpx.post(f"{served.url}/v1/claims", json=big(number), headers=token) for number in range(1, 30)
        ]
        full = [answer for answer in refused if answer.status_code != 201]
        assert full, "the disk did not fill"
        for answer in full:
            assert_problem(answer, 507, "STORAGE_FULL", "Free space")
        for path in ("/v1/claims/1", "/v1/claims?count=true&q=bridge", "/v1/claims.csv?all=true", "/healthz"):
            assert httpx.get(f"{served.url}{path}").status_code == 200
        count = httpx.get(f"{served.url}/v1/claims?count=true", headers=token).json()["total"]
        assert count == 2 + len(refused) - len(full), "what was refused is not stored"
        (disk / "filler").unlink()
        recovered = httpx.post(f"{served.url}/v1/claims", json=draft(99), headers=token)
        assert recovered.status_code == 201
        assert served.flask("check").returncode == 0
        stop(served)


def big(number: int) -> dict[str, object]:
    return {**CLAIM, "text": f"Statement {number}. {'It was long. ' * 700}"}


def free(folder: Path) -> int:
    """Give the bytes that are left on a disk, but for a few pages."""
    state = os.statvfs(folder)
    return max(0, state.f_bavail * state.f_frsize - 40_000)


def stop(served: Served) -> None:
    """End a server before its disk goes."""
    served.process.terminate()
    served.process.wait(20)


def test_a_read_only_disk(serve: Serve, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk):
        token = hire(disk)
        environment = {**os.environ, "FACTCHECK_DATABASE": str(disk / "desk.db")}
        with read_only(disk):
            told = flask("check", environment=environment)
        assert told.returncode == 1
        assert "desk.db" in told.stderr
        assert "Traceback" not in told.stderr
        served = serve(database=str(disk / "desk.db"))
        assert httpx.post(f"{served.url}/v1/claims", json=draft(0), headers=token).status_code == 201
        stop(served)


def test_an_immutable_file(serve: Serve, tmp_path: Path) -> None:
    token = hire(tmp_path)
    with immutable(tmp_path / "desk.db"):
        served = serve(workers="1")
        assert httpx.get(f"{served.url}/v1/claims/1").status_code == 200
        assert httpx.get(f"{served.url}/v1/claims/1", headers=token).status_code == 200
        refused = httpx.post(f"{served.url}/v1/claims", json=draft(0), headers=token)
        assert_problem(refused, 503, "READ_ONLY", "writable")
        listed = httpx.get(f"{served.url}/v1/claims?count=true&q=bridge", headers=token)
        assert listed.json()["total"] == 1
    made = httpx.post(f"{served.url}/v1/claims", json=draft(0), headers=token)
    assert made.status_code == 201, "it recovers by itself"


def test_of_acts_that_share_a_commit_a_fault_takes_only_its_own(newsroom: Newsroom) -> None:
    newsroom.claim()
    twice = {**CLAIM, "text": "Another.", "ref": "x"}
    assert newsroom.reviewer.post("/v1/claims", twice).status_code == 201
    assert_problem(newsroom.reviewer.post("/v1/claims", {**CLAIM, "ref": "x"}), 409, "CONFLICT")
    assert newsroom.reviewer.post("/v1/claims", draft(2)).status_code == 201
