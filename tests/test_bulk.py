"""Many acts in one body: each line answered, good ones kept, nothing stored twice."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from werkzeug.test import TestResponse

from factcheck.workflow import bulk as carrying_out
from tests.conftest import CLAIM, PUBLIC_URL, SOURCE, VERDICT, Caller, Newsroom, Served, assert_problem

NDJSON = {"Content-Type": "application/x-ndjson"}
ACTS = [
    {"act": "claim", "ref": "b-1", **CLAIM},
    {"act": "source", "claim": "b-1", **SOURCE},
    {"act": "verdict", "claim": "b-1", **VERDICT},
    {"act": "verdict", "claim": 1, "status": "unclear", "rationale": "The log was shown."},
]


def sent(lines: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def bulk(caller: Caller, lines: Iterable[Any] | bytes, query: str = "") -> list[dict[str, Any]]:
    body = lines if isinstance(lines, bytes) else sent(lines)
    answer = caller.post(f"/v1/bulk{query}", data=body, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/x-ndjson"
    return results(answer)


def results(answer: TestResponse | httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def counted(room: Newsroom) -> dict[str, int]:
    return {table: room.rows(table) for table in ("claims", "evidence", "verdicts", "events", "replies")}


def test_it_works(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    told = bulk(newsroom.reviewer, ACTS)
    assert [(each["line"], each["status"], each["id"]) for each in told] == [
        (1, 201, 1),
        (2, 201, 1),
        (3, 201, 1),
        (4, 201, 2),
    ]
    assert [each["location"] for each in told] == [
        f"{PUBLIC_URL}/v1/claims/1",
        f"{PUBLIC_URL}/v1/claims/1/sources/1",
        f"{PUBLIC_URL}/v1/verdicts/1",
        f"{PUBLIC_URL}/v1/verdicts/2",
    ]
    claim = newsroom.reviewer.get("/v1/claims/1").json
    assert (claim["standing"]["status"], len(claim["sources"]), len(claim["verdicts"])) == ("unclear", 1, 2)
    assert newsroom.reviewer.get("/v1/verdicts/2").json["etag"] == told[3]["etag"]
    assert newsroom.rows("events") == lines + len(ACTS), "each act has a line of its own in the log"
    assert [row["id"] for row in newsroom.reviewer.get("/v1/claims?q=shown").json["items"]] == [1]


def test_an_import_can_publish(newsroom: Newsroom) -> None:
    told = bulk(newsroom.editor, [*ACTS, {"act": "publish", "claim": "b-1"}])
    assert (told[4]["status"], told[4]["location"]) == (200, f"{PUBLIC_URL}/v1/claims/1")
    assert newsroom.anonymous.get("/v1/claims/1").json["stage"] == "published"
    assert bulk(newsroom.reviewer, [{"act": "publish", "claim": 1}])[0]["status"] == 403


def test_the_same_file_again_stores_nothing(newsroom: Newsroom) -> None:
    # One reviewer's two verdicts in turn are no natural duplicates; the same line twice is two lines.
    lines = [*ACTS, ACTS[2], ACTS[3]]
    first = bulk(newsroom.reviewer, lines)
    before = counted(newsroom)
    assert (before["verdicts"], before["replies"]) == (4, 6)
    again = bulk(newsroom.reviewer, lines)
    assert again == [{**each, "replayed": True} for each in first]
    assert counted(newsroom) == before


def test_a_mended_file_sent_whole_stores_what_was_mended(newsroom: Newsroom) -> None:
    spoilt = [ACTS[0], {**ACTS[1], "stance": "against"}, ACTS[2], {**ACTS[3], "claim": "b-2"}]
    told = bulk(newsroom.reviewer, spoilt)
    assert [each["status"] for each in told] == [201, 400, 201, 404]
    assert told[1]["problem"]["errors"][0]["pointer"] == "/stance"
    assert [told[1]["input"], told[3]["input"]] == [spoilt[1], spoilt[3]], "ready to mend and send again"
    mended = bulk(newsroom.reviewer, ACTS)
    assert [each["replayed"] for each in mended] == [True, False, True, False]
    assert (newsroom.rows("claims"), newsroom.rows("evidence"), newsroom.rows("verdicts")) == (1, 1, 2)


def test_a_line_may_bring_its_own_key(newsroom: Newsroom) -> None:
    newsroom.claim()
    keyed = {"act": "verdict", "claim": 1, **VERDICT, "key": "night-1"}
    told = bulk(newsroom.reviewer, [keyed, keyed, {**keyed, "status": "unclear"}])
    assert [each["status"] for each in told] == [201, 201, 422]
    assert [told[1]["replayed"], told[2]["problem"]["code"]] == [True, "IDEMPOTENCY_KEY_REUSED"]
    assert newsroom.rows("verdicts") == 1


def test_what_is_refused_after_it_changed_something_leaves_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    lines = [
        {"act": "claim", **CLAIM, "text": "One.", "ref": "taken"},
        # The claimant is made before the ref is found to be taken.
        {"act": "claim", **CLAIM, "claimant": {"name": "Nobody", "kind": "person"}, "ref": "taken"},
        # A new source is attached before the next is found not to be.
        {"act": "verdict", "claim": 1, **VERDICT, "sources": [SOURCE, 99]},
        {"act": "claim", **CLAIM, "text": "Two."},
    ]
    told = bulk(newsroom.reviewer, lines)
    assert [each["status"] for each in told] == [201, 409, 400, 201]
    assert (newsroom.rows("claimants"), newsroom.rows("sources"), newsroom.rows("verdicts")) == (1, 0, 0)
    assert newsroom.app.test_cli_runner().invoke(args=["check"]).exit_code == 0


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (b'{"act": "claim"', 400, "The line is not JSON"),
        (b"[1]", 400, "must be one JSON object"),
        (b'{"act": "claim", "act": "claim"}', 400, "stands twice"),
        (b'"caf\xe9"', 400, "not UTF-8"),
        (b'{"act": "erase"}', 400, "/act: This must be one of claim, source, verdict, publish, link."),
        (b'{"claim": 1}', 400, "/act: "),
        (b'{"act": "verdict", "claim": 7, "status": "unclear", "rationale": "R."}', 404, "no claim 7"),
        (b'{"act": "verdict", "status": "unclear", "rationale": "R."}', 400, "/claim: "),
        (b'{"act": "publish", "claim": "no such"}', 400, "/claim: "),
        (b'{"act": "publish", "claim": 0}', 400, "/claim: "),
        (b'{"act": "publish", "claim": 1, "why": "x"}', 400, "no why here"),
        (b'{"act": "publish", "claim": 1}{"act": "publish", "claim": 1}', 400, "--data-binary"),
        (b'{"text": "' + b"x" * 1_048_576 + b'"}', 413, "longer than"),
    ],
)
def test_a_bad_line_is_told_and_the_others_kept(
    newsroom: Newsroom, line: bytes, status: int, said: str
) -> None:
    told = bulk(newsroom.reviewer, b"\n".join([sent(ACTS[:1]).strip(), line, b"", sent(ACTS[1:])]))
    assert [(each["line"], each["status"]) for each in told] == [
        *((1, 201), (2, status), (4, 201), (5, 201), (6, 201))
    ]
    assert said in told[1]["problem"]["detail"]
    if status == 400:
        assert told[1]["input"] in (line.decode("utf-8", "replace"), json.loads(_or_null(line)))


def _or_null(line: bytes) -> bytes:
    try:
        json.loads(line)
    except ValueError:
        return b"null"
    return line


def test_a_rehearsal_stores_nothing(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted(newsroom)
    spoilt = [*ACTS[:2], {"act": "verdict", "claim": "b-1", "status": "nonsense", "rationale": "R."}, ACTS[3]]
    told = bulk(newsroom.reviewer, spoilt, "?dry_run=true")
    assert [each["status"] for each in told] == [201, 201, 400, 201]
    assert counted(newsroom) == before
    real = bulk(newsroom.reviewer, spoilt)
    assert [(each["status"], each.get("id")) for each in real] == [
        (each["status"], each.get("id")) for each in told
    ]
    monkeypatch.setattr(carrying_out, "MOST_LINES_REHEARSED", 2)
    told = bulk(newsroom.reviewer, ACTS, "?dry_run=true")
    assert [each["status"] for each in told] == [201, 201, 413, 413]


def test_callers_are_held_to_who_they_are(newsroom: Newsroom) -> None:
    assert_problem(newsroom.anonymous.post("/v1/bulk", data=sent(ACTS)), 401, "UNAUTHENTICATED")
    assert_problem(newsroom.reader.post("/v1/bulk", data=sent(ACTS)), 403, "FORBIDDEN", "claim:add")
    assert newsroom.rows("claims") == 0


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "application/x-ndjson"]
)
def test_what_clients_call_lines(newsroom: Newsroom, kind: str) -> None:
    answer = newsroom.reviewer.post("/v1/bulk", data=sent(ACTS), headers={"Content-Type": kind})
    assert [each["status"] for each in results(answer)] == [201] * 4


def test_what_is_no_lines_is_refused(newsroom: Newsroom) -> None:
    post = newsroom.reviewer.post
    assert_problem(post("/v1/bulk", data=b" \n\n"), 400, "MALFORMED_BODY", "empty")
    csv = {"Content-Type": "text/csv"}
    assert_problem(post("/v1/bulk", data=b"a,b", headers=csv), 415, "UNSUPPORTED_MEDIA_TYPE", "--data-binary")
    picky = {**NDJSON, "Accept": "text/csv"}
    assert_problem(post("/v1/bulk", data=sent(ACTS), headers=picky), 406, "NOT_ACCEPTABLE")
    forged = {"Origin": "https://evil.example.org", "Content-Type": "text/plain"}
    assert_problem(post("/v1/bulk", data=sent(ACTS), headers=forged), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_problem(post("/v1/bulk?dryrun=1", data=sent(ACTS)), 400, "UNKNOWN_PARAMETER")
    assert newsroom.rows("claims") == 0


def test_batches_are_many_commits(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "MOST_LINES_A_BATCH", 3)
    monkeypatch.setattr(carrying_out, "MOST_SECONDS_A_BATCH", 0.0)
    lines = [{"act": "claim", **CLAIM, "text": f"Statement {number}."} for number in range(20)]
    assert [each["id"] for each in bulk(newsroom.reviewer, lines)] == list(range(1, 21))
    assert [each["replayed"] for each in bulk(newsroom.reviewer, lines)] == [True] * 20


def served_token(desk: Served) -> dict[str, str]:
    assert desk.flask("reviewer", "add", "Importer", "--role", "reviewer").returncode == 0
    token = desk.flask("token", "issue", "1").stdout.strip()
    return {"Authorization": f"Bearer {token}", **NDJSON}


def many(count: int) -> list[dict[str, Any]]:
    return [{"act": "claim", **CLAIM, "text": f"Statement {number}."} for number in range(count)]


@pytest.mark.slow
def test_no_client_is_caught_between_sending_and_reading(serve: Callable[..., Served]) -> None:
    desk = serve(max_bulk="3000000", body_timeout="2")
    headers = served_token(desk)
    post = lambda body, **more: httpx.post(  # noqa: E731
        f"{desk.url}/v1/bulk", content=body, headers={**headers, **more}, timeout=60
    )
    # More than any buffer between the two holds, with answers to match, and nobody reads until all is sent.
    lines = [{"act": "publish", "claim": 99, "reason": "x" * 1900} for _ in range(1400)]
    told = results(post(sent(lines)))
    assert [each["line"] for each in told] == list(range(1, 1401))
    # In chunks, without a length.
    assert len(results(post(iter([sent(many(3)), sent(many(2))])))) == 5
    assert_problem(post(b"x" * 3_000_001), 413, "BODY_TOO_LARGE")
    assert_problem(post(sent(many(2)), Authorization="Bearer fct_x"), 401, "UNAUTHENTICATED")
    assert_stalled_body_is_cut(desk, headers)
    # The other requests of a worker that has a long answer under way are answered.
    assert httpx.get(f"{desk.url}/healthz").status_code == 200


def assert_stalled_body_is_cut(desk: Served, headers: dict[str, str]) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(f"POST /v1/bulk HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n{head}\r\n{{".encode())
        # It takes longer than the limit, but something keeps coming.
        for _ in range(3):
            time.sleep(1)
            wire.sendall(b" ")
        begun = time.monotonic()
        answer = wire.recv(9999).decode()
        assert "408" in answer.splitlines()[0]
        assert "for 2 seconds" in answer
        assert 1 < time.monotonic() - begun < 8


@pytest.mark.slow
def test_others_get_their_turn_while_a_long_file_is_carried_out(serve: Callable[..., Served]) -> None:
    desk = serve(workers="1")
    headers = served_token(desk)
    waits: list[float] = []
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            begun = time.monotonic()
            claim = {**CLAIM, "text": f"In between, {number}."}
            sent_alone = {**headers, "Content-Type": "application/json"}
            answer = httpx.post(f"{desk.url}/v1/claims", json=claim, headers=sent_alone, timeout=10)
            assert answer.status_code == 201
            waits.append(time.monotonic() - begun)

    other = threading.Thread(target=write)
    other.start()
    try:
        seen = 0
        with httpx.stream(
            "POST", f"{desk.url}/v1/bulk", content=sent(many(3000)), headers=headers, timeout=60
        ) as answer:
            for line in answer.iter_lines():
                seen += json.loads(line)["status"] == 201
    finally:
        done.set()
        other.join()
    assert seen == 3000
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < 1, waits


def test_lines_are_read_without_a_length(newsroom: Newsroom) -> None:
    answer = newsroom.reviewer.post(
        "/v1/bulk",
        input_stream=io.BytesIO(sent(ACTS)),
        headers=NDJSON,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert len(results(answer)) == 4


@pytest.mark.parametrize(
    ("meanwhile", "status", "said"),
    [
        (lambda admin: admin.post("/v1/tokens/2/revocation"), 401, "revoked"),
        (lambda admin: admin.post("/v1/reviewers/2/revocation"), 401, "revoked"),
        (lambda admin: admin.patch("/v1/reviewers/2", {"active": False}), 401, "no longer use"),
        (lambda admin: admin.patch("/v1/reviewers/2", {"role": "reader"}), 403, "claim:add"),
    ],
)
def test_who_may_no_longer_act_stores_nothing_more(
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[Caller], TestResponse],
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(carrying_out, "MOST_LINES_A_BATCH", 5)
    body = sent(many(20)) + b'{"act"\n'
    lines = newsroom.reviewer.post("/v1/bulk", data=body, headers=NDJSON).iter_encoded()
    told = [json.loads(next(lines)) for _ in range(5)]
    assert meanwhile(newsroom.admin).status_code == 200
    told += [json.loads(line) for line in lines]
    assert [each["status"] for each in told] == [201] * 5 + [status] * 16
    assert all(said in each["problem"]["detail"] for each in told[5:])
    # What can't be read goes back as a text, for whatever reason it is refused.
    assert [told[5]["input"], told[20]["input"]] == [many(6)[5], '{"act"']
    assert newsroom.rows("claims") == 5


def test_a_new_run_has_new_lines(newsroom: Newsroom) -> None:
    newsroom.claim()
    first, second = [{**ACTS[3], "status": each} for each in ("unclear", "little_evidence")]
    keyed = {"act": "verdict", "claim": 1, **VERDICT, "key": "mine"}

    def replayed(line: dict[str, Any], run: str | None) -> bool:
        headers = NDJSON | ({"Idempotency-Key": run} if run else {})
        told = results(newsroom.reviewer.post("/v1/bulk", data=sent([line]), headers=headers))
        return bool(told[0]["replayed"])

    def standing() -> str:
        return str(newsroom.reviewer.get("/v1/claims/1").json["standing"]["status"])

    assert [replayed(line, None) for line in (first, second, first)] == [False, False, True]
    assert standing() == "little_evidence", "without a name, the same line is the same line"
    named = [(first, "monday"), (second, "tuesday"), (first, "wednesday"), (first, "wednesday")]
    assert [replayed(*each) for each in named] == [False, False, False, True]
    assert standing() == "unclear"
    assert [replayed(keyed, run) for run in ("monday", "tuesday", None)] == [False, True, True]
    unreadable = {**NDJSON, "Idempotency-Key": "x" * 300}
    assert_problem(newsroom.reviewer.post("/v1/bulk", data=sent([first]), headers=unreadable), 400, "INVALID")


def test_old_replies_go_quicker_than_new_ones_come(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying_out, "MOST_SECONDS_A_BATCH", 60)
    bulk(newsroom.reviewer, many(1000))
    newsroom.db.conn.execute("UPDATE replies SET answered_at = '2020-01-01T00:00:00.000Z'")
    fresh = [{**line, "place": "Old Bridge"} for line in many(600)]
    bulk(newsroom.reviewer, fresh)
    assert newsroom.rows("replies") == 600
