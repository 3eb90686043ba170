"""Lists as CSV and NDJSON."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable

import httpx
import pytest

from factcheck.publishing import sheets
from tests.conftest import SOURCE, VERDICT, Newsroom, Served, assert_problem


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_it_works(newsroom: Newsroom) -> None:
    figure = {"measure": "deaths", "low": 40, "qualifier": "more_than"}
    newsroom.claim(figure=figure, language="en")
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": "false", "sources": [1]})
    answer = newsroom.anonymous.get("/v1/claims.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert rows(answer.text) == [
        {
            "id": "1",
            "ref": "",
            "text": "The bridge was closed for three days.",
            "claimant": "City Council",
            "claimant_kind": "organisation",
            "chain": "City Council > Evening Post",
            "claimed_on": "2024-05-02",
            "place": "",
            "language": "en",
            "story": "",
            "status": "false",
            "rating": "1",
            "since": rows(answer.text)[0]["since"],
            "contested": "false",
            "verdicts": "1",
            "sources": "1",
            "measure": "deaths",
            "value": "",
            "low": "40",
            "high": "",
            "qualifier": "more_than",
            "unit": "",
            "scope": "",
            "within": "",
            "as_of": "",
            "as_published": "",
            "stage": "published",
            "created_at": rows(answer.text)[0]["created_at"],
            "updated_at": rows(answer.text)[0]["updated_at"],
        }
    ]


@pytest.mark.parametrize(
    "text", ['She said "no", twice;', "one\ntwo\n\nthree", "tab\there", "comma, comma", "Мост 桥 🌉", "a > b"]
)
def test_any_text_comes_back_whole(newsroom: Newsroom, text: str) -> None:
    newsroom.claim(text=text)
    answer = newsroom.anonymous.get("/v1/claims.csv")
    assert rows(answer.text)[0]["text"] == text
    assert answer.data.endswith(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(newsroom: Newsroom, start: str) -> None:
    formula = f'{start}HYPERLINK("https://evil.example","x")'
    newsroom.claim(
        text=formula,
        place=formula,
        claimant={"name": formula, "kind": "person"},
        chain=[{"role": "origin", "name": formula}],
    )
    row = rows(newsroom.anonymous.get("/v1/claims.csv").text)[0]
    for column in ("text", "place", "claimant", "chain"):
        assert row[column] == f"'{formula}"
    assert newsroom.anonymous.get("/v1/claims/1").json["text"] == formula, "the claim is as it was said"
    assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())


def test_numbers_stay_numbers(newsroom: Newsroom) -> None:
    newsroom.claim(figure={"measure": "change", "value": -2.5})
    assert rows(newsroom.anonymous.get("/v1/claims.csv").text)[0]["value"] == "-2.5"


def test_ndjson_lines_are_the_stored_texts(newsroom: Newsroom) -> None:
    for number in range(3):
        newsroom.claim(text=f"Claim\n{number}.")
    answer = newsroom.anonymous.get("/v1/claims.ndjson?sort=id")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = answer.data.splitlines(keepends=True)
    assert lines == [newsroom.anonymous.get(f"/v1/claims/{claim_id}").data for claim_id in (1, 2, 3)]


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("text/csv", ".csv"),
        ("application/x-ndjson", ".ndjson"),
        ("text/csv, application/json;q=0.5", ".csv"),
        ("application/json;q=0.2, application/x-ndjson;q=0.9", ".ndjson"),
        ("application/json", ""),
        ("text/html, */*;q=0.8", ""),
        ("text/*", ".csv"),
    ],
)
def test_a_suffix_says_the_same_as_accept(newsroom: Newsroom, accept: str, suffix: str) -> None:
    newsroom.claim()
    asked = newsroom.anonymous.get("/v1/claims", headers={"Accept": accept})
    named = newsroom.anonymous.get(f"/v1/claims{suffix}")
    assert asked.data == named.data
    assert asked.headers["Content-Type"] == named.headers["Content-Type"]


def test_a_suffix_outweighs_accept(newsroom: Newsroom) -> None:
    answer = newsroom.anonymous.get("/v1/claims.csv", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize("path", ["/v1/claims", "/v1/sources", "/v1/outlets", "/v1/claimants", "/v1/stories"])
def test_another_form_there_is_not(newsroom: Newsroom, path: str) -> None:
    for accept in ("image/png", "application/xml", "text/csv;q=0"):
        refused = newsroom.anonymous.get(path, headers={"Accept": accept})
        assert_problem(refused, 406, "NOT_ACCEPTABLE", "text/csv")
    assert_problem(newsroom.anonymous.get(f"{path}.xls"), 404, "NOT_FOUND")


def test_a_csv_can_have_fewer_columns(newsroom: Newsroom) -> None:
    newsroom.claim()
    answer = newsroom.anonymous.get("/v1/claims.csv?fields=id,status")
    assert answer.text == "id,status\r\n1,unreviewed\r\n"
    refused = newsroom.anonymous.get("/v1/claims.csv?fields=standing")
    assert_problem(refused, 400, "INVALID", "claimant_kind")


@pytest.mark.parametrize("noun", sorted(sheets.COLUMNS))
def test_every_list_is_a_sheet(newsroom: Newsroom, noun: str) -> None:
    newsroom.reviewer.post("/v1/stories", {"slug": "s", "title": "S"})
    newsroom.claim(story="s")
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]})
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "status": "false", "sources": [1]})
    answer = newsroom.admin.get(f"/v1/{noun}.csv")
    assert answer.status_code == 200
    assert len(rows(answer.text)) == len(newsroom.admin.get(f"/v1/{noun}").json["items"]) > 0
    assert [name for name, _ in sheets.COLUMNS[noun]] == list(rows(answer.text)[0])


def test_an_empty_list_is_a_heading(newsroom: Newsroom) -> None:
    for query in ("", "?all=true"):
        assert newsroom.anonymous.get(f"/v1/claims.csv{query}").text.count("\r\n") == 1
        assert newsroom.anonymous.get(f"/v1/claims.ndjson{query}").text == ""


def test_every_row_comes_through_the_real_server(serve: Callable[..., Served]) -> None:
    served = serve()
    count = 1203
    # Rows are copied in the file, because sending them one by one is not what is looked at.
    served.flask("demo")
    with sqlite3.connect(served.folder / "desk.db") as conn:
        conn.execute("DELETE FROM claim_search")
        columns = [
            row[1] for row in conn.execute("PRAGMA table_info(claims)") if row[1] not in ("id", "identity")
        ]
        names = ", ".join(columns)
        have = conn.execute("SELECT count(*) FROM claims WHERE stage = 'published'").fetchone()[0]
        conn.executemany(
            f"INSERT INTO claims (identity, {names}) "
            f"SELECT :identity, {names} FROM claims WHERE stage = 'published' LIMIT 1",
            [{"identity": f"copy {number}"} for number in range(count - have)],
        )
    conn.close()
    for suffix, heading in ((".csv", 1), (".ndjson", 0)):
        with httpx.stream("GET", f"{served.url}/v1/claims{suffix}?all=true&limit=2", timeout=30) as answer:
            assert answer.status_code == 200
            assert "Content-Length" not in answer.headers, "it is streamed"
            assert "Link" not in answer.headers
            text = answer.read().decode()
        if heading:
            assert len(rows(text)) == count
        else:
            assert len([json.loads(line) for line in text.splitlines()]) == count
        assert httpx.head(f"{served.url}/v1/claims{suffix}?all=true").content == b""
