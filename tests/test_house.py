"""The house: who may import whom. The table below is the architecture document."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

KERNEL = ("vocabulary", "errors", "policy", "settings", "dates", "wording")
RULES = (
    "provenance",
    "standing",
    "agreement",
    "gate",
    "addresses",
    "fragments",
    "telling",
    "comparing",
    "families",
    "figures",
)

# Each part of the house, the paths it consists of, and what of ours it may import.
# `app` wires and is imported by nobody; a part not named beside another can't know it.
HOUSE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "kernel": (tuple(f"factcheck/{name}.py" for name in KERNEL), ("kernel",)),
    "rules": (tuple(f"factcheck/{name}.py" for name in RULES), ("kernel",)),
    "publishing": (("factcheck/publishing/",), ("kernel", "rules", "publishing")),
    "matching": (("factcheck/matching/",), ("kernel", "matching")),
    "schemas": (("schemas/",), ("kernel", "schemas")),
    "db": (("db/",), ("kernel", "db")),
    "sending": (("factcheck/sending/",), ("sending",)),
    "workflow": (
        ("factcheck/workflow/",),
        ("kernel", "rules", "matching", "schemas", "db", "sending", "workflow"),
    ),
    "demo": (("factcheck/demo/",), ("kernel", "db", "schemas", "workflow", "demo")),
    "web": (
        ("factcheck/web/",),
        ("kernel", "rules", "matching", "schemas", "db", "workflow", "publishing", "web"),
    ),
    "cli": (
        tuple(f"factcheck/{name}.py" for name in ("cli", "moving", "safekeeping", "archiving", "learning")),
        (
            *("kernel", "rules", "matching", "schemas", "db", "sending", "workflow", "publishing", "demo"),
            *("web", "cli"),
        ),
    ),
    "app": (("app.py",), ("kernel", "matching", "db", "workflow", "web", "cli")),
    "package": (("factcheck/__init__.py",), ()),
}

# Which libraries a part may import; every part has the standard library. What stands for
# a whole part here is narrowed to single files by ONLY_IN.
LIBRARIES: dict[str, set[str]] = {
    "kernel": set(),
    "rules": {"url_normalize", "w3lib"},
    "publishing": set(),
    "matching": {"Stemmer", "numpy", "onnx", "onnxruntime", "tokenizers", "safetensors"},
    "schemas": {"marshmallow", "idna"},
    "db": {"sqlite_utils"},
    "sending": set(),
    "workflow": set(),
    "demo": set(),
    "web": {
        "flask",
        "werkzeug",
        "markupsafe",
        "flask_smorest",
        "apispec",
        "marshmallow",
        "itsdangerous",
        "granian",
        "cachetools",
        "prometheus_client",
    },
    "cli": {"flask", "click", "warcio"},
    "app": {"flask", "itsdangerous"},
    "package": set(),
}

# Libraries that only these files of their part may import.
ONLY_IN: dict[str, tuple[str, ...]] = {
    # reading.py is the one place that maps marshmallow's errors.
    "marshmallow": ("schemas/", "factcheck/web/reading.py"),
    "idna": ("schemas/fields.py",),
    "Stemmer": ("factcheck/matching/words.py",),
    "warcio": ("factcheck/archiving.py",),
    "granian": ("factcheck/web/serve.py",),
    "cachetools": ("factcheck/web/kept.py",),
    "prometheus_client": ("factcheck/web/metrics.py",),
    "numpy": ("factcheck/matching/meaning.py", "factcheck/matching/bert.py"),
    "onnxruntime": ("factcheck/matching/meaning.py", "factcheck/matching/bert.py"),
    "tokenizers": ("factcheck/matching/meaning.py",),
    "onnx": ("factcheck/matching/bert.py",),
    "safetensors": ("factcheck/matching/bert.py",),
    "sqlite3": ("db/",),
    "flask_smorest": ("factcheck/web/contract.py", "factcheck/web/documents.py"),
}

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|VIEW|TRIGGER|VIRTUAL)|PRAGMA\s+\w+|BEGIN\s+(IMMEDIATE|EXCLUSIVE)"
    r"|SAVEPOINT\s+\w+|ORDER\s+BY\s+\w|WHERE\s+[\w.]+\s*(=|IS|IN|<|>)|JOIN\s+\w+\s+ON)",
    re.DOTALL,
)
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}

FILES = [
    "app.py",
    *sorted(
        path.relative_to(ROOT).as_posix()
        for folder in ("factcheck", "db", "schemas")
        for path in (ROOT / folder).rglob("*.py")
    ),
]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_it_works() -> None:
    assert len(FILES) > 40
    assert {part_of(file) for file in FILES} == set(HOUSE), "a part without files, or files without a part"


@pytest.mark.parametrize("file", FILES)
def test_imports_stay_within_the_house_plan(file: str) -> None:
    part = part_of(file)
    allowed = HOUSE[part][1]
    for module in imports(file):
        top = module.partition(".")[0]
        if top in ("factcheck", "db", "schemas", "app", "tests", "bench"):
            known = part_of(path_of(module))
            assert known in allowed, f"{file} ({part}) imports {module} ({known}); it may import {allowed}"
        elif top not in sys.stdlib_module_names:
            assert top in LIBRARIES[part], f"{file} ({part}) imports {top}"
        if top in ONLY_IN:
            assert file.startswith(ONLY_IN[top]), f"{file} imports {top}; only {ONLY_IN[top]} may"


@pytest.mark.parametrize("file", FILES)
def test_imports_stand_at_the_top(file: str) -> None:
    # An import inside a function hides an edge of the plan or a circle in it.
    inner = [
        node.lineno
        for outer in ast.walk(tree(file))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inner, f"{file} imports inside a function at lines {inner}"


@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith("db/")])
def test_sql_stands_in_db_only(file: str) -> None:
    for line, text in literals(file):
        assert not SQL.search(text), f"{file}:{line} holds SQL: {text[:60]!r}"


@pytest.mark.parametrize("file", FILES)
def test_everything_public_says_what_it_is(file: str) -> None:
    module = tree(file)
    assert ast.get_docstring(module), f"{file} has no docstring"
    # An error says what it means in `help`, which readers see, too.
    silent = [
        node.name
        for node in public_definitions(module)
        if not ast.get_docstring(node)
        and not (file == "factcheck/errors.py" and isinstance(node, ast.ClassDef))
    ]
    assert not silent, f"{file}: no docstring on {silent}"


def test_the_search_for_sql_finds_sql() -> None:
    found = [
        text for file in FILES if file.startswith("db/") for _, text in literals(file) if SQL.search(text)
    ]
    assert len(found) > 30


def test_no_module_has_a_name_that_says_nothing() -> None:
    for file in FILES:
        assert not VAGUE_NAMES & {*Path(file).with_suffix("").parts}, file


def test_every_package_has_a_docstring() -> None:
    folders = {(ROOT / file).parent for file in FILES} - {ROOT}
    for folder in folders:
        assert (folder / "__init__.py").exists(), folder


def part_of(path: str) -> str:
    """Say to which part a file belongs."""
    for part, (paths, _) in HOUSE.items():
        if any(path == each or (each.endswith("/") and path.startswith(each)) for each in paths):
            return part
    return f"no part of the house: {path}"


def path_of(module: str) -> str:
    """Give the file that a module's name means."""
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (ROOT / path).is_dir() else f"{path}.py"


def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text())


def imports(file: str) -> Iterator[str]:
    """Give every module that a file imports, `from package import module` resolved."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if (ROOT / path_of(inner)).exists() else str(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "importlib.import_module",
            "__import__",
        ):
            name = node.args[0]
            # The server alone names the application by its text, as servers do.
            if isinstance(name, ast.Constant) and file != "factcheck/web/serve.py":
                yield str(name.value)


def literals(file: str) -> Iterator[tuple[int, str]]:
    """Give every text of a file but its docstrings, and texts put together from parts."""
    module = tree(file)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | Definition) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(getattr(part, "value", "x")) for part in node.values)


def public_definitions(owner: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Give the classes, functions and methods that others may use."""
    for node in owner.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)
