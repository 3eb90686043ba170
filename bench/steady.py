"""A desk behind its server under steady verdicts, each noted when it was answered."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import data
from bench.load import HOST, Connection, WrongAnswer, get, post
from bench.writes import claims_with_source

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

    def begin(self, case: data.Case, writers: int) -> None:
        """Let the writers begin, each with a share of the claims."""
        rows = claims_with_source(case)
        for number in range(writers):
            mine = rows[number::writers]
            thread = threading.Thread(target=self._write, args=(mine, case.tokens[number]), daemon=True)
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
def steady(case: data.Case, folder: Path, writers: int, pause: float = 0.0) -> Iterator[Steady]:
    """Serve a copy of a filled file, with writers at work."""
    folder.mkdir(parents=True)
    database = folder / "desk.db"
    shutil.copy(case.database, database)
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
        desk.begin(case, writers)
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
