"""How much one caller may ask: counted outside the application, so that a refusal costs little.

The generic cell rate algorithm (GCRA, ITU-T I.371) keeps one number a caller: the moment
at which what he has used will be made good. A bucket holds a minute's requests at
once and fills evenly. The numbers stand in memory that all server processes share, so
a limit is one limit however many they are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterable
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from flask import Flask

from factcheck.errors import TooManyRequests
from factcheck.settings import Settings
from factcheck.web.clients import Client, Clients
from factcheck.web.headers import ADDED, REQUEST_ID, REVIEWER
from factcheck.web.problems import unframed
from factcheck.web.shared import SharedCells
from factcheck.web.spool import NOT_YET_READ
from factcheck.web.waiting import was_asked_before

PERIOD_SECONDS: Final = 60.0
# A token that is not good costs as much as this many requests.
WRONG_TOKEN_COST: Final = 20
# What tells whether the desk lives must be told to a busy caller, too.
UNLIMITED: Final = frozenset(("/healthz", "/readyz"))
# What is measured, too, but there tokens are looked at, and nobody may guess them.
MEASURED: Final = "/metrics"

_GROUPS, _IN_A_GROUP = 8192, 8
_BUCKETS: Final = _GROUPS * _IN_A_GROUP

# Under this name a refused request says which limit it met.
LIMITED: Final = "factcheck.limited"

WsgiApp = Callable[..., Iterable[bytes]]


class Budget(NamedTuple):
    """What a caller has left, of how much, and in how many seconds all of it will be there again.

    `wait` is the number of seconds after which the request that is refused would be
    granted, or 0 if it is granted.
    """

    limit: int
    remaining: int
    reset: int
    wait: int

    def headers(self) -> list[tuple[str, str]]:
        """Give the headers that tell it."""
        return [
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.reset)),
        ]


class RateTable:
    """The buckets of all callers, in a megabyte that never grows.

    A bucket that is full again is no different from one that was never used, so its place is
    free. If all places are taken, the one nearest to being full is given up: that is in a
    caller's favour, and nobody can choose whose it is, because Python's hashes of texts are
    keyed anew for each server (and the same in its workers, which are forked).
    """

    def __init__(self) -> None:
        # For each bucket a tag, and then for each the moment at which it will be full.
        self._cells = SharedCells(_BUCKETS * 2)
        self._tags, self._moments = self._cells.whole[:_BUCKETS], self._cells.exact[_BUCKETS:]

    def take(self, key: Hashable, limit: int, cost: int = 1, *, needs: int | None = None) -> Budget:
        """Take from a bucket, if there is enough in it.

        Args:
            key: whose bucket.
            limit: requests a minute.
            cost: how many requests' worth is taken.
            needs: how many must be there, if that is not the cost.
        """
        tag, step, now = hash(key), PERIOD_SECONDS / limit, time.monotonic()
        # Half a step lets fractions that were added up not cost the last request.
        most = now + PERIOD_SECONDS + step / 2
        tags, moments = self._tags, self._moments
        self._cells.hold()
        try:
            place = self._place(tag)
            full_at = moments[place] if tags[place] == tag else now
            full_at = full_at if full_at > now else now
            missing = full_at + (cost if needs is None else needs) * step - most
            if missing <= 0 and cost:
                full_at += cost * step
                tags[place], moments[place] = tag, full_at
        finally:
            self._cells.let_go()
        wait = math.ceil(missing) if missing > 0 else 0
        return Budget(limit, max(0, int((most - full_at) / step)), math.ceil(full_at - now), wait)

    def _place(self, tag: int) -> int:
        """Find a bucket's place, or the one that it may take."""
        first = tag % _GROUPS * _IN_A_GROUP
        if self._tags[first] == tag:
            return first
        places = range(first, first + _IN_A_GROUP)
        found = next((place for place in places if self._tags[place] == tag), None)
        return min(places, key=self._moments.__getitem__) if found is None else found


def register(app: Flask, table: RateTable, clients: Clients, settings: Settings) -> None:
    """Let nobody ask this application for more than the settings grant."""
    app.wsgi_app = _Limits(app.wsgi_app, table, clients, settings)  # type: ignore[method-assign]


class _Limits:
    """The application behind its limits."""

    def __init__(self, app: WsgiApp, table: RateTable, clients: Clients, settings: Settings) -> None:
        self._app, self._table, self._clients = app, table, clients
        self._settings = settings

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in UNLIMITED:
            return self._app(environ, start_response)
        client, sent = self._clients.client(environ), environ.get("HTTP_AUTHORIZATION")
        by, key, limit = self._bucket(client, sent)
        tries = self._tries(client) if sent is not None else None
        if tries and tries.wait:
            return self._refuse("wrong_tokens", tries, environ, start_response)
        # A long body is asked for twice, once whether it may come and once with it, and who waits for
        # changes is asked whenever there are some; each counts once.
        cost = 0 if NOT_YET_READ in environ or was_asked_before(environ) else 1
        budget = self._table.take(key, limit, cost, needs=1) if limit and path != MEASURED else None
        if budget:
            if budget.wait:
                return self._refuse(by, budget, environ, start_response)
            environ[ADDED] = budget.headers()
        if not tries:
            return self._app(environ, start_response)

        def start(status: str, *more: Any) -> Any:
            cost = _cost_of_token(status, environ)
            if cost and (left := self._tries(client, cost)):
                environ[ADDED] = left.headers()
            return start_response(status, *more)

        return self._app(environ, start)

    def _bucket(self, client: Client, sent: str | None) -> tuple[str, Hashable, int]:
        """Say by what a caller is counted, under which key, and how much he may ask a minute."""
        if client.local:
            return "local", "local", self._settings.rate_local
        if sent is None:
            return "address", ("address", client.network), self._settings.rate_address
        # However the header is spaced, it is the same token.
        return "token", ("token", sent.partition(" ")[2].strip()), self._settings.rate_token

    def _tries(self, client: Client, cost: int = 0) -> Budget | None:
        """Give what a client has left for tokens that lead to nobody, after taking the cost of one.

        They are counted apart, so that a newsroom's tokens work on while its address has
        asked too much without one. A new token each time is no new bucket here, and whoever
        has none left is refused before his token is looked at.
        """
        settings = self._settings
        limit = settings.rate_local if client.local else settings.rate_address
        if not limit:
            return None
        key = ("wrong tokens", client.local or client.network)
        return self._table.take(key, limit, cost, needs=min(WRONG_TOKEN_COST, limit) if not cost else 0)

    def _refuse(
        self, by: str, budget: Budget, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ[LIMITED] = by
        error = TooManyRequests(_WHY[by].format(budget.limit, budget.wait), retry_after=budget.wait)
        status, headers, body = unframed(error, environ[REQUEST_ID], self._settings.public_url)
        environ[ADDED] = budget.headers()
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]


def _cost_of_token(status: str, environ: dict[str, Any]) -> int:
    """Say what a token costs its address, after the answer.

    Where nobody asks who is there, any token will do; if that cost nothing, a new one with
    each request would be a way around the limit of the address.
    """
    if status.startswith("401"):
        return WRONG_TOKEN_COST
    return 0 if REVIEWER in environ else 1


_WHY: Final = {
    "token": "With one token {} requests a minute are answered. Repeat this one in {} seconds.",
    "address": "Without a token {} requests a minute are answered. Repeat this one in {} seconds, "
    "or send a token.",
    "local": "From this machine {} requests a minute are answered. Repeat this one in {} seconds.",
    "wrong_tokens": "Too many tokens that are not good came from your address, and each counts as "
    f"{WRONG_TOKEN_COST} of {{}} requests a minute; where none is needed, any counts as one. Check the "
    "token, and repeat in {} seconds.",
}
LIMITS: Final = tuple(_WHY)
