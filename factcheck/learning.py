"""A command: fit what matching weighs to pairs that people have judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click
from flask.cli import with_appcontext

from factcheck.dates import now
from factcheck.matching.features import NAMES
from factcheck.matching.fitting import fitted
from factcheck.matching.weights import as_data
from factcheck.web.parts import parts
from factcheck.workflow.learning import Pair, lesson

_FEW = 100


@click.command("fit-matching")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; standard output otherwise.",
)
@with_appcontext
def fit_matching(file: TextIO, out: Path | None) -> None:
    """Fit what matching weighs to judged pairs, and write the file of weights.

    FILE has a pair a line: JSON such as {"text": "…", "claim": 12, "same": true}, or the same three with
    tabs between. "claim" is the number of a claim of this desk, or its ref as a text. Every other claim
    that is found for a text counts as wrong, so pairs that are not the same are welcome, not needed; some
    hundred that are should be there. The desk uses the file once FACTCHECK_MATCHING_WEIGHTS names it.
    """
    learned = lesson(parts().desk.db, list(_pairs(file)))
    for claim in learned.unknown:
        click.echo(f"No claim {claim} on this desk.", err=True)
    count = len(learned.lists)
    if count < _FEW:
        click.echo(f"Few texts to learn from: {count}. The weights that come along may do better.", err=True)
    provenance = f"Fitted on {count} texts whose claims people named, {now()[:10]}."
    try:
        model = fitted(NAMES, learned.lists)
    except ValueError as fault:
        raise click.ClickException(f"Nothing was fitted: {fault}.") from None
    text = json.dumps({"provenance": provenance, "lexical": as_data(model)}, indent=2, ensure_ascii=False)
    if out is None:
        click.echo(text)
    else:
        out.write_text(f"{text}\n", encoding="utf-8")
    click.echo(f"Fitted on {count} texts; {len(learned.missed)} whose claim was not found.", err=True)


def _pairs(file: TextIO) -> Iterator[Pair]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield _pair(line)
            except (ValueError, KeyError, TypeError):
                said = f'Line {number} is no pair such as {{"text": "…", "claim": 12, "same": true}}.'
                raise click.ClickException(said) from None


def _pair(line: str) -> Pair:
    if line.lstrip().startswith("{"):
        given: dict[str, Any] = json.loads(line)
        text, claim, same = given["text"], given["claim"], given["same"]
    else:
        text, claim, same = line.rstrip("\r\n").split("\t")
        claim = int(claim) if claim.isascii() and claim.isdigit() else claim
        same = {"true": True, "1": True, "false": False, "0": False}[same.strip().lower()]
    if not (isinstance(text, str) and isinstance(claim, int | str) and isinstance(same, bool)):
        raise TypeError
    return Pair(text, claim, same)


COMMANDS = (fit_matching,)
