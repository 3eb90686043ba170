"""/v1/claims/{id}/links and /v1/claims/{id}/family: what claims are to one another, and who says so."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

import pytest

from factcheck.families import RELATIONS, Family, Link
from factcheck.vocabulary import LINK_INVERSES, LINK_KINDS
from factcheck.workflow.checking import faults
from factcheck.workflow.verifying import faults_of_log
from tests.conftest import PUBLIC_URL, Caller, Newsroom, assert_problem


def claims(newsroom: Newsroom, number: int, *, published: bool = True) -> None:
    for _ in range(number):
        newsroom.claim(text=f"{newsroom.rows('claims') + 1} died.", published=published)


def link(
    newsroom: Newsroom, claim: int, kind: str, other: int, *, by: Caller | None = None, **more: Any
) -> dict[str, Any]:
    body = {"other": other, "kind": kind, **more}
    made = (by or newsroom.reviewer).post(f"/v1/claims/{claim}/links", body)
    assert made.status_code in (200, 201), made.text
    return dict(made.json)


def shown(newsroom: Newsroom, claim: int) -> list[tuple[str, int]]:
    links = newsroom.reader.get(f"/v1/claims/{claim}").json["links"]
    return [(each["kind"], each["other"]) for each in links]


def family(caller: Caller, claim: int, query: str = "") -> dict[str, list[int]]:
    answer = caller.get(f"/v1/claims/{claim}/family{query}")
    assert answer.status_code == 200, answer.text
    found = {name: [each["id"] for each in answer.json[name]["items"]] for name in RELATIONS}
    return {name: ids for name, ids in found.items() if ids}


def test_it_works(newsroom: Newsroom) -> None:
    claims(newsroom, 2)
    lines = newsroom.rows("events")
    body = {"other": 2, "kind": "newer_figure_of", "note": "Counted anew."}
    made = newsroom.reviewer.post("/v1/claims/1/links", body)
    assert (made.status_code, made.headers["Location"]) == (201, f"{PUBLIC_URL}/v1/claims/1/links/1")
    assert (made.json["claim"], made.json["state"], made.json["decisions"]) == (1, "confirmed", [])
    assert newsroom.anonymous.get("/v1/claims/1/links/1").json == made.json
    # Both claims show it, each from its side, by one line of the log.
    assert (shown(newsroom, 1), shown(newsroom, 2)) == ([("newer_figure_of", 2)], [("older_figure_of", 1)])
    assert newsroom.rows("events") == lines + 1
    told = newsroom.anonymous.get("/v1/claims/2/history").json["items"][-1]
    assert told["summary"] == "Reviewer recorded that claim 1 is a newer figure of claim 2."
    assert newsroom.anonymous.get("/v1/claims/2/links/1").json["kind"] == "older_figure_of"
    assert family(newsroom.anonymous, 1) == {"older": [2]}
    assert family(newsroom.anonymous, 2) == {"newer": [1]}
    text = newsroom.anonymous.get("/v1/claims/2/family.txt").text
    assert "Newer figure: 1 claim." in text
    assert "[1 newer figure of 2]" in text
    sheet = newsroom.anonymous.get("/v1/claims/2/family.csv").text.splitlines()
    assert sheet[1].startswith("newer,1,1 died.,City Council,2024-05-02,unreviewed,,published,")
    assert list(faults_of_log(newsroom.db)) == []


@pytest.mark.parametrize(
    ("claim", "kind", "other"),
    [(1, "narrower", 2), (2, "broader", 1)],
)
def test_the_same_link_is_one_from_whichever_side(
    newsroom: Newsroom, claim: int, kind: str, other: int
) -> None:
    claims(newsroom, 2)
    assert link(newsroom, 1, "narrower", 2)["id"] == 1
    again = newsroom.editor.post(f"/v1/claims/{claim}/links", {"other": other, "kind": kind})
    assert (again.status_code, again.json["id"], again.json["kind"]) == (200, 1, kind)
    assert newsroom.rows("claim_links") == 1


@pytest.mark.parametrize("kind", LINK_INVERSES)
def test_every_kind_is_read_from_both_sides(newsroom: Newsroom, kind: str) -> None:
    claims(newsroom, 2)
    assert link(newsroom, 1, kind, 2)["kind"] == kind
    assert (shown(newsroom, 1), shown(newsroom, 2)) == ([(kind, 2)], [(LINK_INVERSES[kind], 1)])
    assert list(faults_of_log(newsroom.db)) == []


def test_a_suggestion_is_confirmed_and_taken_back_and_all_of_it_stays(newsroom: Newsroom) -> None:
    claims(newsroom, 2)
    etag = newsroom.reader.get("/v1/claims/1").headers["ETag"]
    suggested = link(newsroom, 1, "same_as", 2, state="suggested")
    assert (suggested["state"], newsroom.reader.get("/v1/claims/1").headers["ETag"]) == ("suggested", etag)
    # Whoever has no token sees nothing of it, not in the log either.
    assert_problem(newsroom.anonymous.get("/v1/claims/1/links/1"), 404, "NOT_FOUND")
    assert newsroom.anonymous.get("/v1/claims/1/links").json["items"] == []
    assert newsroom.anonymous.get("/v1/claims/1/family").json["suggested"] == []
    assert newsroom.anonymous.get("/v1/changes?act=claim:link").json["items"] == []
    assert [each["id"] for each in newsroom.reader.get("/v1/claims/2/family").json["suggested"]] == [1]
    assert "Suggested: claim 1 same as claim 2." in newsroom.reader.get("/v1/claims/1/family.txt").text
    path = "/v1/claims/2/links/1"
    confirmed = newsroom.editor.post(f"{path}/confirmation", {"reason": "Seen both."})
    assert (confirmed.status_code, confirmed.json["state"]) == (201, "confirmed")
    assert newsroom.reviewer.post(f"{path}/confirmation", {}).status_code == 200
    assert shown(newsroom, 1) == [("same_as", 2)]
    # What another confirmed, an editor takes back, with a reason.
    refused = newsroom.reviewer.post(f"{path}/rejection", {"reason": "Not so."})
    assert assert_problem(refused, 403, "FORBIDDEN")["act"] == "link:overturn"
    assert_problem(newsroom.editor.post(f"{path}/rejection", {}), 400, "INVALID", "/reason")
    rejected = newsroom.editor.post(f"{path}/rejection", {"reason": "Another place."})
    assert [each["decision"] for each in rejected.json["decisions"]] == ["confirmed", "rejected"]
    assert newsroom.editor.post(f"{path}/rejection", {"reason": "Another place."}).status_code == 200
    assert_problem(newsroom.editor.post(f"{path}/rejection", {"reason": "Else."}), 409, "CONFLICT")
    assert (shown(newsroom, 1), shown(newsroom, 2)) == ([], [])
    assert family(newsroom.reader, 1) == {}
    # Suggested once more it stays rejected; who says that it holds must say so to the decision.
    assert link(newsroom, 2, "same_as", 1, state="suggested")["state"] == "rejected"
    again = newsroom.reviewer.post("/v1/claims/1/links", {"other": 2, "kind": "same_as"})
    assert_problem(again, 409, "CONFLICT", "Another place.", "/v1/claims/1/links/1/confirmation")
    acts = [line["act"] for line in newsroom.admin.get("/v1/claims/1/history").json["items"]]
    assert acts[-3:] == ["claim:link", "link:confirm", "link:reject"]
    assert list(faults_of_log(newsroom.db)) == []


def test_who_says_that_a_suggested_link_holds_confirms_it(newsroom: Newsroom) -> None:
    claims(newsroom, 2)
    link(newsroom, 1, "same_as", 2, state="suggested")
    said = link(newsroom, 2, "same_as", 1, by=newsroom.editor, note="So it is.")
    assert (said["id"], said["state"]) == (1, "confirmed")
    assert [each["reason"] for each in said["decisions"]] == ["So it is."]


@pytest.mark.parametrize(
    ("held", "new"),
    [
        ([(1, "narrower", 2)], (1, "broader", 2)),
        ([(1, "newer_figure_of", 2), (2, "newer_figure_of", 3)], (3, "newer_figure_of", 1)),
        ([(1, "same_as", 2), (2, "translation_of", 3)], (1, "contradicts", 3)),
        ([(1, "narrower", 2), (2, "same_as", 3)], (3, "narrower", 1)),
        ([(1, "translation_of", 2)], (2, "translation_of", 1)),
        # What a third claim is to both of them, it can't be to one and the same.
        ([(1, "narrower", 2), (1, "contradicts", 3)], (2, "same_as", 3)),
    ],
)
def test_what_contradicts_confirmed_links_is_refused(
    newsroom: Newsroom, held: list[tuple[int, str, int]], new: tuple[int, str, int]
) -> None:
    claims(newsroom, 3)
    for claim, kind, other in held:
        link(newsroom, claim, kind, other)
    for state in ("suggested", "confirmed"):
        body = {"other": new[2], "kind": new[1], "state": state}
        answer = newsroom.reviewer.post(f"/v1/claims/{new[0]}/links", body)
        assert_problem(answer, 409, "CONFLICT", "(link 1)", "Reject what does not hold first.")
    assert newsroom.rows("claim_links") == len(held)


def test_a_suggestion_that_came_to_contradict_is_not_confirmed(newsroom: Newsroom) -> None:
    claims(newsroom, 2)
    link(newsroom, 1, "narrower", 2, state="suggested")
    link(newsroom, 1, "same_as", 2)
    assert_problem(newsroom.editor.post("/v1/claims/1/links/1/confirmation", {}), 409, "CONFLICT", "(link 2)")
    assert newsroom.editor.post("/v1/claims/1/links/1/rejection", {"reason": "No."}).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"other": 1, "kind": "same_as"}, 400, "can't be linked with itself"),
        ({"other": 9, "kind": "same_as"}, 400, "There is no claim 9."),
        ({"other": "cms-9", "kind": "same_as"}, 400, "There is no claim with the ref cms-9."),
        ({"other": 2, "kind": "like"}, 400, "same_as, narrower"),
        ({"other": 2, "kind": "same_as", "state": "rejected"}, 400, "suggested, confirmed"),
        ({"other": 3, "kind": "same_as"}, 409, "Claim 3 is withdrawn."),
    ],
)
def test_what_is_wrong_is_named(newsroom: Newsroom, body: dict[str, Any], status: int, said: str) -> None:
    claims(newsroom, 3)
    newsroom.editor.post("/v1/claims/3/stage", {"stage": "withdrawn", "reason": "A slip."})
    answer = newsroom.reviewer.post("/v1/claims/1/links", body)
    assert_problem(answer, status, "INVALID" if status == 400 else "CONFLICT", said)
    assert_problem(
        newsroom.reviewer.post("/v1/claims/3/links", {**body, "other": 1}),
        *((409, "CONFLICT") if body["kind"] == "same_as" and "state" not in body else (400, "INVALID")),
    )
    for path in ("/v1/claims/9/links", "/v1/claims/1/links/9", "/v1/claims/9/family"):
        assert_problem(newsroom.reader.get(path), 404, "NOT_FOUND")
    assert newsroom.rows("claim_links") == 0


def test_nothing_is_told_of_what_is_not_published(newsroom: Newsroom) -> None:
    claims(newsroom, 1)
    claims(newsroom, 1, published=False)
    claims(newsroom, 1)
    link(newsroom, 1, "same_as", 2, note="Zyxwvut said so.")
    link(newsroom, 2, "same_as", 3)
    assert newsroom.anonymous.get("/v1/claims/1/links").json["items"] == []
    assert family(newsroom.anonymous, 1) == {}
    # Its own text is the same for all callers; that of a claim which is not published tells all.
    assert (shown(newsroom, 1), shown(newsroom, 3)) == ([], [])
    assert shown(newsroom, 2) == [("same_as", 1), ("same_as", 3)]
    assert "Zyxwvut" not in newsroom.anonymous.get("/v1/changes").text
    assert "Zyxwvut" not in newsroom.anonymous.get("/v1/claims/1/history").text
    assert "Zyxwvut" in newsroom.reader.get("/v1/claims/1/history").text
    assert family(newsroom.reader, 1) == {"same": [2, 3]}
    seq = newsroom.rows("events")
    newsroom.editor.post("/v1/claims/2/stage", {"stage": "published"})
    assert family(newsroom.anonymous, 1) == {"same": [2, 3]}
    assert (shown(newsroom, 1), shown(newsroom, 3)) == ([("same_as", 2)], [("same_as", 2)])
    assert family(newsroom.anonymous, 1, f"?as_of=seq:{seq}") == {}
    assert newsroom.anonymous.get(f"/v1/claims/1?as_of=seq:{seq}").json["links"] == []
    assert family(newsroom.reader, 1, f"?as_of=seq:{seq - 1}") == {"same": [2]}
    newsroom.editor.post("/v1/claims/2/stage", {"stage": "withdrawn", "reason": "A slip."})
    assert (shown(newsroom, 1), shown(newsroom, 3)) == ([], [])
    assert shown(newsroom, 2) == [("same_as", 1), ("same_as", 3)]
    newsroom.editor.post("/v1/claims/2/stage", {"stage": "open", "reason": "No slip."})
    assert (shown(newsroom, 1), shown(newsroom, 2)) == ([], [("same_as", 1), ("same_as", 3)])
    assert list(faults(newsroom.db, "newest")) == []


def test_bulk_lines_link_claims_of_earlier_lines(newsroom: Newsroom) -> None:
    claimant = {"name": "City Council", "kind": "organisation"}
    acts = [
        {"act": "claim", "ref": "a", "text": "One.", "claimant": claimant},
        {"act": "claim", "ref": "b", "text": "Two.", "claimant": claimant},
        {"act": "link", "claim": "a", "other": "b", "kind": "contradicts", "state": "suggested"},
    ]
    body = "\n".join(map(json.dumps, acts))
    answer = newsroom.reviewer.post(
        "/v1/bulk", data=body, content_type="application/x-ndjson"
    ).text.splitlines()
    done = json.loads(answer[2])
    assert (done["status"], done["location"]) == (201, f"{PUBLIC_URL}/v1/claims/1/links/1")
    assert newsroom.reader.get("/v1/claims/2/links").json["items"][0]["state"] == "suggested"


def test_a_changed_link_is_found(newsroom: Newsroom) -> None:
    claims(newsroom, 2)
    link(newsroom, 1, "narrower", 2)
    newsroom.editor.post("/v1/claims/1/links/1/rejection", {"reason": "No."})
    newsroom.by_hand("UPDATE claim_links SET kind = 'broader'")
    newsroom.by_hand("UPDATE claim_link_decisions SET decision = 'confirmed'")
    found = "".join(faults_of_log(newsroom.db))
    assert "claim_links/1 names this line" in found
    assert "claim_link_decisions/1 names this line" in found


def _made_up(seed: int) -> list[Link]:
    chance = random.Random(seed)
    links = []
    for number in range(1, chance.randint(2, 14)):
        claim, other = chance.sample(range(8), 2)
        links.append(Link(number, claim, chance.choice(LINK_KINDS), other))
    return links


TURNED = {"narrower": "broader", "broader": "narrower", "newer": "older", "older": "newer"}


@pytest.mark.parametrize("seed", range(40))
def test_families_are_symmetric_and_the_order_of_links_does_not_matter(seed: int) -> None:
    links = _made_up(seed)
    families = {claim: Family(claim, links) for claim in range(8)}
    shuffled = random.Random(seed + 1).sample(links, len(links))
    for claim, of in families.items():
        another = Family(claim, [link.turned() if link.id % 2 else link for link in shuffled])
        for relation in RELATIONS:
            assert of.related(relation) == another.related(relation)
            for relative in of.related(relation):
                assert claim in families[relative].related(TURNED.get(relation, relation))
                path = of.path(relative, relation)
                assert path == another.path(relative, relation)
                assert (path[0].claim, path[-1].other) == (relative, claim)
                assert all(step.other == following.claim for step, following in pairwise(path))
                assert len(path) == len(families[relative].path(claim, TURNED.get(relation, relation)))


def test_relations_are_composed_as_far_as_they_say_anything() -> None:
    links = [
        Link(1, 2, "narrower", 1),
        Link(2, 3, "translation_of", 2),
        Link(3, 4, "narrower", 3),
        Link(4, 2, "narrower", 5),
        Link(5, 6, "contradicts", 1),
        Link(6, 7, "contradicts", 6),
    ]
    of = Family(1, links)
    assert {name: of.related(name) for name in RELATIONS if of.related(name)} == {
        "narrower": [2, 3, 4],
        "contradicts": [6],
    }
    assert [step.id for step in of.path(4, "narrower")] == [3, 2, 1]
