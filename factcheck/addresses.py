"""One key for all spellings of a web address.

No library's normaliser is enough alone: url-normalize settles case, IDNA, default ports,
dot segments and percent-encoding; w3lib writes the path's signs one way; the names of click
trackers, and the order of the query, are ours. courlan was tried and left: it drops
query parameters without a value, which are page ids on many sites, and brings 33 MB.

Pages for phones and AMP pages (`m.`, `amp.`, `/amp`) and names with `www.` keep keys of their own:
which of them are one page is known to their site alone.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from url_normalize import url_normalize
from w3lib.url import canonicalize_url

# Parameters that say how a reader came, not what he sees.
_TRACKER = re.compile(
    r"^(utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|gad_campaignid|srsltid|_ga|_gl"
    r"|msclkid|yclid|ysclid|_openstat|igshid|igsh|mibextid|__cft__(\[\d\])?|__tn__|twclid|ttclid|rdt_cid|sccid"
    r"|li_fat_id|epik|mc_cid|mc_eid|mkt_tok|_hs(enc|mi)|hsctatracking|vero_id|oly_(anon|enc)_id|wt_mc|xtor|cmpid"
    r"|(pk|piwik|mtm)_(campaign|kwd|keyword|source|medium|content|cid)|__twitter_impression"
    r"|guccounter|guce_referrer(_sig)?"
    r"|at_(medium|campaign|link_\w+|bbc_team|ptr_name|format))$",
    re.IGNORECASE,
)
# An address as most are written already: nothing in it can be written otherwise, and url-normalize,
# which takes a tenth of a millisecond, would give it back as it is.
_PLAIN = re.compile(
    r"https?://(?!.*\bxn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
    r"(?:/[A-Za-z0-9_~-]+(?:\.[A-Za-z0-9_~-]+)*)+/?"
)


def address_key(url: str) -> str:
    """Give the key under which an address is one and the same source.

    Args:
        url: http or https, as somebody sent it.

    Returns:
        The canonical address, in which http and https are the same.

    Raises:
        ValueError: it can't be read as an address.
    """
    address, _, fragment = url.partition("#")
    page, _, query = address.partition("?")
    try:
        known = canonicalize_url(page if _PLAIN.fullmatch(page) else url_normalize(page) or "")
    except (UnicodeError, ValueError) as fault:
        raise ValueError("the address can't be read; copy it again from the browser") from fault
    head = re.sub("^https?://", "", known).rstrip("/")
    return f"{head}{_told_apart(query)}{_route(fragment)}"


def _route(fragment: str) -> str:
    """Keep what some sites name their pages by, as #!/page or #/page; others only name a place in one."""
    place = fragment.partition(":~:")[0]
    if not place.startswith(("!", "/")):
        return ""
    path, _, query = place.partition("?")
    return f"#{path.rstrip('/')}{_told_apart(query)}"


def _told_apart(query: str) -> str:
    """Write a query without trackers, by its names in order; values of one name stay as they come."""
    # Bytes that are no UTF-8 are names of pages, too.
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((pair for pair in pairs if not _TRACKER.match(pair[0])), key=lambda pair: pair[0])
    return f"?{urlencode(kept, errors='surrogateescape')}" if kept else ""
