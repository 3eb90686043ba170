"""Many acts from a file: carried out some at a time, so that other writers get their turn between.

Each line is an act of its own: its own line in the log, its own text, its own refusal. The
results of a batch are told when it is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from db import Database, Desk, claims
from db.occurrences import Occurrences
from factcheck.dates import now
from factcheck.errors import BodyTooLarge, Busy, DeskError, Forbidden, NotFound, Unauthenticated
from factcheck.settings import Settings
from factcheck.workflow.acting import Act, Actor, Call, Outcome, Task, perform_many
from factcheck.workflow.claims import add_claim, change_stage
from factcheck.workflow.linking import link_claim
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


# Who acts, asked for each batch inside its transaction: once it is answered that a token was
# revoked or a reviewer barred, nothing more is stored for him.
Established = Callable[[Database], Actor]


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


class _Named(NamedTuple):
    """A line with the key that makes it safe to repeat, if it can be read."""

    line: Line
    key: str | None
    fingerprint: str


@dataclass(frozen=True)
class Circumstances:
    """What all lines of a file have in common.

    Args:
        run: the caller's name for this run, or None: with another name the same line is another line.
        dry_run: whether to undo everything; lines beyond MOST_LINES_REHEARSED are refused.
    """

    request_id: str
    run: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Result:
    """What became of a line."""

    line: Line
    outcome: Outcome | DeskError


def carry_out(
    desk: Desk,
    settings: Settings,
    established: Established,
    lines: Iterable[Line],
    circumstances: Circumstances,
) -> Iterator[Result]:
    """Carry out the acts of a file in their order.

    A file that is sent again stores nothing twice: each line has a key of its own, worked out from
    the name of the run, its bytes, and how often they came before in the file.

    Args:
        established: gives who acts, for each batch anew; if it raises Unauthenticated or Forbidden,
            the rest of the lines is refused with that.
        lines: read as they are needed; those that can't be read are refused in their place.

    Returns:
        One result a line, each when its batch is stored.
    """
    coming = iter(lines)
    waiting: list[_Named] = []
    most = MOST_LINES_REHEARSED if circumstances.dry_run else MOST_LINES_A_BATCH
    rest: DeskError = BodyTooLarge(
        f"A rehearsal takes {MOST_LINES_REHEARSED} lines at once. Rehearse the rest in a file of their own."
    )
    with Occurrences() as occurrences, desk.larger_cache(CACHE_KILOBYTES):
        while True:
            piece = _piece(coming, most - len(waiting))
            waiting.extend(_named(line, circumstances.run, occurrences) for line in piece)
            if not waiting:
                return
            try:
                outcomes = _batch(desk, settings, established, waiting, circumstances)
            except (Unauthenticated, Forbidden) as refusal:
                rest = refusal
                break
            yield from (
                Result(named.line, outcome) for named, outcome in zip(waiting, outcomes, strict=False)
            )
            del waiting[: len(outcomes)]
            if circumstances.dry_run:
                break
    yield from (Result(line, rest) for line in chain((named.line for named in waiting), coming))


def _piece(coming: Iterator[Line], most: int) -> Iterator[Line]:
    """Take some lines on: so many, or fewer if they are long."""
    size = 0
    for line in islice(coming, most):
        yield line
        size += len(line.data)
        if size > MOST_BYTES_A_BATCH:
            return


def _tasks(
    established: Established, waiting: Iterable[_Named], circumstances: Circumstances, db: Database
) -> list[Task]:
    """Make acts of lines, on behalf of whoever may act now."""
    actor, at = established(db), now()
    return [
        Task(
            Call(actor, at, circumstances.request_id, circumstances.dry_run, key, fingerprint),
            _work(line.asked),
            brief=True,
        )
        for line, key, fingerprint in waiting
    ]


def _batch(
    desk: Desk,
    settings: Settings,
    established: Established,
    waiting: list[_Named],
    circumstances: Circumstances,
) -> list[Outcome | DeskError]:
    """Carry out a batch, or as much of it as there is time for.

    Raises:
        Unauthenticated, Forbidden: nobody may act any more; nothing was stored.
    """
    tasks, tries = partial(_tasks, established, waiting, circumstances), 0
    while True:
        tries += 1
        try:
            return perform_many(desk, settings, tasks, MOST_SECONDS_A_BATCH)
        except (Unauthenticated, Forbidden):
            raise
        except DeskError as refusal:
            if not isinstance(refusal, Busy) or tries == MOST_TRIES:
                return [refusal] * len(waiting)


def _named(line: Line, run: str | None, occurrences: Occurrences) -> _Named:
    """Name a line: by the key it brings, or by the run, its bytes, and how often they came before."""
    if isinstance(line.asked, DeskError):
        return _Named(line, None, "")
    if line.asked.key is not None:
        return _Named(line, line.asked.key, f"bulk {sha256(line.data).hexdigest()}")
    # No line has a line feed within, so no run's name can pass for the beginning of a line.
    digest = sha256(line.data if run is None else f"{run}\n".encode() + line.data)
    return _Named(line, f"bulk {digest.hexdigest()} {occurrences.count(digest.digest())}", "")


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
    return change_stage(act, _claim_id(act, asked), {"stage": "published", **asked.draft})


_acts: Final[dict[str, Callable[[Act, Asked], Outcome]]] = {
    "claim": lambda act, asked: add_claim(act, asked.draft),
    "source": lambda act, asked: attach_source(act, _claim_id(act, asked), asked.draft),
    "verdict": lambda act, asked: issue_verdict(act, _claim_id(act, asked), asked.draft),
    "publish": _publish,
    "link": lambda act, asked: link_claim(act, _claim_id(act, asked), asked.draft),
}
