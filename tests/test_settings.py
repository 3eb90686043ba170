"""The settings: data with defaults and help, read from FACTCHECK_* and nowhere else."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from factcheck.settings import BadSetting, Settings, described, read_settings, variable
from tests.conftest import flask

GOOD = [
    ("FACTCHECK_PORT", "8080", 8080),
    ("FACTCHECK_WORKERS", "4", 4),
    ("FACTCHECK_PUBLIC_URL", "https://desk.example.org/", "https://desk.example.org"),
    ("FACTCHECK_PUBLIC_URL", "http://localhost:5000", "http://localhost:5000"),
    ("FACTCHECK_PUBLIC_URL", "https://example.org/desk", "https://example.org/desk"),
    ("FACTCHECK_READING", "nothing", "nothing"),
    ("FACTCHECK_STANDING_RULE", "majority", "majority"),
    ("FACTCHECK_WRITE_WAIT", "0.5", 0.5),
    ("FACTCHECK_MAX_BODY", "2048", 2048),
    ("FACTCHECK_IDEMPOTENCY_DAYS", "30", 30),
    ("FACTCHECK_DELIVER", "server", "server"),
    ("FACTCHECK_HOOKS_PRIVATE", "none", "none"),
    ("FACTCHECK_HOOKS_PRIVATE", "10.0.0.0/8, fd00::/8,127.0.0.1", "10.0.0.0/8, fd00::/8,127.0.0.1"),
]
BAD = [
    ("FACTCHECK_PORT", "0", "a whole number from 1 to 65535"),
    ("FACTCHECK_PORT", "65536", "a whole number"),
    ("FACTCHECK_PORT", "٥٠", "a whole number"),
    ("FACTCHECK_PORT", "9" * 5000, "a whole number"),
    ("FACTCHECK_PORT", "", "a whole number"),
    ("FACTCHECK_DATABASE", "", "not empty"),
    ("FACTCHECK_PUBLIC_URL", "desk.example.org", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "ftp://desk.example.org", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "https://desk.example.org?x=1", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "https://desk.example.org:port", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "https://[::1", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "https://user:word@desk.example.org", "an http or https address"),
    ("FACTCHECK_PUBLIC_URL", "https://desk.example.org/a b", "an http or https address"),
    ("FACTCHECK_READING", "yes", "one of published, everything, nothing"),
    ("FACTCHECK_STANDING_RULE", "Newest", "one of newest, majority"),
    ("FACTCHECK_WRITE_WAIT", "nan", "a number of seconds"),
    ("FACTCHECK_WRITE_WAIT", "inf", "a number of seconds"),
    ("FACTCHECK_WRITE_WAIT", "-1", "a number of seconds"),
    ("FACTCHECK_IDEMPOTENCY_DAYS", "6", "a whole number from 7"),
    ("FACTCHECK_DELIVER", "always", "one of command, server"),
    ("FACTCHECK_HOOKS_PRIVATE", "", "networks or addresses"),
    ("FACTCHECK_HOOKS_PRIVATE", "localhost", "networks or addresses"),
    ("FACTCHECK_HOOKS_PRIVATE", "10.0.0.1/8", "networks or addresses"),
]


def test_it_works() -> None:
    assert read_settings({"FACTCHECK_PORT": "8080", "HOME": "/"}) == Settings(port=8080)
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(read_settings({name: text}), name.removeprefix("FACTCHECK_").lower()) == value


@pytest.mark.parametrize(("name", "text", "told"), BAD)
def test_a_value_that_cannot_be_read_is_named_and_explained(name: str, text: str, told: str) -> None:
    with pytest.raises(BadSetting, match=told) as refusal:
        read_settings({name: text})
    assert str(refusal.value).startswith(f"{name}=")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadSetting, match=r"FACTCHECK_PROT is no setting.*FACTCHECK_PORT"):
        read_settings({"FACTCHECK_PROT": "8080"})


def test_every_setting_is_described_and_its_default_can_be_read_back() -> None:
    told = described(Settings())
    assert [name for name, *_ in told] == [variable(each.name) for each in fields(Settings)]
    assert read_settings({name: default for name, _, default, _ in told}) == Settings()
    assert all(help_.endswith(".") for *_, help_ in told)


def test_no_default_opens_the_desk() -> None:
    assert (Settings().host, Settings().reading) == ("127.0.0.1", "published")


def test_the_environment_is_read_in_one_place_only() -> None:
    here = Path(__file__).parent.parent
    modules = [path for folder in ("factcheck", "db", "schemas") for path in (here / folder).rglob("*.py")]
    assert not [path for path in modules if re.search(r"\bos\.environ|getenv", path.read_text())]


@pytest.mark.parametrize(
    ("setting", "exit_code", "told"),
    [("8080", 0, "FACTCHECK_PORT=8080"), ("eighty", 1, "FACTCHECK_PORT='eighty' should be a whole number")],
)
def test_the_command_shows_or_refuses(tmp_path: Path, setting: str, exit_code: int, told: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
    environment |= {"FACTCHECK_DATABASE": str(tmp_path / "desk.db"), "FACTCHECK_PORT": setting}
    shown = flask("settings", environment=environment)
    assert shown.returncode == exit_code, shown.stderr
    assert told in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Not a database, but long enough to look like one. " * 40)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
    shown = flask("settings", environment={**environment, "FACTCHECK_DATABASE": str(notes)})
    assert shown.returncode == 1
    assert "This file is not an SQLite database." in shown.stderr
    assert "Traceback" not in shown.stderr
    assert notes.read_text().startswith("Not a database")
