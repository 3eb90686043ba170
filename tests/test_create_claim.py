"""POST /v1/claims."""

from __future__ import annotations

import json

import pytest

from tests.conftest import CLAIM, Newsroom

WHOLE = {
    **CLAIM,
    "place": "Riverside",
    "language": "en",
    "ref": "cms/2024:17",
    "appearances": ["https://example.org/a,b", "https://example.org/c"],
    "figure": {
        "measure": "days_closed",
        "value": 3,
        "scope": "the bridge",
        "within": "all bridges",
        "as_of": "2024-05",
        "as_published": "three days",
    },
}


def test_it_works(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.post("/v1/claims", CLAIM)
    assert made.status_code == 201
    assert made.headers["Location"] == "http://desk.example.org/v1/claims/1"
    assert made.headers["ETag"] == f'"{made.json["etag"]}"'
    read = newsroom.reviewer.get("/v1/claims/1")
    assert read.json == {name: value for name, value in made.json.items() if name != "similar"}
    assert read.json["standing"]["status"] == "unreviewed"


def test_everything_that_was_said_is_shown(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.post("/v1/claims", WHOLE).json
    for name in ("text", "claimed_on", "place", "language", "ref", "appearances"):
        assert made[name] == WHOLE[name]
    assert made["claimant"] == {"id": 1, "name": "City Council", "kind": "organisation", "same_as": None}
    assert made["chain"] == [
        {"role": "origin", "name": "City Council", "url": None},
        {"role": "publisher", "name": "Evening Post", "url": None},
    ]
    assert made["figure"] == {
        "measure": "days_closed",
        "value": 3,
        "low": None,
        "high": None,
        "qualifier": "exact",
        "unit": None,
        "scope": "the bridge",
        "within": "all bridges",
        "as_of": "2024-05",
        "as_published": "three days",
    }
    assert (made["stage"], made["stages"], made["sources"], made["verdicts"]) == ("open", [], [], [])
    assert made["created_by"]["name"] == "Reviewer"


def test_what_is_not_known_is_null_and_never_left_out(newsroom: Newsroom) -> None:
    least = newsroom.reviewer.post("/v1/claims", {"text": "So it is.", "claimant": CLAIM["claimant"]}).json
    whole = newsroom.reviewer.post("/v1/claims", WHOLE).json
    assert list(least) == list(whole)
    assert (least["place"], least["story"], least["figure"], least["chain"]) == (None, None, None, [])


@pytest.mark.parametrize(
    "again",
    [
        CLAIM,
        {**CLAIM, "text": "the bridge was closed for THREE days"},
        {**CLAIM, "claimant": {"name": "city council", "kind": "organisation"}},
        {**CLAIM, "place": "Riverside", "chain": []},
    ],
)
def test_the_same_claim_again_is_the_same_claim(newsroom: Newsroom, again: dict[str, object]) -> None:
    made, lines = newsroom.reviewer.post("/v1/claims", CLAIM), newsroom.rows("events")
    repeated = newsroom.editor.post("/v1/claims", again)
    assert (repeated.status_code, repeated.data) == (200, made.data)
    assert repeated.headers["Location"] == made.headers["Location"]
    assert (newsroom.rows("claims"), newsroom.rows("events")) == (1, lines)


@pytest.mark.parametrize(
    "other",
    [
        {**CLAIM, "text": "The bridge was closed for 3.5 days."},
        {**CLAIM, "claimed_on": "2024-05-03"},
        {**CLAIM, "claimed_on": None},
        {**CLAIM, "claimant": {"name": "City Council", "kind": "person"}},
        {**CLAIM, "claimant": {"name": "Road Office", "kind": "organisation"}},
    ],
)
def test_another_text_claimant_or_date_is_another_claim(newsroom: Newsroom, other: dict[str, object]) -> None:
    newsroom.reviewer.post("/v1/claims", CLAIM)
    assert newsroom.reviewer.post("/v1/claims", other).status_code == 201
    assert newsroom.rows("claims") == 2


def test_a_story_must_be_there(newsroom: Newsroom) -> None:
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post("/v1/claims", {**CLAIM, "story": "bridge"})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/story")
    assert (newsroom.rows("events"), newsroom.rows("claimants")) == (lines, 0)
    newsroom.reviewer.post("/v1/stories", {"slug": "bridge", "title": "The bridge"})
    made = newsroom.reviewer.post("/v1/claims", {**CLAIM, "story": "bridge"})
    assert made.json["story"] == {"slug": "bridge", "title": "The bridge"}


def test_a_ref_belongs_to_one_claim(newsroom: Newsroom) -> None:
    newsroom.reviewer.post("/v1/claims", {**CLAIM, "ref": "a"})
    lines = newsroom.rows("events")
    for draft in ({**CLAIM, "text": "Another.", "ref": "a"}, {**CLAIM, "ref": "b"}):
        refused = newsroom.reviewer.post("/v1/claims", draft)
        assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert newsroom.reviewer.post("/v1/claims", {**CLAIM, "ref": "a"}).status_code == 200
    assert newsroom.rows("events") == lines


def test_who_the_claimant_is_elsewhere_completes_him(newsroom: Newsroom) -> None:
    wikidata = "https://www.wikidata.org/wiki/Q1"
    newsroom.reviewer.post("/v1/claims", CLAIM)
    second = {**CLAIM, "text": "Another.", "claimant": {**CLAIM["claimant"], "same_as": wikidata}}
    newsroom.reviewer.post("/v1/claims", second)
    for claim_id in (1, 2):
        assert newsroom.reader.get(f"/v1/claims/{claim_id}").json["claimant"]["same_as"] == wikidata
    lines = newsroom.rows("events")
    somebody_else = {**CLAIM["claimant"], "same_as": "https://www.wikidata.org/wiki/Q2"}
    refused = newsroom.reviewer.post("/v1/claims", {**CLAIM, "text": "Third.", "claimant": somebody_else})
    assert refused.status_code == 409
    assert (newsroom.rows("events"), newsroom.rows("claims")) == (lines, 2)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"text": None}, "/text"),
        ({"text": " \n "}, "/text"),
        ({"text": "x" * 10001}, "/text"),
        ({"claimant": "City Council"}, "/claimant"),
        ({"claimant": {"name": "City Council"}}, "/claimant/kind"),
        ({"claimant": {"name": "…", "kind": "person"}}, "/claimant/name"),
        ({"claimant": {"name": "City Council", "kind": "council"}}, "/claimant/kind"),
        ({"chain": [{"role": "publisher", "name": "A"}, {"role": "origin", "name": "B"}]}, "/chain"),
        ({"chain": [{"role": "origin"}]}, "/chain/0/name"),
        ({"language": "English"}, "/language"),
        ({"appearances": ["ftp://example.org/"]}, "/appearances/0"),
        ({"figure": {"measure": "deaths"}}, "/figure/value"),
        ({"figure": {"measure": "deaths", "low": 2, "high": 1}}, "/figure/low"),
        ({"status": "false"}, "/status"),
        ({"claimed_at": "2024-05-02"}, "/claimed_at"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    newsroom: Newsroom, changes: dict[str, object], pointer: str
) -> None:
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post("/v1/claims", {**CLAIM, **changes})
    assert refused.status_code == 400
    assert pointer in [fault["pointer"] for fault in refused.json["errors"]]
    assert (newsroom.rows("claims"), newsroom.rows("claimants"), newsroom.rows("events")) == (0, 0, lines)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", ""])
def test_json_is_taken_however_curl_labels_it(newsroom: Newsroom, content_type: str) -> None:
    made = newsroom.reviewer.post("/v1/claims", data=json.dumps(CLAIM).encode(), content_type=content_type)
    assert made.status_code == 201


def test_a_form_leads_into_objects_with_dots_and_repeats_names_for_lists(newsroom: Newsroom) -> None:
    # These are the bytes of curl -d text=… -d claimant.name=…, which encodes nothing.
    form = (
        "text=Die Brücke war zu.&claimant.name=Straßenamt&claimant.kind=organisation"
        "&claimed_on=2024-05-02&figure.measure=days_closed&figure.value=3"
        "&appearances=https://example.org/a,b&appearances=https://example.org/c"
    )
    made = newsroom.reviewer.post(
        "/v1/claims", data=form.encode(), content_type="application/x-www-form-urlencoded"
    )
    assert made.status_code == 201, made.text
    assert (made.json["text"], made.json["claimant"]["name"]) == ("Die Brücke war zu.", "Straßenamt")
    assert made.json["figure"]["value"] == 3
    assert made.json["appearances"] == ["https://example.org/a,b", "https://example.org/c"]


@pytest.mark.parametrize(
    "form",
    [
        b"text=a&text=b&claimant.name=c&claimant.kind=person",
        b"text=a&claimant=City Council",
        b"text=\xff&claimant.name=c&claimant.kind=person",
        b"text=%FF&claimant.name=c&claimant.kind=person",
        b"text=a&claimant.name=c&claimant.kind=person&chain.role=origin",
        b"text=a%00&claimant.name=c&claimant.kind=person",
    ],
)
def test_a_form_that_can_be_read_in_two_ways_is_refused(newsroom: Newsroom, form: bytes) -> None:
    lines = newsroom.rows("events")
    refused = newsroom.reviewer.post(
        "/v1/claims", data=form, content_type="application/x-www-form-urlencoded"
    )
    assert refused.status_code == 400
    assert (newsroom.rows("claims"), newsroom.rows("events")) == (0, lines)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_page_elsewhere_cannot_send_a_form_here(newsroom: Newsroom, headers: dict[str, str]) -> None:
    refused = newsroom.reviewer.post(
        "/v1/claims", data=json.dumps(CLAIM), content_type="text/plain", headers=headers
    )
    assert refused.status_code == 415
    assert newsroom.rows("claims") == 0


@pytest.mark.parametrize(
    ("chain", "roles"),
    [
        (["City Council"], ["origin"]),
        (["City Council", "Evening Post"], ["origin", "publisher"]),
        (["City Council", "City Radio", {"name": "Wire"}], ["origin", "relay", "publisher"]),
        ([{"role": "relay", "name": "City Radio"}, "Evening Post"], ["relay", "publisher"]),
    ],
)
def test_names_will_do_for_a_chain(newsroom: Newsroom, chain: list[object], roles: list[str]) -> None:
    made = newsroom.reviewer.post("/v1/claims", {**CLAIM, "chain": chain})
    assert made.status_code == 201, made.text
    assert [link["role"] for link in made.json["chain"]] == roles
