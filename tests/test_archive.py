"""flask archive: pages kept as WARC, read back by another program's library, and nothing private fetched."""

from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from click.testing import Result
from warcio.archiveiterator import ArchiveIterator
from werkzeug.test import TestResponse

from factcheck import archiving
from factcheck.sending import targets
from factcheck.settings import Settings
from factcheck.workflow.keeping import to_be_archived
from tests.conftest import PUBLIC_URL, Newsroom

PAGE = b"<p>The bridge was closed on one day.</p>\n"
LEADS_TO = {
    "/moved": "/page",
    "/round": "/round",
    "/inside": "http://127.0.0.2:{port}/page",
    "/file": "file:///etc/passwd",
    "/split": "http://127.0.0.1:{port}/x HTTP/1.1 and more",
}


class Site(BaseHTTPRequestHandler):
    """A small site: pages, redirects, and what a site does wrong."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/page":
            self.answer(200, PAGE)
        elif self.path == "/large":
            self.answer(200, b"a" * 5000)
        elif self.path in LEADS_TO:
            leads = LEADS_TO[self.path].format(port=self.server.server_address[1])
            self.answer(302, b"", ("Location", leads))
        elif self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (PAGE[:7], PAGE[7:], b""):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        else:
            self.answer(404, b"gone")

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), ("Content-Type", "text/html"), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(
        database=settings.database, public_url=PUBLIC_URL, archive_private="127.0.0.1", archive_bytes=4096
    )


def source(room: Newsroom, url: str, **more: Any) -> int:
    made: TestResponse = room.reviewer.post("/v1/sources", {"url": url, **more})
    assert made.status_code == 201, made.text
    return int(made.json["id"])


def archive(room: Newsroom, *arguments: object) -> Result:
    return room.app.test_cli_runner().invoke(args=["archive", *map(str, arguments)])


def records(room: Newsroom, copy_id: int = 1) -> list[tuple[str, str, bytes, dict[str, str]]]:
    """Read a kept WARC as other programs do: type, address, bytes and headers of each record."""
    content = room.db.conn.execute("SELECT content FROM copies WHERE id = ?", [copy_id]).fetchone()[0]
    return [
        (
            record.rec_type,
            record.rec_headers["WARC-Target-URI"],
            record.content_stream().read(),
            dict(record.rec_headers.headers),
        )
        for record in ArchiveIterator(io.BytesIO(content), check_digests="raise")
    ]


def test_it_works(newsroom: Newsroom, port: int) -> None:
    url = f"http://127.0.0.1:{port}/page"
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", {"url": url, "stance": "refutes"})
    told = archive(newsroom, 1, "--as", 2)
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "Kept: 1. Not kept: 0."), told.output
    shown = newsroom.anonymous.get("/v1/sources/1").json
    (copy,) = shown["copies"]
    assert (copy["media_type"], copy["kept_by"]["name"]) == ("application/warc", "Reviewer")
    assert copy["payload_sha256"] == shown["sha256"] == sha256(PAGE).hexdigest() != copy["sha256"]
    assert shown["accessed_at"] <= copy["kept_at"]
    assert newsroom.anonymous.get("/v1/claims/1").json["sources"][0]["source"]["sha256"] == shown["sha256"]
    (kind, address, body, headers), request = records(newsroom)
    assert (kind, address, body) == ("response", url, PAGE)
    assert headers["WARC-Date"][:19] == shown["accessed_at"][:19]
    assert request[:2] == ("request", url)
    assert request[3]["WARC-Concurrent-To"] == headers["WARC-Record-ID"]
    read = newsroom.reader.get("/v1/sources/1/copies/1")
    assert read.headers["Content-Disposition"] == 'attachment; filename="source-1-copy-1.warc.gz"'
    assert gzip.decompress(read.data).startswith(b"WARC/1.1\r\n")
    assert newsroom.app.test_cli_runner().invoke(args=["verify"]).exit_code == 0


def test_what_http_wraps_a_page_in_is_kept_and_is_no_part_of_its_hash(newsroom: Newsroom, port: int) -> None:
    source(newsroom, f"http://127.0.0.1:{port}/chunked")
    assert archive(newsroom, "--missing").exit_code == 0
    shown = newsroom.reader.get("/v1/sources/1").json
    assert (shown["sha256"], shown["copies"][0]["kept_by"]) == (
        sha256(PAGE).hexdigest(),
        {"id": None, "name": "the desk"},
    )
    assert records(newsroom)[0][2] == PAGE
    assert b"7\r\n" in gzip.decompress(newsroom.reader.get("/v1/sources/1/copies/1").data)


def test_a_redirect_is_followed_and_kept(newsroom: Newsroom, port: int) -> None:
    source(newsroom, f"http://127.0.0.1:{port}/moved")
    assert archive(newsroom, 1).exit_code == 0
    addresses = [(kind, url.rpartition("/")[2]) for kind, url, _, _ in records(newsroom)]
    assert addresses == [
        ("response", "moved"),
        ("request", "moved"),
        ("response", "page"),
        ("request", "page"),
    ]
    assert newsroom.reader.get("/v1/sources/1").json["sha256"] == sha256(PAGE).hexdigest()


NOT_KEPT = {
    "gone": "It answered 404.",
    "round": "It redirects more than 8 times.",
    "inside": "127.0.0.2 stands for 127.0.0.2, which is not on the public internet.",
    "file": "Give an http or https address",
    "split": "It redirects to an address that is not written as addresses are.",
    "large": "Its answer is longer than 4096 bytes.",
    "cut": "Its answer is not HTTP, or it broke off.",
}


def test_what_can_not_be_kept_is_told(newsroom: Newsroom, port: int) -> None:
    for path in NOT_KEPT:
        source(newsroom, f"http://127.0.0.1:{port}/{path}")
    lines = newsroom.rows("events")
    told = archive(newsroom, "--missing")
    assert (told.exit_code, told.output.splitlines()[-1]) == (1, "Kept: 0. Not kept: 7.")
    for source_id, (path, why) in enumerate(NOT_KEPT.items(), 1):
        assert f"{source_id}\tnot kept\thttp://127.0.0.1:{port}/{path}\t{why}" in told.output
    assert (newsroom.rows("copies"), newsroom.rows("events")) == (0, lines)


def test_nothing_private_is_fetched_unless_a_setting_allows_it(newsroom: Newsroom, port: int) -> None:
    for host in ("127.0.0.2", "169.254.169.254", "10.0.0.1", "192.168.0.1"):
        source(newsroom, f"http://{host}:{port}/page")
    asked = len(Site.asked)
    told = archive(newsroom, "--missing")
    assert told.exit_code == 1
    assert told.output.count("is not on the public internet") == 4
    assert told.output.count("FACTCHECK_ARCHIVE_PRIVATE") == 4
    assert len(Site.asked) == asked


def test_what_may_be_sent_to_a_page_may_not_be_sent_to_a_hook() -> None:
    def public(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14"]

    page = targets.checked("http://news.example/a", (), public, targets.TO_SOURCES)
    assert (page.secure, page.port) == (False, 80)
    with pytest.raises(targets.BadTarget, match="only https"):
        targets.checked("http://news.example/a", (), public)


def test_another_page_than_the_one_whose_hash_was_given_is_not_kept(newsroom: Newsroom, port: int) -> None:
    source(newsroom, f"http://127.0.0.1:{port}/page", sha256="a" * 64)
    told = archive(newsroom, 1)
    assert told.exit_code == 1
    assert "The source's sha256 was given as aaaa" in told.output


def test_which_sources_are_asked_for(newsroom: Newsroom, port: int) -> None:
    for name in ("page", "chunked"):
        source(newsroom, f"http://127.0.0.1:{port}/{name}")
    newsroom.reviewer.post("/v1/sources", {"title": "A letter"})
    hidden = {"url": f"http://127.0.0.1:{port}/moved", "protected": True, "described_as": "a page"}
    newsroom.reviewer.post("/v1/sources", hidden)
    assert archive(newsroom, 1).exit_code == 0

    def wanted(*source_ids: int, missing: bool = False, since: str | None = None) -> list[int]:
        return [row["id"] for row in to_be_archived(newsroom.db, source_ids, since, missing=missing)]

    assert wanted() == [1, 2]
    assert wanted(missing=True) == [2]
    assert wanted(2, 3, 4, 9) == [2]
    assert wanted(since="2020-01-01") == [1, 2]
    assert wanted(since="2999-01-01") == []
    told = archive(newsroom, 3, 4, 9)
    assert told.exit_code == 1
    assert told.output.count("not asked for") == 3
    assert "Kept: 0. Not kept: 3." in told.output
    assert "/moved" not in Site.asked[-3:], "a protected source is not asked for"


NOT_TAKEN: dict[tuple[object, ...], str] = {
    (): "Name sources by their numbers",
    (0,): "0",
    ("one",): "one",
    ("--since", "soon"): "soon",
    (1, "--as", 9): "No reviewer 9 works here",
    (1, "--as", 1): "source:keep_copy needs reviewer",
}


def test_what_the_command_does_not_take(newsroom: Newsroom, port: int) -> None:
    source(newsroom, f"http://127.0.0.1:{port}/page")
    for arguments, said in NOT_TAKEN.items():
        told = archive(newsroom, *arguments)
        assert told.exit_code in (1, 2), arguments
        assert said in told.output
    assert newsroom.rows("copies") == 0


def test_without_the_library_it_says_how_to_install_it(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "WARCWriter", None)
    told = archive(newsroom, "--missing")
    assert told.exit_code == 1
    assert "pip install warcio==1.8.1" in told.output
