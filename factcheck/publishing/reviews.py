"""Claims that should be looked at again, as a sheet and as lines to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.wording import spoken

_COLUMNS = (
    "claim",
    "text",
    "story",
    "stage",
    "status",
    "reasons",
    "assigned_to",
    "due_on",
    "overdue",
    "review_by",
)


def rows(content: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    """Write the list as rows of a sheet, one a claim."""
    yield _COLUMNS
    for item in content["items"]:
        told = {
            **item,
            "reasons": "; ".join(_reason(each) for each in item["reasons"]),
            "assigned_to": (item["assigned_to"] or {}).get("name"),
        }
        yield [told[name] for name in _COLUMNS]


def text(content: Mapping[str, Any]) -> str:
    """Write the list as plain text, a paragraph a claim."""
    return "\n".join(_told(item) for item in content["items"]) or "Nothing needs another look.\n"


def _told(item: Mapping[str, Any]) -> str:
    lines = [f"{item['claim']}  {item['text']}", f"    {spoken(item['status'])}, {item['stage']}"]
    lines += [f"    {_reason(each)}" for each in item["reasons"]]
    if item["assigned_to"]:
        due = f" until {item['due_on']}" if item["due_on"] else ""
        lines.append(f"    for {item['assigned_to']['name']}{due}{' (overdue)' if item['overdue'] else ''}")
    return "\n".join([*lines, ""])


def _reason(reason: Mapping[str, Any]) -> str:
    because = {"source": "source", "by_claim": "by claim"}
    of = "".join(f", {words} {reason[name]}" for name, words in because.items() if reason[name] is not None)
    return f"{spoken(reason['reason'])} since {reason['since'][:10]}{of}"
