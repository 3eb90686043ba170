"""What a view is given by the application: the file, the settings, the signer, kept answers."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from itsdangerous import URLSafeSerializer

from db import Desk
from factcheck.matching.weights import Weights
from factcheck.settings import Settings
from factcheck.web.kept import KeptAnswers
from factcheck.workflow.placing import Places
from factcheck.workflow.readiness import Readiness

NAME = "factcheck"


@dataclass(frozen=True)
class Parts:
    """The parts that app.py puts together."""

    desk: Desk
    settings: Settings
    cursors: URLSafeSerializer
    answers: KeptAnswers
    readiness: Readiness
    places: Places | None
    weights: Weights


def parts() -> Parts:
    """Give the parts of the application that serves this request."""
    found: Parts = current_app.extensions[NAME]
    return found
