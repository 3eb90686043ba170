"""The contenders' servers: how each is started, and how it is asked the same questions."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from bench import measure
from bench.contenders.datasette_queries import JSON_COLUMNS, metadata
from bench.load import HOST, Connection, WrongAnswer, get

ROOT = Path(__file__).parent.parent
OTHERS = ROOT / ".venv-bench" / "bin"
WORKERS, THREADS = 2, 8
LONGEST_START = 30.0

ONE, LIST, SEARCH, BRIEF = "one claim", "list of 50", "search of 20", "list, summaries"
CONSTANT, LONG = "constant", "constant, 156 kB"
READS = (ONE, LIST, SEARCH)


@dataclass(frozen=True)
class Place:
    """Where a server runs: its port, its file, and a folder for what it needs."""

    port: int
    database: Path
    folder: Path


@dataclass(frozen=True)
class Contender:
    """A way to answer the same questions.

    Args:
        command: starts its server.
        path: gives the address of a question, from the workload and what is asked.
        does: the workloads it can do.
        health: an address that answers 200 as soon as it serves.
        writes: how a verdict is posted: path and body, or None if it can't.
        created: the status by which it says that a verdict is stored.
        settings: variables for its environment.
    """

    name: str
    command: Callable[[Place], list[str]]
    path: Callable[[str, dict[str, Any]], str]
    does: tuple[str, ...]
    health: str
    writes: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]] | None = None
    created: int = 201
    settings: tuple[tuple[str, str], ...] = ()


def _gunicorn(target: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        options = ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
        options += ["--keep-alive", "60", "--log-level", "warning", "--bind", f"{HOST}:{place.port}"]
        return [str(OTHERS / "gunicorn"), *options, target]

    return command


def _waitress(place: Place) -> list[str]:
    options = [f"--threads={THREADS}", f"--listen={HOST}:{place.port}"]
    return [str(OTHERS / "waitress-serve"), *options, "bench.contenders.bare:app"]


def _granian(place: Place) -> list[str]:
    options = ["--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "warning"]
    options += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS)]
    options += ["--host", HOST, "--port", str(place.port)]
    return [str(Path(sys.executable).parent / "granian"), *options, "bench.contenders.bare:app"]


def _bridged(_: Place) -> list[str]:
    return [sys.executable, "-m", "bench.contenders.bare_served"]


def _desk(_: Place) -> list[str]:
    return [sys.executable, "-m", "flask", "serve"]


def _uvicorn(place: Place) -> list[str]:
    options = ["--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    options += ["--log-level", "warning", "--host", HOST, "--port", str(place.port)]
    return [str(OTHERS / "uvicorn"), *options, "bench.contenders.fastapi_app:app"]


def _datasette(place: Place) -> list[str]:
    about = place.folder / f"datasette-{place.port}.json"
    about.write_text(json.dumps(metadata()))
    options = ["--host", HOST, "--port", str(place.port), "--metadata", str(about)]
    return [str(OTHERS / "datasette"), "serve", str(place.database), *options]


def _paths(
    *, search: str = "/v1/claims", brief: str = "/v1/summaries"
) -> Callable[[str, dict[str, Any]], str]:
    def path(workload: str, asked: dict[str, Any]) -> str:
        if workload in (CONSTANT, LONG):
            return "/constant" if workload == CONSTANT else "/long"
        if workload == ONE:
            return f"/v1/claims/{asked['id']}"
        if workload == SEARCH:
            return f"{search}?{urlencode({**asked, 'limit': 20})}"
        query = urlencode({**asked, "sort": "-claimed_on", "limit": 50})
        return f"{brief if workload == BRIEF else '/v1/claims'}?{query}"

    return path


def _datasette_path(workload: str, asked: dict[str, Any]) -> str:
    name = {ONE: "claim", LIST: "claims", SEARCH: "search", BRIEF: "summaries"}[workload]
    columns = JSON_COLUMNS if workload != BRIEF else JSON_COLUMNS[:4]
    query = [*asked.items(), ("_shape", "array"), *(("_json", column) for column in columns)]
    return f"/desk/{name}.json?{urlencode(query)}"


def _verdict(draft: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    names = ("status", "rationale", "confidence", "sources")
    return f"/v1/claims/{draft['claim']}/verdicts", {name: draft[name] for name in names}


def _datasette_verdict(draft: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    said = {name: draft[name] for name in ("status", "rationale", "confidence")}
    return "/desk/add_verdict?_json=1", {**said, "claim_id": draft["claim"], "reviewer_id": draft["reviewer"]}


def _constant(name: str, command: Callable[[Place], list[str]]) -> Contender:
    return Contender(name, command, _paths(), (CONSTANT, LONG), "/constant")


GUNICORN = _constant("bare Flask constant, gunicorn", _gunicorn("bench.contenders.bare:app"))
CHOSEN = _constant("bare Flask constant, the desk's server", _bridged)
INLINE = Contender(
    "bare Flask constant, the desk's event loop",
    _bridged,
    lambda *_: "/v1/claims/1",
    (CONSTANT,),
    "/constant",
)
CONSTANTS = (
    GUNICORN,
    CHOSEN,
    INLINE,
    _constant("bare Flask constant, granian (WSGI)", _granian),
    _constant("bare Flask constant, waitress", _waitress),
)
DESK = Contender("factcheck", _desk, _paths(), READS, "/healthz", _verdict)
# The desk keeps answered lists until something changes; here it has to ask its file each time,
# as after a change, and as the others always do.
UNKEPT = Contender(
    "factcheck, nothing kept",
    _desk,
    _paths(),
    (LIST, SEARCH),
    "/healthz",
    settings=(("FACTCHECK_KEPT_ANSWERS", "0"),),
)
OTHERS_READING = (
    Contender(
        "raw sqlite3 + orjson, gunicorn",
        _gunicorn("bench.contenders.raw:app"),
        _paths(brief="/v1/summaries"),
        (*READS, BRIEF),
        "/v1/claims/1?",
    ),
    Contender(
        "flask-smorest + marshmallow, gunicorn",
        _gunicorn("bench.contenders.smorest:create_app()"),
        _paths(),
        (*READS, BRIEF),
        "/v1/claims/1",
        _verdict,
    ),
    Contender(
        "FastAPI + SQLAlchemy, uvicorn",
        _uvicorn,
        _paths(search="/v1/search"),
        (*READS, BRIEF),
        "/v1/claims/1",
        _verdict,
    ),
    Contender(
        "Datasette, canned queries",
        _datasette,
        _datasette_path,
        (*READS, BRIEF),
        "/-/versions.json",
        _datasette_verdict,
        created=200,
    ),
)
ALL = (*CONSTANTS, DESK, UNKEPT, *OTHERS_READING)


class Server:
    """A contender's server while it runs; as a context manager it is stopped at the end."""

    def __init__(self, contender: Contender, database: Path, folder: Path) -> None:
        self.contender = contender
        self.place = Place(_free_port(), database, folder)
        self.log = folder / f"server-{self.place.port}.log"
        self.seconds_to_first_answer = 0.0

    def __enter__(self) -> Server:
        begun = time.perf_counter()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.contender.command(self.place),
                env=self._environment(),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._await()
        self.seconds_to_first_answer = time.perf_counter() - begun
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(15)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.place.port

    def family(self) -> list[int]:
        """Give the ids of its processes."""
        return measure.family(self.process.pid)

    def worker_megabytes(self) -> float:
        """Give the private memory of its largest process that serves."""
        workers = self.family()
        return max(measure.private_megabytes(pid) for pid in workers[1:] or workers)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
        return {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "BENCH_DATABASE": str(self.place.database),
            "FACTCHECK_DATABASE": str(self.place.database),
            "FACTCHECK_PORT": str(self.port),
            "FACTCHECK_PUBLIC_URL": f"http://{HOST}:{self.port}",
            "FACTCHECK_WORKERS": str(WORKERS),
            "FACTCHECK_THREADS": str(THREADS),
            **dict(self.contender.settings),
        }

    def _await(self) -> None:
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                status, _ = Connection(self.port, 5).ask(get(self.contender.health))
            except (OSError, WrongAnswer):
                time.sleep(0.005)
                continue
            if status < 500:
                return
        self.process.terminate()
        raise RuntimeError(f"{self.contender.name} did not start: {self.log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
