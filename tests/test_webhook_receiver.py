"""docs/examples/webhook_receiver.py, run as whoever copies it would."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from factcheck.sending.signing import signed_headers
from factcheck.settings import Settings
from factcheck.workflow.delivering import Deliverer
from tests.conftest import PUBLIC_HOOK, VERDICT, Newsroom, Served, free_port

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "webhook_receiver.py"

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def newsroom(settings: Settings) -> Iterator[Newsroom]:
    room = Newsroom(replace(settings, hooks_private="127.0.0.1"))
    yield room
    room.desk.close()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    running = []

    def started(secret: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                # Without site packages: it needs nothing but Python.
                [sys.executable, "-I", "-S", str(EXAMPLE), str(port)],
                env={"HOOK_SECRET": secret},
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return running[-1]
            time.sleep(0.02)
        raise AssertionError("it does not listen")

    yield started
    for process in running:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> list[str]:
    process.terminate()
    told, faults = process.communicate(timeout=10)
    assert faults == ""
    return told.splitlines()


def test_it_works(newsroom: Newsroom, port: int, start: Start) -> None:
    hook = newsroom.admin.post("/v1/hooks", {"url": f"http://127.0.0.1:{port}/"}).json
    first = start(hook["secret"])
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    Deliverer(newsroom.desk, newsroom.settings).run_once()
    # Everything again, also after it was started anew: what was printed once is known.
    newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": hook_line(newsroom)})
    Deliverer(newsroom.desk, newsroom.settings).run_once()
    told = ended(first)
    assert [line.split("\t")[2] for line in told] == ["claim:publish", "verdict:issue"]
    assert "Reviewer gave the verdict little evidence: No document was shown." in told[1]
    second = start(hook["secret"])
    newsroom.admin.post("/v1/hooks/1/redelivery", {"from_seq": hook_line(newsroom)})
    newsroom.admin.post("/v1/hooks/1/secret")
    newsroom.claim(text="The tunnel was closed.")
    Deliverer(newsroom.desk, newsroom.settings).run_once()
    assert [line.split("\t")[2] for line in ended(second)] == ["claim:publish"], "a rotated secret still does"
    assert newsroom.admin.get("/v1/hooks/1/deliveries?outcome=failed").json["items"] == []


def test_the_readmes_call_makes_a_hook(newsroom: Newsroom, serve: Callable[..., Served]) -> None:
    served = serve()
    (call,) = re.findall(r"```bash\n(curl .*?/v1/hooks .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    call = call.replace("localhost:5000", served.url.removeprefix("http://"))
    # An address that needs no look-up.
    call = call.replace("https://news.example.org/hooks/desk", PUBLIC_HOOK)
    environment = {"ADMIN": str(newsroom.admin.token), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", call], env=environment, capture_output=True, text=True, check=True)
    hook = json.loads(done.stdout)
    assert hook["secret"].startswith("whsec_")
    assert hook["acts"] == ["verdict:issue", "verdict:rule"]


def hook_line(room: Newsroom) -> int:
    return int(room.db.conn.execute("SELECT seq FROM events WHERE act = 'hook:add'").fetchone()[0])


def test_what_the_desk_has_not_just_sent_is_not_taken(port: int, start: Start) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    process = start(secret)
    body = b'{"data":{"seq":1,"at":"2024-05-02T00:00:00Z","act":"claim:add","summary":"x"}}'
    at = int(time.time())

    def answer(headers: dict[str, str], sent: bytes = body) -> int:
        return httpx.post(f"http://127.0.0.1:{port}/", content=sent, headers=headers).status_code

    good = signed_headers("msg_1_a", at, body, [secret])
    assert answer(good, body + b" ") == 401
    assert answer({**good, "webhook-id": "msg_1_b"}) == 401
    assert answer({**good, "webhook-timestamp": str(at + 1)}) == 401
    assert answer({**good, "webhook-signature": "v1,AAAA v1a,BBBB"}) == 401
    assert answer({**good, "webhook-signature": ""}) == 401
    assert answer(signed_headers("msg_1_a", at - 400, body, [secret])) == 401
    assert answer(signed_headers("msg_1_a", at + 400, body, [secret])) == 401
    assert answer(signed_headers("msg_1_a", at, body, ["whsec_" + "A" * 32])) == 401
    assert answer({}) == 401
    assert answer({**good, "webhook-timestamp": "soon"}) == 401
    assert answer(good) == 204
    assert answer(good) == 204
    assert ended(process) == ["1\t2024-05-02T00:00:00Z\tclaim:add\tx"]
