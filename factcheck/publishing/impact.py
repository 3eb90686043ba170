"""What rests on a source, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.wording import counted, spoken

Content = Mapping[str, Any]


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each claim and each verdict."""
    yield "claim", "verdict", "text", "stage", "status", "kind", "by", "decides", "path"
    for each in content["claims"]:
        yield (
            each["claim"],
            None,
            each["text"],
            each["stage"],
            each["status"],
            *(None, None, None),
            _way(each),
        )
    for each in content["verdicts"]:
        stage = "published" if each["published"] else None
        yield (
            each["claim"],
            each["verdict"],
            None,
            stage,
            each["status"],
            each["kind"],
            each["by"]["name"],
            each["decides"],
            _way(each),
        )


def text(content: Content) -> str:
    """Write a line for each claim, and one for each verdict."""
    called = content["title"] or content["described_as"] or f"source {content['source']}"
    claims, verdicts = content["claims"], content["verdicts"]
    rests = f"{_listed(content, 'claims', 'claim')} and {_listed(content, 'verdicts', 'standing verdict')}"
    lines = [f"What rests on {called}: {rests}."]
    lines += [
        f"  Claim {each['claim']} ({each['stage']}, {spoken(each['status'])}), by source {_way(each)}: "
        f"{each['text']}"
        for each in claims
    ]
    lines += [
        f"  {each['kind'].capitalize()} {each['verdict']} on claim {each['claim']}, "
        f"{spoken(each['status'])}, by {each['by']['name']}{', which decides' if each['decides'] else ''}, "
        f"by source {_way(each)}"
        for each in verdicts
    ]
    return "".join(f"{line}\n" for line in lines)


def _listed(content: Content, name: str, what: str) -> str:
    """Count what there is, and say how much of it is listed if not all is."""
    total, listed = content[f"{name}_total"], len(content[name])
    return f"{counted(total, what)}{f' (the first {listed} are listed)' if listed < total else ''}"


def _way(each: Content) -> str:
    return " > ".join(map(str, each["path"]))
