"""Hooks: who is sent new lines of the log.

A hook is a place in the log. What is still to be sent needs no queue beside it: it is
whatever stands after that place and suits the hook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from db import Database, claims, entities, hooks, log
from db.rows import insert, update
from factcheck.dates import stamp
from factcheck.errors import Invalid
from factcheck.sending.signing import new_secret
from factcheck.sending.targets import BadTarget, checked, networks
from factcheck.settings import Settings
from factcheck.workflow.acting import Act, Outcome, differences, missing
from schemas.hook import HookProgressSchema, HookWithSecretSchema
from schemas.shown import picker

# While the receiver takes over a new secret, the former one signs, too.
FORMER_SECRET_IS_GOOD_FOR = timedelta(days=1)
_progress = picker(HookProgressSchema)
_with_secret = picker(HookWithSecretSchema)


def require_allowed_target(url: str, settings: Settings) -> None:
    """Refuse an address that leads into a network of the desk's own.

    It looks the host's name up, which takes time, so it is done before the act begins; and
    again before each delivery, because what a name stands for may change.

    Raises:
        Invalid: nothing may be sent there; says why.
    """
    try:
        checked(url, networks(settings.hooks_private))
    except BadTarget as fault:
        raise Invalid(str(fault), errors=[{"pointer": "/url", "detail": str(fault)}]) from None


def add_hook(act: Act, draft: Mapping[str, Any]) -> Outcome:
    """Add a hook: it is sent what is written from now on. Its secret is told once."""
    act.permit("hook:manage")
    row = {**_columns(act, draft), "created_at": act.at, "created_by": act.actor_id}
    hook_id = insert(act.db, "hooks", row)
    hooks.place(act.db, hook_id, act.seq, act.seq)
    secret = _give_secret(act, hook_id)
    act.render("hooks", hook_id)
    act.record("hook:add", "hooks", hook_id, draft)
    return _telling(act, hook_id, secret, created=True)


def revise_hook(act: Act, hook_id: int, changes: Mapping[str, Any]) -> Outcome:
    """Change where a hook leads or what it is sent; pause it, or let it go on from where it stands."""
    act.permit("hook:manage")
    before = json.loads(act.expect("hooks", hook_id))
    if changes.get("state") == "active":
        changes = {**changes, "reason": None}
    changed = differences(before, changes)
    if not changed:
        return act.stands("hooks", hook_id, _address(hook_id))
    update(act.db, "hooks", hook_id, _columns(act, {name: changes[name] for name in changed}))
    if {"url", "state"} & set(changed):
        hooks.try_now(act.db, hook_id)
    act.render("hooks", hook_id)
    act.record("hook:revise", "hooks", hook_id, _said(changed))
    return act.stands("hooks", hook_id, _address(hook_id))


def rotate_secret(act: Act, hook_id: int) -> Outcome:
    """Give a hook a new secret, told once; the former one signs for another day."""
    act.permit("hook:manage")
    act.expect("hooks", hook_id)
    secret = _give_secret(act, hook_id)
    act.record("hook:rotate_secret", "hooks", hook_id, {"former_good_until": _former_good_until(act)})
    return _telling(act, hook_id, secret)


def redeliver(act: Act, hook_id: int, from_seq: int) -> Outcome:
    """Put a hook to a line of the log: from there on it is sent everything, what it had before too."""
    act.permit("hook:manage")
    if hooks.hook(act.db, hook_id) is None:
        missing("hooks", hook_id)
    if from_seq > act.seq:
        detail = f"The log ends with line {act.before.seq}; give at most the number after that."
        raise Invalid(detail, errors=[{"pointer": "/from_seq", "detail": detail}])
    hooks.place(act.db, hook_id, from_seq - 1, act.seq)
    act.record("hook:redeliver", "hooks", hook_id, {"from_seq": from_seq})
    return act.outcome(False, f"{_address(hook_id)}/progress", progress_content(act.db, hook_id))


def pause_hook(act: Act, hook_id: int, reason: str) -> Outcome:
    """Pause a hook that can't be delivered to; its place is kept."""
    act.permit("hook:manage")
    before = act.shown("hooks", hook_id)
    after = {"state": "paused", "reason": reason}
    if before["state"] == "active":
        update(act.db, "hooks", hook_id, after)
        act.render("hooks", hook_id)
        act.record("hook:pause", "hooks", hook_id, _said(differences(before, after)))
    return act.stands("hooks", hook_id, _address(hook_id))


def progress_content(db: Database, hook_id: int) -> dict[str, Any]:
    """Compose how far a hook has come."""
    found = hooks.progress(db, hook_id)
    if found is None:
        missing("hooks", hook_id)
    return _progress({**found, "hook": hook_id, "head": log.head(db).seq})


def _columns(act: Act, draft: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was sent into what is kept, looking up what it refers to."""
    columns = {name: value for name, value in draft.items() if name not in ("acts", "claim", "story")}
    if "acts" in draft:
        columns["acts"] = json.dumps(draft["acts"])
    if "claim" in draft:
        if draft["claim"] is not None and claims.claim(act.db, draft["claim"]) is None:
            _refuse_unknown("claim", draft["claim"])
        columns["claim_id"] = draft["claim"]
    if "story" in draft:
        story = entities.story(act.db, draft["story"]) if draft["story"] else None
        if draft["story"] and story is None:
            _refuse_unknown("story", draft["story"])
        columns["story_id"] = story and story["id"]
    return columns


def _said(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a line says of a change: the reason is why it was made, and no change itself."""
    reason = changed.get("reason", {}).get("to")
    others = {name: change for name, change in changed.items() if name != "reason"}
    return {**others, "reason": reason} if reason else others


def _refuse_unknown(noun: str, given: object) -> None:
    detail = f"There is no {noun} {given}."
    raise Invalid(detail, errors=[{"pointer": f"/{noun}", "detail": detail}])


def _give_secret(act: Act, hook_id: int) -> str:
    secret = new_secret()
    hooks.add_secret(act.db, hook_id, secret, _former_good_until(act))
    return secret


def _former_good_until(act: Act) -> str:
    return stamp(datetime.fromisoformat(act.at) + FORMER_SECRET_IS_GOOD_FOR)


def _telling(act: Act, hook_id: int, secret: str, *, created: bool = False) -> Outcome:
    """Answer with a hook and its secret, which is told this once, and not where nothing is stored."""
    stands = act.stands("hooks", hook_id, _address(hook_id), created=created)
    untold = replace(stands, body=_body(stands, None))
    if act.call.dry_run:
        return untold
    return replace(stands, body=_body(stands, secret), kept=untold)


def _body(stands: Outcome, secret: str | None) -> str:
    # The etag is the hook's own, so that If-Match can name it.
    content = _with_secret({**json.loads(stands.body), "secret": secret})
    return json.dumps({**content, "etag": stands.etag}, ensure_ascii=False, separators=(",", ":"))


def _address(hook_id: int) -> str:
    return f"/v1/hooks/{hook_id}"
