"""What is counted, for Prometheus: requests in shared memory, the desk when it is asked.

The cells of the counts are shared by all server processes, so it is the same which of them
is asked. prometheus-client writes the answer; its own mode for several processes keeps
a file for each and costs 5 µs a request, cells under one lock less than one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from factcheck.web.problems import STATUS
from factcheck.web.rates import LIMITS
from factcheck.web.shared import SharedCells

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# Upper bounds in seconds; a request that waits for changes may take half a minute.
BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
STATUSES: Final = (*sorted({200, 201, 204, 302, 304, 308, *STATUS.values()}), 0)
MOST_ENDPOINTS: Final = 256

_METHOD: Final = {name: place * len(STATUSES) for place, name in enumerate(METHODS)}
_STATUS: Final = {status: place for place, status in enumerate(STATUSES)}
_LIMIT: Final = {name: place for place, name in enumerate(LIMITS)}
_OTHER_METHOD, _OTHER = _METHOD["other"], len(STATUSES) - 1
_COUNTS_OF_ONE: Final = len(METHODS) * len(STATUSES)
# A histogram has a cell for each bound, one for what lies beyond, and one for the sum.
_TIMES_OF_ONE: Final = len(BOUNDS) + 2
_TIMES: Final = MOST_ENDPOINTS * _COUNTS_OF_ONE
_LIMITED: Final = _TIMES + MOST_ENDPOINTS * _TIMES_OF_ONE

Families = Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]


class Tally:
    """Counts requests for all processes of a server, which know the same operations in the same order."""

    def __init__(self) -> None:
        self._cells = SharedCells(_LIMITED + len(LIMITS))
        self._places: dict[str | None, int] = {None: 0}

    def know(self, endpoints: Iterable[str]) -> None:
        """Give each endpoint its place.

        Args:
            endpoints: the names of all that can be asked.
        """
        self._places = {None: 0} | {name: place for place, name in enumerate(sorted(endpoints), 1)}
        if len(self._places) > MOST_ENDPOINTS:
            raise ValueError(f"there are more than {MOST_ENDPOINTS} endpoints")

    def count(
        self, method: str, endpoint: str | None, status: int, seconds: float, limited: str | None
    ) -> None:
        """Count one request that was answered.

        Args:
            endpoint: None of an address that is none, or where the request was refused at the door.
            seconds: from its head to its answer.
            limited: the limit that it met.
        """
        place = self._places.get(endpoint, 0)
        count = place * _COUNTS_OF_ONE + _METHOD.get(method, _OTHER_METHOD) + _STATUS.get(status, _OTHER)
        times = _TIMES + place * _TIMES_OF_ONE
        whole, exact = self._cells.whole, self._cells.exact
        self._cells.hold()
        try:
            whole[count] += 1
            whole[times + bisect_left(BOUNDS, seconds)] += 1
            exact[times + _TIMES_OF_ONE - 1] += seconds
            if limited:
                whole[_LIMITED + _LIMIT[limited]] += 1
        finally:
            self._cells.let_go()

    def families(self) -> Families:
        """Give all counts as Prometheus knows them."""
        requests = CounterMetricFamily(
            "factcheck_http_requests",
            "Requests that were answered.",
            labels=("method", "operation", "status"),
        )
        times = HistogramMetricFamily(
            "factcheck_http_request_duration_seconds",
            "Time from the head of a request to its answer.",
            labels=("operation",),
        )
        limited = CounterMetricFamily(
            "factcheck_rate_limited_requests", "Requests that met a rate limit.", labels=("limit",)
        )
        cells = self._cells.whole
        for endpoint, place in self._places.items():
            # flask-smorest puts the blueprint's name before that of the operation.
            operation = endpoint.rpartition(".")[2] if endpoint else "none"
            counts = cells[place * _COUNTS_OF_ONE : (place + 1) * _COUNTS_OF_ONE].tolist()
            for number, count in enumerate(counts):
                if count:
                    method, status = METHODS[number // len(STATUSES)], STATUSES[number % len(STATUSES)]
                    requests.add_metric((method, operation, str(status or "other")), count)
            if any(counts):
                times.add_metric((operation,), *self._distribution(place))
        for name, place in _LIMIT.items():
            limited.add_metric((name,), cells[_LIMITED + place])
        yield from (requests, times, limited)

    def _distribution(self, place: int) -> tuple[list[tuple[str, float]], float]:
        first = _TIMES + place * _TIMES_OF_ONE
        last = first + _TIMES_OF_ONE - 1
        names = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
        so_far = accumulate(self._cells.whole[first:last].tolist())
        return list(zip(names, so_far, strict=True)), self._cells.exact[last]


def gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    """Give something that is measured now."""
    return GaugeMetricFamily(f"factcheck_{name}", about, value=value)


def gauges(name: str, about: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    """Give something that is measured now, by kinds."""
    family = GaugeMetricFamily(f"factcheck_{name}", about, labels=(label,))
    for kind, value in values.items():
        family.add_metric((kind,), value)
    return family


def exposition(families: Iterable[Any]) -> bytes:
    """Write metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    return generate_latest(registry)


class _Collected:
    """What prometheus-client takes for a collector."""

    def __init__(self, families: Iterable[Any]) -> None:
        self._families = families

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterable[Any]:
        return self._families
