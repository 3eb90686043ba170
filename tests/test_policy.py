"""Who may do what: every row of the policy, tried over HTTP by every role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factcheck.policy import POLICY
from factcheck.vocabulary import ROLES
from tests.conftest import CLAIM, PUBLIC_HOOK, SOURCE, VERDICT, Caller, Newsroom

Request = tuple[str, str, Any]
Case = Callable[[Newsroom, str, Caller], Request]

# What somebody without a token is told; an open claim is not even known to him.
UNKNOWN = {"desk:read_unpublished": 404, "metrics:read": 404}

# On the desk's own machine everybody may read the metrics, so all ask from elsewhere, through a proxy.
ELSEWHERE = {"X-Forwarded-For": "198.51.100.7"}


def claim(newsroom: Newsroom, word: str, stage: str = "published") -> str:
    """Record a claim that nobody else has, and give its address."""
    path = f"/v1/claims/{newsroom.claim(text=word, published=stage != 'open')['id']}"
    if stage == "withdrawn":
        made(newsroom.admin, f"{path}/stage", {"stage": stage, "reason": word})
    return path


def made(caller: Caller, path: str, body: dict[str, Any]) -> int:
    answer = caller.post(path, body)
    assert answer.status_code in (200, 201), answer.text
    return int(answer.json["id"])


def attached(newsroom: Newsroom, word: str, by: Caller) -> str:
    path = f"{claim(newsroom, word)}/sources"
    return f"{path}/{made(by, path, SOURCE)}"


def verdict(newsroom: Newsroom, word: str, by: Caller) -> str:
    return f"/v1/verdicts/{made(by, f'{claim(newsroom, word)}/verdicts', VERDICT)}"


def claimant(newsroom: Newsroom, word: str) -> str:
    made_claim = newsroom.claim(text=word, claimant={"name": word, "kind": "person"})
    return f"/v1/claimants/{made_claim['claimant']['id']}"


def slug(word: str, blank: str) -> str:
    return word.replace(" ", blank).replace(":", blank)


def source(caller: Caller, title: str) -> int:
    return made(caller, "/v1/sources", {"title": title})


def citation(newsroom: Newsroom, word: str, by: Caller) -> str:
    path = f"/v1/sources/{source(newsroom.admin, word)}/citations"
    return f"{path}/{made(by, path, {'cites': {'title': f'{word} cited'}, 'kind': 'cites'})}"


def link(newsroom: Newsroom, word: str, by: Caller, state: str) -> str:
    path = f"{claim(newsroom, word)}/links"
    other = newsroom.claim(text=f"{word} other")["id"]
    return f"{path}/{made(by, path, {'other': other, 'kind': 'narrower', 'state': state})}"


STATUS = {"meaning": "For a test."}

# Each case arranges what the act needs and gives the request. `by` is whoever will ask.
CASES: dict[str, Case] = {
    "review:plan": lambda room, word, by: ("PUT", f"{claim(room, word)}/review", {"review_by": "2030-01-01"}),
    "source:protect": lambda room, word, by: (
        "POST",
        "/v1/sources",
        {"title": word, "kind": "witness", "protected": True},
    ),
    "source:read_sealed": lambda room, word, by: (
        "GET",
        f"/v1/sources/{made(room.reviewer, '/v1/sources', {'title': word, 'protected': True})}/identity",
        None,
    ),
    "desk:read_unpublished": lambda room, word, by: ("GET", claim(room, word, "open"), None),
    "claim:add": lambda room, word, by: ("POST", "/v1/claims", {**CLAIM, "text": word}),
    "claim:revise": lambda room, word, by: ("PATCH", claim(room, word), {"place": word}),
    "claim:publish": lambda room, word, by: (
        "POST",
        f"{claim(room, word, 'open')}/stage",
        {"stage": "published"},
    ),
    "claim:publish_below_gate": lambda room, word, by: (
        "POST",
        f"{claim(room, word, 'open')}/stage",
        {"stage": "published", "override_reason": word},
    ),
    "claim:withdraw": lambda room, word, by: (
        "POST",
        f"{claim(room, word)}/stage",
        {"stage": "withdrawn", "reason": word},
    ),
    "claim:reopen": lambda room, word, by: (
        "POST",
        f"{claim(room, word, 'withdrawn')}/stage",
        {"stage": "open", "reason": word},
    ),
    "claim:link": lambda room, word, by: (
        "POST",
        f"{claim(room, word)}/links",
        {"other": room.claim(text=f"{word} other")["id"], "kind": "same_as"},
    ),
    "link:decide": lambda room, word, by: (
        "POST",
        f"{link(room, word, room.admin, 'suggested')}/confirmation",
        {},
    ),
    "link:overturn": lambda room, word, by: (
        "POST",
        f"{link(room, word, room.admin, 'confirmed')}/rejection",
        {"reason": word},
    ),
    "source:add": lambda room, word, by: ("POST", "/v1/sources", {"title": word}),
    "source:revise": lambda room, word, by: (
        "PATCH",
        f"/v1/sources/{made(room.admin, '/v1/sources', {'title': word})}",
        {"original": "yes"},
    ),
    "source:retract": lambda room, word, by: (
        "POST",
        f"/v1/sources/{source(room.admin, word)}/retraction",
        {"reason": word},
    ),
    "citation:add": lambda room, word, by: (
        "POST",
        f"/v1/sources/{source(room.admin, word)}/citations",
        {"cites": source(room.admin, f"{word} cited"), "kind": "quotes"},
    ),
    "citation:withdraw": lambda room, word, by: (
        "POST",
        f"{citation(room, word, room.admin)}/withdrawal",
        {"reason": word},
    ),
    "citation:withdraw_own": lambda room, word, by: (
        "POST",
        f"{citation(room, word, by)}/withdrawal",
        {"reason": word},
    ),
    "evidence:attach": lambda room, word, by: ("POST", f"{claim(room, word)}/sources", SOURCE),
    "evidence:withdraw": lambda room, word, by: (
        "POST",
        f"{attached(room, word, room.admin)}/withdrawal",
        {"reason": word},
    ),
    "evidence:withdraw_own": lambda room, word, by: (
        "POST",
        f"{attached(room, word, by)}/withdrawal",
        {"reason": word},
    ),
    "verdict:issue": lambda room, word, by: ("POST", f"{claim(room, word)}/verdicts", VERDICT),
    "verdict:rule": lambda room, word, by: ("POST", f"{claim(room, word)}/rulings", VERDICT),
    "verdict:retract": lambda room, word, by: (
        "POST",
        f"{verdict(room, word, room.admin)}/retraction",
        {"reason": word},
    ),
    "verdict:retract_own": lambda room, word, by: (
        "POST",
        f"{verdict(room, word, by)}/retraction",
        {"reason": word},
    ),
    "opinion:give": lambda room, word, by: (
        "POST",
        f"{verdict(room, word, room.admin)}/opinions",
        {"opinion": "agree", "reason": word},
    ),
    "claimant:revise": lambda room, word, by: ("PATCH", claimant(room, word), {"name": f"{word} renamed"}),
    "outlet:add": lambda room, word, by: ("POST", "/v1/outlets", {"name": word}),
    "outlet:revise": lambda room, word, by: (
        "PATCH",
        f"/v1/outlets/{made(room.admin, '/v1/outlets', {'name': word})}",
        {"owner": word},
    ),
    "outlet:assess": lambda room, word, by: (
        "POST",
        f"/v1/outlets/{made(room.admin, '/v1/outlets', {'name': word})}/assessments",
        {"reliability": "B", "reason": word},
    ),
    "source:keep_copy": lambda room, word, by: (
        "POST",
        f"/v1/sources/{made(room.admin, '/v1/sources', {'title': word})}/copies",
        {"the": "bytes"},
    ),
    "story:add": lambda room, word, by: ("POST", "/v1/stories", {"slug": slug(word, "-"), "title": word}),
    "story:revise": lambda room, word, by: (
        "PATCH",
        f"/v1/stories/{slug(word, '-')}"
        if made(room.admin, "/v1/stories", {"slug": slug(word, "-"), "title": word})
        else "",
        {"summary": word},
    ),
    "status:add": lambda room, word, by: (
        "POST",
        "/v1/statuses",
        {**STATUS, "slug": slug(word, "_"), "label": word},
    ),
    "status:revise": lambda room, word, by: ("PATCH", "/v1/statuses/mixed", {"meaning": word}),
    "reviewer:read": lambda room, word, by: ("GET", "/v1/reviewers", None),
    "reviewer:add": lambda room, word, by: ("POST", "/v1/reviewers", {"name": word, "role": "reader"}),
    "reviewer:revise": lambda room, word, by: (
        "PATCH",
        f"/v1/reviewers/{made(room.admin, '/v1/reviewers', {'name': f'other {word}', 'role': 'reader'})}",
        {"active": False},
    ),
    "token:read": lambda room, word, by: ("GET", "/v1/tokens", None),
    "token:issue": lambda room, word, by: ("POST", "/v1/tokens", {"reviewer": 1, "label": word}),
    "token:revoke": lambda room, word, by: (
        "POST",
        f"/v1/tokens/{made(room.admin, '/v1/tokens', {'reviewer': 1, 'label': word})}/revocation",
        {},
    ),
    "hook:read": lambda room, word, by: ("GET", "/v1/hooks", None),
    "hook:manage": lambda room, word, by: ("POST", "/v1/hooks", {"url": PUBLIC_HOOK, "label": word}),
    "metrics:read": lambda room, word, by: ("GET", "/metrics", None),
}


def test_it_works(newsroom: Newsroom) -> None:
    refused = newsroom.reader.post("/v1/claims", CLAIM)
    assert (refused.status_code, refused.json["code"]) == (403, "FORBIDDEN")
    assert (refused.json["act"], refused.json["needs"]) == ("claim:add", "reviewer")
    assert newsroom.rows("claims") == 0


def test_every_act_has_a_case() -> None:
    assert set(CASES) == set(POLICY)


def test_the_table_is_the_one_that_was_agreed() -> None:
    agreed = {
        "reader": {"desk:read_unpublished"},
        "reviewer": {"claim:add", "claim:revise", "source:add", "evidence:attach", "evidence:withdraw_own"}
        | {"verdict:issue", "verdict:retract_own", "outlet:add", "story:add", "source:protect"}
        | {"source:keep_copy", "citation:add", "citation:withdraw_own", "opinion:give", "review:plan"}
        | {"claim:link", "link:decide"},
        "editor": {"claim:publish", "claim:withdraw", "claim:reopen", "source:revise", "evidence:withdraw"}
        | {"verdict:rule", "verdict:retract", "claimant:revise", "outlet:revise", "story:revise"}
        | {"claim:publish_below_gate", "source:read_sealed", "source:retract", "citation:withdraw"}
        | {"outlet:assess", "link:overturn"},
        "admin": {"status:add", "status:revise", "reviewer:read", "reviewer:add", "reviewer:revise"}
        | {"token:read", "token:issue", "token:revoke", "hook:read", "hook:manage", "metrics:read"},
    }
    assert {role: {act for act in POLICY if POLICY[act] == role} for role in ROLES} == agreed


@pytest.mark.parametrize("act", POLICY)
def test_each_role_may_do_what_its_row_says_and_no_more(newsroom: Newsroom, act: str) -> None:
    for role in ROLES:
        asker = newsroom.hire(f"{act} {role}", "admin")
        method, path, body = CASES[act](newsroom, f"{act} by {role}", asker)
        asker_id = asker.get("/v1/me").json["reviewer"]["id"]
        newsroom.admin.patch(f"/v1/reviewers/{asker_id}", {"role": role})
        lines = newsroom.rows("events")
        answer = asker(method, path, json=body, headers={"If-Match": "*", **ELSEWHERE})
        allowed = ROLES.index(role) >= ROLES.index(POLICY[act])
        assert (answer.status_code in (200, 201)) == allowed, (role, answer.text)
        assert newsroom.rows("events") - lines == int(allowed and method != "GET")
        if not allowed:
            assert (answer.status_code, answer.json["act"], answer.json["needs"]) == (403, act, POLICY[act])


@pytest.mark.parametrize("act", POLICY)
def test_without_a_token_none_of_it_may_be_done(newsroom: Newsroom, act: str) -> None:
    method, path, body = CASES[act](newsroom, act, newsroom.admin)
    lines = newsroom.rows("events")
    answer = newsroom.anonymous(method, path, json=body, headers=ELSEWHERE)
    assert answer.status_code == UNKNOWN.get(act, 401)
    assert answer.headers.get("WWW-Authenticate", "").startswith("Bearer") == (act not in UNKNOWN)
    assert newsroom.rows("events") == lines


def test_every_address_that_writes_asks_for_a_token(newsroom: Newsroom) -> None:
    writing = [
        (method, rule)
        for rule in newsroom.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.endpoint != "match.match_texts"
    ]
    assert len(writing) >= 20
    adapter = newsroom.app.url_map.bind("desk.example.org")
    for method, rule in writing:
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=method)
        assert newsroom.anonymous(method, path, json={}).status_code == 401, (method, path)
        wrong = newsroom.anonymous(method, path, json={}, headers={"Authorization": "Bearer fct_wrong"})
        assert wrong.status_code == 401, (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_me_lists_what_the_policy_allows(newsroom: Newsroom, role: str) -> None:
    told = getattr(newsroom, role).get("/v1/me").json["may"]
    assert told == [act for act, least in POLICY.items() if ROLES.index(role) >= ROLES.index(least)]
