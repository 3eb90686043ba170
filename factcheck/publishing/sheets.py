"""Lists as sheets: one row an item, columns with plain names (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A cell that begins so is a formula to a spreadsheet; a quote in front keeps it a text (OWASP).
# The full-width signs count, too: a spreadsheet with an East Asian locale reads them alike.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Column = tuple[str, str]

COLUMNS: Mapping[str, Sequence[Column]] = {
    "claims": (
        ("id", "id"),
        ("ref", "ref"),
        ("text", "text"),
        ("claimant", "claimant.name"),
        ("claimant_kind", "claimant.kind"),
        ("chain", "chain.name"),
        ("claimed_on", "claimed_on"),
        ("place", "place"),
        ("language", "language"),
        ("story", "story.slug"),
        ("status", "standing.status"),
        ("rating", "standing.rating"),
        ("since", "standing.since"),
        ("contested", "standing.contested"),
        ("verdicts", "verdicts"),
        ("sources", "sources"),
        ("measure", "figure.measure"),
        ("value", "figure.value"),
        ("low", "figure.low"),
        ("high", "figure.high"),
        ("qualifier", "figure.qualifier"),
        ("unit", "figure.unit"),
        ("scope", "figure.scope"),
        ("within", "figure.within"),
        ("as_of", "figure.as_of"),
        ("as_published", "figure.as_published"),
        ("stage", "stage"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ),
    "sources": (
        ("id", "id"),
        ("url", "url"),
        ("title", "title"),
        ("outlet", "outlet.name"),
        ("kind", "kind"),
        ("original", "original"),
        ("outlet_reliability", "outlet.reliability"),
        ("published_on", "published_on"),
        ("accessed_at", "accessed_at"),
        ("archive_url", "archive_url"),
        ("sha256", "sha256"),
        ("copies", "copies"),
        ("protected", "protected"),
        ("described_as", "described_as"),
        ("created_at", "created_at"),
    ),
    "outlets": tuple(
        (name, name)
        for name in (
            "id",
            "name",
            "url",
            "kind",
            "country",
            "owner",
            "reliability",
            "reliability_meaning",
            "assessments",
            "created_at",
        )
    ),
    "claimants": tuple((name, name) for name in ("id", "name", "kind", "same_as", "created_at")),
    "stories": tuple((name, name) for name in ("id", "slug", "title", "summary", "created_at")),
    "statuses": tuple(
        (name, name)
        for name in ("id", "slug", "label", "meaning", "rating", "needs_source", "assignable", "retired")
    ),
    "corrections": (
        ("id", "id"),
        ("claim", "claim"),
        ("text", "text"),
        ("kind", "kind"),
        ("from", "from"),
        ("to", "to"),
        ("reason", "reason"),
        ("at", "at"),
        ("by", "by.name"),
    ),
    "reviewers": tuple((name, name) for name in ("id", "name", "kind", "role", "active", "created_at")),
}


def header(noun: str, only: Sequence[str] | None = None) -> str:
    """Write the line of column names."""
    return _line([name for name, _ in _columns(noun, only)])


def row(noun: str, content: Mapping[str, Any], only: Sequence[str] | None = None) -> str:
    """Write one item as a line of cells."""
    return _line([_cell(_found(content, path)) for _, path in _columns(noun, only)])


def sheet(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as a sheet; the first one names the columns."""
    return "".join(_line([_cell(value) for value in row]) for row in rows)


def _columns(noun: str, only: Sequence[str] | None) -> list[Column]:
    return [column for column in COLUMNS[noun] if only is None or column[0] in only]


def _found(content: Any, path: str) -> Any:
    """Follow a dotted path; through a list it gives what stands at each place."""
    for index, step in enumerate(path.split(".")):
        if isinstance(content, list):
            rest = ".".join(path.split(".")[index:])
            return " > ".join(str(_found(member, rest)) for member in content)
        if content is None:
            return None
        content = content[step]
    return len(content) if isinstance(content, list) else content


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
