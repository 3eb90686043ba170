"""Placing claims by their meaning: after they are written, so that nobody who writes waits for a model.

A claim that was not placed yet is found by its words. Of several processes on one file one places;
the others stand by.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from hashlib import sha256
from threading import Lock
from typing import Final

from db import Database, DatabaseError, Desk, desk, log, vectors
from db.vectors import Placed
from factcheck.errors import DeskError
from factcheck.matching.nearness import Meaning, Model, texts_of
from factcheck.workflow.turns import LOOK_EVERY_SECONDS, alone

# So many are placed before they are kept, in a tenth of a second or a few.
CLAIMS_A_BATCH: Final = 32
# If the file can't be read or written, that is tried again so much later.
REST_SECONDS: Final = 10.0
_NOTED_AS: Final = "placed"

_notes = logging.getLogger(__name__)


class Placer:
    """Places claims as they are shown anew, as long as it runs."""

    def __init__(self, kept: Desk, model: Model) -> None:
        """Be ready to place claims."""
        self._desk, self._model = kept, model
        self._after: int | None = None
        self._told_to_stop = False

    def run(self) -> None:
        """Place claims until told to stop, once no other process does."""
        while not self._stopped():
            try:
                with alone(self._path, self._stopped, wait=True) as we:
                    if we:
                        with self._desk.stream() as db:
                            self._watch(db)
            except (OSError, DatabaseError, DeskError) as fault:
                _notes.warning("claims can't be placed by their meaning now: %s", fault)
                # What of the last batch was kept is seen in the file.
                self._after = None
                self._rest()

    def run_once(self) -> int | None:
        """Place every claim that is not placed as it is shown now, and end once all are.

        Returns:
            How many were placed; None if another process did so.
        """
        while not self._stopped():
            with alone(self._path, self._stopped, wait=False) as we:
                if we:
                    return self._catch_up(self._desk.db)
            if not self._is_behind(self._desk.db):
                break
            time.sleep(LOOK_EVERY_SECONDS)
        return None

    def stop(self) -> None:
        """Begin no other batch."""
        self._told_to_stop = True

    @property
    def _path(self) -> str:
        return f"{self._desk.path}-embed.lock"

    def _stopped(self) -> bool:
        # A server's main thread ends first; what it leaves running is waited for.
        return self._told_to_stop or not threading.main_thread().is_alive()

    def _watch(self, db: Database) -> None:
        seen = -1
        while not self._stopped():
            version = log.data_version(db)
            if version != seen:
                self._catch_up(db)
                seen = version
            time.sleep(LOOK_EVERY_SECONDS)

    def _rest(self) -> None:
        until = time.monotonic() + REST_SECONDS
        while not self._stopped() and time.monotonic() < until:
            time.sleep(LOOK_EVERY_SECONDS)

    def _catch_up(self, db: Database) -> int:
        """Go through the claims that were written since, batch by batch, and count those that were placed."""
        if self._after is None:
            self._after = self._noted(db)
        count = 0
        while not self._stopped():
            new, last = self._next(db, self._after)
            if last is None:
                break
            # What was shown anew with the same texts need not be noted; it would be looked at again, no more.
            self._after = last
            if new:
                self._place(new, self._after)
                count += len(new)
        return count

    def _is_behind(self, db: Database) -> bool:
        """Say whether any claim is not placed as it is shown now."""
        new, after = self._next(db, self._noted(db))
        while after is not None and not new:
            new, after = self._next(db, after)
        return bool(new)

    def _next(self, db: Database, after: int) -> tuple[dict[int, list[str]], int | None]:
        """Give what is not placed of the next claims, and the document up to which was looked, if any."""
        shown = vectors.shown_after(db, after, CLAIMS_A_BATCH)
        texts = {each.claim_id: texts_of(json.loads(each.body)) for each in shown}
        known = vectors.placed_texts(db, self._model.name, texts)
        new = {claim_id: each for claim_id, each in texts.items() if known.get(claim_id) != _digest(each)}
        return new, shown[-1].document_id if shown else None

    def _place(self, texts: dict[int, list[str]], document_id: int) -> None:
        name = self._model.name
        placed = []
        for claim_id, each in texts.items():
            kept = self._model.kept(each)
            placed.append(Placed(claim_id, _digest(each), kept.signs, kept.vectors))

        def keep(db: Database) -> None:
            vectors.keep(db, name, placed)
            desk.note(db, _NOTED_AS, f"{name}:{document_id}")

        self._desk.write(keep)

    def _noted(self, db: Database) -> int:
        """Give the document up to which this model has placed claims."""
        name, _, document_id = (desk.noted(db, _NOTED_AS) or "").partition(":")
        return int(document_id) if name == self._model.name else 0


class Places:
    """The model with the claims that stand beside it in this process's memory, to be found by meaning."""

    def __init__(self, kept: Desk, model: Model) -> None:
        """Begin with none."""
        self.model = model
        self._desk = kept
        self._number = 0
        self._mutex = Lock()

    def meaning(self, text: str) -> Meaning:
        """Place what is asked, beside all claims that are placed by now."""
        self._bring_up_to_date(self._desk.db)
        return self.model.meaning(text)

    def _bring_up_to_date(self, db: Database) -> None:
        if vectors.newest(db) == self._number:
            return
        with self._mutex:
            newest = vectors.newest(db)
            self.model.put(dict(vectors.placed_after(db, self.model.name, self._number)))
            self._number = newest


def _digest(texts: list[str]) -> str:
    return sha256(json.dumps(texts).encode()).hexdigest()
