"""Whether the server lives, whether the desk can work, and what it has done so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, current_app, request

from db import health, log
from factcheck.errors import NotFound, NotReady
from factcheck.policy import permit
from factcheck.web import metrics
from factcheck.web.answers import answered, composed
from factcheck.web.caller import ANONYMOUS, caller
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from factcheck.web.telemetry import TELEMETRY, Telemetry
from schemas.health import HealthSchema, ReadinessSchema

blueprint = DeskBlueprint("health", __name__, description="Whether the desk lives and can work")


@blueprint.read("/healthz", HealthSchema, "get_health", asks_who=False)
def read_health() -> Response:
    """Say that the server answers."""
    return answered("alive", '{"status":"alive","etag":"alive"}')


@blueprint.read("/readyz", ReadinessSchema, "get_readiness", asks_who=False)
def read_readiness() -> Response:
    """Say that the desk can do its work: the database, the disk, the migrations, the clock."""
    found = parts().readiness.checks()
    told = {name: fault or "ok" for name, fault in found.items()}
    faults = [f"{name.capitalize()}: {fault}" for name, fault in found.items() if fault]
    if faults:
        raise NotReady(" ".join(faults), checks=told)
    return composed({"status": "ready", "checks": told})


@blueprint.text("/metrics", metrics.CONTENT_TYPE, "get_metrics")
def read_metrics() -> Response:
    """Count requests, and measure the desk, for Prometheus."""
    _permit()
    return Response(metrics.exposition(_families()), content_type=metrics.CONTENT_TYPE)


def _permit() -> None:
    """Let those read the metrics whom the setting names.

    Raises:
        NotFound: somebody else asks without a token, or nobody may.
        Forbidden: a token's role does not reach it.
    """
    actor, known = caller(), parts()
    if known.settings.metrics == "everybody":
        return
    telemetry: Telemetry = current_app.extensions[TELEMETRY]
    local = telemetry.clients.client(request.environ).local
    if known.settings.metrics == "local" and local:
        return
    if known.settings.metrics == "local" and actor is not ANONYMOUS:
        permit(actor, "metrics:read")
        return
    raise NotFound("There is nothing at this address. GET /v1 lists what there is.")


def _families() -> Iterator[Any]:
    desk, telemetry = parts().desk, current_app.extensions[TELEMETRY]
    yield from telemetry.tally.families()
    with desk.snapshot() as db:
        newest, stages = log.head(db), health.claims_by_stage(db)
    yield metrics.gauge("log_head_seq", "Seq of the newest line of the log.", newest.seq)
    if newest.at:
        at = datetime.fromisoformat(newest.at).timestamp()
        yield metrics.gauge("log_newest_timestamp_seconds", "When the newest line was written.", at)
    yield metrics.gauges("claims", "Claims, by their stage.", "stage", stages)
    database, wal = health.file_bytes(desk.path)
    yield metrics.gauge("database_bytes", "Size of the database file.", database)
    yield metrics.gauge("database_wal_bytes", "Size of the database's write-ahead log.", wal)
    free = health.free_bytes(desk.path)
    yield metrics.gauge("disk_free_bytes", "Space that is free on the disk of the database.", free)
