"""One small case in which every body and every answer of the OpenAPI document has its example.

A city council says that a bridge was closed for three days, and the road office's log
shows one. Nobody in it is a real person. Names are those of the document's components.
"""

from __future__ import annotations

import json
from typing import Any, Final

from factcheck.workflow.figures import NOTE

_AT: Final = "2024-05-03T09:30:00.000Z"
_LATER: Final = "2024-05-03T10:15:00.000Z"
_ETAG: Final = "5d41402abc4b2a76b9719d911017c592"
_STORY: Final = "bridge-closure-2024"
_WHO: Final = {"id": 3, "name": "Night desk"}
_EDITOR: Final = {"id": 2, "name": "Chief sub-editor"}

_CHAIN: Final[list[dict[str, Any]]] = [
    {"role": "origin", "name": "City Council", "url": None},
    {"role": "relay", "name": "Regional Wire", "url": "https://wire.example.org/bridge"},
    {"role": "publisher", "name": "Evening Post", "url": None},
]
_FIGURE: Final[dict[str, Any]] = {
    "measure": "days_closed",
    "value": 3,
    "low": None,
    "high": None,
    "qualifier": "exact",
    "unit": "days",
    "scope": "Old Bridge",
    "within": "All bridges of the city",
    "as_of": "2024-05-02",
    "as_published": "shut for three days running",
}
_STATEMENT: Final[dict[str, Any]] = {
    "text": "The bridge was closed for three days.",
    "claimant": {"name": "City Council", "kind": "organisation"},
    "claimed_on": "2024-05-02",
    "place": "Old Bridge",
    "language": "en",
    "chain": _CHAIN,
    "appearances": ["https://post.example.org/2024/05/02/bridge"],
    "figure": _FIGURE,
}
_NEW_SOURCE: Final[dict[str, Any]] = {
    "url": "https://roads.example.org/logs/old-bridge",
    "title": "Log of the Old Bridge, May 2024",
    "outlet": "Road Office",
    "kind": "document",
    "original": "yes",
    "published_on": "2024-05-02",
}
_QUOTE: Final = {"exact": "closed on 1 May, open again on 2 May", "prefix": None, "suffix": None}
_NEW_EVIDENCE: Final[dict[str, Any]] = {
    **_NEW_SOURCE,
    "stance": "refutes",
    "quote": _QUOTE,
    "credibility": 2,
    "note": "The log is kept by the hour.",
}
_NEW_VERDICT: Final[dict[str, Any]] = {
    "status": "false",
    "rationale": "The road office's log shows that it was closed on one day.",
    "confidence": "high",
    "sources": [_NEW_EVIDENCE],
    "looked_for": ["supports", "refutes"],
}
_NEW_OPINION: Final[dict[str, Any]] = {
    "opinion": "agree",
    "reason": "The log is kept by a machine at the barrier; I have seen it.",
}
_NEW_STATUS: Final[dict[str, Any]] = {
    "slug": "unproven",
    "label": "unproven",
    "meaning": "No proof has been shown so far.",
    "rating": None,
    "needs_source": False,
    "translations": {"de": "unbelegt"},
}

# What is sent, by the name of its schema.
TAKEN: Final[dict[str, dict[str, Any]]] = {
    "NewClaim": {**_STATEMENT, "ref": "cms-4711"},
    "ClaimUnderRef": _STATEMENT,
    "ClaimChanges": {
        "place": "Old Bridge, north side",
        "claimed_on": "2024-05-02?",
        "reason": "The council's statement has no date of its own.",
    },
    "NewStage": {"stage": "published", "reason": None, "override_reason": None},
    "NewClaimLink": {
        "other": 41,
        "kind": "newer_figure_of",
        "note": "The council counted anew.",
        "state": "suggested",
    },
    "NewConfirmation": {"reason": "Both speak of the same days."},
    "NewMatch": {
        "texts": [
            "They had the bridge shut for 3 days!! #OldBridge",
            {"text": "The ferry ran all night.", "date": "2024-05-02", "claimant": "Ferry Company"},
        ],
        "language": "en",
        "limit": 3,
        "story": _STORY,
        "fields": ["id", "text", "standing"],
    },
    "NewReason": {"reason": "It was attached to the wrong claim."},
    "ReviewPlan": {"review_by": "2024-06-01", "assigned_to": 3, "due_on": "2024-06-03"},
    "NewSource": _NEW_SOURCE,
    "NewCitation": {"cites": 11, "kind": "quotes", "note": "In its second paragraph."},
    "SourceChanges": {"original": "yes", "published_on": "2024-05"},
    "NewEvidence": _NEW_EVIDENCE,
    "NewVerdict": _NEW_VERDICT,
    "NewOpinion": _NEW_OPINION,
    "NewOutlet": {
        "name": "Road Office",
        "url": "https://roads.example.org/",
        "kind": "government",
        "country": "KZ",
        "owner": "City Council",
    },
    "OutletChanges": {"owner": "City of the Old Bridge"},
    "NewAssessment": {
        "reliability": "B",
        "reason": "Its logs were right each time that they could be compared with photographs.",
        "assessed_on": "2024-05-03",
    },
    "ClaimantChanges": {"same_as": "https://council.example.org/about"},
    "NewStory": {"slug": _STORY, "title": "The closed bridge", "summary": "What was said of its closure."},
    "StoryChanges": {"summary": "What was said of its closure, and what the log shows."},
    "NewStatus": _NEW_STATUS,
    "StatusChanges": {"label": "not proven", "translations": {"de": "unbelegt", "fr": "non prouvé"}},
    "NewReviewer": {"name": "Night desk", "kind": "script", "role": "reviewer"},
    "ReviewerChanges": {"role": "editor"},
    "NewToken": {
        "reviewer": 3,
        "label": "import script",
        "role": "reviewer",
        "expires_at": "2099-12-31T23:59:59Z",
    },
    "NewHook": {
        "url": "https://post.example.org/hooks/desk",
        "label": "Evening Post",
        "acts": ["verdict:issue", "verdict:rule"],
        "claim": None,
        "story": _STORY,
        "reads": "published",
    },
    "HookChanges": {"state": "paused", "reason": "The receiver moves house."},
    "NewRedelivery": {"from_seq": 7},
    "NoBody": {},
    "ClaimLine": {"act": "claim", **_STATEMENT, "ref": "cms-4711"},
    "SourceLine": {"act": "source", "claim": "cms-4711", **_NEW_EVIDENCE},
    "VerdictLine": {"act": "verdict", "claim": "cms-4711", **_NEW_VERDICT, "key": "night-of-3-may-1"},
    "PublishLine": {"act": "publish", "claim": 42},
    "LinkLine": {"act": "link", "claim": 42, "other": "cms-4698", "kind": "same_as", "state": "suggested"},
}

KEPT_BYTES: Final = "<p>closed on 1 May, open again on 2 May</p>"

# In a form, what JSON can say in full stands in short.
IN_SHORT: Final[dict[str, Any]] = {
    "chain": [link["name"] for link in _CHAIN],
    "sources": [12],
    "cites": 11,
}

_CLAIMANT: Final = {"id": 7, "name": "City Council", "kind": "organisation", "same_as": None}
_SOURCE: Final[dict[str, Any]] = {
    "id": 12,
    **_NEW_SOURCE,
    "outlet": {
        "id": 4,
        "name": "Road Office",
        "kind": "government",
        "country": "KZ",
        "owner": "City Council",
        "reliability": "B",
    },
    "accessed_at": _AT,
    "archive_url": None,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "protected": False,
    "described_as": None,
    "retraction": None,
}
_CITATION: Final[dict[str, Any]] = {
    "id": 5,
    "source": 12,
    "cites": 11,
    "kind": "quotes",
    "note": "In its second paragraph.",
    "recorded_at": _AT,
    "recorded_by": _WHO,
    "withdrawal": None,
}
_WARNING: Final[dict[str, Any]] = {
    "leads_to": "itself",
    "path": [12, 11, 12],
    "detail": "Source 12 quotes source 11, which cites source 12: a circle, in which nothing is an origin.",
}
_NOTHING_BEHIND: Final[dict[str, Any]] = {
    **dict.fromkeys(("sources", "outlets", "independent_origins", "beyond_claimant", "unconfirmed"), 0),
    "origins": [],
    "unknown_origin": 0,
    **{name: [] for name in ("unknown", "circles", "circular", "same_owner", "retracted")},
}
_ORIGIN: Final[dict[str, Any]] = {
    "reached_by": [12, 15],
    "reached_by_total": 2,
    "source": 12,
    "claimant": False,
    "name": None,
    "title": _NEW_SOURCE["title"],
    "outlet": "Road Office",
    "url": _NEW_SOURCE["url"],
    "original": "yes",
    "protected": False,
    "described_as": None,
}
_OF_THE_CLAIMANT: Final[dict[str, Any]] = {
    **_ORIGIN,
    **dict.fromkeys(("source", "title", "outlet", "url", "original")),
    "reached_by": [14],
    "reached_by_total": 1,
    "claimant": True,
    "name": "City Council",
}
_PLANNED: Final[dict[str, Any]] = {
    "reasons": [{"reason": "assigned", "since": _AT, "source": None, "by_claim": None}],
    "assigned_to": _WHO,
    "due_on": "2024-06-03",
    "overdue": False,
    "review_by": "2024-06-01",
}
_SEALED: Final[dict[str, Any]] = {
    "url": None,
    "title": "Talk with a foreman of the road office, 3 May 2024",
    "outlet": None,
    "published_on": "2024-05-03",
    "accessed_at": None,
    "archive_url": None,
    "sha256": None,
}
_COPY: Final[dict[str, Any]] = {
    "id": 3,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "payload_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "media_type": "application/pdf",
    "size": 48213,
    "kept_at": _LATER,
    "kept_by": _WHO,
}
_ASSESSMENT: Final[dict[str, Any]] = {
    "id": 6,
    "reliability": "B",
    "reliability_meaning": "usually reliable",
    "reason": "Its logs were right each time that they could be compared with photographs.",
    "assessed_on": "2024-05-03",
    "at": _LATER,
    "by": _EDITOR,
}
_EVIDENCE: Final[dict[str, Any]] = {
    "id": 31,
    "claim": 42,
    "stance": "refutes",
    "source": _SOURCE,
    "quote": {
        **_QUOTE,
        "link": "https://roads.example.org/logs/old-bridge"
        "#:~:text=closed%20on%201%20May%2C%20open%20again%20on%202%20May",
    },
    "credibility": 2,
    "credibility_meaning": "probably true",
    "note": "The log is kept by the hour.",
    "attached_at": _LATER,
    "attached_by": _WHO,
    "withdrawal": None,
}
_OPINION: Final[dict[str, Any]] = {
    "id": 4,
    "verdict": 58,
    **_NEW_OPINION,
    "by": _EDITOR,
    "at": _LATER,
    "stands": True,
}
_VERDICT: Final[dict[str, Any]] = {
    "id": 58,
    "claim": 42,
    "kind": "verdict",
    "status": "false",
    "rating": 1,
    "rationale": _NEW_VERDICT["rationale"],
    "confidence": "high",
    "sources": [12],
    "looked_for": ["supports", "refutes"],
    "by": _WHO,
    "at": _LATER,
    "stands": True,
    "superseded_by": None,
    "retraction": None,
    "opinions": [_OPINION],
}
_CORRECTION: Final[dict[str, Any]] = {
    "id": 2,
    "kind": "new_evidence",
    "from": "little_evidence",
    "to": "false",
    "reason": _NEW_VERDICT["rationale"],
    "at": _LATER,
    "by": _WHO,
}
_LINK: Final[dict[str, Any]] = {
    "id": 6,
    "claim": 42,
    "kind": "newer_figure_of",
    "other": 41,
    "state": "confirmed",
    "note": "The council counted anew.",
    "linked_at": _AT,
    "linked_by": _WHO,
    "decisions": [
        {"decision": "confirmed", "reason": "Both speak of the same days.", "at": _LATER, "by": _EDITOR}
    ],
}
_NO_CLAIMS: Final[dict[str, Any]] = {"items": [], "count": 0}
_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_LINE: Final[dict[str, Any]] = {
    "seq": 1234,
    "at": _LATER,
    "act": "verdict:issue",
    "summary": f"Night desk gave the verdict false: {_NEW_VERDICT['rationale']}",
    "why": _NEW_VERDICT["rationale"],
    "by": _WHO,
    "noun": "verdicts",
    "subject": 58,
    "claim": 42,
    "changes": {
        "verdict": {"status": "false", "rationale": _NEW_VERDICT["rationale"], "sources": [12]},
        "standing": {"from": "little_evidence", "to": "false"},
    },
    "documents": None,
    "request_id": None,
    "withheld": False,
    "previous_hash": _HASH[::-1],
    "hash": _HASH,
}
_PUBLISHED: Final[dict[str, Any]] = {
    "stage": "published",
    "reason": None,
    "override_reason": "The road office keeps the only log there is.",
    "unmet": ["independent_origins"],
    "at": _LATER,
    "by": _EDITOR,
}
_CLAIM: Final[dict[str, Any]] = {
    "id": 42,
    "ref": "cms-4711",
    "text": _STATEMENT["text"],
    "claimant": _CLAIMANT,
    "chain": _CHAIN,
    "claimed_on": "2024-05-02",
    "place": "Old Bridge",
    "language": "en",
    "story": {"slug": _STORY, "title": "The closed bridge"},
    "appearances": _STATEMENT["appearances"],
    "figure": _FIGURE,
    "standing": {
        "status": "false",
        "rating": 1,
        "since": _LATER,
        "rule": "newest",
        "decided_by": 58,
        "contested": False,
        "agree": 1,
        "differ": 0,
        "dissent": [],
        "dissenters": [],
        "counts": {"false": 1},
    },
    "sources": [_EVIDENCE],
    "verdicts": [_VERDICT],
    "corrections": [_CORRECTION],
    "links": [{"id": 6, "kind": "newer_figure_of", "other": 41}],
    "stage": "published",
    "stages": [_PUBLISHED],
    "created_at": _AT,
    "created_by": _WHO,
    "updated_at": _LATER,
    "etag": _ETAG,
}
_KEPT: Final = {"created_at": _AT, "etag": _ETAG}
_TOKEN: Final[dict[str, Any]] = {
    "id": 9,
    "reviewer": _WHO,
    "label": "import script",
    "role": "reviewer",
    "created_at": _AT,
    "expires_at": "2099-12-31T23:59:59.000Z",
    "revoked_at": None,
    "last_used_at": None,
}

_HOOK: Final[dict[str, Any]] = {
    "id": 2,
    **TAKEN["NewHook"],
    "state": "active",
    "reason": None,
    "created_at": _AT,
    "created_by": _EDITOR,
}

# What is answered, by the name of its schema.


def _between(low: int, high: int | None, *, low_open: bool = False) -> dict[str, Any]:
    return {"low": low, "high": high, "low_open": low_open, "high_open": False}


def _in_series(
    claim: int, figure: dict[str, Any], claimant: dict[str, Any], bounds: dict[str, Any]
) -> dict[str, Any]:
    """Give a figure as it stands in a series, of a claim that nobody has judged."""
    return {
        "claim": claim,
        "as_published": figure["as_published"],
        "stated": figure,
        "bounds": bounds,
        "qualifier": figure["qualifier"],
        "unit": figure["unit"],
        "as_of": figure["as_of"],
        "claimant": claimant,
        "chain": [claimant["name"], "Evening Post"],
        "status": "unreviewed",
        "rating": None,
        "stage": "published",
        "superseded_by": None,
    }


_FERRY: Final = {**_CLAIMANT, "id": 8, "name": "Ferry Company"}
_ROADS: Final = {**_CLAIMANT, "id": 9, "name": "Road Office"}
_OVER_A_DAY: Final = {**_FIGURE, "value": 1, "qualifier": "more_than", "as_published": "over a day"}
_ONE_DAY: Final = {**_FIGURE, "value": 1, "as_published": "a day"}

_SHARED: Final = {
    "kind": "shared_words",
    "said": "both say bridge, days",
    "words": [{"word": "bridge", "weight": 0.61}, {"word": "days", "weight": 0.2}],
}
_MATCHED: Final[dict[str, Any]] = {
    "text": "They had the bridge shut for 3 days!! #OldBridge",
    "items": [
        {
            "claim": _CLAIM,
            "score": 0.9312,
            "same": "yes",
            "why": [_SHARED, {"kind": "same_figure", "said": "both say 3"}],
        }
    ],
    "checked": {"claim": 42, "status": "false", "rating": 1, "contested": False, "since": _LATER},
    "semantic": False,
}

ANSWERED: Final[dict[str, dict[str, Any]]] = {
    "Claim": _CLAIM,
    "RecordedClaim": {
        **{name: value for name, value in _CLAIM.items() if name != "etag"},
        "similar": [
            {
                "id": 41,
                "text": "The bridge was closed for at least two days.",
                "score": 0.71,
                "same": "likely",
                "why": ["both say bridge, closed, days"],
            }
        ],
        "etag": _ETAG,
    },
    "FoundClaim": _CLAIM,
    "Matched": _MATCHED,
    "ManyMatched": {"items": [_MATCHED], "etag": _ETAG},
    "ShownEvidence": _EVIDENCE,
    "Evidence": {**_EVIDENCE, "etag": _ETAG},
    "AttachedEvidence": {**_EVIDENCE, "warnings": [], "etag": _ETAG},
    "ShownCitation": _CITATION,
    "Citation": {**_CITATION, "etag": _ETAG},
    "RecordedCitation": {**_CITATION, "warnings": [_WARNING], "etag": _ETAG},
    "Provenance": {
        "claim": 42,
        "supports": {
            **_NOTHING_BEHIND,
            "sources": 1,
            "outlets": 1,
            "independent_origins": 1,
            "origins": [_OF_THE_CLAIMANT],
        },
        "refutes": {
            **_NOTHING_BEHIND,
            "sources": 2,
            "outlets": 2,
            "independent_origins": 1,
            "beyond_claimant": 1,
            "origins": [_ORIGIN],
        },
        "context": _NOTHING_BEHIND,
    },
    "ShownClaimLink": _LINK,
    "ClaimLink": {**_LINK, "etag": _ETAG},
    "Family": {
        "claim": 42,
        **dict.fromkeys(("same", "narrower", "broader", "contradicts", "newer"), _NO_CLAIMS),
        "older": {
            "items": [
                {
                    "id": 41,
                    "text": "The bridge was closed for at least two days.",
                    "claimant": "City Council",
                    "claimed_on": "2024-05-01",
                    "status": "outdated",
                    "rating": None,
                    "stage": "published",
                    "path": [{"link": 6, "claim": 41, "kind": "older_figure_of", "other": 42}],
                }
            ],
            "count": 1,
        },
        "suggested": [],
        "whole": True,
    },
    "Impact": {
        "source": 12,
        "title": _NEW_SOURCE["title"],
        "outlet": "Road Office",
        "described_as": None,
        "claims": [
            {
                "claim": 42,
                "text": _STATEMENT["text"],
                "stage": "published",
                "status": "false",
                "rating": 1,
                "contested": False,
                "path": [15, 12],
            }
        ],
        "claims_total": 1,
        "verdicts": [
            {
                "verdict": 58,
                "claim": 42,
                "kind": "verdict",
                "status": "false",
                "by": _WHO,
                "decides": True,
                "published": True,
                "path": [12],
            }
        ],
        "verdicts_total": 1,
    },
    "ShownVerdict": _VERDICT,
    "Verdict": {**_VERDICT, "etag": _ETAG},
    "ShownOpinion": _OPINION,
    "Opinion": {**_OPINION, "etag": _ETAG},
    "Correction": {
        "id": 2,
        "claim": 42,
        "text": _STATEMENT["text"],
        **{name: _CORRECTION[name] for name in ("kind", "from", "to", "reason", "at", "by")},
        "etag": _ETAG,
    },
    "Line": _LINE,
    "Changes": {
        "items": [_LINE],
        "next": None,
        "after": _LINE["seq"],
        "head": {"seq": _LINE["seq"], "hash": _HASH},
    },
    "Diff": {
        "claim": 42,
        "from": {"seq": 1201, "at": _AT, "etag": _ETAG[::-1]},
        "to": {"seq": 1234, "at": _LATER, "etag": _ETAG},
        "changes": [
            {"pointer": "/standing/status", "change": "changed", "from": "little_evidence", "to": "false"},
            {"pointer": "/verdicts/0", "change": "added", "from": None, "to": _VERDICT},
        ],
        "etag": _ETAG[::-1],
    },
    "Figures": {
        "story": {"slug": _STORY, "title": "The closed bridge"},
        "seq": None,
        "note": NOTE,
        "withdrawn": 0,
        "series": [
            {
                "measure": "days_closed",
                "scope": "Old Bridge",
                "units": ["days"],
                "unit_clash": False,
                "figures": [
                    _in_series(42, _FIGURE, _CLAIMANT, _between(3, 3)),
                    _in_series(57, _OVER_A_DAY, _FERRY, _between(1, None, low_open=True)),
                    _in_series(58, _ONE_DAY, _ROADS, _between(1, 1)),
                ],
                "agreements": [
                    {
                        "claims": [42, 57],
                        "count": 2,
                        "bounds": _between(3, 3),
                        "same_time": True,
                        "origins": 2,
                    }
                ],
                "supersessions": [],
                "conflicts": [
                    {"claims": [42, 58], "same_origin": False},
                    {"claims": [57, 58], "same_origin": False},
                ],
                "conflicts_total": 2,
            }
        ],
        "parts": [],
        "parts_total": 0,
    },
    "ClaimReadiness": {
        "claim": 42,
        "text": _STATEMENT["text"],
        "stage": "published",
        "override_reason": "The log is the only one there is.",
        "ready": False,
        "requirements": [
            {"name": "verdict", "asked": False, "met": True, "why": "A verdict stands."},
            {
                "name": "independent_origins",
                "asked": True,
                "met": False,
                "why": "1 independent origin besides the claimant refutes it, and 2 are asked for. Attach "
                "one that does not lead back to the same.",
            },
            {
                "name": "primary_source",
                "asked": False,
                "met": True,
                "why": "Source 12 is first-hand: document, marked as original.",
            },
            {
                "name": "quote_for_refuting",
                "asked": True,
                "met": True,
                "why": "Each source that refutes it is quoted.",
            },
            {
                "name": "second_reader",
                "asked": False,
                "met": True,
                "why": "Chief sub-editor, who publishes it, has read the verdict of Night desk.",
            },
            {
                "name": "both_sides",
                "asked": False,
                "met": False,
                "why": "Nothing that supports it is attached, and no verdict says that it was looked for. "
                "Attach some, or name it in looked_for of a verdict.",
            },
        ],
    },
    "Agreement": {
        "story": _STORY,
        "since": None,
        "overall": {
            "reviewers": 2,
            "claims": 12,
            "n": 24,
            "alpha": 0.692,
            "note": "It rests on 12 claims only; a few more could move it a good deal.",
        },
        "pairs": [
            {
                "reviewers": [_EDITOR, _WHO],
                "claims": 12,
                "alike": 9,
                "alpha": 0.692,
                "note": "It rests on 12 claims only; a few more could move it a good deal.",
            }
        ],
    },
    "Source": {
        **_SOURCE,
        "cites": [_CITATION],
        "address_key": "roads.example.org/logs/old-bridge",
        "copies": [_COPY],
        "sealed": None,
        **_KEPT,
    },
    "Review": {"claim": 42, **_PLANNED, "planned_at": _AT, "planned_by": _EDITOR, "etag": _ETAG},
    "ClaimInNeed": {
        "claim": 42,
        "text": _STATEMENT["text"],
        "story": _STORY,
        "stage": "published",
        "status": "false",
        **_PLANNED,
    },
    "SealedIdentity": {
        "source": 14,
        "identity": _SEALED,
        "sealed_by": _WHO,
        "salt": "9f86d081884c7d659a2feaa0c55ad015",
        "content": json.dumps(_SEALED, separators=(",", ":")),
        "sealed": "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
        "etag": _ETAG,
    },
    "Outlet": {
        "id": 4,
        "name": "Road Office",
        "url": "https://roads.example.org/",
        "kind": "government",
        "country": "KZ",
        "owner": "City Council",
        "reliability": "B",
        "reliability_meaning": "usually reliable",
        "assessments": [_ASSESSMENT],
        **_KEPT,
    },
    "Assessment": _ASSESSMENT,
    "Claimant": {**_CLAIMANT, **_KEPT},
    "Story": {"id": 5, **TAKEN["NewStory"], **_KEPT},
    "Status": {
        "id": 12,
        **{name: _NEW_STATUS[name] for name in ("slug", "label", "meaning", "rating", "needs_source")},
        "assignable": True,
        "retired": False,
        "translations": {"de": "unbelegt"},
        "etag": _ETAG,
    },
    "Reviewer": {"id": 3, **TAKEN["NewReviewer"], "active": True, **_KEPT},
    "Token": {**_TOKEN, "etag": _ETAG},
    "IssuedToken": {**_TOKEN, "token": "fct_shown-this-once", "etag": _ETAG},
    "Hook": {**_HOOK, "etag": _ETAG},
    "HookWithSecret": {**_HOOK, "secret": "whsec_shown-this-once", "etag": _ETAG},
    "HookProgress": {
        "hook": 2,
        "after": 6,
        "head": 9,
        "attempts": 1,
        "failing_since": _LATER,
        "next_try_at": "2024-05-03T10:15:05.000Z",
        "etag": _ETAG,
    },
    "Delivery": {
        "id": 14,
        "seq": 7,
        "attempt": 1,
        "at": _LATER,
        "ms": 38,
        "outcome": "failed",
        "status": 503,
        "error": "It answered 503.",
    },
    "Revocation": {"reviewer": _WHO, "revoked": [7, 9], "etag": _ETAG},
    "Me": {
        "reviewer": _WHO,
        "role": "reviewer",
        "may": ["desk:read_unpublished", "claim:add", "claim:revise"],
        "token": {"id": 9, "label": "import script", "expires_at": "2099-12-31T23:59:59.000Z"},
        "etag": _ETAG,
    },
    "Index": {
        "resources": {"claims": "https://desk.example.org/v1/claims"},
        "documents": {"openapi": "https://desk.example.org/v1/openapi.json"},
        "etag": _ETAG,
    },
    "Head": {
        "seq": 1234,
        "at": _LATER,
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "etag": _ETAG,
    },
    "DoneLine": {
        "line": 1,
        "status": 201,
        "id": 42,
        "location": "https://desk.example.org/v1/claims/42",
        "replayed": False,
        "warnings": [],
        "etag": _ETAG,
    },
    "RefusedLine": {
        "line": 2,
        "status": 404,
        "problem": {"code": "NOT_FOUND", "detail": "There is no claim 43.", "errors": []},
        "input": {"act": "publish", "claim": 43},
    },
    "Health": {"status": "alive", "etag": "alive"},
    "Readiness": {
        "status": "ready",
        "checks": {"database": "ok", "disk": "ok", "migrations": "ok", "clock": "ok"},
        "etag": _ETAG,
    },
}

# What /metrics answers is one text.
METRICS: Final = """# HELP factcheck_log_head_seq Seq of the newest line of the log.
# TYPE factcheck_log_head_seq gauge
factcheck_log_head_seq 4711.0
"""
