"""Idempotency-Key: a repeated request is answered as the first time and done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from db import replies
from factcheck.dates import now
from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom

KEY = {"Idempotency-Key": "n1"}


def test_it_works(newsroom: Newsroom) -> None:
    first = newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    lines = newsroom.rows("events")
    again = newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert (again.headers["Idempotent-Replayed"], first.headers.get("Idempotent-Replayed")) == ("true", None)
    assert (newsroom.rows("claims"), newsroom.rows("events"), newsroom.rows("replies")) == (1, lines, 1)


POSTS: list[tuple[str, str, dict[str, Any]]] = [
    ("admin", "/v1/claims", {**CLAIM, "text": "Another."}),
    ("admin", "/v1/claims/1/sources", {**SOURCE, "url": "https://example.org/new"}),
    ("admin", "/v1/claims/1/sources/1/withdrawal", {"reason": "A slip."}),
    ("admin", "/v1/claims/1/verdicts", VERDICT),
    ("admin", "/v1/claims/1/rulings", VERDICT),
    ("admin", "/v1/verdicts/1/retraction", {"reason": "A slip."}),
    ("admin", "/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."}),
    ("admin", "/v1/sources", {"title": "A document"}),
    ("admin", "/v1/outlets", {"name": "Evening Post"}),
    ("admin", "/v1/stories", {"slug": "bridge", "title": "The bridge"}),
    ("admin", "/v1/statuses", {"slug": "satire", "label": "satire", "meaning": "Meant as a joke."}),
    ("admin", "/v1/reviewers", {"name": "Night desk", "role": "reviewer"}),
    ("admin", "/v1/tokens/1/revocation", {}),
]


@pytest.mark.parametrize(("by", "path", "body"), POSTS)
def test_every_post_is_done_once(newsroom: Newsroom, by: str, path: str, body: dict[str, Any]) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    first = getattr(newsroom, by).post(path, body, headers=KEY)
    assert first.status_code in (200, 201), first.text
    lines = newsroom.rows("events")
    again = getattr(newsroom, by).post(path, body, headers=KEY)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert newsroom.rows("events") == lines


def test_the_first_answer_stays_whatever_came_after(newsroom: Newsroom) -> None:
    first = newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    newsroom.reviewer.patch("/v1/claims/1", {"place": "Hill"}, headers={"If-Match": "*"})
    again = newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    assert (again.status_code, again.data) == (201, first.data)


def test_another_request_under_the_same_key_is_refused(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT, headers=KEY)
    lines = newsroom.rows("events")
    for path, body in (
        ("/v1/claims/1/verdicts", {**VERDICT, "status": "unclear"}),
        ("/v1/claims", CLAIM),
    ):
        refused = newsroom.reviewer.post(path, body, headers=KEY)
        assert (refused.status_code, refused.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert newsroom.rows("events") == lines


def test_a_key_belongs_to_its_token(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT, headers=KEY)
    other = newsroom.editor.post("/v1/claims/1/verdicts", VERDICT, headers=KEY)
    assert (other.status_code, other.json["by"]["name"]) == (201, "Editor")
    assert "Idempotent-Replayed" not in other.headers
    assert newsroom.rows("replies") == 2


def test_the_same_key_at_the_same_moment_is_one_row(newsroom: Newsroom) -> None:
    def send(_: int) -> tuple[int, bytes]:
        caller = replace(newsroom.reviewer, client=newsroom.app.test_client())
        answer = caller.post("/v1/claims", CLAIM, headers=KEY)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(24)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert (newsroom.rows("claims"), newsroom.rows("replies")) == (1, 1)


def test_what_was_refused_is_not_kept(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT, headers=KEY).status_code == 409
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", {}, headers=KEY).status_code == 400
    assert newsroom.rows("replies") == 0
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "No slip."})
    assert newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT, headers=KEY).status_code == 201


def test_a_reply_that_cannot_be_kept_undoes_the_act(newsroom: Newsroom) -> None:
    newsroom.db.conn.execute(
        "CREATE TRIGGER no_replies BEFORE INSERT ON replies BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    lines = newsroom.rows("events")
    assert newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY).status_code == 500
    assert (newsroom.rows("claims"), newsroom.rows("events")) == (0, lines)
    newsroom.db.conn.execute("DROP TRIGGER no_replies")
    assert newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY).status_code == 201


def test_a_rehearsal_uses_up_no_key(newsroom: Newsroom) -> None:
    rehearsed = newsroom.reviewer.post("/v1/claims?dry_run=true", CLAIM, headers=KEY)
    assert (rehearsed.status_code, newsroom.rows("replies")) == (201, 0)
    done = newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    assert (done.status_code, newsroom.rows("claims")) == (201, 1)
    assert "Idempotent-Replayed" not in done.headers


def test_a_token_is_told_once_even_under_a_key(newsroom: Newsroom) -> None:
    body = {"reviewer": 1, "label": "script"}
    first = newsroom.admin.post("/v1/tokens", body, headers=KEY)
    again = newsroom.admin.post("/v1/tokens", body, headers=KEY)
    assert first.json["token"].startswith("fct_")
    assert (again.status_code, again.json["token"]) == (201, None)
    assert again.headers["ETag"] == f'"{again.json["etag"]}"'
    assert newsroom.rows("tokens") == 5


def test_a_reply_is_forgotten_after_its_days_and_not_before(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/claims", CLAIM, headers=KEY)
    newsroom.db.conn.execute("UPDATE replies SET answered_at = datetime('now', '-6 days')")
    newsroom.reviewer.post("/v1/outlets", {"name": "Evening Post"}, headers={"Idempotency-Key": "n2"})
    assert replies.reply(newsroom.db, "token/2", "n1") is not None
    newsroom.db.conn.execute("UPDATE replies SET answered_at = '2000-01-01T00:00:00.000Z'")
    newsroom.reviewer.post("/v1/outlets", {"name": "Radio"}, headers={"Idempotency-Key": "n3"})
    assert replies.reply(newsroom.db, "token/2", "n1") is None
    assert newsroom.rows("replies") == 1
    assert newsroom.db.conn.execute("SELECT answered_at FROM replies").fetchone()[0] <= now()


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(newsroom: Newsroom, key: str) -> None:
    refused = newsroom.reviewer.post("/v1/claims", CLAIM, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json["errors"][0]["parameter"]) == (400, "Idempotency-Key")
    assert newsroom.rows("claims") == 0


@pytest.mark.parametrize("key", ["x" * 255, "n 1", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!"])
def test_a_key_may_be_any_printable_text(newsroom: Newsroom, key: str) -> None:
    for replayed in (None, "true"):
        answer = newsroom.reviewer.post("/v1/claims", CLAIM, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (201, replayed)
