"""The commands for whoever runs the desk: `flask …`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from factcheck.settings import Settings, variable
from tests.conftest import CLAIM, Newsroom, Served, flask

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on a desk of its own."""

    def command(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
        environment["FACTCHECK_DATABASE"] = str(tmp_path / "desk.db")
        environment |= {variable(name): value for name, value in settings.items()}
        return flask(*arguments, environment=environment)

    return command


def typed(newsroom: Newsroom, *arguments: str) -> Result:
    """Run a command on a newsroom's desk, without the time that a new process takes."""
    return newsroom.app.test_cli_runner().invoke(args=list(arguments))


def refused(told: subprocess.CompletedProcess[str], *said: str) -> None:
    """See that a command said in a line or few what is wrong, and failed."""
    assert told.returncode != 0
    assert "Traceback" not in told.stderr + told.stdout
    assert len(told.stderr.splitlines()) <= 4, told.stderr
    for words in said:
        assert words in told.stderr


def test_it_works(run: Run) -> None:
    added = run("reviewer", "add", "Night desk", "--role", "editor", "--kind", "script")
    assert (added.returncode, added.stdout, added.stderr) == (0, "1\tNight desk\teditor\n", "")
    assert run("reviewer", "list").stdout == "1\tNight desk\tscript\teditor\tactive\n"
    issued = run("token", "issue", "1", "--label", "import", "--expires", "2999-01-01T00:00:00Z")
    assert issued.stdout.startswith("fct_")
    listed = run("token", "list").stdout
    assert listed == "1\tNight desk\timport\teditor\tuntil 2999-01-01T00:00:00.000Z\tlast used never\n"
    assert issued.stdout.strip() not in listed


def test_tokens_end(newsroom: Newsroom) -> None:
    token = newsroom.reviewer.token
    assert newsroom.reviewer.get("/v1/me").status_code == 200
    assert typed(newsroom, "token", "expire", "2", "2020-01-01T00:00:00Z").stdout == (
        "Token 2 ends at 2020-01-01T00:00:00.000Z.\n"
    )
    assert newsroom.reviewer.get("/v1/me").status_code == 401
    assert typed(newsroom, "token", "revoke", "3").stdout == "Token 3 is revoked.\n"
    assert newsroom.editor.get("/v1/me").status_code == 401
    assert newsroom.admin.get("/v1/me").status_code == 200
    assert str(token) not in typed(newsroom, "token", "list").stdout
    acts = [row[0] for row in newsroom.db.conn.execute("SELECT act FROM events ORDER BY seq DESC LIMIT 2")]
    assert acts == ["token:revoke", "token:expire"], "the command line writes the log, too"


def test_a_token_can_be_less_than_its_reviewer(newsroom: Newsroom) -> None:
    token = typed(newsroom, "token", "issue", "4", "--role", "reader").stdout.strip()
    me = newsroom.anonymous.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json
    assert me["role"] == "reader"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("reviewer", "add", "X", "--role", "king"), "reader"),
        (("reviewer", "add", "X"), "--role"),
        (("reviewer", "add", "  ", "--role", "reader"), "blank"),
        (("reviewer", "add", "…", "--role", "reader"), "letter"),
        (("reviewer", "add", "a\nb", "--role", "reader"), "control"),
        (("reviewer", "add", "a" * 101, "--role", "reader"), "100"),
        (("token", "issue", "99"), "no reviewer 99"),
        (("token", "issue", "0"), "reviewer"),
        (("token", "issue", "9" * 30), "reviewer"),
        (("token", "issue", "one"), "integer"),
        (("token", "issue", "1", "--label", "a\tb"), "control"),
        (("token", "issue", "1", "--expires", "tomorrow"), "RFC 3339"),
        (("token", "issue", "1", "--expires", "2020-01-01T00:00:00Z"), "passed"),
        (("token", "revoke", "99"), "no token 99"),
        (("token", "expire", "99", "2999-01-01T00:00:00Z"), "no token 99"),
        (("token", "expire", "1", "soon"), "RFC 3339"),
        (("nonsense",), "No such command"),
        (("token", "steal"), "No such command"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else value,
)
def test_what_a_command_does_not_take(newsroom: Newsroom, arguments: tuple[str, ...], said: str) -> None:
    before = newsroom.rows("events")
    told = typed(newsroom, *arguments)
    assert told.exit_code in (1, 2)
    assert said in told.output
    assert "Traceback" not in told.output
    assert not told.exception or isinstance(told.exception, SystemExit)
    assert newsroom.rows("events") == before


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("port", "http", "a whole number from 1 to 65535"),
        ("reading", "all", "one of published, everything, nothing"),
        ("body_timeout", "-1", "seconds"),
        ("nonsense", "1", "is no setting"),
    ],
)
def test_a_bad_setting(run: Run, setting: str, value: str, said: str) -> None:
    refused(run("--help", **{setting: value}), variable(setting), said)


def test_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    refused(run("migrate", database=str(tmp_path / "nowhere" / "desk.db")), "nowhere", "unable to open")


def test_help_lists_every_command(run: Run) -> None:
    told = run("--help").stdout
    for command in ("serve", "demo", "migrate", "settings", "check", "export", "import", "reviewer", "token"):
        assert f"\n  {command} " in told


def test_migrate_makes_the_file(run: Run, tmp_path: Path) -> None:
    assert run("migrate").stdout == "The database is up to date.\n"
    assert (tmp_path / "desk.db").exists()


def test_settings_are_shown(run: Run) -> None:
    told = run("settings", port="8081").stdout
    assert "FACTCHECK_PORT=8081\n    Port the server listens on. Default: 5000.\n" in told
    assert told.count("FACTCHECK_") >= len(vars(Settings()))


def test_the_demo_is_loaded_once(run: Run) -> None:
    first, second = run("demo"), run("demo")
    assert first.returncode == second.returncode == 0
    assert first.stdout.count("fct_") >= 2
    assert run("check").returncode == 0
    counts = json.loads(run("export").stdout.splitlines()[0])["rows"]
    assert counts["claims"] >= 8
    assert len(run("reviewer", "list").stdout.splitlines()) == counts["reviewers"]


def test_a_desk_with_people_gets_no_demo(newsroom: Newsroom) -> None:
    before = newsroom.rows("events")
    told = typed(newsroom, "demo")
    assert told.exit_code == 0
    assert "not loaded" in told.stdout
    assert newsroom.rows("events") == before


def test_check_finds_what_was_changed_by_hand(newsroom: Newsroom) -> None:
    newsroom.claim()
    assert typed(newsroom, "check").exit_code == 0
    newsroom.db.conn.execute("UPDATE claims SET text = 'Something else.' WHERE id = 1")
    told = typed(newsroom, "check")
    assert told.exit_code == 1
    assert "claims/1" in told.stderr
    assert "Traceback" not in told.stderr


def test_serve_says_when_its_port_is_taken(serve: Callable[..., Served]) -> None:
    served = serve()
    assert httpx.post(f"{served.url}/v1/claims", json=CLAIM).status_code == 401
    told = served.flask("serve")
    assert told.returncode != 0
    assert "Traceback" not in told.stderr
    assert "in use" in told.stderr
    assert httpx.get(f"{served.url}/healthz").status_code == 200


def test_serve_on_an_address_of_no_interface(run: Run) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = run("serve", host="203.0.113.1", port=port)
    refused(told, "203.0.113.1")
