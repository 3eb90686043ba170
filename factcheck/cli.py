"""Commands for whoever runs the desk: `flask --help` lists them."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from db import log, reviewers
from factcheck import archiving, learning, moving, safekeeping
from factcheck import settings as settings_
from factcheck.dates import moment, now
from factcheck.demo.loading import demo_tokens, load_demo
from factcheck.demo.telling import EDITOR, REVIEWER
from factcheck.errors import DeskError
from factcheck.vocabulary import REVIEWER_KINDS, ROLES
from factcheck.web.parts import parts
from factcheck.web.serve import serve
from factcheck.workflow.acting import THE_DESK, Act, Call, Outcome, perform
from factcheck.workflow.checking import faults
from factcheck.workflow.delivering import Deliverer
from factcheck.workflow.placing import Placer
from factcheck.workflow.reviewers import (
    add_reviewer,
    expire_token,
    issue_token,
    revoke_all_tokens,
    revoke_token,
)
from factcheck.workflow.verdicts import settle_claims
from schemas.reviewer import NewReviewerSchema, NewTokenSchema

reviewer_group = AppGroup("reviewer", help="Add and list the people and scripts who work here.")
token_group = AppGroup("token", help="Issue, list, expire and revoke their tokens.")


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (
        serve_command,
        demo,
        migrate,
        show_settings,
        settle,
        check,
        deliver,
        embed,
        *safekeeping.COMMANDS,
        *moving.COMMANDS,
        *archiving.COMMANDS,
        *learning.COMMANDS,
    ):
        app.cli.add_command(command)
    app.cli.add_command(reviewer_group)
    app.cli.add_command(token_group)


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Serve the desk with the production server."""
    settings = parts().settings
    # The workers are forked, and an open SQLite file must not be carried across a fork.
    parts().desk.close()
    try:
        serve(settings)
    except OSError as fault:
        where = f"{settings.host}, port {settings.port}"
        raise click.ClickException(f"Nothing can be served on {where}: {fault.strerror}.") from None


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Put the demo case on an empty desk, and tell tokens and calls to try."""
    desk, settings = parts().desk, parts().settings
    load_demo(desk, settings)
    tokens = demo_tokens(desk, settings)
    if not tokens:
        click.echo("This desk has reviewers of its own; the demo was not loaded.")
        return
    url = settings.public_url
    click.echo(f"The demo desk is in {desk.path}. These tokens replace those of earlier starts:")
    click.echo(f"  reviewer: {tokens[REVIEWER]}\n  editor:   {tokens[EDITOR]}\nTry:")
    click.echo(f"  curl '{url}/v1/claims?status=little_evidence'")
    click.echo(f"  curl -G {url}/v1/claims --data-urlencode 'q=died Almaty' -d sort=-claimed_on")
    click.echo(
        f"  curl -H 'Authorization: Bearer {tokens[REVIEWER]}' -d status=little_evidence "
        f"-d rationale='No order was shown.' {url}/v1/claims/12/verdicts"
    )


@click.command("migrate")
def migrate() -> None:
    """Bring the database file up to date; every start does this, too."""
    click.echo("The database is up to date.")


@click.command("settings")
@with_appcontext
def show_settings() -> None:
    """Show all settings, the values in force, defaults and help."""
    for name, value, default, help_ in settings_.described(parts().settings):
        click.echo(f"{name}={value}\n    {help_} Default: {default}.")


@click.command("settle")
@with_appcontext
def settle() -> None:
    """Decide every claim anew, after FACTCHECK_STANDING_RULE was changed."""
    settled = len(_do(settle_claims)["settled"])
    click.echo(f"Claims decided anew by the rule of the {parts().settings.standing_rule}: {settled}.")


@click.command("check")
@with_appcontext
def check() -> None:
    """Render everything anew, follow the log, and prove that both agree with what is served."""
    with parts().desk.snapshot() as db:
        found = list(faults(db, parts().settings.standing_rule))
        head = log.head(db).seq
    for fault in found:
        click.echo(fault, err=True)
    if found:
        hint = "If FACTCHECK_STANDING_RULE was changed, `flask settle` brings the claims up to date."
        raise click.ClickException(f"{len(found)} faults were found. {hint}")
    click.echo(f"Every stored text is what the rows say, and all {head} lines of the log hold together.")


@click.command("deliver")
@click.option("--once", is_flag=True, help="Send what is due, and end.")
@with_appcontext
def deliver(*, once: bool) -> None:
    """Send hooks the lines of the log that are for them, until told to stop."""
    deliverer = Deliverer(parts().desk, parts().settings)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: deliverer.stop())
    if not once:
        deliverer.run()
    elif not deliverer.run_once():
        click.echo("Another process delivers, so nothing was to be done here.")


@click.command("embed")
@with_appcontext
def embed() -> None:
    """Place by its meaning each claim that the model has not placed yet; the server does so, too."""
    places = parts().places
    if places is None:
        raise click.ClickException(f"No model is set; see {settings_.variable('semantic_model')}.")
    placer = Placer(parts().desk, places.model)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: placer.stop())
    count = placer.run_once()
    click.echo(
        "Another process placed them." if count is None else f"Claims placed by their meaning: {count}."
    )


@reviewer_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--kind", type=click.Choice(REVIEWER_KINDS), default="person", show_default=True)
def reviewer_add(name: str, role: str, kind: str) -> None:
    """Add a person or a script."""
    draft = _well_formed(NewReviewerSchema(), {"name": name, "kind": kind, "role": role})
    content = _do(lambda act: add_reviewer(act, draft))
    click.echo(f"{content['id']}\t{content['name']}\t{content['role']}")


@reviewer_group.command("list")
def reviewer_list() -> None:
    """List everyone who works here."""
    for row in reviewers.reviewers(parts().desk.db):
        state = "active" if row["active"] else "barred"
        click.echo(f"{row['id']}\t{row['name']}\t{row['kind']}\t{row['role']}\t{state}")


@token_group.command("issue")
@click.argument("reviewer_id", type=int)
@click.option("--label", default="token", show_default=True)
@click.option("--role", type=click.Choice(ROLES), help="Less than the reviewer's own role, if wanted.")
@click.option("--expires", help="Moment in RFC 3339, such as 2027-01-01T00:00:00Z.")
def token_issue(reviewer_id: int, label: str, role: str | None, expires: str | None) -> None:
    """Issue a token; it is told this once."""
    draft = _well_formed(
        NewTokenSchema(),
        {"reviewer": reviewer_id, "label": label, "role": role, "expires_at": expires},
    )
    click.echo(_do(lambda act: issue_token(act, draft))["token"])


@token_group.command("list")
def token_list() -> None:
    """List tokens: whose, until when, when last used."""
    for row in reviewers.tokens(parts().desk.db):
        ends = (
            f"revoked {row['revoked_at']}" if row["revoked_at"] else f"until {row['expires_at'] or 'revoked'}"
        )
        used = f"last used {row['last_used_at'] or 'never'}"
        click.echo("\t".join((str(row["id"]), row["reviewer_name"], row["label"], row["role"], ends, used)))


@token_group.command("revoke")
@click.argument("token_id", type=int)
def token_revoke(token_id: int) -> None:
    """End a token now."""
    _do(lambda act: revoke_token(act, token_id))
    click.echo(f"Token {token_id} is revoked.")


@token_group.command("revoke-all")
@click.argument("reviewer_id", type=int)
def token_revoke_all(reviewer_id: int) -> None:
    """End all tokens of a reviewer now, as when one has leaked."""
    revoked = _do(lambda act: revoke_all_tokens(act, reviewer_id))["revoked"]
    click.echo(f"Revoked: {', '.join(map(str, revoked)) or 'none was left'}.")


@token_group.command("expire")
@click.argument("token_id", type=int)
@click.argument("at")
def token_expire(token_id: int, at: str) -> None:
    """Let a token end at a moment in RFC 3339."""
    ends = _moment(at)
    _do(lambda act: expire_token(act, token_id, ends))
    click.echo(f"Token {token_id} ends at {ends}.")


def _do(work: Callable[[Act], Outcome]) -> dict[str, Any]:
    """Perform an act on behalf of whoever runs the desk."""
    try:
        outcome = perform(parts().desk, parts().settings, Call(THE_DESK, now(), "command line"), work)
    except DeskError as error:
        raise click.ClickException(error.detail) from None
    content: dict[str, Any] = json.loads(outcome.body)
    return content


def _well_formed(schema: Any, draft: dict[str, Any]) -> dict[str, Any]:
    """Hold what was typed to the same rules as what comes over HTTP."""
    for name, (told, *_) in schema.validate(draft).items():
        raise click.ClickException(f"{name}: {told}")
    loaded: dict[str, Any] = schema.load(draft)
    return loaded


def _moment(text: str) -> str:
    try:
        return moment(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None
