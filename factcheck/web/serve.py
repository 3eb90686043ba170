"""The production server: granian's ASGI workers, each with a bridge to the WSGI application."""

from __future__ import annotations

import gc
import importlib
import os
import re
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from mmap import mmap
from typing import Any

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from db import DatabaseError, Desk, log
from factcheck.settings import Settings
from factcheck.web import logs
from factcheck.web.bridge import Limits, Scope, WsgiBridge
from factcheck.web.parts import NAME, Parts
from factcheck.web.telemetry import Telemetry
from factcheck.web.waiting import LogWatch
from factcheck.workflow.delivering import Deliverer
from factcheck.workflow.placing import Placer, Places

STOP_WITHIN_SECONDS = 10


_ONE_CLAIM = re.compile(r"/v1/claims/[0-9]+")


def answered_inline(scope: Scope) -> bool:
    """Choose what the event loop answers itself, because it never waits.

    That a worker lives is told even when its threads are busy. A published claim is one
    look-up by its number, and handing it to a thread would cost more than that. What a
    query asks for may be the claim as it was, which takes more. With a token the token's use may
    have to be noted, which is a write.
    """
    if scope["path"] == "/healthz":
        return True
    return (
        _ONE_CLAIM.fullmatch(scope["path"]) is not None
        and not scope["query_string"]
        and scope["method"] in ("GET", "HEAD")
        and all(name != b"authorization" for name, _ in scope["headers"])
    )


def serve(settings: Settings) -> None:
    """Serve the desk until told to stop; call it in the main thread.

    Args:
        settings: address, number of processes and threads, limits.

    Raises:
        OSError: nothing can listen on that address and port.
    """
    _refuse_taken_port(settings.host, settings.port)
    # Imported before the fork, the code is memory that the workers share.
    create_app = importlib.import_module("app").create_app
    os.register_at_fork(after_in_child=_end_when_told)
    lines = logs.RequestLog(logs.to_stderr) if settings.log == "json" else None
    # One byte that the workers share: whether the server is about to stop.
    stopping = mmap(-1, 1)
    server = Server(
        "app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        workers=settings.workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(min(settings.body_timeout, 60) * 1000), max_buffer_size=65_536
        ),
        websockets=False,
        backlog=1024,
        # Open connections of a worker, idle ones too.
        backpressure=1000,
        log_level=LogLevels.warning,
        log_dictconfig=logs.configuration(),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_SECONDS,
    )
    server.on_startup(lambda: _note_the_end(stopping))
    target = partial(_bridge, create_app, settings, Telemetry(settings, lines), stopping)
    server.serve(target_loader=target, wrap_loader=False)


def _note_the_end(stopping: mmap) -> None:
    """Tell the workers, besides ending them, so that nobody goes on waiting for changes."""
    for told in (signal.SIGTERM, signal.SIGINT):
        end = signal.getsignal(told)

        def note(number: int, frame: Any, end: Any = end) -> None:
            stopping[0] = 1
            end(number, frame)

        signal.signal(told, note)


def _refuse_taken_port(host: str, port: int) -> None:
    """See that nobody listens there: the workers share the port, and would share it with strangers."""
    for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)


def _end_when_told() -> None:
    """Let a worker that is still starting be ended: the handlers it inherits only note the signal."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _bridge(
    create_app: Callable[[Settings, Telemetry], Flask],
    settings: Settings,
    telemetry: Telemetry,
    stopping: mmap,
) -> WsgiBridge:
    """Build one worker's application, in that worker."""
    limits = Limits(
        threads=settings.threads,
        body_bytes=settings.max_body,
        bulk_bytes=settings.max_bulk,
        body_seconds=settings.body_timeout,
        waiting=settings.waiting,
    )
    app = create_app(settings, telemetry)
    found: Parts = app.extensions[NAME]
    if settings.deliver == "server":
        _deliver(found)
    if found.places is not None:
        _embed(found.desk, found.places)

    def newest() -> int:
        # A file that can't be read just now has nothing new to tell.
        with suppress(DatabaseError):
            return log.head(found.desk.db).seq
        return 0

    # What is there now stays for as long as the worker. To look through it for garbage again and again
    # would each time hold up all threads for some 40 ms.
    gc.collect()
    gc.freeze()
    waiters = LogWatch(newest, lambda: stopping[0] == 1)
    return WsgiBridge(app, limits, settings.public_url, answered_inline, telemetry.tell, waiters)


def _deliver(found: Parts) -> None:
    """Send hooks what is for them, too; of all workers one does, and when it ends another."""
    threading.Thread(target=Deliverer(found.desk, found.settings).run, name="deliver").start()


def _embed(kept: Desk, places: Places) -> None:
    """Read the model before the first question comes, and place claims; of all workers one does that."""

    def work() -> None:
        places.meaning("")
        Placer(kept, places.model).run()

    threading.Thread(target=work, name="embed").start()
