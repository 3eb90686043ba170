"""The file: made, brought up to date, refused where it is not ours, and good to read with other tools."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db import Database, Desk, connect, migrate
from db.migrations import APPLICATION_ID, WrongFile, steps
from factcheck.settings import Settings
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom, flask


def test_it_works(tmp_path: Path) -> None:
    with closing(connect(str(tmp_path / "new.db")).conn) as conn:
        taken = migrate(Database(conn))
        assert taken[0] == "0001_desk"
        assert migrate(Database(conn)) == [], "there is nothing left to do"
        assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert conn.execute("SELECT count(*) FROM statuses").fetchone()[0] == 11
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def test_several_first_starts_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "FACTCHECK_DATABASE": str(tmp_path / "desk.db")}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", "migrate"],
            env=environment,
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in started:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert "up to date" in out
    with closing(sqlite3.connect(tmp_path / "desk.db")) as conn:
        assert conn.execute("SELECT count(*) FROM events").fetchone()[0] == 1, "the desk was founded once"
        assert conn.execute("SELECT count(*) FROM statuses").fetchone()[0] == 11


@pytest.fixture
def next_version() -> object:
    """Add a step to the code, as its next version will, and take it away afterwards."""
    kept = list(steps._migrations)

    def add(name: str) -> None:
        @steps(name=name)
        def step(db: Database) -> None:
            db.conn.execute("ALTER TABLE claims ADD COLUMN headline TEXT")

    yield add
    steps._migrations[:] = kept


def test_an_older_file_is_brought_up_to_date(settings: Settings, next_version: Callable[[str], None]) -> None:
    old = Newsroom(settings)
    claim = old.claim()
    old.desk.close()
    next_version("9998_headline")
    new = Newsroom(settings)
    assert new.anonymous.get("/v1/claims/1").json == claim
    assert "headline" in [row[1] for row in new.db.conn.execute("PRAGMA table_info(claims)")]
    new.desk.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(
    settings: Settings, next_version: Callable[[str], None]
) -> None:
    Newsroom(settings).desk.close()
    next_version("9998_headline")
    next_version("9999_headline_again")
    with pytest.raises(sqlite3.OperationalError, match="duplicate column"):
        Desk(settings.database)
    with closing(sqlite3.connect(settings.database)) as conn:
        assert "headline" not in [row[1] for row in conn.execute("PRAGMA table_info(claims)")]
        names = [row[0] for row in conn.execute("SELECT name FROM _sqlite_migrations")]
        assert not [name for name in names if name > "9"]


def test_a_newer_file_is_refused(settings: Settings, next_version: Callable[[str], None]) -> None:
    next_version("9999_from_tomorrow")
    Newsroom(settings).desk.close()
    steps._migrations.pop()
    before = Path(settings.database).read_bytes()
    with pytest.raises(WrongFile, match=r"newer version .*9999_from_tomorrow.*Install that version"):
        Desk(settings.database)
    assert Path(settings.database).read_bytes() == before


def another_programs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("Dear reader,\n" * 100), "not an SQLite database"),
        (lambda path: path.write_bytes(os.urandom(8192)), "not an SQLite database"),
        (another_programs, "belongs to another program"),
        (lambda path: path.mkdir(), "unable to open"),
    ],
    ids=["text", "noise", "another program's", "a folder"],
)
def test_what_is_no_desk_is_refused(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    path = tmp_path / "thing.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    told = flask("settings", environment={**os.environ, "FACTCHECK_DATABASE": str(path)})
    assert told.returncode == 1
    assert said in told.stderr
    assert str(path) in told.stderr
    assert "Traceback" not in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert (path.read_bytes() if path.is_file() else b"") == before, "nobody else's file is touched"


def test_an_empty_file_is_a_new_desk(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    desk = Desk(str(tmp_path / "empty.db"))
    assert desk.db["statuses"].count == 11
    desk.close()


def test_every_table_is_strict(newsroom: Newsroom) -> None:
    ours = {
        name: strict
        for _, name, kind, _, _, strict in newsroom.db.conn.execute("PRAGMA table_list")
        if kind == "table" and not name.startswith(("sqlite_", "_sqlite_"))
    }
    assert len(ours) > 15
    assert [name for name, strict in ours.items() if not strict] == []


def test_a_file_of_the_first_step_gets_its_history(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.reviewer.post("/v1/stories", {"slug": "bridges", "title": "Bridges"})
    newsroom.claim(story="bridges", claimed_on="2024-05", figure={"measure": "days", "value": 3})
    newsroom.claim(text="Nobody knows of this one.", published=False)
    relayed = {"chain": [{"role": "relay", "name": "Wire"}], "figure": {"measure": "days", "value": 4}}
    newsroom.claim(text="It was relayed.", published=False, **relayed)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    newsroom.admin("PATCH", "/v1/claimants/1", json={"name": "Town Council"})
    newsroom.admin("PATCH", "/v1/statuses/false", json={"retired": True})
    grown = sqlite3.connect(newsroom.desk.path)
    with closing(connect(str(tmp_path / "old.db")).conn) as old:
        steps.apply(Database(old), stop_before="0002_time_and_trust")
        copy_tables(grown, old)
        migrate(Database(old))
        for table in [name for name in tables(grown) if name.endswith("_history")]:
            assert everything(old, table) == everything(grown, table), table
        for table, column in (("events", "public"), ("evidence", "seq"), ("figures", "origin")):
            sql = f"SELECT {column} FROM {table} ORDER BY rowid"
            assert old.execute(sql).fetchall() == grown.execute(sql).fetchall(), table
    grown.close()


def test_kept_answers_stay_with_their_tokens(newsroom: Newsroom, tmp_path: Path) -> None:
    with closing(connect(str(tmp_path / "old.db")).conn) as old:
        steps.apply(Database(old), stop_before="0003_replies")
        copy_tables(newsroom.db.conn, old)
        old.execute("INSERT INTO replies VALUES (2, 'n1', 'f', 1, '/v1/claims/1', 'e', '{}', '2026')")
        migrate(Database(old))
        assert old.execute("SELECT * FROM replies").fetchall() == [
            ("token/2", "n1", "f", 1, "/v1/claims/1", "e", "{}", "2026")
        ]


def test_texts_that_lack_a_key_are_written_anew(settings: Settings) -> None:
    old = Newsroom(settings)
    claim = old.claim()
    assert old.by_hand("UPDATE documents SET body = replace(body, '\"place\":null,', '')")
    assert "place" not in old.anonymous.get("/v1/claims/1").json
    old.by_hand("DELETE FROM desk WHERE name = 'shown_as_of_step'")
    old.desk.close()
    for _ in range(2):
        new = Newsroom(settings)
        assert new.anonymous.get("/v1/claims/1").json == claim, "nothing else has changed"
        upgrades = "SELECT count(*) FROM events WHERE act = 'desk:upgrade'"
        assert new.db.conn.execute(upgrades).fetchone()[0] == 1
        new.desk.close()


def tables(conn: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    return [name for (name,) in conn.execute(sql) if not name.startswith(("sqlite_", "claim_search", "_"))]


def everything(conn: sqlite3.Connection, table: str) -> list[object]:
    return conn.execute(f"SELECT * FROM {table} ORDER BY 2, 1").fetchall()


def copy_tables(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Fill the tables of an older file with what is in a newer one, as far as it has the columns."""
    target.execute("PRAGMA foreign_keys = OFF")
    for table in tables(target):
        if table == "replies":
            continue  # They were held by tokens only, in another column.
        columns = ", ".join(row[1] for row in target.execute(f"PRAGMA table_info({table})"))
        target.execute(f"DELETE FROM {table}")
        for row in source.execute(f"SELECT {columns} FROM {table}"):
            target.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", row)
    target.execute("PRAGMA foreign_keys = ON")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE claims SET claimant_id = 'one'", "cannot store TEXT"),
        ("UPDATE claims SET claimant_id = 99", "FOREIGN KEY"),
        ("UPDATE claims SET status = 'nonsense'", "FOREIGN KEY"),
        ("UPDATE claims SET stage = 'deleted'", "CHECK"),
        ("UPDATE claims SET contested = 2", "CHECK"),
        ("UPDATE claims SET text = NULL", "NOT NULL"),
        ("UPDATE statuses SET rating = 6", "CHECK"),
        ("UPDATE statuses SET translations = '{'", "CHECK"),
        ("UPDATE reviewers SET role = 'king'", "CHECK"),
        ("UPDATE evidence SET credibility = 5", "only ever added to"),
        ("UPDATE events SET act = 'claim:add'", "only ever added to"),
        ("UPDATE verdicts SET rationale = 'Otherwise.'", "only ever added to"),
        ("UPDATE retractions SET reason = 'Otherwise.'", "only ever added to"),
        ("UPDATE documents SET body = '{}'", "only ever added to"),
        ("UPDATE claims_history SET status = 'false'", "only ever added to"),
        ("DELETE FROM events WHERE seq = 1", "only ever added to"),
        ("DELETE FROM verdicts", "only ever added to"),
        ("DELETE FROM documents", "only ever added to"),
        ("UPDATE tokens SET sha256 = 'short'", "CHECK"),
        ("UPDATE sources SET kind = 'rumour'", "CHECK"),
        ("INSERT INTO claims SELECT * FROM claims", "UNIQUE"),
        ("DELETE FROM claimants", "FOREIGN KEY"),
        ("DELETE FROM sources", "FOREIGN KEY"),
    ],
)
def test_the_file_itself_refuses_nonsense(newsroom: Newsroom, sql: str, said: str) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    newsroom.reviewer.post("/v1/verdicts/1/retraction", {"reason": "A slip."})
    with pytest.raises(sqlite3.IntegrityError, match=said):
        newsroom.db.conn.execute(sql)


def test_the_file_reads_well_in_sqlite_utils(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {"status": "false", "rationale": "Seen.", "sources": [1]})

    def rows(view: str) -> list[dict[str, object]]:
        told = subprocess.run(
            [sys.executable, "-m", "sqlite_utils", "rows", newsroom.settings.database, view],
            capture_output=True,
            check=True,
            text=True,
        )
        found: list[dict[str, object]] = json.loads(told.stdout)
        return found

    assert rows("claims_overview")[0]["text"] == CLAIM["text"]
    assert rows("claims_overview")[0]["claimant"] == "City Council"
    assert rows("claims_overview")[0]["status"] == "false"
    assert rows("verdicts_overview")[0]["reviewer"] == "Reviewer"
    assert rows("evidence_overview")[0]["outlet"] == "Road Office"
    assert [row["act"] for row in rows("log_overview")][:1] == ["desk:found"]
    views = newsroom.db.view_names()
    assert len(views) >= 4
    for view in views:
        assert rows(view) is not None


def test_the_file_can_be_read_while_it_is_written(newsroom: Newsroom) -> None:
    newsroom.claim()
    with closing(sqlite3.connect(f"file:{newsroom.settings.database}?mode=ro", uri=True)) as other:
        assert other.execute("SELECT count(*) FROM claims").fetchone()[0] == 1
        newsroom.claim(text="Another.")
        assert other.execute("SELECT count(*) FROM claims").fetchone()[0] == 2
