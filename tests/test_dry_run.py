"""dry_run=true: the answer of the real call, and nothing stored."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import CLAIM, SOURCE, VERDICT, Newsroom

# Every address that writes. The order is that in which the real calls are made on one desk.
WRITES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create_claim": ("POST", "/v1/claims", CLAIM),
    "put_claim_by_ref": ("PUT", "/v1/claims/ref/cms-1", {**CLAIM, "text": "Another."}),
    "revise_claim": ("PATCH", "/v1/claims/1", {"place": "Riverside"}),
    "attach_source": ("POST", "/v1/claims/1/sources", SOURCE),
    "withdraw_evidence": ("POST", "/v1/claims/1/sources/1/withdrawal", {"reason": "A slip."}),
    "link_claim": ("POST", "/v1/claims/1/links", {"other": 2, "kind": "narrower", "state": "suggested"}),
    "confirm_link": ("POST", "/v1/claims/1/links/1/confirmation", {}),
    "reject_link": ("POST", "/v1/claims/1/links/1/rejection", {"reason": "A slip."}),
    "issue_verdict": ("POST", "/v1/claims/1/verdicts", {**VERDICT, "sources": [SOURCE]}),
    "issue_ruling": ("POST", "/v1/claims/1/rulings", {**VERDICT, "status": "unclear"}),
    "plan_review": ("PUT", "/v1/claims/1/review", {"review_by": "2030-01-01"}),
    "retract_verdict": ("POST", "/v1/verdicts/1/retraction", {"reason": "A slip."}),
    "give_opinion": (
        "POST",
        "/v1/verdicts/2/opinions",
        {"opinion": "disagree", "reason": "It was closed."},
    ),
    "change_stage": ("POST", "/v1/claims/1/stage", {"stage": "published"}),
    "create_source": ("POST", "/v1/sources", {"title": "A document", "outlet": "Harbour Office"}),
    "add_citation": (
        "POST",
        "/v1/sources/1/citations",
        {"cites": {"title": "A minute"}, "kind": "quotes"},
    ),
    "withdraw_citation": ("POST", "/v1/sources/1/citations/1/withdrawal", {"reason": "A slip."}),
    "retract_source": ("POST", "/v1/sources/1/retraction", {"reason": "The office took it back."}),
    "revise_source": ("PATCH", "/v1/sources/1", {"title": "The log"}),
    "create_outlet": ("POST", "/v1/outlets", {"name": "Evening Post"}),
    "revise_outlet": ("PATCH", "/v1/outlets/1", {"name": "Roads Office"}),
    "keep_copy": ("POST", "/v1/sources/1/copies", {"the": "bytes"}),
    "assess_outlet": (
        "POST",
        "/v1/outlets/1/assessments",
        {"reliability": "B", "reason": "Its logs were right so far."},
    ),
    "revise_claimant": ("PATCH", "/v1/claimants/1", {"name": "Town Council"}),
    "create_story": ("POST", "/v1/stories", {"slug": "bridge", "title": "The bridge"}),
    "revise_story": ("PATCH", "/v1/stories/bridge", {"title": "The bridges"}),
    "create_status": (
        "POST",
        "/v1/statuses",
        {"slug": "satire", "label": "satire", "meaning": "Meant as a joke."},
    ),
    "revise_status": ("PATCH", "/v1/statuses/mixed", {"label": "half true"}),
    "create_reviewer": ("POST", "/v1/reviewers", {"name": "Night desk", "role": "reviewer"}),
    "revise_reviewer": ("PATCH", "/v1/reviewers/1", {"role": "reviewer"}),
    "issue_token": ("POST", "/v1/tokens", {"reviewer": 1}),
    "revoke_token": ("POST", "/v1/tokens/1/revocation", {}),
    "revoke_reviewer_tokens": ("POST", "/v1/reviewers/2/revocation", {}),
    # An address of the public internet, for which no name is looked up; nothing is sent there.
    "create_hook": ("POST", "/v1/hooks", {"url": "https://93.184.215.14/hook"}),
    "revise_hook": ("PATCH", "/v1/hooks/1", {"label": "Dashboard"}),
    "rotate_hook_secret": ("POST", "/v1/hooks/1/secret", {}),
    "redeliver": ("POST", "/v1/hooks/1/redelivery", {"from_seq": 1}),
}
# What is told once, and where.
SECRETS = {"issue_token": "token", "create_hook": "secret", "rotate_hook_secret": "secret"}
# Many acts at once, whose rehearsal tests/test_bulk.py tests.
OF_MANY_ACTS = {"post_bulk"}
# What is asked by a body, and writes nothing.
READS = {"match_texts"}
# What differs because it is another moment, or because a secret is made up anew.
_OF_THE_MOMENT = ("at", "since", "etag", "last_used_at")


def stored(newsroom: Newsroom) -> list[str]:
    """Give all that the file holds, as SQL."""
    noted = "UPDATE tokens SET last_used_at = NULL"
    newsroom.db.conn.execute(noted)
    return list(newsroom.db.conn.iterdump())


def timeless(value: Any) -> Any:
    if isinstance(value, list):
        return [timeless(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: bool(member) if name in _OF_THE_MOMENT or name.endswith("_at") else timeless(member)
        for name, member in value.items()
    }


def send(newsroom: Newsroom, name: str, query: str = "") -> TestResponse:
    method, path, body = WRITES[name]
    # Nobody has an opinion on his own verdict.
    caller = newsroom.reviewer if name == "give_opinion" else newsroom.admin
    return caller(method, f"{path}{query}", json=body, headers={"If-Match": "*"} if method != "PUT" else {})


def test_it_works(newsroom: Newsroom) -> None:
    before = stored(newsroom)
    rehearsed = newsroom.reviewer.post("/v1/claims?dry_run=true", CLAIM)
    assert (rehearsed.status_code, rehearsed.headers["Dry-Run"]) == (201, "true")
    assert stored(newsroom) == before
    assert newsroom.reader.get("/v1/claims/1").status_code == 404


def test_every_address_that_writes_has_a_case(newsroom: Newsroom) -> None:
    writing = {
        rule.endpoint.rpartition(".")[2]
        for rule in newsroom.app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert writing - OF_MANY_ACTS - READS == set(WRITES)


def test_each_gives_the_answer_of_the_real_call_and_stores_nothing(newsroom: Newsroom) -> None:
    for name in WRITES:
        before = stored(newsroom)
        rehearsed = send(newsroom, name, "?dry_run=true")
        assert stored(newsroom) == before, name
        done = send(newsroom, name)
        assert stored(newsroom) != before, name
        assert rehearsed.status_code == done.status_code in (200, 201), (name, done.text)
        assert rehearsed.headers["Location"] == done.headers["Location"]
        assert "Dry-Run" not in done.headers
        secret = SECRETS.get(name)
        if secret:
            # It would be good for nothing, so it is not told.
            assert rehearsed.json[secret] is None
            assert done.json[secret].startswith(("fct_", "whsec_"))
            continue
        assert timeless(rehearsed.json) == timeless(done.json), name
        assert list(rehearsed.json) == list(done.json)


def test_the_log_has_no_gap_after_it(newsroom: Newsroom) -> None:
    for name in WRITES:
        send(newsroom, name, "?dry_run=true")
        send(newsroom, name)
    seqs = [row[0] for row in newsroom.db.conn.execute("SELECT seq FROM events ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize(
    ("caller", "path", "body", "status"),
    [
        ("reader", "/v1/claims", CLAIM, 403),
        ("reviewer", "/v1/claims", {**CLAIM, "text": ""}, 400),
        ("reviewer", "/v1/claims/9/verdicts", VERDICT, 404),
        ("reviewer", "/v1/claims/1/verdicts", {**VERDICT, "status": "false"}, 400),
        ("editor", "/v1/claims/1/stage", {"stage": "open", "reason": "x"}, 409),
    ],
)
def test_it_refuses_what_the_real_call_would(
    newsroom: Newsroom, caller: str, path: str, body: dict[str, Any], status: int
) -> None:
    newsroom.claim()
    headers = {"X-Request-Id": "one"}
    rehearsed = getattr(newsroom, caller).post(f"{path}?dry_run=true", body, headers=headers)
    done = getattr(newsroom, caller).post(path, body, headers=headers)
    assert rehearsed.status_code == done.status_code == status
    assert rehearsed.json == done.json


@pytest.mark.parametrize("value", ["1", "yes", "TRUE", "", "true&dry_run=true"])
def test_a_word_that_only_resembles_true_is_refused_rather_than_done(newsroom: Newsroom, value: str) -> None:
    assert newsroom.reviewer.post(f"/v1/claims?dry_run={value}", CLAIM).status_code == 400
    assert newsroom.reviewer.post("/v1/claims?dryrun=true", CLAIM).status_code == 400
    assert newsroom.rows("claims") == 0
