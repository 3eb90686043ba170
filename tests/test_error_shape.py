"""Every road to an error ends in the one shape of a problem (conftest.assert_problem)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factcheck.errors import DeskError, all_errors
from factcheck.settings import Settings
from factcheck.web.problems import STATUS, slug
from tests.conftest import CLAIM, PUBLIC_URL, SOURCE, VERDICT, Newsroom, assert_problem

KINDS = list(all_errors())
STOCK_SENTENCES = (
    "The browser (or proxy)",
    "The requested URL was not found",
    "The method is not allowed",
    "The server could not verify",
    "The server encountered",
    "Internal Server Error",
    "exceeds the capacity limit",
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A desk with one claim that the tests here only read."""
    path: Path = tmp_path_factory.mktemp("errors") / "desk.db"
    made = Newsroom(Settings(database=str(path), public_url=PUBLIC_URL))
    made.claim()
    yield made
    made.desk.close()


def test_it_works(newsroom: Newsroom) -> None:
    problem = assert_problem(newsroom.anonymous.get("/v1/claims/1"), 404, "NOT_FOUND")
    assert problem == {
        "type": f"{PUBLIC_URL}/problems/not-found",
        "title": "There is nothing here for you",
        "status": 404,
        "detail": "There is no claim 1, or it is not published and you sent no token.",
        "code": "NOT_FOUND",
        "request_id": problem["request_id"],
    }


def token_of(state: str) -> Callable[[Newsroom], str]:
    def make(newsroom: Newsroom) -> str:
        if state == "expired":
            newsroom.db.conn.execute("UPDATE tokens SET expires_at = '2020-01-01T00:00:00.000Z'")
        if state == "revoked":
            newsroom.admin.post("/v1/tokens/2/revocation", {})
        if state == "barred":
            newsroom.admin.patch("/v1/reviewers/2", {"active": False})
        return f"Bearer {newsroom.reviewer.token}"

    return make


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer fct_wrong",
        "Bearer Bearer",
        "Basic dXNlcjpwYXNz",
        "fct_wrong",
        "Bearer é",
        token_of("expired"),
        token_of("revoked"),
        token_of("barred"),
    ],
)
def test_401(newsroom: Newsroom, authorization: str | Callable[[Newsroom], str]) -> None:
    newsroom.claim()
    sent = authorization if isinstance(authorization, str) else authorization(newsroom)
    for path in ("/v1/claims", "/v1/claims/1", "/v1/me", "/v1/statuses/false", "/v1/stories/x"):
        answer = newsroom.anonymous.get(path, headers={"Authorization": sent})
        problem = assert_problem(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert "fct_wrong" not in problem["detail"], "a token is never repeated"


@pytest.mark.parametrize("path", ["/v1/claims", "/v1/claims/1/verdicts", "/v1/sources", "/v1/tokens"])
def test_401_for_every_write_without_a_token(newsroom: Newsroom, path: str) -> None:
    # Who may not write is told so before the body is looked at.
    assert_problem(newsroom.anonymous.post(path, data=b"{nonsense"), 401, "UNAUTHENTICATED", "Bearer")


def test_403(newsroom: Newsroom) -> None:
    problem = assert_problem(newsroom.reader.post("/v1/claims", CLAIM), 403, "FORBIDDEN")
    assert problem["act"] == "claim:add"
    assert problem["needs"] == "reviewer"
    assert newsroom.rows("claims") == 0


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/claims/0",
        "/v1/claims/-1",
        "/v1/claims/007",
        "/v1/claims/٣",
        "/v1/claims/1.5",
        "/v1/claims/one",
        "/v1/claims/1 OR 1=1",
        "/v1/claims/9223372036854775807",
        "/v1/claims/9223372036854775808",
        "/v1/claims/99999999999999999999999",
        "/v1/claims/%00",
        "/v1/claims/%FF",
        "/v1/claims/ref/%2e%2e%2fetc",
        "/v1/../app.py",
        "/v1//claims",
        "//evil.example/v1",
        "/v1/statuses/FALSE",
        "/v1/statuses/nonsense",
        "/problems/nonsense",
        "/static/app.js",
        "/v2",
    ],
)
def test_404(room: Newsroom, path: str) -> None:
    answer = room.anonymous.client.get("/", environ_overrides={"PATH_INFO": raw(path)})
    assert_problem(answer, 404, "NOT_FOUND")
    assert "Location" not in answer.headers, "nothing is led to another host"


def raw(path: str) -> str:
    """Write a path as a server hands it over."""
    letters = re.sub("%(..)", lambda found: chr(int(found[1], 16)), path)
    return letters if "%" in path else letters.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/claims/1", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("PUT", "/v1/claims/1", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("POST", "/v1/claims/1", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("DELETE", "/v1/claims", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/v1/claims/1/stage", {"OPTIONS", "POST"}),
        ("POST", "/v1/claims.csv", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/v1", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/v1", {"GET", "HEAD", "OPTIONS"}),
        ("PROPFIND", "/v1", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_405(room: Newsroom, method: str, path: str, allowed: set[str]) -> None:
    before = room.rows("events")
    answer = room.admin.get(path, environ_overrides={"REQUEST_METHOD": method})
    problem = assert_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert all(each in problem["detail"] for each in allowed)
    assert room.rows("events") == before


def test_400_of_each_kind(newsroom: Newsroom) -> None:
    assert_problem(newsroom.anonymous.get("/v1/claims?limit=x"), 400, "INVALID")
    assert_problem(
        newsroom.anonymous.get("/v1/claims?limt=1"), 400, "UNKNOWN_PARAMETER", "did you mean limit?"
    )
    assert_problem(newsroom.anonymous.get("/v1/claims?cursor=a.b"), 400, "BAD_CURSOR")
    assert_problem(newsroom.reviewer.post("/v1/claims", data=b"{"), 400, "MALFORMED_BODY")
    problem = assert_problem(newsroom.reviewer.post("/v1/claims", {**CLAIM, "txt": "x"}), 400, "INVALID")
    assert problem["errors"] == [{"pointer": "/txt", "detail": "There is no txt here; did you mean text?"}]


def test_406(newsroom: Newsroom) -> None:
    newsroom.claim()
    for path in ("/v1/claims/1", "/v1/claims", "/v1", "/v1/me"):
        answer = newsroom.reviewer.get(path, headers={"Accept": "image/png"})
        assert_problem(answer, 406, "NOT_ACCEPTABLE")
    before = newsroom.rows("events")
    refused = newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": "New."}, headers={"Accept": "text/csv"})
    assert_problem(refused, 406, "NOT_ACCEPTABLE")
    assert newsroom.rows("events") == before


def test_409(newsroom: Newsroom) -> None:
    newsroom.claim()
    answer = newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "Back."})
    assert_problem(answer, 409, "CONFLICT", "withdrawn")


def test_412_and_428(newsroom: Newsroom) -> None:
    etag = newsroom.claim()["etag"]
    newsroom.reviewer.patch("/v1/claims/1", {"place": "Here"}, headers={"If-Match": f'"{etag}"'})
    stale = newsroom.reviewer.patch("/v1/claims/1", {"place": "There"}, headers={"If-Match": f'"{etag}"'})
    problem = assert_problem(stale, 412, "VERSION_MISMATCH")
    current = newsroom.reviewer.get("/v1/claims/1").json
    assert problem["current_etag"] == current["etag"]
    assert problem["differs"] == {"place": {"from": None, "to": "Here"}}
    unsaid = newsroom.reviewer.patch("/v1/claims/1", {"place": "There"})
    assert assert_problem(unsaid, 428, "VERSION_REQUIRED")["current_etag"] == current["etag"]
    assert newsroom.reviewer.get("/v1/claims/1").json == current


def test_413_415_422(newsroom: Newsroom) -> None:
    big = b'{"text": "' + b"a" * 1_048_577 + b'"}'
    assert_problem(newsroom.reviewer.post("/v1/claims", data=big), 413, "BODY_TOO_LARGE", "1048576")
    image = newsroom.reviewer.post("/v1/claims", data=b"\x89PNG", content_type="image/png")
    assert_problem(image, 415, "UNSUPPORTED_MEDIA_TYPE", "application/json")
    key = {"Idempotency-Key": "k"}
    assert newsroom.reviewer.post("/v1/claims", CLAIM, headers=key).status_code == 201
    other = newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": "Other."}, headers=key)
    assert_problem(other, 422, "IDEMPOTENCY_KEY_REUSED")
    assert newsroom.rows("claims") == 1


def test_500(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    # A stored text is damaged, as by a hand in the file.
    newsroom.by_hand("UPDATE documents SET body = '{\"id\": 1' WHERE noun = 'claims'")
    answer = newsroom.anonymous.get("/v1/claims/1/sources", headers={"X-Request-Id": "night-7"})
    problem = assert_problem(answer, 500, "INTERNAL", "night-7")
    assert "JSONDecodeError" in caplog.text, "the log has what the caller is not told"
    assert "night-7" in caplog.text
    assert "JSONDecodeError" not in str(problem)
    before = newsroom.rows("verdicts")
    assert newsroom.anonymous.get("/v1/statuses").status_code == 200
    assert newsroom.rows("verdicts") == before


def test_500_of_the_database(newsroom: Newsroom) -> None:
    newsroom.db.conn.execute("ALTER TABLE claims RENAME TO claims_away")
    problem = assert_problem(newsroom.anonymous.get("/v1/claims"), 500, "INTERNAL")
    assert "claims_away" not in str(problem)
    assert "no such table" not in str(problem)


def test_503(settings: Settings) -> None:
    newsroom = Newsroom(replace(settings, write_wait=0.2))
    with sqlite3.connect(settings.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = newsroom.reviewer.post("/v1/claims", CLAIM)
        other.execute("ROLLBACK")
    other.close()
    assert_problem(answer, 503, "BUSY")
    assert int(answer.headers["Retry-After"]) > 0
    newsroom.desk.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_error_has_a_status_and_a_page(room: Newsroom, kind: type[DeskError]) -> None:
    assert 400 <= STATUS[kind] < 600
    page = room.anonymous.get(f"/problems/{slug(kind)}")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert kind.code in page.text
    assert str(STATUS[kind]) in page.text
    assert kind.code in room.anonymous.get("/problems").text


def test_codes_are_all_different() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS) == len(STATUS)
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", kind.code) for kind in KINDS)


def test_type_leads_to_its_page(newsroom: Newsroom) -> None:
    problem = newsroom.anonymous.get("/v1/claims/1").json
    page = newsroom.anonymous.get(problem["type"].removeprefix(PUBLIC_URL))
    assert page.status_code == 200
    assert problem["title"] in page.text


def test_a_browser_is_shown_a_page(newsroom: Newsroom) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = newsroom.anonymous.get("/<script>alert(1)</script>", headers=accept)
    assert page.status_code == 404
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["X-Error-Code"] == "NOT_FOUND"
    assert page.headers["X-Request-Id"] in page.text
    assert "<script>" not in page.text
    assert not any(sentence in page.text for sentence in STOCK_SENTENCES)
    assert_problem(newsroom.anonymous.get("/v1/nothing", headers=accept), 404, "NOT_FOUND")


def test_a_refusal_says_nothing_in_stock_sentences(newsroom: Newsroom) -> None:
    newsroom.claim()
    roads = [
        newsroom.anonymous.get("/nothing"),
        newsroom.anonymous("DELETE", "/v1/claims"),
        newsroom.reviewer.post("/v1/claims", data=b"a" * 1_100_000),
        newsroom.reviewer.post("/v1/claims", data=b"", content_type="application/json"),
        newsroom.reviewer.post("/v1/claims", data=b"x", content_type="multipart/form-data"),
        newsroom.anonymous.get("/v1/claims", headers={"Range": "bytes=5-1"}),
        newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT, headers={"If-Match": '"x"'}),
    ]
    for answer in roads:
        assert not any(sentence in answer.text for sentence in STOCK_SENTENCES)


@pytest.mark.parametrize("address", ["/v1/claims/%0d%0aSet-Cookie:x", "/v1/claims?x=%0d%0aSet-Cookie:x"])
def test_no_header_can_be_brought_in(newsroom: Newsroom, address: str) -> None:
    answer = newsroom.anonymous.get(address, headers={"X-Request-Id": "a"})
    assert answer.status_code in (400, 404)
    assert "Set-Cookie" not in answer.headers


def test_help_pages_show_code_as_code(newsroom: Newsroom) -> None:
    page = newsroom.anonymous.get("/problems/malformed-body").text
    assert "<code>curl -d status=false</code>" in page
    assert "`" not in page
