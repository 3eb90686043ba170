"""What the declarations of the views don't say by themselves, added to the OpenAPI document.

Roles, rules between fields, forms, examples, links: each from a table here or worked
out from what the document holds already, so that a new address gets them, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from factcheck.errors import all_errors
from factcheck.policy import POLICY
from factcheck.publishing import feeds, sheets
from factcheck.web import problems
from factcheck.web.examples import ANSWERED, IN_SHORT, KEPT_BYTES, METRICS, TAKEN
from factcheck.web.worked_out import WORKED_OUT
from schemas.source import OF_A_SOURCE
from schemas.status import LANGUAGE_PATTERN

Json = dict[str, Any]

BYTES: Final = "application/octet-stream"
FORM: Final = "application/x-www-form-urlencoded"
_SCALARS: Final = {"string", "integer", "number", "boolean"}
_PROBLEM: Final = "application/problem+json"

TAGS: Final = {
    "claims": "Statements somebody made: record, change, publish, withdraw",
    "evidence": "Sources attached to a claim, and what they say of it",
    "verdicts": "What reviewers find, what editors rule, and taking it back",
    "sources": "Citable items: pages, documents, statements, datasets, images, witnesses",
    "outlets": "Who publishes sources",
    "claimants": "Who makes claims",
    "stories": "Claims that belong together",
    "statuses": "The vocabulary of verification statuses",
    "match": "Has this been checked? A text in, the claims that say the same out",
    "links": "What claims are to one another, and their families",
    "origins": "Who relies on whom, what stands behind a claim, and what rests on a source",
    "reviews": "What should be looked at again, by whom, and until when",
    "corrections": "What readers are told otherwise now, and why",
    "history": "What was said when, what changed in between, and who changed it",
    "changes": "The log, line by line, for those who follow the desk",
    "reviewers": "Who works at the desk",
    "tokens": "With which tokens they come",
    "log": "Every act in its order, each line chained to the one before",
    "bulk": "Many acts at once, one a line",
    "hooks": "Who is sent new lines of the log (Standard Webhooks)",
    "desk": "The desk itself: where everything is, who I am, whether it lives",
}

# The act that an operation performs, which says the role it needs. What is worked out says it itself.
_ACTS: Final = {
    "create_claim": "claim:add",
    "put_claim_by_ref": "claim:add",
    "revise_claim": "claim:revise",
    "change_stage": "claim:publish",
    "attach_source": "evidence:attach",
    "withdraw_evidence": "evidence:withdraw_own",
    "link_claim": "claim:link",
    "confirm_link": "link:decide",
    "reject_link": "link:decide",
    "issue_verdict": "verdict:issue",
    "issue_ruling": "verdict:rule",
    "retract_verdict": "verdict:retract_own",
    "give_opinion": "opinion:give",
    "create_source": "source:add",
    "get_sealed_identity": "source:read_sealed",
    "revise_source": "source:revise",
    "retract_source": "source:retract",
    "add_citation": "citation:add",
    "withdraw_citation": "citation:withdraw_own",
    "keep_copy": "source:keep_copy",
    "get_copy": "desk:read_unpublished",
    "create_outlet": "outlet:add",
    "revise_outlet": "outlet:revise",
    "assess_outlet": "outlet:assess",
    "revise_claimant": "claimant:revise",
    "create_story": "story:add",
    "revise_story": "story:revise",
    "create_status": "status:add",
    "revise_status": "status:revise",
    "post_bulk": "claim:add",
    "list_reviewers": "reviewer:read",
    "get_review": "desk:read_unpublished",
    "plan_review": "review:plan",
    "get_reviewer": "reviewer:read",
    "create_reviewer": "reviewer:add",
    "revise_reviewer": "reviewer:revise",
    "list_tokens": "token:read",
    "get_token": "token:read",
    "issue_token": "token:issue",
    "revoke_token": "token:revoke",
    "list_hooks": "hook:read",
    "get_hook": "hook:read",
    "get_hook_progress": "hook:read",
    "list_deliveries": "hook:read",
    "create_hook": "hook:manage",
    "revise_hook": "hook:manage",
    "rotate_hook_secret": "hook:manage",
    "redeliver": "hook:manage",
    "revoke_reviewer_tokens": "token:revoke",
}
_OWN_ONLY: Final = {
    "withdraw_evidence": "evidence:withdraw",
    "retract_verdict": "verdict:retract",
    "withdraw_citation": "citation:withdraw",
    "confirm_link": "link:overturn",
    "reject_link": "link:overturn",
}

_TO_ANYBODY: Final = {
    "get_readiness": "It writes, takes that back, and keeps what it found for a second.",
    "get_metrics": "By default for callers on this machine and for admins.",
    "get_health": "It looks at nothing else: not at the database, not at a token.",
    "get_index": "The same for everybody.",
    "get_log_head": (
        "The same for everybody; of what is not published it tells only how many lines there are. Note it "
        "where whoever runs the desk can't write: `flask verify --head SEQ:HASH` says later whether the log "
        "up to that line is still the one of that day."
    ),
    "get_me": "Without a token all of it is null, and the list of acts is empty.",
}

_GIVEN: Final = {"type": "string"}
_NONE: Final = {"type": "null"}
_NUMBER: Final = {"type": "number"}


def _with(name: str, schema: Json) -> Json:
    return {"required": [name], "properties": {name: schema}}


def _given_only_with(name: str, other: str, schema: Json) -> Json:
    """Write the rule that one value needs another beside it."""
    left_out = {"properties": {name: _NONE}}
    return {"dependentSchemas": {name: {"if": left_out, "else": _with(other, schema)}}}


_NAMES_A_SOURCE: Final = {"if": _with("url", _GIVEN), "else": _with("title", _GIVEN)}
_ONLY_PROTECTED_IS_DESCRIBED: Final = _given_only_with("described_as", "protected", {"const": True})
_NAMES_A_SOURCE_OR_ITS_NUMBER: Final = {
    "if": {"required": ["source"]},
    "then": {"properties": dict.fromkeys(OF_A_SOURCE, False)},
    "else": _NAMES_A_SOURCE,
    **_ONLY_PROTECTED_IS_DESCRIBED,
}

# Rules between fields, as far as JSON Schema can tell them. They say `if` and not `anyOf`, which
# generators of clients would take for several types.
_RULES: Final[dict[str, Json]] = {
    "NewStage": {
        "if": _with("stage", {"const": "published"}),
        "else": {
            "required": ["reason"],
            "properties": {"reason": _GIVEN, "override_reason": _NONE},
        },
    },
    "Figure": {
        "if": _with("value", _NUMBER),
        "then": {"properties": {"low": _NONE, "high": _NONE}},
        "else": {"if": _with("low", _NUMBER), "else": _with("high", _NUMBER)},
    },
    "NewSource": {**_NAMES_A_SOURCE, **_ONLY_PROTECTED_IS_DESCRIBED},
    "ReviewPlan": _given_only_with("due_on", "assigned_to", {"type": "integer"}),
    "HookChanges": {
        "if": _with("state", {"const": "paused"}),
        "then": {"required": ["reason"]},
        "else": {"properties": {"reason": False}},
    },
    "NewMatch": {
        "if": {"required": ["texts"]},
        "then": {"properties": {"text": False}},
        "else": {"required": ["text"]},
    },
    "NewEvidence": _NAMES_A_SOURCE_OR_ITS_NUMBER,
    "SourceLine": _NAMES_A_SOURCE_OR_ITS_NUMBER,
}
# Bodies told of in JSON only: a form can't tell one text from a list of one, nor an empty list from none.
_JSON_ONLY: Final = ("NewMatch",)
_TAGGED_BY_LANGUAGE: Final = {"pattern": LANGUAGE_PATTERN, "maxLength": 35}

_PATH_PARAMETERS: Final[dict[str, tuple[str, Any]]] = {
    "claim_id": ("Number of the claim", 1),
    "evidence_id": ("Number of the attachment of a source to the claim", 1),
    "verdict_id": ("Number of the verdict", 1),
    "opinion_id": ("Number of the opinion", 1),
    "source_id": ("Number of the source", 1),
    "citation_id": ("Number of the citation", 1),
    "link_id": ("Number of the link", 1),
    "copy_id": ("Number of the copy", 1),
    "outlet_id": ("Number of the outlet", 1),
    "claimant_id": ("Number of the claimant", 1),
    "correction_id": ("Number of the correction", 1),
    "reviewer_id": ("Number of the reviewer", 1),
    "token_id": ("Number of the token", 1),
    "hook_id": ("Number of the hook", 1),
    "ref": ("Your own id of the claim, such as a CMS id", "cms-4711"),
    "slug": ("The slug, as in the list", "little_evidence"),
}

# Where in an answer stand the values that lead on to other addresses.
_LEADS_TO: Final[dict[str, dict[str, str]]] = {
    "Claim": {"claim_id": "id"},
    "Evidence": {"claim_id": "claim", "evidence_id": "id"},
    "ClaimLink": {"claim_id": "claim", "link_id": "id"},
    "Verdict": {"verdict_id": "id"},
    "Opinion": {"verdict_id": "verdict", "opinion_id": "id"},
    "Source": {"source_id": "id"},
    "Outlet": {"outlet_id": "id"},
    "Claimant": {"claimant_id": "id"},
    "Correction": {"correction_id": "id", "claim_id": "claim"},
    "Story": {"slug": "slug"},
    "Status": {"slug": "slug"},
    "Reviewer": {"reviewer_id": "id"},
    "IssuedToken": {"token_id": "id"},
    "Hook": {"hook_id": "id"},
    "HookWithSecret": {"hook_id": "id"},
}
_LISTED_AS: Final = {
    "FoundClaim": "Claim",
    "ShownEvidence": "Evidence",
    "ShownVerdict": "Verdict",
    "ShownOpinion": "Opinion",
    "ShownClaimLink": "ClaimLink",
}

_HEADERS: Final[dict[str, Json]] = {
    "RequestId": {"description": "The id of this request in the log", "schema": {"type": "string"}},
    "Replayed": {
        "description": "true: the answer of the first request with this Idempotency-Key",
        "schema": {"type": "string", "const": "true"},
    },
    "LogLine": {
        "description": "A receipt: the act's line in the log, as seq:hash; missing if nothing changed",
        "schema": {"type": "string", "pattern": "^[1-9][0-9]*:[0-9a-f]{64}$"},
    },
    "DryRun": {
        "description": "true: nothing was stored",
        "schema": {"type": "string", "const": "true"},
    },
    "ErrorCode": {"description": "The code of the problem", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait", "schema": {"type": "integer"}},
    "Challenge": {"description": "How to present a token", "schema": {"type": "string"}},
}


def completed(spec: Json, described: Mapping[str, str], public_url: str) -> Json:
    """Complete the document.

    Args:
        spec: as flask-smorest wrote it; it is changed.
        described: what each component schema is, by its name.
        public_url: where this desk is.
    """
    spec["info"]["contact"] = {"name": "Whoever runs this desk", "url": public_url}
    spec["servers"] = [{"url": public_url, "description": "This desk"}]
    spec["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    components = spec["components"]
    components["headers"] = {
        name: {**header, "required": False} if name in ("Replayed", "LogLine", "DryRun") else header
        for name, header in _HEADERS.items()
    }
    components["responses"] = {
        name: _problem_response(name, response, public_url)
        for name, response in components["responses"].items()
        if name.startswith("Problem")
    }
    for path, _, operation in _operations(spec):
        _complete_operation(path, operation, components["schemas"])
    _complete_schemas(spec, described)
    _link(spec)
    return spec


def _operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in spec["paths"].items():
        for parameter in item.get("parameters", ()):
            about, example = _PATH_PARAMETERS[parameter["name"]]
            if path.startswith("/v1/stories"):
                example = "bridge-closure-2024"
            parameter.update(description=about, example=example)
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _complete_operation(path: str, operation: Json, schemas: Json) -> None:
    name = _without_form(operation["operationId"])
    operation["tags"] = [_tag(path, name)]
    operation["summary"] = operation["summary"].rstrip(".")
    operation["description"] = " ".join(filter(None, [operation.get("description"), _who_may(operation)]))
    operation["parameters"] = [_parameter(each) for each in operation.get("parameters", ())]
    responses = operation["responses"]
    if act_of(name):
        operation["security"] = [{"token": []}]
        responses["403"] = {"$ref": "#/components/responses/Problem403"}
    if name in ("get_health", "get_readiness"):
        operation["security"] = []
    if name == "get_metrics":
        responses["403"] = {"$ref": "#/components/responses/Problem403"}
    if "requestBody" in operation:
        _complete_body(operation["requestBody"], schemas)
    known = {
        str(status): response
        for status, response in responses.items()
        if not response.get("$ref") or "/Problem" in response["$ref"]
    }
    operation["responses"] = dict(sorted(known.items()))
    # Whoever needs no token asks by a body, and writes nothing.
    writes = "requestBody" in operation and {} not in operation["security"]
    for status, response in operation["responses"].items():
        if status < "400":
            _complete_answer(name, path, status, response, schemas, writes=writes)


_TAG_OF: Final = {
    "rulings": "verdicts",
    "opinions": "verdicts",
    "retraction": "verdicts",
    "withdrawal": "evidence",
    "revocation": "tokens",
    "confirmation": "links",
    "rejection": "links",
    "diff": "history",
    "citations": "origins",
    "review": "reviews",
}


def act_of(name: str) -> str | None:
    """Give the act that an operation performs, or None if it is everybody's."""
    return WORKED_OUT[name].act if name in WORKED_OUT else _ACTS.get(name)


def _tag(path: str, name: str) -> str:
    if name in WORKED_OUT and (tag := WORKED_OUT[name].tag):
        return tag
    steps = [step for step in path.split(".", maxsplit=1)[0].split("/") if step and not step.startswith("{")]
    last = _TAG_OF.get(steps[-1], steps[-1])
    if steps[1:2] == ["claims"] and last == "sources":
        return "evidence"
    if steps[1:2] == ["sources"] and steps[-1] in ("withdrawal", "retraction"):
        return "origins"
    return next((name for name in (last, *steps[1:2]) if name in TAGS), "desk")


def _without_form(name: str) -> str:
    """Give the name of the operation that answers the same in the usual form."""
    return re.sub("_(csv|txt|ndjson|atom)$", "", name)


def _who_may(operation: Json) -> str:
    name = _without_form(operation["operationId"])
    act, own = act_of(name), _OWN_ONLY.get(name)
    if act is None:
        return _TO_ANYBODY.get(name, "Without a token it shows what is published.")
    return f"Needs the role {POLICY[act]}{f', for what is not yours {POLICY[own]}' if own else ''}."


def _parameter(parameter: Json) -> Json:
    schema = parameter["schema"]
    if schema.get("type") == "array":
        parameter.update(style="form", explode=False)
        schema = schema["items"]
    if "enum" in schema:
        for name in ("pattern", "minLength", "maxLength"):
            schema.pop(name, None)
    if "description" not in parameter:
        about = _ABOUT_FILTERS.get(parameter["name"].rpartition("__")[2])
        parameter |= {"description": about} if about else {}
    return parameter


_ABOUT_FILTERS: Final = {
    "gte": "From here on",
    "lte": "Up to here",
    "in": "One of several, with commas between",
    "rating": "Place on the truth scale",
    "contested": "Whether verdicts that stand differ from the standing",
    "stage": "The desk's work on it",
    "claimant_id": "Number of the claimant",
    "place": "Place, as it was given",
    "story": "Slug of the story",
    "reason": "Why it should be looked at again",
    "sort": "By which key; with - before it, backwards",
    "facet": "Count the values of these keys in `facets`, with commas between",
    "limit": "Items a page",
    "cursor": "From the `next` address of the page before",
    "count": "Whether to add `total`",
    "url": "Address of the source, in any spelling",
    "outlet": "Name of the outlet",
    "act": "One of several acts, with commas between",
    "claim": "Number of the claim",
    "from": "Status that readers were told before",
    "to": "Status since then",
    "kind": "Which kind",
    "original": "Whether it is the outlet's own reporting",
    "sha256": "SHA-256 of what was read",
    "accessed_at": "When it was seen so; now, if left out",
    "protected": "Whether its identity is sealed",
    "name": "Name, in any case and spacing",
    "reliability": "Admiralty code",
    "country": "ISO 3166-1 alpha-2",
    "owner": "Owner of the outlet, as it was given",
    "retired": "Whether it may still be given",
    "role": "Role",
    "active": "Whether the reviewer may still use the desk",
    "reviewer": "Number of the reviewer",
    "state": "Whether it is sent anything now",
    "outcome": "How the attempt ended",
}


def _complete_body(body: Json, schemas: Json) -> None:
    if BYTES in body["content"]:
        body["content"][BYTES]["example"] = KEPT_BYTES
        return
    if "application/json" not in body["content"]:
        _complete_lines(body["content"]["application/x-ndjson"], TAKEN)
        return
    media = body["content"]["application/json"]
    name = _name(media["schema"])
    media["example"] = TAKEN[name]
    schemas[name].update(_RULES.get(name, {}))
    if name == "NoBody":
        body["required"] = False
        return
    form = None if name in _JSON_ONLY else _form(name, schemas)
    if form is not None:
        example = dict(_flat(TAKEN[name]))
        shown = {key: IN_SHORT.get(key, value) for key, value in example.items() if key in form["properties"]}
        body["content"][FORM] = {"schema": form, "example": shown}


def _complete_lines(media: Json, examples: Mapping[str, Json]) -> None:
    """Say that a text is lines, what each of them is, and show some."""
    lines = media["schema"]
    shown = [json.dumps(examples[_name(each)], ensure_ascii=False) for each in lines["anyOf"]]
    media["example"] = "".join(f"{line}\n" for line in shown)
    media["schema"] = {
        "type": "string",
        "description": "One JSON object a line (NDJSON); `contentSchema` is that of a line.",
        "pattern": r"\S",
        "contentMediaType": "application/x-ndjson",
        "contentSchema": lines,
    }


def _form(name: str, schemas: Json) -> Json | None:
    """Give the schema of the same fields as a flat form, or None if a form can't hold what is required."""
    schema = schemas[name]
    properties: Json = {}
    for key, value in schema["properties"].items():
        if "$ref" in value and key in schema.get("required", ()):
            inner = _form(_name(value), schemas) or {}
            properties |= {f"{key}.{each}": of for each, of in inner.get("properties", {}).items()}
        elif set(_types(value)) & _SCALARS:
            properties[key] = _without_null(value)
        elif "anyOf" in value and (short := _scalar_items(value)):
            properties[key] = short
        elif "array" in _types(value) and (items := _scalar_items(value["items"])):
            # An empty list is a name that is left out.
            properties[key] = {**value, "items": items, "minItems": 1}
    if not properties:
        return None
    form: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [
        whole
        for whole in properties
        if all(step in of.get("required", ()) for step, of in _steps(whole, schema, schemas))
    ]
    form.update({"required": required} if required else {"minProperties": 1})
    return {**form, **_RULES.get(name, {})}


def _steps(whole: str, schema: Json, schemas: Json) -> Iterator[tuple[str, Json]]:
    for step in whole.split("."):
        yield step, schema
        if "$ref" in schema["properties"][step]:
            schema = schemas[_name(schema["properties"][step])]


def _scalar_items(items: Json) -> Json | None:
    """Give the form in which an item can stand alone under a repeated name."""
    return next((each for each in items.get("anyOf", [items]) if set(_types(each)) & _SCALARS), None)


def _types(schema: Json) -> list[str]:
    found = schema.get("type", [])
    return found if isinstance(found, list) else [found]


def _without_null(schema: Json) -> Json:
    """Take null away, which a form has not: what is not known is left out there."""
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    kept["type"] = next(each for each in _types(schema) if each != "null")
    if "enum" in kept:
        kept["enum"] = [each for each in kept["enum"] if each is not None]
    return kept


def _flat(content: Json, before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        elif value is not None:
            yield f"{before}{key}", value


def _complete_answer(
    name: str, path: str, status: str, response: Json, schemas: Json, *, writes: bool
) -> None:
    headers = response.setdefault("headers", {})
    headers["X-Request-Id"] = {"$ref": "#/components/headers/RequestId"}
    if writes:
        headers["Idempotent-Replayed"] = {"$ref": "#/components/headers/Replayed"}
        headers["Log-Line"] = {"$ref": "#/components/headers/LogLine"}
        headers["Dry-Run"] = {"$ref": "#/components/headers/DryRun"}
    if status == "304":
        return
    noun = re.sub(r"^/v1/|\..*$", "", path)
    content = response["content"]
    for content_type, media in content.items():
        if "anyOf" in media["schema"]:
            _complete_lines(media, ANSWERED)
        elif content_type == "application/json":
            media["example"] = _answer_example(_name(media["schema"]))
        else:
            media["example"] = _text_example(name, noun, content_type)
    if "." in path or writes:
        return
    # What Accept can choose instead.
    for content_type in _FORMS_BESIDE_JSON if name in WORKED_OUT else ():
        content[content_type] = _text_media(name, noun, content_type)
    if noun in sheets.COLUMNS:
        json_media = content["application/json"]
        page = json_media["schema"]
        schemas.setdefault("PickedPage", _picked_page(schemas[_name(page)]))
        json_media["schema"] = {"anyOf": [page, {"$ref": "#/components/schemas/PickedPage"}]}
        for content_type in ("text/csv", "application/x-ndjson"):
            content[content_type] = _text_media(name, noun, content_type)


_FORMS_BESIDE_JSON: Final = ("text/csv", "text/plain")


def _text_media(name: str, noun: str, content_type: str) -> Json:
    return {"schema": {"type": "string"}, "example": _text_example(name, noun, content_type)}


def _answer_example(name: str) -> Json:
    if name.endswith("Page"):
        return {"items": [ANSWERED[name.removesuffix("Page")]], "next": None}
    return ANSWERED[name]


def _example_for_people(name: str, content_type: str) -> str:
    schema, forms, _, _ = WORKED_OUT[name]
    content = _answer_example(schema)
    return sheets.sheet(forms.rows(content)) if content_type == "text/csv" else forms.text(content)


_OF_NO_NOUN: Final = {"text/plain": METRICS, "*/*": KEPT_BYTES}


def _text_example(name: str, noun: str, content_type: str) -> str:
    if name in WORKED_OUT:
        return _example_for_people(name, content_type)
    if content_type in _OF_NO_NOUN:
        return _OF_NO_NOUN[content_type]
    item = ANSWERED[_LIST_OF[noun]]
    if content_type == "application/atom+xml":
        return feeds.atom(_FEED, [item])
    if content_type == "text/csv":
        return sheets.header(noun) + sheets.row(noun, item)
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")) + "\n"


_DESK: Final = "https://desk.example.org"
_FEED: Final = feeds.Feed(
    desk="5d41402abc4b2a76b9719d911017c592",
    noun="corrections",
    address=f"{_DESK}/v1/corrections.atom",
    public_url=_DESK,
    updated="2024-05-03T10:15:00.000Z",
)
_LIST_OF: Final = {
    "claims": "FoundClaim",
    "sources": "Source",
    "outlets": "Outlet",
    "claimants": "Claimant",
    "stories": "Story",
    "statuses": "Status",
    "corrections": "Correction",
    "reviewers": "Reviewer",
    "changes": "Line",
}


def _picked_page(page: Json) -> Json:
    facet_value = {"$ref": "#/components/schemas/FacetValue"}
    return {
        "type": "object",
        "description": "A page whose items have only the keys that `fields` names.",
        "properties": {
            "items": {"type": "array", "items": {"type": "object"}},
            "next": page["properties"]["next"],
            "total": page["properties"]["total"],
            "facets": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": facet_value},
            },
        },
        "required": ["items", "next"],
    }


def _problem_response(name: str, response: Json, public_url: str) -> Json:
    status = int(name.removeprefix("Problem"))
    media = response["content"][_PROBLEM]
    media["examples"] = {
        kind.code: {
            "summary": kind.title,
            "value": problems.document(kind(f"{kind.title}."), "4f2a9c0d1e6b7a38", public_url),
        }
        for kind in all_errors()
        if problems.STATUS[kind] == status
    }
    headers = {"X-Request-Id": "RequestId", "X-Error-Code": "ErrorCode"}
    headers |= {"WWW-Authenticate": "Challenge"} if status == 401 else {}
    headers |= {"Retry-After": "RetryAfter"} if status in (429, 503) else {}
    response["headers"] = {
        header: {"$ref": f"#/components/headers/{component}"} for header, component in headers.items()
    }
    return response


def _complete_schemas(spec: Json, described: Mapping[str, str]) -> None:
    schemas = spec["components"]["schemas"]
    taken = _reached(spec, lambda operation: operation.get("requestBody", {}))
    answered = _reached(spec, lambda operation: operation["responses"])
    for name in sorted(set(schemas) - taken - answered):
        del schemas[name]
    named = json.dumps(spec["paths"])
    responses = spec["components"]["responses"]
    # No operation answers that it is of another method.
    spec["components"]["responses"] = {name: responses[name] for name in responses if f'/{name}"' in named}
    for name, schema in schemas.items():
        schema.update(_RULES.get(name, {}))
        if name in described:
            schema.setdefault("description", described[name])
        if "translations" in schema["properties"] and name in taken:
            schema["properties"]["translations"]["propertyNames"] = _TAGGED_BY_LANGUAGE
        if name not in taken:
            # A documented key stays what it is, but more may come.
            schema.pop("additionalProperties", None)
    spec["components"]["schemas"] = dict(sorted(schemas.items()))


def _reached(spec: Json, part: Callable[[Json], Json]) -> set[str]:
    """Give the names of all schemas that a part of any operation leads to."""
    waiting = [part(operation) for _, _, operation in _operations(spec)]
    seen: set[str] = set()
    while waiting:
        for kind, name in re.findall(r"#/components/(\w+)/(\w+)", json.dumps(waiting.pop())):
            if f"{kind}/{name}" not in seen:
                seen.add(f"{kind}/{name}")
                waiting.append(spec["components"][kind][name])
    return {each.removeprefix("schemas/") for each in seen if each.startswith("schemas/")}


def _link(spec: Json) -> None:
    """Say which addresses an answer leads on to."""
    needs: dict[str, tuple[str, set[str]]] = {
        operation["operationId"]: (path, set(re.findall(r"{(\w+)}", path)))
        for path, _, operation in _operations(spec)
    }
    for _, _, operation in _operations(spec):
        for status, response in operation["responses"].items():
            name, before = _answer_name(response)
            leads = _LEADS_TO.get(name, {})
            if status >= "300" or not leads:
                continue
            links = {
                other: {
                    "operationId": other,
                    "parameters": {key: f"$response.body#{before}/{leads[key]}" for key in sorted(keys)},
                }
                for other, (path, keys) in needs.items()
                if keys and keys <= set(leads) and _same_noun(path, name)
            }
            response["links"] = links


def _answer_name(response: Json) -> tuple[str, str]:
    """Give the schema of what is answered, and where in the answer its first item stands."""
    media = response.get("content", {}).get("application/json", {})
    schema = media.get("schema", {})
    name = _name(schema["anyOf"][0] if "anyOf" in schema else schema)
    if not name.endswith("Page"):
        return name, ""
    item = name.removesuffix("Page")
    return _LISTED_AS.get(item, item), "/items/0"


def _same_noun(path: str, name: str) -> bool:
    # Stories and statuses both have slugs.
    return "{slug}" not in path or path.startswith({"Story": "/v1/stories", "Status": "/v1/statuses"}[name])


def _name(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
