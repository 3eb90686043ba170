"""POST /v1/claims."""

from __future__ import annotations

from tests.conftest import CLAIM, Newsroom


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.post("/v1/claims", CLAIM)
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/claims/1"
    assert made.headers["ETag"] == f'"{made.json["etag"]}"'
    read = newsroom.reviewer.get("/v1/claims/1")
    assert read.data == made.data
    assert read.json["standing"]["status"] == "unreviewed"
