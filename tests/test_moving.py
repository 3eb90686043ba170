"""Moving house: what goes out as a file comes in as the same desk; acts and sheets come in once."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from click.testing import Result

from db import hooks, whole
from factcheck import moving
from factcheck.settings import Settings
from factcheck.web.bulk import read_lines
from factcheck.workflow import bulk as carrying_out
from factcheck.workflow.acting import Act, Outcome
from factcheck.workflow.bulk import Line
from tests.conftest import CLAIM, PUBLIC_URL, SOURCE, VERDICT, Newsroom
from tests.test_bulk import ACTS, many, sent


def typed(room: Newsroom, *arguments: str, given: bytes | None = None) -> Result:
    return room.app.test_cli_runner().invoke(args=arguments, input=given)


@pytest.fixture
def newsroom(settings: Settings) -> Iterator[Newsroom]:
    room = Newsroom(replace(settings, hooks_private="127.0.0.0/8"))
    yield room
    room.desk.close()


def empty(tmp_path: Path) -> Newsroom:
    """Give a desk at which nothing was done yet."""
    room = Newsroom.__new__(Newsroom)
    room.open(Settings(database=str(tmp_path / "other" / "desk.db"), public_url=PUBLIC_URL))
    return room


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Newsroom]:
    (tmp_path / "other").mkdir()
    room = empty(tmp_path)
    yield room
    room.desk.close()


@pytest.fixture
def worked(newsroom: Newsroom) -> Newsroom:
    """Give a desk at which everything was done that can be."""
    newsroom.reviewer.post("/v1/stories", {"slug": "bridges", "title": "Bridges"})
    newsroom.claim(story="bridges", figure={"measure": "days", "value": 3.5}, text="Мост закрыт.")
    newsroom.claim(published=False, ref="cms-1", appearances=["https://example.org/a"])
    verdict = newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]}).json
    newsroom.reviewer.post(f"/v1/verdicts/{verdict['id']}/retraction", {"reason": "A slip."})
    newsroom.editor.post("/v1/claims/1/rulings", {"status": "unclear", "rationale": "Two logs."})
    newsroom.reviewer.post("/v1/claims/2/sources", {**SOURCE, "url": "https://example.org/other"})
    newsroom.editor.post("/v1/claims/2/sources/2/withdrawal", {"reason": "Of another bridge."})
    newsroom.admin.patch("/v1/outlets/1", {"name": "Roads Office"})
    newsroom.admin.patch("/v1/statuses/false", {"retired": True})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "Sent twice."})
    newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": "Kept."}, headers={"Idempotency-Key": "n1"})
    newsroom.admin.patch("/v1/reviewers/2", {"active": False})
    hook = newsroom.admin.post("/v1/hooks", {"url": "http://127.0.0.1:9/hook"})
    assert hook.status_code == 201, hook.text
    return newsroom


def test_it_works(worked: Newsroom, other: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "desk.ndjson"
    assert typed(worked, "export", str(file)).exit_code == 0
    told = typed(other, "import", str(file))
    assert told.exit_code == 0, told.output
    assert "issue new ones" in told.stdout
    for table in whole.tables(worked.db):
        names = ", ".join(whole.columns(worked.db, table))
        sql = f"SELECT {names} FROM {table} ORDER BY 1, 2"
        assert other.db.conn.execute(sql).fetchall() == worked.db.conn.execute(sql).fetchall(), table
    # What is served is the same, byte for byte, whoever asks.
    for path in ("/v1/claims/1", "/v1/claims.csv", "/v1/statuses", "/v1/claims?q=post", "/v1/log/head"):
        here, there = other.anonymous.get(path), worked.anonymous.get(path)
        assert (here.status_code, here.text) == (200, there.text), path
        assert here.headers.get("ETag") == there.headers.get("ETag"), path
    assert typed(other, "check").exit_code == 0
    assert typed(other, "export", str(tmp_path / "again.ndjson")).exit_code == 0
    assert (tmp_path / "again.ndjson").read_bytes() == file.read_bytes()
    assert triggers_and_indexes(other) == triggers_and_indexes(worked)


def triggers_and_indexes(room: Newsroom) -> list[str]:
    sql = "SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') ORDER BY name"
    return room.db.conn.execute(sql).fetchall()


def test_work_goes_on_at_the_new_desk(worked: Newsroom, other: Newsroom) -> None:
    assert typed(other, "import", "-", given=typed(worked, "export").stdout_bytes).exit_code == 0
    other.anonymous = type(worked.anonymous)(other.app.test_client())
    caller = other.hire("Newcomer", "editor")
    assert caller.post("/v1/claims", {**CLAIM, "text": "New here."}).json["id"] == 4
    assert [each["id"] for each in caller.get("/v1/claims?q=new").json["items"]] == [4]
    assert typed(other, "check").exit_code == 0
    old_token = type(worked.anonymous)(other.app.test_client(), worked.admin.token)
    assert old_token.get("/v1/me").status_code == 401, "a token of the old desk opens nothing"
    assert hooks.active(worked.db) != hooks.active(other.db) == [], "a hook without a secret waits"
    assert other.hire("Chief", "admin").post("/v1/hooks/1/secret").status_code == 200
    assert hooks.active(worked.db) == hooks.active(other.db)


def test_nothing_secret_leaves_and_nothing_else_stays(worked: Newsroom) -> None:
    told = typed(worked, "export").stdout
    secrets = [row[0] for row in worked.db.conn.execute("SELECT sha256 FROM tokens")]
    secrets += [row[0] for row in worked.db.conn.execute("SELECT value FROM desk WHERE name = 'cursor_key'")]
    secrets += [row[0] for row in worked.db.conn.execute("SELECT secret FROM hook_secrets")]
    assert len(secrets) > 5
    for secret in (*secrets, str(worked.admin.token), "n1"):
        assert f'"{secret}"' not in told
    about = json.loads(told.splitlines()[0])
    everything = {
        name
        for (name,) in worked.db.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith(("sqlite_", "_sqlite_", "claim_search", "match_"))
    }
    assert everything - set(about["rows"]) == {"desk", "hook_secrets", "replies"}
    assert sum(about["rows"].values()) == len(told.splitlines()) - 1


def test_a_desk_that_was_worked_at_takes_no_other(worked: Newsroom, newsroom: Newsroom) -> None:
    before = newsroom.rows("events")
    told = typed(newsroom, "import", "-", given=typed(worked, "export").stdout_bytes)
    assert told.exit_code == 1
    assert "into a new one only" in told.stderr
    assert newsroom.rows("events") == before


def _cut(lines: list[bytes]) -> list[bytes]:
    return lines[:-3]


def _halved(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1][:20]]


def _forged(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"Two logs.", b"One log.") for line in lines]


def _forged_row(lines: list[bytes]) -> list[bytes]:
    """Change a claim's row and what is kept of it, which the log knows by their hash only in a text."""
    return [
        line.replace(b"closed for three days", b"never closed") if b'{"table":"claims"' in line else line
        for line in lines
    ]


def _raised(lines: list[bytes]) -> list[bytes]:
    return [
        line.replace(b'"role":"reader"', b'"role":"admin"') if b'{"table":"tokens"' in line else line
        for line in lines
    ]


def _of_tomorrow(lines: list[bytes]) -> list[bytes]:
    return [re.sub(rb'"step":"[^"]+"', b'"step":"9999_later"', lines[0]), *lines[1:]]


def _injected(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b'{"table":"desk","row":{"name":"cursor_key","value":"mine"}}', *lines[1:]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "does not hold all the rows"),
        (_halved, "cut short"),
        (_forged, "not what a desk wrote"),
        (_forged_row, "claims/2: the stored text is not what the rows say"),
        (_raised, "tokens/1: "),
        (_of_tomorrow, "written at 9999_later"),
        (_injected, "no table desk"),
    ],
)
def test_what_is_not_a_whole_desk_is_not_let_in(
    worked: Newsroom, other: Newsroom, spoil: Any, said: str
) -> None:
    spoilt = b"\n".join(spoil(typed(worked, "export").stdout_bytes.splitlines()))
    before = triggers_and_indexes(other)
    told = typed(other, "import", "-", given=spoilt)
    assert (told.exit_code, told.exception.__class__) == (1, SystemExit)
    assert said in told.stderr
    assert (other.rows("events"), other.rows("claims"), other.rows("statuses")) == (1, 0, 11)
    assert triggers_and_indexes(other) == before
    assert typed(other, "check").exit_code == 0


def test_a_desk_of_another_rule_says_so(worked: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert worked.editor.post("/v1/claims/2/verdicts", VERDICT).status_code == 201
    room = Newsroom.__new__(Newsroom)
    room.open(Settings(database=str(tmp_path / "other" / "desk.db"), standing_rule="majority"))
    told = typed(room, "import", "-", given=typed(worked, "export").stdout_bytes)
    room.desk.close()
    assert told.exit_code == 1
    assert "FACTCHECK_STANDING_RULE" in told.stderr


def test_a_desk_that_was_only_brought_up_to_date_is_new(worked: Newsroom, other: Newsroom) -> None:
    def upgrade(act: Act) -> Outcome:
        act.record("desk:upgrade", "statuses", 1, {})
        return act.stands("statuses", 1, "/v1/statuses/1")

    other.do(upgrade)
    assert typed(other, "import", "-", given=typed(worked, "export").stdout_bytes).exit_code == 0


def test_acts_come_in_on_behalf_of_a_reviewer(newsroom: Newsroom, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.ndjson"
    spoilt = [*ACTS[:2], {**ACTS[2], "status": "nonsense"}, ACTS[3]]
    told = typed(newsroom, "import", "-", "--as", "2", "--rejected", str(rejected), given=sent(spoilt))
    assert told.exit_code == 1
    assert told.stdout == "3 new, 0 there already, 0 done before, 1 refused.\n"
    mending = json.loads(rejected.read_text())
    assert (mending["line"], mending["input"], mending["problem"]["code"]) == (3, spoilt[2], "INVALID")
    claim = newsroom.reviewer.get("/v1/claims/1").json
    assert claim["created_by"] == {"id": 2, "name": "Reviewer"}
    again = typed(newsroom, "import", "-", "--as", "2", given=sent(ACTS))
    assert (again.exit_code, again.stdout) == (0, "1 new, 0 there already, 3 done before, 0 refused.\n")
    by_another = typed(newsroom, "import", "-", "--as", "3", given=sent(ACTS[2:3]))
    assert "1 new" in by_another.stdout, "another reviewer's verdict is another"


def test_the_role_is_his_on_whose_behalf(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    publish = sent([{"act": "publish", "claim": 1}])
    assert '"code":"FORBIDDEN"' in typed(newsroom, "import", "-", "--as", "2", given=publish).stderr
    assert typed(newsroom, "import", "-", "--as", "3", "--dry-run", given=publish).exit_code == 0
    assert newsroom.admin.get("/v1/claims/1").json["stage"] == "open"
    assert typed(newsroom, "import", "-", "--as", "3", given=publish).exit_code == 0
    assert newsroom.anonymous.get("/v1/claims/1").status_code == 200
    for wrong in ((), ("--as", "99")):
        assert typed(newsroom, "import", "-", *wrong, given=publish).exit_code == 2


def test_an_import_stops_when_he_may_no_longer_act(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying_out, "MOST_LINES_A_BATCH", 5)
    barred: list[int] = []

    def read(file: BinaryIO, longest: int) -> Iterator[Line]:
        for line in read_lines(file, longest):
            if line.number == 6:
                barred.append(newsroom.admin.patch("/v1/reviewers/2", {"active": False}).status_code)
            yield line

    monkeypatch.setattr(moving, "read_lines", read)
    told = typed(newsroom, "import", "-", "--as", "2", given=sent(many(20)))
    assert (told.exit_code, barred) == (1, [200])
    assert told.stdout == "5 new, 0 there already, 0 done before, 15 refused.\n"
    assert told.stderr.count("No reviewer 2 works here") == 15


def test_a_new_run_reads_the_same_lines_in_again(newsroom: Newsroom) -> None:
    newsroom.claim()
    may = ("--run", "may")
    for run, line, fate in (
        ((), ACTS[2], "1 new"),
        ((), ACTS[3], "1 new"),
        ((), ACTS[2], "1 done before"),
        (may, ACTS[2], "1 new"),
        (may, ACTS[2], "1 done before"),
    ):
        told = typed(newsroom, "import", "-", "--as", "2", *run, given=sent([{**line, "claim": 1}]))
        assert fate in told.stdout


SHEET = """Statement{0}Speaker{0}Date{0}Where{0}Seen first
"The bridge was closed{0} for three days."{0}City Council{0}2024-05-02{0}Old Bridge{0}Evening Post
"Two lines,
one cell."{0}Road Office{0}{0}{0}
{0}Road Office{0}2024{0}{0}
"""
MAPPED = (
    *("--map", "text=Statement", "--map", "claimant.name=Speaker", "--map", "claimed_on=Date"),
    *("--map", "place=Where", "--map", "chain=Speaker", "--map", "chain=Seen first"),
    *("--set", "claimant.kind=organisation", "--set", "language=en"),
)


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8-sig")]
)
def test_a_sheet_comes_in_by_a_map_of_its_columns(newsroom: Newsroom, delimiter: str, encoding: str) -> None:
    sheet = SHEET.format(delimiter).replace("\n", "\r\n").encode(encoding)
    told = typed(newsroom, "import", "-", "--as", "2", *MAPPED, given=sheet)
    assert (told.exit_code, told.stdout[:6]) == (1, "2 new,")
    refused = json.loads(told.stderr)
    assert (refused["line"], refused["problem"]["errors"][0]["pointer"]) == (5, "/text")
    assert refused["input"]["claimant"] == {"name": "Road Office", "kind": "organisation"}
    first, second = newsroom.reviewer.get("/v1/claims?sort=id").json["items"]
    assert first["text"] == f"The bridge was closed{delimiter} for three days."
    assert [link["name"] for link in first["chain"]] == ["City Council", "Evening Post"]
    assert (first["claimed_on"], first["place"], first["language"]) == ("2024-05-02", "Old Bridge", "en")
    assert (second["text"], second["claimed_on"]) == ("Two lines,\none cell.", None)
    # What was refused is an act as it stands: mended, it goes in as any other.
    mended = sent([{**refused["input"], "text": "It was closed."}])
    assert "1 new" in typed(newsroom, "import", "-", "--as", "2", given=mended).stdout


def test_a_sheet_of_verdicts_names_claims_by_number_or_ref(newsroom: Newsroom) -> None:
    newsroom.claim(ref="cms-7")
    sheet = b"claim,status,rationale\n1,unclear,Nobody knows.\ncms-7,little evidence,No document.\n"
    told = typed(newsroom, "import", "-", "--as", "2", "--act", "verdict", given=sheet)
    assert told.stdout.startswith("2 new,"), told.output
    assert newsroom.rows("verdicts") == 2


@pytest.mark.parametrize(
    ("sheet", "more", "said"),
    [
        (b"a,b\n1,2\n", ("--map", "text=c"), "There is no column 'c' for text; there are a, b."),
        (b"text\ncaf\xe9\n", (), "not in UTF-8"),
        (b"a,b\n1,2\n", ("--map", "text"), "write 'text' as FIELD="),
    ],
)
def test_a_sheet_that_does_not_fit(
    newsroom: Newsroom, sheet: bytes, more: tuple[str, ...], said: str
) -> None:
    told = typed(newsroom, "import", "-", "--as", "2", *more, given=sheet)
    assert told.exit_code in (1, 2)
    assert said in told.stderr
    assert newsroom.rows("claims") == 0


@pytest.mark.slow
def test_an_import_that_was_killed_goes_on_where_it_was(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.claim()
    verdicts = [
        {"act": "verdict", "claim": 1 + number, "status": status, "rationale": "Once."}
        for number in range(400)
        for status in ("unclear", "little_evidence", "unclear")
    ]
    file = tmp_path / "acts.ndjson"
    file.write_bytes(sent([*many(400), *verdicts]))
    command = [sys.executable, "-m", "flask", "import", str(file), "--as", "2"]
    environment = {**os.environ, "FACTCHECK_DATABASE": newsroom.settings.database}
    for least in (100, 900):
        process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parent.parent)
        _await_events(newsroom.settings.database, least)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    before = newsroom.rows("events")
    assert 900 <= before < 1600
    told = typed(newsroom, "import", str(file), "--as", "2")
    assert (told.exit_code, newsroom.rows("claims"), newsroom.rows("verdicts")) == (0, 401, 1200)
    done = re.search(r"(\d[\d,]*) done before", told.stdout)
    assert done is not None
    assert int(done[1].replace(",", "")) > 800
    assert typed(newsroom, "check").exit_code == 0


def _await_events(path: str, least: int) -> None:
    with closing(sqlite3.connect(path)) as conn:
        until = time.monotonic() + 30
        while conn.execute("SELECT count(*) FROM events").fetchone()[0] < least:
            assert time.monotonic() < until
            time.sleep(0.005)
