"""How queries and bodies are read: strictly, before any schema sees them.

Whatever is ambiguous in JSON or HTTP is refused here, so that a schema only meets
plain values.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Request, request
from marshmallow import Schema, ValidationError, fields

from factcheck.errors import Invalid, MalformedBody, UnknownParameter, UnsupportedMediaType
from factcheck.web.parts import parts
from schemas.fields import FORBIDDEN_CHARACTERS, LARGEST_INTEGER, from_text

DEEPEST = 32
LONGEST_KEPT_QUERY = 1024
# A body may hold thousands of faults; nobody reads more than these.
MOST_FAULTS = 100

_UNKNOWN = "Unknown field."
# What marshmallow says by itself, said so that it tells what to do.
_IN_OUR_WORDS = {
    "Missing data for required field.": "This is missing and must be given.",
    "Field may not be null.": "This must not be null; leave it out instead.",
    "Invalid input type.": "This must be an object.",
    "Not a valid mapping type.": "This must be an object.",
    "Not a valid list.": "This must be a list.",
}


def read_query(schema: Schema) -> dict[str, Any]:
    """Read the query by a schema.

    Raises:
        UnknownParameter: a name means nothing here; says which is near.
        Invalid: a value is not valid.
    """
    text = request.environ.get("QUERY_STRING", "")
    if not text and not schema.load_fields:
        return {}
    # A long query is hardly asked twice, and should not be kept.
    read = _read_query if len(text) <= LONGEST_KEPT_QUERY else _read_query.__wrapped__
    return dict(read(schema, text))


@lru_cache(maxsize=2048)
def _read_query(schema: Schema, text: str) -> Mapping[str, Any]:
    # A pure function of its bytes, and dashboards send the same ones all day.
    try:
        # An address typed at a terminal comes with its letters as they are, in UTF-8.
        pairs = parse_qsl(
            text.encode("latin-1").decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise Invalid("The query is not UTF-8 in percent-encoding, or has over 100 parameters.") from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    try:
        values: dict[str, Any] = schema.load(from_text(schema, given))
    except ValidationError as fault:
        raise _refusal(fault, schema, "parameter") from None
    return values


def read_body(schema: Schema) -> dict[str, Any]:
    """Read the body, JSON or a flat form, by a schema.

    Raises:
        MalformedBody: the bytes are no JSON object and no form.
        UnsupportedMediaType: they are declared as something else.
        Invalid: a value is not valid; names each place.
    """
    try:
        values: dict[str, Any] = schema.load(_body(request, schema))
    except ValidationError as fault:
        raise _refusal(fault, schema, "pointer") from None
    return values


def read_object(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """Read an object that came otherwise than as a body, such as a line of a file, by a schema.

    Raises:
        Invalid: a value is not valid; names each place.
    """
    try:
        values: dict[str, Any] = schema.load(value)
    except ValidationError as fault:
        raise _refusal(fault, schema, "pointer") from None
    return values


def read_row(schema: Schema, cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Turn the cells of a row into an object as a schema takes it; a dot leads into an object.

    Raises:
        Invalid: a cell comes twice, or leads nowhere.
    """
    try:
        return _nested(list(cells), schema)
    except ValidationError as fault:
        raise _refusal(fault, schema, "pointer") from None


def read_bytes() -> tuple[bytes, str]:
    """Read the body as it is, with its media type.

    Raises:
        MalformedBody: it is empty or cut short.
        UnsupportedMediaType: the bytes are wrapped in something, or their type is not well-formed.
    """
    data, kind = _whole_body(request), request.mimetype
    if not data:
        raise MalformedBody("The body is empty. Send the bytes, such as by curl --data-binary @FILE.")
    if kind in ("", "application/x-www-form-urlencoded"):
        # What curl says of any bytes, if it is not told.
        return data, "application/octet-stream"
    if kind.startswith("multipart/") or not _MEDIA_TYPE.fullmatch(kind):
        raise UnsupportedMediaType(
            "Send the bytes alone, with their own type: curl --data-binary @FILE -H 'Content-Type: …'."
        )
    return data, kind


# RFC 6838, 4.2.
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.ASCII)


def _whole_body(request: Request) -> bytes:
    data = request.get_data()
    stated = request.environ.get("CONTENT_LENGTH")
    if stated and int(stated) != len(data):
        raise MalformedBody("The body is shorter than its Content-Length. Send it again whole.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding.")
    return data


def _body(request: Request, schema: Schema) -> dict[str, Any]:
    data = _whole_body(request)
    kind = request.mimetype
    if not data and not schema.load_fields:
        return {}
    if kind == "application/json" or kind.endswith("+json"):
        if request.mimetype_params.get("charset", "utf-8").lower().replace("-", "") != "utf8":
            raise UnsupportedMediaType("JSON is UTF-8; leave the charset out.")
        return parse_json(data)
    if kind not in ("", "text/plain", "application/x-www-form-urlencoded") or cross_site(request):
        raise UnsupportedMediaType(
            "Send Content-Type: application/json with a JSON object, or flat fields as "
            "application/x-www-form-urlencoded (curl -d name=value)."
        )
    # curl -d sends a form's content type whatever the bytes are.
    if data.lstrip()[:1] == b"{":
        return parse_json(data)
    if kind == "application/x-www-form-urlencoded" and data:
        return _parse_form(data, schema)
    raise UnsupportedMediaType("Send a JSON object as the body, with Content-Type: application/json.")


def cross_site(request: Request) -> bool:
    """Say whether a page of another site makes a browser send this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    public = urlsplit(parts().settings.public_url)
    ours = (None, f"{public.scheme}://{public.netloc}", f"{request.scheme}://{request.host}")
    return origin not in ours


def parse_json(data: bytes, what: str = "body") -> dict[str, Any]:
    """Read one JSON object (RFC 8259, as strict as I-JSON, RFC 7493).

    Args:
        what: what it is called in a refusal.

    Raises:
        MalformedBody: says where and what.
    """
    try:
        # Some editors and shells put a byte order mark in front (RFC 8259, 8.1 lets it pass).
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise MalformedBody(f"The {what} is not UTF-8 at byte {fault.start}.") from None
    if not text.strip():
        raise MalformedBody(f"The {what} is empty. Send a JSON object.")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise MalformedBody(_TOO_DEEP) from None
    except json.JSONDecodeError as fault:
        raise MalformedBody(
            f"The {what} is not JSON: {fault.msg} at line {fault.lineno}, column {fault.colno}."
        ) from None
    except ValueError as fault:
        raise MalformedBody(str(fault)) from None
    if not isinstance(value, dict):
        raise MalformedBody(f"The {what} must be one JSON object, in braces.")
    if not _is_harmless(text):
        _look_through(value)
    return value


def _is_harmless(text: str) -> bool:
    """Say whether a text needs no look at its values one by one, as next to none does."""
    shallow = text.count("{") + text.count("[") <= DEEPEST
    return shallow and not FORBIDDEN_CHARACTERS.search(text) and not _ESCAPED_CONTROL.search(text)


# What may stand for a control character or half of a character.
_ESCAPED_CONTROL = re.compile(r"\\[ubfr]")
_TOO_DEEP = f"The body is nested more than {DEEPEST} levels deep."


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"The member {twice!r} stands twice in one object.")
    return members


def _whole(text: str) -> int:
    if len(text) > 20 or not -LARGEST_INTEGER <= int(text) <= LARGEST_INTEGER:
        raise ValueError(f"The number {text[:24]} goes beyond 64 bits.")
    return int(text)


def _decimal(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"The number {text[:24]} is too large.")
    return value


def _no_number(text: str) -> float:
    raise ValueError(f"The value {text} is not JSON; leave it out or send null.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_whole, parse_float=_decimal, parse_constant=_no_number
)


def _look_through(value: Any, depth: int = 1, pointer: str = "") -> None:
    """Refuse what no field may hold: depth, control characters, halves of characters."""
    if isinstance(value, str):
        _refuse_forbidden(value, pointer)
        return
    if not isinstance(value, dict | list):
        return
    if depth > DEEPEST:
        raise MalformedBody(_TOO_DEEP)
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in pairs:
        if isinstance(key, str):
            _refuse_forbidden(key, pointer)
        _look_through(member, depth + 1, f"{pointer}/{_escaped(key)}")


def _refuse_forbidden(text: str, pointer: str) -> None:
    found = FORBIDDEN_CHARACTERS.search(text)
    if found:
        detail = f"The character U+{ord(found[0]):04X} must not be used; leave it out."
        raise MalformedBody(detail, errors=[{"pointer": pointer, "detail": detail}])


def _parse_form(data: bytes, schema: Schema) -> dict[str, Any]:
    """Read a form; a dot leads into an object: claimant.name=Health Ministry."""
    try:
        # curl -d sends umlauts as they are typed, without percent-encoding.
        # A list of 100 is a name repeated, beside the other fields.
        pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=250)
    except ValueError:
        raise MalformedBody("The form is not UTF-8, or has over 250 fields.") from None
    for name, value in pairs:
        _refuse_forbidden(name, "")
        _refuse_forbidden(value, f"/{_escaped(name)}")
    return _nested(pairs, schema)


def _nested(pairs: list[tuple[str, str]], schema: Schema) -> dict[str, Any]:
    flat: dict[str, list[str]] = {}
    inner: dict[str, list[tuple[str, str]]] = {}
    for name, value in pairs:
        head, dot, rest = name.partition(".")
        if dot and isinstance(schema.load_fields.get(head), fields.Nested):
            inner.setdefault(head, []).append((rest, value))
        else:
            flat.setdefault(name, []).append(value)
    values = from_text(schema, flat)
    for name, those in inner.items():
        field = schema.load_fields[name]
        try:
            values[name] = _nested(those, field.schema)  # type: ignore[attr-defined]
        except ValidationError as fault:
            raise ValidationError({name: fault.messages}) from None
    return values


def _refusal(fault: ValidationError, schema: Schema, where: str) -> Invalid:
    """Turn marshmallow's messages into the one shape of errors."""
    messages = fault.messages if isinstance(fault.messages, dict) else {"": fault.messages}
    faults = list(_flat(messages, schema))
    errors = [
        {where: _place(path, where), "detail": _told(path, message, schema)}
        for path, message in faults[:MOST_FAULTS]
    ]
    unknown = where == "parameter" and any(message == _UNKNOWN for _, message in faults)
    kind = UnknownParameter if unknown else Invalid
    first = errors[0]
    detail = f"{first[where] or 'The body'}: {first['detail']}"
    if len(faults) > 1:
        more = "is 1 more fault" if len(faults) == 2 else f"are {len(faults) - 1} more faults"
        detail += f" There {more}; see errors."
    return kind(detail, errors=errors)


def _flat(messages: Any, within: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Give each message with its path.

    Args:
        within: the schema or field that the messages are about.
    """
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if key == "_schema" or (within is _MEMBER and key in ("key", "value")):
                yield from _flat(inner, None, path)
            else:
                yield from _flat(inner, _at(within, key), (*path, key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, within, path)
    else:
        yield path, str(messages)


# What stands in a dictionary: its own faults come under "key" and "value".
_MEMBER = object()


def _at(within: Any, key: Any) -> Any:
    """Give the field that stands at a key of a schema or of another field."""
    if isinstance(within, fields.Nested):
        within = within.schema
    if isinstance(within, Schema):
        return within.load_fields.get(key)
    if isinstance(within, fields.List):
        return within.inner
    return _MEMBER if isinstance(within, fields.Dict) else None


def _place(path: tuple[Any, ...], where: str) -> str:
    if where == "parameter":
        return str(path[0]) if path else ""
    return "".join(f"/{_escaped(step)}" for step in path)


def _told(path: tuple[Any, ...], message: str, schema: Schema) -> str:
    if message != _UNKNOWN:
        return _IN_OUR_WORDS.get(message, message)
    names = _names_at(path[:-1], schema)
    near = difflib.get_close_matches(str(path[-1]), names, 1, 0.65)
    hint = f"did you mean {near[0]}?" if near else f"the names known here are {', '.join(names) or 'none'}."
    return f"There is no {path[-1]!s:.60} here; {hint}"


def _names_at(path: tuple[Any, ...], schema: Schema) -> list[str]:
    known: Any = schema
    for step in path:
        field = known.load_fields.get(step) if isinstance(step, str) else None
        if isinstance(field, fields.List):
            field = field.inner
        if isinstance(field, fields.Nested):
            known = field.schema
    return [field.data_key or name for name, field in known.load_fields.items()]


def _escaped(step: object) -> str:
    return re.sub("[~/]", lambda mark: {"~": "~0", "/": "~1"}[mark[0]], str(step))
