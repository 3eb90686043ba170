"""Claimants, stories and outlets: made when first named, revised by editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db import claims, entities, sources
from db.rows import Row, insert, update
from factcheck.errors import Conflict, Invalid
from factcheck.wording import folded
from factcheck.workflow.acting import Act, Outcome, differences, missing
from factcheck.workflow.shown import show_claims

# What stands of an outlet in the texts of its sources, and of claims.
_SHOWN_OF_AN_OUTLET = ("name", "kind", "country", "owner")


def name_key(name: str, pointer: str = "/name") -> str:
    """Give the key of a name.

    Raises:
        Invalid: the name has no letter or digit.
    """
    key = folded(name)
    if not any(sign.isalnum() for sign in key):
        detail = "A name needs at least one letter or digit."
        raise Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])
    return key


def known_claimant(act: Act, claimant: Mapping[str, Any]) -> int:
    """Give the id of a claimant, who is made if nobody of that name and kind is known.

    Raises:
        Conflict: one is known who is somebody else elsewhere (`same_as`).
    """
    key = name_key(claimant["name"], "/claimant/name")
    same_as = claimant.get("same_as")
    found = entities.claimant_named(act.db, key, claimant["kind"])
    if found:
        if same_as and found["same_as"] and same_as != found["same_as"]:
            raise Conflict(
                f"{found['name']} is claimant {found['id']} here, whose same_as is {found['same_as']}. "
                "If you mean somebody else of that name, tell them apart in the name."
            )
        return int(found["id"])
    row = {
        "name": claimant["name"],
        "name_key": key,
        "kind": claimant["kind"],
        "same_as": same_as,
        "created_at": act.at,
    }
    claimant_id = insert(act.db, "claimants", row)
    act.render("claimants", claimant_id)
    return claimant_id


def complete_claimant(act: Act, claimant_id: int, claimant: Mapping[str, Any]) -> None:
    """Add to a claimant who he is elsewhere, where a claim says so and nobody had."""
    if not claimant.get("same_as"):
        return
    row = entities.by_id(act.db, "claimants", claimant_id) or {}
    if row["same_as"] is None:
        update(act.db, "claimants", claimant_id, {"same_as": claimant["same_as"]})
        act.render("claimants", claimant_id)
        show_claims(act, claims.claims_of_claimant(act.db, claimant_id))


def known_outlet(act: Act, name: str) -> int:
    """Give the id of an outlet, which is made if none of that name is known."""
    key = name_key(name, "/outlet")
    found = entities.outlet_named(act.db, key)
    if found:
        return int(found["id"])
    outlet_id = insert(act.db, "outlets", {"name": name, "name_key": key, "created_at": act.at})
    act.render("outlets", outlet_id)
    return outlet_id


def revise_claimant(act: Act, claimant_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change a claimant, in all claims that show him."""
    act.permit("claimant:revise")
    changed = _revise(act, "claimants", claimant_id, changes)
    if not changed:
        return act.stands("claimants", claimant_id, f"/v1/claimants/{claimant_id}")
    content = act.render("claimants", claimant_id)
    show_claims(act, claims.claims_of_claimant(act.db, claimant_id))
    act.record("claimant:revise", "claimants", claimant_id, changed)
    return act.outcome(False, f"/v1/claimants/{claimant_id}", content)


def add_outlet(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Add an outlet; one of the same name is the same outlet, completed where nothing was known."""
    act.permit("outlet:add")
    key = name_key(draft["name"])
    existing = entities.outlet_named(act.db, key)
    if existing:
        return _complete_outlet(act, existing, draft)
    outlet_id = insert(act.db, "outlets", {**draft, "name_key": key, "created_at": act.at})
    content = act.render("outlets", outlet_id)
    act.record("outlet:add", "outlets", outlet_id, draft)
    return act.outcome(True, f"/v1/outlets/{outlet_id}", content)


def _complete_outlet(act: Act, existing: Row, draft: Mapping[str, Any]) -> Outcome:
    said = {name: value for name, value in draft.items() if value is not None and name != "name"}
    changed = differences(existing, said)
    location = f"/v1/outlets/{existing['id']}"
    if not changed:
        return act.stands("outlets", existing["id"], location)
    if any(existing[name] is not None for name in changed):
        raise Conflict(
            f"{existing['name']} is outlet {existing['id']} here and something else is known of it. "
            "An editor can change that."
        )
    update(act.db, "outlets", existing["id"], {name: said[name] for name in changed})
    content = _show_outlet(act, existing["id"], shown=any(name in changed for name in _SHOWN_OF_AN_OUTLET))
    act.record("outlet:add", "outlets", existing["id"], changed)
    return act.outcome(False, location, content)


def revise_outlet(act: Act, outlet_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change an outlet, and its name wherever it is shown."""
    act.permit("outlet:revise")
    changed = _revise(act, "outlets", outlet_id, changes)
    if not changed:
        return act.stands("outlets", outlet_id, f"/v1/outlets/{outlet_id}")
    content = _show_outlet(act, outlet_id, shown=any(name in changed for name in _SHOWN_OF_AN_OUTLET))
    act.record("outlet:revise", "outlets", outlet_id, changed)
    return act.outcome(False, f"/v1/outlets/{outlet_id}", content)


def assess_outlet(act: Act, outlet_id: int, draft: Mapping[str, Any]) -> Outcome:
    """Say how reliable an outlet is, why, and as of which day; the latest day is in force."""
    act.permit("outlet:assess")
    act.expect("outlets", outlet_id)
    location, today = f"/v1/outlets/{outlet_id}", act.at[:10]
    said = {**draft, "assessed_on": draft["assessed_on"] or today}
    if said["assessed_on"] > today:
        detail = "This day lies in the future; an outlet is assessed as of today or earlier."
        raise Invalid(detail, errors=[{"pointer": "/assessed_on", "detail": detail}])
    known = entities.assessments_of(act.db, outlet_id)
    if any(all(each[name] == value for name, value in said.items()) for each in known):
        return act.stands("outlets", outlet_id, location)
    insert(act.db, "outlet_assessments", {"outlet_id": outlet_id, **said, **act.stamps("assessed")})
    in_force = entities.assessments_of(act.db, outlet_id)[-1]["reliability"]
    update(act.db, "outlets", outlet_id, {"reliability": in_force})
    content = _show_outlet(act, outlet_id, shown=True)
    act.record("outlet:assess", "outlets", outlet_id, said)
    return act.outcome(True, location, content)


def _show_outlet(act: Act, outlet_id: int, *, shown: bool) -> dict[str, Any]:
    """Render an outlet after a change, and all that shows it, if what changed is shown there."""
    content = act.render("outlets", outlet_id)
    if shown:
        on: set[int] = set()
        for source_id in sources.sources_of_outlet(act.db, outlet_id):
            act.render("sources", source_id)
            on.update(claims.claims_of_source(act.db, source_id))
        show_claims(act, sorted(on))
    return content


def add_story(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Open a story."""
    act.permit("story:add")
    existing = entities.story(act.db, draft["slug"])
    if existing:
        if differences(existing, draft):
            raise Conflict(f"The story {draft['slug']} is there already and says something else.")
        return act.stands("stories", existing["id"], f"/v1/stories/{draft['slug']}")
    story_id = insert(act.db, "stories", {**draft, "created_at": act.at})
    content = act.render("stories", story_id)
    act.record("story:add", "stories", story_id, draft)
    return act.outcome(True, f"/v1/stories/{draft['slug']}", content)


def revise_story(act: Act, slug: str, changes: Mapping[str, Any]) -> Outcome:
    """Change a story's title or summary, and the title wherever it is shown."""
    act.permit("story:revise")
    story = entities.story(act.db, slug)
    if story is None:
        missing("stories", slug)
    changed = _revise(act, "stories", story["id"], changes)
    if not changed:
        return act.stands("stories", story["id"], f"/v1/stories/{slug}")
    content = act.render("stories", story["id"])
    if "title" in changed:
        show_claims(act, claims.claims_of_story(act.db, story["id"]))
    act.record("story:revise", "stories", story["id"], changed)
    return act.outcome(False, f"/v1/stories/{slug}", content)


def _revise(act: Act, noun: str, row_id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change a row and say from what to what."""
    act.expect(noun, row_id)
    before = entities.by_id(act.db, noun, row_id) or {}
    changed = differences(before, changes)
    row = {name: changes[name] for name in changed}
    if "name" in changed:
        row["name_key"] = name_key(changes["name"])
        _refuse_taken_name(act, noun, row_id, row["name_key"], before)
    update(act.db, noun, row_id, row)
    return changed


def _refuse_taken_name(act: Act, noun: str, row_id: int, key: str, before: Mapping[str, Any]) -> None:
    if noun == "outlets":
        other = entities.outlet_named(act.db, key)
    else:
        other = entities.claimant_named(act.db, key, before["kind"])
    if other and other["id"] != row_id:
        raise Conflict(f"That name belongs to number {other['id']} already; use that one.")
