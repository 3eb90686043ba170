"""Deliveries over the real thing: a receiver that verifies, fails, stalls and is told everything."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from factcheck.dates import stamp
from factcheck.sending import targets
from factcheck.sending.posting import post
from factcheck.sending.targets import Target
from factcheck.settings import Settings
from factcheck.workflow.delivering import LINES_A_TURN, Deliverer
from tests import receiving as ways
from tests.conftest import PUBLIC_HOOK, VERDICT, Newsroom, Served
from tests.receiving import Receiver, receiving

ROOT = Path(__file__).parent.parent
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def newsroom(settings: Settings) -> Iterator[Newsroom]:
    room = Newsroom(replace(settings, hooks_private=LOOPBACK))
    yield room
    room.desk.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


def hooked(room: Newsroom, receiver: Receiver, **more: Any) -> int:
    made = room.admin.post("/v1/hooks", {"url": receiver.url, **more})
    assert made.status_code == 201, made.text
    receiver.secret = made.json["secret"]
    return int(made.json["id"])


def deliver(room: Newsroom, clock: Callable[[], datetime] | None = None, patience: float = 5.0) -> None:
    """Send what is due, as `flask deliver --once` does."""
    more = {"clock": clock} if clock else {}
    assert Deliverer(room.desk, room.settings, patience=patience, **more).run_once()


def progress(room: Newsroom, hook_id: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = room.admin.get(f"/v1/hooks/{hook_id}/progress").json
    return found


def deliveries(room: Newsroom, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room.admin.get(f"/v1/hooks/1/deliveries?limit=200{query}").json["items"]
    return found


def acts(receiver: Receiver) -> list[str]:
    return [each["data"]["act"] for each in receiver.came]


def write_claims(room: Newsroom, count: int) -> list[int]:
    """Record published claims; give the lines that everybody may see."""
    first = room.rows("events")
    for number in range(count):
        room.claim(text=f"Statement {number} of {random.random()}.")
    sql = "SELECT seq FROM events WHERE public = 1 AND seq > ? ORDER BY seq"
    return [seq for (seq,) in room.db.conn.execute(sql, (first,))]


def test_it_works(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.claim(text="This was published before there was a hook.")
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 2)
    newsroom.reviewer.post("/v1/claims/2/verdicts", VERDICT)
    deliver(newsroom)
    assert receiver.faults == []
    assert receiver.taken == [*lines, lines[-1] + 1], "from its beginning on, in order"
    message = receiver.came[-1]
    assert list(json.loads(message["body"])) == ["type", "timestamp", "data"]
    assert message["type"] == "verdict.issue"
    assert message["timestamp"] == message["data"]["at"]
    assert (message["data"]["act"], message["data"]["claim"]) == ("verdict:issue", 2)
    assert "little evidence" in message["data"]["summary"]
    headers = message["headers"]
    assert headers["webhook-id"] == f"msg_1_{message['data']['hash'][:32]}"
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert "Authorization" not in headers
    assert "Cookie" not in headers
    assert progress(newsroom)["after"] == message["data"]["seq"]
    told = deliveries(newsroom)
    assert [each["seq"] for each in told] == receiver.taken[::-1]
    assert {(each["outcome"], each["status"], each["error"]) for each in told} == {("delivered", 204, None)}
    deliver(newsroom)
    assert len(receiver.came) == 3, "nothing is sent twice"


def test_what_is_not_taken_holds_back_what_comes_after(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 4)
    receiver.answers = [204, 500, 404, 204]
    clock = Clock()
    deliver(newsroom, clock)
    assert receiver.tried == lines[:2]
    stands = progress(newsroom)
    assert (stands["after"], stands["attempts"]) == (lines[0], 1)
    assert stands["failing_since"] == stamp(clock.at)
    wait = datetime.fromisoformat(stands["next_try_at"]) - clock.at
    assert timedelta(seconds=3) < wait < timedelta(seconds=7)
    deliver(newsroom, clock)
    assert receiver.tried == lines[:2], "it is not due yet"
    clock.at += timedelta(seconds=8)
    deliver(newsroom, clock)
    assert receiver.tried == [lines[0], lines[1], lines[1]]
    assert progress(newsroom)["attempts"] == 2
    clock.at += timedelta(seconds=40)
    deliver(newsroom, clock)
    assert receiver.taken == lines, "once it is taken, the others follow at once"
    ids = [each["headers"]["webhook-id"] for each in receiver.came]
    assert ids[1] == ids[2] == ids[3], "a message is known again"
    assert progress(newsroom)["failing_since"] is None
    failed = deliveries(newsroom, "&outcome=failed")
    assert [(each["attempt"], each["status"]) for each in failed] == [(2, 404), (1, 500)]
    assert failed[0]["error"] == "It answered 404."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ways.hangs, "did not answer within 0.4 seconds"),
        (ways.drips, "did not answer within 0.4 seconds"),
        (ways.drips_its_body, "did not answer within 0.4 seconds"),
        (ways.says_continue_for_ever, "longer than 16384 bytes"),
        (ways.floods, "longer than 16384 bytes"),
        (ways.floods_its_headers, "longer than 16384 bytes"),
        (ways.talks_nonsense, "not HTTP"),
        (ways.hangs_up, "not HTTP"),
        (ways.breaks_off, "broke off"),
        (ways.leads_elsewhere, "redirects are not followed"),
        (301, "redirects are not followed"),
        (304, "redirects are not followed"),
        (400, "answered 400"),
        (503, "answered 503"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_counts_as_failure(
    newsroom: Newsroom, receiver: Receiver, answer: ways.Answer, said: str
) -> None:
    hooked(newsroom, receiver)
    receiver.always = answer
    write_claims(newsroom, 1)
    began = time.monotonic()
    deliver(newsroom, patience=0.4)
    assert time.monotonic() - began < 2
    (told,) = deliveries(newsroom)
    assert told["outcome"] == "failed"
    assert said in told["error"]
    assert told["error"].endswith(".")
    assert [each for each in receiver.faults if "redirect" in each] == []
    assert newsroom.admin.get("/v1/hooks/1").json["state"] == "active"


def test_a_receiver_that_is_not_there(newsroom: Newsroom) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        newsroom.admin.post("/v1/hooks", {"url": url})
        write_claims(newsroom, 1)
        deliver(newsroom)
    assert deliveries(newsroom)[0]["error"] == "It can't be reached: Connection refused."


def test_gone_pauses_at_once_and_going_on_loses_nothing(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 3)
    receiver.answers = [204, 410]
    deliver(newsroom)
    hook = newsroom.admin.get("/v1/hooks/1").json
    assert hook["state"] == "paused"
    assert "410 Gone" in hook["reason"]
    act, actor, changes = newsroom.db.conn.execute(
        "SELECT act, actor, changes FROM events ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    assert (act, actor) == ("hook:pause", "the desk")
    assert json.loads(changes)["reason"] == hook["reason"]
    lines += write_claims(newsroom, 1)
    deliver(newsroom)
    assert receiver.tried == lines[:2], "a hook that is paused is sent nothing"
    newsroom.admin.patch("/v1/hooks/1", {"state": "active"})
    deliver(newsroom)
    assert receiver.taken == lines


def test_after_three_days_it_is_paused_with_the_reason(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    receiver.secret = None  # its moments lie in the future of whoever verifies
    lines = write_claims(newsroom, 2)
    receiver.always = 500
    clock = Clock()
    began = clock.at
    while newsroom.admin.get("/v1/hooks/1").json["state"] == "active":
        deliver(newsroom, clock)
        following = progress(newsroom)["next_try_at"]
        if following:
            clock.at = datetime.fromisoformat(following)
    assert timedelta(days=3) - timedelta(seconds=1) <= clock.at - began <= timedelta(days=3)
    assert 15 < len(receiver.tried) < 40
    assert set(receiver.tried) == {lines[0]}
    hook = newsroom.admin.get("/v1/hooks/1").json
    assert hook["reason"].startswith(f"Line {lines[0]} could not be delivered for three days, since ")
    assert hook["reason"].endswith("It answered 500.")
    assert [each["attempt"] for each in deliveries(newsroom)][-3:] == [3, 2, 1]
    receiver.always = 204
    newsroom.admin.patch("/v1/hooks/1", {"state": "active"})
    deliver(newsroom, clock)
    assert receiver.taken == lines


def test_a_changed_address_is_tried_at_once(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 1)
    receiver.answers = [500]
    deliver(newsroom)
    newsroom.admin.patch("/v1/hooks/1", {"url": receiver.url + "?key=2"})
    deliver(newsroom)
    assert receiver.taken == lines
    assert receiver.came[-1]["path"] == "/hook?key=2"


def test_redelivery_begins_at_a_line(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.claim(text="Published before.")
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 3)
    deliver(newsroom)
    newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": lines[1]})
    deliver(newsroom)
    assert receiver.taken == [*lines, *lines[1:]]
    newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": 1})
    deliver(newsroom)
    assert receiver.tried[len(lines) + 2] == 1, "the whole log, from before there was a hook"
    assert receiver.faults == []


def test_an_id_is_the_same_for_ever_and_no_other_messages(
    newsroom: Newsroom, receiver: Receiver, settings: Settings, tmp_path: Path
) -> None:
    """Receivers know by it what came already, and several hooks and desks may share one of them."""
    other = Newsroom(replace(settings, database=str(tmp_path / "other.db"), hooks_private=LOOPBACK))

    def ids_sent(room: Newsroom) -> list[str]:
        receiver.came.clear()
        deliver(room)
        return [each["headers"]["webhook-id"] for each in receiver.came]

    for room in (newsroom, other):
        hooked(room, receiver)
        hooked(room, receiver)
        receiver.secret = None
        room.claim(text="The tunnel was closed.")
    sent = ids_sent(newsroom)
    assert len(set(sent)) == 2
    assert not set(sent) & set(ids_sent(other)), "other desks have lines of the same numbers"
    newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": 1})
    assert set(ids_sent(newsroom)) & set(sent) == {each for each in sent if each.startswith("msg_1_")}
    other.desk.close()


def test_redelivery_counts_though_a_delivery_is_under_way(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 3)
    deliver(newsroom)

    def placed_meanwhile(handler: BaseHTTPRequestHandler) -> None:
        newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": lines[0]})
        handler.send_response(204)
        handler.end_headers()

    receiver.answers = [placed_meanwhile]
    lines += write_claims(newsroom, 1)
    deliver(newsroom)
    assert receiver.tried == [*lines, *lines]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({}, ["claim:publish", "verdict:issue", "status:add"]),
        ({"acts": ["verdict:issue"]}, ["verdict:issue"]),
        ({"acts": ["verdict:issue", "status:add"]}, ["verdict:issue", "status:add"]),
        ({"claim": 1}, []),
        ({"claim": 2}, ["claim:publish", "verdict:issue"]),
        ({"story": "bridges"}, ["claim:publish", "verdict:issue"]),
        ({"story": "tunnels"}, []),
        (
            {"reads": "everything"},
            ["claim:add", "claim:publish", "verdict:issue", "claim:add", "verdict:issue", "status:add"],
        ),
        ({"reads": "everything", "claim": 3}, ["claim:add", "verdict:issue"]),
        ({"reads": "everything", "acts": ["claim:add"]}, ["claim:add", "claim:add"]),
    ],
)
def test_filters(newsroom: Newsroom, receiver: Receiver, wanted: dict[str, Any], sent: list[str]) -> None:
    for slug in ("bridges", "tunnels"):
        newsroom.reviewer.post("/v1/stories", {"slug": slug, "title": slug})
    newsroom.claim()
    if wanted.get("claim", 1) > 1:
        # A hook can name only what is there.
        hooked(newsroom, receiver, **{**wanted, "claim": None})
    else:
        hooked(newsroom, receiver, **wanted)
    newsroom.claim(text="A published one.", story="bridges")
    newsroom.reviewer.post("/v1/claims/2/verdicts", VERDICT)
    newsroom.claim(text="A secret one.", published=False)
    newsroom.reviewer.post("/v1/claims/3/verdicts", VERDICT)
    newsroom.admin.post(
        "/v1/statuses",
        {"slug": "unproven", "label": "unproven", "meaning": "No proof.", "needs_source": False},
    )
    if wanted.get("claim", 1) > 1:
        newsroom.admin.patch("/v1/hooks/1", {"claim": wanted["claim"]})
    deliver(newsroom)
    assert [act for act in acts(receiver) if not act.startswith("hook:")] == sent
    if wanted.get("reads") != "everything":
        assert not [each for each in receiver.came if b"secret one" in each["body"]]
        assert all(each["data"]["request_id"] is None for each in receiver.came)


def test_what_is_published_later_is_told_from_then_on(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    claim = newsroom.claim(published=False)
    deliver(newsroom)
    assert receiver.came == []
    newsroom.editor.post(f"/v1/claims/{claim['id']}/stage", {"stage": "published"})
    deliver(newsroom)
    assert acts(receiver) == ["claim:publish"]


def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(
    newsroom: Newsroom, receiver: Receiver
) -> None:
    hooked(newsroom, receiver)
    former = receiver.secret
    new = newsroom.admin.post("/v1/hooks/1/secret").json["secret"]
    for receiver.secret in (former, new):
        write_claims(newsroom, 1)
        deliver(newsroom)
    assert receiver.faults == []
    assert len(receiver.came[-1]["headers"]["webhook-signature"].split()) == 2
    clock = Clock()
    clock.at += timedelta(days=1, minutes=1)
    receiver.secret = None
    write_claims(newsroom, 1)
    deliver(newsroom, clock)
    assert len(receiver.came[-1]["headers"]["webhook-signature"].split()) == 1
    assert newsroom.rows("hook_secrets") == 1, "a secret that is no longer good is forgotten"
    assert former not in (new, None)


def test_hooks_do_not_wait_for_one_another(newsroom: Newsroom, receiver: Receiver) -> None:
    with receiving() as stalled:
        hooked(newsroom, stalled)
        hooked(newsroom, receiver)
        stalled.always = ways.hangs
        lines = write_claims(newsroom, 20)
        running = Deliverer(newsroom.desk, newsroom.settings, patience=1.5)
        thread = threading.Thread(target=running.run)
        began = time.monotonic()
        thread.start()
        receiver.wait_for(len(lines))
        assert time.monotonic() - began < 1.4
        running.stop()
        thread.join()
    assert receiver.taken == lines


def test_a_backlog_is_worked_off_in_order(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver, reads="everything")
    lines = write_claims(newsroom, LINES_A_TURN)
    deliver(newsroom)
    assert len(lines) < len(receiver.taken)
    assert receiver.taken == sorted(set(receiver.taken))
    head = newsroom.rows("events")
    assert receiver.taken == list(range(head - len(receiver.taken) + 1, head + 1)), "and none is left out"


def test_new_lines_are_noticed_quickly_and_nothing_is_asked_for_meanwhile(
    newsroom: Newsroom, receiver: Receiver
) -> None:
    hooked(newsroom, receiver)
    running = Deliverer(newsroom.desk, newsroom.settings)
    thread = threading.Thread(target=running.run)
    thread.start()
    waits = []
    for count in range(1, 6):
        write_claims(newsroom, 1)
        written = time.monotonic()
        receiver.wait_for(count)
        waits.append(time.monotonic() - written)
    running.stop()
    thread.join()
    assert max(waits) < 1


def test_what_was_passed_over_is_kept_and_old_deliveries_are_forgotten(
    newsroom: Newsroom, receiver: Receiver
) -> None:
    hooked(newsroom, receiver, acts=["verdict:issue"])
    write_claims(newsroom, 3)
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    newsroom.claim(text="Not for this hook.")
    deliver(newsroom)
    assert progress(newsroom)["after"] == newsroom.rows("events")
    assert len(deliveries(newsroom)) == 1
    clock = Clock()
    clock.at += timedelta(days=31)
    deliver(newsroom, clock)
    assert deliveries(newsroom) == []


def test_a_clock_that_was_far_ahead_holds_nothing_back(newsroom: Newsroom, receiver: Receiver) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 1)
    clock = Clock()
    clock.at += timedelta(days=3650)
    receiver.answers = [500]
    receiver.secret = None
    deliver(newsroom, clock)
    deliver(newsroom)
    assert receiver.taken == lines


def test_what_can_not_be_written_down_is_sent_again_but_not_at_once(
    newsroom: Newsroom, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 2)
    # As if the disk were full.
    newsroom.db.conn.execute(
        "CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    running = Deliverer(newsroom.desk, newsroom.settings)
    thread = threading.Thread(target=running.run)
    thread.start()
    receiver.wait_for(1)
    time.sleep(1)
    running.stop()
    thread.join()
    assert receiver.taken == lines[:1]
    assert "its turn broke off" in caplog.text
    newsroom.db.conn.execute("DROP TRIGGER full")
    deliver(newsroom)
    assert receiver.taken == [lines[0], *lines]
    assert [each["seq"] for each in deliveries(newsroom)] == lines[::-1]


def test_a_name_that_stands_for_something_else_by_now_is_not_called(
    newsroom: Newsroom, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Play the owner of a name who changes what it stands for once the hook is accepted."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    known = socket.getaddrinfo
    stands_for = "93.184.215.14"

    def looked_up(host: str, *arguments: Any, **more: Any) -> Any:
        return known(stands_for if host == "news.example" else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    guarded = replace(newsroom.settings, hooks_private="none")
    room = Newsroom(replace(guarded, database=f"{guarded.database}-guarded"))
    made = room.admin.post("/v1/hooks", {"url": f"https://news.example:{port}/"})
    assert made.status_code == 201
    stands_for = "127.0.0.1"
    room.claim()
    deliver(room)
    (told,) = deliveries(room)
    assert "127.0.0.1, which is not on the public internet" in told["error"]
    assert receiver.came == []
    room.desk.close()


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Play a resolver that gives another address when it is asked a second time."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    asked: list[str] = []
    known = socket.getaddrinfo

    def looked_up(host: str, *arguments: Any, **more: Any) -> Any:
        asked.append(host)
        return known("127.0.0.1" if host == "news.example" else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    target = targets.checked(f"http://news.example:{port}/x", targets.networks(LOOPBACK))
    answer = post(target, {}, b'{"data":{"seq":1}}', ssl.create_default_context())
    assert (answer.status, answer.fault) == (204, None)
    assert asked == ["news.example", "127.0.0.1"], "the name is looked up once"
    assert receiver.came[0]["headers"]["Host"] == f"news.example:{port}"


def test_no_proxy_of_the_environment_is_used(
    newsroom: Newsroom, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 1)
    deliver(newsroom)
    assert receiver.taken == lines


def test_an_address_that_does_not_answer_leaves_time_for_the_next(receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    with closing(socket.socket()) as full:
        # Nobody accepts there and the queue is full, so connecting waits.
        full.bind(("127.0.0.2", port))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.2", port))
        target = Target(False, "news.example", port, "/", ("127.0.0.2", "127.0.0.1"))
        answer = post(target, {}, b'{"data":{"seq":1}}', ssl.create_default_context(), patience=1)
        for each in waiting:
            each.close()
    assert answer.fault is None


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[tuple[int, list[str | None], Path]]:
    """Serve TLS with a certificate for news.example; give port, names that were asked for, certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=news.example -addext subjectAltName=DNS:news.example "
        f"-keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: asked.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port, asked, certificate
    server.shutdown()
    server.server_close()


def test_tls_asks_for_the_name_though_it_connects_to_an_address(
    certified: tuple[int, list[str | None], Path],
) -> None:
    port, asked, certificate = certified
    trust = ssl.create_default_context(cafile=str(certificate))
    target = Target(True, "news.example", port, "/", ("127.0.0.1",))
    assert post(target, {}, b"{}", trust).status == 200
    assert asked == ["news.example"]
    other = post(replace(target, host="other.example"), {}, b"{}", trust)
    assert other.fault is not None
    assert "certificate is not good" in other.fault
    stranger = post(target, {}, b"{}", ssl.create_default_context())
    assert stranger.fault is not None
    assert "certificate is not good" in stranger.fault
    plain = post(replace(target, secure=False), {}, b"{}", trust, patience=1)
    assert plain.fault is not None


def test_a_server_that_does_not_speak_tls(receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    target = Target(True, "news.example", port, "/", ("127.0.0.1",))
    answer = post(target, {}, b"{}", ssl.create_default_context(), patience=1)
    assert answer.fault is not None
    assert answer.fault.startswith(("TLS could not be agreed on", "It can't be reached", "It did not answer"))


@pytest.fixture
def command(newsroom: Newsroom) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run `flask deliver` in a process of its own."""
    running = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
        environment["FACTCHECK_DATABASE"] = newsroom.settings.database
        environment["FACTCHECK_HOOKS_PRIVATE"] = newsroom.settings.hooks_private
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "flask", "deliver", *arguments],
                env=environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_killed_at_any_moment_it_loses_nothing(
    newsroom: Newsroom, receiver: Receiver, command: Callable[..., subprocess.Popen[str]]
) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 100)
    for share in (1, 2, 3):
        process = command()
        receiver.wait_for(share * 30, seconds=20)
        process.kill()
        process.wait()
    process = command()
    receiver.wait_for(len(lines), seconds=20)
    while progress(newsroom)["after"] < lines[-1]:
        time.sleep(0.02)
    process.terminate()
    assert process.wait(10) == 0
    assert receiver.faults == []
    once = [seq for place, seq in enumerate(receiver.taken) if seq not in receiver.taken[:place]]
    assert once == lines, "each line came, and came first in order"
    assert len(receiver.taken) - len(lines) <= 3, "only what was under way comes twice"


def test_killed_while_it_sends_it_sends_that_again(
    newsroom: Newsroom, receiver: Receiver, command: Callable[..., subprocess.Popen[str]]
) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 2)
    receiver.answers = [ways.hangs]
    process = command()
    while not receiver.came:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert deliveries(newsroom) == []
    deliver(newsroom)
    assert receiver.tried == [lines[0], *lines]


def test_only_one_process_delivers_and_another_takes_over(
    newsroom: Newsroom, receiver: Receiver, command: Callable[..., subprocess.Popen[str]]
) -> None:
    hooked(newsroom, receiver)
    first, second = command(), command()
    lines = write_claims(newsroom, 10)
    receiver.wait_for(len(lines), seconds=20)
    told = command("--once").communicate(timeout=20)
    assert told == ("Another process delivers, so nothing was to be done here.\n", "")
    first.kill()
    lines += write_claims(newsroom, 10)
    receiver.wait_for(len(lines))
    second.send_signal(signal.SIGINT)
    assert second.wait(10) == 0
    assert receiver.taken == lines
    assert command("--once").wait(20) == 0


def test_told_to_stop_it_finishes_what_it_sends(
    newsroom: Newsroom, receiver: Receiver, command: Callable[..., subprocess.Popen[str]]
) -> None:
    hooked(newsroom, receiver)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        handler.send_response(204)
        handler.end_headers()

    receiver.always = slow
    lines = write_claims(newsroom, 5)
    process = command()
    while not receiver.came:
        time.sleep(0.02)
    process.terminate()
    assert process.wait(5) == 0
    assert process.communicate() == ("", "")
    told = deliveries(newsroom)
    assert [(each["seq"], each["outcome"]) for each in told] == [(lines[0], "delivered")]


@pytest.mark.slow
def test_the_server_delivers_if_it_is_set_to(
    newsroom: Newsroom, receiver: Receiver, serve: Callable[..., Served]
) -> None:
    hooked(newsroom, receiver)
    lines = write_claims(newsroom, 3)
    served = serve(deliver="server", hooks_private=LOOPBACK)
    receiver.wait_for(len(lines))
    lines += write_claims(newsroom, 3)
    receiver.wait_for(len(lines))
    assert receiver.taken == lines, "of two workers one delivers"
    began = time.monotonic()
    served.process.terminate()
    assert served.process.wait(15) == 0
    assert time.monotonic() - began < 6
    told = (served.folder / f"server-{served.url.rpartition(':')[2]}.log").read_text()
    assert str(receiver.secret) not in told
    assert "Traceback" not in told


def test_by_default_the_server_sends_nothing(newsroom: Newsroom) -> None:
    assert newsroom.settings.deliver == "command"
    newsroom.admin.post("/v1/hooks", {"url": PUBLIC_HOOK})
    newsroom.claim()
    assert newsroom.rows("deliveries") == 0
