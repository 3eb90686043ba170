"""/v1/tokens and /v1/me: told once, kept as a hash, ended by time, by hand or with their reviewer."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from factcheck.dates import stamp
from factcheck.policy import POLICY
from factcheck.workflow.reviewers import expire_token
from tests.conftest import CLAIM, Newsroom


def in_seconds(seconds: float) -> str:
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


def everything_kept(newsroom: Newsroom) -> bytes:
    folder = Path(newsroom.settings.database).parent
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.admin.post("/v1/tokens", {"reviewer": 2, "label": "script", "role": "reader"})
    assert made.status_code == 201
    secret = made.json["token"]
    assert re.fullmatch(r"fct_[A-Za-z0-9_-]{43}", secret)
    read = newsroom.admin.get("/v1/tokens/5").json
    assert "token" not in read
    assert (read["label"], read["role"], read["reviewer"]["name"]) == ("script", "reader", "Reviewer")
    bearer = replace(newsroom.anonymous, token=secret)
    assert bearer.get("/v1/me").json["role"] == "reader"
    assert bearer.post("/v1/claims", CLAIM).status_code == 403


def test_the_secret_is_nowhere_in_the_file(newsroom: Newsroom) -> None:
    secret = newsroom.admin.post("/v1/tokens", {"reviewer": 2}, headers={"Idempotency-Key": "n1"}).json[
        "token"
    ]
    replace(newsroom.anonymous, token=secret).get("/v1/me")
    kept = everything_kept(newsroom)
    assert secret.encode() not in kept
    assert secret.removeprefix("fct_").encode() not in kept
    assert sha256(secret.encode()).hexdigest().encode() in kept
    assert secret not in newsroom.admin.get("/v1/tokens").text


def test_no_two_are_alike(newsroom: Newsroom) -> None:
    made = {newsroom.admin.post("/v1/tokens", {"reviewer": 2}).json["token"] for _ in range(5)}
    assert len(made) == 5


def test_an_expired_token_is_out(newsroom: Newsroom) -> None:
    body = {"reviewer": 2, "expires_at": in_seconds(0.4)}
    made = newsroom.admin.post("/v1/tokens", body).json
    bearer = replace(newsroom.anonymous, token=made["token"])
    assert bearer.get("/v1/me").json["token"]["expires_at"] == body["expires_at"]
    time.sleep(0.45)
    lines = newsroom.rows("events")
    for answer in (bearer.get("/v1/me"), bearer.post("/v1/claims", CLAIM), bearer.get("/v1/claims")):
        assert answer.status_code == 401
        assert "expired" in answer.json["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert newsroom.rows("events") == lines


def test_whoever_runs_the_desk_can_let_a_token_end(newsroom: Newsroom) -> None:
    newsroom.do(lambda act: expire_token(act, 2, in_seconds(-1)))
    assert newsroom.reviewer.get("/v1/me").status_code == 401
    newsroom.do(lambda act: expire_token(act, 2, in_seconds(60)))
    assert newsroom.reviewer.get("/v1/me").status_code == 200


def test_a_revoked_token_is_out(newsroom: Newsroom) -> None:
    done = newsroom.admin.post("/v1/tokens/2/revocation")
    assert (done.status_code, bool(done.json["revoked_at"])) == (200, True)
    lines = newsroom.rows("events")
    answer = newsroom.reviewer.post("/v1/claims", CLAIM)
    assert (answer.status_code, newsroom.rows("events")) == (401, lines)
    assert "revoked" in answer.json["detail"]
    # What anybody may read, a bad token may not: it is never treated as none.
    assert newsroom.reviewer.get("/v1/claims").status_code == 401
    assert newsroom.anonymous.get("/v1/claims").status_code == 200


def test_revoking_again_is_no_act(newsroom: Newsroom) -> None:
    first, lines = newsroom.admin.post("/v1/tokens/2/revocation").json, newsroom.rows("events")
    assert newsroom.admin.post("/v1/tokens/2/revocation", {}).json == first
    assert newsroom.rows("events") == lines
    assert newsroom.admin.post("/v1/tokens/9/revocation").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reviewer"),
        ({"reviewer": 9}, "/reviewer"),
        ({"reviewer": 2, "role": "editor"}, "/role"),
        ({"reviewer": 2, "role": "owner"}, "/role"),
        ({"reviewer": 2, "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"reviewer": 2, "expires_at": "tomorrow"}, "/expires_at"),
        ({"reviewer": 2, "token": "fct_mine"}, "/token"),
    ],
)
def test_what_is_wrong_is_refused(newsroom: Newsroom, body: dict[str, object], pointer: str) -> None:
    tokens, lines = newsroom.rows("tokens"), newsroom.rows("events")
    refused = newsroom.admin.post("/v1/tokens", body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, pointer)
    assert (newsroom.rows("tokens"), newsroom.rows("events")) == (tokens, lines)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic cmV2aWV3ZXI6eA==",
        "fct_x",
        "Bearer fct_unknown",
        "Bearer fct_é",
        "Token x",
    ],
)
def test_what_is_no_good_token_is_never_treated_as_none(newsroom: Newsroom, header: str) -> None:
    answer = newsroom.anonymous.get("/v1/claims", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHENTICATED")


def test_a_bad_token_is_refused_at_every_address(newsroom: Newsroom) -> None:
    """Also where none is needed; but what tells whether the desk lives is told to everybody."""
    bad = {"Authorization": "Bearer fct_bad"}
    paths = newsroom.anonymous.get("/v1/openapi.json").json["paths"]
    reads = [re.sub(r"{\w+}", "1", path) for path, item in paths.items() if "get" in item]
    assert len(reads) > 40
    for path in reads:
        answer = newsroom.anonymous.get(path, headers=bad)
        assert answer.status_code == (200 if path in ("/healthz", "/readyz") else 401), path


def test_the_scheme_is_read_in_any_case(newsroom: Newsroom) -> None:
    headers = {"Authorization": f"bearer  {newsroom.reader.token}"}
    assert newsroom.anonymous.get("/v1/me", headers=headers).json["role"] == "reader"


def test_me_says_who_what_and_until_when(newsroom: Newsroom) -> None:
    me = newsroom.editor.get("/v1/me").json
    assert me["reviewer"] == {"id": 3, "name": "Editor"}
    assert (me["role"], me["token"]) == ("editor", {"id": 3, "label": "test", "expires_at": None})
    assert "verdict:rule" in me["may"]
    assert "token:issue" not in me["may"]
    assert newsroom.admin.get("/v1/me").json["may"] == list(POLICY)
    nobody = newsroom.anonymous.get("/v1/me").json
    assert (nobody["reviewer"], nobody["role"], nobody["may"], nobody["token"]) == (None, None, [], None)


def test_its_use_is_noted_and_that_is_no_act(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    newsroom.reader.get("/v1/claims")
    for _ in range(100):
        used = newsroom.admin.get("/v1/tokens/1").json["last_used_at"]
        if used:
            break
        time.sleep(0.02)
    assert used
    assert newsroom.admin.get("/v1/tokens/2").json["last_used_at"] is None
    assert newsroom.rows("events") == lines


def test_a_list_can_be_narrowed_to_a_reviewer(newsroom: Newsroom) -> None:
    assert [token["id"] for token in newsroom.admin.get("/v1/tokens?reviewer=2").json["items"]] == [2]
    assert len(newsroom.admin.get("/v1/tokens").json["items"]) == 4
    assert newsroom.reviewer.get("/v1/tokens").status_code == 403


@pytest.mark.parametrize(
    ("sql", "token"),
    [
        ("UPDATE tokens SET role = 'admin' WHERE id = 1", 1),
        ("UPDATE tokens SET reviewer_id = 4 WHERE id = 2", 2),
        ("UPDATE tokens SET expires_at = NULL WHERE id = 5", 5),
        ("UPDATE tokens SET expires_at = NULL WHERE id = 6", 6),
        ("UPDATE tokens SET revoked_at = NULL WHERE id = 7", 7),
        ("UPDATE tokens SET revoked_at = NULL WHERE id = 2", 2),
        (
            "INSERT INTO tokens (reviewer_id, sha256, label, role, created_at) "
            "SELECT 4, hex(randomblob(32)), 'mine', 'admin', created_at FROM tokens WHERE id = 4",
            8,
        ),
        ("DELETE FROM tokens WHERE id = 3", 3),
    ],
)
def test_a_token_that_was_changed_in_the_file_is_told(newsroom: Newsroom, sql: str, token: int) -> None:
    for more in ({"expires_at": in_seconds(99)}, {}, {}):
        assert newsroom.admin.post("/v1/tokens", {"reviewer": 3, **more}).status_code == 201
    newsroom.do(lambda act: expire_token(act, 6, in_seconds(9)))
    assert newsroom.admin.post("/v1/tokens/7/revocation").status_code == 200
    assert newsroom.admin.post("/v1/reviewers/2/revocation").status_code == 200
    runner = newsroom.app.test_cli_runner()
    assert runner.invoke(args=["check"]).exit_code == 0
    assert newsroom.by_hand(sql) == 1
    told = runner.invoke(args=["check"])
    assert told.exit_code == 1
    assert f"tokens/{token}: whose it is" in told.stderr
