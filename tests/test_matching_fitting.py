"""Weights are fitted to judged pairs, written, read, and used by the desk that names them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from factcheck.matching.features import NAMES
from factcheck.matching.fitting import Judged, cross_validated, fit, fitted, threshold
from factcheck.matching.weights import NEARNESS, BadWeights, Model, as_data, besides, read_weights
from factcheck.settings import BadSetting, Settings
from factcheck.web.parts import NAME


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Open the same file with these settings; it is closed again."""
    apps: list[Flask] = []

    def opened(**chosen: Any) -> Flask:
        apps.append(create_app(Settings(database=str(tmp_path / "d.db"), **chosen)))
        return apps[-1]

    yield opened
    for app in apps:
        app.extensions[NAME].desk.close()


FEATURES = ("lexical_of_best", "noise")


def made_up(seed: int, texts: int = 60) -> list[Judged]:
    """Make up texts: what is right mostly has more of the first feature; the second means nothing."""
    chance = random.Random(seed)
    lists = []
    for _ in range(texts):
        rows = [[chance.random(), chance.random()] for _ in range(8)]
        right = max(range(8), key=lambda at: rows[at][0] + 0.2 * chance.random())
        lists.append(Judged(rows, [at == right for at in range(8)], 10, 1000.0))
    return lists


def test_it_works() -> None:
    model = fit(FEATURES, made_up(1))
    assert model.ranking[0] > 5 * abs(model.ranking[1])
    unknown = made_up(2)
    best = [max(range(8), key=lambda at: model.rank(each.rows[at])) for each in unknown]
    # What makes one right that has less of the first feature can't be known.
    assert sum(each.same[at] for each, at in zip(unknown, best, strict=True)) > 40


def test_what_it_was_not_fitted_on_gets_scores_that_hold() -> None:
    scores, right = cross_validated(FEATURES, made_up(3, 200))
    assert len(scores) == 400
    assert abs(sum(scores) / len(scores) - sum(right) / len(right)) < 0.05


def test_what_is_taken_away_was_never_there() -> None:
    left = Judged([[1.0, 0.1], [0.5, 0.2], [0.25, 0.3]], [True, False, False], 4, 1000.0).without(FEATURES)
    assert left == Judged([[1.0, 0.2], [0.5, 0.3]], [False, False], 4, 1000.0)


def test_a_threshold_keeps_what_it_promises() -> None:
    assert threshold([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 1.0) == 0.8
    assert threshold([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 0.75) == 0.6
    assert threshold([0.9], [False], 0.9) == 1.0


def test_nothing_is_learned_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing can be learned"):
        fitted(FEATURES, [])


def test_a_single_claim_is_as_far_ahead_as_can_be() -> None:
    assert besides([3.0], 0, 4)[1:4] == [3.0, 10.0, 10.0]
    assert [besides([3.0, 1.0], at, 4)[2] for at in range(2)] == [2.0, -2.0]
    assert besides([3.0, 2.9, 1.0], 0, 4, twins=[0, 1])[2] == 2.0, "a twin takes nothing away"


def test_on_a_larger_desk_the_same_likeness_says_less() -> None:
    model = Model(("a",), (1.0,), (1.0, 0, 0, 0, 0, 0), growth=(-0.5, 0, 0, 0, 0, 0))
    small, large, huge = (model.of_desk(total).chance([1.0, 0, 0, 0, 0, 0]) for total in (1e3, 1e4, 1e7))
    assert small > large == huge


def test_the_packaged_weights_have_all_names() -> None:
    weights = read_weights()
    assert weights.lexical.names == NAMES
    assert weights.semantic is not None
    assert weights.semantic.names == (*NAMES, *NEARNESS)
    assert 0.5 <= weights.lexical.likely < weights.lexical.yes < 1


def test_a_file_of_weights_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text(json.dumps({"lexical": as_data(read_weights().lexical)}))
    assert read_weights(str(file)).lexical == read_weights().lexical
    assert read_weights(str(file)).semantic is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"lexical": {"ranking": {}}}', '{"lexical": 3}'])
def test_a_file_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text(text)
    with pytest.raises(BadWeights, match=r"weights\.json"):
        read_weights(str(file))
    with pytest.raises(BadSetting, match="FACTCHECK_MATCHING_WEIGHTS"):
        create_app(Settings(database=str(tmp_path / "d.db"), matching_weights=str(file)))


def test_a_desk_fits_its_own_weights_and_uses_them(desk: Callable[..., Flask], tmp_path: Path) -> None:
    app = desk()
    run = app.test_cli_runner().invoke
    assert run(args=["demo"]).exit_code == 0
    texts = app.test_client().get("/v1/claims?limit=100").get_json()["items"]
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"{each['text']} – they say\t{each['id']}\ttrue\n" for each in texts))
    out = tmp_path / "own.json"
    told = run(args=["fit-matching", str(pairs), "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert f"Fitted on {len(texts)} texts" in told.output
    own = desk(matching_weights=str(out))
    path, query = "/v1/match", {"text": texts[0]["text"]}
    ours, theirs = (each.test_client().get(path, query_string=query).get_json() for each in (own, app))
    assert ours["items"][0]["claim"]["id"] == theirs["items"][0]["claim"]["id"] == texts[0]["id"]
    assert ours["items"][0]["score"] != theirs["items"][0]["score"]


NO_PAIRS = (
    "text only",
    '{"text": "a", "claim": 1}',
    '{"text": 1, "claim": 1, "same": true}',
    "a\t1\tmaybe",
    "[]",
)


@pytest.mark.parametrize("line", NO_PAIRS)
def test_what_is_no_pair_is_told_with_its_line(line: str, desk: Callable[..., Flask]) -> None:
    told = desk().test_cli_runner().invoke(args=["fit-matching", "-"], input=f"\n{line}\n")
    assert told.exit_code == 1
    assert "Line 2 is no pair" in told.output
