"""A client that openapi-python-client generates from the document works against a served desk."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Served

# The generator has to be told what these are; as a body it takes no text, but bytes.
SETTINGS = """
package_name_override: desk_client
post_hooks: []
content_type_overrides:
  application/x-ndjson: application/octet-stream
  application/atom+xml: text/plain
  text/csv: text/plain
  "*/*": application/octet-stream
"""


def generate(desk: Served, folder: Path) -> None:
    """Write the client; a warning of the generator's would be a part of the document it can't use."""
    (folder / "settings.yaml").write_text(SETTINGS)
    run = subprocess.run(
        [
            Path(sys.executable).with_name("openapi-python-client"),
            *("generate", "--url", f"{desk.url}/v1/openapi.json", "--meta", "none", "--fail-on-warning"),
            *("--config", folder / "settings.yaml", "--output-path", folder / "desk_client"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_a_generated_client_lists_creates_and_reads_a_claim(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = serve()
    desk.flask("demo")
    reviewer = desk.flask("reviewer", "add", "Night desk", "--role", "reviewer").stdout.split("\t")[0]
    token = desk.flask("token", "issue", reviewer).stdout.strip()
    generate(desk, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    client_of, claims, models = (
        importlib.import_module(f"desk_client{name}") for name in ("", ".api.claims", ".models")
    )
    for name in ("list_claims", "create_claim", "get_claim"):
        importlib.import_module(f"desk_client.api.claims.{name}")

    with client_of.Client(base_url=desk.url, raise_on_unexpected_status=True) as anybody:
        page = claims.list_claims.sync(client=anybody, status="little evidence", count=True)
        assert isinstance(page, models.FoundClaimPage)
        assert (len(page.items), page.total, page.next_) == (1, 1, None)
        assert page.items[0].standing.status == "little_evidence"
        picked = claims.list_claims.sync(
            client=anybody, fields=[models.ListClaimsFieldsItem.ID, models.ListClaimsFieldsItem.TEXT], limit=1
        )
        assert isinstance(picked, models.PickedPage)
        assert list(picked.items[0].additional_properties) == ["id", "text"]

    with client_of.AuthenticatedClient(base_url=desk.url, token=token) as caller:
        council = models.NewClaimant(name="City Council", kind=models.NewClaimantKind.ORGANISATION)
        draft = models.NewClaim(
            text="The bridge was closed for three days.",
            claimant=council,
            claimed_on="2024-05-02",
            figure=models.Figure(measure="days_closed", value=3),
        )
        made = claims.create_claim.sync_detailed(client=caller, body=draft, idempotency_key="one")
        assert made.status_code == 201
        again = claims.create_claim.sync_detailed(client=caller, body=draft, idempotency_key="one")
        assert again.headers["Idempotent-Replayed"] == "true"
        read = claims.get_claim.sync(made.parsed.id, client=caller)
        assert {**read.to_dict(), "similar": []} == made.parsed.to_dict()
        assert (read.figure.value, read.claimant.name, read.stage) == (3, "City Council", "open")
        refused = claims.get_claim.sync(10_000, client=caller)
        assert (refused.status, refused.code) == (404, "NOT_FOUND")
