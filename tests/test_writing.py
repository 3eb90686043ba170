"""The queue of writers: many at once, on one file, in one process and in several."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier, get_ident
from typing import Any

import httpx
import pytest

from db import Database
from db.rows import insert
from factcheck.errors import Busy, Conflict
from factcheck.settings import Settings
from tests.conftest import CLAIM, VERDICT, Newsroom, Served

WRITERS = 16


@contextmanager
def held(path: str) -> Iterator[None]:
    """Hold the file's write lock, as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Let so many threads act at the same moment."""
    start = Barrier(count)

    def run(number: int) -> Any:
        start.wait(10)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def outlet(name: str) -> dict[str, str]:
    return {"name": name, "name_key": name, "created_at": "2024-01-01T00:00:00.000Z"}


@pytest.fixture
def impatient(settings: Settings) -> Iterator[Newsroom]:
    """A desk that waits a third of a second for its turn."""
    newsroom = Newsroom(replace(settings, write_wait=0.3))
    newsroom.claim()
    yield newsroom
    newsroom.desk.close()


def test_it_works(newsroom: Newsroom) -> None:
    def write(number: int) -> list[int]:
        caller = replace(newsroom.reviewer, client=newsroom.app.test_client())
        made = [caller.post("/v1/claims", {**CLAIM, "text": f"{number} of {n}."}) for n in range(12)]
        assert [answer.status_code for answer in made] == [201] * 12
        return [answer.json["id"] for answer in made]

    lines = newsroom.rows("events")
    answered = [claim_id for ids in at_once(WRITERS, write) for claim_id in ids]
    assert sorted(answered) == list(range(1, WRITERS * 12 + 1))
    assert newsroom.rows("claims") == newsroom.rows("events") - lines == WRITERS * 12
    assert newsroom.app.test_cli_runner().invoke(args=["check"]).exit_code == 0


def test_writers_on_one_claim_all_count(newsroom: Newsroom) -> None:
    newsroom.claim()
    staff = [newsroom.hire(f"Desk {number}", "reviewer") for number in range(WRITERS)]

    def give(number: int) -> int:
        caller = replace(staff[number], client=newsroom.app.test_client())
        return caller.post("/v1/claims/1/verdicts", VERDICT).status_code

    assert at_once(WRITERS, give) == [201] * WRITERS
    claim = newsroom.anonymous.get("/v1/claims/1").json
    assert (len(claim["verdicts"]), claim["standing"]["agree"]) == (WRITERS, WRITERS)


def test_of_those_who_saw_the_same_version_one_changes_it(newsroom: Newsroom) -> None:
    etag = newsroom.claim()["etag"]

    def revise(number: int) -> int:
        caller = replace(newsroom.reviewer, client=newsroom.app.test_client())
        body, headers = {"place": f"Place {number}"}, {"If-Match": f'"{etag}"'}
        return caller.patch("/v1/claims/1", body, headers=headers).status_code

    assert sorted(at_once(8, revise)) == [200] + [412] * 7


def test_an_act_that_fails_takes_no_other_with_it(newsroom: Newsroom) -> None:
    def act(number: int) -> Callable[[Database], int]:
        def work(db: Database) -> int:
            row_id = insert(db, "outlets", outlet(f"Outlet {number}"))
            if number % 3 == 1:
                raise Conflict("No.")
            if number % 3 == 2:
                insert(db, "outlets", outlet(f"Outlet {number}"))
            return row_id

        return work

    def run(number: int) -> object:
        try:
            return newsroom.desk.write(act(number))
        except (Conflict, sqlite3.IntegrityError) as fault:
            return type(fault)

    outcomes = at_once(24, run)
    for number, outcome in enumerate(outcomes):
        kept = newsroom.db.conn.execute(
            "SELECT id FROM outlets WHERE name = ?", (f"Outlet {number}",)
        ).fetchone()
        assert (kept[0] if kept else (Conflict, sqlite3.IntegrityError)[number % 3 - 1]) == outcome
    assert newsroom.rows("outlets") == 8


def test_it_is_busy_after_the_wait_and_recovers(impatient: Newsroom) -> None:
    lines = impatient.rows("events")
    with held(impatient.settings.database):
        began = time.monotonic()
        refused = impatient.reviewer.post("/v1/claims/1/verdicts", VERDICT)
        assert 0.25 < time.monotonic() - began < 2
        assert (refused.status_code, refused.json["code"]) == (503, "BUSY")
        assert refused.headers["Retry-After"] == "2"
        # Whoever only reads is not kept waiting.
        began = time.monotonic()
        assert impatient.anonymous.get("/v1/claims/1").status_code == 200
        assert time.monotonic() - began < 0.25
    assert impatient.rows("events") == lines
    assert impatient.reviewer.post("/v1/claims/1/verdicts", VERDICT).status_code == 201


def test_a_lock_that_is_let_go_in_time_is_waited_for(newsroom: Newsroom) -> None:
    newsroom.claim()
    with ThreadPoolExecutor(1) as pool:
        with held(newsroom.settings.database):
            client = newsroom.app.test_client()
            given = pool.submit(
                replace(newsroom.reviewer, client=client).post, "/v1/claims/1/verdicts", VERDICT
            )
            time.sleep(0.2)
            assert not given.done()
        assert given.result().status_code == 201


def test_all_who_wait_are_told_in_time_and_all_come_through_afterwards(impatient: Newsroom) -> None:
    def give(number: int) -> tuple[int, float]:
        caller = replace(impatient.reviewer, client=impatient.app.test_client())
        began = time.monotonic()
        answer = caller.post("/v1/outlets", {"name": f"Outlet {number}"})
        return answer.status_code, time.monotonic() - began

    with held(impatient.settings.database):
        told = at_once(WRITERS, give)
    assert {status for status, _ in told} == {503}
    assert max(seconds for _, seconds in told) < 2
    assert impatient.rows("outlets") == 0
    assert {status for status, _ in at_once(WRITERS, give)} == {201}


@contextmanager
def turn_of_another_process(newsroom: Newsroom) -> Iterator[None]:
    """Hold the turn, as another server on the same file would."""
    with Path(f"{newsroom.settings.database}-turn.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_another_server_is_waited_for_and_not_for_ever(impatient: Newsroom) -> None:
    lines = impatient.rows("events")
    with turn_of_another_process(impatient):
        refused = impatient.reviewer.post("/v1/claims/1/verdicts", VERDICT)
        assert (refused.status_code, refused.json["code"]) == (503, "BUSY")
    assert impatient.rows("events") == lines
    assert impatient.reviewer.post("/v1/claims/1/verdicts", VERDICT).status_code == 201


def test_those_who_wait_share_a_commit(newsroom: Newsroom) -> None:
    def write(number: int) -> int:
        def act(db: Database) -> int:
            insert(db, "outlets", outlet(f"Outlet {number}"))
            return get_ident()

        return newsroom.desk.write(act)

    with ThreadPoolExecutor(8) as pool:
        with turn_of_another_process(newsroom):
            writing = [pool.submit(write, number) for number in range(8)]
            time.sleep(0.2)
        # One of them has led and carried out the acts of all.
        assert len({each.result() for each in writing}) == 1
    assert newsroom.rows("outlets") == 8


def test_a_wait_of_ones_own_is_kept(newsroom: Newsroom) -> None:
    with held(newsroom.settings.database):
        began = time.monotonic()
        with pytest.raises(Busy):
            newsroom.desk.write(lambda db: insert(db, "outlets", outlet("A")), wait=0.0)
        assert time.monotonic() - began < 1
    assert newsroom.desk.write(lambda db: insert(db, "outlets", outlet("A"))) == 1


def test_two_servers_on_one_file(serve: Callable[..., Served]) -> None:
    first, second = serve(workers="1"), serve(workers="1")
    first.flask("reviewer", "add", "Script", "--role", "editor", "--kind", "script")
    token = first.flask("token", "issue", "1").stdout.strip()

    def write(number: int) -> list[int]:
        base = (first, second)[number % 2].url
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, headers=headers, timeout=20) as client:
            made = [client.post("/v1/claims", json={**CLAIM, "text": f"{number} of {n}."}) for n in range(10)]
            shared = client.post("/v1/claims", json=CLAIM, headers={"Idempotency-Key": "shared"})
        assert {answer.status_code for answer in made} == {201}
        assert shared.status_code == 201
        return [answer.json()["id"] for answer in [*made, shared]]

    answered = at_once(WRITERS, write)
    ids = [claim_id for claim_ids in answered for claim_id in claim_ids[:-1]]
    shared = {claim_ids[-1] for claim_ids in answered}
    assert sorted([*ids, *shared]) == list(range(1, WRITERS * 10 + 2))
    with closing(sqlite3.connect(first.folder / "desk.db")) as file:
        assert file.execute("SELECT count(*) FROM claims").fetchone() == (WRITERS * 10 + 1,)
        assert file.execute("SELECT count(*), max(seq) FROM events").fetchone()[0] == WRITERS * 10 + 4
    assert first.flask("check").returncode == 0


def descendants(pid: int) -> list[int]:
    """Give the processes that a process has started, and theirs."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(each for child in found for each in descendants(child))]


def test_what_was_answered_outlives_a_server_that_is_killed(serve: Callable[..., Served]) -> None:
    served = serve(workers="2")
    served.flask("reviewer", "add", "Script", "--role", "editor", "--kind", "script")
    headers = {"Authorization": f"Bearer {served.flask('token', 'issue', '1').stdout.strip()}"}

    def write(number: int) -> list[str]:
        answered: list[str] = []
        with suppress(httpx.TransportError), httpx.Client(headers=headers, timeout=5) as client:
            for n in range(100_000):
                name = f"{number} of {n}"
                made = client.post(f"{served.url}/v1/outlets", json={"name": name})
                assert made.status_code == 201
                answered.append(name)
        return answered

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, number) for number in range(8)]
        time.sleep(1)
        for pid in [served.process.pid, *descendants(served.process.pid)]:
            os.kill(pid, signal.SIGKILL)
        answered = [name for each in writing for name in each.result()]
    with closing(sqlite3.connect(served.folder / "desk.db")) as file:
        kept = [name for (name,) in file.execute("SELECT name FROM outlets")]
    assert len(answered) > 50
    assert set(answered) <= set(kept)
    assert len(kept) <= len(answered) + 8
    again = serve(workers="1")
    assert httpx.post(f"{again.url}/v1/outlets", json={"name": "Later"}, headers=headers).status_code == 201
    assert again.flask("check").returncode == 0
