"""What texts mean, as a model places them: vectors that lie near one another where meanings do.

This and bert.py are the only modules that need the semantic extra (requirements-semantic.txt);
models.py opens them where a model is set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from factcheck.matching.nearness import Kept, Nearness

# Longer texts are cut: what is claimed stands at the beginning, and time grows with length.
MOST_TOKENS: Final = 128
_BYTES: Final = 127
# What is put in quotes, and how, is no part of what is said; the same words are to have one place.
_QUOTES = re.compile(r"[\"“”„«»]|(?<!\w)['‘’]|['‘’](?!\w)")


class TextMeaning:
    """What a text means to a model."""

    def __init__(self, model: str, vector: Any, signs: _Signs) -> None:
        """Keep where the text lies.

        Args:
            vector: of length 1.
            signs: of the claims beside the model.
        """
        self.model = model
        self._vector, self._signs = vector, signs

    def nearness(self, kept: Mapping[int, bytes]) -> dict[int, Nearness]:
        """Say how near claims are."""
        return {claim_id: self._near(_vectors(vectors)) for claim_id, vectors in kept.items()}

    def nearest(self, most: int) -> list[int]:
        """Give the claims that seem nearest, of those that were put beside the model."""
        return self._signs.nearest(self._vector, most)

    def _near(self, vectors: Any) -> Nearness:
        each = vectors @ self._vector
        middle = _middle(vectors)
        return Nearness(
            statement=float(each[0]),
            best=float(each.max()),
            whole=float(middle @ self._vector / np.linalg.norm(middle)),
        )


class MeaningModel:
    """A model that gives each text its place; it is read when the first text comes."""

    def __init__(self, folder: Path, cache: Path) -> None:
        """Find the model's files, and write its small form if that is not there yet.

        Args:
            folder: tokenizer.json beside an .onnx file, or beside config.json and model.safetensors.
            cache: the folder where the small form is kept.

        Raises:
            OSError: a file is missing, or the cache can't be written.
            ValueError: the model is of a kind that can't be run.
        """
        self._tokenizer_file = folder / "tokenizer.json"
        ready = sorted(folder.glob("*.onnx"))
        weights = ready[0] if ready else folder / "model.safetensors"
        digest = sha256(self._tokenizer_file.read_bytes())
        with weights.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
        # Vectors of one model mean nothing to another, so this is kept beside each.
        self.name = digest.hexdigest()[:16]
        self._graph = weights if ready else cache / f"{self.name}.onnx"
        if not self._graph.exists():
            # What writes graphs is large, and nobody else needs it.
            import_module("factcheck.matching.bert").write_small(folder, self._graph)
        self._takes_first = _takes_first(folder)
        self._mutex = Lock()
        self._opened: _Opened | None = None
        self._signs = _Signs()
        self._try_out()

    def placed(self, texts: Sequence[str]) -> Any:
        """Give a unit vector for each text, as rows of 32-bit floats.

        One after the other: in company a text would get a slightly different place, since the numbers
        of a batch are rounded together, and the same question must have the same answer.
        """
        return np.stack([self._place(text) for text in texts])

    def kept(self, texts: Sequence[str]) -> Kept:
        """Place a claim's texts.

        A direction takes a byte a dimension. How long a vector is after rounding follows from its
        bytes, so no scale is kept.

        Args:
            texts: the claim's own first; at most 255.
        """
        vectors = self.placed(texts)
        scale = _BYTES / np.abs(vectors).max(axis=1, keepdims=True)
        directions = np.rint(vectors * scale).astype(np.int8).tobytes()
        return Kept(bytes([len(texts)]) + directions, _signs(_middle(vectors)))

    def meaning(self, text: str) -> TextMeaning:
        """Place what is asked."""
        return TextMeaning(self.name, self._place(text), self._signs)

    def put(self, signs: Mapping[int, bytes]) -> None:
        """Put claims beside the model, to be found by what is asked later."""
        self._signs.put(signs)

    def _place(self, text: str) -> Any:
        opened = self._open()
        found = opened.tokenizer.encode(" ".join(_QUOTES.sub(" ", text).split()))
        given = {
            "input_ids": found.ids,
            "attention_mask": found.attention_mask,
            "token_type_ids": found.type_ids,
        }
        inputs = {name: np.array([given[name]], np.int64) for name in opened.inputs}
        (out,) = opened.session.run([opened.output], inputs)
        # Either a vector for the text already, or one for each of its tokens.
        vector = out[0] if out.ndim == 2 else out[0, 0] if self._takes_first else out[0].mean(axis=0)
        return vector / np.linalg.norm(vector)

    def _try_out(self) -> None:
        """See that the files are what they should be, and let go of them.

        The server is forked after this, and what runs the model must not be carried across.
        """
        try:
            self._place("")
        except Exception as fault:  # noqa: BLE001 - each library has its own for files that it can't read
            raise ValueError(" ".join(str(fault).split())) from None
        self._opened = None

    def _open(self) -> _Opened:
        with self._mutex:
            if self._opened is None:
                self._opened = _opened(self._tokenizer_file, self._graph)
            return self._opened


class _Signs:
    """Of each claim on which side of each dimension it lies: a bit each, so that all fit in memory.

    Texts that lie on the same sides of most dimensions are near (Charikar, 2002, with the axes for
    random planes). It finds candidates; how near those are is reckoned from their vectors.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._places: dict[int, int] = {}
        self._claims = np.zeros(0, np.int64)
        # Dimensions by claims, 64 to a number: what is compared at once lies together.
        self._bits = np.zeros((0, 0), np.uint64)

    def put(self, signs: Mapping[int, bytes]) -> None:
        if not signs:
            return
        with self._mutex:
            for claim_id in signs.keys() - self._places.keys():
                self._places[claim_id] = len(self._places)
            bits = np.frombuffer(b"".join(signs.values()), np.uint64).reshape(len(signs), -1)
            if len(self._places) > len(self._claims):
                self._grow(bits.shape[1])
            places = [self._places[claim_id] for claim_id in signs]
            self._claims[places], self._bits[:, places] = list(signs), bits.T

    def nearest(self, vector: Any, most: int) -> list[int]:
        with self._mutex:
            count, claims, bits = len(self._places), self._claims, self._bits
        if not count:
            return []
        apart = np.zeros(count, np.uint16)
        for row, wanted in zip(bits, np.frombuffer(_signs(vector), np.uint64), strict=True):
            apart += np.bitwise_count(row[:count] ^ wanted)
        most = min(most, count)
        return [int(claims[place]) for place in np.argpartition(apart, most - 1)[:most]]

    def _grow(self, width: int) -> None:
        """Make room for more; whoever reads meanwhile goes on with what there was."""
        room = len(self._places) * 3 // 2
        claims, bits = np.zeros(room, np.int64), np.zeros((width, room), np.uint64)
        claims[: len(self._claims)] = self._claims
        bits[: len(self._bits), : len(self._claims)] = self._bits
        self._claims, self._bits = claims, bits


def _signs(vector: Any) -> bytes:
    packed = np.packbits(vector > 0)
    signs: bytes = np.pad(packed, (0, -len(packed) % 8)).tobytes()
    return signs


def _vectors(kept: bytes) -> Any:
    """Read the unit vectors that were kept of a claim, its own text's first."""
    vectors = np.frombuffer(kept, np.int8, offset=1).reshape(kept[0], -1).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _middle(vectors: Any) -> Any:
    """Give the direction between what a claim says and what is said about it, however much that is."""
    return vectors[0] + vectors[1:].mean(axis=0) if len(vectors) > 1 else vectors[0]


class _Opened(NamedTuple):
    tokenizer: Any
    session: Any
    inputs: list[str]
    output: str


def _opened(tokenizer_file: Path, graph: Path) -> _Opened:
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    # Requests are answered side by side; threads of their own would stand in one another's way.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    outputs = session.get_outputs()
    of_text = [each.name for each in outputs if len(each.shape) == 2]
    inputs = [each.name for each in session.get_inputs()]
    return _Opened(tokenizer, session, inputs, (of_text or [outputs[0].name])[0])


def _takes_first(folder: Path) -> bool:
    """Say whether the model gives a text's meaning with its first token; most give it in the mean of all."""
    described = folder / "1_Pooling" / "config.json"
    return described.exists() and bool(json.loads(described.read_text()).get("pooling_mode_cls_token"))
