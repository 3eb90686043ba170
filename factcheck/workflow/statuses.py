"""The vocabulary of verification statuses: add, relabel, translate, retire, never delete."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from db import Database, entities
from db.rows import Row, insert, update
from factcheck.errors import Conflict, Invalid
from factcheck.vocabulary import UNREVIEWED
from factcheck.wording import slugged
from factcheck.workflow.acting import Act, Outcome, differences, missing


def found_desk(act: Act) -> None:
    """Open the log of a new desk with its first vocabulary."""
    statuses = entities.statuses(act.db)
    for status in statuses:
        act.render("statuses", status["id"])
    slugs = [status["slug"] for status in statuses]
    act.record("desk:found", "statuses", statuses[0]["id"], {"statuses": slugs})


def resolve_status(db: Database, given: str, where: Mapping[str, str]) -> Row:
    """Find the status that a slug or a label means.

    Args:
        given: such as little_evidence, "Little evidence" or little-evidence.
        where: the pointer or parameter that a refusal names.

    Raises:
        Invalid: no status is called so; lists those there are.
    """
    exact = entities.status(db, given)
    if exact:
        return exact
    slug = slugged(given)
    known = entities.statuses(db)
    # One in use goes before a retired one of the same label.
    for status in sorted(known, key=lambda each: bool(each["retired"])):
        if _is_called(status, slug):
            return status
    slugs = [status["slug"] for status in known]
    near = difflib.get_close_matches(slug, slugs, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    detail = f"There is no status {given!r}.{hint} The statuses are {', '.join(slugs)}."
    raise Invalid(detail, errors=[{**where, "detail": detail}])


def add_status(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Add a status to the vocabulary."""
    act.permit("status:add")
    existing = entities.status(act.db, draft["slug"])
    if existing:
        if differences(_shown(existing), draft):
            raise Conflict(f"The status {draft['slug']} is there already and says something else.")
        return act.stands("statuses", existing["id"], _location(draft["slug"]))
    _refuse_taken_label(act, draft)
    row = {**draft, "translations": json.dumps(draft["translations"], ensure_ascii=False)}
    status_id = insert(act.db, "statuses", row)
    content = act.render("statuses", status_id)
    act.record("status:add", "statuses", status_id, draft)
    return act.outcome(True, _location(draft["slug"]), content)


def revise_status(act: Act, slug: str, changes: Mapping[str, Any]) -> Outcome:
    """Relabel, translate or retire a status; its slug and rating stay."""
    act.permit("status:revise")
    status = entities.status(act.db, slug)
    if status is None:
        missing("statuses", slug)
    act.expect("statuses", status["id"])
    changed = differences(_shown(status), changes)
    if not changed:
        return act.stands("statuses", status["id"], _location(slug))
    if slug == UNREVIEWED and changes.get("retired"):
        raise Conflict("A claim without a verdict is unreviewed, so this status can't be retired.")
    if "label" in changed or "retired" in changed:
        _refuse_taken_label(act, {**status, **changes})
    row = dict(changes)
    if "translations" in row:
        row["translations"] = json.dumps(row["translations"], ensure_ascii=False)
    update(act.db, "statuses", status["id"], row)
    content = act.render("statuses", status["id"])
    act.record("status:revise", "statuses", status["id"], changed)
    return act.outcome(False, _location(slug), content)


def _refuse_taken_label(act: Act, wanted: Mapping[str, Any]) -> None:
    """Keep the statuses in use apart: a verdict may name one by its label."""
    for other in entities.statuses(act.db):
        names = (wanted["slug"], slugged(wanted["label"]))
        taken = any(_is_called(other, name) for name in names)
        if taken and other["slug"] != wanted["slug"] and not (other["retired"] or wanted.get("retired")):
            raise Conflict(f"The status {other['slug']} is called so already; take another label.")


def _is_called(status: Row, slug: str) -> bool:
    return slug in (status["slug"], slugged(status["label"]))


def _shown(status: Row) -> Row:
    return {**status, "translations": json.loads(status["translations"])}


def _location(slug: str) -> str:
    return f"/v1/statuses/{slug}"
