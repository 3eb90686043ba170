"""The headers that stand on every answer, and the id that every request has.

They are added outside the application, so that they stand on errors too, and cost
next to nothing: a list is joined to a list.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from flask import Flask

# Under these names a request keeps its id, and that of the reviewer who sent it.
REQUEST_ID = "factcheck.request_id"
REVIEWER = "factcheck.reviewer"
# Under these it keeps headers that are to be added to its answer, the status of that, and who gave it.
ADDED = "factcheck.added"
STATUS = "factcheck.status"
ENDPOINT = "factcheck.endpoint"

# What looks like a token is no id: ids are kept in the log.
_SANE_REQUEST_ID = re.compile(r"(?!.*(?:fct|whsec)_)[A-Za-z0-9._:-]{1,128}", re.IGNORECASE)

# Reads are open to scripts of any site; writes need a token that no browser adds by itself.
_ALWAYS = [
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Link, Location, Log-Line, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-RateLimit-Reset, X-Request-Id, X-Error-Code",
    ),
    ("Vary", "Accept, Authorization"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]
# Data is no page: a browser that is made to show it loads nothing and is shown in no frame.
_FOR_DATA: Final = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
# Pages have a style sheet and pictures of their own, and no script.
_FOR_PAGES: Final = (
    "Content-Security-Policy",
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
)
# Browsers keep to https for a year. Whether its other names have https is for their owner to say.
_HTTPS_ONLY: Final = ("Strict-Transport-Security", "max-age=31536000")
_PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, If-None-Match, X-Request-Id"),
    ("Access-Control-Max-Age", "86400"),
]

WsgiApp = Callable[..., Iterable[bytes]]


def register(app: Flask, public_url: str) -> None:
    """Add the headers to every answer of this application."""
    app.wsgi_app = _with_headers(app.wsgi_app, public_url)  # type: ignore[method-assign]


def _with_headers(app: WsgiApp, public_url: str) -> WsgiApp:
    always = _always(public_url)

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[REQUEST_ID] = request_id = request_id_of(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            environ[STATUS] = int(status[:3])
            # Flask takes its request away before it gives its answer.
            environ[ENDPOINT] = getattr(environ.get("werkzeug.request"), "endpoint", None)
            added = [*always, ("X-Request-Id", request_id), *environ.get(ADDED, ())]
            policy = _policy(headers)
            if policy:
                added.append(policy)
            if environ["REQUEST_METHOD"] == "OPTIONS":
                added += _PREFLIGHT
            return start_response(status, headers + added, *more)

        return app(environ, start)

    return serve


def on_every_answer(request_id: str, public_url: str) -> list[tuple[str, str]]:
    """Give the headers that stand on every answer to this request, if it is data."""
    return [*_always(public_url), ("X-Request-Id", request_id), _FOR_DATA]


@lru_cache(maxsize=8)
def _always(public_url: str) -> list[tuple[str, str]]:
    return [*_ALWAYS, _HTTPS_ONLY] if public_url.startswith("https:") else _ALWAYS


def _policy(headers: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Choose what a browser may load with this answer, unless the answer says so itself."""
    found = _FOR_DATA
    for name, value in headers:
        if name == "Content-Security-Policy":
            return None
        if name == "Content-Type" and value.startswith("text/html"):
            found = _FOR_PAGES
    return found


def request_id_of(environ: dict[str, Any]) -> str:
    """Take the caller's id if it is sane, else make one."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    return sent if sent and _SANE_REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
