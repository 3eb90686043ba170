"""How a claim is shown anew after a change: its text, and the index that finds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from db import claims
from db.rows import update
from factcheck.errors import Conflict
from factcheck.workflow.acting import Act, missing
from factcheck.workflow.rendering import search_columns


def show_claim(act: Act, claim_id: int) -> dict[str, Any]:
    """Render a claim after a change and give its content."""
    update(act.db, "claims", claim_id, {"updated_at": act.at})
    content = act.render("claims", claim_id)
    claims.index_claim(act.db, claim_id, search_columns(content))
    return content


def show_claims(act: Act, claim_ids: Iterable[int]) -> None:
    """Render all claims that show something that has changed."""
    for claim_id in claim_ids:
        show_claim(act, claim_id)


def live_claim(act: Act, claim_id: int, *, version_required: bool = False) -> dict[str, Any]:
    """Give a claim's row for a change, holding the version the caller saw against it.

    Raises:
        NotFound: there is no such claim.
        Conflict: it is withdrawn.
    """
    row = claims.claim(act.db, claim_id)
    if row is None:
        missing("claims", claim_id)
    act.expect("claims", claim_id, required=version_required)
    if row["stage"] == "withdrawn":
        raise Conflict("This claim is withdrawn. An editor can open it again by setting its stage to open.")
    return row
