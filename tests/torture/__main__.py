"""Run one torture, print its figures, and end with 1 where a promise was broken."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.torture.server import Broken
from tests.torture.tortures import (
    Figures,
    backups,
    bulks,
    imports,
    kills,
    load,
    migrations,
    small_files,
    starvation,
    stops,
)


def main() -> int:
    """Run one torture, print its figures, and give 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "torture", choices=("kills", "bulks", "imports", "backups", "migrations", "stops", "faults", "load")
    )
    parser.add_argument("--times", type=int, default=20, help="how often")
    parser.add_argument("--seconds", type=float, default=60.0, help="of load")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    chosen = parser.parse_args()
    run: dict[str, Callable[[Path], Figures]] = {
        "kills": lambda folder: kills(folder, chosen.times, chosen.seed),
        "bulks": lambda folder: bulks(folder, chosen.times, chosen.seed),
        "imports": lambda folder: imports(folder, chosen.times, chosen.seed),
        "backups": lambda folder: backups(folder, chosen.times, chosen.seed),
        "migrations": lambda folder: migrations(folder, chosen.times, chosen.seed),
        "stops": lambda folder: stops(folder, chosen.times),
        "faults": lambda folder: starvation(folder, [small_files] * chosen.times),
        "load": lambda folder: load(folder, chosen.seconds),
    }
    with tempfile.TemporaryDirectory(prefix="factcheck-torture-") as name:
        folder = Path(name) / "desk"
        folder.mkdir()
        try:
            figures = run[chosen.torture](folder)
        except Broken as broken:
            print(f"{chosen.torture}: {broken}", file=sys.stderr)
            return 1
    for what, figure in figures.items():
        print(f"{chosen.torture}: {what}: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
