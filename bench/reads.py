"""Reading, measured: every contender in turn, round after round, so that all meet the same weather."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import measure
from bench.load import Question, loaded
from bench.questions import answered, hold_against
from bench.servers import DESK, Server

CONNECTIONS = 8
Cell = tuple[str, str]


@dataclass
class Reading:
    """One cell of one round: CPU in µs a request, answers a second, waits in ms."""

    cpu: float
    rate: float
    p50: float
    p99: float


Readings = dict[Cell, list[Reading]]


def checked(
    servers: list[Server], asked: dict[str, list[dict[str, Any]]]
) -> dict[Cell, tuple[Server, list[Question]]]:
    """Ask every contender everything once, and hold the answers against the desk's."""
    desk = next(server for server in servers if server.contender is DESK)
    said = {workload: answered(desk, workload, asked[workload]) for workload in DESK.does}
    cells = {}
    for server in servers:
        for workload in server.contender.does:
            if server is desk:
                questions = said[workload][0]
            else:
                questions, contents = answered(server, workload, asked[workload])
                # Summaries are held against the desk's whole claims, of which they say a part.
                against = said.get(workload) or said.get("list of 50" if "summaries" in workload else "")
                if against:
                    hold_against(server.contender.name, workload, contents, against[1])
            cells[server.contender.name, workload] = (server, questions)
    return cells


def measured(cells: dict[Cell, tuple[Server, list[Question]]], rounds: int, seconds: float) -> Readings:
    """Load each cell in every round; the first, short round only warms everything up."""
    readings: Readings = {cell: [] for cell in cells}
    order = list(cells)
    for number in range(rounds + 1):
        for cell in order:
            server, questions = cells[cell]
            found = _reading(server, questions, seconds if number else 0.3)
            if number:
                readings[cell].append(found)
        # Whoever was last is first now, so that no place in the round is a privilege.
        order = order[-1:] + order[:-1]
        print(f"reads: round {number} of {rounds} is done", file=sys.stderr)
    return readings


def _reading(server: Server, questions: list[Question], seconds: float) -> Reading:
    # Each connection begins elsewhere in the list, so that they don't ask in step.
    steps = [number * len(questions) // CONNECTIONS for number in range(CONNECTIONS)]
    turned = [questions[step:] + questions[:step] for step in steps]
    family = server.family()
    before = measure.cpu_seconds(family)
    load = loaded(server.port, turned, seconds)
    cpu = measure.cpu_seconds(family) - before
    return Reading(cpu / load.answers * 1e6, load.rate, load.wait(0.5) * 1e3, load.wait(0.99) * 1e3)


def typical(readings: list[Reading], value: Callable[[Reading], float]) -> float:
    """Give the median over the rounds."""
    return median(map(value, readings))


def ratio(readings: list[Reading], to: list[Reading]) -> float:
    """Give the median of the rounds' ratios of CPU: each round is compared with itself only."""
    return median(one.cpu / other.cpu for one, other in zip(readings, to, strict=True))
