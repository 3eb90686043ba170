"""The README's tables, written from the code; `make docs` puts them in, `make check` compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryDirectory

from click import Argument, Command, Group

from app import create_app
from factcheck.errors import all_errors
from factcheck.policy import POLICY
from factcheck.settings import Settings, described
from factcheck.vocabulary import INITIAL_STATUSES, ROLES
from factcheck.web.problems import STATUS


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table in Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def endpoints() -> str:
    """List every address with what it is for."""
    return table(("address", "what it does"), _endpoints())


def statuses() -> str:
    """List the statuses of a new desk."""
    rows = ((f"`{each.slug}`", each.meaning, each.rating or "–") for each in INITIAL_STATUSES)
    return table(("status", "meaning", "rating"), rows)


def settings() -> str:
    """List every setting with its default."""
    rows = ((f"`{name}`", f"`{default}`", help_) for name, _, default, help_ in described(Settings()))
    return table(("setting", "default", "what it is"), rows)


def errors() -> str:
    """List every error code with its status and meaning."""
    rows = ((f"`{kind.code}`", STATUS[kind], kind.title) for kind in all_errors())
    return table(("code", "HTTP", "meaning"), rows)


def roles() -> str:
    """List, for each role, what it may do beyond the roles before it."""
    rows = (
        (f"`{role}`", ", ".join(f"`{act}`" for act, least in POLICY.items() if least == role))
        for role in ROLES
    )
    return table(("role", "may also"), rows)


def commands() -> str:
    """List every command for whoever runs the desk."""
    with TemporaryDirectory() as folder:
        found = create_app(Settings(database=f"{folder}/desk.db")).cli.commands
    return table(("command", "what it does"), sorted(_commands("flask", found)))


def _commands(before: str, found: Mapping[str, Command]) -> Iterator[tuple[str, str]]:
    for name, command in found.items():
        if isinstance(command, Group):
            yield from _commands(f"{before} {name}", command.commands)
        else:
            arguments = "".join(
                f" {each.name.upper()}" for each in command.params if isinstance(each, Argument)
            )
            yield f"`{before} {name}{arguments}`", (command.help or "").partition("\n\n")[0].rstrip(".")


def _endpoints() -> Iterator[tuple[str, str]]:
    with TemporaryDirectory() as folder:
        app = create_app(Settings(database=f"{folder}/desk.db"))
        spec = app.test_client().get("/v1/openapi.json").json
    for path, methods in spec["paths"].items():
        if path.endswith((".csv", ".ndjson", ".txt")):
            continue
        for method, operation in methods.items():
            if "summary" in operation:
                yield f"`{method.upper()} {path}`", operation["summary"].rstrip(".")
