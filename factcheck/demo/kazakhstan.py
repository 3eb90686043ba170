"""A real case, told from the public record: January 2022 in Kazakhstan.

It shows chains, relays that are no independent sources, figures that can all hold, figures that are
parts of another, statuses off the truth scale, and a contested claim.
"""

from __future__ import annotations

from typing import Any

from factcheck.demo.telling import EDITOR, REVIEWER, SECOND, chain, verdict

STORY = {
    "slug": "kazakhstan-january-2022",
    "title": "Unrest in Kazakhstan, January 2022",
    "summary": "What was said in the week of protests, and by whom.",
}
OUTLETS: tuple[dict[str, Any], ...] = (
    {"name": "dpa", "kind": "news_agency", "country": "DE"},
    {"name": "Khabar 24", "kind": "broadcaster", "country": "KZ", "owner": "Government of Kazakhstan"},
    {"name": "TASS", "kind": "news_agency", "country": "RU", "owner": "Government of Russia"},
)
# Nobody at this desk has graded them.
ASSESSMENTS: tuple[tuple[str, str, str], ...] = ()

_HEALTH_MINISTRY = {"name": "Health Ministry of Kazakhstan", "kind": "organisation"}
_INTERIOR_MINISTRY = {"name": "Interior Ministry of Kazakhstan", "kind": "organisation"}
_PRESIDENT = {"name": "Kassym-Jomart Tokayev", "kind": "person"}
_PRESIDENTS_OFFICE = {"name": "Office of the President of Kazakhstan", "kind": "organisation"}


def _relay(outlet: str, stance: str = "context", note: str | None = None) -> dict[str, Any]:
    return {
        "title": f"Report of 9 January 2022 by {outlet}",
        "outlet": outlet,
        "kind": "statement",
        "original": "no",
        "published_on": "2022-01-09",
        "stance": stance,
        "note": note,
    }


_BY_STATE_TV = ("Health Ministry of Kazakhstan", "Khabar 24", "dpa")
_RELAYED = _relay("Khabar 24", note="Passes on the ministry's figures; no origin of its own.")
_UNCHECKED = verdict(
    REVIEWER,
    "difficult_to_independently_verify",
    "The country is tightly controlled, and nobody outside the authorities could count.",
    "moderate",
)

# What its claims are to one another, by their places in the case: the first is <kind> the second.
LINKS: tuple[tuple[int, str, int, str | None], ...] = (
    (1, "newer_figure_of", 3, "From the Saturday to the Sunday."),
    (2, "narrower", 1, "The part of the dead that the ministry counted in Almaty."),
    (4, "narrower", 3, None),
    (7, "narrower", 6, "Those in critical condition are among those in hospital."),
)

CASE: tuple[dict[str, Any], ...] = (
    {
        "text": "164 people were killed in the week of unrest.",
        "claimant": _HEALTH_MINISTRY,
        "chain": chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "deaths", "value": 164, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "103 people, two of them children, died in Almaty alone.",
        "claimant": _HEALTH_MINISTRY,
        "chain": chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "place": "Almaty",
        "figure": {
            "measure": "deaths",
            "value": 103,
            "scope": "Almaty",
            "within": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "More than 40 people have died, at least 16 of them police officers and soldiers.",
        "claimant": {"name": "Authorities of Kazakhstan", "kind": "organisation"},
        "chain": chain("Authorities of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-08~",
        "figure": {
            "measure": "deaths",
            "low": 40,
            "qualifier": "more_than",
            "scope": "Kazakhstan",
            "as_of": "2022-01-08~",
        },
        "verdicts": [_UNCHECKED],
        "later": [
            verdict(
                SECOND, "outdated", "The Health Ministry gave 164 on the Sunday.", "high", sources=[_RELAYED]
            ),
        ],
    },
    {
        "text": "Sixteen members of the security forces have been killed.",
        "claimant": _INTERIOR_MINISTRY,
        "chain": chain("Interior Ministry of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-08~",
        "figure": {
            "measure": "deaths",
            "value": 16,
            "scope": "security forces of Kazakhstan",
            "within": "Kazakhstan",
            "as_of": "2022-01-08~",
        },
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "More than 2,200 people were injured.",
        "claimant": _HEALTH_MINISTRY,
        "chain": chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "injured",
            "low": 2200,
            "qualifier": "more_than",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "719 people are in hospital.",
        "claimant": _HEALTH_MINISTRY,
        "chain": chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "in_hospital", "value": 719, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "83 of those in hospital are in critical condition.",
        "claimant": _HEALTH_MINISTRY,
        "chain": chain(*_BY_STATE_TV),
        "claimed_on": "2022-01-09",
        "figure": {"measure": "critical", "value": 83, "scope": "Kazakhstan", "as_of": "2022-01-09"},
        "sources": [_RELAYED],
        "verdicts": [_UNCHECKED],
    },
    {
        "text": "Nearly 6,000 people have been arrested, many foreigners among them.",
        "claimant": _PRESIDENTS_OFFICE,
        "chain": chain("Office of the President of Kazakhstan", "dpa"),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "arrests",
            "value": 6000,
            "qualifier": "nearly",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "verdicts": [
            verdict(
                REVIEWER,
                "difficult_to_independently_verify",
                "No list and no court record was shown.",
                "moderate",
            )
        ],
    },
    {
        "text": "More than 100 shops and banks and about 400 vehicles, mostly police cars, were destroyed.",
        "claimant": _INTERIOR_MINISTRY,
        "chain": chain("Interior Ministry of Kazakhstan", "Khabar 24", "dpa"),
        "claimed_on": "2022-01-09",
        "figure": {
            "measure": "vehicles_destroyed",
            "value": 400,
            "qualifier": "about",
            "scope": "Kazakhstan",
            "as_of": "2022-01-09",
        },
        "verdicts": [
            verdict(REVIEWER, "unclear", "Damage was seen in Almaty; nobody else counted it.", "low")
        ],
    },
    {
        "text": "The protesters are supported from abroad.",
        "claimant": _PRESIDENT,
        "chain": chain("Kassym-Jomart Tokayev", "dpa"),
        "claimed_on": "2022-01-07/2022-01-09",
        "verdicts": [
            verdict(REVIEWER, "difficult_to_independently_verify", "No way to check it from outside.", "low"),
            verdict(SECOND, "unclear", "What counts as support was never said.", "low"),
            verdict(
                EDITOR,
                "little_evidence",
                "Said repeatedly; no document, name or payment was shown.",
                "high",
            ),
        ],
    },
    {
        "text": "Supplies of basic food to remote regions have been secured.",
        "claimant": {"name": "Ministry of Trade of Kazakhstan", "kind": "organisation"},
        "chain": chain("Ministry of Trade of Kazakhstan", "TASS", "dpa"),
        "claimed_on": "2022-01-09",
        "sources": [_relay("TASS", note="Another state's news agency repeats the ministry.")],
        "verdicts": [
            verdict(REVIEWER, "difficult_to_independently_verify", "No report from the regions.", "low")
        ],
    },
    {
        "text": "The Collective Security Treaty Organisation has sent 2,500 paratroopers.",
        "claimant": {"name": "Collective Security Treaty Organisation", "kind": "organisation"},
        "chain": chain("Collective Security Treaty Organisation", "dpa"),
        "claimed_on": "2022-01",
        "figure": {"measure": "troops_sent", "value": 2500, "scope": "Kazakhstan", "as_of": "2022-01-09"},
    },
)
