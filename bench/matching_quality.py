"""How good matching is: `python -m bench --matching FOLDER`, on texts of which it is known what they repeat.

FOLDER has claims.jsonl (id, claim, title) and train and dev, each as .queries.tsv (id, text) and
.qrels.tsv (id of the text, id of a claim that says the same). The claims are put on a desk's file and
asked for as the web does. Weights are cross-validated: no text is ranked by weights that were fitted on it.
Each text is asked twice: with its claim on the desk, and without it and its twins.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from db import Database, Desk, connect
from factcheck.matching.asked import Asked, asked
from factcheck.matching.features import NAMES
from factcheck.matching.fitting import FOLDS, Judged, firsts, fit, fitted, judged
from factcheck.matching.ranking import Candidate, Match, ranked
from factcheck.matching.weights import Weights
from factcheck.settings import Settings
from factcheck.workflow.founding import bring_up_to_date
from factcheck.workflow.indexing import keep
from factcheck.workflow.matching import Found, candidates

VARIANTS = ("title of a source", "title before the text", "no title")
BATCH = 2_000
WORST = 10


@dataclass(frozen=True)
class Asking:
    """A text that was asked, and what was found for it."""

    text: str
    asked: Asked
    right: frozenset[int]
    found: Found
    judged: Judged

    def matches(self, weights: Weights, *, there: bool = True) -> list[Match]:
        """Rank what was found, with what is right or without it."""
        kept = self.found.candidates
        if not there:
            kept = [each for each in kept if each.claim_id not in self.same]
        return ranked(self.asked, kept, self.found.frequencies, self.found.total, weights=weights)

    @property
    def same(self) -> frozenset[int]:
        """The claims that are right, and those that say so in the same words."""
        order = sorted(self.found.candidates, key=lambda each: -each.score)
        twins = [each.claim_id for each, same in zip(order, self.judged.same, strict=False) if same]
        return self.right | frozenset(twins)


@dataclass(frozen=True)
class Ranking:
    """What a text got from weights that do not know it."""

    asking: Asking
    there: list[Match]
    gone: list[Match]


def show(folder: Path) -> None:
    """Measure every way in which a title may stand on the desk, and print what was found."""
    for variant in VARIANTS:
        askings = _asked(folder, variant)
        rankings = _cross_validated(askings, NAMES)
        print(f"\n## {variant}, {len(askings)} texts\n")
        print(f"recall of the first hundred {_mean(_recall(each) for each in askings):.4f}")
        print(f"in the index's order: MAP@5 {_mean(_in_order(each) for each in askings):.4f}")
        _tell(rankings)
        if variant == VARIANTS[0]:
            _ablation(askings)
            _worst(folder, rankings)


def _tell(rankings: Sequence[Ranking]) -> None:
    for depth in (1, 5):
        print(
            f"MAP@{depth} {_mean(_precision(each.there, each.asking.right, depth) for each in rankings):.4f}"
        )
    tops, scored = _decisions(rankings)
    print(f"AUC, right at the top against all else {_auc(tops):.4f}")
    print(f"AUC, there against gone {_auc(_presence(rankings)):.4f}")
    said = [
        (each[0].same, each[0].claim_id in ranking.asking.same)
        for ranking in rankings
        for each in _lists(ranking)
    ]
    for word in ("yes", "likely", "related"):
        good = [right for same, right in said if same == word]
        print(f"`{word}` at the top: {len(good)}, right {_mean(good):.3f}")
    vetoed = [
        each
        for each in rankings
        if each.there and each.there[0].claim_id in each.asking.same and _against(each.there[0])
    ]
    print(f"right ones at the top that are called another figure or denied: {len(vetoed)}")
    print("\n| score | matches | mean score | the same |\n| --- | --- | --- | --- |")
    for low in range(10):
        here = [each for each in scored if low <= each[0] * 10 < low + 1 or (low == 9 and each[0] == 1)]
        if here:
            mean, right = _mean(score for score, _ in here), _mean(right for _, right in here)
            print(f"| {low / 10:.1f}–{low / 10 + 0.1:.1f} | {len(here)} | {mean:.3f} | {right:.3f} |")


def _ablation(askings: Sequence[Asking]) -> None:
    print("\n| without | MAP@5 | AUC |\n| --- | --- | --- |")
    for left_out in (None, *NAMES):
        names = [name for name in NAMES if name != left_out]
        scores, tops = _of_features(askings, names)
        print(f"| {left_out or 'nothing'} | {_mean(scores):.4f} | {_auc(tops):.4f} |", flush=True)


def _of_features(askings: Sequence[Asking], names: list[str]) -> tuple[list[float], list[tuple[float, bool]]]:
    """Rank by some features only; nearly as `ranked` does."""
    columns = [NAMES.index(name) for name in names]
    cut = [
        replace(each.judged, rows=[[row[at] for at in columns] for row in each.judged.rows])
        for each in askings
    ]
    scores, tops = [], []
    for fold, without in _folds(cut):
        model = fit(names, without)
        for at in fold:
            order = sorted(askings[at].found.candidates, key=lambda each: -each.score)
            ranks = [(model.rank(row), -place) for place, row in enumerate(cut[at].rows)]
            best = [Match(order[-place].claim_id, 0, "") for _, place in sorted(ranks, reverse=True)]
            scores.append(_precision(best, askings[at].right, 5))
            rows, right = firsts(model, [cut[at]], most=1)
            tops += zip(map(model.of_desk(cut[at].total).chance, rows), right, strict=True)
    return scores, tops


def _worst(folder: Path, rankings: Sequence[Ranking]) -> None:
    """Show the surest of the matches that are wrong, and the right ones furthest down."""
    claims = [json.loads(line) for line in (folder / "claims.jsonl").open()]
    wrong = [each for each in rankings if each.there and each.there[0].claim_id not in each.asking.same]
    wrong.sort(key=lambda each: -each.there[0].score)
    print("\nThe surest that are wrong:")
    for each in wrong[:WORST]:
        places = [match.claim_id for match in each.there]
        print(f"- {each.there[0].score:.2f} {each.asking.text[:200]!r}")
        print(f"    first: {claims[each.there[0].claim_id - 1]['claim'][:150]}")
        for number in each.asking.right:
            place = places.index(number) + 1 if number in places else "not found"
            print(f"    right, {place}: {claims[number - 1]['claim'][:150]}")


def _asked(folder: Path, variant: str) -> list[Asking]:
    """Put the claims on a desk, and ask it all texts."""
    claims = [json.loads(line) for line in (folder / "claims.jsonl").open()]
    numbers = {claim["id"]: number for number, claim in enumerate(claims, 1)}
    with tempfile.TemporaryDirectory() as place:
        path = f"{place}/desk.db"
        desk = Desk(path)
        bring_up_to_date(desk, Settings(database=path))
        begun = time.process_time()
        _filled(path, [_content(claim, variant) for claim in claims])
        print(f"\n{len(claims)} claims indexed in {time.process_time() - begun:.1f} s of CPU")
        askings = [
            _asking(desk.db, text, {numbers[each] for each in right}) for text, right in _texts(folder)
        ]
        desk.close()
    return askings


def _asking(db: Database, text: str, right: set[int]) -> Asking:
    taken = asked(text)
    found = candidates(db, taken.terms)
    return Asking(
        text,
        taken,
        frozenset(right),
        found,
        judged(taken, found.candidates, found.frequencies, found.total, right),
    )


def _filled(path: str, contents: Sequence[dict[str, Any]]) -> None:
    db = connect(path)
    db.conn.execute("PRAGMA foreign_keys = OFF")
    for first in range(0, len(contents), BATCH):
        db.conn.execute("BEGIN")
        keep(db, dict(enumerate(contents[first : first + BATCH], first + 1)))
        db.conn.execute("COMMIT")
    db.conn.close()


def _content(claim: dict[str, str], variant: str) -> dict[str, Any]:
    text, title = claim["claim"], claim["title"]
    before = title if title.endswith((".", "?", "!")) else f"{title}."
    return {
        "text": f"{before} {text}" if variant == VARIANTS[1] else text,
        "claimant": {"name": "somebody"},
        "claimed_on": None,
        "language": "en",
        "figure": None,
        "sources": [{"source": {"title": title}, "quote": None}] if variant == VARIANTS[0] else [],
        "verdicts": [],
    }


def _texts(folder: Path) -> Iterator[tuple[str, set[str]]]:
    for part in ("train", "dev"):
        right = defaultdict(set)
        for line in (folder / f"{part}.qrels.tsv").open():
            text_id, claim_id = line.rstrip("\n").split("\t")
            right[text_id].add(claim_id)
        for line in (folder / f"{part}.queries.tsv").open():
            text_id, text = line.rstrip("\n").split("\t", 1)
            yield text, right[text_id]


def _folds(lists: Sequence[Judged]) -> Iterator[tuple[list[int], list[Judged]]]:
    order = list(range(len(lists)))
    random.Random(1).shuffle(order)
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        yield held, [lists[at] for at in set(order) - set(held)]


def _cross_validated(askings: Sequence[Asking], names: Sequence[str]) -> list[Ranking]:
    rankings = []
    for fold, without in _folds([each.judged for each in askings]):
        weights = Weights(fitted(names, without), None)
        for at in fold:
            asking = askings[at]
            rankings.append(Ranking(asking, asking.matches(weights), asking.matches(weights, there=False)))
    return rankings


def _lists(ranking: Ranking) -> list[list[Match]]:
    return [each for each in (ranking.there, ranking.gone) if each]


def _against(match: Match) -> bool:
    return any(each["kind"] in ("other_figure", "one_denies_it") for each in match.why)


def _decisions(rankings: Sequence[Ranking]) -> tuple[list[tuple[float, bool]], list[tuple[float, bool]]]:
    """Give score and rightness of what is first, and of the first five."""
    tops, scored = [], []
    for ranking in rankings:
        for matches in _lists(ranking):
            pairs = [(each.score, each.claim_id in ranking.asking.same) for each in matches[:5]]
            tops.append(pairs[0])
            scored += pairs
    return tops, scored


def _presence(rankings: Sequence[Ranking]) -> list[tuple[float, bool]]:
    pairs = []
    for each in rankings:
        pairs.append((each.there[0].score if each.there else 0.0, True))
        pairs.append((each.gone[0].score if each.gone else 0.0, False))
    return pairs


def _recall(asking: Asking) -> float:
    return len(asking.right & {each.claim_id for each in asking.found.candidates}) / len(asking.right)


def _in_order(asking: Asking) -> float:
    order: list[Candidate] = sorted(asking.found.candidates, key=lambda each: -each.score)
    return _precision([Match(each.claim_id, 0, "") for each in order], asking.right, 5)


def _precision(matches: Sequence[Match], right: frozenset[int], depth: int) -> float:
    hits, total = 0, 0.0
    for place, match in enumerate(matches[:depth], 1):
        if match.claim_id in right:
            hits += 1
            total += hits / place
    return total / len(right)


def _auc(pairs: Sequence[tuple[float, bool]]) -> float:
    """Give how often a right one scores higher than a wrong one (ties count half)."""
    order = sorted(pairs)
    rights = sum(right for _, right in order)
    total, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and order[end][0] == order[at][0]:
            end += 1
        total += sum(right for _, right in order[at:end]) * (at + end + 1) / 2
        at = end
    return (total - rights * (rights + 1) / 2) / (rights * (len(order) - rights))


def _mean(values: Any) -> float:
    given = list(values)
    return sum(given) / len(given) if given else 0.0
