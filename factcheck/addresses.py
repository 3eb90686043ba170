"""One key for all spellings of a web address.

No library's normaliser is enough alone: url-normalize settles case, IDNA, default ports,
dot segments and percent-encoding; w3lib sorts the query and drops the fragment;
the names of click trackers are ours. courlan was tried and left: it drops
query parameters without a value, which are page ids on many sites, and brings 33 MB.
"""

from __future__ import annotations

import re

from url_normalize import url_normalize
from w3lib.url import canonicalize_url

# Parameters that say how a reader came, not what he sees.
_TRACKER = re.compile(
    r"^(utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|igshid|igsh|twclid|ttclid"
    r"|mc_cid|mc_eid|mkt_tok|_hs(enc|mi)|vero_id|oly_(anon|enc)_id|wt_mc|xtor|cmpid|__twitter_impression"
    r"|at_(medium|campaign|link_\w+|bbc_team|ptr_name|format))$",
    re.IGNORECASE,
)
# An address as most are written already: nothing in it can be written otherwise, and url-normalize,
# which takes a tenth of a millisecond, would give it back as it is.
_PLAIN = re.compile(
    r"https?://(?!.*\bxn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
    r"(?:/[A-Za-z0-9_~-]+(?:\.[A-Za-z0-9_~-]+)*)+/?(?:\?[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]+"
    r"(?:&[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]+)*)?"
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
    page, _, fragment = url.partition("#")
    try:
        known = canonicalize_url(page if _PLAIN.fullmatch(page) else url_normalize(page) or "")
    except (UnicodeError, ValueError) as fault:
        raise ValueError("the address can't be read; copy it again from the browser") from fault
    head, mark, query = known.partition("?")
    kept = [pair for pair in query.split("&") if not _TRACKER.match(pair.partition("=")[0])]
    head = re.sub("^https?://", "", head).rstrip("/")
    # Some sites name their pages behind the mark, as #!/page or #/page; others only a place in one.
    route = f"#{fragment.rstrip('/')}" if fragment.startswith(("!", "/")) else ""
    return f"{head}{mark if any(kept) else ''}{'&'.join(kept)}{route}"
