"""The past: any address answers as of then with the bytes that were served then."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from db import log
from factcheck.dates import stamp
from tests.conftest import CLAIM, SOURCE, VERDICT, Caller, Newsroom, assert_problem
from tests.test_log import work

# Addresses whose answers depend on nothing but the desk.
SINGLE = (
    *(f"/v1/claims/{number}" for number in range(1, 6)),
    "/v1/claims/ref/r1",
    "/v1/sources/1",
    "/v1/outlets/1",
    "/v1/claimants/1",
    "/v1/statuses/unclear",
    "/v1/stories/story",
)
LISTS = (
    "/v1/claims?sort=id&count=true&facet=status,stage,claimant,story",
    "/v1/claims?sort=-updated_at&status=unclear",
    "/v1/claims?sort=-claimed_on&status__in=false,verified,little_evidence&stage__in=published,open",
    "/v1/claims.csv?sort=id&contested=false&fields=id,status,claimant",
    "/v1/claims.ndjson?sort=id&source=1",
    "/v1/claims?sort=id&reviewer=2&claimed_on__gte=2015",
    "/v1/claims?sort=id&claimant=Council%202",
    "/v1/claims?sort=id&story=story",
    "/v1/sources?sort=id&count=true",
    "/v1/sources?sort=id&outlet=Outlet%201",
    "/v1/outlets?sort=name",
    "/v1/claimants?sort=name",
    "/v1/stories",
    "/v1/statuses?sort=id",
    "/v1/claims/1/verdicts",
    "/v1/claims/2/sources",
)


def seen(who: Caller, path: str, as_of: str | None = None) -> Any:
    """Give what somebody is answered, without what may differ from answer to answer."""
    mark = "&" if "?" in path else "?"
    answer = who.get(f"{path}{mark}as_of={as_of}" if as_of else path)
    assert answer.status_code in (200, 404), answer.text
    if answer.status_code == 404:
        return 404
    if path in SINGLE:
        return answer.get_data(), answer.headers["ETag"]
    if answer.is_json:
        # The addresses of a facet lead on within the moment that was asked for.
        return json.loads(answer.text.replace(f"as_of={as_of}&".replace(":", "%3A"), ""))
    return answer.get_data()


def test_it_works(newsroom: Newsroom) -> None:
    newsroom.claim()
    first = newsroom.anonymous.get("/v1/claims/1")
    newsroom.reviewer.post("/v1/claims/1/verdicts", VERDICT)
    second = newsroom.anonymous.get("/v1/claims/1")
    assert second.json["standing"]["status"] == "little_evidence"
    moment = first.json["updated_at"]
    for as_of in (f"seq:{log.head(newsroom.db).seq - 1}", moment):
        then = newsroom.anonymous.get(f"/v1/claims/1?as_of={as_of}")
        assert (then.get_data(), then.headers["ETag"]) == (first.get_data(), first.headers["ETag"])
        known = {"If-None-Match": first.headers["ETag"]}
        assert newsroom.anonymous.get(f"/v1/claims/1?as_of={as_of}", headers=known).status_code == 304
    today = moment[:10]
    assert newsroom.anonymous.get(f"/v1/claims/1?as_of={today}").get_data() == second.get_data()


@pytest.mark.slow
def test_every_answer_can_be_had_again(newsroom: Newsroom) -> None:
    callers = {"anonymous": newsroom.anonymous, "reader": newsroom.reader}
    told: dict[str, dict[tuple[str, str], Any]] = {}
    for seed in range(25):
        work(newsroom, seed, acts=2)
        at = f"seq:{log.head(newsroom.db).seq}"
        told[at] = {
            (name, path): seen(who, path) for name, who in callers.items() for path in (*SINGLE, *LISTS)
        }
    assert len(told) > 15
    for at, answers in told.items():
        for (name, path), answer in answers.items():
            assert seen(callers[name], path, at) == answer, (at, name, path)


def test_a_day_without_the_claim_says_since_when_it_is_there(newsroom: Newsroom) -> None:
    claim = newsroom.claim()
    problem = assert_problem(newsroom.reader.get("/v1/claims/1?as_of=2022-01-09T12:00Z"), 404, "NOT_FOUND")
    assert f"since {claim['created_at']}" in problem["detail"]
    published = claim["stages"][0]["at"]
    problem = assert_problem(newsroom.anonymous.get("/v1/claims/1?as_of=2022-01-09"), 404, "NOT_FOUND")
    assert f"since {published}" in problem["detail"]
    assert_problem(newsroom.reader.get("/v1/outlets/9?as_of=2022-01-09"), 404, "NOT_FOUND")
    assert "since" not in newsroom.anonymous.get("/v1/claims/9?as_of=2022-01-09").json["detail"]


def test_a_claim_that_was_not_published_then_is_not_read_without_a_token(newsroom: Newsroom) -> None:
    newsroom.claim(published=False)
    drafted = log.head(newsroom.db).seq
    assert newsroom.reader.get(f"/v1/claims/1?as_of=seq:{drafted}").status_code == 200
    refused = newsroom.anonymous.get(f"/v1/claims/1?as_of=seq:{drafted}")
    assert "since" not in refused.json["detail"]
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "published"})
    refused = newsroom.anonymous.get(f"/v1/claims/1?as_of=seq:{drafted}")
    assert f"seq:{drafted + 1}" in assert_problem(refused, 404, "NOT_FOUND")["detail"]
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "withdrawn", "reason": "A slip."})
    newsroom.editor.post("/v1/claims/1/stage", {"stage": "open", "reason": "Again."})
    reopened = log.head(newsroom.db).seq
    assert newsroom.anonymous.get("/v1/claims/1").status_code == 404
    assert newsroom.anonymous.get(f"/v1/claims/1?as_of=seq:{drafted + 1}").status_code == 200
    hidden = newsroom.anonymous.get(f"/v1/claims/1?as_of=seq:{reopened}")
    assert "At that time" in assert_problem(hidden, 404, "NOT_FOUND")["detail"]
    assert [
        item["id"] for item in newsroom.anonymous.get(f"/v1/claims?as_of=seq:{drafted + 1}").json["items"]
    ] == [1]
    assert newsroom.anonymous.get(f"/v1/claims?as_of=seq:{drafted}").json["items"] == []


def test_a_ref_of_the_past_names_the_claim_that_carried_it_then(newsroom: Newsroom) -> None:
    newsroom.claim(ref="cms-1")
    then = log.head(newsroom.db).seq
    newsroom.reviewer.patch("/v1/claims/1", {"ref": "cms-2"}, headers={"If-Match": "*"})
    newsroom.claim(text="Another.", ref="cms-1")
    assert newsroom.anonymous.get(f"/v1/claims/ref/cms-1?as_of=seq:{then}").json["id"] == 1
    assert newsroom.anonymous.get("/v1/claims/ref/cms-1").json["id"] == 2
    assert newsroom.anonymous.get(f"/v1/claims/ref/cms-2?as_of=seq:{then}").status_code == 404


def test_pages_of_the_past_show_one_moment(newsroom: Newsroom) -> None:
    for number in range(5):
        newsroom.claim(text=f"Statement {number}.")
    today = newsroom.anonymous.get("/v1/claims/1").json["created_at"][:10]
    page = newsroom.anonymous.get(f"/v1/claims?as_of={today}&limit=2&sort=id").json
    newsroom.reviewer.post("/v1/claims/5/verdicts", VERDICT)
    newsroom.claim(text="Later.")
    found = page["items"]
    while page["next"]:
        assert "as_of=seq%3A" in page["next"]
        page = newsroom.anonymous.get(page["next"].partition("example.org")[2]).json
        found += page["items"]
    assert [item["id"] for item in found] == [1, 2, 3, 4, 5]
    assert found[4]["verdicts"] == []


NO_PLACE = ("yesterday", "2022", "2022-01", "2022-02-30", "2022-01-09T12:00", "2022-01-09T25:00Z", "seq:0")
NO_LINE = ("seq:01", "seq:-1", "seq:", "12", "", "0000-01-01", "2022-01-09T12:00+25:00", f"seq:{10**20}")


@pytest.mark.parametrize("as_of", [*NO_PLACE, *NO_LINE])
def test_what_names_no_place_in_the_past_is_refused(newsroom: Newsroom, as_of: str) -> None:
    for path in ("/v1/claims/1", "/v1/claims", "/v1/statuses/false"):
        problem = assert_problem(newsroom.anonymous.get(f"{path}?as_of={as_of}"), 400, "INVALID")
        assert problem["errors"][0]["parameter"] == "as_of"


def test_a_line_that_is_not_written_yet_is_refused(newsroom: Newsroom) -> None:
    end = log.head(newsroom.db).seq
    refused = newsroom.anonymous.get(f"/v1/claims?as_of=seq:{end + 1}")
    assert_problem(refused, 400, "INVALID", f"The log ends at seq:{end}")
    assert newsroom.anonymous.get(f"/v1/claims?as_of=seq:{end}").status_code == 200


def test_words_are_looked_for_in_the_present_only(newsroom: Newsroom) -> None:
    assert_problem(
        newsroom.anonymous.get("/v1/claims?q=bridge&as_of=seq:1"), 400, "INVALID", "leave q or as_of"
    )


def test_a_moment_may_have_another_zone(newsroom: Newsroom) -> None:
    claim = newsroom.claim()
    at = datetime.fromisoformat(claim["updated_at"]) + timedelta(hours=6, milliseconds=1)
    # A plus that nobody encoded comes as a blank.
    for plus in ("%2B", "+"):
        zoned = f"{stamp(at)[:-1]}{plus}06:00"
        then = newsroom.anonymous.get(f"/v1/claims/1?as_of={zoned}")
        assert then.json == claim, then.text


def test_time_in_the_log_never_goes_back(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    first = newsroom.claim()
    # The machine's clock, which is nothing of ours, jumps an hour back and then goes on.
    monkeypatch.setattr("factcheck.web.contract.now", lambda: "2001-01-01T00:00:00.000Z")
    second = newsroom.claim(text="After the clock was set back.")
    assert second["created_at"] >= first["updated_at"]
    monkeypatch.undo()
    newsroom.reviewer.post("/v1/claims/2/sources", SOURCE)
    times = [row[0] for row in newsroom.db.conn.execute("SELECT at FROM events ORDER BY seq")]
    assert times == sorted(times)
    then = newsroom.anonymous.get(f"/v1/claims?as_of={first['updated_at']}&sort=id").json
    assert [item["text"] for item in then["items"]][:1] == [CLAIM["text"]]
