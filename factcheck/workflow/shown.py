"""How a claim is shown anew after a change: its text, and the index that finds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from db import claims
from db.figures import keep_origin
from factcheck.errors import Conflict
from factcheck.figures import name_key, origin_of
from factcheck.workflow.acting import Act, missing
from factcheck.workflow.corrections import Because, correct_if_due


def show_claim(act: Act, claim_id: int, because: Because | None = None) -> dict[str, Any]:
    """Render a claim after a change and give its content; its words can be found when the act is done.

    Whatever the change was, readers of a published claim are told if it is said to be something else.

    Args:
        because: why, if something was said on the claim itself.
    """
    content = act.render("claims", claim_id)
    if correct_if_due(act, content, because):
        content = act.render("claims", claim_id)
    if content["figure"] is not None:
        keep_origin(act.db, claim_id, name_key(origin_of(content)))
    act.shown_claims[claim_id] = content
    return content


def show_claims(act: Act, claim_ids: Iterable[int]) -> None:
    """Render all claims that show something that has changed."""
    for claim_id in claim_ids:
        show_claim(act, claim_id)


def show_source(act: Act, source_id: int) -> dict[str, Any]:
    """Render a source after a change, and all claims that show it; gives the source's content."""
    content = act.render("sources", source_id)
    show_claims(act, claims.claims_of_source(act.db, source_id))
    return content


def part_of(content: Mapping[str, Any], name: str, part_id: int) -> dict[str, Any]:
    """Give one of the things that stand in a content under a name, such as a verdict of a claim."""
    found: dict[str, Any] = next(each for each in content[name] if each["id"] == part_id)
    return found


def live_claim(act: Act, claim_id: int, part: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give a claim's row for a change, holding the version the caller saw against it.

    Args:
        part: the verdict or attachment that the change is to, as it stands; the version
            is then that part's.

    Raises:
        NotFound: there is no such claim.
        VersionMismatch: the version the caller saw is not the current one.
        Conflict: it is withdrawn.
    """
    row = claims.claim(act.db, claim_id)
    if row is None:
        missing("claims", claim_id)
    if part is not None:
        act.expect_part(part)
    elif act.call.if_match:
        act.expect("claims", claim_id)
    if row["stage"] == "withdrawn":
        raise Conflict("This claim is withdrawn. An editor can open it again by setting its stage to open.")
    return row
