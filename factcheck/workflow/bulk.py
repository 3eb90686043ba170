"""Many acts from a file: carried out some at a time, so that other writers get their turn between.

Each line is an act of its own: its own line in the log, its own text, its own refusal. The
results of a batch are told when it is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any, Final, NamedTuple

from db import Desk, claims
from db.occurrences import Occurrences
from factcheck.dates import now
from factcheck.errors import BodyTooLarge, Busy, DeskError, NotFound
from factcheck.settings import Settings
from factcheck.workflow.acting import Act, Actor, Call, Outcome, Task, perform_many
from factcheck.workflow.claims import add_claim, change_stage
from factcheck.workflow.sources import attach_source
from factcheck.workflow.verdicts import issue_verdict

# A batch is one commit: long enough that the sync of the disk hardly counts, and over
# before another writer grows impatient.
MOST_LINES_A_BATCH, MOST_BYTES_A_BATCH, MOST_SECONDS_A_BATCH = 256, 4_000_000, 0.1
# The pages of a batch, and those of the indexes that each batch changes here and there.
CACHE_KILOBYTES = 32_768
# A rehearsal is undone at its end, so it is one transaction, for which all other writers wait.
MOST_LINES_REHEARSED = 2000
# Nobody waits for a bulk file as he waits for an answer, so it asks again when the desk is busy.
MOST_TRIES = 5


class Asked(NamedTuple):
    """What a line asks for: an act, on which claim, with the fields that the act takes."""

    act: str
    draft: Mapping[str, Any]
    claim: int | str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Line:
    """A line of a file: where it stands, its bytes, and what it asks for or why it can't be read."""

    number: int
    data: bytes
    asked: Asked | DeskError


@dataclass(frozen=True)
class Result:
    """What became of a line."""

    line: Line
    outcome: Outcome | DeskError


def carry_out(
    desk: Desk, settings: Settings, actor: Actor, lines: Iterable[Line], *, request_id: str, dry_run: bool
) -> Iterator[Result]:
    """Carry out the acts of a file in their order.

    A file that is sent again stores nothing twice: each line has a key of its own, worked out from
    its bytes and from how often they came before in the file.

    Args:
        lines: read as they are needed; those that can't be read are refused in their place.
        dry_run: whether to undo everything; lines beyond MOST_LINES_REHEARSED are refused.

    Returns:
        One result a line, each when its batch is stored.
    """
    coming = iter(lines)
    waiting: list[Line] = []
    tasks: list[Task] = []
    most = MOST_LINES_REHEARSED if dry_run else MOST_LINES_A_BATCH
    with Occurrences() as occurrences, desk.larger_cache(CACHE_KILOBYTES):
        while True:
            for line in _piece(coming, most - len(waiting)):
                waiting.append(line)
                key, fingerprint = _key(line, occurrences)
                call = Call(actor, now(), request_id, dry_run, key, fingerprint)
                tasks.append(Task(call, _work(line.asked), brief=True))
            if not waiting:
                return
            outcomes = _batch(desk, settings, tasks)
            yield from map(Result, waiting, outcomes)
            del waiting[: len(outcomes)], tasks[: len(outcomes)]
            if dry_run:
                break
    told = (
        f"A rehearsal takes {MOST_LINES_REHEARSED} lines at once. Rehearse the rest in a file of their own."
    )
    yield from (Result(line, BodyTooLarge(told)) for line in coming)


def _piece(coming: Iterator[Line], most: int) -> Iterator[Line]:
    """Take some lines on: so many, or fewer if they are long."""
    size = 0
    for line in islice(coming, most):
        yield line
        size += len(line.data)
        if size > MOST_BYTES_A_BATCH:
            return


def _batch(desk: Desk, settings: Settings, tasks: list[Task]) -> list[Outcome | DeskError]:
    """Carry out a batch, or as much of it as there is time for."""
    tries = 0
    while True:
        tries += 1
        try:
            return perform_many(desk, settings, tasks, MOST_SECONDS_A_BATCH)
        except DeskError as refusal:
            if not isinstance(refusal, Busy) or tries == MOST_TRIES:
                return [refusal] * len(tasks)


def _key(line: Line, occurrences: Occurrences) -> tuple[str | None, str]:
    """Name a line: by the key it brings, or by its bytes and how often they came; with its fingerprint."""
    if isinstance(line.asked, DeskError):
        return None, ""
    digest = sha256(line.data)
    if line.asked.key is not None:
        return line.asked.key, f"bulk {digest.hexdigest()}"
    return f"bulk {digest.hexdigest()} {occurrences.count(digest.digest())}", ""


def _work(asked: Asked | DeskError) -> Callable[[Act], Outcome]:
    """Give the act that a line asks for, or one that only tells why it can't be read."""
    return partial(_refuse, asked) if isinstance(asked, DeskError) else partial(_do, asked)


def _refuse(refusal: DeskError, _: Act) -> Outcome:
    raise refusal


def _do(asked: Asked, act: Act) -> Outcome:
    return _acts[asked.act](act, asked)


def _claim_id(act: Act, asked: Asked) -> int:
    if isinstance(asked.claim, int):
        return asked.claim
    found = claims.claim_id_of_ref(act.db, str(asked.claim))
    if found is None:
        raise NotFound(f"There is no claim with the ref {asked.claim}, neither here nor in an earlier line.")
    return found


def _publish(act: Act, asked: Asked) -> Outcome:
    return change_stage(act, _claim_id(act, asked), "published", asked.draft["reason"])


_acts: Final[dict[str, Callable[[Act, Asked], Outcome]]] = {
    "claim": lambda act, asked: add_claim(act, asked.draft),
    "source": lambda act, asked: attach_source(act, _claim_id(act, asked), asked.draft),
    "verdict": lambda act, asked: issue_verdict(act, _claim_id(act, asked), asked.draft),
    "publish": _publish,
}
