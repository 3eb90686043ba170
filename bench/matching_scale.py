"""How finding claims that say the same grows with a desk: `python -m bench --matching-scale 10000 100000`.

The claims are made up of a vocabulary in which few words are common and most are rare, as in
a language, and put into the index as they are taken apart, without the rest of what a desk keeps.
What is asked is a claim of the desk in other words: half of them replaced.

What callers wait for is measured through a server, on a desk that has all that desks keep.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.data import CACHE, Size, filled
from bench.load import HOST, Connection, WrongAnswer, get
from bench.servers import DESK, Server
from bench.words import Writer
from db import Database, Desk, connect
from factcheck.matching.asked import asked
from factcheck.matching.seen import Passage, Seen
from factcheck.matching.words import words_of
from factcheck.settings import Settings
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.indexing import keep_seen
from factcheck.workflow.matching import candidates, match

SIZES = (10_000, 100_000, 1_000_000)
VOCABULARY = 200_000
QUESTIONS = 200
SENTENCE, TITLE = (8, 16), (5, 9)
SERVED = Size(10_000, 20_000, 15_000)
TEXTS = 500
# Larger batches are quicker to put in, and hold more in memory.
BATCH = 20_000


class Language:
    """Words by Zipf's law with Mandelbrot's offset, none of which is common enough to carry nothing."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        writer = Writer(seed)
        invented: dict[str, None] = {}
        while len(invented) < VOCABULARY:
            word = "".join(writer._syllable() for _ in range(self.random.choice((2, 2, 3))))
            invented.setdefault(word)
        # A word of a language has one stem; so many are carried over as they are.
        self.stem = {
            word: found[0].stem for word in invented if (found := words_of(word, "en")) and found[0].carries
        }
        self.words = list(self.stem)
        # With this offset a question meets a tenth of the desk, as English ones do with stop words left out.
        self._weights = list(accumulate(1 / (rank + 40) for rank in range(len(self.words))))

    def some(self, least: int, most: int) -> list[str]:
        """Give between `least` and `most` words."""
        return self.random.choices(self.words, cum_weights=self._weights, k=self.random.randint(least, most))

    def claims(self) -> Iterator[tuple[list[str], list[str]]]:
        """Make up claims without end: the words of each, and those of a source's title."""
        while True:
            yield self.some(*SENTENCE), self.some(*TITLE)

    def seen(self, claim: tuple[list[str], list[str]]) -> Seen:
        """Take a claim apart, by stems that are known."""
        said, about = (tuple(self.stem[word] for word in words) for words in claim)
        return Seen((Passage(said), Passage(about, stated=False)))

    def reworded(self, claim: tuple[list[str], list[str]]) -> str:
        """Ask for a claim in other words."""
        kept = [word for part in claim for word in part if self.random.random() < 0.5]
        return " ".join(kept + self.some(5, 9))


def show(sizes: tuple[int, ...]) -> None:
    """Measure desks of some sizes, and print the table row by row."""
    columns = (
        "claims",
        "candidates, CPU p50 / p95 ms",
        "whole match, CPU p50 / p95 ms",
        "by the clock p50 / p95 ms",
        "found",
        "adding one, CPU ms",
        "bytes a claim",
        "made in s of CPU",
    )
    print(_row(columns), _row("---" for _ in columns), sep="\n")
    CACHE.mkdir(exist_ok=True)
    for size in sizes:
        folder = CACHE / f"matching-{size}"
        folder.mkdir(exist_ok=True)
        try:
            print(_measured(folder / "desk.db", size), flush=True)
        finally:
            shutil.rmtree(folder)
    print(_served())


def _served() -> str:
    """Tell what callers wait for: text by text, and for many at once."""
    folder = Path(tempfile.mkdtemp(prefix="matching-", dir=CACHE))
    try:
        path = str(shutil.copy(filled(SERVED).database, folder / "desk.db"))
        desk = Desk(path)
        # Its rows were put in by hand, so that nothing was made findable on the way.
        desk.db.conn.execute("DELETE FROM desk WHERE name = 'matching'")
        bring_up_to_date(desk, Settings(database=path))
        rows = desk.db.conn.execute("SELECT text FROM claims ORDER BY id LIMIT ?", (TEXTS,)).fetchall()
        desk.close()
        chance = random.Random(3)
        texts = [" ".join(word for word in text.split() if chance.random() < 0.5) for (text,) in rows]
        with Server(DESK, Path(path), folder) as server:
            connection = Connection(server.port)
            one_by_one = sorted(_waited(connection, get(f"/v1/match?text={quote(text)}")) for text in texts)
            at_once = _waited(connection, _posted(texts))
    finally:
        shutil.rmtree(folder)
    return (
        f"\nOver HTTP, of {SERVED.claims:,} claims, by the clock: p50 {one_by_one[TEXTS // 2] * 1000:.1f}, "
        f"p95 {one_by_one[int(TEXTS * 0.95)] * 1000:.1f} ms a GET; {TEXTS} texts in one POST take "
        f"{at_once:.2f} s, {sum(one_by_one) / at_once:.2f} times as quick as {TEXTS} GETs."
    )


def _posted(texts: list[str]) -> bytes:
    body = json.dumps({"texts": [{"text": text} for text in texts]}).encode()
    head = f"POST /v1/match HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _waited(connection: Connection, request: bytes) -> float:
    """Give the seconds until a question is answered."""
    begun = time.perf_counter()
    status, body = connection.ask(request)
    if status != 200:
        raise WrongAnswer(f"{status} {body[:200]!r}")
    return time.perf_counter() - begun


def _measured(path: Path, size: int) -> str:
    language, wanted = Language(), random.Random(2)
    places = set(wanted.sample(range(1, size + 1), QUESTIONS))
    questions: dict[int, str] = {}
    desk = Desk(str(path))
    bring_up_to_date(desk, Settings(database=str(path)))
    before = path.stat().st_size
    begun = time.process_time()
    db = connect(str(path))
    # Nothing is lost if a file that can be made again is lost, and there are no claims but in the index.
    for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -200000"):
        db.conn.execute(f"PRAGMA {pragma}")
    coming = enumerate(language.claims(), start=1)
    for _ in range(0, size, BATCH):
        batch = list(islice(coming, min(BATCH, size)))
        questions |= {number: language.reworded(claim) for number, claim in batch if number in places}
        db.conn.execute("BEGIN")
        keep_seen(db, {number: language.seen(claim) for number, claim in batch})
        db.conn.execute("COMMIT")
    made = time.process_time() - begun
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.conn.close()
    grown = (path.stat().st_size - before) / size
    asking = desk.db
    find, _ = _times(questions, lambda text: candidates(asking, asked(text).terms))
    whole, clock = _times(questions, lambda text: match(asking, asked(text)))
    found = sum(
        number in {each.claim_id for each in candidates(asking, asked(text).terms).candidates}
        for number, text in questions.items()
    )
    adding = _adding(str(path), language, size)
    desk.close()
    return _row(
        (
            f"{size:,}",
            find,
            whole,
            clock,
            f"{found / QUESTIONS:.3f}",
            f"{adding:.2f}",
            f"{grown:.0f}",
            f"{made:.0f}",
        )
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _times(questions: dict[int, str], ask: Callable[[str], Any]) -> tuple[str, str]:
    """Give the median and the 95th percentile of what asking takes: of the processor, and by the clock."""
    took = []
    for text in questions.values():
        ask(text)
        begun, on_the_clock = time.thread_time(), time.perf_counter()
        ask(text)
        took.append((time.thread_time() - begun, time.perf_counter() - on_the_clock))
    processor, clock = (sorted(seconds * 1000 for seconds in each) for each in zip(*took, strict=True))
    p95 = int(len(took) * 0.95)
    return (
        f"{processor[len(took) // 2]:.1f} / {processor[p95]:.1f}",
        f"{clock[len(took) // 2]:.1f} / {clock[p95]:.1f}",
    )


def _adding(path: str, language: Language, size: int) -> float:
    """Give what one claim more takes of the processor, in a transaction of its own, in milliseconds."""
    db: Database = connect(path)
    db.conn.execute("PRAGMA foreign_keys = OFF")
    took = []
    for number, claim in enumerate(islice(language.claims(), 200), start=size + 1):
        begun = time.thread_time()
        db.conn.execute("BEGIN IMMEDIATE")
        keep_seen(db, {number: language.seen(claim)})
        db.conn.execute("COMMIT")
        took.append((time.thread_time() - begun) * 1000)
    db.conn.close()
    return sorted(took)[len(took) // 2]
