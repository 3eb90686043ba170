"""Input that no schema should meet: refused with a 4xx that says what to do, and nothing stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factcheck.settings import Settings
from tests.conftest import CLAIM, PUBLIC_URL, SOURCE, VERDICT, Caller, Newsroom, assert_problem

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


TABLES = (
    "events",
    "documents",
    "claims",
    "claimants",
    "sources",
    "outlets",
    "evidence",
    "verdicts",
    "stories",
    "statuses",
    "reviewers",
    "tokens",
    "replies",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A desk with one claim; what is refused leaves it as it is, so that tests can share it."""
    path: Path = tmp_path_factory.mktemp("bad-input") / "desk.db"
    made = Newsroom(Settings(database=str(path), public_url=PUBLIC_URL))
    made.claim()
    yield made
    made.desk.close()


@pytest.fixture
def room(desk: Newsroom) -> Iterator[Newsroom]:
    """The desk, on which nothing may be stored by what a test sends."""
    before = {table: desk.rows(table) for table in TABLES}
    yield desk
    assert {table: desk.rows(table) for table in TABLES} == before, "something was stored"


def send(caller: Caller, data: bytes, content_type: str | None = JSON, **more: Any) -> Any:
    return caller("POST", "/v1/claims", data=data, content_type=content_type, **more)


def with_text(inner: str) -> bytes:
    """Write a claim whose text is this piece of JSON."""
    return json.dumps({**CLAIM, "text": "?"}).replace('"?"', inner).encode()


def test_it_works(newsroom: Newsroom) -> None:
    assert send(newsroom.reviewer, with_text('"A text."')).status_code == 201


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"{", "not JSON"),
        (b"null", "JSON object"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"{} {}", "not JSON"),
        (b"{'text': 'x'}", "not JSON"),
        (b'{"text": "x",}', "not JSON"),
        (b'{"text": "x"} // a comment', "not JSON"),
        (b'{"text": "a\nb"}', "not JSON"),
        (b'{"text": NaN}', "NaN"),
        (b'{"text": -Infinity}', "Infinity"),
        (b'{"text": 1e400}', "too large"),
        (b'{"text": 18446744073709551616}', "64 bits"),
        (b'{"text": ' + b"9" * 900 + b"}", "64 bits"),
        (b'{"text": "a", "text": "b"}', "'text' stands twice"),
        (b'{"claimant": {"name": "a", "name": "b"}}', "'name' stands twice"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "32 levels"),
        (b'{"a":' * 100_000, "32 levels"),
        (b"[" * 100_000, "32 levels"),
        (b'{"text": "\xff"}', "UTF-8 at byte 10"),
        (b'{"text": "\xed\xa0\x80"}', "UTF-8"),
        ('{"text": "x"}'.encode("utf-16"), "UTF-8"),
        ('{"text": "x"}'.encode("utf-16-le"), "not"),
        ('{"text": "x"}'.encode("utf-32"), "UTF-8"),
        (with_text(r'"a\u0000b"'), "U+0000"),
        (with_text(r'"a\u001bb"'), "U+001B"),
        (with_text(r'"a\u009fb"'), "U+009F"),
        (with_text(r'"a\ud800b"'), "U+D800"),
        (with_text(r'"\udc00\ud800"'), "U+DC00"),
        (b'{"te\\u0000xt": "x"}', "U+0000"),
    ],
    ids=lambda value: repr(value)[:32],
)
def test_a_body_that_is_no_plain_object(room: Newsroom, data: bytes, said: str) -> None:
    assert_problem(send(room.reviewer, data), 400, "MALFORMED_BODY", said)


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        ({"text": None}, "/text", "null"),
        ({"text": 7}, "/text", "text"),
        ({"text": True}, "/text", "text"),
        ({"text": ["x"]}, "/text", "text"),
        ({"text": {"en": "x"}}, "/text", "text"),
        ({"text": ""}, "/text", "blank"),
        ({"text": " \n\t\u00a0\u2003"}, "/text", "blank"),
        ({"text": "a" * 10001}, "/text", "10000"),
        ({"claimant": "Somebody"}, "/claimant", "object"),
        ({"claimant": None}, "/claimant", "null"),
        ({"claimant": []}, "/claimant", "object"),
        ({"claimant": {}}, "/claimant/name", "missing"),
        ({"claimant": {"name": "X", "kind": "robot"}}, "/claimant/kind", "person, organisation, document"),
        ({"claimant": {"name": "X", "kind": ["person"]}}, "/claimant/kind", "one of"),
        ({"claimant": {"name": "…", "kind": "person"}}, "/claimant/name", "letter"),
        ({"claimant": {"name": "a\nb", "kind": "person"}}, "/claimant/name", "control"),
        ({"claimant": {"name": "X", "kind": "person", "nmae": 1}}, "/claimant/nmae", "did you mean name?"),
        ({"chain": {}}, "/chain", "list"),
        ({"chain": "origin"}, "/chain", "list"),
        ({"chain": [5]}, "/chain/0", "object"),
        ({"chain": [{"role": "source", "name": "x"}]}, "/chain/0/role", "origin, relay, venue, publisher"),
        ({"chain": [{"role": "origin"}]}, "/chain/0/name", "missing"),
        (
            {"chain": [{"role": "publisher", "name": "a"}, {"role": "origin", "name": "b"}]},
            "/chain",
            "in the order",
        ),
        ({"chain": [{"role": "relay", "name": "x"}] * 33}, "/chain", "32"),
        ({"claimed_on": 2022}, "/claimed_on", "text"),
        ({"claimed_on": "yesterday"}, "/claimed_on", "EDTF"),
        ({"claimed_on": "09.01.2022"}, "/claimed_on", "EDTF"),
        ({"claimed_on": "2022-02-30"}, "/claimed_on", "no such day"),
        ({"claimed_on": "2023-02-29"}, "/claimed_on", "no such day"),
        ({"claimed_on": "2022-13"}, "/claimed_on", "EDTF"),
        ({"claimed_on": "2022-W01-1"}, "/claimed_on", "EDTF"),
        ({"claimed_on": "2022-05/2022-01"}, "/claimed_on", "ends before"),
        ({"claimed_on": "２０２２"}, "/claimed_on", "EDTF"),
        ({"claimed_on": "2022-01-09T12:00:00Z"}, "/claimed_on", "EDTF"),
        ({"language": "English"}, "/language", "language tag"),
        ({"language": "en_GB"}, "/language", "language tag"),
        ({"story": "no-such-story"}, "/story", "POST /v1/stories"),
        ({"story": "Not A Slug"}, "/story", "hyphens"),
        ({"appearances": ["ftp://example.org/x"]}, "/appearances/0", "http"),
        ({"appearances": ["https://user:secret@example.org"]}, "/appearances/0", "user name"),
        ({"appearances": ["https://localhost/x"]}, "/appearances/0", "host"),
        ({"appearances": ["javascript:alert(1)"]}, "/appearances/0", "http"),
        ({"appearances": ["https://example.org/" + "a" * 2048]}, "/appearances/0", "2048"),
        ({"ref": "a b"}, "/ref", "letters"),
        ({"ref": "../../etc"}, "/ref", "letters"),
        ({"ref": 7}, "/ref", "text"),
        ({"figure": {"measure": "deaths"}}, "/figure/value", "either value"),
        ({"figure": {"measure": "deaths", "value": "164"}}, "/figure/value", "number"),
        ({"figure": {"measure": "deaths", "value": True}}, "/figure/value", "number"),
        ({"figure": {"measure": "deaths", "value": 1e16}}, "/figure/value", "1e15"),
        ({"figure": {"measure": "deaths", "low": 9, "high": 1}}, "/figure/low", "smaller"),
        ({"figure": {"measure": "Deaths!", "value": 1}}, "/figure/measure", "snake"),
        ({"id": 7}, "/id", "no id here"),
        ({"status": "verified"}, "/status", "no status here"),
        ({"standing": {}}, "/standing", "no standing here"),
        ({"created_at": "2022-01-01T00:00:00Z"}, "/created_at", "no created_at here"),
        ({"a/b~c": 1}, "/a~1b~0c", "no a/b~c here"),
        ({"": 1}, "/", "no"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_values_of_a_claim(room: Newsroom, change: dict[str, Any], pointer: str, said: str) -> None:
    problem = assert_problem(room.reviewer.post("/v1/claims", {**CLAIM, **change}), 400, "INVALID", said)
    assert pointer in {each["pointer"] for each in problem["errors"]}


@pytest.mark.parametrize(
    ("figure", "where", "what"),
    [
        ({"low": 9, "high": 1}, "low", "smaller bound as low"),
        ({"value": 1, "low": 1}, "value", "either value"),
        ({}, "value", "either value"),
        ({"high": 40, "qualifier": "at_least"}, "qualifier", "at_least speaks of the low end; give low"),
        ({"high": 40, "qualifier": "more_than"}, "qualifier", "more_than speaks of the low end"),
        ({"low": 40, "qualifier": "up_to"}, "qualifier", "up_to speaks of the high end"),
        ({"low": 40, "qualifier": "nearly"}, "qualifier", "nearly speaks of the high end"),
        ({"value": 0, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"high": 0, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"low": 5, "high": 5, "qualifier": "nearly"}, "qualifier", "nearly leaves no number here"),
        ({"low": 5, "high": 5, "qualifier": "more_than"}, "qualifier", "more_than leaves no number here"),
        ({"value": 1, "within": "country"}, "within", "This is the scope itself"),
        ({"value": 1, "scope": None, "within": "Country"}, "within", "Say in scope what is counted"),
        ({"value": 1, "as_of": "2022-02-30"}, "as_of", "no such day in the calendar"),
        ({"value": 1, "as_of": "2022-01-09/2022-01-02"}, "as_of", "ends before it begins"),
        ({"value": 1, "as_published": " "}, "as_published", "must not be blank"),
        ({"value": 1, "qualifier": "roughly"}, "qualifier", "exact, about, at_least"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(
    room: Newsroom, figure: dict[str, Any], where: str, what: str
) -> None:
    stated = {"measure": "deaths", "scope": "Country", **figure}
    answer = room.reviewer.post("/v1/claims", {**CLAIM, "figure": stated})
    problem = assert_problem(answer, 400, "INVALID")
    faults = {each["pointer"]: each["detail"].lower() for each in problem["errors"]}
    assert what.lower() in faults[f"/figure/{where}"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e16"])
def test_what_is_no_finite_number_is_refused(room: Newsroom, number: str) -> None:
    claim = (
        '{"text": "So many.", "claimant": {"name": "A", "kind": "person"}, "figure": {"measure": "deaths", '
    )
    answer = send(room.reviewer, f'{claim}"value": {number}}}}}'.encode())
    assert answer.status_code == 400, answer.text
    form = f"text=So&claimant.name=A&claimant.kind=person&figure.measure=deaths&figure.value={number}"
    answer = send(room.reviewer, form.encode(), FORM)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/claims/1/sources", {**SOURCE, "stance": "proves"}, "/stance"),
        ("/v1/claims/1/sources", {**SOURCE, "credibility": 7}, "/credibility"),
        ("/v1/claims/1/sources", {**SOURCE, "credibility": "2"}, "/credibility"),
        ("/v1/claims/1/sources", {**SOURCE, "credibility": True}, "/credibility"),
        ("/v1/claims/1/sources", {**SOURCE, "credibility": 1.5}, "/credibility"),
        ("/v1/claims/1/sources", {**SOURCE, "quote": "words"}, "/quote"),
        ("/v1/claims/1/sources", {**SOURCE, "sha256": "ABC"}, "/sha256"),
        ("/v1/claims/1/sources", {"stance": "supports"}, "/url"),
        ("/v1/claims/1/sources", {"stance": "supports", "source": 99}, "/source"),
        ("/v1/claims/1/sources", {"stance": "supports", "source": 2**63}, None),
        ("/v1/claims/1/verdicts", {**VERDICT, "status": "unreviewed"}, "/status"),
        ("/v1/claims/1/verdicts", {**VERDICT, "status": "nonsense"}, "/status"),
        ("/v1/claims/1/verdicts", {**VERDICT, "status": 1}, "/status"),
        ("/v1/claims/1/verdicts", {**VERDICT, "status": "verified"}, "/sources"),
        ("/v1/claims/1/verdicts", {**VERDICT, "sources": [99]}, "/sources/0"),
        ("/v1/claims/1/verdicts", {**VERDICT, "sources": ["1"]}, "/sources/0"),
        ("/v1/claims/1/verdicts", {**VERDICT, "sources": [True]}, "/sources/0"),
        ("/v1/claims/1/verdicts", {**VERDICT, "sources": [{"url": "x"}]}, "/sources/0/stance"),
        ("/v1/claims/1/verdicts", {**VERDICT, "sources": [1] * 101}, "/sources"),
        ("/v1/claims/1/verdicts", {**VERDICT, "confidence": "certain"}, "/confidence"),
        ("/v1/claims/1/stage", {"stage": "withdrawn"}, "/reason"),
        ("/v1/claims/1/stage", {"stage": "deleted"}, "/stage"),
        ("/v1/sources", {"title": "…", "kind": "rumour"}, "/kind"),
        ("/v1/sources", {"url": "http://[::1"}, "/url"),
        ("/v1/outlets", {"name": "X", "reliability": "A"}, "/reliability"),
        ("/v1/outlets", {"name": "X", "country": "UK"}, "/country"),
        ("/v1/outlets", {"name": "X", "kind": "Newspaper"}, "/kind"),
        ("/v1/sources", {"title": "x", "accessed_at": "2999-01-01T00:00:00Z"}, "/accessed_at"),
        ("/v1/sources", {"title": "x", "accessed_at": "2022-01-09"}, "/accessed_at"),
        ("/v1/stories", {"slug": "A", "title": "x"}, "/slug"),
        ("/v1/statuses", {"slug": "x y", "label": "x", "meaning": "x"}, "/slug"),
        ("/v1/statuses", {"slug": "xy", "label": "x", "meaning": "x", "rating": 6}, "/rating"),
        (
            "/v1/statuses",
            {"slug": "xy", "label": "x", "meaning": "x", "translations": {"?": "x"}},
            "/translations/?",
        ),
        (
            "/v1/statuses",
            {"slug": "xy", "label": "x", "meaning": "x", "translations": ["x"]},
            "/translations",
        ),
        ("/v1/reviewers", {"name": "X", "role": "king"}, "/role"),
        ("/v1/tokens", {"reviewer": 99}, "/reviewer"),
        ("/v1/tokens", {"reviewer": 1, "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ("/v1/tokens", {"reviewer": 1, "expires_at": "tomorrow"}, "/expires_at"),
        ("/v1/tokens", {"reviewer": 1, "role": "admin"}, "/role"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_values_of_the_rest(room: Newsroom, path: str, body: dict[str, Any], pointer: str | None) -> None:
    problem = assert_problem(room.admin.post(path, body), 400, "INVALID" if pointer else "MALFORMED_BODY")
    if pointer:
        assert pointer in {each["pointer"] for each in problem["errors"]}


def test_no_words_of_the_libraries_are_told(room: Newsroom) -> None:
    body = {"text": 1, "claimant": [], "chain": {}, "appearances": "x", "figure": 1, "story": 2}
    problem = assert_problem(room.reviewer.post("/v1/claims", body), 400, "INVALID")
    assert len(problem["errors"]) == 6
    for each in problem["errors"]:
        assert each["detail"].startswith("This must be")


def test_a_flood_of_faults_is_cut_short(room: Newsroom) -> None:
    body = {**CLAIM, **{f"field{number}": 1 for number in range(20_000)}}
    problem = assert_problem(room.reviewer.post("/v1/claims", body), 400, "INVALID")
    assert len(problem["errors"]) <= 100


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"text": "x"}', "application/xml"),
        (b'{"text": "x"}', "application/json; charset=utf-16"),
        (b'{"text": "x"}', "application/json; charset=latin-1"),
        (b'{"text": "x"}', "application/octet-stream"),
        (b"text=x", "text/plain"),
        (b"text=x", None),
        (
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"", None),
        (b"", "text/plain"),
        (b'["text"]', "text/plain"),
        (b"<claim/>", "text/xml"),
        (b"x", "nonsense"),
        (b"x", "application/json/x"),
    ],
)
def test_bodies_of_another_kind(room: Newsroom, data: bytes, content_type: str | None) -> None:
    answer = send(room.reviewer, data, content_type)
    assert answer.status_code in (400, 415)
    code = "UNSUPPORTED_MEDIA_TYPE" if answer.status_code == 415 else "MALFORMED_BODY"
    assert_problem(answer, answer.status_code, code, "JSON")


def test_a_packed_body_is_refused(room: Newsroom) -> None:
    packed = gzip.compress(json.dumps(CLAIM).encode())
    for encoding in ("gzip", "deflate", "br", "identity, gzip"):
        answer = send(room.reviewer, packed, headers={"Content-Encoding": encoding})
        assert_problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding")


@pytest.mark.parametrize("size", [1_048_577, 3_000_000])
def test_a_huge_body(room: Newsroom, size: int) -> None:
    data = b'{"text": "' + b"a" * (size - 12) + b'"}'
    assert_problem(send(room.reviewer, data), 413, "BODY_TOO_LARGE", "1048576 bytes")


def test_the_largest_body_is_read(room: Newsroom) -> None:
    data = b'{"text": "' + b"a" * (1_048_576 - 12) + b'"}'
    assert_problem(send(room.reviewer, data), 400, "INVALID", "10000 characters")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
@pytest.mark.parametrize("content_type", [FORM, "text/plain"])
def test_a_page_of_another_site_cannot_post(
    room: Newsroom, headers: dict[str, str], content_type: str
) -> None:
    data = json.dumps({**CLAIM, "text": "Forged."}).encode()
    assert_problem(send(room.reviewer, data, content_type, headers=headers), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_page_of_our_own_can(newsroom: Newsroom) -> None:
    for number, headers in enumerate(
        ({"Sec-Fetch-Site": "same-origin"}, {"Origin": newsroom.settings.public_url})
    ):
        data = json.dumps({**CLAIM, "text": f"Said {number}."}).encode()
        assert send(newsroom.reviewer, data, FORM, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("data", "pointer", "said"),
    [
        (b"text=a&text=b", "/text", "once"),
        (b"text=a&claimant=x", "/claimant", ""),
        (b"text=%00", "/text", "U+0000"),
        (b"text=%FF", None, "UTF-8"),
        (b"text=a&claimant.name=x&claimant.kind=king", "/claimant/kind", "person"),
        (b"text=a&claimant.name=x&claimant.kind=person&claimant.name=y", "/claimant/name", "once"),
        (b"text=a&claimant.name.first=x", "/claimant/name.first", "no name.first here"),
        (b"txt=a", "/txt", "did you mean text?"),
        (b"text", "/text", "blank"),
        ("text=\udc80".encode("utf-8", "surrogateescape"), None, "UTF-8"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_forms(room: Newsroom, data: bytes, pointer: str | None, said: str) -> None:
    answer = send(room.reviewer, data, FORM)
    problem = assert_problem(answer, 400, answer.json["code"], said)
    if pointer:
        assert pointer in {each["pointer"] for each in problem["errors"]}, problem


def test_a_form_of_too_many_fields(room: Newsroom) -> None:
    data = "&".join(f"a{number}=1" for number in range(2000)).encode()
    assert_problem(send(room.reviewer, data, FORM), 400, "MALFORMED_BODY")


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "a" * 256},
        {"Idempotency-Key": "é"},
        {"Idempotency-Key": "a\tb"},
    ],
)
def test_idempotency_keys(room: Newsroom, headers: dict[str, str]) -> None:
    answer = room.reviewer.post("/v1/claims", {**CLAIM, "text": "New."}, headers=headers)
    problem = assert_problem(answer, 400, "INVALID", "255")
    assert problem["errors"][0]["parameter"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "query", ["dry_run=yes", "dry_run=1", "dry_run=true&dry_run=false", "dryrun=true", "x=1"]
)
def test_queries_of_a_write(room: Newsroom, query: str) -> None:
    answer = room.reviewer.post(f"/v1/claims?{query}", {**CLAIM, "text": "New."})
    assert_problem(answer, 400, answer.json["code"])


@pytest.mark.parametrize(
    "text",
    [
        "Robert'); DROP TABLE claims;--",
        '" OR 1=1 --',
        "%' UNION SELECT sha256 FROM tokens --",
        'text:* AND NEAR(a b) ^"',
        "{{ 7*7 }} ${7*7} <%= 7 %>",
        "=1+1",
        "\u202eoverride\u202c \u200bzero width \u200f",
        "🌉" * 50,
    ],
)
def test_syntax_of_others_is_only_text(newsroom: Newsroom, text: str) -> None:
    made = newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": text, "place": text[:50]})
    assert made.status_code == 201
    assert made.json["text"] == text
    for name in ("place", "q", "claimant"):
        answer = newsroom.reader.get("/v1/claims", query_string={name: text[:50]})
        assert answer.status_code == 200, answer.text
    assert newsroom.rows("claims") == 1


def test_json_of_every_spelling_is_read(newsroom: Newsroom) -> None:
    data = json.dumps(CLAIM).encode()
    for number, (spelled, content_type) in enumerate(
        [
            (data, JSON),
            (data, "application/json; charset=UTF-8"),
            (data, "application/vnd.desk+json"),
            (data, FORM),
            (data, "text/plain"),
            (data, None),
            (b"\xef\xbb\xbf" + data, JSON),
            (b"\n\t " + data + b"\n", JSON),
        ]
    ):
        assert send(newsroom.reviewer, spelled, content_type).status_code == (200 if number else 201)
    assert newsroom.rows("claims") == 1
