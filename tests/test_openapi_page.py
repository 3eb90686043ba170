"""/docs in a real browser: it works, and asks nobody but this desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import Newsroom, Served

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STATIC = Path(__file__).parent.parent / "factcheck" / "web" / "static"


@pytest.mark.slow
def test_the_page_shows_every_operation_and_asks_nobody_else(serve: Callable[..., Served]) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert browser, "there is no chromium on this machine; install it, or run `make test` as root"
    desk = serve()
    operations = [
        operation["operationId"]
        for item in httpx.get(f"{desk.url}/v1/openapi.json").json()["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    asked: list[str] = []
    told: list[str] = []
    with sync_playwright() as play:
        # A sandbox needs rights that containers don't give; the page is our own.
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: answer.ok or told.append(f"{answer.status} {answer.url}"))
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(f"{desk.url}/docs")
        page.wait_for_selector(".opblock")
        shown = page.locator(".opblock").evaluate_all("blocks => blocks.map(each => each.id)")
        page.locator("#operations-desk-get_health button").first.click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        page.get_by_text('"alive"').first.wait_for()
        chromium.close()
    assert sorted(shown_id.split("-")[-1] for shown_id in shown) == sorted(operations)
    assert told == []
    assert len(asked) >= 5
    assert [url for url in asked if not url.startswith((f"{desk.url}/", "data:"))] == []


def test_the_policy_lets_nothing_in_from_elsewhere(newsroom: Newsroom) -> None:
    page = newsroom.anonymous.get("/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' http://desk.example.org"
    assert "//" not in page.text.replace("<!doctype html>", "")


def test_what_is_vendored_says_whose_it_is() -> None:
    vendored = {path.name for path in (STATIC / "swagger-ui").iterdir()}
    assert {"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt", "README.md"} <= vendored


def test_behind_a_path_the_page_finds_its_files(newsroom: Newsroom) -> None:
    page = newsroom.anonymous.get("/docs/")
    assert 'src="/static/docs.js"' in page.text
