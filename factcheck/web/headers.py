"""The headers that stand on every answer."""

from __future__ import annotations

from flask import Flask, Response, request

from factcheck.web.caller import request_id

# Reads are open to scripts of any site; writes need a token that no browser adds by itself.
_ALWAYS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-RateLimit-Reset, X-Request-Id, X-Error-Code",
    ),
    ("Vary", "Accept, Authorization"),
    ("X-Content-Type-Options", "nosniff"),
)
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, If-None-Match, X-Request-Id"),
    ("Access-Control-Max-Age", "86400"),
)


def register(app: Flask) -> None:
    """Add the headers to every answer of this application."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.extend(_ALWAYS)
    response.headers.add("X-Request-Id", request_id())
    if request.method == "OPTIONS":
        response.headers.extend(_PREFLIGHT)
    return response
