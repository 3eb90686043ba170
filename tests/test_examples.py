"""The example scripts of docs/examples, run as their readers would run them, against a served desk."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import CLAIM, Served, free_port, serving

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(serve: Callable[..., Served]) -> Served:
    served = serve()
    assert served.flask("demo").returncode == 0
    return served


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a desk with the demo to tests that change nothing."""
    with serving(tmp_path_factory.mktemp("read")) as start:
        served = start()
        assert served.flask("demo").returncode == 0
        yield served


def token_of(desk: Served) -> str:
    hired = desk.flask("reviewer", "add", "Night desk", "--role", "reviewer", "--kind", "script")
    return desk.flask("token", "issue", hired.stdout.split("\t")[0]).stdout.strip()


def run(desk: Served, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        env={"PATH": os.environ["PATH"], "DESK": desk.url, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_works(desk: Served, tmp_path: Path) -> None:
    token = token_of(desk)
    headers = {"Authorization": f"Bearer {token}"}
    claim = {**CLAIM, "ref": "cms-7"}
    assert httpx.post(f"{desk.url}/v1/claims", json=claim, headers=headers).status_code == 201
    sheet = tmp_path / "verdicts.csv"
    sheet.write_text(
        "claim,status,rationale,confidence\n"
        "1,little evidence,No document was shown.,low\n"
        "1,unclear,Two logs.,\n"
        "1,little evidence,No document was shown.,low\n"
        "cms-7,unclear,Two logs.,\n"
        "cms-8,unclear,Nobody knows.,\n"
        "2,nonsense,Nobody knows.,\n",
        encoding="utf-8-sig",
    )
    script = (sys.executable, EXAMPLES / "night_verdicts.py", sheet)
    first = run(desk, *script, TOKEN=token)
    assert (first.returncode, len(first.stdout.splitlines())) == (1, 4), first.stderr
    assert "claim cms-8: refused, There is no claim with the ref cms-8." in first.stderr
    assert "There is no status 'nonsense'" in first.stderr
    head = httpx.get(f"{desk.url}/v1/log/head").json()
    again = run(desk, *script, TOKEN=token)
    assert (again.stdout, again.stderr) == (first.stdout, first.stderr)
    assert httpx.get(f"{desk.url}/v1/log/head").json() == head, "nothing was given twice"


def test_a_night_that_is_named_gives_what_was_given_before(desk: Served, tmp_path: Path) -> None:
    token = token_of(desk)
    given = []
    for night, status in (("1", "unclear"), ("2", "little_evidence"), ("3", "unclear"), ("3", "unclear")):
        lines = tmp_path / "verdicts.ndjson"
        lines.write_text(json.dumps({"claim": 1, "status": status, "rationale": "Two logs."}))
        told = run(desk, sys.executable, EXAMPLES / "night_verdicts.py", "--run", night, lines, TOKEN=token)
        given.append(told.stdout)
    assert given[3] == given[2] != given[0], "the third is a verdict of its own, and given once"
    assert httpx.get(f"{desk.url}/v1/claims/1").json()["standing"]["status"] == "unclear"


def test_the_night_goes_on_when_the_connection_breaks(desk: Served, tmp_path: Path) -> None:
    lines = tmp_path / "verdicts.ndjson"
    lines.write_text(json.dumps({"claim": 1, "status": "unclear", "rationale": "Two logs."}))
    port = free_port()
    wire = Breaking(port, desk.url)
    wire.start()
    script = (sys.executable, EXAMPLES / "night_verdicts.py", lines)
    told = run(desk, *script, TOKEN=token_of(desk), DESK=f"http://127.0.0.1:{port}")
    wire.join(20)
    assert (told.returncode, wire.told) == (0, ["lost", "busy", "passed"]), told.stderr
    given = httpx.get(f"{desk.url}/v1/claims/1").json()["verdicts"]
    assert len([verdict for verdict in given if verdict["rationale"] == "Two logs."]) == 1


class Breaking(threading.Thread):
    """Stands before the desk: loses the first answer, says busy to the second, passes the third."""

    def __init__(self, port: int, url: str) -> None:
        super().__init__(daemon=True)
        self.told: list[str] = []
        self._url = url
        self._listening = socket.create_server(("127.0.0.1", port))

    def run(self) -> None:
        with self._listening:
            for fate in ("lost", "busy", "passed"):
                wire, _ = self._listening.accept()
                with wire:
                    answer = self._forwarded(wire) if fate != "busy" else b""
                    if fate == "busy":
                        wire.recv(65_536)
                        answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{}"
                    if fate != "lost":
                        wire.sendall(answer)
                self.told.append(fate)

    def _forwarded(self, wire: socket.socket) -> bytes:
        sent = b""
        while b"\r\n\r\n" not in sent or not sent.endswith(b"}"):
            sent += wire.recv(65_536)
        host, port = self._url.removeprefix("http://").split(":")
        answer = b""
        with socket.create_connection((host, int(port)), timeout=10) as desk:
            desk.sendall(sent)
            while piece := desk.recv(65_536):
                answer += piece
        return answer


def test_a_shell_loop_reads_every_page(read_only: Served) -> None:
    told = run(read_only, "sh", EXAMPLES / "all_claims.sh", f"{read_only.url}/v1/claims.ndjson?limit=5")
    assert told.returncode == 0, told.stderr
    ids = [json.loads(line)["id"] for line in told.stdout.splitlines()]
    whole = httpx.get(f"{read_only.url}/v1/claims?limit=200").json()["items"]
    assert ids == [claim["id"] for claim in whole]
    assert len(ids) > 10
    refused = run(read_only, "sh", EXAMPLES / "all_claims.sh", f"{read_only.url}/v1/claims.ndjson?limit=x")
    assert refused.returncode != 0


def test_every_formula_of_the_sheet_gives_what_it_says(read_only: Served) -> None:
    text = (EXAMPLES / "sheet.md").read_text()
    addresses = re.findall(r'=IMPORTDATA\("http://localhost:5000(/[^"]+)"\)', text)
    assert len(addresses) == text.count("=IMPORTDATA(") == 3
    sheets = []
    for address in addresses:
        answer = httpx.get(read_only.url + address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        sheets.append(list(csv.reader(io.StringIO(answer.text))))
        wanted = re.search(r"fields=([a-z_,]+)", address)
        assert wanted is not None
        assert sheets[-1][0] == wanted[1].split(",")
        assert len(sheets[-1]) > 1
    # The letters in the other formulas are those of these columns.
    claims, _, statuses = sheets
    assert (claims[0][4], claims[0][0]) == ("status", "id")
    assert statuses[0][:2] == ["slug", "label"]
    assert {row[4] for row in claims[1:]} <= {row[0] for row in statuses[1:]}
