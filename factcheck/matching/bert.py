"""The graph of a BERT encoder, written from the weights and the description that a model comes with.

Models are published as weights for other programs; onnxruntime runs graphs. The graph here
takes what an exported one takes (input_ids, attention_mask, token_type_ids) and gives a vector for each
token. (Devlin et al., BERT, 2018: word, position and type are added; in each layer attention, then a
feed-forward net, and after either its input is added and the sum normalised.)
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

# The first version of the operators that has Gelu; onnxruntime reads the format of files since long.
_OPERATORS: Final = 20
_FORMAT: Final = 9
# What is added to the attention for padding: as good as minus infinity.
_NOT_SEEN: Final = -1e9
_ACTIVATIONS: Final = {"gelu": "none", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}


class NotBert(ValueError):
    """A model of another kind than this graph; the message says what was expected."""


def bert_graph(folder: Path) -> ModelProto:
    """Write the graph of the model in a folder.

    Args:
        folder: holds config.json and model.safetensors.

    Raises:
        NotBert: the model is of another kind.
        OSError: a file is missing or can't be read.
    """
    shape = json.loads((folder / "config.json").read_text())
    if shape.get("model_type") != "bert" or shape.get("hidden_act") not in _ACTIVATIONS:
        raise NotBert("it is no BERT encoder with GELU, so it needs a model.onnx, as exporters write it")
    weights = load_file(folder / "model.safetensors")
    # Exporters of the whole network put the encoder under this name.
    return _Graph(shape, {name.removeprefix("bert."): value for name, value in weights.items()}).written()


def write_small(folder: Path, graph: Path) -> None:
    """Write the graph of the model in a folder with weights of eight bits; whole or not at all.

    Args:
        graph: the file to be written.

    Raises:
        NotBert: the model is of another kind.
        OSError: a file is missing, or can't be read or written.
    """
    graph.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=graph.parent) as beside:
        small = Path(beside) / graph.name
        quantize_dynamic(bert_graph(folder), small, weight_type=QuantType.QInt8, per_channel=True)
        # Several processes may start at once; each writes its own, and the last one stays.
        small.replace(graph)


class _Graph:
    def __init__(self, shape: dict[str, Any], weights: dict[str, Any]) -> None:
        self._shape, self._weights = shape, weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def written(self) -> ModelProto:
        x = self._embedded()
        bias = self._bias()
        for layer in range(self._shape["num_hidden_layers"]):
            x = self._layer(f"encoder.layer.{layer}.", x, bias)
        self._nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
        names = ("input_ids", "attention_mask", "token_type_ids")
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in names],
            [
                helper.make_tensor_value_info(
                    "last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", self._shape["hidden_size"]]
                )
            ],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPERATORS)], ir_version=_FORMAT
        )
        # There is nothing left to simplify, and the quantiser need not recommend it.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        checker.check_model(model)
        return model

    def _do(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a step, and give the name of what it gives."""
        given = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [given], name=given, **attributes))
        return given

    def _constant(self, value: Any, kind: Any = np.float32) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def _whole(self, *numbers: int) -> str:
        return self._constant(numbers, np.int64)

    def _embedded(self) -> str:
        tables = {
            of: self._constant(self._weights[f"embeddings.{of}_embeddings.weight"])
            for of in ("word", "position", "token_type")
        }
        length = self._do("Slice", self._do("Shape", "input_ids"), self._whole(1), self._whole(2))
        places = self._do("Slice", tables["position"], self._whole(0), length, self._whole(0))
        words = self._do("Gather", tables["word"], "input_ids")
        kinds = self._do("Gather", tables["token_type"], "token_type_ids")
        return self._normed("embeddings.LayerNorm", self._do("Add", self._do("Add", words, kinds), places))

    def _bias(self) -> str:
        """Give what is added to the attention of each token to each other: nothing, but for padding."""
        seen = self._do("Cast", "attention_mask", to=TensorProto.FLOAT)
        unseen = self._do("Sub", self._constant([1.0]), seen)
        return self._do("Unsqueeze", self._do("Mul", unseen, self._constant([_NOT_SEEN])), self._whole(1, 2))

    def _layer(self, prefix: str, x: str, bias: str) -> str:
        size, heads = self._shape["hidden_size"], self._shape["num_attention_heads"]
        of_each = size // heads
        apart, together = self._whole(0, 0, heads, of_each), self._whole(0, 0, size)

        def heads_of(name: str, order: list[int]) -> str:
            all_at_once = self._linear(f"{prefix}attention.self.{name}", x)
            return self._do("Transpose", self._do("Reshape", all_at_once, apart), perm=order)

        asked = heads_of("query", [0, 2, 1, 3])
        keys = heads_of("key", [0, 2, 3, 1])
        values = heads_of("value", [0, 2, 1, 3])
        scale = self._constant([of_each**-0.5])
        nearness = self._do("Add", self._do("Mul", self._do("MatMul", asked, keys), scale), bias)
        mixed = self._do("MatMul", self._do("Softmax", nearness, axis=-1), values)
        mixed = self._do("Reshape", self._do("Transpose", mixed, perm=[0, 2, 1, 3]), together)
        attended = self._linear(f"{prefix}attention.output.dense", mixed)
        x = self._normed(f"{prefix}attention.output.LayerNorm", self._do("Add", x, attended))
        inner = self._linear(f"{prefix}intermediate.dense", x)
        inner = self._do("Gelu", inner, approximate=_ACTIVATIONS[self._shape["hidden_act"]])
        outer = self._linear(f"{prefix}output.dense", inner)
        return self._normed(f"{prefix}output.LayerNorm", self._do("Add", x, outer))

    def _linear(self, name: str, x: str) -> str:
        weight = self._constant(self._weights[f"{name}.weight"].T)
        return self._do("Add", self._do("MatMul", x, weight), self._constant(self._weights[f"{name}.bias"]))

    def _normed(self, name: str, x: str) -> str:
        weight, bias = (self._constant(self._weights[f"{name}.{of}"]) for of in ("weight", "bias"))
        return self._do("LayerNormalization", x, weight, bias, axis=-1, epsilon=self._shape["layer_norm_eps"])
