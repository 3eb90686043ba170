"""GET /v1/sources, outlets, claimants, stories, statuses, reviewers and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from factcheck.settings import Settings
from factcheck.vocabulary import INITIAL_STATUSES
from tests.conftest import PUBLIC_URL, Newsroom, assert_problem

HIDDEN = "Hidden Ministry"
OPEN_LISTS = ("sources", "outlets", "claimants", "stories")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A desk with one published claim and one open claim, each with things of its own."""
    path: Path = tmp_path_factory.mktemp("entities") / "desk.db"
    made = Newsroom(Settings(database=str(path), public_url=PUBLIC_URL))
    made.reviewer.post("/v1/stories", {"slug": "bridge", "title": "The bridge"})
    made.reviewer.post("/v1/stories", {"slug": "secret", "title": "A secret"})
    made.claim(story="bridge")
    attach(made, 1, "https://example.org/bridge?utm_source=x", "Road Office", "document")
    attach(made, 1, "https://example.org/photo", "Photo Desk", "image")
    someone = {"name": HIDDEN, "kind": "organisation"}
    made.claim(published=False, text="Kept back.", claimant=someone, story="secret")
    attach(made, 2, "https://example.org/leak", "Secret Outlet", "document")
    made.editor.patch("/v1/outlets/1", {"kind": "government", "country": "KZ", "owner": "City Council"})
    made.editor.post("/v1/outlets/1/assessments", {"reliability": "B", "reason": "Right so far."})
    yield made
    made.desk.close()


def attach(room: Newsroom, claim_id: int, url: str, outlet: str, kind: str) -> None:
    source = {"url": url, "outlet": outlet, "kind": kind, "stance": "supports", "title": outlet}
    assert room.reviewer.post(f"/v1/claims/{claim_id}/sources", source).status_code == 201


def found(room: Newsroom, noun: str, **query: Any) -> list[int]:
    answer = room.admin.get(f"/v1/{noun}?{urlencode({'sort': 'id', **query})}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


def test_it_works(room: Newsroom) -> None:
    for noun, public, all_ in (
        ("sources", [1, 2], [1, 2, 3]),
        ("outlets", [1, 2], [1, 2, 3]),
        ("claimants", [1], [1, 2]),
        ("stories", [1], [1, 2]),
    ):
        answer = room.anonymous.get(f"/v1/{noun}?sort=id&count=true")
        assert [item["id"] for item in answer.json["items"]] == public
        assert answer.json["total"] == len(public)
        assert found(room, noun) == all_


@pytest.mark.parametrize(
    ("noun", "query", "ids"),
    [
        ("sources", {"url": "https://EXAMPLE.org/bridge"}, [1]),
        ("sources", {"url": "http://example.org/bridge#part"}, [1]),
        ("sources", {"url": "https://example.org/elsewhere"}, []),
        ("sources", {"outlet": "road office"}, [1]),
        ("sources", {"kind": "image"}, [2]),
        ("sources", {"kind__in": "image,document"}, [1, 2, 3]),
        ("sources", {"original": "unknown"}, [1, 2, 3]),
        ("sources", {"created_at__gte": "2000-01-01"}, [1, 2, 3]),
        ("sources", {"sort": "-id"}, [3, 2, 1]),
        ("outlets", {"name": "PHOTO DESK"}, [2]),
        ("outlets", {"reliability": "B"}, [1]),
        ("outlets", {"reliability__in": "A,B"}, [1]),
        ("outlets", {"kind": "government", "country": "KZ", "owner": "City Council"}, [1]),
        ("outlets", {"country__in": "KZ,FR", "kind__in": "website,newspaper"}, []),
        ("outlets", {"sort": "name"}, [2, 1, 3]),
        ("claimants", {"name": "city council"}, [1]),
        ("claimants", {"kind": "person"}, []),
        ("claimants", {"kind__in": "person,organisation"}, [1, 2]),
        ("claimants", {"sort": "-name"}, [2, 1]),
        ("stories", {"sort": "-slug"}, [2, 1]),
        ("stories", {"created_at__lte": "2000-01-01"}, []),
        ("statuses", {"rating": 5}, [11]),
        ("statuses", {"retired": "true"}, []),
        ("statuses", {"sort": "-id", "limit": 1}, [11]),
        ("reviewers", {"role": "editor"}, [3]),
        ("reviewers", {"active": "false"}, []),
        ("reviewers", {"kind": "script"}, []),
        ("reviewers", {"sort": "name", "limit": 1}, [4]),
    ],
)
def test_filters_and_sorts(room: Newsroom, noun: str, query: dict[str, Any], ids: list[int]) -> None:
    assert found(room, noun, **query) == ids


@pytest.mark.parametrize(
    ("noun", "facet"),
    [
        ("sources", "kind"),
        ("sources", "original"),
        ("outlets", "reliability"),
        ("claimants", "kind"),
    ],
)
def test_facets_lead_on(room: Newsroom, noun: str, facet: str) -> None:
    answer = room.admin.get(f"/v1/{noun}?facet={facet}&count=true").json
    assert sum(value["count"] for value in answer["facets"][facet]) == answer["total"]
    for value in answer["facets"][facet]:
        if value["value"] is not None:
            narrowed = room.admin.get(value["toggle_url"].removeprefix(PUBLIC_URL)).json
            assert narrowed["total"] == value["count"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sources/3",
        "/v1/outlets/3",
        "/v1/claimants/2",
        "/v1/stories/secret",
        "/v1/sources/99",
        "/v1/stories/x",
    ],
)
def test_what_only_an_open_claim_shows_is_not_there_without_a_token(room: Newsroom, path: str) -> None:
    problem = assert_problem(room.anonymous.get(path), 404, "NOT_FOUND", "published")
    assert "secret" not in problem["detail"].replace("story secret", "").lower()


def test_nothing_hidden_stands_in_any_list(room: Newsroom) -> None:
    for noun in OPEN_LISTS:
        for form in ("", ".csv?all=true", ".ndjson?all=true", "?limit=1&count=true"):
            text = room.anonymous.get(f"/v1/{noun}{form}").text.lower()
            assert "secret" not in text
            assert HIDDEN.lower() not in text
            assert "leak" not in text


@pytest.mark.parametrize("noun", [*OPEN_LISTS, "statuses", "reviewers"])
def test_one_reads_as_it_stands_in_the_list(room: Newsroom, noun: str) -> None:
    for item in room.admin.get(f"/v1/{noun}").json["items"]:
        name = item.get("slug", item["id"])
        one = room.admin.get(f"/v1/{noun}/{name}")
        assert one.json == item
        assert one.headers["ETag"] == f'"{item["etag"]}"'
        same = room.admin.get(f"/v1/{noun}/{name}", headers={"If-None-Match": one.headers["ETag"]})
        assert same.status_code == 304


def test_the_vocabulary_is_open_to_all(room: Newsroom) -> None:
    items = room.anonymous.get("/v1/statuses").json["items"]
    assert [item["slug"] for item in items] == [status.slug for status in INITIAL_STATUSES]
    assert [item["rating"] for item in items] == [status.rating for status in INITIAL_STATUSES]


@pytest.mark.parametrize(
    "path", ["/v1/reviewers", "/v1/reviewers/1", "/v1/reviewers.csv", "/v1/tokens", "/v1/tokens/1"]
)
def test_who_works_here_is_for_admins(room: Newsroom, path: str) -> None:
    assert_problem(room.anonymous.get(path), 401, "UNAUTHENTICATED")
    for caller in (room.reader, room.reviewer, room.editor):
        assert assert_problem(caller.get(path), 403, "FORBIDDEN")["needs"] == "admin"
    answer = room.admin.get(path)
    assert answer.status_code == 200
    assert "sha256" not in answer.text
    assert "fct_" not in answer.text


def test_tokens_are_listed_by_reviewer(room: Newsroom) -> None:
    answer = room.admin.get("/v1/tokens?reviewer=3&count=true").json
    assert [item["reviewer"]["name"] for item in answer["items"]] == ["Editor"]
    assert answer["total"] == 1
    assert room.admin.get("/v1/tokens?limit=2").json["next"]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/sources?claim=1", "claim"),
        ("/v1/sources?url=nonsense", "url"),
        ("/v1/outlets?reliability=G", "reliability"),
        ("/v1/outlets?reliability__gte=B", "reliability__gte"),
        ("/v1/outlets?sort=reliability", "sort"),
        ("/v1/outlets?country=KAZ", "country"),
        ("/v1/claimants?kind=robot", "kind"),
        ("/v1/stories?sort=title", "sort"),
        ("/v1/statuses?rating=0", "rating"),
        ("/v1/statuses?facet=rating", "facet"),
        ("/v1/sources/1?fields=id", "fields"),
        ("/v1/tokens?reviewer=x", "reviewer"),
        ("/v1/me?x=1", "x"),
        ("/v1?x=1", "x"),
    ],
)
def test_what_a_list_does_not_take(room: Newsroom, path: str, parameter: str) -> None:
    answer = room.admin.get(path)
    problem = assert_problem(answer, 400, answer.json["code"])
    assert [each["parameter"] for each in problem["errors"]] == [parameter]


def test_the_index_names_every_list(room: Newsroom) -> None:
    resources = room.anonymous.get("/v1").json["resources"]
    assert {*OPEN_LISTS, "claims", "statuses", "corrections", "changes", "reviewers", "tokens", "me"} <= set(
        resources
    )
    for name, address in resources.items():
        asked = {"text": "Anything"} if name == "match" else {}
        assert room.admin.get(address.removeprefix(PUBLIC_URL), query_string=asked).status_code == 200
