"""Copies of sources: kept as they came, given to the desk's people, and proved by the log."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from werkzeug.test import TestResponse

from app import create_app
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.conftest import PUBLIC_URL, SOURCE, Newsroom, assert_problem

PATH = "/v1/sources/1/copies"
PDF = b"%PDF-1.7\n\x00\xff the log of the bridge"
DIGEST = sha256(PDF).hexdigest()


@pytest.fixture
def shown(newsroom: Newsroom) -> Newsroom:
    """A desk whose one published claim shows a source."""
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    return newsroom


def keep(
    room: Newsroom, content: bytes = PDF, kind: str = "application/pdf", query: str = ""
) -> TestResponse:
    return room.reviewer("POST", f"{PATH}{query}", data=content, content_type=kind)


def typed(room: Newsroom, *arguments: str) -> Result:
    return room.app.test_cli_runner().invoke(args=list(arguments))


def test_it_works(shown: Newsroom) -> None:
    lines = shown.rows("events")
    made = keep(shown)
    assert (made.status_code, made.headers["Location"]) == (201, f"{PUBLIC_URL}{PATH}/1")
    (copy,) = made.json["copies"]
    assert (copy["sha256"], copy["payload_sha256"], copy["size"]) == (DIGEST, DIGEST, len(PDF))
    assert (copy["media_type"], copy["kept_by"]["name"]) == ("application/pdf", "Reviewer")
    assert (made.json["sha256"], made.json["accessed_at"]) == (DIGEST, copy["kept_at"])
    assert shown.rows("events") == lines + 1
    assert shown.anonymous.get("/v1/sources/1").data == made.data
    in_claim = shown.anonymous.get("/v1/claims/1").json["sources"][0]["source"]
    assert (in_claim["sha256"], in_claim["accessed_at"]) == (DIGEST, copy["kept_at"])
    read = shown.reader.get(f"{PATH}/1")
    assert (read.status_code, read.data, read.headers["ETag"]) == (200, PDF, f'"{DIGEST}"')
    assert shown.reader.get(f"{PATH}/1", headers={"If-None-Match": f'"{DIGEST}"'}).status_code == 304


def test_the_same_bytes_again_are_the_same_copy(shown: Newsroom) -> None:
    made, lines = keep(shown), shown.rows("events")
    again = keep(shown, kind="text/html")
    assert (again.status_code, again.data) == (200, made.data)
    assert again.headers["Location"] == made.headers["Location"]
    assert (shown.rows("copies"), shown.rows("events")) == (1, lines)


def test_a_page_that_has_changed_is_kept_beside_what_it_was(shown: Newsroom) -> None:
    keep(shown)
    later = keep(shown, b"<p>Other words.</p>", "text/html", "?accessed_at=2024-05-03T10:00:00Z")
    assert [copy["id"] for copy in later.json["copies"]] == [1, 2]
    assert later.json["sha256"] == sha256(b"<p>Other words.</p>").hexdigest()
    assert later.json["accessed_at"] > "2024-05-03T10:00:00Z", "it was seen after that already"
    assert shown.reader.get(f"{PATH}/1").data == PDF


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
def test_a_browser_saves_a_copy_and_never_runs_it(shown: Newsroom, kind: str) -> None:
    keep(shown, b"<script>alert(1)</script>", f"{kind}; charset=utf-8")
    read = shown.reader.get(f"{PATH}/1")
    assert read.mimetype == kind
    assert read.headers["Content-Disposition"].startswith('attachment; filename="source-1-copy-1')
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert "default-src 'none'" in read.headers["Content-Security-Policy"]
    assert len(read.headers.getlist("Content-Security-Policy")) == 1


def test_copies_are_for_the_desks_people_only(shown: Newsroom) -> None:
    keep(shown)
    assert_problem(shown.anonymous.get(f"{PATH}/1"), 401, "UNAUTHENTICATED")
    for path in (f"{PATH}/2", "/v1/sources/2/copies/1"):
        assert_problem(shown.reader.get(path), 404, "NOT_FOUND")
    assert_problem(shown.reader("POST", PATH, data=PDF), 403, "FORBIDDEN")
    assert_problem(shown.reviewer("POST", "/v1/sources/9/copies", data=PDF), 404, "NOT_FOUND")


def test_a_given_hash_must_be_that_of_the_bytes(shown: Newsroom) -> None:
    shown.editor.patch("/v1/sources/1", {"sha256": "a" * 64})
    lines = shown.rows("events")
    assert_problem(keep(shown), 409, "CONFLICT", "a" * 64, DIGEST)
    assert (shown.rows("copies"), shown.rows("events")) == (0, lines)
    shown.editor.patch("/v1/sources/1", {"sha256": DIGEST})
    assert keep(shown).status_code == 201
    assert_problem(shown.editor.patch("/v1/sources/1", {"sha256": "b" * 64}), 409, "CONFLICT", "copy")


def test_what_is_no_copy_is_refused(shown: Newsroom) -> None:
    lines = shown.rows("events")
    assert_problem(keep(shown, b""), 400, "MALFORMED_BODY")
    assert_problem(keep(shown, kind="multipart/form-data; boundary=x"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_problem(keep(shown, kind="pdf"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_problem(keep(shown, kind="text/ht<ml"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_problem(keep(shown, b"x" * 1_048_577), 413, "BODY_TOO_LARGE")
    assert_problem(keep(shown, query="?accessed_at=2999-01-01T00:00:00Z"), 400, "INVALID", "future")
    assert_problem(keep(shown, query="?accessed_at=soon"), 400, "INVALID")
    assert_problem(keep(shown, query="?acessed_at=x"), 400, "UNKNOWN_PARAMETER", "did you mean accessed_at")
    packed = {"Content-Encoding": "gzip"}
    answer = shown.reviewer("POST", PATH, data=PDF, headers=packed)
    assert_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert (shown.rows("copies"), shown.rows("events")) == (0, lines)


def test_what_curl_says_of_any_bytes_is_no_media_type(shown: Newsroom) -> None:
    made = keep(shown, kind="application/x-www-form-urlencoded")
    assert made.json["copies"][0]["media_type"] == "application/octet-stream"


def test_a_protected_source_has_no_copies(newsroom: Newsroom) -> None:
    hidden = {"title": "A letter", "protected": True, "described_as": "a letter"}
    newsroom.reviewer.post("/v1/sources", hidden)
    assert_problem(keep(newsroom), 409, "CONFLICT", "protected")


def test_a_key_makes_a_repeated_upload_safe(shown: Newsroom) -> None:
    def send(content: bytes) -> TestResponse:
        return shown.reviewer("POST", PATH, data=content, headers={"Idempotency-Key": "k"})

    made = send(PDF)
    assert (send(PDF).data, send(PDF).headers["Idempotent-Replayed"]) == (made.data, "true")
    assert_problem(send(b"other"), 422, "IDEMPOTENCY_KEY_REUSED")
    stale = shown.reviewer("POST", PATH, data=b"other", headers={"If-Match": '"0"'})
    assert_problem(stale, 412, "VERSION_MISMATCH")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("content = X'00'", "the bytes of copies/1 are not those that were kept."),
        ("media_type = 'text/plain'", "copies/1 names this line and is not what it tells of."),
        (f"sha256 = '{'0' * 64}'", "the bytes of copies/1 are not those that were kept."),
    ],
)
def test_a_changed_copy_is_found(shown: Newsroom, changed: str, told: str) -> None:
    keep(shown)
    assert typed(shown, "verify").exit_code == 0
    assert shown.by_hand(f"UPDATE copies SET {changed}") == 1
    assert told in typed(shown, "verify").output


def test_a_copy_that_is_gone_is_missed(shown: Newsroom) -> None:
    keep(shown)
    assert shown.by_hand("DELETE FROM copies") == 1
    assert "what this line tells of is not in the table copies." in typed(shown, "verify").output


def test_copies_move_house(shown: Newsroom, tmp_path: Path) -> None:
    keep(shown)
    file = tmp_path / "desk.ndjson"
    assert typed(shown, "export", str(file)).exit_code == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    (copy,) = [row["row"] for row in rows if row.get("table") == "copies"]
    assert base64.b64decode(copy["content"]) == PDF
    assert imported(file, tmp_path / "new.db") == PDF
    copy["content"] = "not base64"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(AssertionError, match="base64"):
        imported(file, tmp_path / "broken.db")


def test_copies_are_in_a_backup(shown: Newsroom, tmp_path: Path) -> None:
    keep(shown)
    told = typed(shown, "backup", str(tmp_path / "copy.db"))
    assert told.exit_code == 0, told.output
    with closing(sqlite3.connect(tmp_path / "copy.db")) as conn:
        assert conn.execute("SELECT content FROM copies").fetchone()[0] == PDF


def imported(file: Path, database: Path) -> Any:
    app = create_app(Settings(database=str(database), public_url=PUBLIC_URL))
    desk = app.extensions[NAME].desk
    try:
        told = app.test_cli_runner().invoke(args=["import", str(file)])
        assert told.exit_code == 0, told.output
        return desk.db.conn.execute("SELECT content FROM copies").fetchone()[0]
    finally:
        desk.close()
