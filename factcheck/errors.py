"""What can go wrong, in the desk's own words.

    DeskError
    ├── Invalid                 the input can't be understood or breaks a rule
    │   ├── UnknownParameter        a name in the query that means nothing here
    │   ├── BadCursor               a cursor that is altered or from another list
    │   └── MalformedBody           bytes that are no JSON object or form
    ├── Unauthenticated         who is asking can't be established
    ├── Forbidden               the caller is known and may not
    ├── NotFound                not here, or not for this caller
    ├── MethodNotAllowed        the address exists, the method does not
    ├── NotAcceptable           no form of the answer suits the caller
    ├── Conflict                the desk's state doesn't allow it
    ├── VersionMismatch         If-Match names a version that is no longer current
    ├── VersionRequired         a change to a claim must say which version it saw
    ├── BodyTooLarge            more bytes than the desk takes
    ├── UnsupportedMediaType    a body in a form the desk does not read
    ├── KeyReused               an Idempotency-Key with another request behind it
    ├── BodyTimeout             the body stopped coming
    ├── TooManyRequests         more requests than one caller is granted
    ├── Busy                    the write lock could not be had in time
    ├── NotReady                something that writing needs is not as it should be
    ├── ReadOnly                the file can't be written
    ├── StorageFull             the disk is full
    └── Internal                a fault of ours

No HTTP status is named here: factcheck/web/problems.py maps each class to one.
Every class says, for its help page, what it means and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar


class DeskError(Exception):
    """Any refusal or fault that a caller is told about.

    Args:
        detail: one plain sentence or two that say what to do.
        errors: for invalid input, one entry per fault: `{"pointer" or
            "parameter": where, "detail": what}`.
        more: further members of the problem document.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]

    def __init__(self, detail: str, *, errors: list[dict[str, str]] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.more = more


class Invalid(DeskError):
    code = "INVALID"
    title = "The input is not valid"
    help = (
        "Something in the request breaks a rule. The list `errors` names each place: "
        "`pointer` is a JSON Pointer (RFC 6901) into the body, `parameter` a name in the query "
        "or a header. Mend those and send it again; nothing was stored."
    )


class UnknownParameter(Invalid):
    code = "UNKNOWN_PARAMETER"
    title = "The query names an unknown parameter"
    help = (
        "A misspelt filter would silently give you everything, so unknown names are refused. "
        "The problem says which name was meant, if one is near. The parameters of each address "
        "are in the OpenAPI document."
    )


class BadCursor(Invalid):
    code = "BAD_CURSOR"
    title = "The cursor does not fit this list"
    help = (
        "A cursor belongs to the filters and the sort it came with and can't be altered. Follow "
        "the `next` address as it is, or leave `cursor` out to begin again."
    )


class MalformedBody(Invalid):
    code = "MALFORMED_BODY"
    title = "The body can't be read"
    help = (
        "Bodies are one JSON object in UTF-8: no member twice, no NaN, whole numbers within "
        "64 bits, at most 32 levels deep, no control characters but line feed and tab. Flat "
        "fields may also come as a form (`curl -d status=false`)."
    )


class Unauthenticated(DeskError):
    code = "UNAUTHENTICATED"
    title = "A valid token is needed"
    help = (
        "Send `Authorization: Bearer fct_…`. The token is missing, mistyped, expired or revoked; "
        "a bad token is never treated as no token. An admin issues new ones."
    )


class Forbidden(DeskError):
    code = "FORBIDDEN"
    title = "Your role may not do this"
    help = (
        "The token is good, but its role does not reach the act. The problem names the act and "
        "the role it needs; `GET /v1/me` lists what you may do."
    )


class NotFound(DeskError):
    code = "NOT_FOUND"
    title = "There is nothing here for you"
    help = (
        "The address is mistyped, nothing has that number, or it is not published and you sent "
        "no token. Ids are whole numbers without a sign or leading zeros."
    )


class MethodNotAllowed(DeskError):
    code = "METHOD_NOT_ALLOWED"
    title = "This address does not take that method"
    help = "The header `Allow` lists the methods it takes."


class NotAcceptable(DeskError):
    code = "NOT_ACCEPTABLE"
    title = "There is no such form of the answer"
    help = (
        "The `Accept` header leaves out every form that exists. Ask for application/json, or "
        "on lists also text/csv or application/x-ndjson, or leave the header out."
    )


class Conflict(DeskError):
    code = "CONFLICT"
    title = "The present state doesn't allow it"
    help = (
        "The request is well formed, but something already recorded stands against it: a name "
        "that is taken, a stage that can't follow, a verdict already retracted. The detail says "
        "which."
    )


class VersionMismatch(DeskError):
    code = "VERSION_MISMATCH"
    title = "It has changed since you read it"
    help = (
        "`If-Match` names a version that is no longer current. The problem gives the current "
        "`etag` and, in `differs`, what changed in between. Read it again, look, and repeat "
        "with the new etag."
    )


class VersionRequired(DeskError):
    code = "VERSION_REQUIRED"
    title = "Say which version you are changing"
    help = (
        "To change a claim's own fields, send `If-Match` with the etag you read, so that two "
        "people can't overwrite each other unseen. `If-Match: *` says: whatever it is now."
    )


class BodyTooLarge(DeskError):
    code = "BODY_TOO_LARGE"
    title = "The body is too large"
    help = "The limit is the setting FACTCHECK_MAX_BODY. Send less, or in several requests."


class UnsupportedMediaType(DeskError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    title = "The body is of a kind that is not read here"
    help = (
        "Send `Content-Type: application/json` with a JSON object, or "
        "`application/x-www-form-urlencoded` with flat fields. Plain `curl -d '{…}'` works too."
    )


class KeyReused(DeskError):
    code = "IDEMPOTENCY_KEY_REUSED"
    title = "This Idempotency-Key belongs to another request"
    help = (
        "The same key came before with another method, address or body. Use a new key for a "
        "new request, and the old key only to repeat the old one."
    )


class BodyTimeout(DeskError):
    code = "BODY_TIMEOUT"
    title = "The body did not arrive in time"
    help = "Nothing was stored. Send the request again over a connection that does not stall."


class TooManyRequests(DeskError):
    code = "RATE_LIMITED"
    title = "Too many requests in too short a time"
    help = (
        "Every answer says in `X-RateLimit-Limit` how many requests a minute you are granted, in "
        "`X-RateLimit-Remaining` how many are left now, and in `X-RateLimit-Reset` in how many seconds "
        "all of them will be there again. Wait for the seconds in `Retry-After`. With a token more is "
        "granted than without. A token that is not good counts as twenty requests."
    )


class Busy(DeskError):
    code = "BUSY"
    title = "The desk is busy writing"
    help = (
        "Another writer held the database for longer than FACTCHECK_WRITE_WAIT. Nothing was "
        "stored. Repeat the request after the seconds in `Retry-After`, with the same "
        "Idempotency-Key if you sent one."
    )


class NotReady(DeskError):
    code = "NOT_READY"
    title = "The desk is not ready to write"
    help = (
        "`checks` says of the database, the disk, the migrations and the clock whether each is as it "
        "should be, and what whoever runs the desk must do. Reads may go on."
    )


class ReadOnly(DeskError):
    code = "READ_ONLY"
    title = "The desk can't be written now"
    help = (
        "The database file or its folder is read-only. Reads go on. Whoever runs the desk must "
        "make it writable; it recovers by itself."
    )


class StorageFull(DeskError):
    code = "STORAGE_FULL"
    title = "The disk is full"
    help = "Nothing was stored. Reads go on. Whoever runs the desk must free space; it recovers by itself."


class Internal(DeskError):
    code = "INTERNAL"
    title = "A fault of ours"
    help = (
        "The request met a fault in the desk itself and nothing was stored. Please report the "
        "`request_id`; the log has the rest."
    )


def all_errors(of: type[DeskError] = DeskError) -> Iterator[type[DeskError]]:
    """Walk the tree of errors, in the order in which it is written."""
    for kind in of.__subclasses__():
        yield kind
        yield from all_errors(kind)
