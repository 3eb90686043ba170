"""Where the parts meet: the application, made from settings. Only the server and tests import it."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeSerializer

from db import DatabaseError, Desk, desk
from db.migrations import WrongFile
from factcheck import cli
from factcheck.errors import DeskError
from factcheck.matching.models import opened
from factcheck.matching.weights import chosen_weights
from factcheck.settings import BadSetting, Settings, read_settings
from factcheck.web import documents, headers, paths, problems, rates
from factcheck.web.api import (
    agreement,
    bulk,
    changes,
    claims,
    entities,
    figures,
    health,
    hooks,
    index,
    links,
    log,
    match,
    outlets,
    provenance,
    reviewers,
    reviews,
    sources,
)
from factcheck.web.kept import KeptAnswers
from factcheck.web.parts import NAME, Parts
from factcheck.web.telemetry import Telemetry
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.placing import Places
from factcheck.workflow.readiness import Readiness

VERSION = "0.1.0"


def create_app(settings: Settings | None = None, telemetry: Telemetry | None = None) -> Flask:
    """Make the application.

    Args:
        settings: as read from the environment, if none are given.
        telemetry: limits and counts that several processes share, if it is one of several.
    """
    if settings is None:
        return _for_a_command()
    telemetry = telemetry or Telemetry(settings)
    model = opened(settings.semantic_model, Path(f"{settings.database}-models"))
    weights = chosen_weights(settings.matching_weights)
    kept = Desk(settings.database, write_wait=settings.write_wait)
    bring_up_to_date(kept, settings)

    app = Flask("factcheck.web")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.url_map.strict_slashes = False
    app.extensions[NAME] = Parts(
        kept,
        settings,
        cursors=URLSafeSerializer(desk.cursor_key(kept.db)),
        answers=KeptAnswers(settings.kept_answers),
        readiness=Readiness(kept, settings),
        places=Places(kept, model) if model else None,
        weights=weights,
    )
    paths.register(app)
    # Each stands around those before it: limits, headers, and at the end the telemetry.
    rates.register(app, telemetry.rates, telemetry.clients, settings)
    headers.register(app, settings.public_url)
    problems.register(app)
    api = documents.register(app, VERSION)
    nouns = (
        index,
        health,
        claims,
        match,
        sources,
        outlets,
        entities,
        figures,
        agreement,
        provenance,
        links,
        reviewers,
        reviews,
        changes,
        log,
        bulk,
        hooks,
    )
    for noun in nouns:
        api.register_blueprint(noun.blueprint)
    app.register_blueprint(index.pages)
    app.add_url_rule("/v1/openapi.json", "openapi", documents.document)
    cli.register(app)
    telemetry.register(app)
    return app


def _for_a_command() -> Flask:
    """Make the application for `flask`.

    What is wrong with a setting or the file is told in one line: whoever starts the desk
    can mend it, and a stack of calls wouldn't help him.
    """
    where = ""
    try:
        settings = read_settings(os.environ)
        where = f"{settings.database}: "
        return create_app(settings)
    except BadSetting as fault:
        raise SystemExit(f"factcheck: {fault}") from None
    except (WrongFile, DeskError, DatabaseError) as fault:
        raise SystemExit(f"factcheck: {where}{fault}") from None
