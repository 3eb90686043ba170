"""The production server, and one connection to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.conftest import free_port

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
# A request that has no answer for so long will never have one.
PATIENCE = 30.0
RETRY_EVERY = 0.05


class Broken(AssertionError):
    """A promise of the desk was broken; the message says which."""


class Unanswered(Exception):
    """No whole answer came; says whether a part of one did."""

    def __init__(self, begun: bool) -> None:
        super().__init__()
        self.begun = begun


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def content(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One caller's connection, which is kept; opened again after it was cut."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http: HTTPConnection | None = None

    def ask(self, method: str, path: str, draft: object = None, **headers: str) -> Answer:
        """Send a request and read its answer whole.

        Raises:
            Unanswered: the connection was refused or cut.
            Broken: there is a connection and nothing comes.
        """
        begun_at, begun = time.monotonic(), False
        sent = {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = None if draft is None else json.dumps(draft).encode()
        try:
            self._http = self._http or HTTPConnection(HOST, self._port, timeout=PATIENCE)
            self._http.request(method, path, body, sent)
            response = self._http.getresponse()
            begun = True
            data = response.read()
        except TimeoutError:
            raise Broken(f"{method} {path} was not answered within {PATIENCE:g} seconds") from None
        except (OSError, HTTPException) as fault:
            self.hang_up()
            # A head that was cut short comes as an HTTPException that is no OSError.
            raise Unanswered(begun or not isinstance(fault, OSError)) from fault
        if response.will_close:
            self.hang_up()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, data, time.monotonic() - begun_at)

    def lines(self, path: str, body: bytes) -> Iterator[bytes]:
        """Send lines, and give the whole lines of the answer as they come; it may end early.

        Raises:
            Unanswered: the connection was refused or cut.
            Broken: it was answered otherwise, or not in time.
        """
        http = HTTPConnection(HOST, self._port, timeout=PATIENCE)
        try:
            http.request("POST", path, body, {**self._headers, "Content-Type": "application/x-ndjson"})
            response = http.getresponse()
            if response.status != 200:
                raise Broken(f"POST {path} was answered {response.status}: {response.read(500).decode()}")
            while (line := response.readline()).endswith(b"\n"):
                yield line
        except TimeoutError:
            raise Broken(f"POST {path} was not answered within {PATIENCE:g} seconds") from None
        except (OSError, HTTPException) as fault:
            raise Unanswered(begun=True) from fault
        finally:
            http.close()

    def hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None


class Server:
    """The production server in a process group of its own, started as often as needed on one port."""

    def __init__(self, database: Path, **settings: str) -> None:
        self.database, self.port = database, free_port()
        self.log = database.parent.with_suffix(".log")
        ours = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
        self.environment = {
            **ours,
            "FACTCHECK_DATABASE": str(database),
            "FACTCHECK_PORT": str(self.port),
            "FACTCHECK_PUBLIC_URL": f"http://{HOST}:{self.port}",
            **{f"FACTCHECK_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = self.begin("serve", stderr=log)

    def await_answers(self) -> None:
        """Wait until it serves.

        Raises:
            Broken: it ended by itself, or does not answer.
        """
        wire, until = Wire(self.port), time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                wire.ask("GET", "/healthz")
            except Unanswered:
                self._see_that_it_runs()
                time.sleep(RETRY_EVERY)
            else:
                wire.hang_up()
                return
        raise Broken(f"the server did not answer within {PATIENCE:g} seconds of its start")

    def kill(self) -> None:
        """Kill all its processes at once, as a machine does that runs out of memory."""
        self._see_that_it_runs()
        os.killpg(self.pid, signal.SIGKILL)
        self._wait()
        until = time.monotonic() + PATIENCE
        while _living_in_group(self.pid) and time.monotonic() < until:
            time.sleep(0.005)

    def workers(self) -> list[int]:
        return [pid for pid in _living_in_group(self.pid) if pid != self.pid]

    def tell_to_stop(self, *, everybody: bool) -> None:
        """Send SIGTERM to its first process, as systemctl's KillMode=mixed does, or to all of them."""
        (os.killpg if everybody else os.kill)(self.pid, signal.SIGTERM)

    def stop(self) -> None:
        """Tell it to end, and wait until it has."""
        self.tell_to_stop(everybody=False)
        self.await_end()

    def await_end(self) -> None:
        """Wait for the end that it was told of.

        Raises:
            Broken: it did not end well.
        """
        code = self._wait()
        if code:
            raise Broken(f"the server ended with {code}: {self.log.read_text()[-2000:]}")

    def begin(self, *arguments: str, stderr: Any) -> subprocess.Popen[bytes]:
        """Begin a command of the desk's, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "flask", *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )

    def hold_log(self) -> None:
        """See that the server had nothing to complain of.

        Raises:
            Broken: it met a lock or a fault of its own.
        """
        text = self.log.read_text()
        for words in ("locked", "Traceback", "panicked"):
            if words in text:
                raise Broken(f"the server's log says {words}: …{text[text.index(words) - 300 :][:2000]}")

    @property
    def started(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def _wait(self) -> int:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.wait(PATIENCE)

    def _see_that_it_runs(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            raise Broken(f"the server ended by itself: {self.log.read_text()[-2000:]}")


@contextmanager
def none_left(server: Server) -> Iterator[Server]:
    """See that a server's processes end, whatever happens."""
    try:
        yield server
    finally:
        if server.started and _living_in_group(server.pid):
            server.kill()


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Start a server, and end it.

    Raises:
        Broken: it did not end well, or complained in its log.
    """
    with none_left(server):
        server.start()
        server.await_answers()
        yield server
        server.stop()
        server.hold_log()


def _living_in_group(group: int) -> list[int]:
    """Give a process group's processes, but for those that only wait to be taken note of."""
    told = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    found = [line.split() for line in told.stdout.splitlines()]
    return [int(pid) for pid, pgid, state in found if int(pgid) == group and state[0] != "Z"]
