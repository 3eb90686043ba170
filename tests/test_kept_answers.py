"""Answered lists are kept until the log grows, within bounds, and never for another list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db import Desk
from factcheck.settings import Settings
from factcheck.web import reading
from factcheck.web.bridge import Limits, WsgiBridge
from factcheck.web.kept import Answer, KeptAnswers
from factcheck.web.waiting import LogWatch
from tests.conftest import PUBLIC_URL, Newsroom


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    first = newsroom.anonymous.get("/v1/claims")
    assert newsroom.anonymous.get("/v1/claims").data == first.data
    newsroom.claim(text="Another.")
    assert len(newsroom.anonymous.get("/v1/claims").json["items"]) == 2


def test_empty_answers_take_up_room_too() -> None:
    kept = KeptAnswers(5_000)
    for number in range(100):
        kept.keep(str(number), Answer(b"", None))
    assert kept.get("0") is None
    assert kept.get("99") is not None


def test_the_version_of_a_list_is_its_own_logs(newsroom: Newsroom, tmp_path: Path) -> None:
    other = Newsroom(Settings(database=str(tmp_path / "other.db"), public_url=PUBLIC_URL))
    newsroom.claim(text="One thing.")
    other.claim(text="Another thing.")
    seen = newsroom.anonymous.get("/v1/claims").headers["ETag"]
    read = other.anonymous.get("/v1/claims", headers={"If-None-Match": seen})
    assert (read.status_code, newsroom.rows("events")) == (200, other.rows("events"))
    assert newsroom.anonymous.get("/v1/claims", headers={"If-None-Match": seen}).status_code == 304
    other.desk.close()


def test_long_queries_are_not_kept(newsroom: Newsroom) -> None:
    before = reading._read_query.cache_info().currsize
    assert newsroom.anonymous.get(f"/v1/claims?q=bridge{'+' * 2000}").status_code == 200
    assert reading._read_query.cache_info().currsize == before


def test_a_cursor_of_tokens_belongs_to_its_filter(newsroom: Newsroom) -> None:
    following = newsroom.admin.get("/v1/tokens?limit=1").json["next"]
    cursor = following.partition("cursor=")[2]
    assert newsroom.admin.get(f"/v1/tokens?limit=1&cursor={cursor}").status_code == 200
    assert newsroom.admin.get(f"/v1/tokens?limit=1&reviewer=1&cursor={cursor}").status_code == 400


def test_a_copy_without_its_wal_gets_it_back(newsroom: Newsroom, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    newsroom.db.conn.execute("VACUUM INTO ?", (copy,))
    desk = Desk(copy)
    assert desk.db.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    desk.close()


def test_a_stream_ends_in_time_and_is_not_ended_as_if_whole() -> None:
    sent: list[dict[str, Any]] = []

    def endless(_: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter(lambda: b"x" * 100_000, b"")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b""}
    scope |= {"headers": [], "http_version": "1.1", "scheme": "http"}
    waiters = LogWatch(int, bool)
    bridge = WsgiBridge(
        endless, Limits(stream_seconds=0.2), PUBLIC_URL, lambda _: False, lambda *_: None, waiters
    )
    asyncio.run(asyncio.wait_for(bridge(scope, receive, send), 20))
    assert len(sent) > 1
    assert all(message["more_body"] for message in sent[1:])
