"""Acts by the file: through /v1/bulk, through `flask import`, and a whole desk out and in again.

`python -m bench.bulk` makes a file of acts as newsrooms have them (one claim to two sources to one
and a half verdicts), has it carried out by new desks, and tells acts a second, memory and, for a
second sending of the same file, that nothing was stored twice.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench import data
from bench.words import Writer

STATUSES = ("unclear", "little_evidence", "difficult_to_independently_verify")
STANCES = ("supports", "refutes", "context")


def acts(claims: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Make up acts on so many claims, four and a half on each."""
    writer = Writer(seed)
    chance = writer.random
    names = [writer.name(f"Office {number}") for number in range(max(50, claims // 20))]
    outlets = [writer.name(f"Post {number}") for number in range(300)]
    for number in range(claims):
        # A few speak often, most once or twice.
        name = names[int(len(names) * chance.random() ** 3)]
        ref = f"import-{seed}-{number}"
        yield {
            "act": "claim",
            "ref": ref,
            "text": writer.sentence(12, 40),
            "claimant": {"name": name, "kind": "organisation"},
            "claimed_on": f"20{chance.randint(19, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "place": writer.words[chance.randint(500, 600)].capitalize(),
            "language": "en",
            "chain": [
                {"role": "origin", "name": name},
                {"role": "publisher", "name": chance.choice(outlets)},
            ],
            "appearances": [f"https://www.example.org/{number}/{chance.randint(1, 10**6)}"],
        }
        for place in range(2):
            host = f"news{chance.randint(1, 400)}.example.org"
            yield {
                "act": "source",
                "claim": ref,
                "url": f"https://{host}/{seed}/{number}/{place}?id={chance.randint(1, 10**6)}",
                "title": writer.sentence(5, 12),
                "outlet": chance.choice(outlets),
                "published_on": f"2024-{chance.randint(1, 12):02}",
                "stance": chance.choice(STANCES),
                "quote": {"exact": writer.sentence(8, 30)},
                "credibility": chance.randint(1, 6),
            }
        for _ in range(1 + number % 2):
            yield {
                "act": "verdict",
                "claim": ref,
                "status": chance.choice(STATUSES),
                "rationale": writer.sentence(20, 60),
                "confidence": "moderate",
            }


class Newsroom:
    """A new desk in a folder of its own, with one reviewer who has a token."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        folder.mkdir()
        self.environment = {
            **os.environ,
            "FACTCHECK_DATABASE": str(folder / "desk.db"),
            **({"FACTCHECK_PORT": str(port)} if port else {}),
        }

    def flask(self, *arguments: object) -> tuple[str, float, float]:
        """Run a command; give what it told, its seconds, and its largest memory in MB."""
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "flask", *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            told = process.stdout.read() if process.stdout else ""
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"flask {arguments[0]} ended with {process.returncode}: {told}")
        return told.strip(), time.perf_counter() - begun, used.ru_maxrss / 1024

    def hire(self) -> str:
        """Add the reviewer and give his token."""
        self.flask("reviewer", "add", "Importer", "--role", "editor", "--kind", "script")
        return self.flask("token", "issue", 1)[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.bulk", description=__doc__)
    parser.add_argument("--claims", type=int, default=4_000, help="four and a half acts each")
    parser.add_argument("--port", type=int, default=5055)
    chosen = parser.parse_args()
    data.CACHE.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bulk-", dir=data.CACHE))
    try:
        _measure(folder, chosen.claims, chosen.port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, claims: int, port: int) -> None:
    file = folder / "acts.ndjson"
    lines = [json.dumps(act) for act in acts(claims)]
    file.write_text("".join(f"{line}\n" for line in lines))
    print(f"{len(lines):,} acts, {file.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")

    served = Newsroom(folder / "served", port)
    token = served.hire()
    server = subprocess.Popen([sys.executable, "-m", "flask", "serve"], env=served.environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url)
        for what in ("POST /v1/bulk", "the same again"):
            seconds, fates = _sent(url, token, file)
            print(f"{what}: {len(lines) / seconds:,.0f} acts a second; {fates}")
    finally:
        server.terminate()
        server.wait(20)

    imported = Newsroom(folder / "imported")
    imported.hire()
    for what in ("flask import", "the same again"):
        told, seconds, memory = imported.flask("import", file, "--as", 1)
        print(f"{what}: {len(lines) / seconds:,.0f} acts a second, {memory:.0f} MB; {told}")
    _move(folder, imported)


def _move(folder: Path, old: Newsroom) -> None:
    whole, again = folder / "whole.ndjson", folder / "again.ndjson"
    _, seconds, memory = old.flask("export", whole)
    print(f"flask export: {whole.stat().st_size / 1e6:.0f} MB in {seconds:.1f} s, {memory:.0f} MB of memory")
    new = Newsroom(folder / "new")
    told, seconds, memory = new.flask("import", whole)
    print(f"flask import of it: {seconds:.1f} s, {memory:.0f} MB of memory; {told.splitlines()[0]}")
    new.flask("export", again)
    same = subprocess.run(["cmp", whole, again], check=False).returncode == 0
    print(f"exported again: {'the same bytes' if same else 'OTHER BYTES'}")


def _await(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{url}/healthz", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not answer")


def _sent(url: str, token: str, file: Path) -> tuple[float, dict[str, int]]:
    """Send a file, read all of the answer, and count what became of its lines."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    fates = {"201": 0, "200": 0, "replayed": 0, "refused": 0}
    begun = time.perf_counter()
    with (
        file.open("rb") as body,
        httpx.stream("POST", f"{url}/v1/bulk", content=body, headers=headers, timeout=None) as answer,
    ):
        for line in answer.iter_lines():
            told = json.loads(line)
            refused = told["status"] >= 400
            fates["refused" if refused else "replayed" if told["replayed"] else str(told["status"])] += 1
    return time.perf_counter() - begun, fates


if __name__ == "__main__":
    main()
