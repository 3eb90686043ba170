"""Delivering: each hook is sent the lines of the log that are for it, in order and at least once.

One line at a time: the next is sent when the one before was taken, so a receiver never has to
put them in order. A line that is not taken is tried again, later and later, for three days; then
the hook is paused and keeps its place. That a line was taken is kept after it was taken, so
whoever is ended in between sends that line again, and none is ever left out.

Hooks don't wait for one another. Of several processes on one file one delivers; the
others stand by.
"""

from __future__ import annotations

import json
import logging
import queue
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from db import Database, DatabaseError, Desk, hooks, log
from db.log import Wanted
from db.rows import Row
from factcheck.dates import stamp
from factcheck.errors import DeskError
from factcheck.sending.posting import GONE, PATIENCE_SECONDS, Answer, post
from factcheck.sending.retrying import JITTER, LONGEST_PAUSE, next_try
from factcheck.sending.signing import signed_headers
from factcheck.sending.targets import BadTarget, checked, networks
from factcheck.settings import Settings
from factcheck.workflow.acting import THE_DESK, Act, Call, Outcome, perform
from factcheck.workflow.hooks import pause_hook
from factcheck.workflow.lines import shown_line
from factcheck.workflow.turns import LOOK_EVERY_SECONDS, alone

# As many receivers may keep us waiting at once before one waits for another.
THREADS: Final = 16
# A hook that has much to catch up on lets others have their turn after so many lines.
LINES_A_TURN: Final = 100
TIDY_EVERY_SECONDS: Final = 10.0
# If the file can't be written, what was delivered can't be kept; it is not sent again at once.
HELD_FOR_SECONDS: Final = 10.0
LONGEST_WAIT: Final = LONGEST_PAUSE * (1 + JITTER)
KEEP_DELIVERIES_FOR: Final = timedelta(days=30)

_notes = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Passed:
    """Up to which line nothing more was for a hook, as long as no act has placed it anew."""

    placed_by_seq: int
    seq: int


class Deliverer:
    """Sends hooks what is for them, as long as it runs."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Be ready to deliver.

        Args:
            clock: gives the moment by which tries come due.
            patience: seconds that a receiver may take to answer.
        """
        self._desk, self._settings = desk, settings
        self._clock, self._patience = clock, patience
        self._trust = ssl.create_default_context()
        self._told_to_stop = False
        self._turn_ended = threading.Event()
        self._turns: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._mutex = threading.Lock()
        self._busy: set[int] = set()
        self._passed: dict[int, _Passed] = {}
        self._held: dict[int, float] = {}
        self._next_due: str | None = None

    def run(self) -> None:
        """Deliver until told to stop, once no other process does."""
        while not self._stopped():
            try:
                with alone(self._path, self._stopped, wait=True) as we:
                    if we:
                        with self._workers(), self._desk.stream() as db:
                            self._watch(db)
            except (OSError, DatabaseError) as fault:
                _notes.warning("nothing can be delivered now: %s", fault)
                self._rest()

    def run_once(self) -> bool:
        """Deliver what is due and end.

        Returns:
            Whether it could; not while another process delivers.
        """
        with alone(self._path, self._stopped, wait=False) as we:
            if we:
                with self._workers():
                    self._work_off()
                    self._tidy()
            return we

    def stop(self) -> None:
        """Let deliveries under way end and start no others."""
        # A handler of signals calls this, so it must wait for no lock.
        self._told_to_stop = True

    @property
    def _path(self) -> str:
        return f"{self._desk.path}-deliver.lock"

    def _stopped(self) -> bool:
        # A server's main thread ends first; what it leaves running is waited for.
        return self._told_to_stop or not threading.main_thread().is_alive()

    @contextmanager
    def _workers(self) -> Iterator[None]:
        """Keep threads that take turns; at the end those that are sending finish that."""
        # As daemons they can't keep a process that must end at once from doing so.
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for _ in threads:
                self._turns.put(None)
            for thread in threads:
                thread.join(self._patience)

    def _work_off(self) -> None:
        """Start turns until there is nothing more to do now."""
        while not self._stopped():
            # What ends after this was asked may have left something to do.
            busy = bool(self._busy)
            if not self._start_turns() and not busy:
                return
            self._turn_ended.wait(LOOK_EVERY_SECONDS)
            self._turn_ended.clear()

    def _watch(self, db: Database) -> None:
        """Start turns when the log has grown or a try comes due."""
        seen, tidied = -1, time.monotonic()
        while not self._stopped():
            try:
                version = log.data_version(db)
                if version != seen or self._turn_ended.is_set() or self._is_due():
                    self._turn_ended.clear()
                    self._start_turns()
                    seen = version
                if time.monotonic() - tidied > TIDY_EVERY_SECONDS:
                    self._tidy()
                    tidied = time.monotonic()
            except (DatabaseError, DeskError) as fault:
                _notes.warning("deliveries can't be looked after now: %s", fault)
                self._rest()
            self._turn_ended.wait(LOOK_EVERY_SECONDS)

    def _rest(self) -> None:
        until = time.monotonic() + HELD_FOR_SECONDS
        while not self._stopped() and time.monotonic() < until:
            time.sleep(LOOK_EVERY_SECONDS)

    def _is_due(self) -> bool:
        return self._next_due is not None and self._next_due <= stamp(self._clock())

    def _start_turns(self) -> bool:
        """Give a turn to each hook for which there may be something to do now; say whether any was."""
        db, at = self._desk.db, self._clock()
        head = log.head(db).seq
        started, waiting = False, []
        for progress in hooks.active(db):
            hook_id = progress["hook_id"]
            following = progress["next_try_at"]
            # One that lies further ahead than any pause was set by a clock that was wrong.
            if following and stamp(at) < following <= stamp(at + LONGEST_WAIT):
                waiting.append(following)
            elif self._held.get(hook_id, 0) > time.monotonic():
                waiting.append(stamp(at + timedelta(seconds=HELD_FOR_SECONDS)))
            elif self._looked_up_to(progress) < head and self._take_up(hook_id):
                self._turns.put(hook_id)
                started = True
        self._next_due = min(waiting, default=None)
        return started

    def _take_up(self, hook_id: int) -> bool:
        with self._mutex:
            if hook_id in self._busy:
                return False
            self._busy.add(hook_id)
            return True

    def _work(self) -> None:
        while (hook_id := self._turns.get()) is not None:
            try:
                self._turn(hook_id)
            except Exception:  # noqa: BLE001 - one hook's trouble must not end the deliveries of all
                _notes.exception("hook %s: its turn broke off", hook_id)
                self._held[hook_id] = time.monotonic() + HELD_FOR_SECONDS
            finally:
                with self._mutex:
                    self._busy.discard(hook_id)
                self._turn_ended.set()

    def _turn(self, hook_id: int) -> None:
        """Send a hook line after line, until none is left, one is not taken, or others want a turn."""
        db = self._desk.db
        for _ in range(LINES_A_TURN):
            if self._stopped():
                return
            with self._desk.snapshot():
                hook, progress = hooks.hook(db, hook_id), hooks.progress(db, hook_id)
                if hook is None or progress is None or hook["state"] != "active":
                    return
                line = next(iter(log.lines(db, self._wanted(hook, progress), 1)), None)
                head = log.head(db).seq
            if line is None:
                self._passed[hook_id] = _Passed(progress["placed_by_seq"], head)
                return
            if not self._deliver(hook, progress, line):
                return

    def _wanted(self, hook: Row, progress: Row) -> Wanted:
        return Wanted(
            after=self._looked_up_to(progress),
            acts=json.loads(hook["acts"]),
            claim=hook["claim_id"],
            story=hook["story_slug"],
            public_only=hook["reads"] == "published",
        )

    def _looked_up_to(self, progress: Row) -> int:
        passed = self._passed.get(progress["hook_id"])
        still = passed is not None and passed.placed_by_seq == progress["placed_by_seq"]
        return max(progress["after"], passed.seq) if passed and still else int(progress["after"])

    def _deliver(self, hook: Row, progress: Row, line: Row) -> bool:
        """Send a line, keep what became of it, and say whether it was taken."""
        began = self._clock()
        started = time.monotonic()
        answer = self._sent(hook, line, began)
        delivery = {
            "hook_id": hook["id"],
            "seq": line["seq"],
            "attempt": progress["attempts"] + 1,
            "at": stamp(began),
            "ms": int((time.monotonic() - started) * 1000),
            "outcome": "failed" if answer.fault else "delivered",
            "status": answer.status,
            "error": answer.fault,
        }
        moved, reason = self._moved(progress, line, answer)

        def keep(db: Database) -> None:
            hooks.keep_delivery(db, delivery)
            hooks.move(db, moved)

        def give_up(act: Act) -> Outcome:
            keep(act.db)
            return pause_hook(act, hook["id"], str(reason))

        if reason:
            perform(self._desk, self._settings, Call(THE_DESK, stamp(self._clock()), "deliver"), give_up)
        else:
            self._desk.write(keep)
        if answer.fault:
            _notes.info("hook %s: line %s was not taken: %s", hook["id"], line["seq"], answer.fault)
        return answer.fault is None

    def _sent(self, hook: Row, line: Row, at: datetime) -> Answer:
        try:
            target = checked(hook["url"], networks(self._settings.hooks_private))
        except BadTarget as fault:
            return Answer(None, str(fault))
        body = message(line, in_full=hook["reads"] == "everything")
        keys = hooks.good_secrets(self._desk.db, hook["id"], stamp(at))
        # Each time the same, and no other's: seqs return after a restore, and desks share receivers.
        message_id = f"msg_{hook['id']}_{line['hash'][:32]}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "factcheck",
            **signed_headers(message_id, int(at.timestamp()), body, keys),
        }
        return post(target, headers, body, self._trust, self._patience)

    def _moved(self, progress: Row, line: Row, answer: Answer) -> tuple[Mapping[str, Any], str | None]:
        """Give how a hook stands after an attempt, and why it is to be paused, if it is."""
        at = self._clock()
        rested = {"attempts": 0, "failing_since": None, "next_try_at": None}
        if answer.fault is None:
            return {**progress, **rested, "after": line["seq"]}, None
        if answer.status == GONE:
            return {**progress, **rested}, "The receiver answered 410 Gone: it wants no more."
        failing_since = progress["failing_since"] or stamp(at)
        failures = progress["attempts"] + 1
        again = next_try(datetime.fromisoformat(failing_since), at, failures, random.random())  # noqa: S311
        if again is None:
            return {**progress, **rested}, (
                f"Line {line['seq']} could not be delivered for three days, since {failing_since}. "
                f"The last time: {answer.fault}"
            )
        state = {"attempts": failures, "failing_since": failing_since, "next_try_at": stamp(again)}
        return {**progress, **state}, None

    def _tidy(self) -> None:
        """Keep how far hooks have come where nothing was for them, and forget old deliveries."""
        at = self._clock()

        def tidy(db: Database) -> None:
            for progress in hooks.active(db):
                seq = self._looked_up_to(progress)
                if seq > progress["after"]:
                    hooks.move(db, {**progress, "after": seq})
            hooks.forget(db, stamp(at - KEEP_DELIVERIES_FOR), stamp(at))

        with suppress(DeskError):
            self._desk.write(tidy)


def message(line: Row, *, in_full: bool) -> bytes:
    """Write a line as the message that a hook is sent (Standard Webhooks, payload structure)."""
    content = {
        "type": line["act"].replace(":", "."),
        "timestamp": line["at"],
        "data": shown_line(line, in_full=in_full),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
