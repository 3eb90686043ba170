"""What is told of each request: a line in the log, and counts for Prometheus."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from factcheck.settings import Settings
from factcheck.web.logs import JsonLines, RequestLog, redacted
from factcheck.web.telemetry import Telemetry
from tests.conftest import CLAIM, Newsroom, Served, assert_problem, serving
from tests.test_server import bearer, connected, head

Serve = Callable[..., Served]

PROMTOOL = Path(sys.prefix) / "prometheus" / "usr" / "bin" / "promtool"
KEYS = ["at", "level", "event", "request_id", "method", "path", "query", "status", "ms", "bytes"]
KEYS += ["address", "reviewer", "user_agent"]
ELSEWHERE = {"X-Forwarded-For": "203.0.113.5"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that only ask; it takes small bodies, and does not wait long for them."""
    with serving(tmp_path_factory.mktemp("telemetry")) as start:
        yield start(max_body="2000", body_timeout="1")


def lines_of(served: Served, wanted: int, **which: Any) -> list[dict[str, Any]]:
    """Wait for lines of the server's log with these values; every line of it must be JSON."""
    port = served.url.rpartition(":")[2]
    for _ in range(100):
        written = (served.folder / f"server-{port}.log").read_text()
        told = [json.loads(line) for line in written.split("\n") if line]
        found = [line for line in told if which.items() <= line.items()]
        if len(found) >= wanted:
            return found
        time.sleep(0.05)
    raise AssertionError(f"of {wanted} lines with {which} there are {found}; the log is {written[-3000:]}")


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text).get((f"factcheck_{name}", frozenset(labels.items())), 0.0)


def test_it_works(served: Served) -> None:
    token = bearer(served.folder)
    headers = {**token, "X-Request-Id": "mine-1", "User-Agent": "night script/1.0"}
    made = httpx.post(f"{served.url}/v1/claims?dry_run=false", json=CLAIM, headers=headers)
    assert made.status_code == 201
    (line,) = lines_of(served, 1, request_id="mine-1")
    assert list(line) == KEYS
    assert (line["level"], line["event"], line["method"], line["status"]) == ("info", "request", "POST", 201)
    assert (line["path"], line["query"]) == ("/v1/claims", "dry_run=false")
    assert line["bytes"] == len(made.content)
    assert (line["address"], line["reviewer"]) == ("127.0.0.1", 2)
    assert line["user_agent"] == "night script/1.0"
    assert 0 < line["ms"] < 10_000
    assert line["at"].endswith("Z")
    text = httpx.get(f"{served.url}/metrics").text
    assert value(text, "http_requests_total", method="POST", operation="create_claim", status="201") == 1
    assert value(text, "claims", stage="open") == 1
    assert value(text, "log_head_seq") >= 6


def test_one_line_for_every_request(serve: Serve) -> None:
    served = serve()
    sent = {
        "/healthz": 200,
        "/v1/claims": 200,
        "/v1/nothing": 404,
        "/v1/claims.csv?all=true": 200,
        "/docs": 200,
    }
    sent |= {"/static/docs.js": 200, "/v1/claims?limt=1": 400, "/": 302}
    for number, path in enumerate(sent):
        httpx.get(f"{served.url}{path}", headers={"X-Request-Id": f"each-{number}", **ELSEWHERE})
    for number, (path, status) in enumerate(sent.items()):
        (line,) = lines_of(served, 1, request_id=f"each-{number}")
        assert (line["path"], line["status"]) == (path.partition("?")[0], status)
        assert (line["address"], line["reviewer"]) == ("203.0.113.5", None)


def test_a_long_body_has_one_line(served: Served) -> None:
    token = bearer(served.folder) | ELSEWHERE
    line = json.dumps({"act": "claim", **CLAIM, "text": "By the dozen."}).encode() + b"\n"
    before = httpx.get(f"{served.url}/v1/me", headers=token).headers["X-RateLimit-Limit"]
    sent = httpx.post(
        f"{served.url}/v1/bulk",
        content=line,
        headers={**token, "Content-Type": "application/x-ndjson", "X-Request-Id": "bulk-1"},
    )
    assert (sent.status_code, before) == (200, "6000"), sent.text
    assert int(sent.headers["X-RateLimit-Remaining"]) >= 5998
    httpx.get(f"{served.url}/v1", headers={"X-Request-Id": "after-bulk"})
    lines_of(served, 1, request_id="after-bulk")
    (told,) = lines_of(served, 1, request_id="bulk-1")
    assert (told["status"], told["path"]) == (200, "/v1/bulk")


def test_what_is_refused_at_the_door_has_its_line(served: Served) -> None:
    token = {"Authorization": "Bearer fct_whatever"}
    refused = (
        ("large", {"Content_Length": 10_000}, 413),
        ("slow", {"Content_Length": 100}, 408),
        ("odd", {"Content_Length": "1e3"}, 400),
    )
    for name, headers, _ in refused:
        with connected(served) as wire:
            wire.sendall(head("POST", "/v1/claims?q=1", X_Request_Id=name, **headers, **token) + b"{")
            assert wire.recv(65_536)[:9] == b"HTTP/1.1 "
    for name, _, status in refused[:2]:
        (line,) = lines_of(served, 1, request_id=name)
        assert (line["status"], line["path"], line["address"]) == (status, "/v1/claims", "127.0.0.1")
        assert line["bytes"] > 100
    text = httpx.get(f"{served.url}/metrics").text
    assert value(text, "http_requests_total", method="POST", operation="none", status="413") == 1


def test_no_secret_is_told(served: Served) -> None:
    token = bearer(served.folder)
    secret = token["Authorization"].removeprefix("Bearer ")
    asked = [
        f"/v1/claims?token={secret}",
        f"/v1/claims/{secret}",
        f"/v1/claims?q=x&api_key=sesame&t={secret.replace('_', '%5F', 1)}",
        f"/v1/claims?q=%66ct_{secret[4:]}",
        "/v1/claims?secret=whsec_C2FVsBQIhrscChlQIMV%2Bb5sSYspob7oD",
    ]
    for path in asked:
        agent = {"User-Agent": f"script {secret}", "X-Request-Id": secret[:20], "Referer": secret}
        httpx.get(f"{served.url}{path}", headers={**token, **agent})
        httpx.get(f"{served.url}{path}", headers={"Authorization": secret})
    httpx.post(f"{served.url}/v1/claims", json={**CLAIM, "text": "A whole sentence."}, headers=token)
    lines_of(served, 5, user_agent="script fct_…")
    written = b"".join(path.read_bytes() for path in served.folder.iterdir() if path.is_file())
    logged = b"".join(path.read_bytes() for path in served.folder.glob("*.log"))
    assert secret.encode() not in written
    for told in (secret[4:], secret[8:20], "sesame", "C2FVsBQ", "A whole sentence", "Bearer"):
        assert told.encode() not in logged, told
    assert b"fct_\\u2026" in logged


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fct_abc-DEF_123", "fct_…"),
        ("see whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw= there", "see whsec_… there"),
        ("Bearer FCT_ABC", "Bearer FCT_…"),
        ("a=1&token=x&b=2", "a=1&token=…&b=2"),
        ("a=%66%63%74%5Fabcdef", "…"),
        ("q=effect_size", "q=effect_size"),
        ("status=little_evidence&limit=50", "status=little_evidence&limit=50"),
        ("/v1/claims/12", "/v1/claims/12"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, told: str) -> None:
    assert redacted(text) == told


def test_no_character_ends_a_line(served: Served) -> None:
    with connected(served) as wire:
        path = "/v1/x%0Ay%0D%1B[31m%00%E2%80%A8z"
        sent = head("GET", path, X_Request_Id="odd", User_Agent="a\x85c", Connection="close")
        wire.sendall(sent.decode().encode("latin-1"))
        wire.recv(65_536)
    (line,) = lines_of(served, 1, request_id="odd")
    assert line["path"].startswith("/v1/x\ny\r\x1b[31m\0")
    port = served.url.rpartition(":")[2]
    written = (served.folder / f"server-{port}.log").read_bytes()
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in written)


def test_long_lines_are_cut_and_stay_whole(served: Served) -> None:
    for letter in ("a", "é"):
        named = {"X_Request_Id": f"long-{ord(letter)}", "User_Agent": "u" * 5000}
        with connected(served) as wire:
            wire.sendall(head("GET", f"/v1/claims?q={letter * 9000}", Connection="close", **named))
            wire.recv(65_536)
        (line,) = lines_of(served, 1, request_id=f"long-{ord(letter)}")
        assert line["query"].endswith("…")
        assert len(json.dumps(line)) < 4096


def test_lines_can_be_left_out_but_faults_are_told(serve: Serve, tmp_path: Path) -> None:
    served = serve(log="off")
    with closing(sqlite3.connect(tmp_path / "desk.db")) as conn:
        conn.execute("DROP TABLE tokens")
    failed = httpx.get(
        f"{served.url}/v1/me", headers={"Authorization": "Bearer fct_secret", "X-Request-Id": "f-1"}
    )
    assert_problem(failed, 500, "INTERNAL")
    (line,) = lines_of(served, 1, level="error")
    assert list(line) == ["at", "level", "event", "logger", "message", "traceback"]
    assert "f-1" in line["message"]
    assert line["traceback"].startswith("Traceback")
    assert "no such table" in line["traceback"]
    assert not [each for each in lines_of(served, 1) if each["event"] == "request"]


def test_records_of_others_come_in_the_same_form() -> None:
    form = JsonLines()
    try:
        raise ValueError("with fct_abcdef and\na second line")
    except ValueError:
        record = _record("message %s", ("whsec_abc",), sys.exc_info())
    line = json.loads(form.format(record))
    assert line["message"] == "message whsec_…"
    assert "with fct_… and\na second line" in line["traceback"]
    assert "\n" not in form.format(record)


def _record(message: str, args: tuple[object, ...], fault: Any) -> Any:
    return logging.LogRecord("_granian", logging.WARNING, "x.py", 1, message, args, fault)


def test_a_reader_of_the_log_who_stalls_stops_nobody(settings: Settings) -> None:
    go_on = threading.Event()
    written: list[bytes] = []

    def write(lines: bytes) -> None:
        go_on.wait(20)
        written.append(lines)

    lines = RequestLog(write)
    app = create_app(settings, Telemetry(settings, lines))
    client = app.test_client()
    for _ in range(300):
        assert client.get("/healthz").status_code == 200
    go_on.set()
    lines.flush()
    for _ in range(100):
        if sum(part.count(b"\n") for part in written) == 300:
            break
        time.sleep(0.05)
    told = [json.loads(line) for part in written for line in part.splitlines()]
    assert len(told) == 300
    app.extensions["factcheck"].desk.close()


def test_stopping_loses_no_line(serve: Serve) -> None:
    served = serve()
    for number in range(20):
        httpx.get(f"{served.url}/v1", headers={"X-Request-Id": f"last-{number}"})
    served.process.terminate()
    served.process.wait(20)
    assert len({line["request_id"] for line in lines_of(served, 20, path="/v1")}) == 20


def test_metrics_are_the_same_whichever_process_is_asked(served: Served) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: httpx.get(f"{served.url}/v1/statuses"), range(60)))
    counts = {
        value(
            httpx.get(f"{served.url}/metrics").text,
            "http_requests_total",
            method="GET",
            operation="list_statuses",
            status="200",
        )
        for _ in range(10)
    }
    assert counts == {60.0}


def test_metrics_are_right(serve: Serve, tmp_path: Path) -> None:
    served = serve(rate_address="10")
    room = Newsroom(Settings(database=str(tmp_path / "desk.db")))
    room.claim()
    room.claim(text="Another.", published=False)
    room.desk.close()
    for _ in range(12):
        httpx.get(f"{served.url}/v1/claims/1", headers=ELSEWHERE)
    httpx.head(f"{served.url}/v1/claims/2")
    httpx.request("BREW", f"{served.url}/v1/claims/1")
    httpx.get(f"{served.url}/v1/claims/{'9' * 18}")
    text = httpx.get(f"{served.url}/metrics").text
    requests = {
        tuple(dict(labels)[name] for name in ("method", "operation", "status")): count
        for (name, labels), count in samples(text).items()
        if name == "factcheck_http_requests_total"
    }
    requests.pop(("GET", "get_health", "200"))
    assert requests == {
        ("GET", "get_claim", "200"): 10,
        ("GET", "none", "429"): 2,
        ("HEAD", "get_claim", "404"): 1,
        ("other", "none", "405"): 1,
        ("GET", "get_claim", "404"): 1,
    }
    duration = "http_request_duration_seconds"
    assert value(text, f"{duration}_count", operation="get_claim") == 12
    assert value(text, f"{duration}_bucket", operation="get_claim", le="+Inf") == 12
    assert 0 < value(text, f"{duration}_sum", operation="get_claim") < 12
    buckets = [
        (float(dict(labels)["le"]), count)
        for (name, labels), count in samples(text).items()
        if name == f"factcheck_{duration}_bucket" and dict(labels)["operation"] == "get_claim"
    ]
    assert [count for _, count in sorted(buckets)] == sorted(count for _, count in buckets)
    assert value(text, "rate_limited_requests_total", limit="address") == 2
    assert value(text, "rate_limited_requests_total", limit="token") == 0
    assert (value(text, "claims", stage="open"), value(text, "claims", stage="published")) == (1, 1)
    with closing(sqlite3.connect(tmp_path / "desk.db")) as conn:
        seq, at = conn.execute("SELECT max(seq), unixepoch(max(at)) FROM events").fetchone()
    assert value(text, "log_head_seq") == seq
    assert abs(value(text, "log_newest_timestamp_seconds") - at) <= 1
    assert value(text, "database_bytes") >= 4096
    assert value(text, "database_wal_bytes") > 0
    free = shutil.disk_usage(tmp_path).free
    assert abs(value(text, "disk_free_bytes") - free) < 1 << 30
    # A process that is killed takes no counts with it.
    kill_workers(served)
    again = samples(patiently(f"{served.url}/metrics"))
    assert all(again[known] == count for known, count in samples(text).items() if "get_claim" in str(known))
    assert value(patiently(f"{served.url}/metrics"), "rate_limited_requests_total", limit="address") == 2


def kill_workers(served: Served) -> None:
    family = ["ps", "-o", "pid=", "--ppid", str(served.process.pid)]
    children = subprocess.run(family, capture_output=True, text=True, check=True)
    for worker in children.stdout.split():
        os.kill(int(worker), signal.SIGKILL)


def patiently(url: str) -> str:
    for _ in range(200):
        with suppress(httpx.TransportError):
            return httpx.get(url).text
        time.sleep(0.1)
    raise AssertionError("no worker took the place of those that were killed")


def test_every_metric_says_what_it_is(newsroom: Newsroom) -> None:
    newsroom.claim()
    answer = newsroom.anonymous.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    assert len(families) == 9
    for family in families:
        assert family.name.startswith("factcheck_")
        assert family.documentation.endswith(".")
        assert family.type != "unknown"


def test_promtool_finds_nothing(newsroom: Newsroom) -> None:
    assert PROMTOOL.exists(), "there is no promtool; as root `make .venv/prometheus` fetches it"
    newsroom.claim()
    newsroom.anonymous.get("/v1/nothing", headers=ELSEWHERE)
    text = newsroom.anonymous.get("/metrics").data
    told = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("setting", "here", "elsewhere", "reader", "admin"),
    [
        ("local", 200, 404, 403, 200),
        ("everybody", 200, 200, 200, 200),
        ("nobody", 404, 404, 404, 404),
    ],
)
def test_who_may_read_metrics(
    settings: Settings, setting: str, here: int, elsewhere: int, reader: int, admin: int
) -> None:
    room = Newsroom(replace(settings, metrics=setting))
    assert room.anonymous.get("/metrics").status_code == here
    asked = [
        caller.get("/metrics", headers=ELSEWHERE) for caller in (room.anonymous, room.reader, room.admin)
    ]
    assert [answer.status_code for answer in asked] == [elsewhere, reader, admin]
    if elsewhere == 404:
        nothing = room.anonymous.get("/v1/nothing", headers=ELSEWHERE)
        assert asked[0].json["detail"] == nothing.json["detail"], "it tells nothing of its being there"
    bad = {"Authorization": "Bearer fct_bad"}
    assert room.anonymous.get("/metrics", headers=bad).status_code == 401
    room.desk.close()


def test_a_lock_whose_holder_was_killed_is_set_free(newsroom: Newsroom) -> None:
    telemetry = newsroom.app.extensions["factcheck.telemetry"]
    telemetry.tally._cells.hold()
    begun = time.monotonic()
    assert newsroom.anonymous.get("/v1").status_code == 200
    assert time.monotonic() - begun < 2
    # Should its holder only have slept, he finds it free.
    telemetry.tally._cells.let_go()


def test_an_answer_that_breaks_off_is_told_once(served: Served) -> None:
    with connected(served) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.sendall(head("GET", "/v1/statuses.ndjson?all=true", X_Request_Id="cut"))
        wire.recv(100)
    assert len(lines_of(served, 1, request_id="cut")) == 1
