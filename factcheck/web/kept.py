"""Lists that were answered already, kept until the log grows.

A list's etag names the log's head and everything that was asked, so an answer under the
same etag is the same bytes. Dashboards ask the same lists all day.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from cachetools import LRUCache


class Answer(NamedTuple):
    """A list as it was sent: its bytes, and the address of the next page."""

    body: bytes
    following: str | None


class KeptAnswers:
    """The answers that this process gave last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._lock = threading.Lock()
        self._answers: LRUCache[str, Answer] = LRUCache(most_bytes, getsizeof=_size)

    def get(self, etag: str) -> Answer | None:
        """Give the answer with this etag, if it is still kept."""
        with self._lock:
            return self._answers.get(etag)

    def keep(self, etag: str, answer: Answer) -> None:
        """Keep an answer; those not asked for longest make room."""
        with self._lock:
            if _size(answer) <= self._answers.maxsize:
                self._answers[etag] = answer


def _size(answer: Answer) -> int:
    # An empty list takes up room, too.
    return len(answer.body) + 512
