"""A desk behind its server under steady verdicts, each noted when it was answered."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import log
from bench.load import HOST, Connection, WrongAnswer, get, post

ROOT = Path(__file__).parent.parent


@dataclass
class Steady:
    """Writers that post one verdict after the other until they are stopped or cut off.

    Args:
        pause: seconds that each rests after an answer.
    """

    port: int
    database: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    pause: float
    answered: list[tuple[float, int]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _writers: list[threading.Thread] = field(default_factory=list)

    def begin(self, tokens: list[str]) -> None:
        """Let the writers begin, one for each token, each with a share of the claims."""
        with closing(sqlite3.connect(self.database)) as conn:
            rows = conn.execute("SELECT claim_id, min(source_id) FROM evidence GROUP BY claim_id").fetchall()
        for number, token in enumerate(tokens):
            mine = rows[number :: len(tokens)]
            thread = threading.Thread(target=self._write, args=(mine, token), daemon=True)
            self._writers.append(thread)
            thread.start()

    def end(self) -> None:
        """Let the writers finish what they are at."""
        self._stop.set()
        for thread in self._writers:
            thread.join()

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on this desk."""
        return flask(self.environment, *arguments)

    def kill(self) -> None:
        """Pull the plug: end the server and its workers as `kill -9` does."""
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def _write(self, rows: list[tuple[int, int]], token: str) -> None:
        connection, turn = Connection(self.port), 0
        while not self._stop.is_set():
            claim, source = rows[turn % len(rows)]
            turn += 1
            body = {
                "status": ("unclear", "disputed")[turn // len(rows) % 2],
                "rationale": f"The list that was shown to us, number {claim}, ends before turn {turn}.",
                "confidence": "moderate",
                "sources": [source],
            }
            begun = time.monotonic()
            try:
                status, answer = connection.ask(
                    post(f"/v1/claims/{claim}/verdicts", json.dumps(body).encode(), token)
                )
            except (OSError, WrongAnswer):
                return
            now = time.monotonic()
            self.waits.append(now - begun)
            if status == 201:
                self.answered.append((now, json.loads(answer)["id"]))
            else:
                self.refused.append(answer)
            time.sleep(self.pause)


@contextmanager
def steady(folder: Path, lines: int, pause: float = 0.0) -> Iterator[Steady]:
    """Serve a new desk with a log of some length, with writers at work."""
    folder.mkdir(parents=True)
    database = folder / "desk.db"
    tokens = log.made(database, lines)
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "FACTCHECK_DATABASE": str(database),
        "FACTCHECK_PORT": str(port),
        "FACTCHECK_PUBLIC_URL": f"http://{HOST}:{port}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "serve"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    desk = Steady(port, database, process, environment, pause)
    try:
        _await(port)
        desk.begin(tokens)
        yield desk
    finally:
        desk.end()
        desk.kill()


def flask(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the desk that the environment names."""
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _await(port: int) -> None:
    for _ in range(300):
        try:
            if Connection(port).ask(get("/healthz"))[0] == 200:
                return
        except (OSError, WrongAnswer):
            time.sleep(0.1)
    raise WrongAnswer("the server did not answer within thirty seconds")
