"""What a server costs: CPU and private memory of its processes, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Give the CPU time, user and system, that processes have used.

    The kernel scales these ticks to the time it has counted in nanoseconds, so
    over a second or more the error is below one per cent.
    """
    return sum(sum(map(int, fields[11:13])) for pid in pids if (fields := _stat(pid))) / TICKS


def private_megabytes(pid: int) -> float:
    """Give the memory that only this process holds (USS)."""
    kilobytes = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Private_Clean", "Private_Dirty"):
            kilobytes += int(rest.split()[0])
    return kilobytes / 1024


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The name, in brackets, may hold blanks; what follows is state, parent, …
    return text.rpartition(")")[2].split()
