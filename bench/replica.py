"""Pull the plug on a desk that Litestream copies, and count what the copy has not got.

`python -m bench.replica LITESTREAM` takes the path of its program. Each run serves a
desk under steady verdicts, copies it to a folder, ends server and Litestream by
`kill -9` at once at a random moment, restores into another folder, and holds what was
answered against what came back.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench.data import CACHE
from bench.steady import flask, steady

# A small desk; its writers are as many as its reviewers.
LINES = 2_000


class Loss(NamedTuple):
    """What one plug that was pulled had cost."""

    interval: str
    answered: int
    lost: int
    seconds: float
    restored_in: float
    told: str


def main() -> int:
    """Measure the loss for each interval, several times, and print a table."""
    parser = argparse.ArgumentParser(prog="bench.replica", description=__doc__)
    parser.add_argument("litestream", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds that each of 8 writers rests")
    parser.add_argument("--interval", action="append", help="such as 1s; may be repeated")
    chosen = parser.parse_args()
    losses = [
        _loss(chosen.litestream, interval, chosen.pause)
        for interval in chosen.interval or ["1s", "100ms"]
        for _ in range(chosen.runs)
    ]
    print("| interval | verdicts answered | lost | seconds lost | restored in s | flask verify |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for loss in losses:
        print(
            f"| {loss.interval} | {loss.answered:,} | {loss.lost:,} | {loss.seconds:.2f} "
            f"| {loss.restored_in:.1f} | {loss.told} |"
        )
    return 0


def _loss(litestream: Path, interval: str, pause: float) -> Loss:
    CACHE.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="replica-", dir=CACHE))
    try:
        return _measured(folder, str(litestream.absolute()), interval, pause)
    finally:
        shutil.rmtree(folder)


def _measured(folder: Path, litestream: str, interval: str, pause: float) -> Loss:
    replica, config = folder / "replica", folder / "litestream.yml"
    with steady(folder / "here", LINES, pause) as desk:
        config.write_text(
            f"dbs:\n  - path: {desk.database}\n    monitor-interval: {interval}\n"
            f"    replicas:\n      - type: file\n        path: {replica}\n"
            f"        sync-interval: {interval}\n"
        )
        with (folder / "litestream.log").open("wb") as log:
            copier = subprocess.Popen([litestream, "replicate", "-config", config], stdout=log, stderr=log)
        time.sleep(6 + 4 * random.random())
        copier.kill()
        desk.kill()
        pulled = time.monotonic()
        copier.wait()
        desk.end()
    print((folder / "litestream.log").read_text(), file=sys.stderr)
    begun = time.monotonic()
    there = folder / "there" / "desk.db"
    there.parent.mkdir()
    subprocess.run([litestream, "restore", "-o", there, f"file://{replica}"], check=True, capture_output=True)
    took = time.monotonic() - begun
    told = flask({**desk.environment, "FACTCHECK_DATABASE": str(there)}, "verify")
    with closing(sqlite3.connect(there)) as conn:
        kept = {row[0] for row in conn.execute("SELECT id FROM verdicts")}
    lost = [at for at, verdict in desk.answered if verdict not in kept]
    window = pulled - min(lost) if lost else 0.0
    said = "passes" if told.returncode == 0 else told.stderr.strip()
    return Loss(interval, len(desk.answered), len(lost), window, took, said)


if __name__ == "__main__":
    sys.exit(main())
