"""The index of the API, and the help pages of problems."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template
from markupsafe import Markup, escape

from factcheck import errors
from factcheck.web import problems
from factcheck.web.answers import composed
from factcheck.web.contract import DeskBlueprint
from factcheck.web.parts import parts
from schemas.index import IndexSchema

blueprint = DeskBlueprint("index", __name__, description="Where everything is")
pages = Blueprint("help", __name__)

_NOUNS = (
    "claims",
    "match",
    "sources",
    "outlets",
    "claimants",
    "stories",
    "statuses",
    "corrections",
    "changes",
    "agreement",
    "needs_review",
    "reviewers",
    "tokens",
    "hooks",
    "me",
)


@blueprint.read("/v1", IndexSchema, "get_index")
def read_index() -> Response:
    """List what there is."""
    public_url = parts().settings.public_url
    addresses = {noun: f"{public_url}/v1/{noun}" for noun in _NOUNS}
    documents: dict[str, Any] = {
        "openapi": f"{public_url}/v1/openapi.json",
        "docs": f"{public_url}/docs",
        "problems": f"{public_url}/problems",
    }
    return composed({"resources": addresses, "documents": documents})


@pages.app_context_processor
def base() -> dict[str, str]:
    """Give all pages the path under which the desk is reached, for their links."""
    return {"base": urlsplit(parts().settings.public_url).path}


@pages.get("/")
def front() -> Any:
    """Lead a browser to the documents."""
    return redirect(f"{base()['base']}/docs")


@pages.app_template_filter("coded")
def coded(text: str) -> Markup:
    """Show what stands between backticks as code, and escape everything."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


@pages.get("/problems")
def list_problems() -> str:
    """Explain every kind of problem on one page."""
    kinds = [(problems.slug(kind), kind, problems.STATUS[kind]) for kind in errors.all_errors()]
    return render_template("problems.html", kinds=kinds)


@pages.get("/problems/<slug:slug>")
def explain_problem(slug: str) -> str:
    """Explain one kind of problem: what it means and what to do."""
    for kind in errors.all_errors():
        if problems.slug(kind) == slug:
            return render_template("problem.html", kind=kind, status=problems.STATUS[kind])
    raise errors.NotFound("There is no such kind of problem. /problems lists them all.")
