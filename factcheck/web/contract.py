"""How an address is declared: what it takes, what it answers, and what may go wrong.

A view that writes returns the act to be carried out; this module gathers the
circumstances (who, when, dry run, idempotency, conditions), has it performed, and
answers. The OpenAPI document is written from the same declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from db.lists import Listing
from factcheck.dates import now
from factcheck.errors import Invalid
from factcheck.publishing import feeds
from factcheck.publishing.sheets import COLUMNS
from factcheck.web.answers import FORMS, done, etags, require_json_acceptable
from factcheck.web.caller import caller, permitted, request_id, writer
from factcheck.web.lists import answer_list
from factcheck.web.parts import parts
from factcheck.web.reading import read_body, read_bytes, read_query
from factcheck.web.worked_out import WORKED_OUT, WorkedOut, WrittenForPeople, answer_worked_out
from factcheck.workflow.acting import Act, Call, Outcome, perform
from schemas.listing import NoQuery, PageQuery, SchemaClass, WriteQuery, page_of, picking

Work = Callable[[Act], Outcome]
View = Callable[..., Any]

READ_PROBLEMS = (400, 401, 404, 406, 429, 500, 503)
WRITE_PROBLEMS = (400, 401, 403, 404, 406, 408, 409, 413, 415, 429, 500, 503, 507)
LONGEST_KEY = 255
# Where a change must name the version it saw.
_VERSIONED = ("revise_claim", "put_claim_by_ref")

_BYTES = {"type": "string", "format": "binary", "description": "Bytes of any media type, as they are"}

_KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Makes a repeated request safe: the first answer is given again",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    "example": "3f0a6c1e-bridge",
}
_RUN_HEADER = {
    **_KEY_HEADER,
    "description": (
        "Names this run. Without one, a line that came before in any file of this token is the same line "
        "and gets the answer of the first time: of the verdicts A, B, A in three files the third is not "
        "given. With a new name every line is new, and with the same name the file can be sent again. A "
        "line that has a `key` goes by that alone"
    ),
    "example": "night-2026-03-01",
}
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "The etag of the version this is meant for, in quotes, or *; several with commas",
    "schema": {"type": "string", "pattern": '^(?:[*]|"[!#-~]*"(?:, *"[!#-~]*")*)$'},
    "example": "*",
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "An etag in quotes; 304 if it is still current",
    "schema": {"type": "string"},
}
_ETAG_HEADER = {"ETag": {"description": "The version, strong", "schema": {"type": "string"}}}
_LOCATION_HEADER = {
    "Location": {
        "description": "Where it is",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    }
}
_LINK_HEADER = {"Link": {"description": "The next page, as rel=next", "schema": {"type": "string"}}}


class DeskBlueprint(Blueprint):  # type: ignore[misc]
    """A noun's addresses.

    flask-smorest's decorators are used for what they write down. A view wrapped ten
    deep by them costs a quarter of a read, so the view that runs has none of them.
    """

    def read(
        self,
        rule: str,
        answers: SchemaClass,
        name: str,
        *,
        query: SchemaClass = NoQuery,
        ndjson: bool = False,
        asks_who: bool = True,
    ) -> Callable[[View], View]:
        """Declare an address that answers one thing, or a page of them if its query asks for pages.

        Args:
            ndjson: whether it answers a line an item instead.
            asks_who: whether a token must be good if one is sent; not where the answer is owed
                even when the database can't be asked.
        """
        known = query()

        def declare(view: View) -> View:
            @wraps(view)
            def reading(**path: Any) -> Response:
                if not ndjson:
                    require_json_acceptable()
                if asks_who:
                    # A bad token is never treated as none, not even where none is needed.
                    caller()
                read = read_query(known)
                response: Response = view(read, **path) if known.load_fields else view(**path)
                return response

            shown = page_of(answers, query) if issubclass(query, PageQuery) else answers
            stub = (
                self._reads(reading, {"type": "string"}, query, FORMS["ndjson"])
                if ndjson
                else self._reads(reading, shown, query)
            )
            self._publish(rule, "GET", name, reading, stub, [_IF_NONE_MATCH])
            return view

        return declare

    def text(self, rule: str, content_type: str, name: str) -> Callable[[View], View]:
        """Declare an address that answers one text, whatever form is asked for."""
        return self._in_one_form(rule, name, {"type": "string"}, content_type.partition(";")[0], [])

    def collection(
        self,
        rule: str,
        listing: Listing,
        query: SchemaClass,
        item: SchemaClass,
        name: str,
        *,
        prepare: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        act: str | None = None,
    ) -> None:
        """Declare a list in all its forms.

        Args:
            prepare: turns what the query says into what the listing compares with.
            act: what a caller must be allowed to do to read this list at all; None if everybody may.
        """
        keys = tuple(field.data_key or name for name, field in item().dump_fields.items())
        known = query()
        columns = tuple(name for name, _ in COLUMNS[listing.noun])
        forms: list[tuple[str | None, Any, str, tuple[str, ...]]] = [
            (None, page_of(item, query), "application/json", keys),
            ("csv", {"type": "string"}, "text/csv", columns),
            ("ndjson", {"type": "string"}, "application/x-ndjson", keys),
        ]
        if listing.noun in feeds.NOUNS:
            forms.append(("atom", {"type": "string"}, "application/atom+xml", keys))
        for form, schema, content_type, names in forms:

            def view(form: str | None = form) -> Response:
                if act:
                    permitted(act)
                return answer_list(listing, lambda: prepare(read_query(known)), form, keys)

            view.__doc__ = f"List {listing.noun}" + (f" as {form.upper()}." if form else ".")
            headers = {**_ETAG_HEADER, **_LINK_HEADER}
            stub = self._reads(view, schema, picking(query, names), content_type, headers)
            suffix, ending = (f".{form}", f"_{form}") if form else ("", "")
            self._publish(f"{rule}{suffix}", "GET", f"{name}{ending}", view, stub, [_IF_NONE_MATCH])

    def worked_out(
        self,
        rule: str,
        answers: SchemaClass,
        name: str,
        forms: WrittenForPeople,
        *,
        query: SchemaClass = NoQuery,
        act: str | None = None,
        tag: str | None = None,
    ) -> Callable[[View], View]:
        """Declare an address whose answer is worked out from many rows; the view gives its content.

        It also answers as .csv and .txt, as people paste it.

        Args:
            forms: how the content is written for people.
            act: what a caller must be allowed to do to read this at all; None if everybody may.
            tag: the noun that it is documented under, if its address doesn't say so.
        """
        known = query()
        WORKED_OUT[name] = WorkedOut(answers.__name__.removesuffix("Schema"), forms, act, tag)

        def declare(view: View) -> View:
            for form in (None, "csv", "txt"):

                def answering(form: str | None = form, **path: Any) -> Response:
                    if act:
                        permitted(act)
                    else:
                        caller()
                    read = read_query(known)
                    given = (read,) if known.load_fields else ()
                    return answer_worked_out(lambda: view(*given, **path), forms, form)

                about = (view.__doc__ or "").partition("\n")[0].removesuffix(".")
                answering.__doc__ = f"{about}, as {form.upper()}." if form else view.__doc__
                shown = {"type": "string"} if form else answers
                content_type = FORMS[form].partition(";")[0] if form else None
                suffix, ending = (f".{form}", f"_{form}") if form else ("", "")
                stub = self._reads(answering, shown, query, content_type)
                self._publish(f"{rule}{suffix}", "GET", f"{name}{ending}", answering, stub, [_IF_NONE_MATCH])
            return view

        return declare

    def write(
        self,
        method: str,
        rule: str,
        takes: SchemaClass,
        answers: SchemaClass,
        name: str,
        *,
        creates: bool = True,
        conditional: bool = True,
    ) -> Callable[[View], View]:
        """Declare an address that writes; the view gives the act to be carried out.

        Args:
            creates: whether something new may come to be (201).
            conditional: whether there is a version that If-Match can name.
        """
        query, body = WriteQuery(), takes()

        def declare(view: View) -> View:
            @wraps(view)
            def writing(**path: Any) -> Response:
                require_json_acceptable()
                # Who may not write is told so before his body is looked at.
                writer()
                dry_run = read_query(query)["dry_run"]
                return carry_out(view(read_body(body), **path), dry_run=dry_run)

            headers = {**_ETAG_HEADER, **_LOCATION_HEADER}
            stub = self.arguments(takes, location="json")(_stub(writing))
            for status in (200, 201) if creates else (200,):
                stub = self.response(status, answers, headers=headers)(stub)
            special = {422: method == "POST", 412: conditional, 428: name in _VERSIONED}
            problems = WRITE_PROBLEMS + tuple(status for status, possible in special.items() if possible)
            stub = self._with_problems(stub, problems)
            stub = self.arguments(WriteQuery, location="query")(stub)
            stub = self.doc(security=[{"token": []}])(stub)
            parameters = ([_KEY_HEADER] if method == "POST" else []) + ([_IF_MATCH] if conditional else [])
            self._publish(rule, method, name, writing, stub, parameters)
            return view

        return declare

    def question(
        self, rule: str, takes: SchemaClass, answers: SchemaClass, name: str
    ) -> Callable[[View], View]:
        """Declare an address that is asked by a body, since what is asked is too long for an address.

        It reads as a GET does: nothing is stored, and no key makes it safe to repeat.
        """
        query, body = NoQuery(), takes()

        def declare(view: View) -> View:
            @wraps(view)
            def asking() -> Response:
                require_json_acceptable()
                caller()
                read_query(query)
                response: Response = view(read_body(body))
                return response

            stub = self.arguments(takes, location="json")(_stub(asking))
            stub = self.response(200, answers, headers=_ETAG_HEADER)(stub)
            stub = self._with_problems(stub, (*READ_PROBLEMS, 408, 413, 415))
            stub = self.doc(security=[{}, {"token": []}])(stub)
            self._publish(rule, "POST", name, asking, stub, [])
            return view

        return declare

    def upload(
        self, rule: str, query: type[WriteQuery], answers: SchemaClass, name: str
    ) -> Callable[[View], View]:
        """Declare an address that takes bytes of any kind; the view gives the act to be carried out.

        Args:
            query: what is said of the bytes beside them.
        """
        known = query()

        def declare(view: View) -> View:
            @wraps(view)
            def writing(**path: Any) -> Response:
                require_json_acceptable()
                writer()
                read = read_query(known)
                return carry_out(view(read, *read_bytes(), **path), dry_run=read["dry_run"])

            body = {
                "required": True,
                "content": {"application/octet-stream": {"schema": {**_BYTES, "minLength": 1}}},
            }
            stub = self.doc(requestBody=body, security=[{"token": []}])(_stub(writing))
            headers = {**_ETAG_HEADER, **_LOCATION_HEADER}
            for status in (200, 201):
                stub = self.response(status, answers, headers=headers)(stub)
            stub = self._with_problems(stub, (*WRITE_PROBLEMS, 412, 422))
            stub = self.arguments(query, location="query")(stub)
            self._publish(rule, "POST", name, writing, stub, [_KEY_HEADER, _IF_MATCH])
            return view

        return declare

    def download(self, rule: str, name: str) -> Callable[[View], View]:
        """Declare an address that answers bytes of the kind that they came as."""
        return self._in_one_form(rule, name, _BYTES, "*/*", [_IF_NONE_MATCH])

    def _in_one_form(
        self,
        rule: str,
        name: str,
        schema: dict[str, Any],
        content_type: str,
        headers: list[dict[str, Any]],
    ) -> Callable[[View], View]:
        known = NoQuery()

        def declare(view: View) -> View:
            @wraps(view)
            def reading(**path: Any) -> Response:
                read_query(known)
                response: Response = view(**path)
                return response

            stub = self._reads(reading, schema, NoQuery, content_type)
            self._publish(rule, "GET", name, reading, stub, headers)
            return view

        return declare

    def lines(
        self, rule: str, takes: tuple[SchemaClass, ...], answers: tuple[SchemaClass, ...], name: str
    ) -> Callable[[View], View]:
        """Declare an address that takes acts line by line and answers each with a line.

        Args:
            takes, answers: the schemas of which a line may be one.
        """

        def declare(view: View) -> View:
            stub = self.doc(requestBody={"required": True, **_lines_of(takes)}, security=[{"token": []}])(
                _stub(view)
            )
            stub = self.response(200, {"type": "string"}, content_type="application/x-ndjson")(stub)
            stub = self.doc(responses={"200": {"description": "A line for each", **_lines_of(answers)}})(stub)
            stub = self._with_problems(stub, WRITE_PROBLEMS)
            stub = self.arguments(WriteQuery, location="query")(stub)
            self._publish(rule, "POST", name, view, stub, [_RUN_HEADER])
            return view

        return declare

    def _reads(
        self,
        view: View,
        answers: Any,
        query: SchemaClass,
        content_type: str | None = None,
        headers: dict[str, Any] | None = None,
    ) -> View:
        """Write down what a read takes and answers."""
        stub = _stub(view)
        stub = self.response(200, answers, content_type=content_type, headers=headers or _ETAG_HEADER)(stub)
        stub = self.alt_response(304, description="It has not changed", success=True)(stub)
        stub = self._with_problems(stub, READ_PROBLEMS)
        stub = self.arguments(query, location="query")(stub)
        documented: View = self.doc(security=[{}, {"token": []}])(stub)
        return documented

    def _with_problems(self, stub: View, statuses: tuple[int, ...]) -> View:
        for status in statuses:
            stub = self.alt_response(status, f"Problem{status}")(stub)
        return stub

    def _publish(
        self, rule: str, method: str, name: str, view: View, stub: View, headers: list[dict[str, Any]]
    ) -> None:
        """Route an address to its view, with what was written down about it."""
        documented = self.doc(operationId=name)(stub)
        # Given to `doc`, these would take the place of the query's parameters.
        documented._apidoc["arguments"]["parameters"].extend(headers)
        view._apidoc = documented._apidoc  # type: ignore[attr-defined]
        self.route(rule, methods=[method], endpoint=name)(view)


def _stub(view: View) -> View:
    """Give something that smorest's decorators can write on in place of the view."""

    def stub() -> None:
        """Stand for the view."""

    stub.__doc__ = view.__doc__
    return stub


def _lines_of(schemas: tuple[SchemaClass, ...]) -> dict[str, Any]:
    """Write down lines, each by one of these schemas."""
    return {"content": {"application/x-ndjson": {"schema": {"anyOf": list(schemas)}}}}


def carry_out(work: Work, *, dry_run: bool) -> Response:
    """Perform an act under this request's circumstances and answer."""
    key = idempotency_key()
    call = Call(
        actor=writer(),
        at=now(),
        request_id=request_id(),
        dry_run=dry_run,
        key=key,
        fingerprint=_fingerprint() if key else "",
        if_match=_versions_seen(),
    )
    return done(perform(parts().desk, parts().settings, call, work), dry_run=dry_run)


def idempotency_key() -> str | None:
    """Read the Idempotency-Key of a POST, if one came; raises Invalid."""
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or request.method != "POST":
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        detail = f"Send 1 to {LONGEST_KEY} printable ASCII characters."
        raise Invalid(detail, errors=[{"parameter": "Idempotency-Key", "detail": detail}])
    return key


def _versions_seen() -> tuple[str, ...]:
    """Read If-Match; one that names no version must not pass for none, which asks for nothing."""
    header = request.environ.get("HTTP_IF_MATCH")
    if header is None:
        return ()
    seen = etags(header) if header.isascii() else ()
    if not seen:
        detail = "Send the etag that you read, in quotes, or * for whatever it is now."
        raise Invalid(detail, errors=[{"parameter": "If-Match", "detail": detail}])
    return seen


def _fingerprint() -> str:
    """Tell one request from another: method, address and body."""
    address = f"{request.method} {request.path}\n"
    return sha256(address.encode() + request.get_data()).hexdigest()
