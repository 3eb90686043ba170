"""What is told on stderr: one JSON object a line, with no secret in it.

Faults go through Python's logging and one formatter. The lines of requests are put together
by hand, because through logging each would cost 12 µs, a tenth of a read.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from multiprocessing.util import Finalize
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple
from urllib.parse import unquote

from factcheck.dates import stamp

log = logging.getLogger(__name__)

STDERR = 2
PAUSE_SECONDS = 0.1
MOST_WAITING = 50_000
LONGEST_KEPT = 300
LONGEST_PATH, LONGEST_QUERY, LONGEST_AGENT = 1500, 1500, 600

# The desk's tokens and the secrets of webhooks, also as they stand in a query.
_SECRET = re.compile(r"(fct|whsec)(?:_|%5f)[\w%+/=.~-]+", re.IGNORECASE)
# What other systems call secrets, in case somebody sends one here.
_NAMED = re.compile(
    "((?:token|secret|password|passwd|api_?key|authorization|signature)=)[^&;\\s]+", re.IGNORECASE
)


def redacted(text: str) -> str:
    """Take out of a text whatever looks like a secret."""
    if "_" not in text and "=" not in text and "%" not in text:
        return text
    told = _NAMED.sub(r"\1…", _SECRET.sub(r"\1_…", text))
    # Letters may be percent-encoded that needn't be.
    if "%" in told and _SECRET.search(unquote(told).replace("_…", "")):
        return "…"
    return told


class JsonLines(logging.Formatter):
    """Writes a record of Python's logging as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record; a traceback is a field of it."""
        at = stamp(datetime.fromtimestamp(record.created, UTC))
        line = {"at": at, "level": record.levelname.lower(), "event": "message", "logger": record.name}
        line["message"] = redacted(record.getMessage())
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line)


def configuration() -> dict[str, Any]:
    """Give the configuration (logging.config.dictConfig) by which everybody's records are such lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {},
    }


class Told(NamedTuple):
    """What is told of a request, in the order of its line."""

    at: float
    request_id: str
    method: str
    path: str
    query: str
    status: int
    seconds: float
    size: int
    address: str
    reviewer: int | None
    agent: str


class RequestLog:
    """Writes the lines of requests from a thread of its own, many at once.

    Put together one by one between other work they would cost five times as much, and a
    reader of stderr that stalls would stop the server. A process that is killed takes
    the lines of its last tenth of a second with it.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._waiting: SimpleQueue[Told] = SimpleQueue()
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._lost = 0

    def put(self, told: Told) -> None:
        """Take what is to be told of a request."""
        if self._writer is None:
            self._begin()
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(told)
        else:
            self._lost += 1

    def flush(self) -> None:
        """Write all that waits."""
        with self._lock:
            with suppress(Empty):
                while len(self._lines) < MOST_WAITING:
                    self._lines.append(_line(self._waiting.get_nowait()))
            lines, self._lines = self._lines, []
            self._write("".join(lines).encode())
        if self._lost:
            lost, self._lost = self._lost, 0
            log.warning("%d requests are not told here, because nobody read the lines", lost)

    def _begin(self) -> None:
        # Begun by the first request, so in the worker and not before it is forked.
        with self._lock:
            if self._writer is None:
                Finalize(self, self.flush, exitpriority=0)
                self._writer = threading.Thread(target=self._go_on, name="request-log", daemon=True)
                self._writer.start()

    def _go_on(self) -> None:
        while True:
            self._lines.append(_line(self._waiting.get()))
            time.sleep(PAUSE_SECONDS)
            self.flush()


def _line(told: Told) -> str:
    return (
        f'{{"at":"{stamp(datetime.fromtimestamp(told.at, UTC))}","level":"info","event":"request",'
        f'"request_id":"{redacted(told.request_id)}","method":{_known(told.method, 60)},'
        f'"path":{_known(told.path, LONGEST_PATH)},"query":{_known(told.query, LONGEST_QUERY)},'
        f'"status":{told.status},"ms":{told.seconds * 1000:.3f},"bytes":{told.size},'
        f'"address":{_known(told.address, 100)},"reviewer":{told.reviewer or "null"},'
        f'"user_agent":{_known(told.agent, LONGEST_AGENT)}}}\n'
    )


def to_stderr(lines: bytes) -> None:
    """Write lines to the end; a log that can't be written is no reason to refuse anybody."""
    with suppress(OSError):
        while lines:
            lines = lines[os.write(STDERR, lines) :]


def _known(text: str, most: int) -> str:
    # The same callers ask the same things all day; what is long is hardly asked twice.
    return _quoted(text, most) if len(text) <= LONGEST_KEPT else _quoted.__wrapped__(text, most)


@lru_cache(maxsize=4096)
def _quoted(text: str, most: int) -> str:
    """Write a text as JSON in ASCII, so that no character of it can end the line or steer a terminal."""
    told = redacted(text)
    quoted = encode_basestring_ascii(told)
    return quoted if len(quoted) <= most else encode_basestring_ascii(f"{told[: most // 6]}…")
