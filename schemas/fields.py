"""The kinds of values that the desk takes, stricter than marshmallow's own.

JSON values must have the right type. Texts from a query or a form are turned into
the field's type first (`from_text`), and only where they are written in full: 12 is
a number, +12, 1_2 and ١٢ are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import idna
from marshmallow import Schema, ValidationError, fields, validate

from factcheck import dates
from factcheck.vocabulary import COUNTRIES
from factcheck.wording import folded

ID_PATTERN = "[1-9][0-9]{0,18}"
LARGEST_INTEGER = 2**63 - 1
REF_PATTERN = "^[A-Za-z0-9](?:[A-Za-z0-9._:~/-]{0,198}[A-Za-z0-9])?$"

# C0 and C1 controls but tab and line feed, and lone surrogates, which UTF-8 can't carry.
FORBIDDEN_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# The same for the OpenAPI document, with at least one character that is no blank.
_LINES = r"[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*"
_LINE = r"[^\u0000-\u001f\u007f-\u009f]*"
_INK = r"[^\s\u0000-\u001f\u007f-\u009f]"
LINES_PATTERN = f"^{_LINES}{_INK}{_LINES}$"
LINE_PATTERN = f"^{_LINE}{_INK}{_LINE}$"
# A line without commas, where they stand between several.
PART_PATTERN = LINE_PATTERN.replace("[^", "[^,")

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)

ADDRESS_PATTERN = (
    r"^[Hh][Tt][Tt][Pp][Ss]?://(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?:[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]|[0-9]{1,3})"
    r"(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(?:[/?#][^\s\u0000-\u001f\u007f-\u009f<>\"\\]*)?$"
)


class Text(fields.String):
    """Words: NFC-normalised, trimmed, not blank, without control characters."""

    def __init__(self, *, most: int, lines: bool = False, pattern: str | None = None, **more: Any) -> None:
        """Take a text.

        Args:
            most: characters at the most.
            lines: whether line feeds and tabs may stand in it.
            pattern: a regular expression that the OpenAPI document shows, too.
        """
        shown = pattern or (LINES_PATTERN if lines else LINE_PATTERN)
        more["metadata"] = {"pattern": shown, "minLength": 1, "maxLength": most, **more.get("metadata", {})}
        super().__init__(**more)
        self._most = most
        self._forbidden = FORBIDDEN_CHARACTERS if lines else _FORBIDDEN_IN_A_LINE
        self._pattern = re.compile(pattern.strip("^$"), re.ASCII) if pattern else None

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("This must be a text.")
        if self._forbidden.search(value):
            raise ValidationError("This must not contain control characters.")
        text = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
        if not text:
            raise ValidationError("This must not be blank.")
        if len(text) > self._most:
            raise ValidationError(f"This must have at most {self._most} characters; it has {len(text)}.")
        if self._pattern and not self._pattern.fullmatch(text):
            raise ValidationError(self.metadata.get("explained", "This is not written as it should be."))
        return text


class Choice(fields.String):
    """One of a closed list of words; the refusal lists them."""

    def __init__(self, words: Any, **more: Any) -> None:
        self._words = tuple(words)
        # In JSON Schema an enum rules null out unless it lists it.
        shown = [*self._words, None] if more.get("allow_none") else list(self._words)
        more["metadata"] = {"enum": shown, **more.get("metadata", {})}
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if value not in self._words or not isinstance(value, str):
            raise ValidationError(f"This must be one of {', '.join(self._words)}.")
        return value


class Country(Choice):
    """A country by its code of two capital letters (ISO 3166-1 alpha-2)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(COUNTRIES, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if value not in COUNTRIES or not isinstance(value, str):
            raise ValidationError("This must be a country's code by ISO 3166-1 alpha-2, such as KZ or FR.")
        return value


class Whole(fields.Integer):
    """A whole number; 80.0 is one, too, as in JSON Schema, and "80" and true are none."""

    def __init__(self, *, least: int = -LARGEST_INTEGER, most: int = LARGEST_INTEGER, **more: Any) -> None:
        more["metadata"] = {"minimum": least, "maximum": most, **more.get("metadata", {})}
        super().__init__(**more)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("This must be a whole number.")
        if not self._least <= value <= self._most:
            raise ValidationError(f"This must lie between {self._least} and {self._most}.")
        return value

    @staticmethod
    def from_text(text: str) -> Any:
        """Read a number written in full; anything else is left for the check to refuse."""
        return int(text) if re.fullmatch("0|-?[1-9][0-9]{0,18}", text, re.ASCII) else text


class Id(Whole):
    """The number of a resource."""

    def __init__(self, **more: Any) -> None:
        super().__init__(least=1, **more)


class Number(fields.Float):
    """A finite number."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValidationError("This must be a number.")
        if abs(value) > 1e15:
            raise ValidationError("This must lie between -1e15 and 1e15.")
        return value

    @staticmethod
    def from_text(text: str) -> Any:
        """Read a number written as in JSON."""
        return float(text) if _JSON_NUMBER.fullmatch(text) else text


class Truth(fields.Boolean):
    """true or false, and nothing that only resembles them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("This must be true or false.")
        return value

    @staticmethod
    def from_text(text: str) -> Any:
        """Read the words true and false."""
        return {"true": True, "false": False}.get(text, text)


class UncertainDate(Text):
    """An EDTF date, kept as it was given."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {
            "description": "EDTF (ISO 8601-2), level 1",
            "examples": ["2022-01-09", "2022-01", "2022-01-09?"],
            **more.get("metadata", {}),
        }
        super().__init__(most=32, pattern=dates.EDTF_PATTERN, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("This must be a text.")
        try:
            dates.span(value.strip())
        except ValueError as fault:
            raise ValidationError(_sentence(str(fault))) from None
        return value.strip()


class Bound(Text):
    """The end of a range of uncertain dates: the first or the last day that it may mean."""

    def __init__(self, end: str, **more: Any) -> None:
        super().__init__(most=32, pattern=dates.EDTF_PATTERN, **more)
        self._end = end

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return getattr(dates.span(str(value)), self._end)
        except ValueError as fault:
            raise ValidationError(_sentence(str(fault))) from None


class Day(Text):
    """A day of the calendar."""

    def __init__(self, **more: Any) -> None:
        about = {"examples": ["2022-01-09"], "explained": "Write a day that there is, such as 2022-01-09."}
        more["metadata"] = {"format": "date", **about, **more.get("metadata", {})}
        super().__init__(most=10, pattern=dates.CALENDAR_DAY_PATTERN, **more)


class Moment(fields.String):
    """A moment in RFC 3339; as the end of a range also a day, taken whole."""

    def __init__(self, *, day_as: str | None = None, **more: Any) -> None:
        pattern = dates.MOMENT_PATTERN
        if day_as:
            pattern = f"^(?:{dates.MOMENT_PATTERN.strip('^$')}|{dates.DATE_PATTERN.strip('^$')})$"
        # There is a year 0 in EDTF, but not on the clock.
        pattern = pattern.replace("^", "^(?!0000)", 1)
        more["metadata"] = {"pattern": pattern, **more.get("metadata", {})}
        super().__init__(**more)
        self._day_as = day_as

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("This must be a text.")
        if self._day_as and re.fullmatch(dates.DATE_PATTERN, value, re.ASCII):
            value = f"{value}T{self._day_as}Z"
        try:
            return dates.moment(value)
        except ValueError as fault:
            raise ValidationError(_sentence(str(fault))) from None


class AsOf(fields.String):
    """A place in the desk's past: a moment, a day, or a line of its log."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {
            "pattern": dates.AS_OF_PATTERN,
            "description": "As it was at a moment, at the end of a day (UTC), or after a line of the log",
            "examples": ["2022-01-09T12:00Z", "2022-01-09", "seq:1"],
            **more.get("metadata", {}),
        }
        super().__init__(**more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return dates.as_of(str(value))
        except ValueError as fault:
            raise ValidationError(_sentence(str(fault))) from None


class ShownMoment(fields.String):
    """A moment, as shown: RFC 3339 in UTC."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {"format": "date-time", **more.get("metadata", {})}
        super().__init__(**more)


class WebAddress(Text):
    """An http or https address with a public-looking host and no user name."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {
            "explained": "This must be an http or https address with a full host name, such as "
            "https://example.org/page, without user name, blanks or quotes.",
            **more.get("metadata", {}),
        }
        super().__init__(most=2048, pattern=ADDRESS_PATTERN, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            value = _ascii_host(value.strip())
        return super()._deserialize(value, attr, data, **kwargs)


class Named(Text):
    """A name that is looked up by its words: case, spacing and punctuation don't matter."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return folded(super()._deserialize(value, attr, data, **kwargs))


class Listed(fields.List[Any]):
    """Several values; in a query with commas between them or the name repeated."""

    def __init__(self, inner: fields.Field[Any], *, most: int = 50, **more: Any) -> None:
        super().__init__(inner, validate=validate.Length(min=1, max=most), **more)


class ClaimName(fields.Field[Any]):
    """A claim by its number, or by the caller's own id, which may be of an earlier line."""

    def __init__(self, **more: Any) -> None:
        self._id, self._ref = Id(), Text(most=200, pattern=REF_PATTERN)
        shown = [{"type": "integer", **self._id.metadata}, {"type": "string", **self._ref.metadata}]
        about = "Number of the claim, or its ref, as a text"
        super().__init__(metadata={"anyOf": shown, "description": about}, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return (self._ref if isinstance(value, str) else self._id).deserialize(value)

    @staticmethod
    def from_text(text: str) -> Any:
        """Read a number as a number, and anything else as a ref."""
        return int(text) if re.fullmatch(ID_PATTERN, text, re.ASCII) else text


class ShortOrFull(fields.Field[Any]):
    """A value in short, such as an id or a name, or in full as an object."""

    def __init__(self, short: fields.Field[Any], full: type[Schema], **more: Any) -> None:
        """Take either.

        Args:
            short: reads the short form.
            full: reads the object.
        """
        super().__init__(**more)
        self.short, self.full = short, full
        self._full: Schema | None = None

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            # Made when first needed, for a schema may hold itself, and once, for it takes its time.
            self._full = self._full or self.full()
            return self._full.load(value)
        try:
            return self.short.deserialize(value)
        except ValidationError as fault:
            raise ValidationError(f"{fault.messages[0]} Or give it in full, as an object.") from None

    def from_text(self, text: str) -> Any:
        """Read the short form; a form's fields are flat."""
        return _read(self.short, text)


def from_text(schema: Schema, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Turn the texts of a query or a form into values of the fields' types.

    Args:
        schema: whose fields say what each name means.
        given: every name with all texts that came under it.

    Returns:
        The values, ready to be loaded; unknown names are passed on to be refused.

    Raises:
        ValidationError: a name that takes one value came twice.
    """
    known = {field.data_key or name: field for name, field in schema.load_fields.items()}
    values: dict[str, Any] = {}
    for name, texts in given.items():
        field = known.get(name)
        if isinstance(field, Listed):
            inner = field.inner
            values[name] = [_read(inner, part) for text in texts for part in text.split(",")]
        elif isinstance(field, fields.List):
            # In a form: addresses, which may hold commas, so the name is repeated.
            values[name] = [_read(field.inner, text) for text in texts]
        elif len(texts) > 1:
            raise ValidationError({name: ["This is given more than once; give it once."]})
        else:
            values[name] = _read(field, texts[0]) if field else texts[0]
    return values


def _read(field: fields.Field[Any], text: str) -> Any:
    read = getattr(field, "from_text", None)
    return read(text) if read else text


def _ascii_host(address: str) -> str:
    # An international host name is written as it goes over the wire (IDNA 2008 as browsers have it,
    # UTS 46), so that straße.example is not taken for strasse.example.
    found = re.match(r"([Hh][Tt][Tt][Pp][Ss]?://)([^/?#:@\s]+)(.*)", address, re.DOTALL)
    if not found or found[2].isascii():
        return address
    try:
        return f"{found[1]}{idna.encode(found[2], uts46=True).decode()}{found[3]}"
    except UnicodeError:
        return address


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
