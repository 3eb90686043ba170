"""The addresses under /v1/hooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from db import hooks as kept
from db import log
from factcheck.errors import NotFound
from factcheck.web.answers import answered, composed
from factcheck.web.caller import permitted
from factcheck.web.contract import DeskBlueprint, Work
from factcheck.web.lists import answer_newest, answer_parts
from factcheck.web.parts import parts
from factcheck.workflow import hooks
from schemas.hook import (
    DeliveryQuery,
    DeliverySchema,
    HookChangesSchema,
    HookProgressSchema,
    HookQuery,
    HookSchema,
    HookWithSecretSchema,
    NewHookSchema,
    NewRedeliverySchema,
)
from schemas.listing import NoBody

blueprint = DeskBlueprint(
    "hooks", __name__, url_prefix="/v1/hooks", description="Who is sent new lines of the log"
)


@blueprint.read("", HookSchema, "list_hooks", query=HookQuery)
def read_hooks(query: dict[str, Any]) -> Response:
    """List hooks."""
    permitted("hook:read")
    contents = [json.loads(body) for body in kept.documents(parts().desk.db)]
    return answer_parts([each for each in contents if query.get("state") in (None, each["state"])], query)


@blueprint.write("POST", "", NewHookSchema, HookWithSecretSchema, "create_hook", conditional=False)
def add_hook(draft: Mapping[str, Any]) -> Work:
    """Add a hook: it is sent what is written from now on. Its secret is told this once."""
    _require_allowed_target(draft)
    return lambda act: hooks.add_hook(act, draft)


@blueprint.read("/<id:hook_id>", HookSchema, "get_hook")
def read_hook(hook_id: int) -> Response:
    """Read a hook, without its secret."""
    permitted("hook:read")
    found = log.document(parts().desk.db, "hooks", hook_id)
    if found is None:
        raise NotFound(f"There is no hook {hook_id}.")
    return answered(*found)


@blueprint.write("PATCH", "/<id:hook_id>", HookChangesSchema, HookSchema, "revise_hook", creates=False)
def revise_hook(draft: Mapping[str, Any], hook_id: int) -> Work:
    """Change where a hook leads or what it is sent; pause it with a reason, or let it go on."""
    _require_allowed_target(draft)
    return lambda act: hooks.revise_hook(act, hook_id, draft)


@blueprint.read("/<id:hook_id>/progress", HookProgressSchema, "get_hook_progress")
def read_progress(hook_id: int) -> Response:
    """Read how far a hook has come, what fails since when, and when it is tried next."""
    permitted("hook:read")
    with parts().desk.snapshot() as db:
        return composed(hooks.progress_content(db, hook_id))


@blueprint.read("/<id:hook_id>/deliveries", DeliverySchema, "list_deliveries", query=DeliveryQuery)
def read_deliveries(query: dict[str, Any], hook_id: int) -> Response:
    """List the attempts of the last 30 days to deliver to a hook, newest first."""
    permitted("hook:read")
    outcome = query.get("outcome")
    with parts().desk.snapshot() as db:
        if kept.hook(db, hook_id) is None:
            raise NotFound(f"There is no hook {hook_id}.")
        return answer_newest(
            lambda before, limit: kept.deliveries(db, hook_id, before, limit, outcome),
            lambda: kept.count_deliveries(db, hook_id, outcome),
            query,
        )


@blueprint.write(
    "POST", "/<id:hook_id>/secret", NoBody, HookWithSecretSchema, "rotate_hook_secret", creates=False
)
def rotate_secret(_: Mapping[str, Any], hook_id: int) -> Work:
    """Give a hook a new secret, told this once; the former one signs for another day."""
    return lambda act: hooks.rotate_secret(act, hook_id)


@blueprint.write(
    "POST",
    "/<id:hook_id>/redelivery",
    NewRedeliverySchema,
    HookProgressSchema,
    "redeliver",
    creates=False,
    conditional=False,
)
def redeliver(draft: Mapping[str, Any], hook_id: int) -> Work:
    """Send a hook everything again from a line of the log on."""
    return lambda act: hooks.redeliver(act, hook_id, draft["from_seq"])


def _require_allowed_target(draft: Mapping[str, Any]) -> None:
    # Only who may manage hooks can have the desk look up names.
    permitted("hook:manage")
    if "url" in draft:
        hooks.require_allowed_target(draft["url"], parts().settings)
