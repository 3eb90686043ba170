"""The table: what was measured, held against what is aimed at."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.data import Size
from bench.evidence import Measured
from bench.reads import Readings, ratio, typical
from bench.servers import (
    BRIEF,
    CHOSEN,
    CONSTANT,
    CONSTANTS,
    DESK,
    GUNICORN,
    INLINE,
    LIST,
    LONG,
    ONE,
    OTHERS,
    OTHERS_READING,
    READS,
    SEARCH,
    THREADS,
    UNKEPT,
    WORKERS,
)
from bench.stalls import Probe
from bench.writes import LOOP, WRITERS, Writings

# How many times the CPU of a bare constant a read may cost.
AIMS = (
    (DESK.name, ONE, GUNICORN.name, 0.8),
    (DESK.name, ONE, CHOSEN.name, 1.6),
    (DESK.name, ONE, INLINE.name, 1.6),
    (DESK.name, LIST, GUNICORN.name, 1.2),
    (UNKEPT.name, LIST, GUNICORN.name, 1.2),
    (DESK.name, SEARCH, GUNICORN.name, 3.5),
    (UNKEPT.name, SEARCH, GUNICORN.name, 3.5),
)
LEAST_OF_LOOP, LONGEST_P99, LONGEST_START, MOST_MEGABYTES = 0.6, 300.0, 1.0, 60.0
_MAIN = ("Flask", "marshmallow", "flask-smorest", "granian")
_BESIDE = ("gunicorn", "waitress", "orjson", "fastapi", "SQLAlchemy", "uvicorn", "datasette")
_TELL = """
import sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")
"""


def heading(size: Size, rounds: int, hits: tuple[int, int]) -> str:
    """Say what was measured, where, and with which versions."""
    names = OTHERS / "python"
    beside = subprocess.run([names, "-c", _TELL, *_BESIDE], capture_output=True, text=True, check=True).stdout
    main = ", ".join(f"{name} {version(name)}" for name in _MAIN)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return "\n".join(
        (
            "# The desk beside others",
            "",
            f"Written by `make bench`. One SQLite file with {size.claims:,} claims, {size.sources:,} sources "
            f"and {size.verdicts:,} verdicts; {rounds} interleaved rounds, medians. CPU is user and system "
            "time of the server's processes, so that the load itself is not counted. Where a server has "
            f"processes and threads, it has {WORKERS} × {THREADS}, as the desk. The median search finds "
            f"{hits[0]} claims, the largest {hits[1]}.",
            "",
            f"Machine: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; Linux {_kernel()}; "
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
            f"Versions: {main}, {beside.strip()}.",
            "",
        )
    )


def reads(readings: Readings) -> str:
    """Write what reads cost: CPU, ratios to both constants, rate and waits."""
    lines = ["## Reads: CPU in µs a request", ""]
    columns = (CONSTANT, LONG, *READS, BRIEF)
    lines += ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    everybody = [*CONSTANTS, DESK, UNKEPT, *OTHERS_READING]
    for contender in everybody:
        cells = []
        for workload in columns:
            found = readings.get((contender.name, workload))
            cells.append(f"{typical(found, lambda each: each.cpu):,.0f}" if found else "")
        lines.append(f"| {_shown(contender.name)} | {' | '.join(cells)} |")
    lines += ["", "As multiples of the constant under gunicorn / under the desk's server:", ""]
    lines += ["| | " + " | ".join(READS) + " |", "| --- |" + " ---: |" * len(READS)]
    for contender in (DESK, UNKEPT, *OTHERS_READING):
        cells = [_multiples(readings, contender.name, workload) for workload in READS]
        lines.append(f"| {_shown(contender.name)} | {' | '.join(cells)} |")
    lines += ["", "Answers a second, and p50 / p99 in ms, with 8 connections:", ""]
    lines += ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for contender in everybody:
        cells = []
        for workload in columns:
            found = readings.get((contender.name, workload))
            cells.append(
                f"{typical(found, lambda each: each.rate):,.0f}/s "
                f"{typical(found, lambda each: each.p50):.1f} / {typical(found, lambda each: each.p99):.1f}"
                if found
                else ""
            )
        lines.append(f"| {_shown(contender.name)} | {' | '.join(cells)} |")
    notes = (
        f"“{BRIEF}” leaves out chain, sources and verdicts, which the desk's list has.",
        "The desk keeps answered lists until its log grows, and the questions here come again and again;",
        f"the row “{UNKEPT.name}” says what a list costs that is asked for the first time or has changed.",
        "The others keep no answers. The desk reads a claim on its event loop, so the constant was measured",
        "there, too.",
    )
    return "\n".join([*lines, "", *notes, ""])


def _multiples(readings: Readings, name: str, workload: str) -> str:
    found = readings.get((name, workload))
    if not found:
        return ""
    bases = (readings[base.name, CONSTANT] for base in (GUNICORN, CHOSEN))
    return " / ".join(f"{ratio(found, base):.2f}" for base in bases)


def writes(writings: Writings) -> str:
    """Write what durable verdicts cost."""
    lines = ["## Verdicts, each durable before it is answered (WAL, synchronous FULL)", ""]
    lines += ["| | writers | a second | of the loop's rate | CPU µs | p50 ms | p99 ms |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    loop = writings[LOOP, 1]
    for (name, writers), found in sorted(writings.items(), key=lambda each: (each[0][1], each[0][0] != LOOP)):
        of_loop = median(one.rate / other.rate for one, other in zip(found, loop, strict=True))
        lines.append(
            f"| {_shown(name)} | {writers} | {median(one.rate for one in found):,.0f} | {of_loop:.2f} | "
            f"{median(one.cpu for one in found):,.0f} | {median(one.p50 for one in found):.1f} | "
            f"{median(one.p99 for one in found):.1f} |"
        )
    lines += ["", "Datasette's canned query stores the verdict's own row only; the other contenders store no"]
    lines += ["text and no hash chain.", ""]
    return "\n".join(lines)


def servers(starts: dict[str, float], memory: dict[str, float]) -> str:
    """Write how long servers take to begin, and what their workers hold."""
    lines = ["## Start and memory", "", "| | start to first answer, s | private MB of the largest worker |"]
    lines += ["| --- | ---: | ---: |"]
    lines += [f"| {_shown(name)} | {starts[name]:.2f} | {memory[name]:.0f} |" for name in starts]
    return "\n".join([*lines, ""])


def stalls(probes: dict[str, list[Probe]]) -> str:
    """Write what callers meet while 40 clients stall."""
    lines = ["## While 20 clients stall in the header and 20 in the body", ""]
    lines += ["| | asked | p50 ms | worst ms | unanswered after 2 s |", "| --- | --- | ---: | ---: | ---: |"]
    for name, found in probes.items():
        for probe in found:
            waits = f"{median(probe.waits):.1f} | {max(probe.waits):.1f}" if probe.waits else "– | –"
            total = len(probe.waits) + probe.unanswered
            lines.append(f"| {_shown(name)} | {probe.path} | {waits} | {probe.unanswered} of {total} |")
    return "\n".join([*lines, ""])


def evidence(measured: list[Measured]) -> str:
    """Write what answers cost that are worked out from much evidence."""
    lines = ["## Answers worked out from much evidence: CPU in ms, nothing kept", ""]
    lines += [
        "| | ms | aim | | beside | ms | times that |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: |",
    ]
    for found in measured:
        cost = median(found.cost)
        met = "met" if cost <= found.aim else "missed"
        first = f"| {found.answer} | {cost:,.0f} | ≤ {found.aim:.0f} | {met}"
        for name, costs in found.beside.items():
            times = median(one / other for one, other in zip(found.cost, costs, strict=True))
            lines.append(f"{first} | {name} | {median(costs):,.1f} | {times:,.1f} |")
            first = "| | | |"
    lines += [
        "",
        "Called without a server. Asked again, an answer comes as it is kept, until the log grows.",
        "",
    ]
    return "\n".join(lines)


def aims(readings: Readings, writings: Writings, starts: dict[str, float], memory: dict[str, float]) -> str:
    """Hold what was measured against what is aimed at."""
    rows: list[tuple[str, str, str, bool]] = []
    for name, workload, base, most in AIMS:
        found = ratio(readings[name, workload], readings[base, CONSTANT])
        label = f"{workload}{name.removeprefix(DESK.name)}, × {base}"
        rows.append((label, f"≤ {most}", f"{found:.2f}", found <= most))
    for workload in READS:
        best = min(typical(readings[each.name, workload], _cpu) for each in OTHERS_READING)
        name = UNKEPT.name if workload in UNKEPT.does else DESK.name
        found = typical(readings[name, workload], _cpu) / best
        label = f"{workload}{name.removeprefix(DESK.name)}, × the best other contender"
        rows.append((label, "< 1", f"{found:.2f}", found < 1))
    for writers in WRITERS:
        pairs = zip(writings[DESK.name, writers], writings[LOOP, 1], strict=True)
        found = median(one.rate / other.rate for one, other in pairs)
        label = f"verdicts, {writers} writer{'s' * (writers > 1)}, of the loop's rate"
        rows.append((label, f"≥ {LEAST_OF_LOOP}", f"{found:.2f}", found >= LEAST_OF_LOOP))
        # Datasette's query stores a part of what a verdict is, so it is no measure here.
        others = [each.name for each in OTHERS_READING if each.writes and each.created == 201]
        best = max(median(one.rate for one in writings[name, writers]) for name in others)
        found = median(one.rate for one in writings[DESK.name, writers]) / best
        label = f"verdicts, {writers} writer{'s' * (writers > 1)}, × the rate of the best other contender"
        rows.append((label, "> 1", f"{found:.2f}", found > 1))
    found = median(one.p99 for one in writings[DESK.name, 16])
    rows.append(
        ("verdicts, 16 writers, p99 in ms", f"≤ {LONGEST_P99:.0f}", f"{found:.0f}", found <= LONGEST_P99)
    )
    found = starts[DESK.name]
    rows.append(
        ("start to first answer in s", f"≤ {LONGEST_START:.0f}", f"{found:.2f}", found <= LONGEST_START)
    )
    found = memory[DESK.name]
    rows.append(("private MB a worker", f"≤ {MOST_MEGABYTES:.0f}", f"{found:.0f}", found <= MOST_MEGABYTES))
    lines = ["## What is aimed at", "", "| | aim | measured | |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {what} | {aim} | {value} | {'met' if met else 'missed'} |" for what, aim, value, met in rows
    ]
    return "\n".join([*lines, ""])


def _cpu(reading: object) -> float:
    return float(reading.cpu)  # type: ignore[attr-defined]


def _shown(name: str) -> str:
    return f"**{name}**" if name == DESK.name else name


def _kernel() -> str:
    return ".".join(platform.release().split("-")[0].split(".")[:2])


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )
