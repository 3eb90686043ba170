"""/v1/match: a text in, the claims that say the same out; and what is like a claim that comes."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from factcheck.demo.loading import load_demo
from factcheck.matching.weights import PACKAGED
from factcheck.settings import Settings
from factcheck.web.parts import NAME
from tests.conftest import CLAIM, PUBLIC_URL, VERDICT, Caller, Newsroom, assert_problem

ASKED = "BREAKING: the protesters are supported from abroad!! #Kazakhstan https://t.example/x"
PATH = "/v1/match"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Give a newsroom whose desk holds the demo; nothing of it is changed."""
    file = tmp_path_factory.mktemp("match") / "desk.db"
    settings = Settings(database=str(file), public_url=PUBLIC_URL, publish_requires="none")
    desk = create_app(settings).extensions[NAME].desk
    load_demo(desk, settings)
    desk.close()
    made = Newsroom(settings)
    yield made
    made.desk.close()


def ask(caller: Caller, text: str, form: str = "", **query: Any) -> Any:
    answer = caller.get(f"{PATH}{form}", query_string={"text": text, **query})
    assert answer.status_code == 200, answer.text
    return answer.text if form else answer.json


def ids(answer: dict[str, Any]) -> list[int]:
    return [each["claim"]["id"] for each in answer["items"]]


def test_it_works(room: Newsroom) -> None:
    answer = ask(room.anonymous, ASKED)
    first = answer["items"][0]
    assert first["claim"] == room.anonymous.get("/v1/claims/10").json
    assert (first["same"], 0.5 < first["score"] <= 1) == ("yes", True)
    assert [each["score"] for each in answer["items"]] == sorted(
        (each["score"] for each in answer["items"]), reverse=True
    )
    shared = next(why for why in first["why"] if why["kind"] == "shared_words")
    assert {"word", "weight"} == set(shared["words"][0])
    checked = answer["checked"]
    assert (checked["claim"], checked["status"], checked["rating"]) == (10, "little_evidence", None)
    assert (answer["text"], answer["semantic"]) == (ASKED, False)


def test_it_is_answered_for_people(room: Newsroom) -> None:
    text = ask(room.anonymous, ASKED, ".txt")
    assert text.startswith("Checked: claim 10, little evidence, contested.\n1. The same (")
    assert "Kassym-Jomart Tokayev: The protesters are supported from abroad.\n" in text
    row = next(csv.DictReader(ask(room.anonymous, ASKED, ".csv").splitlines()))
    assert (row["place"], row["claim"], row["same"], row["status"]) == ("1", "10", "yes", "little_evidence")
    assert row["why"]
    assert room.anonymous.get(PATH, query_string={"text": "x"}, headers={"Accept": "text/csv"}).text


def test_another_figure_is_not_the_same(room: Newsroom) -> None:
    first = ask(room.anonymous, "225 people were killed in the week of unrest.")["items"][0]
    assert (first["claim"]["id"], first["same"]) == (1, "related")


@pytest.mark.parametrize(
    "text",
    [
        "Trains to Oblin were stopped by wolves.",
        "the president said so",
        "dam",
        "I love my dam water in March",
        "The Vexmoor dam lost 40 percent of its water in March.",
        "164",
        "people",
    ],
)
def test_on_a_desk_that_speaks_of_other_things_a_word_proves_nothing(room: Newsroom, text: str) -> None:
    answer = ask(room.anonymous, text)
    assert answer["checked"] is None
    assert {each["same"] for each in answer["items"]} <= {"related", "likely"}


def test_what_is_said_in_other_order_and_with_its_speaker_is_the_same(room: Newsroom) -> None:
    for text in (
        "Tokayev: protesters were supported from abroad",
        "From abroad, the protesters are supported!",
    ):
        assert ask(room.anonymous, text)["checked"]["claim"] == 10, text


def test_any_date_that_a_claim_may_have_can_be_held_against_it(newsroom: Newsroom) -> None:
    newsroom.claim(claimed_on="0000-03")
    for date in ("0000-03", "9999-12", "2024-05-02", "../2024", "2024-05-02/.."):
        assert ask(newsroom.reviewer, CLAIM["text"], date=date)["items"][0]["same"] == "yes", date
        assert newsroom.reviewer.post("/v1/claims", {**CLAIM, "claimed_on": date}).status_code in (200, 201)


def test_a_claim_that_was_recorded_twice_is_still_the_same(newsroom: Newsroom) -> None:
    newsroom.claim()
    newsroom.claim(claimed_on="2024-06-02")
    found = ask(newsroom.reviewer, CLAIM["text"])["items"]
    assert [each["same"] for each in found[:2]] == ["yes", "yes"]


def test_how_much_is_answered_is_asked_for(room: Newsroom) -> None:
    text = "164 people were killed in the week of unrest."
    assert len(ids(ask(room.anonymous, text))) == 5
    assert len(ids(ask(room.anonymous, text, limit=2))) == 2
    assert ids(ask(room.anonymous, text, minimum=0.9)) == [1]
    assert ids(ask(room.anonymous, text, status="outdated")) == [3]
    assert ids(ask(room.anonymous, text, status__in="Outdated", claimed_on__lte="2022-01-08")) == [3]
    picked = ask(room.anonymous, text, fields="id,standing", limit=1)["items"][0]["claim"]
    assert list(picked) == ["id", "standing"]
    # These tell of the text and narrow nothing.
    told = ask(
        room.anonymous, text, claimant="Health Ministry of Kazakhstan", language="en", date="2022-01-10"
    )
    assert len(ids(told)) == 5


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "text"),
        ("text=%20", "text"),
        ("text=a%00b", "text"),
        ("text=a&minimum=2", "minimum"),
        ("text=a&limit=101", "limit"),
        ("text=a&fields=txet", "fields"),
        ("text=a&status=nonsense", "status"),
        ("text=a&date=yesterday", "date"),
        ("text=a&text=b", "text"),
        ("text=a&sort=id", "sort"),
    ],
)
def test_what_is_wrong_is_named(room: Newsroom, query: str, parameter: str) -> None:
    answer = room.anonymous.get(f"{PATH}?{query}")
    code = "UNKNOWN_PARAMETER" if parameter == "sort" else "INVALID"
    assert assert_problem(answer, 400, code)["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/texts"),
        ({"texts": []}, "/texts"),
        ({"texts": ["a"] * 501}, "/texts"),
        ({"texts": ["a"], "text": "b"}, "/texts"),
        ({"texts": ["a", " "]}, "/texts/1"),
        ({"texts": [{"text": "a", "limit": 0}]}, "/texts/0/limit"),
        ({"texts": ["a"] * 500, "limit": 11}, "/limit"),
        ({"texts": ["a"], "status": "nonsense"}, "/status"),
        ({"texts": ["a"], "fields": ["txet"]}, "/fields/0"),
    ],
)
def test_what_is_wrong_in_a_body_is_named(room: Newsroom, body: dict[str, Any], pointer: str) -> None:
    answer = room.anonymous.post(PATH, body)
    assert assert_problem(answer, 400, "INVALID")["errors"][0]["pointer"] == pointer


def test_many_texts_are_answered_as_each_alone(room: Newsroom) -> None:
    texts: list[Any] = [ASKED, {"text": "164 killed", "limit": 1}, "!!!", {"text": "2,500 paratroopers"}]
    answer = room.anonymous.post(PATH, {"texts": texts, "limit": 2, "language": "en"})
    assert (answer.status_code, "ETag" in answer.headers) == (200, True)
    alone = [
        ask(room.anonymous, each if isinstance(each, str) else each["text"], limit=limit, language="en")
        for each, limit in zip(texts, (2, 1, 2, 2), strict=True)
    ]
    assert answer.json["items"] == alone
    assert alone[2] == {"text": "!!!", "items": [], "checked": None, "semantic": False}
    # A long one alone, and as a form; and nothing was written.
    lines = room.rows("events")
    long = "The weather was fine. " * 1000 + ASKED
    assert room.anonymous.post(PATH, {"text": long}).status_code == 200
    form = room.anonymous.post(PATH, data={"text": ASKED, "limit": "1", "fields": "id"})
    assert ids(form.json["items"][0]) == [10]
    assert room.rows("events") == lines
    assert room.anonymous.post(f"{PATH}?dry_run=true", {"text": "a"}).status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "🙂 !!! …",
        '" OR NEAR(x) AND col:* ^',
        "слово 词语 शब्द mixed",
        "killed " * 10_000,
        "x" * 900_000,
        "# @ " * 50_000,
    ],
)
def test_hostile_text_is_answered_in_time(room: Newsroom, text: str) -> None:
    begun = time.process_time()
    answer = room.anonymous.post(PATH, {"text": text})
    assert answer.status_code == 200
    assert time.process_time() - begun < 1


def test_an_answer_is_kept_until_something_is_done(newsroom: Newsroom) -> None:
    newsroom.claim()
    first = newsroom.anonymous.get(f"{PATH}?text=the+bridge+was+closed+for+three+days")
    seen = {"If-None-Match": first.headers["ETag"]}
    assert (
        newsroom.anonymous.get(f"{PATH}?text=the+bridge+was+closed+for+three+days", headers=seen).status_code
        == 304
    )
    assert first.json["checked"] is None
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    again = newsroom.anonymous.get(f"{PATH}?text=the+bridge+was+closed+for+three+days", headers=seen)
    assert (again.status_code, again.json["checked"]["status"]) == (200, "little_evidence")


def test_what_is_not_published_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.claim()
    questions = ("the bridge was closed", "bridge Zyxwvut", "Zyxwvut")
    before = [ask(newsroom.anonymous, text) for text in questions]
    newsroom.claim(text="Zyxwvut closed the bridge.", published=False)
    assert [ask(newsroom.anonymous, text) for text in questions] == before
    assert ids(ask(newsroom.reader, "Zyxwvut")) == [2]
    newsroom.editor.post("/v1/claims/2/stage", {"stage": "withdrawn", "reason": "A slip."})
    newsroom.reviewer.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert ask(newsroom.reader, "Zyxwvut closed the bridge")["checked"] is None


@pytest.fixture
def easily_the_same(settings: Settings, tmp_path: Path) -> Iterator[Newsroom]:
    """Give a newsroom that takes claims for the same sooner than others do."""
    weights = json.loads(PACKAGED.read_text())
    weights["lexical"]["thresholds"] |= {"yes": 0.001, "likely": 0.0001}
    file = tmp_path / "weights.json"
    file.write_text(json.dumps(weights))
    made = Newsroom(replace(settings, matching_weights=str(file)))
    yield made
    made.desk.close()


def test_what_was_found_out_once_is_told_though_it_is_recorded_twice(easily_the_same: Newsroom) -> None:
    newsroom = easily_the_same
    newsroom.claim()
    newsroom.claim(claimed_on="2024-06-02")
    found = ask(newsroom.anonymous, CLAIM["text"])["items"]
    assert [each["same"] for each in found] == ["yes", "yes"]
    last = found[1]["claim"]["id"]
    newsroom.reviewer.post(f"/v1/claims/{last}/verdicts", VERDICT)
    told = ask(newsroom.anonymous, CLAIM["text"])["checked"]
    assert (told["claim"], told["contested"]) == (last, False)
    newsroom.editor.post(
        f"/v1/claims/{last}/verdicts", {**VERDICT, "status": "difficult_to_independently_verify"}
    )
    assert ask(newsroom.anonymous, CLAIM["text"])["checked"]["contested"] is True
    assert ", contested." in ask(newsroom.anonymous, CLAIM["text"], ".txt")


def test_what_is_asked_by_post_is_answered_though_it_was_seen(room: Newsroom) -> None:
    first = room.anonymous.post(PATH, {"text": ASKED})
    for seen in (first.headers["ETag"], "*"):
        again = room.anonymous.post(PATH, {"text": ASKED}, headers={"If-None-Match": seen})
        assert (again.status_code, again.json) == (200, first.json)


def test_a_name_that_is_meant_is_given_as_it_is_written(room: Newsroom) -> None:
    answer = room.anonymous.get(f"{PATH}?text=a&field=id")
    assert "did you mean fields?" in assert_problem(answer, 400, "UNKNOWN_PARAMETER")["detail"]


def test_what_is_like_a_new_claim_is_named_and_not_stored(newsroom: Newsroom) -> None:
    first = newsroom.reviewer.post("/v1/claims", CLAIM)
    assert first.json["similar"] == []
    body = {**CLAIM, "text": "The bridge has been closed for three days!"}
    rehearsed = newsroom.reviewer.post("/v1/claims?dry_run=true", body)
    headers = {"Idempotency-Key": "one"}
    made = newsroom.reviewer.post("/v1/claims", body, headers=headers)
    (similar,) = made.json["similar"]
    assert (similar["id"], similar["text"], bool(similar["why"])) == (1, CLAIM["text"], True)
    assert similar["same"] in ("yes", "likely")
    assert rehearsed.json["similar"] == made.json["similar"]
    assert newsroom.reviewer.post("/v1/claims", body, headers=headers).data == made.data
    # The same claim is not like itself.
    again = newsroom.reviewer.post("/v1/claims", body)
    assert (again.status_code, [each["id"] for each in again.json["similar"]]) == (200, [1])
    put = newsroom.reviewer.put("/v1/claims/ref/cms-1", {**body, "claimed_on": "2024-05-03"})
    assert (put.status_code, {each["id"] for each in put.json["similar"]}) == (201, {1, 2})
    read = newsroom.reader.get("/v1/claims/2")
    assert "similar" not in read.json
    assert read.headers["ETag"] == made.headers["ETag"] == f'"{made.json["etag"]}"'
    assert {**made.json, "similar": []} == {**read.json, "similar": []}
