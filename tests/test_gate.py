"""What a desk asks of a claim before it publishes it: the rule, readiness, and publishing all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from factcheck.demo.loading import load_demo
from factcheck.gate import Origins, Requirement, judged, side_of
from factcheck.settings import BadSetting, Settings, read_settings
from factcheck.vocabulary import REQUIREMENTS
from factcheck.workflow.verifying import faults_of_log
from tests.conftest import PUBLIC_URL, SOURCE, VERDICT, Caller, Newsroom, assert_problem

STAGE, READINESS = "/v1/claims/1/stage", "/v1/claims/1/readiness"
PUBLISH = {"stage": "published"}
ALL_THE_SAME = {**PUBLISH, "override_reason": "The log is the only one there is."}
LOG = {**SOURCE, "original": "yes"}
FALSE = {"status": "false", "rationale": "The log shows one day.", "sources": [LOG]}
SECOND = {**LOG, "url": "https://harbour.example.org/log", "outlet": "Harbour Office"}

Json = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Ask what a new desk asks for."""
    return Settings(database=str(tmp_path / "desk.db"), public_url=PUBLIC_URL)


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom that asks what a new desk asks for, with an open claim."""
    newsroom.claim(published=False)
    return newsroom


def set_to(newsroom: Newsroom, **changes: Any) -> None:
    """Start the desk anew with the settings of a new desk, but for some."""
    newsroom.desk.close()
    newsroom.open(Settings(database=newsroom.settings.database, public_url=PUBLIC_URL, **changes))
    for role in ("reader", "reviewer", "editor", "admin"):
        caller: Caller = getattr(newsroom, role)
        setattr(newsroom, role, replace(caller, client=newsroom.anonymous.client))


def found(newsroom: Newsroom, name: str, claim: int = 1) -> tuple[bool, str]:
    """Give whether a requirement is met, and why."""
    answer = newsroom.reader.get(f"/v1/claims/{claim}/readiness").json
    (one,) = [each for each in answer["requirements"] if each["name"] == name]
    return one["met"], one["why"]


def test_it_works(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    told = desk.reader.get(READINESS)
    assert told.status_code == 200
    assert (told.json["claim"], told.json["ready"]) == (1, False)
    assert [each["name"] for each in told.json["requirements"]] == list(REQUIREMENTS)
    asked = {each["name"]: each["met"] for each in told.json["requirements"] if each["asked"]}
    assert asked == {"independent_origins": False, "quote_for_refuting": True}
    lines = desk.rows("events")
    problem = assert_problem(desk.editor.post(STAGE, PUBLISH), 409, "CONFLICT", "override_reason")
    _met, why = found(desk, "independent_origins")
    assert problem["unmet"] == [{"name": "independent_origins", "why": why}]
    assert why in problem["detail"]
    assert (desk.rows("events"), desk.rows("stage_changes")) == (lines, 0)
    desk.reviewer.post("/v1/claims/1/sources", SECOND)
    assert desk.reader.get(READINESS).json["ready"] is True
    done = desk.editor.post(STAGE, PUBLISH)
    assert (done.status_code, done.json["stages"][0]["override_reason"]) == (200, None)


def test_an_editor_may_publish_all_the_same_and_readers_are_told(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", {**FALSE, "sources": [{**SOURCE, "quote": None}]})
    done = desk.editor.post(STAGE, ALL_THE_SAME)
    assert done.status_code == 200
    (step,) = desk.anonymous.get("/v1/claims/1").json["stages"]
    assert step["override_reason"] == ALL_THE_SAME["override_reason"]
    assert step["unmet"] == ["independent_origins", "quote_for_refuting"]
    line = desk.anonymous.get("/v1/changes?act=claim:publish").json["items"][0]
    assert line["summary"] == (
        "Editor published the claim without independent origins and quote for refuting: "
        "The log is the only one there is."
    )
    assert line["why"] == ALL_THE_SAME["override_reason"]
    assert line["changes"]["override"] == {
        "reason": ALL_THE_SAME["override_reason"],
        "unmet": ["independent_origins", "quote_for_refuting"],
    }
    assert list(faults_of_log(desk.db)) == []


def test_an_override_of_nothing_is_not_kept(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    done = desk.editor.post(STAGE, {**ALL_THE_SAME, "reason": "It is ready."})
    assert done.status_code == 200
    (step,) = done.json["stages"]
    assert (step["override_reason"], step["unmet"], step["reason"]) == (None, [], "It is ready.")
    line = desk.anonymous.get("/v1/changes?act=claim:publish").json["items"][0]
    assert (line["summary"], "override" in line["changes"]) == (
        "Editor published the claim: It is ready.",
        False,
    )


def test_both_reasons_are_told(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    desk.editor.post(STAGE, {**ALL_THE_SAME, "reason": "For the evening."})
    line = desk.anonymous.get("/v1/changes?act=claim:publish").json["items"][0]
    assert line["summary"].endswith(
        "without independent origins: The log is the only one there is. (For the evening.)."
    )
    assert line["why"] == "For the evening."


def test_a_reviewer_may_not(desk: Newsroom) -> None:
    refused = desk.reviewer.post(STAGE, ALL_THE_SAME)
    problem = assert_problem(refused, 403, "FORBIDDEN")
    assert problem["act"] == "claim:publish_below_gate"


@pytest.mark.parametrize("stage", ["withdrawn", "open"])
def test_only_publishing_is_overridden(desk: Newsroom, stage: str) -> None:
    body = {"stage": stage, "reason": "So.", "override_reason": "So."}
    refused = desk.editor.post(STAGE, body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (400, "/override_reason")


def test_what_has_no_place_on_the_scale_is_published_as_ever(desk: Newsroom) -> None:
    assert desk.editor.post(STAGE, PUBLISH).status_code == 200


def test_what_was_published_stays_so_and_is_asked_again_when_it_is_published_again(desk: Newsroom) -> None:
    desk.editor.post(STAGE, PUBLISH)
    assert desk.reviewer.post("/v1/claims/1/verdicts", FALSE).status_code == 201
    assert desk.anonymous.get("/v1/claims/1").json["stage"] == "published"
    assert desk.reader.get(READINESS).json["ready"] is False
    assert desk.editor.post(STAGE, PUBLISH).status_code == 200
    for stage in ("withdrawn", "open"):
        desk.editor.post(STAGE, {"stage": stage, "reason": "To look at it once more."})
    assert_problem(desk.editor.post(STAGE, PUBLISH), 409, "CONFLICT", "independent origin")
    again = desk.editor.post(STAGE, ALL_THE_SAME)
    assert [step["unmet"] for step in again.json["stages"]] == [[], [], [], ["independent_origins"]]
    assert list(faults_of_log(desk.db)) == []


def test_lines_of_a_bulk_file_pass_the_same_gate(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    for line, status in (({}, 409), ({"override_reason": "It is late."}, 200)):
        sent = json.dumps({"act": "publish", "claim": 1, **line})
        answer = desk.editor.post("/v1/bulk", data=sent, headers={"Content-Type": "application/x-ndjson"})
        (result,) = [json.loads(each) for each in answer.text.splitlines()]
        assert result["status"] == status, result
        if status == 409:
            assert [each["name"] for each in result["problem"]["unmet"]] == ["independent_origins"]
    assert desk.anonymous.get("/v1/claims/1").json["stages"][0]["override_reason"] == "It is late."


def test_the_desk_chooses_what_it_asks_for(desk: Newsroom) -> None:
    set_to(desk, publish_requires="verdict, primary_source", origins=1)
    refused = desk.editor.post(STAGE, PUBLISH)
    assert [each["name"] for each in refused.json["unmet"]] == ["verdict", "primary_source"]
    desk.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    desk.reviewer.post("/v1/claims/1/sources", {**SOURCE, "kind": "document", "original": "yes"})
    assert desk.editor.post(STAGE, PUBLISH).status_code == 200


def test_a_desk_may_ask_for_nothing(desk: Newsroom) -> None:
    etag = desk.reader.get(READINESS).headers["ETag"]
    set_to(desk, publish_requires="none")
    told = desk.reader.get(READINESS, headers={"If-None-Match": etag})
    assert told.status_code == 200
    assert not any(each["asked"] for each in told.json["requirements"])
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    assert desk.reader.get(READINESS).json["ready"] is True
    assert desk.editor.post(STAGE, PUBLISH).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLISH_REQUIRES", "verdicts"),
        ("PUBLISH_REQUIRES", "verdict,"),
        ("PUBLISH_REQUIRES", "none,verdict"),
        ("PUBLISH_REQUIRES", ""),
        ("ORIGINS", "-1"),
        ("ORIGINS", "two"),
    ],
)
def test_settings_that_mean_nothing(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        read_settings({f"FACTCHECK_{name}": value})


COUNTED: tuple[tuple[str, list[str], bool, str], ...] = (
    (
        "false",
        ["refutes"],
        False,
        "1 independent origin besides the claimant refutes it, and 2 are asked",
    ),
    ("false", ["refutes", "supports"], False, "1 independent origin besides"),
    ("false", ["refutes", "refutes"], True, "2 independent origins besides the claimant refute it"),
    ("false", ["refutes", "unknown"], False, "1 does not count yet: nobody has said by original: yes"),
    ("verified", ["supports", "refutes"], False, "1 independent origin besides the claimant supports"),
    (
        "mixed",
        ["supports", "refutes"],
        True,
        "2 independent origins besides the claimant support or refute",
    ),
    ("disputed", ["supports"], True, "no place on the truth scale"),
)


def test_origins_are_counted_on_the_side_that_the_rating_is_about(desk: Newsroom) -> None:
    for number, (status, stances, met, said) in enumerate(COUNTED, start=1):
        if number > 1:
            desk.claim(published=False, text=f"Statement {number}.")
        sources = [
            {
                **SOURCE,
                "url": f"https://example.org/{number}/{place}",
                "outlet": f"Outlet {place}",
                "stance": "refutes" if stance == "unknown" else stance,
                "original": "unknown" if stance == "unknown" else "yes",
            }
            for place, stance in enumerate(stances)
        ]
        verdict = {"status": status, "rationale": "So.", "sources": sources}
        assert desk.reviewer.post(f"/v1/claims/{number}/verdicts", verdict).status_code == 201
        told = found(desk, "independent_origins", number)
        assert told[0] is met, (status, stances)
        assert said in told[1]


def test_neither_the_claimants_own_nor_what_repeats_counts(desk: Newsroom) -> None:
    own = {**SOURCE, "stance": "supports", "outlet": "City Council", "url": "https://council.example.org/1"}
    repeats = {**SOURCE, "stance": "supports", "outlet": "Evening Post", "original": "no"}
    said = {"status": "verified", "rationale": "So.", "sources": [own, repeats]}
    desk.reviewer.post("/v1/claims/1/verdicts", said)
    met, why = found(desk, "independent_origins")
    assert (met, why[:22]) == (False, "No independent origins")
    own_reporting = {**SOURCE, "stance": "supports", "url": "https://a.example.org/", "original": "yes"}
    made = desk.reviewer.post("/v1/claims/1/sources", own_reporting)
    met, why = found(desk, "independent_origins")
    assert (why[:20], "does not count" in why) == ("1 independent origin", False)
    desk.reviewer.post(f"/v1/claims/1/sources/{made.json['id']}/withdrawal", {"reason": "A slip."})
    assert found(desk, "independent_origins")[1][:22] == "No independent origins"


def test_origins_are_those_that_provenance_finds(desk: Newsroom) -> None:
    """Who only repeats another, who is in the same hand, and what was retracted, adds nothing."""
    sources = [
        {
            "url": f"https://{name.lower()}.example.org/",
            "outlet": name,
            "stance": "supports",
            "original": "yes",
        }
        for name in ("Wire", "Morning")
    ]
    said = {"status": "verified", "rationale": "So.", "sources": sources}
    desk.reviewer.post("/v1/claims/1/verdicts", said)
    two = (True, "2 independent origins besides the claimant support it; 2 are asked for.")
    assert found(desk, "independent_origins") == two
    path = "/v1/sources/2/citations"
    assert desk.reviewer.post(path, {"cites": 1, "kind": "republishes"}).status_code == 201
    assert found(desk, "independent_origins")[0] is False
    assert desk.editor.post(f"{path}/1/withdrawal", {"reason": "It is their own."}).status_code == 201
    assert found(desk, "independent_origins") == two
    for owner, met in (("One Group", False), (None, True)):
        for number in (1, 2):
            assert desk.editor.patch(f"/v1/outlets/{number}", {"owner": owner}).status_code == 200
        assert found(desk, "independent_origins")[0] is met
    assert desk.editor.post("/v1/sources/2/retraction", {"reason": "It was wrong."}).status_code == 201
    assert found(desk, "independent_origins")[1][:20] == "1 independent origin"
    assert_problem(desk.editor.post(STAGE, PUBLISH), 409, "CONFLICT", "Attach one that does not lead back")


def test_a_primary_source_is_first_hand_and_marked_so(desk: Newsroom) -> None:
    path = "/v1/claims/1/sources"
    for source in (
        {"title": "A page", "kind": "page", "original": "yes", "stance": "context"},
        {"title": "A list", "kind": "dataset", "original": "unknown", "stance": "context"},
    ):
        desk.reviewer.post(path, source)
        assert found(desk, "primary_source")[0] is False
    made = desk.reviewer.post(
        path, {"title": "A log", "kind": "document", "original": "yes", "stance": "context"}
    )
    assert found(desk, "primary_source") == (True, "Source 3 is first-hand: document, marked as original.")
    desk.reviewer.post(f"{path}/{made.json['id']}/withdrawal", {"reason": "A slip."})
    assert found(desk, "primary_source")[0] is False


def test_each_source_that_refutes_is_quoted(desk: Newsroom) -> None:
    path, bare = "/v1/claims/1/sources", {**SOURCE, "quote": None}
    assert found(desk, "quote_for_refuting") == (True, "No source refutes it.")
    desk.reviewer.post(path, {**bare, "stance": "supports"})
    assert found(desk, "quote_for_refuting")[0] is True
    desk.reviewer.post(path, bare)
    assert found(desk, "quote_for_refuting") == (
        False,
        "Source 1 refutes it without a quote. Attach what says so again, with its words.",
    )
    desk.reviewer.post(path, {**bare, "url": "https://example.org/2"})
    assert found(desk, "quote_for_refuting")[1].startswith("Sources 1 and 2 refute it without")
    for url in (SOURCE["url"], "https://example.org/2"):
        desk.reviewer.post(path, {**SOURCE, "url": url})
    assert found(desk, "quote_for_refuting") == (True, "Each source that refutes it is quoted.")


READINGS: tuple[tuple[str, Json, bool], ...] = (
    ("/v1/claims/{}/verdicts", VERDICT, True),
    ("/v1/claims/{}/verdicts", {**VERDICT, "status": "unclear"}, False),
    ("/v1/verdicts/{}/opinions", {"opinion": "agree", "reason": "So."}, True),
    ("/v1/verdicts/{}/opinions", {"opinion": "strongly_agree", "reason": "So."}, True),
    ("/v1/verdicts/{}/opinions", {"opinion": "neutral", "reason": "So."}, False),
    ("/v1/verdicts/{}/opinions", {"opinion": "disagree", "reason": "So."}, False),
)


def test_a_second_reader_agrees(desk: Newsroom) -> None:
    set_to(desk, publish_requires="second_reader")
    for number, (path, body, met) in enumerate(READINGS, start=1):
        if number > 1:
            desk.claim(published=False, text=f"Statement {number}.")
        stage = f"/v1/claims/{number}/stage"
        assert found(desk, "second_reader", number) == (
            True,
            "No verdict stands that somebody else could read.",
        )
        # The one who decides is the editor: by a ruling, so that a later verdict does not.
        ruling = desk.editor.post(f"/v1/claims/{number}/rulings", VERDICT).json["id"]
        assert "Nobody but Editor" in found(desk, "second_reader", number)[1]
        assert_problem(desk.editor.post(stage, PUBLISH), 409, "CONFLICT", "another editor")
        on = ruling if "opinions" in path else number
        assert desk.reviewer.post(path.format(on), body).status_code == 201
        told = found(desk, "second_reader", number)
        assert told[0] is met, body
        assert not met or told[1] == "Reviewer agrees with the verdict of Editor."
        assert desk.editor.post(stage, PUBLISH).status_code == (200 if met else 409)
        # Whoever publishes it and is not its author has read it.
        assert desk.admin.post(stage, PUBLISH).status_code == 200


def test_an_opinion_that_was_changed_is_no_second_reading(desk: Newsroom) -> None:
    desk.editor.post("/v1/claims/1/rulings", VERDICT)
    for opinion in ("agree", "disagree"):
        desk.reviewer.post("/v1/verdicts/1/opinions", {"opinion": opinion, "reason": "So."})
    assert found(desk, "second_reader")[0] is False


def test_both_sides_are_there_or_were_looked_for(desk: Newsroom) -> None:
    assert "supports or refutes" in found(desk, "both_sides")[1]
    desk.reviewer.post("/v1/claims/1/sources", SOURCE)
    assert found(desk, "both_sides")[1].startswith("Nothing that supports it is attached")
    desk.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "looked_for": ["supports"]})
    assert found(desk, "both_sides")[0] is True
    desk.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    assert found(desk, "both_sides")[0] is False
    desk.reviewer.post("/v1/claims/1/sources", {**SECOND, "stance": "supports"})
    assert found(desk, "both_sides")[0] is True


def test_people_can_paste_it(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    _met, why = found(desk, "independent_origins")
    assert desk.reader.get(f"{READINESS}.csv").text.splitlines()[:3] == [
        "claim,requirement,asked,met,why",
        "1,verdict,false,true,A verdict stands.",
        f'1,independent_origins,true,false,"{why}"',
    ]
    text = desk.reader.get(f"{READINESS}.txt").text.splitlines()
    assert text[:5] == [
        "Claim 1: The bridge was closed for three days.",
        "It does not meet what this desk asks for.",
        f"not met: independent origins. {why}",
        "met: quote for refuting. Each source that refutes it is quoted.",
        "met, not asked for: verdict. A verdict stands.",
    ]


def test_who_may_ask(desk: Newsroom) -> None:
    for form in ("", ".csv", ".txt"):
        assert_problem(desk.anonymous.get(READINESS + form), 401, "UNAUTHENTICATED")
        assert_problem(desk.reader.get(f"/v1/claims/9/readiness{form}"), 404, "NOT_FOUND")
    assert desk.reader.get(f"{READINESS}?as_of=seq:1").status_code == 400


def test_the_demo_passes_the_gate_of_a_new_desk(tmp_path: Path) -> None:
    settings_of_new = Settings(database=str(tmp_path / "demo.db"))
    room = Newsroom(settings_of_new)
    room.desk.close()
    (tmp_path / "demo.db").unlink()
    room.open(settings_of_new)
    assert load_demo(room.desk, settings_of_new)
    steps = room.anonymous.get("/v1/claims?limit=200").json["items"]
    overridden = [step for claim in steps for step in claim["stages"] if step["override_reason"]]
    assert [step["unmet"] for step in overridden] == [["independent_origins"]]
    room.desk.close()


def test_verify_tells_of_another_override(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    desk.editor.post(STAGE, ALL_THE_SAME)
    for change in ("override_reason = 'Another.'", "unmet = '[]'", "override_reason = NULL, unmet = NULL"):
        desk.db.conn.execute("BEGIN")
        assert desk.by_hand(f"UPDATE stage_changes SET {change}") == 1
        said = "what this line tells of is not in the table stage_changes"
        assert any(said in fault for fault in faults_of_log(desk.db)), change
        desk.db.conn.execute("ROLLBACK")


# The rule itself.

WHO = [{"id": number, "name": f"Reviewer {number}"} for number in (1, 2, 3)]


@st.composite
def claims(draw: st.DrawFn) -> Json:
    """Give a claim, as far as the gate looks at it."""
    verdicts = [
        {
            "id": number,
            "by": WHO[number - 1],
            "status": draw(st.sampled_from(("false", "unclear"))),
            "stands": True,
            "sources": draw(st.lists(st.integers(1, 3), max_size=2)),
            "looked_for": draw(st.lists(st.sampled_from(("supports", "refutes")), max_size=2)),
            "opinions": [
                {
                    "by": who,
                    "opinion": draw(st.sampled_from(("agree", "disagree"))),
                    "stands": draw(st.booleans()),
                }
                for who in WHO
                if who["id"] != number and draw(st.booleans())
            ],
        }
        for number in range(1, draw(st.integers(0, 3)) + 1)
    ]
    sources = [
        {
            "stance": draw(st.sampled_from(("supports", "refutes", "context"))),
            "withdrawal": draw(st.sampled_from((None, {"reason": "So."}))),
            "quote": draw(st.sampled_from((None, {"exact": "So."}))),
            "source": {
                "id": draw(st.integers(1, 3)),
                "kind": draw(st.sampled_from(("page", "document"))),
                "original": draw(st.sampled_from(("yes", "no", "unknown"))),
                "retraction": draw(st.sampled_from((None, None, {"reason": "So."}))),
            },
        }
        for _ in range(draw(st.integers(0, 4)))
    ]
    standing = {
        "decided_by": verdicts[-1]["id"] if verdicts else None,
        "rating": draw(st.sampled_from((None, 1, 3, 5))) if verdicts else None,
    }
    return {"standing": standing, "verdicts": verdicts, "sources": sources}


def by_name(those: list[Requirement]) -> dict[str, bool]:
    return {each.name: each.met for each in those}


@examples(max_examples=80, deadline=None)
@given(claims(), st.integers(0, 4), st.integers(0, 4), st.integers(0, 3))
def test_it_judges_as_its_words_say(claim: Json, count: int, unconfirmed: int, wanted: int) -> None:
    unconfirmed = min(unconfirmed, count)
    those = judged(claim, Origins(count, unconfirmed), wanted)
    assert [each.name for each in those] == list(REQUIREMENTS)
    assert all(each.why.endswith(".") for each in those)
    met = by_name(those)
    attached = [
        each for each in claim["sources"] if not each["withdrawal"] and not each["source"]["retraction"]
    ]
    rated = claim["standing"]["rating"] is not None
    retracted = {each["source"]["id"] for each in claim["sources"] if each["source"]["retraction"]}
    assert met["verdict"] == (
        bool(claim["verdicts"]) and not retracted & set(claim["verdicts"][-1]["sources"])
    )
    assert met["independent_origins"] == (not rated or count - unconfirmed >= wanted)
    against = {None: "", 1: "supports", 3: "", 5: "refutes"}[claim["standing"]["rating"]]
    assert met["primary_source"] == any(
        each["source"]["kind"] == "document"
        and each["source"]["original"] == "yes"
        and each["stance"] != against
        for each in attached
    )
    assert met["quote_for_refuting"] == all(
        any(
            other["quote"]
            for other in attached
            if other["stance"] == "refutes" and other["source"]["id"] == each["source"]["id"]
        )
        for each in attached
        if each["stance"] == "refutes"
    )
    looked = {each["stance"] for each in attached}.union(*(each["looked_for"] for each in claim["verdicts"]))
    assert met["both_sides"] == (looked >= {"supports", "refutes"})


@examples(max_examples=60, deadline=None)
@given(claims(), st.sampled_from(WHO), st.data())
def test_neither_more_evidence_nor_a_publisher_makes_it_less_ready(
    claim: Json, publisher: Json, data: st.DataObject
) -> None:
    before = by_name(judged(claim, Origins(1), 2))
    with_publisher = by_name(judged(claim, Origins(1), 2, publisher))
    assert all(with_publisher[name] for name in before if before[name])
    author = claim["verdicts"][-1]["by"] if claim["verdicts"] else None
    if author and not before["second_reader"]:
        assert with_publisher["second_reader"] == (publisher["id"] != author["id"])
    more = {
        "stance": data.draw(st.sampled_from(("supports", "refutes", "context"))),
        "withdrawal": None,
        "quote": {"exact": "So."},
        "source": {"id": 9, "kind": "document", "original": "yes", "retraction": None},
    }
    after = by_name(judged({**claim, "sources": [*claim["sources"], more]}, Origins(2), 2))
    assert all(after[name] for name in before if before[name])
    mixed = {**claim, "sources": claim["sources"][::-1]}
    assert by_name(judged(mixed, Origins(1), 2)) == before


@pytest.mark.parametrize(
    ("rating", "side"),
    [(None, None), (1, "refutes"), (2, "refutes"), (3, "both"), (4, "supports"), (5, "supports")],
)
def test_which_side_a_rating_is_about(rating: int | None, side: str | None) -> None:
    assert side_of(rating) == side


def test_who_published_it_has_read_what_was_found_before(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    assert found(desk, "second_reader")[0] is False
    desk.editor.post(STAGE, PUBLISH)
    met, why = found(desk, "second_reader")
    assert (met, why) == (True, "Editor, who publishes it, has read the verdict of Reviewer.")
    desk.reviewer.post("/v1/claims/1/verdicts", {**VERDICT, "rationale": "Seen anew."})
    assert found(desk, "second_reader")[0] is False


def test_a_verdict_on_what_was_retracted_is_to_be_given_anew(desk: Newsroom) -> None:
    desk.reviewer.post("/v1/claims/1/verdicts", FALSE)
    assert found(desk, "verdict") == (True, "A verdict stands.")
    assert desk.editor.post("/v1/sources/1/retraction", {"reason": "It was wrong."}).status_code == 201
    met, why = found(desk, "verdict")
    assert (met, why) == (
        False,
        "The verdict that decides rests on source 1, which was retracted. Give it anew.",
    )
