"""The headers that stand on every answer, and the id that every request has.

They are added outside the application, so that they stand on errors too, and cost
next to nothing: a list is joined to a list.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

REQUEST_ID = "factcheck.request_id"

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

# Reads are open to scripts of any site; writes need a token that no browser adds by itself.
_ALWAYS = [
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-RateLimit-Reset, X-Request-Id, X-Error-Code",
    ),
    ("Vary", "Accept, Authorization"),
    ("X-Content-Type-Options", "nosniff"),
]
_PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, If-None-Match, X-Request-Id"),
    ("Access-Control-Max-Age", "86400"),
]

WsgiApp = Callable[..., Iterable[bytes]]


def register(app: Flask) -> None:
    """Add the headers to every answer of this application."""
    app.wsgi_app = _with_headers(app.wsgi_app)  # type: ignore[method-assign]


def _with_headers(app: WsgiApp) -> WsgiApp:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[REQUEST_ID] = request_id = request_id_of(environ)
        added = on_every_answer(request_id)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            added += _PREFLIGHT

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, headers + added, *more)

        return app(environ, start)

    return serve


def on_every_answer(request_id: str) -> list[tuple[str, str]]:
    """Give the headers that stand on every answer to this request."""
    return [*_ALWAYS, ("X-Request-Id", request_id)]


def request_id_of(environ: dict[str, Any]) -> str:
    """Take the caller's id if it is sane, else make one."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    return sent if sent and _SANE_REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
