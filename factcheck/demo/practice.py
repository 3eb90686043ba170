"""An invented case, to practise on: a flood in a valley that does not exist.

It shows how evidence counts: one wire item printed by several outlets, two outlets of one owner, a
protected source, a circle, a leaflet that nobody can trace, a source that was retracted; and figures that
supersede one another, conflict, and are parts of another. Nobody in it is a real person.
"""

from __future__ import annotations

from typing import Any

from factcheck.demo.telling import EDITOR, REVIEWER, SECOND, chain, verdict

STORY = {
    "slug": "practice-flood",
    "title": "Practice: a flood in an invented valley",
    "summary": "Nothing of this has happened; it shows how evidence and figures are counted.",
}

OUTLETS: tuple[dict[str, Any], ...] = (
    {"name": "Example Wire", "kind": "news_agency"},
    {"name": "Morning Example", "kind": "newspaper", "owner": "Example Press Group"},
    {"name": "Evening Example", "kind": "newspaper", "owner": "Example Press Group"},
    {"name": "Radio Example", "kind": "broadcaster"},
    {"name": "Water Board", "kind": "government"},
)
# By outlet: the grade (Admiralty code) and why.
ASSESSMENTS: tuple[tuple[str, str, str], ...] = (
    ("Example Wire", "B", "Its counts of earlier floods held; it corrected one within the day."),
    ("Water Board", "A", "Its gauges are read by machine and open to everybody."),
)

_OFFICE = {"name": "Valley District Office", "kind": "organisation"}
_BRIGADE = {"name": "Valley Fire Brigade", "kind": "organisation"}
_WATCH = {"name": "Valley Watch", "kind": "organisation"}

_WIRE = "https://wire.example.org/flood/forty-houses"
_MORNING = "https://morning.example.org/flood/forty-houses"
_EVENING = "https://evening.example.org/flood/forty-houses"
_RADIO = "https://radio.example.org/flood/evening-news"
_BLOGS = tuple(f"https://{name}.example.org/the-dam" for name in ("valley-blog", "river-notes", "hill-diary"))


def _page(
    url: str | None, title: str, outlet: str | None, original: str, stance: str, **more: Any
) -> dict[str, Any]:
    page = {"url": url, "title": title, "outlet": outlet, "original": original}
    return {**page, "published_on": "2024-03-02", "stance": stance, **more}


def _houses(scope: str = "the valley", as_of: str = "2024-03-02", **quantity: Any) -> dict[str, Any]:
    return {"measure": "houses_destroyed", "scope": scope, "as_of": as_of, "unit": "houses", **quantity}


_COUNTED = _page(_WIRE, "Forty houses gone, our reporter counts", "Example Wire", "yes", "supports")
_LOG = _page(
    "https://water.example.org/logs/dam",
    "Log of the dam, March 2024",
    "Water Board",
    "yes",
    "refutes",
    kind="document",
    quote={"exact": "all gates closed from 28 February to 3 March"},
)
_GAUGE = _page(
    "https://hydrology.example.org/gauges/valley",
    "Water level below the dam, by the hour",
    "Institute of Hydrology",
    "yes",
    "refutes",
    kind="dataset",
    quote={"exact": "no surge"},
)

CASE: tuple[dict[str, Any], ...] = (
    {
        "text": "At least 12 houses have been destroyed in the valley.",
        "claimant": _OFFICE,
        "chain": chain("Valley District Office", "Radio Example"),
        "claimed_on": "2024-03-01",
        "figure": _houses(as_of="2024-03-01", value=12, qualifier="at_least"),
        "verdicts": [
            verdict(REVIEWER, "unclear", "The roads are closed; nobody else has been there.", "moderate")
        ],
    },
    {
        "text": "The flood has destroyed 40 houses in the valley.",
        "claimant": _OFFICE,
        "chain": chain("Valley District Office", "Radio Example"),
        "claimed_on": "2024-03-02",
        "figure": _houses(value=40, as_published="forty houses"),
        "sources": [
            _COUNTED,
            _page(_MORNING, "Forty houses gone", "Morning Example", "no", "supports"),
            _page(_EVENING, "Forty houses destroyed", "Evening Example", "no", "supports"),
            _page(_RADIO, "The evening news", "Radio Example", "no", "supports"),
            _page(
                "https://evening.example.org/flood/a-walk",
                "A walk through what is left",
                "Evening Example",
                "yes",
                "supports",
                quote={"exact": "I stopped counting at thirty-eight, and there were more."},
            ),
            _page(
                "https://morning.example.org/flood/from-above",
                "The valley from above",
                "Morning Example",
                "yes",
                "supports",
                kind="image",
            ),
            _page(
                None,
                "Talk with a nurse, 2 March 2024",
                None,
                "yes",
                "supports",
                kind="witness",
                protected=True,
                described_as="A nurse who was in the valley that night",
            ),
            _page(None, "Leaflet at a bus stop", None, "no", "supports", kind="document"),
        ],
        "cites": [
            (_MORNING, "republishes", _WIRE),
            (_EVENING, "republishes", _WIRE),
            (_RADIO, "translates", _WIRE),
        ],
        "verdicts": [
            verdict(
                REVIEWER, "mostly_true", "Three counts on the spot come close.", "high", sources=[_COUNTED]
            )
        ],
        "opinions": [
            (
                SECOND,
                {"opinion": "disagree", "reason": "Barns were counted as houses, as the photographs show."},
            )
        ],
    },
    {
        "text": "No more than 25 houses were destroyed.",
        "claimant": _BRIGADE,
        "chain": chain("Valley Fire Brigade", "Morning Example"),
        "claimed_on": "2024-03-02",
        "figure": _houses(value=25, qualifier="up_to"),
        "sources": [{**_COUNTED, "stance": "refutes", "quote": {"exact": "forty houses, by my own count"}}],
        "verdicts": [
            verdict(
                REVIEWER, "mostly_false", "A count on the spot found more.", "moderate", sources=[_COUNTED]
            )
        ],
        "override_reason": "One count on the spot will do until the roads are open.",
        "review": {"assigned_to": 2, "due_on": "2024-03-10"},
    },
    {
        "text": "15 houses were destroyed in Upper Village alone.",
        "claimant": _OFFICE,
        "chain": chain("Valley District Office", "Radio Example"),
        "claimed_on": "2024-03-02",
        "place": "Upper Village",
        "figure": _houses("Upper Village", within="the valley", value=15),
        "sources": [
            _page(
                "https://upper-village.example.org/notices/7",
                "Notice 7",
                "Upper Village Council",
                "yes",
                "supports",
                kind="statement",
            )
        ],
        "verdicts": [verdict(REVIEWER, "unclear", "One notice, and no list of the houses.", "low")],
        "retracts": [
            ("https://upper-village.example.org/notices/7", "The council has taken its notice back.")
        ],
    },
    {
        "text": "The dam above the valley was opened on purpose.",
        "claimant": _WATCH,
        "claimed_on": "2024-03-02",
        "sources": [
            *(
                _page(url, "They opened the dam", outlet, "no", "supports")
                for url, outlet in zip(_BLOGS, ("Valley Blog", "River Notes", "Hill Diary"), strict=True)
            ),
            _LOG,
            _GAUGE,
        ],
        "cites": [
            (_BLOGS[0], "cites", _BLOGS[1]),
            (_BLOGS[1], "cites", _BLOGS[2]),
            (_BLOGS[2], "cites", _BLOGS[0]),
        ],
        "verdicts": [
            verdict(
                REVIEWER,
                "false",
                "The gates were closed, and the water below the dam never rose.",
                "high",
                sources=[_LOG, _GAUGE],
            ),
            verdict(EDITOR, "false", "So it is: log and gauge say the same.", "high", sources=[_LOG, _GAUGE]),
        ],
    },
)
