"""How ids, slugs and refs stand in addresses: written in one way only."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter

from schemas.fields import LARGEST_INTEGER


class IdConverter(BaseConverter):
    """A whole number without sign, leading zeros or digits of other scripts."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Read the number; those beyond 64 bits name nothing that could exist."""
        return min(int(value), LARGEST_INTEGER)

    def to_url(self, value: int) -> str:
        """Write the number."""
        return str(value)


class SlugConverter(BaseConverter):
    """The slug of a status or a story."""

    regex = "[a-z0-9]+(?:[_-][a-z0-9]+)*"


class RefConverter(BaseConverter):
    """A caller's own id, which may hold slashes."""

    regex = "[A-Za-z0-9](?:[A-Za-z0-9._:~/-]{0,198}[A-Za-z0-9])?"
    part_isolating = False


def register(app: Flask) -> None:
    """Make the converters known to the application's addresses; call it before they are added."""
    # Merging slashes would redirect, and to whatever host the request names.
    app.url_map.merge_slashes = False
    app.url_map.converters.update(id=IdConverter, slug=SlugConverter, ref=RefConverter)
