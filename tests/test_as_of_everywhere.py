"""Every address that answers of the past, asked of all that the demo desk holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from factcheck.demo.loading import demo_tokens, load_demo
from factcheck.demo.telling import EDITOR
from factcheck.settings import Settings
from factcheck.web.parts import NAME

# Where what stands in an address is told of: the list, and the name of it in an item.
LISTS = {
    "claim_id": ("/v1/claims", "id"),
    "ref": ("/v1/claims", "ref"),
    "source_id": ("/v1/sources", "id"),
    "outlet_id": ("/v1/outlets", "id"),
    "claimant_id": ("/v1/claimants", "id"),
    "slug": ("/v1/statuses", "slug"),
    "correction_id": ("/v1/corrections", "id"),
}


@pytest.fixture
def demo(settings: Settings) -> Iterator[FlaskClient]:
    """Give a caller of the demo desk, with a token of those who work there."""
    app = create_app(settings)
    desk = app.extensions[NAME].desk
    load_demo(desk, settings)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {demo_tokens(desk, settings)[EDITOR]}"
    yield client
    desk.close()


def addresses(demo: FlaskClient) -> list[str]:
    """Give every address that takes `as_of`, with every name that a list tells of put into it."""
    held: dict[str, list[Any]] = {}
    for parameter, (path, key) in LISTS.items():
        items = demo.get(f"{path}?limit=200").json["items"]
        held[parameter] = [item[key] for item in items if item[key]] or ["none"]
    held["verdict_id"] = [
        verdict["id"]
        for claim in held["claim_id"]
        for verdict in demo.get(f"/v1/claims/{claim}/verdicts").json["items"]
    ]
    held["slug"] += [story["slug"] for story in demo.get("/v1/stories").json["items"]]
    paths = [
        path
        for path, operations in demo.get("/v1/openapi.json").json["paths"].items()
        if "as_of" in {parameter.get("name") for parameter in operations.get("get", {}).get("parameters", ())}
    ]
    return [
        path.format(**dict(zip(names, values, strict=True)))
        for path in paths
        for names in [re.findall(r"{(\w+)}", path)]
        for values in product(*(held[name] for name in names))
    ]


def test_it_works(demo: FlaskClient) -> None:
    head = demo.get("/v1/log/head").json["seq"]
    asked = addresses(demo)
    assert {"/v1/sources/1/impact", "/v1/claims/1/provenance.csv", "/v1/agreement.txt"} <= set(asked)
    # One line ago all is there already, and told of by the rows of the past.
    failed = [path for path in asked if demo.get(f"{path}?as_of=seq:{head - 1}").status_code >= 500]
    assert failed == []
