"""Those who call the desk, and what they remember of its answers."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from factcheck.settings import Settings
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom
from tests.torture.server import PATIENCE, RETRY_EVERY, Answer, Broken, Unanswered, Wire


@dataclass(frozen=True)
class Written:
    """An acknowledged write: what was asked for, and a digest of what was answered."""

    key: str
    token: str
    path: str
    draft: Mapping[str, Any]
    status: int
    claim_id: int
    row_id: int
    etag: str
    digest: str

    @property
    def kind(self) -> str:
        """Give the last word of the address: claims, sources, verdicts or stage."""
        return self.path.rpartition("/")[2]


@dataclass
class Memory:
    """What one caller has seen: acknowledged writes, waits, refusals, how often he had to repeat."""

    written: list[Written] = field(default_factory=list)
    repeated: int = 0
    replayed: int = 0
    write_seconds: list[float] = field(default_factory=list)
    read_seconds: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    # Revisions that were answered with 200, and with 412, by claim.
    revised: Counter[int] = field(default_factory=Counter)
    stale: int = 0
    pages: int = 0
    # What a claim's text was under an etag.
    texts: dict[tuple[int, str], str] = field(default_factory=dict)

    def add(self, other: Memory) -> None:
        """Take in what another caller has seen.

        Raises:
            Broken: he has seen another text under the same etag.
        """
        for name in ("written", "write_seconds", "read_seconds"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("repeated", "replayed", "stale", "pages"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused.update(other.refused)
        self.revised.update(other.revised)
        for version, text in other.texts.items():
            self.see(version, text)

    def see(self, version: tuple[int, str], text: str) -> None:
        """Remember a claim's text; one version has one text."""
        if self.texts.setdefault(version, text) != text:
            raise Broken(f"claim {version[0]} has two texts under the etag {version[1]}")


class Caller(threading.Thread):
    """Somebody who does the same again and again until told to stop."""

    def __init__(self, name: str, port: int, token: str, over: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.port, self.token, self.over = port, token, over
        self.wire = Wire(port, token)
        self.chance = random.Random(name)
        self.memory = Memory()
        self.fault: BaseException | None = None
        # Set when nobody cares any more, for there is no server to answer.
        self.given_up = False

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.work()
        except BaseException as fault:  # noqa: BLE001 - whoever waits for this caller tells it
            self.fault = fault
            self.over.set()
        finally:
            self.wire.hang_up()

    def work(self) -> None:
        raise NotImplementedError

    def hold_refusal(self, answer: Answer) -> None:
        """See that a refusal was due: 503 only to a writer who has waited, and with Retry-After.

        Raises:
            Broken: it was not.
        """
        due = (
            answer.status == 503 and answer.seconds >= Settings.write_wait and "retry-after" in answer.headers
        )
        if not due:
            told = answer.body[:500].decode()
            raise Broken(f"{self.name} was told {answer.status} after {answer.seconds:.2f} s: {told}")


class Writer(Caller):
    """Records claims, attaches sources, gives verdicts and publishes, each under a key of its own.

    What is not answered is sent again under the same key until it is.

    Args:
        spared: statuses that the machine's fault excuses, after which a request is sent again.
    """

    def __init__(
        self,
        name: str,
        port: int,
        token: str,
        over: threading.Event,
        spared: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(name, port, token, over)
        self.spared = spared
        # The request under way, and whether its answer broke off.
        self.pending: str | None = None
        self.cut_short = False
        self._claims: list[int] = []
        self._sent = 0

    def work(self) -> None:
        text = f"{self.name} heard statement {self._sent}."
        claim = self.write("/v1/claims", {**CLAIM, "text": text})["id"]
        self._claims.append(claim)
        url = f"https://example.org/{self.chance.randint(1, 50)}"
        self.write(f"/v1/claims/{claim}/sources", {**SOURCE, "url": url})
        self.write(f"/v1/claims/{claim}/verdicts", self._verdict())
        self.write(f"/v1/claims/{claim}/stage", {"stage": "published"})
        # Somebody else's claim, perhaps; ids are given to all in one order.
        other = self.chance.randint(max(1, claim - 40), claim)
        self.write(f"/v1/claims/{other}/verdicts", self._verdict())

    def _verdict(self) -> dict[str, str]:
        # The same verdict again would be the same one, so each says something else.
        return {**VERDICT, "rationale": f"{self.name} says so, {self._sent}."}

    def write(self, path: str, draft: Mapping[str, Any]) -> Any:
        """Send a request until it is answered, and remember the answer."""
        self._sent += 1
        self.pending = key = f"torture-{self.name}-{self._sent}".replace(" ", "-")
        until = time.monotonic() + 4 * PATIENCE
        answer = self._try(path, draft, key)
        self.memory.repeated += answer is None
        while answer is None:
            if self.given_up or time.monotonic() > until:
                raise Broken(f"{key} was never answered")
            time.sleep(RETRY_EVERY)
            answer = self._try(path, draft, key)
        content = answer.content
        self._remember(key, path, draft, answer, content)
        self.pending, self.cut_short = None, False
        return content

    def _try(self, path: str, draft: Mapping[str, Any], key: str) -> Answer | None:
        """Send a request, and give its answer if it was carried out."""
        try:
            answer = self.wire.ask("POST", path, draft, Idempotency_Key=key, X_Request_Id=key)
        except Unanswered as cut:
            self.cut_short |= cut.begun
            return None
        if answer.status in (200, 201):
            return answer
        self.memory.refused[answer.status] += 1
        if answer.status not in self.spared:
            self.hold_refusal(answer)
        return None

    def _remember(
        self, key: str, path: str, draft: Mapping[str, Any], answer: Answer, content: dict[str, Any]
    ) -> None:
        self.memory.write_seconds.append(answer.seconds)
        self.memory.replayed += "idempotent-replayed" in answer.headers
        self.memory.written.append(
            Written(
                key,
                self.token,
                path,
                draft,
                answer.status,
                claim_id=content.get("claim", content["id"]),
                row_id=content["id"],
                etag=answer.headers["etag"].strip('"'),
                digest=digest(answer.body),
            )
        )


class Reviser(Caller):
    """Counts in the place of claims that others count in, too, by the version he has read."""

    def __init__(self, name: str, port: int, token: str, over: threading.Event, counted: list[int]) -> None:
        super().__init__(name, port, token, over)
        self.counted = counted
        self._seen: dict[int, int] = {}

    def work(self) -> None:
        claim = self.chance.choice(self.counted)
        read = self.wire.ask("GET", f"/v1/claims/{claim}")
        self.memory.read_seconds.append(read.seconds)
        count = int(read.content["place"])
        if count < self._seen.get(claim, 0):
            raise Broken(f"{self.name} read {count} on claim {claim} after {self._seen[claim]}")
        draft = {"place": str(count + 1)}
        answer = self.wire.ask("PATCH", f"/v1/claims/{claim}", draft, If_Match=read.headers["etag"])
        self.memory.write_seconds.append(answer.seconds)
        self._seen[claim] = count
        if answer.status == 200:
            self.memory.revised[claim] += 1
            self._seen[claim] = count + 1
        elif answer.status == 412:
            self.memory.stale += 1
        else:
            self.memory.refused[answer.status] += 1
            self.hold_refusal(answer)


def acts(claims: int, file: int = 1) -> bytes:
    """Write a file of acts: so many claims, each with a source and a verdict."""
    found = [
        act
        for ref in (f"{file}-{number}" for number in range(claims))
        for act in (
            {"act": "claim", **CLAIM, "text": f"Statement {ref}.", "ref": ref},
            {"act": "source", **SOURCE, "claim": ref},
            {"act": "verdict", **VERDICT, "claim": ref},
        )
    ]
    return b"".join(json.dumps(act).encode() + b"\n" for act in found)


class Sender(Caller):
    """Sends files of many acts, each file until every line of it is answered, and then the next."""

    def __init__(self, name: str, port: int, token: str, over: threading.Event, claims: int) -> None:
        super().__init__(name, port, token, over)
        self.claims = claims
        # What each line of each file was answered: status, id, etag.
        self.answered: dict[tuple[int, int], tuple[int, int, str]] = {}
        self.files = self.sent = self.replayed = 0

    def work(self) -> None:
        self.files += 1
        body = acts(self.claims, self.files)
        while sum(file == self.files for file, _ in self.answered) < body.count(b"\n"):
            if self.given_up:
                raise Broken(f"file {self.files} was never answered whole")
            with suppress(Unanswered):
                for number, line in enumerate(self.wire.lines("/v1/bulk", body)):
                    self.sent += number == 0
                    self._hold_line(json.loads(line))
            time.sleep(RETRY_EVERY)

    def _hold_line(self, result: dict[str, Any]) -> None:
        """Remember what a line was answered; whenever it is sent again it must be answered so."""
        if result["status"] == 503:
            self.memory.refused[503] += 1
            return
        if result["status"] not in (200, 201):
            raise Broken(f"a line was refused: {result}")
        place, told = (self.files, result["line"]), (result["status"], result["id"], result["etag"])
        if self.answered.setdefault(place, told) != told:
            raise Broken(f"line {place} was answered {self.answered[place]}, and then {told}")
        self.replayed += result["replayed"]


class Reader(Caller):
    """Reads claims and lists, and holds each page against itself and against what he has seen."""

    def __init__(self, name: str, port: int, token: str, over: threading.Event, counted: list[int]) -> None:
        super().__init__(name, port, token, over)
        self.counted = counted
        self._seen: dict[int, int] = {}

    def work(self) -> None:
        self._walk("/v1/claims?sort=id&limit=50", 3)
        self._count("/v1/claims?count=true&facet=stage&sort=-created_at&limit=20")
        self._count("/v1/claims?count=true&facet=status&stage=published&limit=200")
        self._walk("/v1/claims?q=statement&sort=-id&limit=20", 2)
        for _ in range(5):
            self._see(self._read(f"/v1/claims/{self.chance.choice(self.counted)}"))

    def _read(self, address: str) -> Any:
        answer = self.wire.ask("GET", address)
        self.memory.read_seconds.append(answer.seconds)
        if answer.status != 200:
            raise Broken(f"GET {address} was answered {answer.status}: {answer.body[:500].decode()}")
        return answer.content

    def _see(self, claim: dict[str, Any]) -> None:
        # Where the words of a search were found is no part of a claim.
        claim.pop("snippet", None)
        self.memory.see((claim["id"], claim["etag"]), digest(json.dumps(claim).encode()))
        if claim["id"] in self.counted:
            count = int(claim["place"])
            if count < self._seen.get(claim["id"], 0):
                raise Broken(f"{self.name} read {count} on claim {claim['id']} after more")
            self._seen[claim["id"]] = count

    def _page(self, address: str) -> Any:
        page = self._read(address)
        self.memory.pages += 1
        for claim in page["items"]:
            self._see(claim)
        return page

    def _walk(self, address: str, pages: int) -> None:
        """Follow the pages of a list whose order must hold and in which nothing may come twice."""
        ids: list[int] = []
        for _ in range(pages):
            page = self._page(address)
            ids += [claim["id"] for claim in page["items"]]
            if page["next"] is None:
                break
            address = page["next"].partition(f":{self.port}")[2]
        if len(set(ids)) != len(ids) or ids not in (sorted(ids), sorted(ids, reverse=True)):
            raise Broken(f"the pages of {address} do not follow one another: {ids}")

    def _count(self, address: str) -> None:
        """Read a page that is counted: rows, total and facets are of one moment."""
        page = self._page(address)
        (counts,) = page["facets"].values()
        total, shown = page["total"], len(page["items"])
        if sum(each["count"] for each in counts) != total:
            raise Broken(f"the facets of {address} do not add up to {total}: {counts}")
        if shown != total and (shown > total or page["next"] is None):
            raise Broken(f"{address} shows {shown} of {total} and no next page")
        if "stage=published" in address and any(each["stage"] != "published" for each in page["items"]):
            raise Broken(f"{address} shows a claim that is not published")


def digest(text: bytes) -> str:
    return sha256(text).hexdigest()


def hired(database: Path, count: int) -> list[str]:
    """Give tokens of so many new editors."""
    room = Newsroom(Settings(database=str(database)))
    tokens = [str(room.hire(f"Editor {number}", "editor").token) for number in range(count)]
    room.desk.close()
    return tokens


@contextmanager
def at_work(callers: Sequence[Caller]) -> Iterator[None]:
    """Let callers do their work, and see them finish what they have begun.

    Raises:
        Broken: one of them saw a promise broken.
    """
    for caller in callers:
        caller.start()
    try:
        yield
    except BaseException:
        for caller in callers:
            caller.given_up = True
        raise
    finally:
        for caller in callers:
            caller.over.set()
        for caller in callers:
            caller.join(5 * PATIENCE)
    hold_faults(callers)


def hold_faults(callers: Sequence[Caller]) -> None:
    """Raise what the first caller met."""
    for caller in callers:
        if caller.fault is not None:
            raise caller.fault


def remembered(callers: Sequence[Caller]) -> Memory:
    """Give what all callers have seen together."""
    memory = Memory()
    for caller in callers:
        memory.add(caller.memory)
    return memory
