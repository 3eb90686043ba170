"""/v1/hooks: who is sent new lines of the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from factcheck.settings import Settings
from tests.conftest import PUBLIC_HOOK, Newsroom, assert_problem


@pytest.fixture
def newsroom(settings: Settings) -> Iterator[Newsroom]:
    room = Newsroom(replace(settings, hooks_private="127.0.0.0/8"))
    yield room
    room.desk.close()


def added(room: Newsroom, **more: Any) -> dict[str, Any]:
    made = room.admin.post("/v1/hooks", {"url": "http://127.0.0.1:9/hook", **more})
    assert made.status_code == 201, made.text
    return made.json


def log_lines(room: Newsroom) -> list[dict[str, Any]]:
    rows = room.db.conn.execute("SELECT act, changes FROM events ORDER BY seq")
    return [{"act": act, "changes": json.loads(changes)} for act, changes in rows]


def test_it_works(newsroom: Newsroom) -> None:
    claim = newsroom.claim()
    newsroom.admin.post("/v1/stories", {"slug": "bridges", "title": "Bridges"})
    wanted = {"acts": ["verdict:issue"], "claim": claim["id"], "story": "bridges", "reads": "everything"}
    made = newsroom.admin.post("/v1/hooks", {"url": "http://127.0.0.1:9/hook", "label": "Post", **wanted})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/hooks/1"
    assert {name: made.json[name] for name in wanted} == wanted
    assert (made.json["state"], made.json["reason"], made.json["label"]) == ("active", None, "Post")
    assert made.json["created_by"]["name"] == "Admin"
    assert len(base64.b64decode(made.json["secret"].removeprefix("whsec_"), validate=True)) == 32
    read = newsroom.admin.get("/v1/hooks/1")
    assert read.headers["ETag"] == made.headers["ETag"], "the version that was made is the one that is read"
    assert read.json == {name: value for name, value in made.json.items() if name != "secret"}
    assert newsroom.admin.get("/v1/hooks").json == {"items": [read.json], "next": None}
    assert newsroom.admin.get("/v1/hooks/1/deliveries").json == {"items": [], "next": None}
    head = newsroom.rows("events")
    progress = newsroom.admin.get("/v1/hooks/1/progress").json
    assert (progress["after"], progress["head"], progress["attempts"]) == (head, head, 0)
    assert log_lines(newsroom)[-1]["act"] == "hook:add"


def test_only_its_address_is_needed(newsroom: Newsroom) -> None:
    made = added(newsroom)
    assert (made["acts"], made["claim"], made["story"], made["reads"]) == ([], None, None, "published")


def test_the_secret_is_told_once_and_stands_nowhere_else(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    key = {"Idempotency-Key": "hook-1"}
    sent = {"url": PUBLIC_HOOK}
    first = newsroom.admin.post("/v1/hooks", sent, headers=key)
    again = newsroom.admin.post("/v1/hooks", sent, headers=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == {**first.json, "secret": None}
    rotated = newsroom.admin.post("/v1/hooks/1/secret", headers={"Idempotency-Key": "hook-2"})
    assert (
        newsroom.admin.post("/v1/hooks/1/secret", headers={"Idempotency-Key": "hook-2"}).json["secret"]
        is None
    )
    secrets = [first.json["secret"], rotated.json["secret"]]
    assert len(set(secrets)) == 2
    answers = [
        newsroom.admin.get(path).text
        for path in ("/v1/hooks", "/v1/hooks/1", "/v1/hooks/1/progress", "/v1/hooks/1/deliveries")
    ]
    answers.append(newsroom.app.test_cli_runner().invoke(args=["export"]).stdout)
    answers.append(caplog.text)
    kept = "SELECT group_concat(changes || documents) FROM events", "SELECT group_concat(body) FROM documents"
    answers += [newsroom.db.conn.execute(sql).fetchone()[0] for sql in kept]
    answers.append(newsroom.db.conn.execute("SELECT group_concat(body) FROM replies").fetchone()[0])
    for secret in secrets:
        assert not [answer for answer in answers if secret in answer or secret[6:] in answer]


def test_a_dry_run_tells_no_secret(newsroom: Newsroom) -> None:
    answer = newsroom.admin.post("/v1/hooks?dry_run=true", {"url": PUBLIC_HOOK})
    assert (answer.status_code, answer.json["secret"]) == (201, None)
    assert newsroom.rows("hooks") == newsroom.rows("hook_secrets") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"url": PUBLIC_HOOK},
        {"label": "Other"},
        {"acts": ["claim:publish"]},
        {"acts": []},
        {"claim": 1},
        {"claim": None},
        {"story": "bridges"},
        {"reads": "everything"},
    ],
)
def test_it_may_be_changed(newsroom: Newsroom, change: dict[str, Any]) -> None:
    newsroom.claim()
    newsroom.admin.post("/v1/stories", {"slug": "bridges", "title": "Bridges"})
    before = added(newsroom, acts=["claim:add", "story:add"], claim=1 if change == {"claim": None} else None)
    done = newsroom.admin.patch("/v1/hooks/1", change)
    assert done.status_code == 200, done.text
    name, value = next(iter(change.items()))
    assert done.json[name] == value
    assert log_lines(newsroom)[-1] == {
        "act": "hook:revise",
        "changes": {name: {"from": before[name], "to": value}},
    }
    lines = newsroom.rows("events")
    assert newsroom.admin.patch("/v1/hooks/1", change).json == done.json
    assert newsroom.rows("events") == lines, "what changes nothing is no act"


def test_pausing_needs_a_reason_and_going_on_none(newsroom: Newsroom) -> None:
    added(newsroom)
    refused = newsroom.admin.patch("/v1/hooks/1", {"state": "paused"})
    assert_problem(refused, 400, "INVALID", "/reason")
    for stray in ({"reason": "x"}, {"state": "active", "reason": "x"}):
        assert newsroom.admin.patch("/v1/hooks/1", stray).status_code == 400
    paused = newsroom.admin.patch("/v1/hooks/1", {"state": "paused", "reason": "They move house."})
    assert (paused.json["state"], paused.json["reason"]) == ("paused", "They move house.")
    assert log_lines(newsroom)[-1]["changes"] == {
        "state": {"from": "active", "to": "paused"},
        "reason": "They move house.",
    }
    assert newsroom.admin.get("/v1/hooks?state=active").json["items"] == []
    assert len(newsroom.admin.get("/v1/hooks?state=paused").json["items"]) == 1
    again = newsroom.admin.patch("/v1/hooks/1", {"state": "active"})
    assert (again.json["state"], again.json["reason"]) == ("active", None)


def test_an_old_version_is_refused(newsroom: Newsroom) -> None:
    made = added(newsroom)
    newsroom.admin.patch("/v1/hooks/1", {"label": "Other"})
    old = {"If-Match": f'"{made["etag"]}"'}
    refused = newsroom.admin.patch("/v1/hooks/1", {"label": "Third"}, headers=old)
    assert (refused.status_code, refused.json["differs"]) == (412, {"label": {"from": "hook", "to": "Other"}})
    assert newsroom.admin.post("/v1/hooks/1/secret", headers=old).status_code == 412


def test_it_is_put_back_to_a_line(newsroom: Newsroom) -> None:
    added(newsroom)
    head = newsroom.rows("events")
    done = newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": 3})
    assert (done.status_code, done.json["after"], done.json["head"]) == (200, 2, head + 1)
    assert newsroom.admin.get("/v1/hooks/1/progress").json["after"] == 2
    beyond = newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": head + 5})
    assert_problem(beyond, 400, "INVALID", "/from_seq", f"line {head + 1}")
    done = newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": head + 2})
    assert done.json["after"] == head + 1, "what stands there now is passed over"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/url"),
        ({"url": "news.example.org/hook"}, "/url"),
        ({"url": "ftp://127.0.0.1/"}, "/url"),
        ({"url": "http://user:word@127.0.0.1/"}, "/url"),
        ({"url": "http://127.0.0.1:0/"}, "/url"),
        ({"url": "http://127.0.0.1:65536/"}, "/url"),
        ({"url": "http://127.0.0.1/#part"}, "/url"),
        ({"url": "http://127.0.0.1/a b"}, "/url"),
        ({"url": "http://127.0.0.1/ä"}, "/url"),
        ({"url": "http://127.0.0.1/\nX-Injected: 1"}, "/url"),
        ({"url": "http://127.0.0.1\\@93.184.215.14/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": "https://[::1]/"}, "/url"),
        ({"url": "http://93.184.215.14/"}, "/url"),
        ({"url": "https://" + "a" * 64 + ".example/"}, "/url"),
        ({"url": PUBLIC_HOOK + "/" + "a" * 2048}, "/url"),
        ({"url": PUBLIC_HOOK, "acts": ["verdict"]}, "/acts/0"),
        ({"url": PUBLIC_HOOK, "acts": "verdict:issue"}, "/acts"),
        ({"url": PUBLIC_HOOK, "claim": 99}, "/claim"),
        ({"url": PUBLIC_HOOK, "story": "nowhere"}, "/story"),
        ({"url": PUBLIC_HOOK, "reads": "all"}, "/reads"),
        ({"url": PUBLIC_HOOK, "secret": "whsec_mine"}, "/secret"),
        ({"url": PUBLIC_HOOK, "state": "paused"}, "/state"),
        ({"url": PUBLIC_HOOK, "label": " "}, "/label"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else value,
)
def test_what_is_wrong_is_refused_and_named(newsroom: Newsroom, body: dict[str, Any], where: str) -> None:
    before = newsroom.rows("events")
    problem = assert_problem(newsroom.admin.post("/v1/hooks", body), 400, "INVALID")
    assert [each["pointer"] for each in problem["errors"]] == [where]
    assert newsroom.rows("events") == before
    assert newsroom.rows("hooks") == newsroom.rows("hook_progress") == newsroom.rows("hook_secrets") == 0


def test_a_refused_target_says_why_and_which_setting_would_allow_it(newsroom: Newsroom) -> None:
    refused = newsroom.admin.post("/v1/hooks", {"url": "https://192.168.7.7/hook"})
    assert_problem(refused, 400, "INVALID", "192.168.7.7", "FACTCHECK_HOOKS_PRIVATE")
    added(newsroom)
    assert newsroom.admin.patch("/v1/hooks/1", {"url": "https://192.168.7.7/"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/hooks/9", None),
        ("GET", "/v1/hooks/9/progress", None),
        ("GET", "/v1/hooks/9/deliveries", None),
        ("PATCH", "/v1/hooks/9", {"label": "x"}),
        ("POST", "/v1/hooks/9/secret", {}),
        ("POST", "/v1/hooks/9/redelivery", {"from_seq": 1}),
    ],
)
def test_what_is_not_there(newsroom: Newsroom, method: str, path: str, body: Any) -> None:
    assert_problem(newsroom.admin(method, path, json=body), 404, "NOT_FOUND", "hook 9")


@pytest.mark.parametrize("role", ["reader", "reviewer", "editor"])
def test_only_admins_see_and_manage_hooks(newsroom: Newsroom, role: str) -> None:
    added(newsroom)
    lines = newsroom.rows("events")
    who = getattr(newsroom, role)
    for path in ("/v1/hooks", "/v1/hooks/1", "/v1/hooks/1/progress", "/v1/hooks/1/deliveries"):
        assert who.get(path).status_code == 403
        assert newsroom.anonymous.get(path).status_code == 401
    # Whoever may not have hooks can't have the desk look up names or tell which addresses answer.
    refused = who.post("/v1/hooks", {"url": "https://no-such-name.invalid/"})
    assert (refused.status_code, refused.json["act"]) == (403, "hook:manage")
    for path, body in (("/v1/hooks/1/secret", {}), ("/v1/hooks/1/redelivery", {"from_seq": 1})):
        assert who.post(path, body).status_code == 403
    assert who.patch("/v1/hooks/1", {"label": "x"}).status_code == 403
    assert newsroom.rows("events") == lines


def test_check_and_export_know_hooks(newsroom: Newsroom) -> None:
    added(newsroom)
    newsroom.admin.patch("/v1/hooks/1", {"label": "Other"})
    run = newsroom.app.test_cli_runner()
    assert run.invoke(args=["check"]).exit_code == 0
    lines = [json.loads(line) for line in run.invoke(args=["export"]).stdout.splitlines()]
    assert [line["row"]["label"] for line in lines if line.get("table") == "hooks"] == ["Other"]
    newsroom.by_hand("UPDATE hooks SET url = 'http://127.0.0.1:9/stolen'")
    assert "hooks/1" in run.invoke(args=["check"]).stderr
