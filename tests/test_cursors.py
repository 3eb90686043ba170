"""Paging: by cursor, through rows that grow meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.conftest import CLAIM, PUBLIC_URL, Caller, Newsroom, assert_problem

SORTS = ("created_at", "-created_at", "updated_at", "-updated_at", "claimed_on", "-claimed_on", "id", "-id")


def pages(caller: Caller, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Follow `next` to the end, and see that it is told in the same way each time."""
    address: str | None = f"{PUBLIC_URL}{path}?{urlencode(query)}"
    while address:
        answer = caller.get(address.removeprefix(PUBLIC_URL))
        assert answer.status_code == 200, answer.text
        assert "next" in answer.json
        address = answer.json["next"]
        assert answer.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
        yield answer.json


def test_it_works(newsroom: Newsroom) -> None:
    for number in range(5):
        newsroom.claim(text=f"Claim {number}.")
    found = [
        [item["id"] for item in page["items"]] for page in pages(newsroom.anonymous, "/v1/claims", limit=2)
    ]
    assert found == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_next_is_null_at_the_end_and_only_there(newsroom: Newsroom, count: int) -> None:
    for number in range(count):
        newsroom.claim(text=f"Claim {number}.")
    found = list(pages(newsroom.anonymous, "/v1/claims", limit=2))
    assert len(found) == max(1, -(-count // 2)), "no empty page at the end"
    assert sum(len(page["items"]) for page in found) == count


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    path: Path = tmp_path_factory.mktemp("cursors") / "desk.db"
    made = Newsroom(Settings(database=str(path), public_url=PUBLIC_URL))
    yield made
    made.desk.close()


dates = st.sampled_from([None, "2022", "2022-01", "2022-01-05", "2022-01-05?", "2021/2023", "2020-12-31"])


@settings(
    max_examples=24,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 4),
    old=st.lists(dates, min_size=1, max_size=9),
    new=st.lists(dates, max_size=6),
    query=st.sampled_from([{}, {"q": "statement"}, {"language": "en"}, {"claimed_on__gte": "2021"}]),
)
def test_each_old_row_comes_exactly_once_while_rows_are_added(
    growing: Newsroom, sort: str, limit: int, old: list[Any], new: list[Any], query: dict[str, str]
) -> None:
    story = f"s-{growing.rows('stories')}"
    growing.reviewer.post("/v1/stories", {"slug": story, "title": "A round"})
    add_all(growing, story, "old", old)
    whole = [
        item["id"]
        for item in growing.reader.get(
            f"/v1/claims?{urlencode({'story': story, 'sort': sort, 'limit': 200, **query})}"
        ).json["items"]
    ]
    seen: list[int] = []
    rest = list(new)
    for page in pages(growing.reader, "/v1/claims", story=story, sort=sort, limit=limit, **query):
        seen += [item["id"] for item in page["items"]]
        if rest:
            add_all(growing, story, f"new {len(rest)}", [rest.pop()])
    assert len(seen) == len(set(seen)), "no row twice"
    assert [row for row in seen if row in whole] == whole, "every old row, in its order"


def add_all(room: Newsroom, story: str, name: str, dates: list[Any]) -> None:
    for number, date in enumerate(dates):
        draft = {**CLAIM, "text": f"Statement {name} {number} of {story}.", "claimed_on": date}
        made = room.reviewer.post("/v1/claims", {**draft, "story": story, "language": "en"})
        assert made.status_code == 201


def test_rows_of_one_moment_are_kept_apart(newsroom: Newsroom) -> None:
    for number in range(7):
        newsroom.claim(text=f"Claim {number}.")
    newsroom.db.conn.execute("UPDATE claims SET created_at = '2024-01-01T00:00:00.000Z'")
    for sort, ids in (("created_at", [1, 2, 3, 4, 5, 6, 7]), ("-created_at", [7, 6, 5, 4, 3, 2, 1])):
        found = pages(newsroom.anonymous, "/v1/claims", sort=sort, limit=3)
        assert [item["id"] for page in found for item in page["items"]] == ids


def test_pages_by_relevance_meet_no_row_twice(newsroom: Newsroom) -> None:
    for number in range(7):
        newsroom.claim(text=f"The bridge {'and the bridge ' * (number % 4)}was shut, it is said {number}.")
    seen: list[int] = []
    for page in pages(newsroom.anonymous, "/v1/claims", q="bridge", limit=2):
        seen += [item["id"] for item in page["items"]]
        newsroom.claim(text=f"The bridge, a bridge, this bridge: {len(seen)}.")
    assert sorted(seen) == [1, 2, 3, 4, 5, 6, 7]


def test_csv_and_ndjson_are_paged_by_the_link(newsroom: Newsroom) -> None:
    for number in range(5):
        newsroom.claim(text=f"Claim {number}.")
    for suffix, heading in ((".csv", 1), (".ndjson", 0)):
        address: str | None = f"/v1/claims{suffix}?limit=2"
        rows = 0
        while address:
            answer = newsroom.anonymous.get(address)
            rows += len(answer.text.splitlines()) - heading
            link = re.fullmatch('<(.+)>; rel="next"', answer.headers.get("Link", ""))
            address = link[1].removeprefix(PUBLIC_URL) if link else None
        assert rows == 5


def test_a_cursor_cut_in_one_form_serves_in_another(newsroom: Newsroom) -> None:
    for number in range(3):
        newsroom.claim(text=f"Claim {number}.")
    following = newsroom.anonymous.get("/v1/claims?limit=2").json["next"].removeprefix(PUBLIC_URL)
    answer = newsroom.anonymous.get(following.replace("/v1/claims?", "/v1/claims.ndjson?"))
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [1]


def cursor_of(newsroom: Newsroom, query: str = "") -> str:
    for number in range(3):
        newsroom.claim(text=f"Claim {number}.", language="en")
    found = re.search("cursor=([^&]+)", newsroom.anonymous.get(f"/v1/claims?limit=1{query}").json["next"])
    assert found
    return found[1]


def test_an_altered_cursor_is_refused(newsroom: Newsroom) -> None:
    cursor = cursor_of(newsroom)
    payload, _, signature = cursor.rpartition(".")
    altered = [
        f"{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}.{signature}",
        f"{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        cursor[:-3],
        f"{payload}.",
        payload,
        f"x{cursor}",
        "W10.x",
        quote("😀.😀"),
        "a" * 4000,
    ]
    for each in altered:
        answer = newsroom.anonymous.get(f"/v1/claims?limit=1&cursor={each}")
        problem = assert_problem(answer, 400, answer.json["code"], "next")
        assert problem["errors"][0]["parameter"] == "cursor"
        assert problem["code"] in ("BAD_CURSOR", "INVALID")


@pytest.mark.parametrize(
    "other", ["&status=false", "&sort=created_at", "&language=en", "&q=claim", "&claimed_on__gte=2020"]
)
def test_a_cursor_of_another_list_is_refused(newsroom: Newsroom, other: str) -> None:
    cursor = cursor_of(newsroom)
    answer = newsroom.anonymous.get(f"/v1/claims?limit=1&cursor={cursor}{other}")
    assert_problem(answer, 400, "BAD_CURSOR", "other filters")


def test_a_cursor_needs_its_filters(newsroom: Newsroom) -> None:
    cursor = cursor_of(newsroom, "&language=en")
    assert_problem(newsroom.anonymous.get(f"/v1/claims?limit=1&cursor={cursor}"), 400, "BAD_CURSOR")


def test_a_cursor_of_another_noun_is_refused(newsroom: Newsroom) -> None:
    cursor = cursor_of(newsroom)
    for path in ("/v1/claimants", "/v1/sources", "/v1/claims/1/sources", "/v1/statuses"):
        assert_problem(newsroom.anonymous.get(f"{path}?cursor={cursor}"), 400, "BAD_CURSOR")


def test_a_page_may_have_another_size_and_other_keys(newsroom: Newsroom) -> None:
    cursor = cursor_of(newsroom)
    answer = newsroom.anonymous.get(f"/v1/claims?limit=5&fields=id&count=true&cursor={cursor}")
    assert answer.json == {"items": [{"id": 2}, {"id": 1}], "next": None, "total": 3}


def test_a_cursor_is_good_after_a_restart(newsroom: Newsroom) -> None:
    cursor = cursor_of(newsroom)
    again = create_app(newsroom.settings)
    assert again.test_client().get(f"/v1/claims?limit=1&cursor={cursor}").status_code == 200
    again.extensions[NAME].desk.close()


def test_long_names_make_cursors_that_are_taken_again(newsroom: Newsroom) -> None:
    # A long key is compressed, and the cursor then looks different.
    for letter in "abc":
        claimant = {"name": letter * 300, "kind": "person"}
        newsroom.claim(text=f"Said {letter}.", claimant=claimant)
    found = pages(newsroom.anonymous, "/v1/claimants", sort="name", limit=1)
    assert [page["items"][0]["name"][0] for page in found] == ["a", "b", "c"]


def test_the_next_address_is_the_public_one(newsroom: Newsroom) -> None:
    cursor_of(newsroom)
    answer = newsroom.anonymous.get("/v1/claims?limit=1", headers={"Host": "evil.example"})
    assert answer.json["next"].startswith(f"{PUBLIC_URL}/v1/claims?")
    assert "evil" not in answer.text
