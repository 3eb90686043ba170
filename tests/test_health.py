"""/readyz: whether the desk can work, told without keeping anybody from working."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from factcheck.dates import stamp
from factcheck.settings import Settings
from tests.conftest import CLAIM, Newsroom, Served, assert_problem
from tests.test_faults import immutable, locked
from tests.test_server import bearer

ALL_WELL = dict.fromkeys(("database", "disk", "migrations", "clock"), "ok")


def test_it_works(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    answer = newsroom.anonymous.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["checks"]) == (200, "ready", ALL_WELL)
    assert newsroom.rows("events") == lines
    assert newsroom.anonymous.get("/healthz").json["status"] == "alive"


def test_health_touches_nothing(newsroom: Newsroom) -> None:
    with locked(newsroom.settings.database, "EXCLUSIVE"):
        assert newsroom.anonymous.get("/healthz").status_code == 200


def test_a_locked_database_is_named(newsroom: Newsroom) -> None:
    with locked(newsroom.settings.database):
        begun = time.monotonic()
        refused = newsroom.anonymous.get("/readyz")
        # It does not wait as long as a writer would.
        assert time.monotonic() - begun < 3
    problem = assert_problem(refused, 503, "NOT_READY", "Database: ", "Repeat")
    assert set(problem["checks"]) == set(ALL_WELL)
    assert problem["checks"] | {"database": "ok"} == ALL_WELL
    again = soon(newsroom)
    assert again["checks"] == ALL_WELL


def soon(newsroom: Newsroom) -> dict[str, dict[str, str]]:
    """Ask when what was found is no longer kept."""
    time.sleep(1.05)
    answer: dict[str, dict[str, str]] = newsroom.anonymous.get("/readyz").json
    return answer


def test_too_little_room_is_named(settings: Settings) -> None:
    room = Newsroom(replace(settings, least_free=1 << 50))
    problem = assert_problem(room.anonymous.get("/readyz"), 503, "NOT_READY", "Disk: ", "Free some")
    assert problem["checks"] | {"disk": "ok"} == ALL_WELL
    assert settings.database not in problem["detail"]
    room.desk.close()


def test_a_file_of_another_version_is_named(newsroom: Newsroom) -> None:
    conn = newsroom.db.conn
    step = conn.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid DESC LIMIT 1").fetchone()[0]
    conn.execute("UPDATE _sqlite_migrations SET name = 'later' WHERE name = :step", {"step": step})
    newer = newsroom.anonymous.get("/readyz")
    assert_problem(newer, 503, "NOT_READY", "Migrations: ", "newer version")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'later'")
    assert "flask migrate" in soon(newsroom)["checks"]["migrations"]


def test_a_clock_that_was_set_back_is_named(newsroom: Newsroom) -> None:
    newsroom.claim()
    conn = newsroom.db.conn
    for trigger in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        conn.execute(f"DROP TRIGGER {trigger[0]}")
    ahead = stamp(datetime.now(UTC) + timedelta(seconds=90))
    conn.execute("UPDATE events SET at = :at WHERE seq = (SELECT max(seq) FROM events)", {"at": ahead})
    problem = assert_problem(newsroom.anonymous.get("/readyz"), 503, "NOT_READY", "Clock: ", "Set it right")
    assert "90 seconds" in problem["checks"]["clock"] or "89 seconds" in problem["checks"]["clock"]


def test_a_read_only_file_is_named_and_recovers(serve: Callable[..., Served], tmp_path: Path) -> None:
    served, token = serve(workers="1"), bearer(tmp_path)
    with immutable(tmp_path / "desk.db"):
        refused = httpx.get(f"{served.url}/readyz", timeout=20)
        assert_problem(refused, 503, "NOT_READY", "Database: ", "writable")
        assert httpx.get(f"{served.url}/healthz").status_code == 200
    time.sleep(1.1)
    assert httpx.get(f"{served.url}/readyz").json()["checks"] == ALL_WELL
    assert httpx.post(f"{served.url}/v1/claims", json=CLAIM, headers=token).status_code == 201


def test_asking_often_keeps_no_writer_waiting(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    write = newsroom.desk.write
    monkeypatch.setattr(newsroom.desk, "write", lambda *a, **k: writes.append(1) or write(*a, **k))
    begun = time.monotonic()
    for _ in range(50):
        assert newsroom.anonymous.get("/readyz").status_code == 200
    assert len(writes) <= 2 + (time.monotonic() - begun)


def test_while_one_looks_others_are_told_what_was_found_before(newsroom: Newsroom) -> None:
    assert newsroom.anonymous.get("/readyz").status_code == 200
    time.sleep(1.05)
    with closing(sqlite3.connect(newsroom.settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        looking = threading.Thread(target=newsroom.app.test_client().get, args=("/readyz",))
        looking.start()
        time.sleep(0.1)
        begun = time.monotonic()
        assert newsroom.anonymous.get("/readyz").status_code == 200
        assert time.monotonic() - begun < 0.3
        other.execute("ROLLBACK")
    looking.join(20)
