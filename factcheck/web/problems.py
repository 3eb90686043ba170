"""How refusals and faults are told: RFC 9457, one shape, one table of statuses."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from db import DatabaseError, faults
from factcheck import errors
from factcheck.errors import DeskError
from factcheck.web.caller import request_id
from factcheck.web.parts import parts

log = logging.getLogger(__name__)

STATUS: Final[dict[type[DeskError], int]] = {
    errors.Invalid: 400,
    errors.UnknownParameter: 400,
    errors.BadCursor: 400,
    errors.MalformedBody: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.BodyTimeout: 408,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.BodyTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.KeyReused: 422,
    errors.VersionRequired: 428,
    errors.TooManyRequests: 429,
    errors.Internal: 500,
    errors.Busy: 503,
    errors.NotReady: 503,
    errors.ReadOnly: 503,
    errors.StorageFull: 507,
}

RETRY_AFTER_SECONDS: Final = 2


def register(app: Flask) -> None:
    """Tell every error of this application as a problem."""
    app.register_error_handler(DeskError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(DatabaseError, _refuse_database)
    app.register_error_handler(Exception, _fail)


def problem(error: DeskError) -> Response:
    """Write an error as a problem document, or as a page where a browser asked for one."""
    status = STATUS[type(error)]
    if _wants_page():
        response = Response(
            render_template("refusal.html", error=error, status=status, request_id=request_id()),
            status,
            content_type="text/html; charset=utf-8",
        )
    else:
        response = Response(
            json.dumps(document(error, request_id(), parts().settings.public_url), ensure_ascii=False),
            status,
            content_type="application/problem+json",
        )
    response.headers["X-Error-Code"] = error.code
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="factcheck"'
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def unframed(error: DeskError, request_id: str, public_url: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Write a problem that the application never saw: status, headers and body."""
    status = STATUS[type(error)]
    body = json.dumps(document(error, request_id, public_url), ensure_ascii=False).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("X-Error-Code", error.code),
        ("Cache-Control", "no-store"),
        ("Content-Length", str(len(body))),
    ]
    if status in (429, 503):
        headers.append(("Retry-After", str(error.more.get("retry_after", RETRY_AFTER_SECONDS))))
    return status, headers, body


def document(error: DeskError, request_id: str, public_url: str) -> dict[str, Any]:
    """Compose the members of a problem document (RFC 9457)."""
    members: dict[str, Any] = {
        "type": f"{public_url}/problems/{slug(type(error))}",
        "title": error.title,
        "status": STATUS[type(error)],
        "detail": error.detail,
        "code": error.code,
    }
    if error.errors is not None:
        members["errors"] = error.errors
    members |= {name: value for name, value in error.more.items() if value is not None}
    return {**members, "request_id": request_id}


def slug(kind: type[DeskError]) -> str:
    """Name the help page of a kind of error."""
    return kind.code.lower().replace("_", "-")


def _refuse(error: DeskError) -> Response:
    return problem(error)


def _refuse_database(fault: DatabaseError) -> Response:
    known = faults.meaning(fault)
    return problem(known) if known else _fail(fault)


def _refuse_http(fault: HTTPException) -> Response | HTTPException:
    """Say in our own words what Werkzeug noticed."""
    if isinstance(fault, RequestRedirect):
        return fault
    if fault.code == 404:
        return problem(errors.NotFound("There is nothing at this address. GET /v1 lists what there is."))
    if fault.code == 405:
        allowed = ", ".join(sorted(fault.valid_methods or ()))  # type: ignore[attr-defined]
        response = problem(errors.MethodNotAllowed(f"This address takes {allowed}, not {request.method}."))
        response.headers["Allow"] = allowed
        return response
    if fault.code == 413:
        most = current_app.config["MAX_CONTENT_LENGTH"]
        return problem(errors.BodyTooLarge(f"The body is larger than {most} bytes. Send less at once."))
    if fault.code is not None and 400 <= fault.code < 500:
        return problem(errors.Invalid("The request can't be read as HTTP. Look at its headers and body."))
    return _fail(fault)


def _fail(fault: Exception) -> Response:
    log.error("request %s: %s %s failed", request_id(), request.method, request.path, exc_info=fault)
    return problem(errors.Internal("The desk made a mistake and nothing was stored. Report the request_id."))


def _wants_page() -> bool:
    accept = request.environ.get("HTTP_ACCEPT", "")
    return "text/html" in accept and not request.path.startswith("/v1")
