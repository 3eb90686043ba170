"""How stored texts become responses: etags, conditions, forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Response, request

from factcheck.errors import NotAcceptable
from factcheck.web.parts import parts
from factcheck.workflow.acting import Outcome
from factcheck.workflow.rendering import written

FORMS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "txt": "text/plain; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
}
# What most callers send, so that their header needs no parsing.
_JSON_WILL_DO = ("", "*/*", "application/json")
_ETAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')


class WholeAnswer(Response):
    """An answer that is all there, so that nothing is left for Werkzeug to work out on its way."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send status, headers and bytes as they are (PEP 3333)."""
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else self.response  # type: ignore[return-value]


def answered(
    etag: str, body: str | bytes, form: str = "json", status: int = 200, *, following: str | None = None
) -> Response:
    """Send a text with its etag, or 304 where the caller has it already.

    Args:
        following: the address of the next page, if there is one; it is told in Link (RFC 8288).
    """
    environ = request.environ
    headers = _validators(etag, environ)
    if following:
        headers.append(("Link", f'<{following}>; rel="next"'))
    # What is asked by POST is always answered; 304 is for GET and HEAD alone (RFC 9110, 13.1.2).
    if "HTTP_IF_NONE_MATCH" in environ and status == 200 and environ["REQUEST_METHOD"] != "POST":
        seen = etags(environ["HTTP_IF_NONE_MATCH"])
        if etag in seen or "*" in seen:
            return Response(status=304, headers=headers)
    return WholeAnswer(_ended(body), status, [*headers, ("Content-Type", FORMS[form])])


def attached(sha256: str, content: bytes, media_type: str, name: str) -> Response:
    """Send bytes that came from elsewhere to be saved, and never to be run or shown by a browser.

    Args:
        sha256: of the bytes, which names their version.
        name: under which a browser saves them.
    """
    headers = _validators(sha256, request.environ)
    if sha256 in etags(request.environ.get("HTTP_IF_NONE_MATCH", "")):
        return Response(status=304, headers=headers)
    response = Response(content, headers=headers, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def composed(content: Mapping[str, Any]) -> Response:
    """Send something that is composed for this request and not stored."""
    return answered(*written(content))


def done(outcome: Outcome, *, dry_run: bool) -> Response:
    """Send what an act answers: 201 with its address if something new came to be, else 200."""
    status = 201 if outcome.created else 200
    headers = _validators(outcome.etag, request.environ)
    response = Response(_ended(outcome.body), status, headers, content_type=FORMS["json"])
    response.headers["Location"] = f"{parts().settings.public_url}{outcome.location}"
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if outcome.line:
        response.headers["Log-Line"] = f"{outcome.line.seq}:{outcome.line.hash}"
    if dry_run:
        response.headers["Dry-Run"] = "true"
    return response


def etags(header: str) -> tuple[str, ...]:
    """Read the versions that If-Match or If-None-Match names, with or without quotes (RFC 9110).

    A proxy that compresses marks an etag as weak, but it still names the same text. A star in
    quotes is an etag like any other, and not the star that stands for all.
    """
    found = _ETAG.findall(header)
    return tuple(bare or ('"*"' if quoted == "*" else quoted) for quoted, bare in found)


def acceptable_form(suffix: str | None, forms: Sequence[str] = ("json", "csv", "ndjson")) -> str:
    """Choose the form of an answer: its suffix, else what Accept asks for first.

    Args:
        forms: that there are, the usual one first.

    Raises:
        NotAcceptable: Accept leaves out every form there is.
    """
    accept = request.environ.get("HTTP_ACCEPT", "")
    if suffix:
        return suffix
    if accept in _JSON_WILL_DO:
        return "json"
    by_type = {FORMS[form].partition(";")[0]: form for form in forms}
    best = request.accept_mimetypes.best_match(list(by_type))
    if best is None:
        *rest, last = by_type
        raise NotAcceptable(f"Ask for {', '.join(rest)} or {last}.")
    return by_type[best]


def require_json_acceptable() -> None:
    """Refuse a caller who can't take JSON where there is nothing else."""
    if request.environ.get("HTTP_ACCEPT", "") in _JSON_WILL_DO:
        return
    if request.accept_mimetypes["application/json"] <= 0:
        raise NotAcceptable("This address answers in application/json; ask for that or leave Accept out.")


def _ended(body: str | bytes) -> str | bytes:
    # A line feed at the end keeps a terminal's prompt off the answer; no lines are no lines.
    return f"{body}\n" if isinstance(body, str) and body and body[-1] != "\n" else body


def _validators(etag: str, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    # A copy may be kept, but must be held against its etag before it is used again.
    private = "private, " if "HTTP_AUTHORIZATION" in environ else ""
    return [("ETag", f'"{etag}"'), ("Cache-Control", f"{private}no-cache")]
