"""Rate limits: one limit a caller, whatever he sends and however many processes answer him."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from factcheck.settings import Settings
from factcheck.web.clients import Clients
from factcheck.web.rates import RateTable
from tests.conftest import Newsroom, Served, assert_problem
from tests.test_server import bearer

FROM_ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}
RATES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def strict(settings: Settings) -> Iterator[Newsroom]:
    """A desk that grants little: 40 requests a minute with a token, 10 without."""
    room = Newsroom(replace(settings, rate_token=40, rate_address=10))
    yield room
    room.desk.close()


def from_(address: str, forwarded: str | None = None) -> dict[str, object]:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return {"environ_overrides": {"REMOTE_ADDR": address}, "headers": headers}


def test_it_works(strict: Newsroom) -> None:
    strict.claim()
    for left in range(9, -1, -1):
        answer = strict.anonymous.get("/v1/claims/1", **from_("198.51.100.7"))
        assert answer.status_code == 200
        assert [answer.headers[name] for name in RATES[:2]] == ["10", str(left)]
        assert 0 < int(answer.headers["X-RateLimit-Reset"]) <= 60
        assert "Retry-After" not in answer.headers
    refused = strict.anonymous.get("/v1/claims/1", **from_("198.51.100.7"))
    problem = assert_problem(refused, 429, "RATE_LIMITED", "10 requests a minute", "send a token")
    assert 1 <= int(refused.headers["Retry-After"]) == problem["retry_after"] <= 6
    assert [refused.headers[name] for name in RATES[:2]] == ["10", "0"]
    assert refused.headers["X-Request-Id"]
    # Others are none the poorer.
    assert strict.anonymous.get("/v1/claims/1", **from_("198.51.100.8")).status_code == 200
    assert strict.reader.get("/v1/claims/1", **from_("198.51.100.7")).status_code == 200


def test_every_answer_tells_what_is_left(strict: Newsroom) -> None:
    for path in ("/v1", "/v1/nothing", "/v1/claims?limt=1", "/problems", "/docs", "/v1/claims.csv"):
        answer = strict.anonymous.get(path, **from_("198.51.100.9"))
        assert all(name in answer.headers for name in RATES), path
        assert "Retry-After" not in answer.headers


def test_a_token_has_a_limit_of_its_own_wherever_it_is_used(strict: Newsroom) -> None:
    for number in range(40):
        assert strict.reader.get("/v1/me", **from_(f"198.51.100.{number}")).status_code == 200
    refused = strict.reader.get("/v1/me", **from_("198.51.100.99"))
    assert_problem(refused, 429, "RATE_LIMITED", "one token 40 requests")
    # However the header is spaced, it is the same token.
    spaced = {"Authorization": f"bearer   {strict.reader.token}"}
    again = strict.anonymous.get("/v1/me", headers=spaced, environ_overrides=FROM_ELSEWHERE)
    assert again.status_code == 429
    assert strict.editor.get("/v1/me", **from_("198.51.100.99")).status_code == 200


def test_nobody_can_try_tokens_for_ever(settings: Settings) -> None:
    room = Newsroom(replace(settings, rate_address=100))
    tokens = (f"fct_{number}" for number in count())
    for left in (80, 60, 40, 20, 0):
        sent = {"Authorization": f"Bearer {next(tokens)}"}
        tried = room.anonymous.get("/v1/claims", headers=sent, environ_overrides=FROM_ELSEWHERE)
        assert_problem(tried, 401, "UNAUTHENTICATED")
        assert [tried.headers[name] for name in RATES[:2]] == ["100", str(left)]
    sent = {"Authorization": f"Bearer {next(tokens)}"}
    refused = room.anonymous.get("/v1/claims", headers=sent, environ_overrides=FROM_ELSEWHERE)
    assert_problem(refused, 429, "RATE_LIMITED", "tokens that are not good")
    assert 10 <= int(refused.headers["Retry-After"]) <= 12
    # Not even the right one is looked at now, or guessing would go on.
    assert room.reader.get("/v1/me", environ_overrides=FROM_ELSEWHERE).status_code == 429
    # Reading without a token goes on, and so does everybody else.
    assert room.anonymous.get("/v1/claims", environ_overrides=FROM_ELSEWHERE).status_code == 200
    assert room.reader.get("/v1/me", **from_("198.51.100.8")).status_code == 200
    room.desk.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/openapi.json", 200),
        ("/docs", 200),
        ("/problems", 200),
        ("/v1/nothing", 404),
        ("/v1/claims/1/nothing", 404),
        ("/v1/claims/9e9", 404),
    ],
)
def test_a_new_token_each_time_is_no_way_around_the_limit_of_an_address(
    settings: Settings, path: str, status: int
) -> None:
    room = Newsroom(replace(settings, rate_address=30))
    answers = [
        room.anonymous.get(
            path, headers={"Authorization": f"Bearer fct_{number}"}, environ_overrides=FROM_ELSEWHERE
        )
        for number in range(12)
    ]
    assert [answer.status_code for answer in answers] == [status] * 11 + [429]
    assert [answers[0].headers[name] for name in RATES[:2]] == ["30", "29"]
    assert_problem(answers[-1], 429, "RATE_LIMITED", "any counts as one")
    # Without a token it still has its own.
    assert room.anonymous.get("/v1", environ_overrides=FROM_ELSEWHERE).status_code == 200
    room.desk.close()


def test_a_good_token_costs_its_address_nothing(settings: Settings) -> None:
    room = Newsroom(replace(settings, rate_address=20))
    for path in ("/v1", "/v1/log/head", "/v1/me", "/v1/claims", "/v1/claims/9", "/v1/outlets", "/v1/changes"):
        for answer in (room.reader.get(path, **from_("198.51.100.7")) for _ in range(2)):
            assert answer.status_code in (200, 404), path
    room.desk.close()


def test_nobody_can_guess_who_may_read_metrics(settings: Settings) -> None:
    room = Newsroom(replace(settings, rate_address=100))
    for number in range(6):
        sent = {"Authorization": f"Bearer fct_{number}"}
        tried = room.anonymous.get("/metrics", headers=sent, environ_overrides=FROM_ELSEWHERE)
        assert tried.status_code == (401 if number < 5 else 429)
    for _ in range(150):
        assert room.admin.get("/metrics", **from_("198.51.100.8")).status_code == 200
        assert room.anonymous.get("/metrics").status_code == 200
    room.desk.close()


def test_callers_on_this_machine_have_a_limit_too(settings: Settings) -> None:
    room = Newsroom(replace(settings, rate_local=100, rate_token=5))
    assert room.reader.get("/v1/me").headers["X-RateLimit-Limit"] == "100"
    for _ in range(5):
        assert room.anonymous.get("/v1/me", headers={"Authorization": "Bearer x"}).status_code == 401
    assert_problem(room.reader.get("/v1/me"), 429, "RATE_LIMITED", "tokens that are not good")
    room.desk.close()


def test_whoever_works_much_in_a_newsroom_does_not_shut_out_his_colleagues(strict: Newsroom) -> None:
    for _ in range(11):
        last = strict.anonymous.get("/v1", **from_("198.51.100.7"))
    assert last.status_code == 429
    assert strict.reader.get("/v1/me", **from_("198.51.100.7")).status_code == 200


def test_health_is_told_however_much_was_asked(strict: Newsroom) -> None:
    for _ in range(30):
        assert strict.anonymous.get("/healthz", **from_("198.51.100.7")).status_code == 200
    answer = strict.anonymous.get("/readyz", **from_("198.51.100.7"))
    assert answer.status_code == 200
    assert not any(name in answer.headers for name in RATES)
    assert strict.anonymous.get("/v1", **from_("198.51.100.7")).headers["X-RateLimit-Remaining"] == "9"


def test_0_sets_no_limit(settings: Settings) -> None:
    room = Newsroom(replace(settings, rate_token=0, rate_address=0, rate_local=0))
    for caller in (room.anonymous, room.reader):
        for environ in ({}, FROM_ELSEWHERE):
            answer = caller.get("/v1", environ_overrides=environ)
            assert answer.status_code == 200
            assert "X-RateLimit-Limit" not in answer.headers
    bad = {"Authorization": "Bearer fct_bad"}
    for _ in range(40):
        assert room.anonymous.get("/v1/me", headers=bad).status_code == 401
    room.desk.close()


# Peer, X-Forwarded-For, and whose request it is taken for.
CHAINS = [
    ("198.51.100.7", None, "198.51.100.7"),
    # Whoever is no proxy of ours may say what he likes.
    ("198.51.100.7", "203.0.113.1", "198.51.100.7"),
    ("127.0.0.1", "203.0.113.1", "203.0.113.1"),
    ("::1", "203.0.113.1", "203.0.113.1"),
    # What stands before the last stranger is his own story.
    ("127.0.0.1", "192.0.2.1, 203.0.113.1", "203.0.113.1"),
    ("127.0.0.1", "192.0.2.1,203.0.113.1,10.1.2.3", "203.0.113.1"),
    ("10.1.2.3", "203.0.113.1, 127.0.0.1", "203.0.113.1"),
    ("127.0.0.1", "203.0.113.1:4711", "203.0.113.1"),
    ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    ("::ffff:127.0.0.1", "::ffff:203.0.113.1", "203.0.113.1"),
    ("127.0.0.1", "unknown", "127.0.0.1"),
    ("127.0.0.1", "", "127.0.0.1"),
    ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
    ("127.0.0.1", f"192.0.2.1, {'9' * 5000}, 203.0.113.1", "203.0.113.1"),
    ("127.0.0.1", "203.0.113.1, é", "127.0.0.1"),
]


@pytest.mark.parametrize(("peer", "forwarded", "taken_for"), CHAINS)
def test_a_client_is_told_from_his_proxies(peer: str, forwarded: str | None, taken_for: str) -> None:
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    client = Clients("127.0.0.1,::1,10.0.0.0/8").client(environ)
    assert client.address == taken_for
    assert not client.local


@pytest.mark.parametrize("sign", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"])
def test_only_who_calls_directly_is_local(sign: str) -> None:
    clients = Clients("127.0.0.1,::1")
    for peer in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        assert clients.client({"REMOTE_ADDR": peer}).local
        assert not clients.client({"REMOTE_ADDR": peer, sign: "x"}).local
    for peer in ("198.51.100.7", "0.0.0.0", "10.0.0.1", "", "nonsense"):
        assert not clients.client({"REMOTE_ADDR": peer}).local


def test_an_ipv6_network_is_one_client(strict: Newsroom) -> None:
    for number in range(10):
        assert strict.anonymous.get("/v1", **from_("127.0.0.1", f"2001:db8::{number}")).status_code == 200
    assert strict.anonymous.get("/v1", **from_("127.0.0.1", "2001:db8::ffff")).status_code == 429
    assert strict.anonymous.get("/v1", **from_("127.0.0.1", "2001:db8:0:1::1")).status_code == 200


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 50))
def test_no_more_is_granted_than_a_bucket_holds(limit: int, cost: int) -> None:
    table, granted = RateTable(), 0
    while not (budget := table.take("x", limit, cost)).wait and granted < 11_000:
        granted += cost
        assert budget.remaining >= limit - granted - 1
    # While this ran, a little has flowed in again.
    assert limit - cost < granted <= limit * 1.1 + cost


def test_a_bucket_fills_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    table = RateTable()
    for _ in range(60):
        assert not table.take("x", 60).wait
    assert table.take("x", 60).wait == 1
    now += 10
    assert [bool(table.take("x", 60).wait) for _ in range(11)] == [False] * 10 + [True]
    now += 3600
    full = table.take("x", 60)
    assert (full.remaining, full.reset) == (59, 1)


def test_many_callers_take_no_more_room_and_the_strict_keep_theirs() -> None:
    table = RateTable()
    for _ in range(10):
        table.take("the one", 10)
    assert table.take("the one", 10).wait
    for number in range(30_000):
        table.take(("address", number), 600)
    assert table.take("the one", 10).wait


def test_the_limit_is_one_however_many_processes_answer(serve: Callable[..., Served]) -> None:
    served = serve(workers="2", rate_address="50")
    elsewhere = {"X-Forwarded-For": "203.0.113.5"}

    def ask(_: int) -> httpx.Response:
        # A new connection each time, so that both processes answer.
        return httpx.get(f"{served.url}/v1", headers=elsewhere)

    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(80)))
    granted = [answer for answer in answers if answer.status_code == 200]
    # Fifty at once, and one more for each 1.2 seconds that this took.
    assert 50 <= len(granted) <= 51 + (time.monotonic() - begun) / 1.2
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert_problem(refused, 429, "RATE_LIMITED", "50 requests")


def test_a_refused_write_stores_nothing(serve: Callable[..., Served]) -> None:
    served = serve(rate_token="3")
    token = {**bearer(served.folder), "X-Forwarded-For": "203.0.113.5"}
    answers = [
        httpx.post(f"{served.url}/v1/outlets", json={"name": f"Outlet {number}"}, headers=token)
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 2
    local = {"Authorization": token["Authorization"]}
    listed = httpx.get(f"{served.url}/v1/outlets?count=true", headers=local)
    assert listed.json()["total"] == 3
