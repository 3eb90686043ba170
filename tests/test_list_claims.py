"""GET /v1/claims: filters, sorts, facets, fields, counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from factcheck.settings import Settings
from tests.conftest import PUBLIC_URL, Newsroom, assert_problem

MINISTRY = {"name": "Health Ministry", "kind": "organisation"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A desk with six claims, one of them open, that every test here only reads."""
    path: Path = tmp_path_factory.mktemp("lists") / "desk.db"
    made = Newsroom(Settings(database=str(path), public_url=PUBLIC_URL))
    made.reviewer.post("/v1/stories", {"slug": "bridge-2024", "title": "The bridge"})
    made.claim(text="One.", language="en", place="Almaty", claimed_on="2022-01-05", ref="one")
    made.claim(text="Two.", language="kk", claimed_on="2022-01", claimant=MINISTRY, story="bridge-2024")
    made.claim(text="Three.", language="en", claimed_on="2022-01-09?", place="Almaty")
    made.claim(text="Four.", claimed_on=None, claimant=MINISTRY)
    figure = {"measure": "deaths", "value": 164}
    made.claim(text="Five.", claimed_on="2022-02-01/2022-03-01", language="zh-Hant", figure=figure)
    made.claim(text="Six.", published=False, claimed_on="2023", language="en")
    source = {"url": "https://example.org/log", "stance": "supports"}
    for claim_id, status, rests_on in (
        (1, "verified", [source]),
        (2, "little evidence", []),
        (3, "mostly_false", [source]),
        (5, "Little-Evidence", []),
    ):
        verdict = {"status": status, "rationale": "Seen.", "sources": rests_on}
        assert made.reviewer.post(f"/v1/claims/{claim_id}/verdicts", verdict).status_code == 201
    other = {"status": "false", "rationale": "I differ.", "sources": [source]}
    assert made.editor.post("/v1/claims/3/verdicts", other).status_code == 201
    yield made
    made.desk.close()


def found(room: Newsroom, **query: Any) -> list[int]:
    """Ask for a list and give the ids."""
    answer = room.reader.get(f"/v1/claims?{urlencode({'sort': 'id', **query}, doseq=True)}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


def test_it_works(room: Newsroom) -> None:
    answer = room.anonymous.get("/v1/claims")
    assert answer.status_code == 200
    assert list(answer.json) == ["items", "next"]
    assert [item["id"] for item in answer.json["items"]] == [5, 4, 3, 2, 1], "newest first"
    assert answer.json["next"] is None
    assert "Link" not in answer.headers
    assert answer.json["items"][0] == room.anonymous.get("/v1/claims/5").json


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"status": "little_evidence"}, [2, 5]),
        ({"status": "Little Evidence"}, [2, 5]),
        ({"status": "LITTLE-EVIDENCE"}, [2, 5]),
        ({"status": "not yet reviewed"}, [4, 6]),
        ({"status": "partly true"}, []),
        ({"status__in": "verified,little evidence"}, [1, 2, 5]),
        ({"status__in": ["verified", "false"]}, [1, 3]),
        ({"rating": 5}, [1]),
        ({"rating__gte": 1}, [1, 3]),
        ({"rating__lte": 2}, [3]),
        ({"contested": "true"}, [3]),
        ({"contested": "false"}, [1, 2, 4, 5, 6]),
        ({"stage": "open"}, [6]),
        ({"stage__in": "open,withdrawn"}, [6]),
        ({"claimant": "health ministry"}, [2, 4]),
        ({"claimant": "HEALTH-MINISTRY"}, [2, 4]),
        ({"claimant": "Ministry"}, []),
        ({"claimant_id": 2}, [2, 4]),
        ({"language": "en"}, [1, 3, 6]),
        ({"language__in": "kk,zh-Hant"}, [2, 5]),
        ({"place": "Almaty"}, [1, 3]),
        ({"story": "bridge-2024"}, [2]),
        ({"story": "no-such-story"}, []),
        ({"ref": "one"}, [1]),
        ({"reviewer": 3}, [3]),
        ({"source": 1}, [1, 3]),
        ({"measure": "deaths"}, [5]),
        ({"claimed_on": "2022-01"}, [2]),
        ({"claimed_on__gte": "2022-01-06"}, [2, 3, 5, 6]),
        ({"claimed_on__lte": "2022-01-05"}, [1, 2]),
        ({"claimed_on__gte": "2022-02-10", "claimed_on__lte": "2022-02-11"}, [5]),
        ({"claimed_on__gte": "2022-01", "claimed_on__lte": "2022-01"}, [1, 2, 3]),
        ({"claimed_on__gte": "2023"}, [6]),
        ({"created_at__gte": "2000-01-01"}, [1, 2, 3, 4, 5, 6]),
        ({"created_at__lte": "2000-01-01T00:00:00Z"}, []),
        ({"updated_at__lte": "2000-01-01"}, []),
        ({"language": "en", "place": "Almaty", "rating__gte": 3}, [1]),
    ],
)
def test_filters(room: Newsroom, query: dict[str, Any], ids: list[int]) -> None:
    assert found(room, **query) == ids


def test_what_is_open_is_in_no_list_without_a_token(room: Newsroom) -> None:
    for query in ("", "?stage=open", "?language=en", "?q=six", "?count=true&facet=stage&facet=status"):
        answer = room.anonymous.get(f"/v1/claims{query}")
        assert 6 not in [item["id"] for item in answer.json["items"]]
        assert answer.json.get("total", 5) == 5
        assert "open" not in str(answer.json.get("facets", ""))
    assert "Six" not in room.anonymous.get("/v1/claims.csv?all=true").text


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("id", [1, 2, 3, 4, 5, 6]),
        ("-id", [6, 5, 4, 3, 2, 1]),
        ("created_at", [1, 2, 3, 4, 5, 6]),
        ("-created_at", [6, 5, 4, 3, 2, 1]),
        ("updated_at", [4, 6, 1, 2, 5, 3]),
        ("-updated_at", [3, 5, 2, 1, 6, 4]),
        # Whoever gave no date comes first; a month sorts as its first day.
        ("claimed_on", [4, 2, 1, 3, 5, 6]),
        ("-claimed_on", [6, 5, 3, 1, 2, 4]),
    ],
)
def test_sorts(room: Newsroom, sort: str, ids: list[int]) -> None:
    assert found(room, sort=sort) == ids


@pytest.mark.parametrize("name", ["status", "language", "stage", "place", "contested", "story", "claimant"])
def test_facets_count_and_lead_on(room: Newsroom, name: str) -> None:
    answer = room.reader.get(f"/v1/claims?facet={name}&limit=1&count=true").json
    values = answer["facets"][name]
    assert sum(value["count"] for value in values) == 6
    assert [value["count"] for value in values] == sorted((v["count"] for v in values), reverse=True)
    for value in values:
        assert list(value) == ["value", "count", "selected", "toggle_url"]
        assert value["selected"] is False
        if value["value"] is None:
            assert value["toggle_url"] is None, "nothing filters by what is not known"
            continue
        narrowed = room.reader.get(value["toggle_url"].removeprefix(PUBLIC_URL)).json
        assert narrowed["total"] == value["count"]
        again = next(each for each in narrowed["facets"][name] if each["value"] == value["value"])
        assert again["selected"] is True
        wide = room.reader.get(again["toggle_url"].removeprefix(PUBLIC_URL)).json
        assert wide["total"] == 6


def test_several_facets_at_once_keep_to_the_filters(room: Newsroom) -> None:
    for query in ("facet=status&facet=language", "facet=status,language"):
        answer = room.reader.get(f"/v1/claims?{query}&place=Almaty").json
        assert list(answer["facets"]) == ["status", "language"]
        assert [(each["value"], each["count"]) for each in answer["facets"]["language"]] == [("en", 2)]
        assert "place=Almaty" in answer["facets"]["status"][0]["toggle_url"]


def test_fields_keep_only_what_is_asked_for(room: Newsroom) -> None:
    answer = room.anonymous.get("/v1/claims?fields=text,id&ref=one").json
    assert answer["items"] == [{"id": 1, "text": "One."}]
    assert room.anonymous.get("/v1/claims?fields=id&fields=text&ref=one").json == answer
    refused = room.anonymous.get("/v1/claims?fields=id,txt")
    problem = assert_problem(refused, 400, "INVALID", "claimed_on")
    assert problem["errors"][0]["parameter"] == "fields"


def test_a_count_is_made_only_when_asked_for(room: Newsroom) -> None:
    assert "total" not in room.anonymous.get("/v1/claims?limit=2").json
    assert room.anonymous.get("/v1/claims?limit=2&count=true").json["total"] == 5
    assert room.anonymous.get("/v1/claims?limit=2&count=true&status=verified").json["total"] == 1
    assert room.anonymous.get("/v1/claims?q=five&count=true").json["total"] == 1


def test_a_list_that_has_not_changed_is_not_sent_again(newsroom: Newsroom) -> None:
    newsroom.claim()
    etag = newsroom.anonymous.get("/v1/claims").headers["ETag"]
    unchanged = newsroom.anonymous.get("/v1/claims", headers={"If-None-Match": etag})
    assert unchanged.status_code == 304
    assert unchanged.data == b""
    assert unchanged.headers["ETag"] == etag
    for other in ("/v1/claims?limit=2", "/v1/claims.csv", "/v1/sources"):
        assert newsroom.anonymous.get(other, headers={"If-None-Match": etag}).status_code == 200
    assert newsroom.reader.get("/v1/claims", headers={"If-None-Match": etag}).status_code == 200
    newsroom.claim(text="Another.")
    assert newsroom.anonymous.get("/v1/claims", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "parameter", "said"),
    [
        ("statuss=false", "statuss", "did you mean status?"),
        ("Status=false", "Status", "did you mean status?"),
        ("pagination=2", "pagination", "the names known here are"),
        ("status=flase", "status", "Did you mean false?"),
        ("status=", "status", "must not be blank"),
        ("status=false&status=true", "status", "once"),
        ("status__in=false,nonsense", "status__in", "nonsense"),
        ("status__gte=false", "status__gte", "did you mean status"),
        ("stage=Open", "stage", "open, published, withdrawn"),
        ("limit=0", "limit", "between 1 and 200"),
        ("limit=201", "limit", "200"),
        ("limit=1e1", "limit", "whole number"),
        ("limit=%2B5", "limit", "whole number"),
        ("limit=5_0", "limit", "whole number"),
        ("limit=٥", "limit", "whole number"),
        ("limit=5&limit=6", "limit", "once"),
        ("limit=99999999999999999999", "limit", ""),
        ("rating=6", "rating", "between 1 and 5"),
        ("contested=yes", "contested", "true or false"),
        ("contested=True", "contested", "true or false"),
        ("claimant_id=0", "claimant_id", ""),
        ("claimant_id=01", "claimant_id", "whole number"),
        ("claimed_on=2022-13", "claimed_on", "EDTF"),
        ("claimed_on__gte=yesterday", "claimed_on__gte", "EDTF"),
        ("created_at__gte=2022-01-01T00:00:00", "created_at__gte", "RFC 3339"),
        ("language=english please", "language", "language tag"),
        ("sort=rating", "sort", "-created_at"),
        ("sort=relevance", "sort", "q"),
        ("facet=text", "facet", "status"),
        ("q=" + "a" * 401, "q", "400"),
        ("q=%00", "q", "control"),
        ("all=true", "all", ".csv"),
        ("cursor=abc", "cursor", "next"),
    ],
)
def test_what_a_list_does_not_take(room: Newsroom, query: str, parameter: str, said: str) -> None:
    answer = room.anonymous.get(f"/v1/claims?{query}")
    assert answer.json["code"] in ("INVALID", "UNKNOWN_PARAMETER", "BAD_CURSOR")
    problem = assert_problem(answer, 400, answer.json["code"], said)
    assert parameter in {each["parameter"].partition("/")[0] for each in problem["errors"]}


def test_every_fault_of_a_query_is_named(room: Newsroom) -> None:
    problem = assert_problem(
        room.anonymous.get("/v1/claims?limit=x&rating=9&nope=1"), 400, "UNKNOWN_PARAMETER", "2 more faults"
    )
    assert {each["parameter"] for each in problem["errors"]} == {"limit", "rating", "nope"}


@pytest.mark.parametrize("query", ["q=%FF", "q=%ED%A0%80", "&".join(f"a{n}=1" for n in range(101))])
def test_a_query_that_cannot_be_read(room: Newsroom, query: str) -> None:
    assert_problem(room.anonymous.get(f"/v1/claims?{query}"), 400, "INVALID", "query")


def test_raw_letters_of_other_scripts_are_read(room: Newsroom) -> None:
    # curl sends an address as it was typed.
    typed = {"QUERY_STRING": "place=Алматы&limit=1".encode().decode("latin-1")}
    answer = room.anonymous.get("/v1/claims", environ_overrides=typed)
    assert answer.json["items"] == []
