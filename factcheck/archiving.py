"""The command that keeps sources as WARC files (ISO 28500), so that they can be read when they are gone."""

from __future__ import annotations

import io
import json
import ssl
from hashlib import sha256
from typing import Any

import click
from flask.cli import with_appcontext

from factcheck.dates import now, stamp
from factcheck.errors import DeskError
from factcheck.sending.fetching import Exchange, Fetched, NotFetched, fetch
from factcheck.sending.targets import networks
from factcheck.web.parts import parts
from factcheck.workflow.acting import THE_DESK, Actor, Call, perform
from factcheck.workflow.keeping import copy_of, keep_copy, to_be_archived
from factcheck.workflow.reviewers import at_work

# The one library that a desk needs only if its sources are archived.
try:
    from warcio.warcwriter import WARCWriter
except ImportError:
    WARCWriter = None

MEDIA_TYPE = "application/warc"


@click.command("archive")
@click.argument("source_ids", type=click.IntRange(min=1), nargs=-1, metavar="[SOURCE_ID]...")
@click.option("--missing", is_flag=True, help="Sources of which no copy is kept.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Sources recorded on this day or later.")
@click.option("--as", "reviewer_id", type=int, metavar="REVIEWER_ID", help="On whose behalf copies are kept.")
@with_appcontext
def archive(source_ids: tuple[int, ...], missing: bool, since: Any, reviewer_id: int | None) -> None:
    """Fetch the pages of sources and keep them as WARC.

    Name sources, or say --missing or --since for all of them. Addresses off the public internet are
    fetched only where FACTCHECK_ARCHIVE_PRIVATE allows it.
    """
    if not (source_ids or missing or since):
        raise click.UsageError("Name sources by their numbers, or say --missing or --since.")
    if WARCWriter is None:
        raise click.ClickException("This needs warcio, which is not installed: pip install warcio==1.8.1")
    db = parts().desk.db
    try:
        who = THE_DESK if reviewer_id is None else at_work(db, reviewer_id)
    except DeskError as refusal:
        raise click.ClickException(refusal.detail) from None
    day = since.date().isoformat() if since else None
    wanted = to_be_archived(db, source_ids, day, missing=missing)
    kept = sum(_archived(row["id"], row["url"], who) for row in wanted)
    left_out = sorted(set(source_ids) - {row["id"] for row in wanted})
    for source_id in left_out:
        click.echo(f"{source_id}\tnot asked for: no address, protected, kept already, or not there", err=True)
    click.echo(f"Kept: {kept}. Not kept: {len(wanted) - kept + len(left_out)}.")
    if kept < len(wanted) or left_out:
        raise SystemExit(1)


def _archived(source_id: int, url: str, who: Actor) -> bool:
    """Fetch a source and keep it, and tell what became of it."""
    desk, settings = parts().desk, parts().settings
    try:
        page = fetch(
            url, networks(settings.archive_private), ssl.create_default_context(), settings.archive_bytes
        )
        copy = copy_of(written_as_warc(page), MEDIA_TYPE, sha256(page.payload).hexdigest())
        accessed_at = stamp(page.exchanges[-1].at)
        call = Call(who, now(), "command line")
        content = json.loads(
            perform(desk, settings, call, lambda act: keep_copy(act, source_id, copy, accessed_at)).body
        )
    except NotFetched as fault:
        click.echo(f"{source_id}\tnot kept\t{url}\t{fault}", err=True)
        return False
    except DeskError as refusal:
        click.echo(f"{source_id}\tnot kept\t{url}\t{refusal.detail}", err=True)
        return False
    newest = content["copies"][-1]
    click.echo(f"{source_id}\tcopy {newest['id']}\t{url}\t{newest['size']} bytes")
    return True


def written_as_warc(page: Fetched) -> bytes:
    """Write each exchange on the way to a page as two records, compressed one by one."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True, warc_version="1.1")
    for exchange in page.exchanges:
        response, request = (
            _record(writer, exchange, kind, content)
            for kind, content in (("response", exchange.response), ("request", exchange.request))
        )
        writer.write_request_response_pair(request, response)
    return file.getvalue()


def _record(writer: Any, exchange: Exchange, kind: str, content: bytes) -> Any:
    at = exchange.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return writer.create_warc_record(
        exchange.url,
        kind,
        payload=io.BytesIO(content),
        length=len(content),
        warc_headers_dict={"WARC-Date": at},
    )


COMMANDS = (archive,)
