"""GET /v1/claims/{id} and /v1/claims/ref/{ref}."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from factcheck.settings import Settings
from tests.conftest import PUBLIC_URL, SOURCE, VERDICT, Newsroom, assert_problem


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "sources": [1]})
    read = newsroom.anonymous.get("/v1/claims/1")
    assert read.status_code == 200
    assert read.headers["Content-Type"] == "application/json"
    claim = read.json
    assert claim["text"] == "The bridge was closed for three days."
    assert claim["claimant"] == {"id": 1, "name": "City Council", "kind": "organisation", "same_as": None}
    assert [link["name"] for link in claim["chain"]] == ["City Council", "Evening Post"]
    assert claim["sources"][0]["source"]["url"] == "https://example.org/bridge"
    assert claim["verdicts"][0]["status"] == claim["standing"]["status"] == "little_evidence"
    assert claim["standing"]["decided_by"] == claim["verdicts"][0]["id"]


def test_the_stored_bytes_are_served(newsroom: Newsroom) -> None:
    newsroom.claim(text="Мост был закрыт «три дня» – \U0001f309")
    stored = newsroom.db.conn.execute(
        "SELECT body, etag FROM documents WHERE noun = 'claims' ORDER BY seq DESC"
    ).fetchone()
    read = newsroom.anonymous.get("/v1/claims/1")
    assert read.data == f"{stored[0]}\n".encode()
    assert "Мост был" in read.text, "text stands as it is, not as escapes"
    assert read.headers["ETag"] == f'"{stored[1]}"'
    assert list(read.json)[-1] == "etag"
    assert read.json["etag"] == stored[1]
    assert PUBLIC_URL not in read.text


def test_every_caller_reads_the_same_bytes(newsroom: Newsroom) -> None:
    newsroom.claim()
    everyone = (newsroom.anonymous, newsroom.reader, newsroom.reviewer, newsroom.editor, newsroom.admin)
    assert len({caller.get("/v1/claims/1").data for caller in everyone}) == 1


@pytest.mark.parametrize("sent", ['"{}"', 'W/"{}"', '"other", "{}"', "{}", "*"])
def test_a_caller_who_has_it_is_told_so(newsroom: Newsroom, sent: str) -> None:
    etag = newsroom.claim()["etag"]
    answer = newsroom.anonymous.get("/v1/claims/1", headers={"If-None-Match": sent.format(etag)})
    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.headers["ETag"] == f'"{etag}"'
    assert "Content-Type" not in answer.headers


def test_a_change_changes_the_etag(newsroom: Newsroom) -> None:
    etag = newsroom.claim()["etag"]
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    answer = newsroom.anonymous.get("/v1/claims/1", headers={"If-None-Match": f'"{etag}"'})
    assert answer.status_code == 200
    assert answer.json["etag"] != etag


def test_what_is_not_published_does_not_exist_without_a_token(newsroom: Newsroom) -> None:
    newsroom.claim(published=False, ref="cms-7")
    for path in ("/v1/claims/1", "/v1/claims/1/sources", "/v1/claims/1/verdicts", "/v1/claims/ref/cms-7"):
        hidden = assert_problem(newsroom.anonymous.get(path), 404, "NOT_FOUND")
        absent = assert_problem(newsroom.anonymous.get(path.replace("1/", "9/")), 404, "NOT_FOUND")
        assert "bridge" not in str(hidden)
        assert hidden["title"] == absent["title"]
        assert newsroom.reader.get(path).status_code == 200
    # That the claim is there can't be told from the answer, not even by its length.
    there, nowhere = (newsroom.anonymous.get(f"/v1/claims/{claim_id}").json for claim_id in (1, 9))
    assert there["detail"].replace("1", "9") == nowhere["detail"]


def test_what_was_published_still_answers_when_withdrawn_and_says_so(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A mistake."})
    read = newsroom.anonymous.get("/v1/claims/1")
    assert (read.status_code, read.json["stage"]) == (200, "withdrawn")
    assert read.json["stages"][-1]["reason"] == "A mistake."
    assert newsroom.anonymous.get("/v1/claims").json["items"] == []


def test_what_was_never_published_stays_unknown_when_withdrawn(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A mistake."})
    assert newsroom.anonymous.get("/v1/claims/1").status_code == 404
    assert newsroom.reader.get("/v1/claims/1").status_code == 200


def test_what_was_reopened_is_unknown_until_it_is_published_again(newsroom: Newsroom) -> None:
    newsroom.claim()
    for stage in ("withdrawn", "open"):
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": "A mistake."})
    assert newsroom.anonymous.get("/v1/claims/1").status_code == 404


@pytest.fixture
def reading_as(settings: Settings) -> Iterator[object]:
    rooms: list[Newsroom] = []

    def make(reading: str) -> Newsroom:
        rooms.append(Newsroom(replace(settings, reading=reading)))
        return rooms[-1]

    yield make
    for room in rooms:
        room.desk.close()


@pytest.mark.parametrize(
    ("reading", "published", "open_", "listed"),
    [("published", 200, 404, 1), ("everything", 200, 200, 2), ("nothing", 401, 401, None)],
)
def test_what_is_read_without_a_token_is_a_setting(
    reading_as: object, reading: str, published: int, open_: int, listed: int | None
) -> None:
    room: Newsroom = reading_as(reading)  # type: ignore[operator]
    room.claim()
    room.claim(published=False, text="The tunnel was closed.")
    assert room.anonymous.get("/v1/claims/1").status_code == published
    assert room.anonymous.get("/v1/claims/2").status_code == open_
    answer = room.anonymous.get("/v1/claims?count=true")
    if listed is None:
        for path in (
            "/v1/claims",
            "/v1/claims.csv?all=true",
            "/v1/sources",
            "/v1/claims/ref/x",
            "/v1/claims/9",
        ):
            assert_problem(room.anonymous.get(path), 401, "UNAUTHENTICATED", "token")
    else:
        assert answer.json["total"] == listed
    assert room.reader.get("/v1/claims?count=true").json["total"] == 2


def test_a_bad_token_is_not_taken_for_none(newsroom: Newsroom) -> None:
    newsroom.claim()
    answer = newsroom.anonymous.get("/v1/claims/1", headers={"Authorization": "Bearer fct_nobody"})
    assert_problem(answer, 401, "UNAUTHENTICATED")


def test_a_claim_is_read_by_the_callers_own_id(newsroom: Newsroom) -> None:
    newsroom.claim(ref="cms/2024/7")
    read = newsroom.anonymous.get("/v1/claims/ref/cms/2024/7")
    assert read.data == newsroom.anonymous.get("/v1/claims/1").data
    assert_problem(newsroom.anonymous.get("/v1/claims/ref/cms/2024"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("text/csv", 406),
        ("application/json;q=0", 406),
        ("image/png", 406),
    ],
)
def test_the_form_is_json_or_none(newsroom: Newsroom, accept: str, status: int) -> None:
    newsroom.claim()
    answer = newsroom.anonymous.get("/v1/claims/1", headers={"Accept": accept})
    assert answer.status_code == status
    if status == 406:
        assert_problem(answer, 406, "NOT_ACCEPTABLE", "application/json")


def test_head_is_get_without_the_body(newsroom: Newsroom) -> None:
    newsroom.claim()
    got, head = newsroom.anonymous.get("/v1/claims/1"), newsroom.anonymous("HEAD", "/v1/claims/1")
    assert head.status_code == 200
    assert head.data == b""
    unlike = {"X-Request-Id"}
    assert {k: v for k, v in head.headers if k not in unlike} == {
        k: v for k, v in got.headers if k not in unlike
    }


def test_a_script_of_another_site_may_ask(newsroom: Newsroom) -> None:
    asked = newsroom.anonymous(
        "OPTIONS",
        "/v1/claims/1",
        headers={"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"},
    )
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in asked.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "GET" in asked.headers["Allow"]
    # No browser may send a desk's credentials along, and none may write from elsewhere.
    assert "Access-Control-Allow-Credentials" not in asked.headers
    assert "POST" not in asked.headers["Access-Control-Allow-Methods"]


def test_a_script_of_another_site_sees_the_headers_it_needs(newsroom: Newsroom) -> None:
    newsroom.claim()
    answer = newsroom.anonymous.get("/v1/claims/1", headers={"Origin": "https://reader.example"})
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Link", "Location", "Retry-After", "X-Request-Id", "X-Error-Code"} <= exposed


@pytest.mark.parametrize("sane", ["a", "4bf92f35-77b3", "nightly:import.7_2"])
def test_a_sane_request_id_is_kept(newsroom: Newsroom, sane: str) -> None:
    answer = newsroom.anonymous.get("/v1", headers={"X-Request-Id": sane})
    assert answer.headers.getlist("X-Request-Id") == [sane]


@pytest.mark.parametrize("strange", ["", "a b", "x" * 129, "<script>", "é", "a\tb"])
def test_another_request_id_is_made_for_a_strange_one(newsroom: Newsroom, strange: str) -> None:
    answer = newsroom.anonymous.get("/v1", headers={"X-Request-Id": strange})
    assert answer.headers["X-Request-Id"] != strange
    assert len(answer.headers["X-Request-Id"]) == 16


def test_caches_are_told_to_ask_again(newsroom: Newsroom) -> None:
    newsroom.claim()
    assert newsroom.anonymous.get("/v1/claims/1").headers["Cache-Control"] == "no-cache"
    assert newsroom.reader.get("/v1/claims/1").headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in newsroom.anonymous.get("/v1/claims/1").headers["Vary"]


def test_parts_of_a_claim_are_lists_and_things_of_their_own(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.reviewer.post("/v1/claims/1/sources", SOURCE)
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    claim = newsroom.anonymous.get("/v1/claims/1").json
    for name, path in (("sources", "/v1/claims/1/sources/1"), ("verdicts", "/v1/verdicts/1")):
        listed = newsroom.anonymous.get(f"/v1/claims/1/{name}?count=true").json
        assert listed == {"items": claim[name], "next": None, "total": 1}
        one = newsroom.anonymous.get(path)
        assert {**claim[name][0], "etag": one.json["etag"]} == one.json
        assert one.headers["ETag"] == f'"{one.json["etag"]}"'
    assert_problem(newsroom.anonymous.get("/v1/claims/1/sources/2"), 404, "NOT_FOUND")
    assert_problem(newsroom.anonymous.get("/v1/verdicts/2"), 404, "NOT_FOUND")


def test_the_parts_of_a_claim_are_paged(newsroom: Newsroom) -> None:
    newsroom.claim()
    for number in range(5):
        newsroom.reviewer.post("/v1/claims/1/sources", {**SOURCE, "url": f"https://example.org/{number}"})
    seen: list[int] = []
    path: str | None = "/v1/claims/1/sources?limit=2"
    while path:
        page = newsroom.anonymous.get(path.removeprefix(PUBLIC_URL))
        seen += [item["id"] for item in page.json["items"]]
        path = page.json["next"]
        assert page.headers.get("Link") == (f'<{path}>; rel="next"' if path else None)
    assert seen == [1, 2, 3, 4, 5]


def test_what_was_written_after_reopening_stays_unknown_when_withdrawn(newsroom: Newsroom) -> None:
    newsroom.claim()
    for stage in ("withdrawn", "open", "withdrawn"):
        newsroom.editor.post("/v1/claims/1/stage", {"stage": stage, "reason": "A mistake."})
    assert newsroom.anonymous.get("/v1/claims/1").status_code == 404
