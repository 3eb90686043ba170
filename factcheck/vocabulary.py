"""The closed lists of words that a desk uses, each with the standard it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Each role may do all that the ones before it may; see policy.py.
ROLES: Final = ("reader", "reviewer", "editor", "admin")

REVIEWER_KINDS: Final = ("person", "script")

STAGES: Final = ("open", "published", "withdrawn")

# The desk's work on a claim goes forward to publication; a withdrawn claim may
# be opened again, and each step is kept with its actor and reason.
STAGE_STEPS: Final = {
    "open": ("published", "withdrawn"),
    "published": ("withdrawn",),
    "withdrawn": ("open",),
}

# Why readers were told something else before: we were wrong, we learnt more, the statement itself
# is another now, or the desk decides by another rule.
CORRECTION_KINDS: Final = ("error", "new_evidence", "claim_changed", "rule_changed")

CLAIMANT_KINDS: Final = ("person", "organisation", "document")

# The attribution chain, in the order in which a statement travels.
CHAIN_ROLES: Final = ("origin", "relay", "venue", "publisher")

STANCES: Final = ("supports", "refutes", "context")

# ICD 203 keeps how likely something is apart from how sure the analyst is.
CONFIDENCES: Final = ("low", "moderate", "high")

SOURCE_KINDS: Final = ("page", "document", "statement", "dataset", "image", "witness")

# Whether a source is the outlet's own reporting. Unknown is an answer too.
ORIGINALITIES: Final = ("yes", "no", "unknown")

# How a source relies on another (PROV: wasQuotedFrom, wasDerivedFrom, hadPrimarySource).
CITATION_KINDS: Final = ("quotes", "republishes", "cites", "translates")

OUTLET_KINDS: Final = (
    "news_agency",
    "newspaper",
    "broadcaster",
    "website",
    "social_media",
    "government",
    "organisation",
    "academic",
)

# ISO 3166-1 alpha-2, all that are assigned, and XK, which stands for Kosovo by agreement of its users.
_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES: Final = tuple(_ASSIGNED.split())

# STIX 2.1, opinion: what a reviewer thinks of another's verdict, in the desk's spelling of words.
OPINIONS: Final = ("strongly_disagree", "disagree", "neutral", "agree", "strongly_agree")

# What a desk may ask of a claim before it publishes it; see gate.py.
REQUIREMENTS: Final = (
    "verdict",
    "independent_origins",
    "primary_source",
    "quote_for_refuting",
    "second_reader",
    "both_sides",
)

# Why a claim should be looked at again. Some are seen when the list is asked for; the others are marked
# when they happen, and settled by any later verdict.
MARKED_REASONS: Final = ("source_retracted", "figure_superseded")
REVIEW_REASONS: Final = ("assigned", "stale", "contested", *MARKED_REASONS)

# Whether a claim says the same as a text that was asked about.
SAMENESS: Final = ("yes", "likely", "related")

# How a claim is related to another: it is <kind> that one. Two are the same in both directions; to be
# narrower than a claim is to say a part of it.
LINK_KINDS: Final = (
    "same_as",
    "narrower",
    "broader",
    "contradicts",
    "translation_of",
    "newer_figure_of",
)
# The same link, as it is read from the other claim.
LINK_INVERSES: Final = {
    "same_as": "same_as",
    "narrower": "broader",
    "broader": "narrower",
    "contradicts": "contradicts",
    "translation_of": "original_of",
    "original_of": "translation_of",
    "newer_figure_of": "older_figure_of",
    "older_figure_of": "newer_figure_of",
}
LINK_DECISIONS: Final = ("confirmed", "rejected")
# A link is made as the one or the other; a decision later puts it in another state.
LINK_STATES: Final = ("suggested", *LINK_DECISIONS)

QUALIFIERS: Final = ("exact", "about", "at_least", "more_than", "nearly", "up_to")

# The Admiralty code: letters for who says it, numbers for what is said.
RELIABILITIES: Final = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
CREDIBILITIES: Final = {
    1: "confirmed by other independent sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtful",
    5: "improbable",
    6: "truth cannot be judged",
}

# Which lines a hook is sent: those that everybody may read, or all.
HOOK_READS: Final = ("published", "everything")
HOOK_STATES: Final = ("active", "paused")
OUTCOMES: Final = ("delivered", "failed")

UNREVIEWED: Final = "unreviewed"


@dataclass(frozen=True)
class Status:
    """A verification status: what a verdict may say of a claim.

    `rating` is its place on the truth scale, 1 (false) to 5 (verified), or None
    where the status says that the truth can't be told. `needs_source` is False
    only where there may be nothing to cite. `assignable` is False for the one
    status that no verdict can give.
    """

    slug: str
    label: str
    meaning: str
    rating: int | None = None
    needs_source: bool = True
    assignable: bool = True


INITIAL_STATUSES: Final = (
    Status(
        UNREVIEWED,
        "not yet reviewed",
        "No verdict stands on this claim.",
        needs_source=False,
        assignable=False,
    ),
    Status(
        "difficult_to_independently_verify",
        "difficult to independently verify",
        "Nobody outside the claimant's reach has been able to check it.",
        needs_source=False,
    ),
    Status(
        "little_evidence",
        "little evidence",
        "It was stated without evidence, or with next to none.",
        needs_source=False,
    ),
    Status(
        "unclear",
        "unclear",
        "What is known does not settle it, or the statement can be read in several ways.",
        needs_source=False,
    ),
    Status("disputed", "disputed", "Credible sources contradict each other."),
    Status("outdated", "outdated", "Right when said, overtaken by later information."),
    Status("false", "false", "The evidence shows that it is not so.", 1),
    Status("mostly_false", "mostly false", "Wrong in the main, with some truth in it.", 2),
    Status("mixed", "partly true", "True in parts and false in parts.", 3),
    Status("mostly_true", "mostly true", "Right in the main, with some error in it.", 4),
    Status("verified", "independently verified", "Evidence independent of the claimant shows it.", 5),
)

# The names under which acts stand in the log.
LOGGED_ACTS: Final = (
    "desk:found",
    "desk:upgrade",
    "desk:settle",
    "claim:add",
    "claim:revise",
    "claim:publish",
    "claim:withdraw",
    "claim:reopen",
    "claim:link",
    "link:confirm",
    "link:reject",
    "evidence:attach",
    "evidence:withdraw",
    "verdict:issue",
    "verdict:rule",
    "verdict:retract",
    "opinion:give",
    "review:plan",
    "claimant:revise",
    "source:add",
    "source:revise",
    "source:retract",
    "source:keep_copy",
    "citation:add",
    "citation:withdraw",
    "outlet:add",
    "outlet:revise",
    "outlet:assess",
    "story:add",
    "story:revise",
    "status:add",
    "status:revise",
    "reviewer:add",
    "reviewer:revise",
    "token:issue",
    "token:revoke",
    "token:expire",
    "hook:add",
    "hook:revise",
    "hook:pause",
    "hook:rotate_secret",
    "hook:redeliver",
)
