#!/usr/bin/env python3
"""Post the night's verdicts from a file to a fact-check desk; running it twice changes nothing.

    DESK=http://localhost:5000 TOKEN=fct_… python3 night_verdicts.py [--run NAME] verdicts.csv

A line that was posted before is not posted again, in whichever file it comes: of the verdicts A, B, A
in three nights' files the third would not be given. If your files say what holds each night, name the
run (--run 2026-03-01): with a new name every line is new, with the same name nothing is given twice.

The file is a sheet with the columns claim, status, rationale and perhaps confidence, or NDJSON
with the same members; a claim is named by its number or by your own ref of it. It needs nothing
but Python 3.9. What the desk refuses is told, and the rest goes on; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

DESK = os.environ.get("DESK", "http://localhost:5000").rstrip("/")
TOKEN = os.environ.get("TOKEN", "")
TRIES = 6


def call(method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, dict]:
    """Call the desk, again and again if it is busy or out of reach; the key makes that safe."""
    request = urllib.request.Request(DESK + path, method=method)  # noqa: S310 - the desk's own address
    request.add_header("Authorization", f"Bearer {TOKEN}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", key or "")
    for attempt in range(1, TRIES + 1):
        pause = 0.5 * 2**attempt
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503) or attempt == TRIES:
                return refusal.code, json.load(refusal)
            pause = float(refusal.headers.get("Retry-After", pause))
        except (OSError, ValueError) as broken:
            # The connection broke. The verdict may have been stored; with the same key it is not given twice.
            if attempt == TRIES:
                raise SystemExit(f"The desk at {DESK} can't be reached: {broken}") from None
        time.sleep(pause)
    raise AssertionError("unreachable")


def verdicts(path: Path) -> list[dict]:
    """Read a sheet or NDJSON."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            return [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
        return [json.loads(line) for line in file if line.strip()]


def post(verdict: dict, key: str) -> tuple[int, dict]:
    """Post a verdict on its claim, which may be named by a ref."""
    name = str(verdict["claim"])
    status, claim = 200, {"id": name}
    if not name.isdecimal():
        status, claim = call("GET", f"/v1/claims/ref/{urllib.parse.quote(name)}")
    if status != 200:
        return status, claim
    said = {member: value for member, value in verdict.items() if member != "claim"}
    return call("POST", f"/v1/claims/{claim['id']}/verdicts", said, key)


def main() -> int:
    """Post each verdict, and tell what became of it."""
    parser = argparse.ArgumentParser(description="Post verdicts from a file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--run", default="", help="name of this run; with a new one every line is new")
    given = parser.parse_args()
    seen: Counter[str] = Counter()
    refused = 0
    for verdict in verdicts(given.file):
        # Within a run the same line is the same verdict; twice in one file it is two.
        digest = hashlib.sha256((given.run + json.dumps(verdict, sort_keys=True)).encode()).hexdigest()
        seen[digest] += 1
        status, answer = post(verdict, f"night-{digest}-{seen[digest]}")
        if status in (200, 201):
            print(f"claim {verdict['claim']}: {answer['status']}, verdict {answer['id']}")
        else:
            refused += 1
            print(f"claim {verdict['claim']}: refused, {answer['detail']}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
