"""`flask backup` while the desk serves, and `flask restore`: whole, proved, and never in another's place."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from app import create_app
from db import copies, log
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom, Served, flask

ROOT = Path(__file__).parent.parent


@pytest.fixture
def backup(newsroom: Newsroom, tmp_path: Path) -> Path:
    """Give the backup of a desk with some claims."""
    for number in range(3):
        newsroom.claim(text=f"Claim {number}.")
        newsroom.reviewer.post(f"/v1/claims/{number + 1}/verdicts", {**VERDICT, "sources": [SOURCE]})
    target = tmp_path / "backup.db"
    done = typed(newsroom.app, "backup", str(target))
    assert done.exit_code == 0, done.output
    return target


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Settings:
    """Give the settings of a desk on another machine, which is a folder here."""
    (tmp_path / "there").mkdir()
    return replace(settings, database=str(tmp_path / "there" / "desk.db"))


def typed(app: object, *arguments: str) -> Result:
    """Run a command, without the time that a new process takes."""
    return app.test_cli_runner().invoke(args=list(arguments))  # type: ignore[attr-defined]


def restored(settings: Settings, *arguments: str) -> Result:
    """Restore on a desk, and close it."""
    app = create_app(settings)
    done = typed(app, "restore", *arguments)
    app.extensions[NAME].desk.close()
    assert "Traceback" not in done.output
    return done


@contextmanager
def writers(served: Served, newsroom: Newsroom, count: int) -> Iterator[list[str]]:
    """Let writers post verdicts; gives the etags of the claims after each that was answered."""
    answered: list[str] = []
    stop = threading.Event()

    def write(claim: int) -> None:
        headers = {"Authorization": f"Bearer {newsroom.reviewer.token}"}
        with httpx.Client(base_url=served.url, headers=headers, timeout=20) as client:
            turn = 0
            while not stop.is_set():
                turn += 1
                sent = client.post(
                    f"/v1/claims/{claim}/verdicts", json={**VERDICT, "rationale": f"Turn {turn}."}
                )
                assert sent.status_code == 201, sent.text
                answered.append(client.get(f"/v1/claims/{claim}").headers["ETag"])

    threads = [threading.Thread(target=write, args=(number + 1,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_it_works(
    newsroom: Newsroom, serve: Callable[..., Served], elsewhere: Settings, tmp_path: Path
) -> None:
    for number in range(4):
        newsroom.claim(text=f"Claim {number}.")
    served, target = serve(), tmp_path / "backup.db"
    with writers(served, newsroom, 4) as answered:
        time.sleep(0.3)
        before = len(answered)
        done = served.flask("backup", str(target), "--progress")
        during = len(answered) - before
    assert done.returncode == 0, done.stderr
    assert during > 20, "the desk went on"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.glob("backup.db*")] == ["backup.db"]
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{target}: {target.stat().st_size:,} bytes, written and proved in ")
    assert "100%" in done.stderr

    told = restored(elsewhere, str(target))
    assert told.exit_code == 0, told.output
    assert second in told.stdout, "the same head"
    app = create_app(elsewhere)
    there = app.test_client()
    token = {"Authorization": f"Bearer {newsroom.reviewer.token}"}
    assert there.get("/v1/me", headers=token).json["role"] == "reviewer", "tokens still work"
    assert typed(app, "check").exit_code == 0
    seq = there.get("/v1/log/head").json["seq"]
    assert second.startswith(f"The head is {seq}:")
    for claim in range(1, 5):
        etag = there.get(f"/v1/claims/{claim}").headers["ETag"]
        assert etag in answered, "as it was served while the copy was made"
        assert etag == f'"{etag_after(newsroom, claim, seq)}"'
    written = there.post("/v1/claims", json={**CLAIM, "text": "And it goes on."}, headers=token)
    assert written.status_code == 201
    app.extensions[NAME].desk.close()


def etag_after(newsroom: Newsroom, claim: int, seq: int) -> str:
    """Give the etag that a claim had after a line of the log."""
    return str(
        newsroom.db.conn.execute(
            "SELECT etag FROM documents WHERE noun = 'claims' AND subject_id = ? AND seq <= ? "
            "ORDER BY seq DESC",
            (claim, seq),
        ).fetchone()[0]
    )


def test_nobody_is_overwritten(newsroom: Newsroom, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    done = typed(newsroom.app, "backup", str(backup))
    assert done.exit_code == 1
    assert f"{backup} is there already" in done.stderr
    assert backup.read_bytes() == before
    for taken in (Path(newsroom.desk.path), tmp_path):
        assert typed(newsroom.app, "backup", str(taken)).exit_code == 1
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert typed(newsroom.app, "backup", str(tmp_path / "link")).exit_code == 1
    assert not (tmp_path / "nowhere").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_a_name_that_is_taken_meanwhile_is_left(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backup.db"
    link = os.link

    def taken_first(source: Path, name: Path) -> None:
        target.write_text("somebody else's")
        link(source, name)

    monkeypatch.setattr(os, "link", taken_first)
    done = typed(newsroom.app, "backup", str(target))
    assert (done.exit_code, "is there already" in done.stderr) == (1, True)
    assert target.read_text() == "somebody else's"


def test_a_folder_that_is_not_there(newsroom: Newsroom, tmp_path: Path) -> None:
    done = typed(newsroom.app, "backup", str(tmp_path / "nowhere" / "backup.db"))
    assert done.exit_code == 1
    assert done.stderr == f"Error: {tmp_path}/nowhere/backup.db.partial: No such file or directory.\n"


def test_a_backup_that_was_killed_leaves_no_backup(
    newsroom: Newsroom, backup: Path, settings: Settings, tmp_path: Path
) -> None:
    target, partial = tmp_path / "another.db", tmp_path / "another.db.partial"
    environment = {**os.environ, "FACTCHECK_DATABASE": settings.database}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "backup", str(target)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not partial.exists():
        assert process.poll() is None
        time.sleep(0.0005)
    process.kill()
    process.wait()
    assert partial.exists(), "it was killed in the middle"
    assert stat.S_IMODE(partial.stat().st_mode) == 0o600
    assert not target.exists()
    assert typed(newsroom.app, "verify").exit_code == 0, "the desk is as it was"
    Path(f"{partial}-journal").write_bytes(b"what SQLite had left, too")
    assert typed(newsroom.app, "backup", str(target)).exit_code == 0
    assert [each.name for each in tmp_path.glob("another.db*")] == ["another.db"]


def test_two_backups_do_not_write_to_one_file(newsroom: Newsroom, tmp_path: Path) -> None:
    partial = tmp_path / "backup.db.partial"
    with partial.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = typed(newsroom.app, "backup", str(tmp_path / "backup.db"))
    assert done.exit_code == 1
    assert "Another process is writing" in done.stderr
    assert partial.exists()


def test_a_desk_whose_log_is_broken_is_copied_only_when_that_is_said(
    newsroom: Newsroom, elsewhere: Settings, tmp_path: Path
) -> None:
    newsroom.claim()
    newsroom.by_hand("UPDATE events SET actor = 'Somebody else' WHERE seq = 3")
    target = tmp_path / "backup.db"
    done = typed(newsroom.app, "backup", str(target))
    assert done.exit_code == 1
    assert "events/3" in done.stderr
    assert "--despite-faults" in done.stderr
    assert not list(tmp_path.glob("backup.db*"))
    assert typed(newsroom.app, "backup", str(target), "--despite-faults").exit_code == 0
    assert "events/3" in restored(elsewhere, str(target)).stderr
    assert restored(elsewhere, str(target), "--despite-faults").exit_code == 0


def test_a_desk_in_use_is_not_replaced(newsroom: Newsroom, backup: Path) -> None:
    before = log.head(newsroom.db)
    done = typed(newsroom.app, "restore", str(backup))
    assert done.exit_code == 1
    assert "is a desk in use" in done.stderr
    assert "FACTCHECK_DATABASE" in done.stderr
    assert log.head(newsroom.db) == before
    told = typed(newsroom.app, "restore", "nowhere.db").stderr
    assert "is a desk in use" in told, "that is told before anything is read"


def test_a_desk_that_is_used_meanwhile_is_not_replaced(newsroom: Newsroom, backup: Path) -> None:
    before = log.head(newsroom.db)
    with copies.opened_to_read(backup) as source:
        assert not copies.put_in_place(source, newsroom.db, log.is_untouched)
    assert log.head(newsroom.db) == before
    assert newsroom.claim(text="And it goes on.")


def test_a_new_desk_that_is_served_is_not_replaced_under_its_server(
    backup: Path, serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve(database=str(tmp_path / "new.db"), write_wait="0.3")
    assert httpx.get(f"{served.url}/v1/claims").json()["items"] == []
    done = served.flask("restore", str(backup))
    assert done.returncode == 1
    assert "Stop it, then repeat this" in done.stderr
    assert "Traceback" not in done.stderr
    assert httpx.get(f"{served.url}/v1/log/head").json()["seq"] == 1
    assert not list(tmp_path.glob("new.db.restoring*"))


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 8192, 16):
        content[place] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")


def from_tomorrow(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations SELECT NULL, migration_set, '9999_x', applied_at "
            "FROM _sqlite_migrations LIMIT 1"
        )


def changed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("DROP TRIGGER verdicts_no_update")
        conn.execute("UPDATE verdicts SET rationale = 'Otherwise.' WHERE id = 1")


def in_use(path: Path) -> None:
    Path(f"{path}-wal").write_bytes(b"not in the file yet")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flipped, "damaged"),
        (cut, "damaged"),
        (lambda path: path.write_bytes(b""), "not a desk"),
        (lambda path: path.write_text("Dear reader,\n" * 1000), "not an SQLite database"),
        (another_programs, "not a desk"),
        (from_tomorrow, "newer version"),
        (changed, "verdicts/1 names this line"),
        (in_use, "what is not in"),
        (Path.unlink, "is no file"),
        (lambda path: path.unlink() or path.mkdir(), "is no file"),
    ],
    ids=[
        "flipped",
        "cut",
        "empty",
        "text",
        "another program's",
        "newer",
        "changed",
        "in use",
        "gone",
        "folder",
    ],
)
def test_what_is_no_good_backup_is_refused(
    backup: Path, elsewhere: Settings, harm: Callable[[Path], None], said: str
) -> None:
    harm(backup)
    done = restored(elsewhere, str(backup))
    assert done.exit_code == 1
    assert said in done.stderr
    app = create_app(elsewhere)
    assert app.test_client().get("/v1/log/head").json["seq"] == 1, "the new desk is as it was"
    app.extensions[NAME].desk.close()
    assert not [each.name for each in Path(elsewhere.database).parent.iterdir() if "restoring" in each.name]


def test_a_restore_that_is_killed_leaves_the_new_desk(
    backup: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    environment = {**os.environ, "FACTCHECK_DATABASE": elsewhere.database}
    partial = Path(f"{elsewhere.database}.restoring")
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "restore", str(backup)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not partial.exists():
        assert process.poll() is None
        time.sleep(0.0005)
    process.kill()
    process.wait()
    assert restored(elsewhere, str(backup)).exit_code == 0
    assert not partial.exists()
    told = flask("verify", environment=environment)
    assert told.returncode == 0, told.stderr
