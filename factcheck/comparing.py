"""Two versions of a resource, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# These differ between any two versions.
_ALWAYS_OTHER = ("etag", "updated_at")
_NOTHING = object()


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Say what differs between two versions.

    Returns:
        One entry a value: `pointer` (RFC 6901; into the later version, or into the earlier where
        something was removed), `change` (added, removed or changed), `from` and `to`.
    """
    return [
        change
        for change in _differing(before, after, "")
        if change["pointer"].strip("/") not in _ALWAYS_OTHER
    ]


def _differing(before: Any, after: Any, pointer: str) -> Iterator[dict[str, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_members(before, after, pointer)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_items(before, after, pointer)
    elif before is _NOTHING:
        yield {"pointer": pointer, "change": "added", "from": None, "to": after}
    elif after is _NOTHING:
        yield {"pointer": pointer, "change": "removed", "from": before, "to": None}
    elif before != after or type(before) is not type(after):
        yield {"pointer": pointer, "change": "changed", "from": before, "to": after}


def _of_members(
    before: Mapping[str, Any], after: Mapping[str, Any], pointer: str
) -> Iterator[dict[str, Any]]:
    for name in {**before, **after}:
        step = name.replace("~", "~0").replace("/", "~1")
        yield from _differing(before.get(name, _NOTHING), after.get(name, _NOTHING), f"{pointer}/{step}")


def _of_items(before: list[Any], after: list[Any], pointer: str) -> Iterator[dict[str, Any]]:
    """Hold what has a number against what has the same one, and all else against what is in its place."""
    old, new = _by_number(before), _by_number(after)
    for key in {**old, **new}:
        earlier, later = old.get(key), new.get(key)
        place, _ = later or earlier or (0, None)
        yield from _differing(
            earlier[1] if earlier else _NOTHING, later[1] if later else _NOTHING, f"{pointer}/{place}"
        )


def _by_number(items: list[Any]) -> dict[Any, tuple[int, Any]]:
    numbered = all(isinstance(item, Mapping) and "id" in item for item in items)
    return {item["id"] if numbered else place: (place, item) for place, item in enumerate(items)}
