"""How the desk is backed up while it serves, and how it is brought back."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from db import Database, DatabaseError, Desk, connect, copies, log, migrate
from db.log import Head
from factcheck.settings import Settings
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.verifying import Progress, faults_of_log, unnoted

# It holds what whoever has it could use: hashes of tokens and the key of the cursors.
_FOR_THE_OWNER_ONLY = 0o600
_BESIDE = ("-journal", "-wal", "-shm")


class NotCopied(RuntimeError):
    """A backup or a restore that was refused; the message says why and what to do."""


class Copy(NamedTuple):
    """A copy that was proved: its bytes, and the newest line of its log."""

    size: int
    head: Head


def back_up(desk: Desk, target: Path, progress: Progress = unnoted, *, despite_faults: bool = False) -> Copy:
    """Write a proved copy of the desk as it is at this moment, under a name that nobody has.

    It is written beside as `….partial` and gets its name once it is whole, proved and on the
    disk. What a backup that was killed has left is cleared away by the next one.

    Args:
        target: the file to be made.
        despite_faults: keep a copy of a desk whose log does not hold together, too.

    Raises:
        NotCopied: the name is taken, another backup writes there, or the copy is not good.
        OSError: the folder can't be written, or the disk is full.
    """
    _refuse_taken(target)
    with _unfinished(Path(f"{target}.partial")) as partial:
        copies.write_copy(desk.db, partial, lambda done, of: progress("Copying", done, of))
        with copies.opened_to_read(partial) as db:
            _refuse_damaged(db)
            head = _proved(db, progress, despite_faults=despite_faults)
        size = partial.stat().st_size
        _sync(partial)
        _refuse_taken(target)
        try:
            # Unlike a rename, a link never takes the place of another file.
            os.link(partial, target)
        except FileExistsError:
            _refuse_taken(target)
    _sync(target.absolute().parent)
    return Copy(size, head)


def restore(
    desk: Desk,
    settings: Settings,
    source: Path,
    progress: Progress = unnoted,
    *,
    despite_faults: bool = False,
) -> Copy:
    """Prove a backup and put it in the place of a desk that nobody has used yet.

    What is proved is a copy beside the desk's file, and that is what is put in place; a backup of an
    older version is brought up to date in it. If this is interrupted, the desk is the new one
    still.

    Raises:
        NotCopied: the desk is in use, or the backup is not good.
        WrongFile: it is no desk, or one of a newer version.
        OSError: the backup can't be read, or the disk is full.
    """
    _refuse_used(desk)
    if not source.is_file():
        raise NotCopied(f"{source} is no file. Name one that `flask backup` wrote.")
    waiting = Path(f"{source}-wal")
    if waiting.exists() and waiting.stat().st_size:
        raise NotCopied(
            f"{waiting} holds what is not in {source} yet, so this file is in use or was not closed. "
            "Use a file that `flask backup` wrote."
        )
    with _unfinished(Path(f"{desk.path}.restoring")) as partial:
        with copies.opened_to_read(source) as db:
            _refuse_damaged(db)
            copies.write_copy(db, partial, lambda done, of: progress("Copying", done, of))
        copied = connect(str(partial))
        try:
            migrate(copied)
            copied.conn.execute("BEGIN")
            head = _proved(copied, progress, despite_faults=despite_faults)
            copied.conn.execute("ROLLBACK")
            _place(copied, desk)
        finally:
            copied.conn.close()
    bring_up_to_date(desk, settings)
    return Copy(Path(desk.path).stat().st_size, head)


def _proved(db: Database, progress: Progress, *, despite_faults: bool) -> Head:
    head = log.head(db)
    if head.seq == 0:
        raise NotCopied("Its log is empty, so this is no desk.")
    faults = list(islice(faults_of_log(db, (), progress), 10))
    if faults and not despite_faults:
        raise NotCopied(
            "The log does not hold together, so nothing was kept; `flask verify` tells all of it. To go on "
            f"nevertheless, say --despite-faults. {' '.join(faults)}"
        )
    return head


def _refuse_damaged(db: Database) -> None:
    found = copies.damage(db)
    if found:
        raise NotCopied(f"The file is damaged, and nothing was put in place. SQLite says: {' '.join(found)}")


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise NotCopied(f"{target} is there already and is left as it is. Name another file.")


def _refuse_used(desk: Desk) -> None:
    if not log.is_untouched(desk.db):
        raise NotCopied(
            f"{desk.path} is a desk in use, and a restore would take its place. Move that file away, or "
            "set FACTCHECK_DATABASE to the path of a new one."
        )


def _place(copied: Database, desk: Desk) -> None:
    try:
        placed = copies.put_in_place(copied, desk.db, log.is_untouched)
    except DatabaseError as fault:
        raise NotCopied(
            f"{desk.path} is open in another program, such as the server. Stop it, then repeat this: {fault}."
        ) from None
    if not placed:
        _refuse_used(desk)


@contextmanager
def _unfinished(partial: Path) -> Iterator[Path]:
    """Hold an empty file for the owner only, which is gone at the end whatever happens.

    Raises:
        NotCopied: another process is writing it.
    """
    held = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _FOR_THE_OWNER_ONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between being opened and locked it may have been finished by another and be gone.
            if not os.path.samestat(partial.stat(), os.fstat(held)):
                raise BlockingIOError
        except OSError:
            raise NotCopied(f"Another process is writing {partial}. Wait for it, then repeat this.") from None
        _clear(partial)
        os.ftruncate(held, 0)
        os.fchmod(held, _FOR_THE_OWNER_ONLY)
        try:
            yield partial
        finally:
            _clear(partial)
            partial.unlink()
    finally:
        os.close(held)


def _clear(partial: Path) -> None:
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{partial}{ending}").unlink()


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
