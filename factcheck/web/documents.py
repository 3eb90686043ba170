"""The OpenAPI 3.1 document, written from the declarations of the views, and the page that shows it."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, render_template
from flask_smorest import Api, Blueprint

from factcheck.errors import all_errors
from factcheck.web.answers import answered
from factcheck.web.openapi import completed
from factcheck.web.parts import parts
from factcheck.web.problems import STATUS
from schemas.fields import ShortOrFull
from schemas.index import ProblemSchema

_ABOUT = (
    "A self-hosted fact-check desk: claims, sources and verdicts. Reading published claims needs no "
    "token; writing needs one. Keys that are documented here keep their names and types; new ones may "
    "be added."
)


_DOCUMENT = "factcheck.openapi"
_ONE_WRITES_IT = Lock()
# "Try it out" calls the desk by its public address, which may differ from the one in the browser.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {desk}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DeskApi(Api):  # type: ignore[misc]
    """flask-smorest's API without its own error handler and without its unused components.

    To describe the addresses takes longer than all else when a desk is started, so that is left until
    somebody asks for the document.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self._undescribed: list[Blueprint] = []
        super().__init__(*given, **named)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Route a noun's addresses."""
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def describe(self) -> None:
        """Write down all addresses, once."""
        while self._undescribed:
            noun = self._undescribed.pop(0)
            noun.register_views_in_doc(self, self._app, self.spec, name=noun.name, parameters=None)

    def _register_error_handlers(self) -> None:
        """Leave errors to problems.py."""

    def _register_etag_headers(self) -> None:
        """Leave these headers to contract.py."""

    def _register_pagination_header(self) -> None:
        """Pages are told by their envelope, not by a header."""


def register(app: Flask, version: str) -> DeskApi:
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
    api.ma_plugin.converter.add_attribute_function(_short_or_full)
    _add_problems(api)
    # smorest's command would print the document as it is before openapi.py completes it.
    app.cli.commands.pop("openapi", None)
    app.add_url_rule("/docs", "docs", page)
    return api


def document() -> Response:
    """Answer with the document; it is written once, when it is first asked for."""
    kept = current_app.extensions.get(_DOCUMENT)
    if kept is None:
        with _ONE_WRITES_IT:
            text = json.dumps(_document(), ensure_ascii=False, separators=(",", ":"))
        kept = current_app.extensions[_DOCUMENT] = (sha256(text.encode()).hexdigest()[:32], text)
    return answered(*kept)


def page() -> Response:
    """Show the document to people, with Swagger UI and nothing from anywhere else."""
    address = urlsplit(parts().settings.public_url)
    policy = _POLICY.format(desk=f"{address.scheme}://{address.netloc}")
    return Response(
        render_template("docs.html"),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy},
    )


def _document() -> dict[str, Any]:
    api: DeskApi = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    api.describe()
    described = {
        name: (key[0].__doc__ or "").partition("\n")[0] for key, name in api.ma_plugin.converter.refs.items()
    }
    return completed(deepcopy(api.spec.to_dict()), described, parts().settings.public_url)


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
    scheme = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fct_…",
        "description": "A token of this desk; an admin issues it",
    }
    api.spec.components.security_scheme("token", scheme)


def _id_parameter(_: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


def _slug_parameter(_: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": "^[a-z0-9]+(?:[_-][a-z0-9]+)*$"}


def _ref_parameter(_: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": "^[A-Za-z0-9](?:[A-Za-z0-9._:~-]{0,198}[A-Za-z0-9])?$"}


def _short_or_full(self: Any, field: Any, **_: Any) -> dict[str, Any]:
    if not isinstance(field, ShortOrFull):
        return {}
    return {"anyOf": [self.field2property(field.short), self.resolve_nested_schema(field.full)]}
