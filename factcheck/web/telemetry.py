"""Every answer is told in one line and counted once, whoever gave it.

It stands outermost, around the headers and the limits, so that it sees what is sent.
What the bridge refuses before the application is reached it tells here, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from flask import Flask

from factcheck.settings import Settings
from factcheck.web.clients import Clients
from factcheck.web.headers import ENDPOINT, REQUEST_ID, REVIEWER, STATUS
from factcheck.web.logs import RequestLog, Told
from factcheck.web.metrics import Tally
from factcheck.web.rates import LIMITED, RateTable
from factcheck.web.spool import NOT_YET_READ
from factcheck.web.waiting import will_be_asked_again

# Under this name a request keeps when its head had come, and under that the application its telemetry.
BEGUN: Final = "factcheck.begun"
TELEMETRY: Final = "factcheck.telemetry"

WsgiApp = Callable[..., Iterable[bytes]]


class Telemetry:
    """What the processes of one server have in common: limits, counts, and how answers are told.

    To be made before they are forked.
    """

    def __init__(self, settings: Settings, lines: RequestLog | None = None) -> None:
        """Measure by these settings.

        Args:
            lines: takes what is told of each request, if that is wanted.
        """
        self.clients = Clients(settings.proxies)
        self.rates, self.tally = RateTable(), Tally()
        self.lines = lines

    def register(self, app: Flask) -> None:
        """Measure this application; call it when all its addresses are known."""
        app.extensions[TELEMETRY] = self
        self.tally.know(app.view_functions)
        app.wsgi_app = self._measured(app.wsgi_app)  # type: ignore[method-assign]

    def _measured(self, app: WsgiApp) -> WsgiApp:
        def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if BEGUN not in environ:
                environ[BEGUN] = time.perf_counter()
            result = app(environ, start_response)
            if NOT_YET_READ in environ and environ[STATUS] == 204:
                # The body may come; what is answered to it is told.
                return result
            if will_be_asked_again(environ):
                # The bridge tells of it if nothing better comes.
                return result
            if type(result) is list:
                self.tell(environ, environ[STATUS], sum(map(len, result)))
                return result
            return _Counted(result, lambda size: self.tell(environ, environ[STATUS], size))

        return serve

    def tell(self, environ: dict[str, Any], status: int, size: int) -> None:
        """Tell and count one answer.

        Args:
            environ: of the request, with what was noted on its way.
            size: bytes of its body.
        """
        seconds = time.perf_counter() - environ[BEGUN]
        method, get = environ["REQUEST_METHOD"], environ.get
        self.tally.count(method, get(ENDPOINT), status, seconds, get(LIMITED))
        if self.lines is not None:
            self.lines.put(
                Told(
                    time.time(),
                    environ[REQUEST_ID],
                    method,
                    environ["PATH_INFO"],
                    get("QUERY_STRING", ""),
                    status,
                    seconds,
                    size,
                    self.clients.client(environ).address,
                    get(REVIEWER),
                    get("HTTP_USER_AGENT", ""),
                )
            )


class _Counted:
    """An answer in pieces, whose bytes are counted on their way.

    One that nobody began to read was not sent: the server says something else in its place.
    """

    def __init__(self, result: Iterable[bytes], tell: Callable[[int], None]) -> None:
        self._result, self._tell = result, tell
        self._size, self._read = 0, False

    def __iter__(self) -> Iterator[bytes]:
        self._read = True
        for piece in self._result:
            self._size += len(piece)
            yield piece

    def close(self) -> None:
        """End the answer, which may not be whole."""
        getattr(self._result, "close", lambda: None)()
        if self._read:
            self._tell(self._size)
