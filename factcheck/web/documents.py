"""The OpenAPI 3.1 document, written from the declarations of the views."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app
from flask_smorest import Api

from factcheck.errors import all_errors
from factcheck.web.parts import parts
from factcheck.web.problems import STATUS
from schemas.index import ProblemSchema
from schemas.source import NewEvidenceSchema
from schemas.verdict import SourceOrId

_ABOUT = (
    "A self-hosted fact-check desk: claims, sources and verdicts. Reading published claims needs no "
    "token; writing needs one. Keys that are documented here keep their names and types; new ones may "
    "be added."
)


class DeskApi(Api):  # type: ignore[misc]
    """flask-smorest's API without its own error handler and without its unused components."""

    def _register_error_handlers(self) -> None:
        """Leave errors to problems.py."""


def register(app: Flask, version: str) -> Api:
    """Make the API whose blueprints are documented."""
    app.config.update(
        API_TITLE="factcheck",
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,
    )
    api = DeskApi(
        app, spec_kwargs={"info": {"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}}}
    )
    api.register_converter(app.url_map.converters["id"], _id_parameter)
    api.register_converter(app.url_map.converters["slug"], _slug_parameter)
    api.register_converter(app.url_map.converters["ref"], _ref_parameter)
    api.ma_plugin.converter.add_attribute_function(_source_or_id)
    _add_problems(api)
    return api


def document() -> Response:
    """Answer with the document; the statuses of this desk stand in it."""
    api: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    spec = api.spec.to_dict()
    spec["servers"] = [{"url": parts().settings.public_url}]
    return Response(current_app.json.dumps(spec), content_type="application/json")


def _add_problems(api: Api) -> None:
    by_status: dict[int, list[str]] = {}
    for kind in all_errors():
        by_status.setdefault(STATUS[kind], []).append(kind.code)
    for status, codes in by_status.items():
        api.spec.components.response(
            f"Problem{status}",
            {
                "description": ", ".join(codes),
                "content": {"application/problem+json": {"schema": ProblemSchema}},
            },
        )
    scheme = {"type": "http", "scheme": "bearer", "description": "A token of this desk: fct_…"}
    api.spec.components.security_scheme("token", scheme)


def _id_parameter(_: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


def _slug_parameter(_: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": "^[a-z0-9]+(?:[_-][a-z0-9]+)*$"}


def _ref_parameter(_: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": "^[A-Za-z0-9](?:[A-Za-z0-9._:~-]{0,198}[A-Za-z0-9])?$"}


def _source_or_id(self: Any, field: Any, **_: Any) -> dict[str, Any]:
    if not isinstance(field, SourceOrId):
        return {}
    inline = self.resolve_nested_schema(NewEvidenceSchema)
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, inline]}
