"""A claim's family, as people paste it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factcheck.wording import counted, spoken

Content = Mapping[str, Any]

_SAID = {
    "same": "Says the same",
    "narrower": "Narrower",
    "broader": "Broader",
    "contradicts": "Contradicts it",
    "newer": "Newer figure",
    "older": "Older figure",
}
_OF_A_CLAIM = ("id", "text", "claimant", "claimed_on", "status", "rating", "stage")


def rows(content: Content) -> Iterator[Sequence[object]]:
    """Write a row for each claim of the family, and one for each link that waits for a decision."""
    yield "relation", "claim", *_OF_A_CLAIM[1:], "path"
    for relation in _SAID:
        for each in content[relation]["items"]:
            yield relation, *(each[name] for name in _OF_A_CLAIM), _way(each)
    for link in content["suggested"]:
        yield "suggested", link["other"], *[None] * 6, _told(link)


def text(content: Content) -> str:
    """Write a line for each claim of the family, under what it is to the one asked for."""
    lines = [f"Family of claim {content['claim']}"]
    for relation, said in _SAID.items():
        of = content[relation]
        if of["count"]:
            lines.append(f"{said}: {counted(of['count'], 'claim')}.")
        lines += [
            f"  Claim {each['id']} ({spoken(each['status'])}), {each['claimant']}: "
            f"{' '.join(each['text'].split())} [{_way(each)}]"
            for each in of["items"]
        ]
    lines += [f"Suggested: {_told(link)}." for link in content["suggested"]]
    if len(lines) == 1:
        lines.append("No other claim is linked with it.")
    return "".join(f"{line}\n" for line in lines)


def _told(link: Content) -> str:
    return f"claim {link['claim']} {spoken(link['kind'])} claim {link['other']}"


def _way(each: Content) -> str:
    steps = [f"{each['id']}", *(f"{spoken(step['kind'])} {step['other']}" for step in each["path"])]
    return ", ".join([" ".join(steps[:2]), *steps[2:]])
