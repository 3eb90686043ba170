"""Lists as feeds that readers subscribe to: Atom (RFC 4287)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from factcheck.wording import spoken

ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 can't hold; one such character would make a whole feed unreadable.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_TITLE = 120
# What comes as a feed.
NOUNS = ("corrections",)


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself.

    Args:
        desk: names the desk for ever, whatever its address.
        noun: what its entries are.
        address: where this feed is.
        public_url: where the desk is.
        updated: when the desk last wrote anything.
        following: where the next page is, if there is one.
    """

    desk: str
    noun: str
    address: str
    public_url: str
    updated: str
    following: str | None = None


def atom(feed: Feed, contents: Iterable[Mapping[str, Any]]) -> str:
    """Write items as an Atom feed, newest first as they come."""
    items = list(contents)
    root = ElementTree.Element("feed", xmlns=ATOM)
    _add(root, "id", _name(feed, feed.noun))
    _add(root, "title", f"factcheck: {feed.noun}")
    _add(root, "updated", max((item["at"] for item in items), default=feed.updated))
    _add(root, "link", rel="self", href=feed.address)
    if feed.following:
        _add(root, "link", rel="next", href=feed.following)
    for item in items:
        _add_correction(feed, root, item)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _add_correction(feed: Feed, root: ElementTree.Element, item: Mapping[str, Any]) -> None:
    entry = ElementTree.SubElement(root, "entry")
    _add(entry, "id", _name(feed, f"{feed.noun}/{item['id']}"))
    _add(entry, "title", _title(item))
    _add(entry, "updated", item["at"])
    _add(ElementTree.SubElement(entry, "author"), "name", item["by"]["name"])
    _add(entry, "link", rel="alternate", href=f"{feed.public_url}/v1/claims/{item['claim']}")
    _add(entry, "category", term=item["kind"])
    _add(entry, "content", item["reason"], type="text")


def _title(item: Mapping[str, Any]) -> str:
    before, after = (spoken(item[name]) for name in ("from", "to"))
    text = " ".join(item["text"].split())
    short = text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE].rstrip()}…"
    moved = f"{before} → {after}" if before != after else "in other words"
    return f"Corrected ({moved}): {short}"


def _name(feed: Feed, what: str) -> str:
    # A feed reader knows an entry by this for ever, so no address stands in it.
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{feed.desk}/{what}").urn


def _add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> None:
    element = ElementTree.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
