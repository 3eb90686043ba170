"""What schemathesis can't know of a desk: which things are there, and what depends on that.

The document says what is well-formed. That a claim has number 42, or that a status is in the
vocabulary of this desk, is its state: made-up cases would seldom get past 404 and 400. So
well-formed cases are turned to what the demo holds, but for every fourth, and refusals that
only the state explains are no failures. Cases that are made to be refused are left alone.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure

STATUSES = ("difficult_to_independently_verify", "little_evidence", "unclear", "Little evidence")
STORIES = ("kazakhstan-january-2022",)
# How many of each the demo holds at least.
DEMO_HOLDS = {
    "claim_id": 10,
    "verdict_id": 10,
    "source_id": 3,
    "outlet_id": 2,
    "claimant_id": 5,
    "reviewer_id": 3,
    "token_id": 2,
    "correction_id": 1,
    "hook_id": 1,  # which the test adds
}
# The demo's protected source.
PROTECTED = 9
# A hook may lead there, and nothing is sent to it: nobody delivers during the run.
HOOK_URL = "https://93.184.215.14/hook"
# The attachments of sources that the demo makes: (claim, evidence).
ATTACHED = ((1, 1), (2, 2), (3, 3), (4, 4))
# The citations that it makes: (source, citation).
CITED = ((4, 1), (5, 2), (6, 3))

# The links that it makes: (claim, link).
LINKED = ((1, 1), (2, 2), (4, 3), (7, 4))

# Refusals of well-formed input that its schema can't foretell. Each names what explains it.
BY_STATE = (
    r"There is no (status|story|source|reviewer|claim) ",  # what is recorded
    r"The log ends (with line|at seq)",
    r"of this story counts",  # the unit of a story's other figures
    r"No address is known for|is not on the public internet|Over the internet only https",  # whose it is
    r"This address can't be read; look at its host",
    r"Source \d+ is not attached to claim",  # what is attached
    r"must name the sources it rests on",  # what the vocabulary says of the status
    r"says that there is no verdict",
    r"is retired; GET",
    r"is \w+; a token can't reach further",  # the role of the reviewer
    r"This moment has passed|lies in the future",  # the clock
    r"^This cursor ",  # cursors are signed and belong to a list
    r"Every row at once comes as",  # the Accept header
    r"Relevance needs words|leave q or as_of out",  # another parameter
)
# Rules that JSON Schema has no words for.
BEYOND_SCHEMA = (
    r"A source can't rely on itself|A claim can't be linked with itself",
    r"low is above high",
    r"Only a protected source is described|The body is empty. Send the bytes",
    r"Reviewer \d+ can give no verdict",
    r"speaks of the (low|high) end|leaves no number here",  # what a figure's qualifier says of its ends
    r"Say in scope what is counted|This is the scope itself",
    r"Put the chain in the order",
    r"interval ends before it begins",
    r"moment lies outside the years",  # by its zone
    r"A name needs at least one letter or digit",  # there is no portable pattern for all scripts' letters
    r"address can't be read",
)
_EXPLAINED = re.compile("|".join(BY_STATE + BEYOND_SCHEMA))

# Who runs the cases must not be barred by one of them.
_OWN = {name: os.environ.get(f"CONFORMANCE_{name.upper()}") for name in ("reviewer_id", "token_id")}


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    """Send lines as they are."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else repr(value).encode()


@schemathesis.hook
def map_case(_: HookContext, case: Case) -> Case:
    """Turn well-formed cases to what is there, and every case away from who runs them."""
    path = case.path_parameters or {}
    if case.meta is not None and case.meta.generation.mode.is_positive:
        _turn_path(path, case.operation.path)
        _turn_query(case)
        _turn_headers(case)
        if isinstance(case.body, str) and len(case.body) % 2:
            case.body = (
                '{"act": "verdict", "claim": 1, "status": "unclear", "rationale": "Seen."}\n' + case.body
            )
        if isinstance(case.body, dict):
            _turn_body(case.body, case.operation.path)
    for name, own in _OWN.items():
        if str(path.get(name)) == own:
            path[name] = 1
    return case


def _turn_query(case: Case) -> None:
    query = case.query or {}
    query.pop("cursor", None)
    _turn_past(query)
    # Nobody acts beside the run, so whoever waited would wait in vain.
    query |= {"wait": 0} if "wait" in query else {}
    for name in ("as_of", "from", "to"):
        # A line that is far off is one of those that are there.
        if str(query.get(name)).startswith("seq:") and len(str(query[name])) % 4 != 3:
            query[name] = f"seq:{41 + int(str(query[name])[4:]) % 50}"
    if "." not in case.operation.path and len(query) % 4 != 3:
        query.pop("all", None)


def _turn_past(values: dict[str, Any]) -> None:
    """Put what was seen or found into the past, as it must be, but for every fourth."""
    for name, then in (("accessed_at", "2022-01-09T12:00:00Z"), ("assessed_on", "2022-01-09")):
        if isinstance(values.get(name), str) and len(repr(values)) % 4:
            values[name] = then


def _turn_headers(case: Case) -> None:
    headers = case.headers or {}
    if len(headers.get("If-Match", "***")) % 4 != 3:
        headers["If-Match"] = "*"
    key = headers.get("Idempotency-Key", "")
    if len(key) % 8:
        # A key is its request's own.
        headers["Idempotency-Key"] = _digest((case.path, case.path_parameters, case.query, case.body))


def _turn_path(path: dict[str, Any], template: str) -> None:
    if template.endswith("/identity") and _turned(path["source_id"]):
        path["source_id"] = PROTECTED
        return
    if {"claim_id", "evidence_id"} <= path.keys() and _turned(path["evidence_id"]):
        path["claim_id"], path["evidence_id"] = ATTACHED[int(path["evidence_id"]) % len(ATTACHED)]
        return
    if "copy_id" in path and _turned(path["copy_id"]):
        # Which the test adds.
        path["source_id"], path["copy_id"] = 1, 1
        return
    if {"claim_id", "link_id"} <= path.keys() and _turned(path["link_id"]):
        path["claim_id"], path["link_id"] = LINKED[int(path["link_id"]) % len(LINKED)]
        return
    if {"source_id", "citation_id"} <= path.keys() and _turned(path["citation_id"]):
        path["source_id"], path["citation_id"] = CITED[int(path["citation_id"]) % len(CITED)]
        return
    for name, most in DEMO_HOLDS.items():
        if name in path and _turned(path[name]):
            path[name] = 1 + int(path[name]) % most
    if "slug" in path and len(path["slug"]) % 4:
        known = STORIES if "stories" in template else STATUSES[:3]
        path["slug"] = known[len(path["slug"]) % len(known)]


def _turn_figure(figure: dict[str, Any]) -> None:
    """Let a figure say what its ends allow, but for every fourth, and clash with none in its story."""
    figure.pop("unit", None)
    if len(str(figure)) % 4:
        figure["qualifier"] = "exact"
        if not isinstance(figure.get("scope"), str):
            figure.pop("within", None)


def _turn_body(body: dict[str, Any], template: str) -> None:
    about = _digest(sorted(body.items(), key=str))[:12]
    _turn_past(body)
    if isinstance(body.get("ref"), str):
        body["ref"] = about
    if template in ("/v1/statuses", "/v1/stories") and len(str(body.get("slug"))) > 1:
        body["slug"] = f"a{about}"
        body |= {"label": about} if "label" in body else {}
    if isinstance(body.get("story"), str) and len(body["story"]) % 4:
        body["story"] = STORIES[0]
    if isinstance(body.get("status"), str) and body["status"] not in STATUSES:
        body["status"] = STATUSES[len(body["status"]) % len(STATUSES)]
    if isinstance(body.get("figure"), dict):
        _turn_figure(body["figure"])
    # Only an address that is a number needs no look-up.
    if template.startswith("/v1/hooks") and "url" in body and "[" not in str(body["url"]):
        body["url"] = HOOK_URL
    if isinstance(body.get("sources"), list):
        body["sources"] = [each for each in body["sources"] if isinstance(each, dict)]
    for name, most in (
        ("source", DEMO_HOLDS["source_id"]),
        ("cites", DEMO_HOLDS["source_id"]),
        ("other", DEMO_HOLDS["claim_id"]),
        ("reviewer", DEMO_HOLDS["reviewer_id"]),
        ("assigned_to", DEMO_HOLDS["reviewer_id"]),
        ("claim", DEMO_HOLDS["claim_id"]),
        ("from_seq", 9),
    ):
        if name in body and _turned(body[name]):
            body[name] = 1 + int(body[name]) % most


def _turned(value: Any) -> bool:
    number = isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal())
    return number and int(value) % 4 != 3


def _digest(about: Any) -> str:
    return sha256(repr(about).encode("utf-8", "replace")).hexdigest()


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Keep failures but for refusals that the state explains."""
    if case.operation.path == "/v1/bulk" and not isinstance(case.body, str):
        # It goes out as a text like any other, and each of its lines is answered.
        return type(failure).__name__ != "AcceptedNegativeData"
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    told = response.json()
    return not all(_EXPLAINED.search(each["detail"]) for each in told.get("errors") or [told])
