"""Run everything and write the table: `make bench`, or `python -m bench --quick` while working on it."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import data, evidence, matching_quality, matching_scale, questions, reads, report, stalls, writes
from bench.servers import ALL, DESK, Server

RESULTS = Path(__file__).parent / "results.md"
STARTS = 3


def main() -> None:
    """Measure, print, and write the results down."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a small file, one round; its figures mean little"
    )
    parser.add_argument("--out", type=Path, help="where to write the table")
    parser.add_argument(
        "--evidence", action="store_true", help="only the answers that are worked out from much evidence"
    )
    parser.add_argument(
        "--matching", type=Path, metavar="FOLDER", help="how good matching is, on texts judged by people"
    )
    parser.add_argument(
        "--matching-scale",
        type=int,
        nargs="*",
        metavar="CLAIMS",
        help="only how finding claims that say the same grows; desks of so many claims, if not the usual",
    )
    chosen = parser.parse_args()
    if chosen.matching:
        matching_quality.show(chosen.matching)
        return
    if chosen.matching_scale is not None:
        matching_scale.show(tuple(chosen.matching_scale) or matching_scale.SIZES)
        return
    if chosen.evidence:
        data.CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="run-", dir=data.CACHE) as alone:
            print(_evidence(Path(alone), 1 if chosen.quick else 5))
        return
    size = data.QUICK if chosen.quick else data.FULL
    rounds, seconds = (1, 0.4) if chosen.quick else (5, 1.5)
    case = data.filled(size)
    data.CACHE.mkdir(exist_ok=True)
    # The copies must lie on the same disk as the file, for a temporary folder may be memory.
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=data.CACHE))
    try:
        text = _run(case, folder, rounds, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    out = chosen.out or (None if chosen.quick else RESULTS)
    if out:
        out.write_text(text)


def _run(case: data.Case, folder: Path, rounds: int, seconds: float) -> str:
    served = folder / "served" / "desk.db"
    served.parent.mkdir()
    shutil.copy(case.database, served)
    asked = questions.chosen(served, 100 if rounds == 1 else 400)
    starts = _starts(served, folder, 1 if rounds == 1 else STARTS)
    with ExitStack() as stack:
        servers = [stack.enter_context(Server(contender, served, folder)) for contender in ALL]
        cells = reads.checked(servers, asked)
        readings = reads.measured(cells, rounds, seconds)
        memory = {server.contender.name: server.worker_megabytes() for server in servers}
        slow = [server for server in servers if server.contender.writes]
        probes = {server.contender.name: stalls.probed(server, 4 * seconds) for server in slow}
        for server in servers:
            if server.contender is not DESK:
                starts[server.contender.name] = server.seconds_to_first_answer
    writers = tuple(contender for contender in ALL if contender.writes)
    writings = writes.measured(case, writers, folder, rounds, seconds)
    found = questions.hits(served, asked[questions.SEARCH])
    parts = (
        report.heading(case.size, rounds, found),
        report.aims(readings, writings, starts, memory),
        report.reads(readings),
        report.writes(writings),
        report.servers(starts, memory),
        report.stalls(probes),
        _evidence(folder, rounds),
    )
    return "\n".join(parts)


def _evidence(folder: Path, rounds: int) -> str:
    size = evidence.QUICK if rounds == 1 else evidence.FULL
    return report.evidence(evidence.measured(folder, size, rounds))


def _starts(served: Path, folder: Path, times: int) -> dict[str, float]:
    found = []
    for _ in range(times):
        with Server(DESK, served, folder) as server:
            found.append(server.seconds_to_first_answer)
    return {DESK.name: median(found)}


if __name__ == "__main__":
    sys.exit(main())
