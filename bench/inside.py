"""Where the desk's own time goes: `python -m bench.inside`, on the file that `make bench` made.

The application is called without a server, a thousand times for each workload: first
by the clock of the CPU, then under Python's profiler, whose overhead falls on small
functions, so its shares are a hint and its total means nothing.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import pstats
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import create_app
from bench import data, questions, writes
from bench.servers import DESK, LIST, ONE, SEARCH
from factcheck.settings import Settings

VERDICT = "verdict"


def main() -> None:
    """Print, for each workload, CPU a call and the functions it went to."""
    parser = argparse.ArgumentParser(prog="bench.inside", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use the small file")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--functions", type=int, default=25)
    parser.add_argument("--sort", choices=("tottime", "cumtime"), default="tottime")
    chosen = parser.parse_args()
    case = data.filled(data.QUICK if chosen.quick else data.FULL)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=data.CACHE))
    try:
        shutil.copy(case.database, folder / "desk.db")
        call = _caller(folder / "desk.db")
        for workload, environs in _workloads(case, chosen.calls).items():
            _show(workload, call, environs, chosen.functions, chosen.sort)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _caller(database: Path) -> Callable[[dict[str, Any]], None]:
    app = create_app(Settings(database=str(database)))

    def call(environ: dict[str, Any]) -> None:
        started: list[str] = []
        result = app(environ, lambda status, *_: started.append(status))
        b"".join(result)
        if started[0][0] != "2":
            raise RuntimeError(f"{environ['PATH_INFO']} was answered {started[0]}")

    return call


def _workloads(case: data.Case, calls: int) -> dict[str, list[dict[str, Any]]]:
    asked = questions.chosen(case.database, 400)
    found = {
        workload: [
            _environ("GET", DESK.path(workload, each))
            for each in (asked[workload] * calls)[: calls if workload == ONE else calls // 4]
        ]
        for workload in (ONE, LIST, SEARCH)
    }
    # Half of the claims for the clock, half for the profiler: a verdict given twice is no new one.
    rows = writes.claims_with_source(case)[: calls * 2]
    found[VERDICT] = []
    for row in rows:
        path, body = writes.verdict(DESK, row, 1)
        found[VERDICT].append(_environ("POST", path, json.dumps(body).encode(), case.tokens[0]))
    return found


def _environ(method: str, path: str, body: bytes = b"", token: str = "") -> dict[str, Any]:
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:5000",
        "HTTP_ACCEPT": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if token:
        environ |= {"HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_TYPE": "application/json"}
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _show(
    workload: str,
    call: Callable[[dict[str, Any]], None],
    environs: list[dict[str, Any]],
    functions: int,
    sort: str,
) -> None:
    half = len(environs) // 2
    for environ in environs[: half // 4]:
        call(dict(environ)) if workload != VERDICT else None
    begun = time.process_time()
    for environ in environs[:half]:
        call(dict(environ))
    each = (time.process_time() - begun) / half * 1e6
    profile = cProfile.Profile()
    profile.enable()
    for environ in environs[half:]:
        call(dict(environ))
    profile.disable()
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats(sort).print_stats(functions)
    print(f"\n=== {workload}: {each:,.0f} µs of CPU a call, {half} calls ===")
    print(text.getvalue().replace(f"{Path.cwd()}/", ""))


if __name__ == "__main__":
    main()
