"""The README is run: what it shows with curl is what a new user gets."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app import VERSION
from tests.conftest import Served

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in block]
# The acts that the README sends are those that it shows.
ACTS = "".join(re.findall(r'^{"act": .*\n', README, re.MULTILINE))
SHOWN = json.loads(re.search(r"```json\n(.*?)```", README, re.DOTALL)[1])

# What curl reports as an error fails the example; the desk's own port is free or not.
STRICT_CURL = 'curl() { command curl -sS --fail-with-body "$@"; }\n'


def run(block: str, served: Served, token: str) -> str:
    script = STRICT_CURL + block.replace("localhost:5000", served.url.removeprefix("http://"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"TOKEN": token, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        cwd=served.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_changes_tell_the_version() -> None:
    changes = (Path(__file__).parent.parent / "CHANGELOG.md").read_text()
    assert f"## {VERSION} " in changes


@pytest.fixture
def demo(serve: Callable[..., Served]) -> tuple[Served, str]:
    """A served demo desk and its reviewer's token, as `make run` tells it."""
    served = serve()
    told = served.flask("demo").stdout
    return served, re.search(r"reviewer: (fct_\S+)", told)[1]


def test_every_example_works(demo: tuple[Served, str]) -> None:
    assert len(EXAMPLES) >= 3
    (demo[0].folder / "acts.ndjson").write_text(ACTS)
    answers = [run(block, *demo) for block in EXAMPLES]
    claim = json.loads(answers[1].splitlines()[-1])
    for name, value in SHOWN["standing"].items():
        assert claim["standing"][name] == value
    assert claim["sources"][0]["quote"]["exact"] == "some stations have reopened"
    rows = [json.loads(line) for line in answers[2].splitlines()]
    assert [row["id"] for row in rows] == list(range(17, 0, -1)), "the loop over pages gives every claim"
    sent = (demo[0].folder / "answers.ndjson").read_text().splitlines()
    told = [(json.loads(line)["status"], json.loads(line).get("problem")) for line in sent]
    assert told == [(201, None)] * 3 + [(403, json.loads(sent[3])["problem"])], "only an editor publishes"


def test_the_demos_own_calls_work(demo: tuple[Served, str]) -> None:
    served, _ = demo
    calls = re.findall(r"^  (curl .*)$", served.flask("demo").stdout, re.MULTILINE)
    assert len(calls) == 3
    answers = [json.loads(run(call, served, "")) for call in calls]
    assert [len(answer["items"]) for answer in answers[:2]] == [1, 1]
    assert answers[2]["status"] == "little_evidence"


def test_a_second_demo_start_ends_the_first_ones_tokens(demo: tuple[Served, str]) -> None:
    served, token = demo
    served.flask("demo")
    script = f'curl -H "Authorization: Bearer {token}" {served.url}/v1/me'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["code"] == "UNAUTHENTICATED"
