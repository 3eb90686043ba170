"""Lists: one way through filters, sort, cursor and form for every noun."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, request
from itsdangerous import BadData

from db import Database, lists, log
from db.lists import FOUND_BEGIN, FOUND_END, RELEVANCE, Found, Listing, Want
from factcheck.errors import BadCursor, Invalid
from factcheck.publishing import feeds, sheets
from factcheck.web.answers import FORMS, acceptable_form, answered, etags
from factcheck.web.caller import sees_only_published
from factcheck.web.kept import Answer
from factcheck.web.parts import parts
from factcheck.web.past import line_as_of

# What a query may hold besides the filters of its list.
_NO_FILTERS = ("limit", "cursor", "count", "picked", "all", "facet", "sort", "q", "as_of")


def answer_list(
    listing: Listing, read: Callable[[], Mapping[str, Any]], suffix: str | None, keys: Iterable[str]
) -> Response:
    """Answer a list, as it is kept if the log has not grown since it was last asked for.

    Args:
        listing: of which noun.
        read: reads the query, when it is needed.
        suffix: the form that the address names, if it does.
        keys: the keys of an item, which `fields` picks from.

    Raises:
        BadCursor: it belongs to other filters, or was altered.
        Invalid: a value doesn't fit this list or this form.
    """
    form = acceptable_form(suffix)
    public_only = sees_only_published()
    etag = list_etag(parts().desk.db, form, public_only)
    if etag in etags(request.environ.get("HTTP_IF_NONE_MATCH", "")):
        return answered(etag, b"", form)
    answer = parts().answers.get(etag)
    if answer is None:
        query = read()
        want = _want(query, public_only)
        only = _only(listing, query.get("picked"), keys, form)
        if query.get("all"):
            return _every_row(listing, want, form, only)
        with parts().desk.snapshot() as db:
            # The log may have grown since; the answer is kept under what it really shows.
            etag = list_etag(db, form, public_only)
            answer = _answer(db, listing, want, query, form, only)
        parts().answers.keep(etag, answer)
    return answered(etag, answer.body, form, following=answer.following)


def _answer(
    db: Database,
    listing: Listing,
    want: Want,
    query: Mapping[str, Any],
    form: str,
    only: tuple[str, ...] | None,
) -> Answer:
    """Ask for a page and write it down."""
    found = _found(db, listing, want)
    more = len(found) > query["limit"]
    found = found[: query["limit"]]
    following = _next(want, found, db, listing) if more else None
    if form == "json":
        extras = _extras(db, listing, want, query)
        body = _envelope([_item(row, only) for row in found], following, extras) + "\n"
    elif form == "atom":
        body = _feed(db, listing, found, following)
    else:
        body = "".join(_lines(listing, found, form, only))
    return Answer(body.encode(), following)


def _feed(db: Database, listing: Listing, found: Iterable[Found], following: str | None) -> str:
    feed = feeds.Feed(
        desk=log.founding_hash(db),
        noun=listing.noun,
        address=address({}),
        public_url=parts().settings.public_url,
        updated=log.head(db).at,
        following=following,
    )
    return feeds.atom(feed, (json.loads(row.body) for row in found))


def answer_parts(
    items: list[dict[str, Any]], query: Mapping[str, Any], *, numbered_by: str = "id"
) -> Response:
    """Answer a list of things that stand in one resource, such as a claim's verdicts."""
    narrowed = sorted((name, value) for name, value in query.items() if name not in _NO_FILTERS)
    binding = f"{request.path} {narrowed}"
    after = _opened(query["cursor"], binding)[1] if query.get("cursor") else 0
    rest = [item for item in items if item[numbered_by] > after]
    page = rest[: query["limit"]]
    following = None
    if len(rest) > len(page):
        last = page[-1][numbered_by]
        following = address({"cursor": _sealed(binding, last, last)})
    total = {"total": len(items)} if query.get("count") else {}
    return _answer_page(page, following, total)


def _answer_page(items: list[dict[str, Any]], following: str | None, total: Mapping[str, Any]) -> Response:
    """Answer a page that is composed for this request."""
    texts = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items]
    body = _envelope(texts, following, total)
    return answered(sha256(body.encode()).hexdigest()[:32], body, following=following)


def answer_newest(
    fetch: Callable[[int | None, int], list[dict[str, Any]]],
    count: Callable[[], int],
    query: Mapping[str, Any],
) -> Response:
    """Answer a list of rows that no text is kept of, newest first.

    Args:
        fetch: gives rows with an id below the one given, if one is, and how many at the most.
        count: counts them all.
    """
    page, following = newest_page(fetch, query)
    total = {"total": count()} if query.get("count") else {}
    return _answer_page(page, following, total)


def newest_page(
    fetch: Callable[[int | None, int], list[dict[str, Any]]], query: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], str | None]:
    """Give the page of rows that a query asks for, and the address of the next."""
    narrowed = sorted((name, value) for name, value in query.items() if name not in _NO_FILTERS)
    binding = f"{request.path} {narrowed}"
    before = _opened(query["cursor"], binding)[1] if query.get("cursor") else None
    rows = fetch(before, query["limit"] + 1)
    page = rows[: query["limit"]]
    following = None
    if len(rows) > len(page):
        following = address({"cursor": _sealed(binding, page[-1]["id"], page[-1]["id"])})
    return page, following


def _want(query: Mapping[str, Any], public_only: bool) -> Want:
    filters = {name: value for name, value in query.items() if name not in _NO_FILTERS}
    words = query.get("q")
    sort = query.get("sort") or (RELEVANCE if words else "-created_at")
    as_of = line_as_of(query.get("as_of"))
    if words and as_of is not None:
        detail = "Words are looked for in what stands now; leave q or as_of out."
        raise Invalid(detail, errors=[{"parameter": "q", "detail": detail}])
    if sort == RELEVANCE and not words:
        detail = "Relevance needs words to be relevant to; give q as well, or another sort."
        raise Invalid(detail, errors=[{"parameter": "sort", "detail": detail}])
    want = Want(
        filters=filters,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        # One row more than asked for tells whether there is a next page.
        limit=query["limit"] + 1,
        public_only=public_only,
        words=words,
        as_of=as_of,
    )
    if query.get("cursor"):
        want = replace(want, after=_opened(query["cursor"], _binding(want)))
    return want


def _found(db: Database, listing: Listing, want: Want) -> list[Found]:
    found = list(lists.page(db, listing, want))
    if want.words is None or want.sort == RELEVANCE:
        return found
    places = lists.snippets(db, want.words, [row.id for row in found])
    return [row._replace(snippet=places.get(row.id)) for row in found]


def _every_row(listing: Listing, want: Want, form: str, only: tuple[str, ...] | None) -> Response:
    """Stream all rows from a connection of its own, in one snapshot and in constant memory."""
    if form in ("json", "atom"):
        detail = "Every row at once comes as CSV or NDJSON; add .csv or .ndjson to the address."
        raise Invalid(detail, errors=[{"parameter": "all", "detail": detail}])
    desk = parts().desk

    def stream() -> Iterator[str]:
        with desk.stream() as db:
            rows = lists.page(db, listing, replace(want, limit=None))
            yield from _lines(listing, rows, form, only)

    return Response(stream(), content_type=FORMS[form], headers={"Cache-Control": "no-store"})


def _lines(listing: Listing, rows: Iterable[Found], form: str, only: tuple[str, ...] | None) -> Iterator[str]:
    if form == "csv":
        yield sheets.header(listing.noun, only)
        for row in rows:
            yield sheets.row(listing.noun, json.loads(row.body), only)
    else:
        for row in rows:
            yield f"{_item(row, only)}\n"


def _item(row: Found, only: tuple[str, ...] | None) -> str:
    """Give a stored text as it is, or with fewer keys, or with the place where words were found."""
    text = row.body
    if only is not None:
        content = json.loads(text)
        kept = {key: content[key] for key in content if key in only}
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    if row.snippet is None or (only is not None and "snippet" not in only):
        return text
    comma = "," if text != "{}" else ""
    return f'{text[:-1]}{comma}"snippet":{json.dumps(_marked(row.snippet), ensure_ascii=False)}}}'


def _marked(snippet: str) -> str:
    # The index escapes nothing, so the words are marked by characters that no text can hold.
    return escape(snippet).replace(FOUND_BEGIN, "<mark>").replace(FOUND_END, "</mark>")


def _envelope(texts: list[str], following: str | None, extras: Mapping[str, Any]) -> str:
    more = "".join(
        f",{json.dumps(name)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for name, value in extras.items()
    )
    return f'{{"items":[{",".join(texts)}],"next":{json.dumps(following)}{more}}}'


def _extras(db: Database, listing: Listing, want: Want, query: Mapping[str, Any]) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if query.get("count"):
        extras["total"] = lists.total(db, listing, want)
    if query.get("facet"):
        extras["facets"] = {
            name: [
                _facet_value(name, value, count, query)
                for value, count in lists.facet(db, listing, want, name)
            ]
            for name in query["facet"]
        }
    return extras


def _facet_value(name: str, value: Any, count: int, query: Mapping[str, Any]) -> dict[str, Any]:
    if name in ("contested", "active"):
        value = bool(value)
    selected = name in query
    shown = json.dumps(value) if isinstance(value, bool) else value
    # No filter asks for what is not known, so a null leads nowhere.
    toggled = None if value is None else address({name: None if selected else shown, "cursor": None})
    return {"value": value, "count": count, "selected": selected, "toggle_url": toggled}


def _only(
    listing: Listing, fields: list[str] | None, keys: Iterable[str], form: str
) -> tuple[str, ...] | None:
    if fields is None:
        return None
    known = [name for name, _ in sheets.COLUMNS[listing.noun]] if form == "csv" else list(keys)
    strange = [name for name in fields if name not in known]
    if strange:
        detail = f"There is no {strange[0]:.40} to keep; there are {', '.join(known)}."
        raise Invalid(detail, errors=[{"parameter": "fields", "detail": detail}])
    return tuple(fields)


def _next(want: Want, found: list[Found], db: Database, listing: Listing) -> str:
    # All pages show the same moment, even if a day is asked for that is not over.
    moment = {} if want.as_of is None else {"as_of": f"seq:{want.as_of}"}
    if want.sort == RELEVANCE:
        seen, newest = want.after or (0, lists.newest_id(db, listing.noun))
        return address({"cursor": _sealed(_binding(want), seen + len(found), newest)})
    return address({**moment, "cursor": _sealed(_binding(want), found[-1].key, found[-1].id)})


def _sealed(binding: str, key: Any, row_id: int) -> str:
    text = parts().cursors.dumps([_digest(binding), key, row_id])
    return text if isinstance(text, str) else text.decode()


def _opened(cursor: str, binding: str) -> tuple[Any, int]:
    try:
        digest, key, row_id = parts().cursors.loads(cursor)
    except (BadData, ValueError, TypeError):
        raise _bad_cursor("This cursor was altered.") from None
    if digest != _digest(binding):
        raise _bad_cursor("This cursor belongs to a list with other filters or another sort.")
    return key, row_id


def _bad_cursor(what: str) -> BadCursor:
    detail = f"{what} Follow the next address as it is, or leave cursor out to begin again."
    return BadCursor(detail, errors=[{"parameter": "cursor", "detail": detail}])


def _binding(want: Want) -> str:
    """Say to which list a cursor belongs."""
    return repr(
        (
            request.path.partition(".")[0],
            sorted(want.filters.items(), key=str),
            want.sort,
            want.descending,
            want.words,
            want.as_of,
        )
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def address(changes: Mapping[str, Any]) -> str:
    """Give this list's public address with some parameters replaced, added or left out."""
    pairs = [
        (name, value)
        for name, value in parse_qsl(request.query_string.decode(), keep_blank_values=True)
        if name not in changes
    ]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    query = f"?{urlencode(pairs)}" if pairs else ""
    return f"{parts().settings.public_url}{request.path}{query}"


def list_etag(db: Database, form: str, sight: object) -> str:
    """Name this list's version: nothing in it changes unless the log grows.

    Args:
        sight: what tells callers apart who see more or less of it.
    """
    query = request.query_string.decode("latin-1")
    asked = f"{request.path}?{query} {form} {sight} {parts().settings.public_url}"
    return sha256(f"{log.head(db).hash} {asked}".encode()).hexdigest()[:32]
