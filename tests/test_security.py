"""docs/security.md, held against the desk: what it names is there, and what it says is so."""

from __future__ import annotations

import ast
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from factcheck.settings import Settings
from tests.conftest import CLAIM, PUBLIC_URL, SOURCE, VERDICT, Newsroom, Served, assert_problem
from tests.test_server import connected

ROOT = Path(__file__).parent.parent
SECURITY = (ROOT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`(tests/\w+\.py)::(test_\w+)`", SECURITY)
FOR_DATA = "default-src 'none'; frame-ancestors 'none'"


def test_it_works() -> None:
    items = re.findall(r"^## API(\d+) ", SECURITY, re.MULTILINE)
    assert items == [str(number) for number in range(1, 11)]
    for item in SECURITY.split("\n## API")[1:]:
        assert "`tests/test_" in item, item[:40]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    module = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


# API1: object level


def test_what_is_not_published_is_not_told_from_what_is_not_there(newsroom: Newsroom) -> None:
    claim = newsroom.claim(published=False, ref="cms-1")
    evidence = newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    verdict = newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    assert (claim["id"], evidence.status_code, verdict.status_code) == (1, 201, 201)
    there = ["/v1/claims/1", "/v1/claims/1/sources", "/v1/claims/1/verdicts", "/v1/claims/1/sources/1"]
    there += ["/v1/verdicts/1", "/v1/claims/ref/cms-1"]
    for path in there:
        assert newsroom.reader.get(path).status_code == 200, path
        told = newsroom.anonymous.get(path)
        problem = assert_problem(told, 404, "NOT_FOUND")
        missing = newsroom.anonymous.get(re.sub("(?<=claims/|rdicts/|ources/)1|cms-1", "77", path))
        other = assert_problem(missing, 404, "NOT_FOUND")
        assert problem["detail"].replace("cms-1", "77").replace("1", "77") == other["detail"], path
        assert "ETag" not in told.headers
    # What is shown in an open claim only is in no list either.
    for noun in ("claims", "sources", "outlets", "claimants"):
        listed = newsroom.anonymous.get(f"/v1/{noun}?count=true").json
        found = json.dumps(listed)
        assert "City Council" not in found or noun != "claims"
    assert newsroom.anonymous.get("/v1/claims?count=true").json["total"] == 0
    for query in ("q=bridge", "facet=status&count=true", "sort=-created_at"):
        assert newsroom.anonymous.get(f"/v1/claims?{query}").json["items"] == []


# API2: authentication


def test_all_tokens_of_a_reviewer_can_be_ended_at_once(newsroom: Newsroom) -> None:
    second = newsroom.admin.post("/v1/tokens", {"reviewer": 2, "label": "laptop"}).json
    third = newsroom.admin.post("/v1/tokens", {"reviewer": 2, "label": "old"}).json
    newsroom.admin.post(f"/v1/tokens/{third['id']}/revocation")
    lines = newsroom.rows("events")
    done = newsroom.admin.post("/v1/reviewers/2/revocation")
    assert (done.status_code, done.json["reviewer"]) == (200, {"id": 2, "name": "Reviewer"})
    assert done.json["revoked"] == [2, second["id"]]
    assert newsroom.rows("events") == lines + 1
    told = newsroom.db.conn.execute(
        "SELECT act, noun, subject_id, changes FROM events ORDER BY seq"
    ).fetchall()
    assert told[-1][:3] == ("token:revoke", "reviewers", 2)
    assert json.loads(told[-1][3]) == {"tokens": [2, second["id"]]}
    for token in (newsroom.reviewer.token, second["token"], third["token"]):
        assert_problem(
            replace(newsroom.anonymous, token=token).get("/v1/me"), 401, "UNAUTHENTICATED", "revoked"
        )
    # Others work on, and so does he with a new token.
    assert newsroom.editor.get("/v1/me").status_code == 200
    fresh = newsroom.admin.post("/v1/tokens", {"reviewer": 2}).json["token"]
    assert replace(newsroom.anonymous, token=fresh).get("/v1/me").status_code == 200


def test_ending_all_tokens_again_is_no_act(newsroom: Newsroom) -> None:
    newsroom.admin.post("/v1/reviewers/2/revocation")
    lines = newsroom.rows("events")
    again = newsroom.admin.post("/v1/reviewers/2/revocation", {})
    assert (again.status_code, again.json["revoked"]) == (200, [])
    assert_problem(newsroom.admin.post("/v1/reviewers/77/revocation"), 404, "NOT_FOUND", "reviewer 77")
    assert_problem(newsroom.editor.post("/v1/reviewers/1/revocation"), 403, "FORBIDDEN", "token:revoke")
    assert newsroom.rows("events") == lines
    key = {"Idempotency-Key": "leak-1"}
    first = newsroom.admin.post("/v1/reviewers/3/revocation", headers=key)
    replayed = newsroom.admin.post("/v1/reviewers/3/revocation", headers=key)
    assert (replayed.json, replayed.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert first.json["revoked"] == [3]


def test_a_rehearsal_ends_no_token(newsroom: Newsroom) -> None:
    told = newsroom.admin.post("/v1/reviewers/2/revocation?dry_run=true")
    assert told.json["revoked"] == [2]
    assert newsroom.reviewer.get("/v1/me").status_code == 200


def test_whoever_runs_the_desk_can_end_all_tokens(newsroom: Newsroom) -> None:
    runner = newsroom.app.test_cli_runner()
    assert runner.invoke(args=["token", "revoke-all", "2"]).output == "Revoked: 2.\n"
    assert runner.invoke(args=["token", "revoke-all", "2"]).output == "Revoked: none was left.\n"
    unknown = runner.invoke(args=["token", "revoke-all", "77"])
    assert (unknown.exit_code, "There is no reviewer 77." in unknown.output) == (1, True)
    assert newsroom.reviewer.get("/v1/me").status_code == 401


# API3: properties


@pytest.mark.parametrize(
    ("method", "path", "body", "sent"),
    [
        ("POST", "/v1/claims", {**CLAIM, "text": "x y"}, {"stage": "published"}),
        ("POST", "/v1/claims", {**CLAIM, "text": "x y"}, {"standing": {"status": "false"}}),
        ("POST", "/v1/claims", {**CLAIM, "text": "x y"}, {"id": 99}),
        ("POST", "/v1/claims", {**CLAIM, "text": "x y"}, {"created_by": {"id": 3}}),
        ("PATCH", "/v1/claims/1", {"place": "x"}, {"status": "false"}),
        ("POST", "/v1/claims/1/verdicts", VERDICT, {"ruling": True}),
        ("POST", "/v1/claims/1/verdicts", VERDICT, {"by": 3}),
        ("POST", "/v1/claims/1/verdicts", VERDICT, {"at": "2020-01-01T00:00:00Z"}),
        ("POST", "/v1/claims/1/sources", SOURCE, {"attached_by": 3}),
        ("POST", "/v1/outlets", {"name": "x"}, {"name_key": "y"}),
        ("POST", "/v1/reviewers", {"name": "x", "role": "reader"}, {"active": False}),
        ("PATCH", "/v1/reviewers/1", {"active": True}, {"name": "x"}),
        ("POST", "/v1/tokens", {"reviewer": 2}, {"sha256": "0" * 64}),
        ("POST", "/v1/tokens", {"reviewer": 2}, {"token": "fct_mine"}),
    ],
)
def test_nobody_sets_what_is_not_his_to_set(
    newsroom: Newsroom, method: str, path: str, body: dict[str, Any], sent: dict[str, Any]
) -> None:
    newsroom.claim()
    lines = newsroom.rows("events")
    refused = newsroom.admin(method, path, json={**body, **sent}, headers={"If-Match": "*"})
    problem = assert_problem(refused, 400, "INVALID")
    assert problem["errors"][0]["pointer"] == f"/{next(iter(sent))}"
    assert newsroom.rows("events") == lines


def test_what_is_never_shown(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    document = newsroom.anonymous.get("/v1/openapi.json").json
    seen = 0
    for path, item in document["paths"].items():
        if "get" in item and path not in ("/v1/openapi.json", "/metrics"):
            answer = newsroom.admin.get(re.sub("{.*?}", "1", path))
            seen += answer.status_code == 200
            for word in (
                "name_key",
                "identity",
                "document_id",
                "request_sha256",
                "cursor_key",
            ):
                assert f'"{word}"' not in answer.text, path
            for hidden in newsroom.db.conn.execute("SELECT sha256 FROM tokens").fetchall():
                assert hidden[0] not in answer.text, path
    assert seen > 25


# API4: resources


@pytest.mark.parametrize(
    "headers",
    [b"X-Long: " + b"a" * 200_000, b"\r\n".join(b"X-%d: a" % number for number in range(2000))],
    ids=["long", "many"],
)
def test_headers_have_a_limit(serve: Callable[..., Served], headers: bytes) -> None:
    served = serve(workers="1")
    with connected(served) as wire:
        data = b""
        with suppress(ConnectionError):
            wire.sendall(b"GET /v1 HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n" + headers + b"\r\n\r\n")
            while piece := wire.recv(65_536):
                data += piece
    assert data == b"" or data.startswith(b"HTTP/1.1 4"), data[:200]
    assert httpx.get(f"{served.url}/v1", headers={"X-Long": "a" * 20_000}).status_code == 200


def test_sizes_have_limits(newsroom: Newsroom) -> None:
    for path in (
        "/v1/claims?limit=201",
        f"/v1/claims?q={'word ' * 2000}",
        f"/v1/claims?{'&'.join(f'a{number}=1' for number in range(101))}",
    ):
        assert newsroom.anonymous.get(path).status_code == 400, path[:60]
    deep = b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert_problem(newsroom.reviewer.post("/v1/claims", data=deep), 400, "MALFORMED_BODY", "levels deep")
    number = b'{"text": ' + b"9" * 100_000 + b"}"
    assert_problem(newsroom.reviewer.post("/v1/claims", data=number), 400, "MALFORMED_BODY")
    large = b" " * (newsroom.settings.max_body + 1)
    assert_problem(newsroom.reviewer.post("/v1/claims", data=large), 413, "BODY_TOO_LARGE")


# API7 and API10: the desk asks nobody


def test_no_address_that_is_sent_is_asked(newsroom: Newsroom) -> None:
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(0.3)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/page"
        source = {"title": "x", "url": url, "archive_url": url}
        assert newsroom.reviewer.post("/v1/sources", source).status_code == 201
        assert newsroom.reviewer.post("/v1/outlets", {"name": "x", "url": url}).status_code == 201
        newsroom.claim(appearances=[url], chain=[{"role": "origin", "name": "x", "url": url}])
        newsroom.editor.patch("/v1/claimants/1", {"same_as": url})
        with pytest.raises(TimeoutError):
            trap.accept()


# API8: configuration

PAGES = ("/problems", "/problems/not-found", "/docs")


def test_every_answer_has_its_policy(newsroom: Newsroom) -> None:
    newsroom.claim()
    data = ["/v1", "/v1/claims", "/v1/claims/1", "/v1/claims.csv", "/v1/claims.ndjson?all=true", "/healthz"]
    data += ["/readyz", "/metrics", "/v1/openapi.json", "/v1/nothing", "/v1/claims?limt=1", "/static/docs.js"]
    for path in (*data, *PAGES):
        with newsroom.anonymous.get(path) as answer:
            if path in data:
                assert answer.headers.getlist("Content-Security-Policy") == [FOR_DATA], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" not in answer.headers
        assert "Server" not in answer.headers
    refused = newsroom.anonymous.get("/nothing", headers={"Accept": "text/html"})
    for page in (refused, *map(newsroom.anonymous.get, PAGES)):
        (policy,) = page.headers.getlist("Content-Security-Policy")
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy.replace(PUBLIC_URL, "")


class Inline(HTMLParser):
    """Notes what a strict policy would forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in named):
            self.found.append(tag)
        self.found += [name for name in named if name == "style" or name.startswith("on")]
        for name in ("href", "src", "action"):
            target = named.get(name) or ""
            if target.startswith(("javascript:", "http:", "//")):
                self.found.append(target)


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/<script>alert(1)</script>"])
def test_pages_have_nothing_inline(newsroom: Newsroom, path: str) -> None:
    page = newsroom.anonymous.get(path, headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    parser = Inline()
    parser.feed(page.text)
    assert parser.found == []
    for sheet in re.findall(r'rel="stylesheet" href="([^"]+)"', page.text):
        with newsroom.anonymous.get(sheet) as answer:
            assert answer.mimetype == "text/css"


def test_https_stays_https(settings: Settings) -> None:
    room = Newsroom(replace(settings, public_url="https://desk.example.org/desk"))
    for path in ("/v1", "/v1/nothing", "/docs", "/problems"):
        hsts = room.anonymous.get(path).headers["Strict-Transport-Security"]
        assert hsts == "max-age=31536000"
    # Behind a path, pages lead to where they are.
    page = room.anonymous.get("/problems").text
    assert set(re.findall('(?:href|src)="([^"]+)"', page)) >= {
        "/desk/static/desk.css",
        "/desk/problems/invalid",
    }
    assert room.anonymous.get("/").headers["Location"] == "/desk/docs"
    room.desk.close()


def test_a_host_that_is_made_up_gets_no_link_to_itself(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(text="Another.")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    for path in ("/v1", "/v1/claims?limit=1", "/v1/nothing", "/problems", "/docs", "/", "/v1/openapi.json"):
        answer = newsroom.anonymous.get(path, headers=evil)
        assert "evil.example" not in answer.text + str(answer.headers), path
        assert "gopher" not in answer.text


# API9: inventory


def test_every_address_is_in_the_document(newsroom: Newsroom) -> None:
    document = newsroom.anonymous.get("/v1/openapi.json").json
    documented = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    served = set(addresses(newsroom))
    pages = {"/", "/docs", "/problems", "/problems/{slug}", "/static/{filename}", "/v1/openapi.json"}
    assert {path for _, path in served - documented} == pages
    assert documented <= served


def addresses(newsroom: Newsroom) -> Iterator[tuple[str, str]]:
    for rule in newsroom.app.url_map.iter_rules():
        path = re.sub("<(?:\\w+:)?(\\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, path
