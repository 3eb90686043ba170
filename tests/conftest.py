"""What the tests share: a newsroom with a desk of its own, and a caller for each role."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from factcheck.dates import now
from factcheck.settings import Settings
from factcheck.vocabulary import ROLES
from factcheck.web.parts import NAME
from factcheck.workflow.acting import THE_DESK, Call, perform
from factcheck.workflow.reviewers import add_reviewer, issue_token

PUBLIC_URL = "http://desk.example.org"
# A hook may lead there, no name need be looked up, and tests send nothing to it.
PUBLIC_HOOK = "https://93.184.215.14/hook"

CLAIM = {
    "text": "The bridge was closed for three days.",
    "claimant": {"name": "City Council", "kind": "organisation"},
    "chain": [
        {"role": "origin", "name": "City Council"},
        {"role": "publisher", "name": "Evening Post"},
    ],
    "claimed_on": "2024-05-02",
}
SOURCE = {
    "url": "https://example.org/bridge",
    "title": "Bridge log",
    "outlet": "Road Office",
    "stance": "refutes",
    "quote": {"exact": "closed on one day"},
}
VERDICT = {"status": "little_evidence", "rationale": "No document was shown."}


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the desk, with a token or without."""

    client: FlaskClient
    token: str | None = None

    def __call__(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(path, method=method, headers=sent, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self("POST", path, **({"json": json} if json is not None else {}), **more)

    def patch(self, path: str, json: Any, **more: Any) -> TestResponse:
        return self("PATCH", path, json=json, **more)

    def put(self, path: str, json: Any, **more: Any) -> TestResponse:
        return self("PUT", path, json=json, **more)


class Newsroom:
    """A desk with a database of its own, and one caller for each role."""

    def __init__(self, settings: Settings) -> None:
        if Path(settings.database).exists():
            self.open(settings)
            tokens = self.hire_all()
        else:
            file, tokens = founded()
            Path(settings.database).write_bytes(file)
            self.open(settings)
        for role, token in tokens.items():
            setattr(self, role, replace(self.anonymous, token=token))

    def open(self, settings: Settings) -> None:
        """Open the desk, as it is."""
        self.settings = settings
        self.app: Flask = create_app(settings)
        self.desk = self.app.extensions[NAME].desk
        self.db = self.desk.db
        self.anonymous = Caller(self.app.test_client())

    reader: Caller
    reviewer: Caller
    editor: Caller
    admin: Caller

    def hire_all(self) -> dict[str, str]:
        """Add one reviewer of each role; gives their tokens."""
        return {role: self.hire(role.capitalize(), role).token or "" for role in ROLES}

    def hire(self, name: str, role: str) -> Caller:
        """Add a reviewer and give him a token."""
        who = self.do(lambda act: add_reviewer(act, {"name": name, "kind": "person", "role": role}))
        token = self.do(lambda act: issue_token(act, {"reviewer": who["id"], "label": "test"}))
        return replace(self.anonymous, token=token["token"])

    def do(self, work: Callable[..., Any]) -> dict[str, Any]:
        """Perform an act as whoever runs the desk."""
        content: dict[str, Any] = json.loads(
            perform(self.desk, self.settings, Call(THE_DESK, now()), work).body
        )
        return content

    def claim(self, *, published: bool = True, **changes: Any) -> dict[str, Any]:
        """Record a claim, and publish it unless told not to."""
        made = self.reviewer.post("/v1/claims", {**CLAIM, **changes})
        assert made.status_code in (200, 201), made.text
        if published:
            made = self.editor.post(f"/v1/claims/{made.json['id']}/stage", {"stage": "published"})
            assert made.status_code == 200, made.text
        return {name: value for name, value in made.json.items() if name != "similar"}

    def by_hand(self, sql: str) -> int:
        """Change the file as somebody would who first takes away what forbids it; gives the rows changed."""
        conn = self.db.conn
        conn.execute("PRAGMA foreign_keys = OFF")
        for (trigger,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {trigger}")
        return int(conn.execute(sql).rowcount)

    def rows(self, table: str) -> int:
        """Count a table's rows, to see that a refusal stored nothing."""
        return int(self.db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@cache
def founded() -> tuple[bytes, dict[str, str]]:
    """Make a new desk with one reviewer of each role, once in a run; gives its file and their tokens.

    Most tests begin with one, and to found it anew for each takes longer than what most of them do.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        path.touch()
        room = Newsroom(Settings(database=str(path)))
        tokens = {role: getattr(room, role).token for role in ROLES}
        room.desk.close()
        return path.read_bytes(), tokens


def assert_problem(
    answer: TestResponse | httpx.Response, status: int, code: str, *said: str
) -> dict[str, Any]:
    """See that an answer is a problem document in the desk's one shape, and give it.

    Args:
        said: words that its text must hold.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.text)
    assert list(problem)[:5] == ["type", "title", "status", "detail", "code"]
    assert list(problem)[-1] == "request_id"
    assert problem["status"] == status
    assert problem["code"] == code == answer.headers["X-Error-Code"]
    assert problem["type"].endswith(f"/problems/{code.lower().replace('_', '-')}")
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert problem["detail"][0].isupper() or problem["detail"][0] == "/" or "errors" in problem
    assert problem["detail"].endswith((".", "?", "…"))
    for fault in problem.get("errors", ()):
        assert set(fault) in ({"pointer", "detail"}, {"parameter", "detail"})
        assert fault["detail"].endswith((".", "?"))
    for leaked in ("Traceback", "sqlite3", "werkzeug", "SELECT ", "The browser (or proxy)", ".py"):
        assert leaked not in answer.text
    for words in said:
        assert words in answer.text
    return problem


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # Most tests publish as a means to another end; those of the gate take what a new desk asks for.
    return Settings(database=str(tmp_path / "desk.db"), public_url=PUBLIC_URL, publish_requires="none")


@pytest.fixture
def newsroom(settings: Settings) -> Iterator[Newsroom]:
    room = Newsroom(settings)
    yield room
    room.desk.close()


@dataclass(frozen=True)
class Served:
    """A desk behind the production server: its address, its folder, its process."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the desk's on the same database."""
        return flask(*arguments, environment=self.environment)


def flask(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `flask` as whoever runs the desk would."""
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start production servers; each is stopped when the test ends."""
    with serving(tmp_path) as start:
        yield start


@contextmanager
def serving(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Give what starts production servers in a folder; all are stopped at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> Served:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")},
            "FACTCHECK_DATABASE": str(tmp_path / "desk.db"),
            "FACTCHECK_PORT": str(port),
            "FACTCHECK_PUBLIC_URL": url,
            **{f"FACTCHECK_{name.upper()}": value for name, value in settings.items()},
        }
        with (tmp_path / f"server-{port}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "flask", "serve"],
                env=environment,
                cwd=Path(__file__).parent.parent,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        running.append(process)
        _await(url, process)
        return Served(url, tmp_path, process, environment)

    try:
        yield start
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{url}/healthz", timeout=1)
        except httpx.TransportError:
            assert process.poll() is None, "the server ended before it answered"
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not answer within ten seconds")
