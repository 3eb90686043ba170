"""Thousands of calls made from the OpenAPI document, well-formed ones and others, with every check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import PUBLIC_HOOK, Served

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "tests" / "schemathesis" / "schemathesis.toml"
LEAST_CASES = 2000
# Cases at the bounds, which are the same each time, are accepted less often than those made up.
LEAST_SHARE_ACCEPTED = 0.45


@pytest.mark.slow
def test_every_check_of_schemathesis_passes(serve: Callable[..., Served], tmp_path: Path) -> None:
    desk = serve()
    assert desk.flask("demo").returncode == 0
    reviewer_id, token_id, token = admin_of(desk)
    mine, sent = {"Authorization": f"Bearer {token}"}, {"url": PUBLIC_HOOK}
    added = httpx.post(f"{desk.url}/v1/hooks", json=sent, headers=mine)
    kept = httpx.post(f"{desk.url}/v1/sources/1/copies", content=b"a page", headers=mine)
    assert (added.status_code, kept.status_code) == (201, 201), kept.text
    report = tmp_path / "report.ndjson"
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", SETTINGS, "run", f"{desk.url}/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--checks", "all", "--no-color"),
            *("--report", "ndjson", "--report-ndjson-path", report),
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CONFORMANCE_REVIEWER_ID": reviewer_id,
            "CONFORMANCE_TOKEN_ID": token_id,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    cases = 0
    accepted: dict[str, Counter[bool]] = defaultdict(Counter)
    for operation, well_formed, status in calls(report):
        cases += 1
        if well_formed:
            accepted[operation][200 <= status < 400] += 1
    assert cases >= LEAST_CASES
    assert [operation for operation, seen in accepted.items() if not seen[True]] == []
    good, all_ = sum(seen[True] for seen in accepted.values()), sum(map(Counter.total, accepted.values()))
    assert good / all_ >= LEAST_SHARE_ACCEPTED, f"{good} of {all_} well-formed calls were accepted"
    # After all that, whatever is served is still what the rows say.
    assert desk.flask("check").returncode == 0


def admin_of(desk: Served) -> tuple[str, str, str]:
    """Hire an admin; give his id, the id of his token, and the token."""
    hired = desk.flask("reviewer", "add", "Conformance run", "--role", "admin", "--kind", "script")
    token = desk.flask("token", "issue", hired.stdout.split("\t")[0]).stdout.strip()
    me = httpx.get(f"{desk.url}/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    return str(me["reviewer"]["id"]), str(me["token"]["id"]), token


def calls(report: Path) -> Iterator[tuple[str, bool, int]]:
    """Give of every call its operation, whether it was well-formed, and the status it got."""
    with report.open() as lines:
        for line in lines:
            recorder: dict[str, Any] = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for name, case in recorder.get("cases", {}).items():
                response = recorder["interactions"].get(name, {}).get("response")
                if response:
                    asked = case["value"]
                    mode = asked["meta"]["generation"]["mode"]
                    operation = f"{asked['method']} {asked['path']}"
                    yield operation, mode == "positive", response["status_code"]
