"""Answers a line `INDEX BATCH LENGTH` on standard input with the CPU seconds that one run of ONNX Runtime took.

Arguments: a BERT checkpoint, then a folder for the models. INDEX 0 is f32 in the fused operators that ONNX Runtime's own
optimizer for transformers makes, 1 the same with int8 weights and activations (dynamic quantization). The graph is written
here, so that neither torch nor transformers are needed: `pip install numpy onnx onnxruntime`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
config = json.loads((checkpoint / "config.json").read_text())


def tensors():
    raw = (checkpoint / "model.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    types = {"F16": np.float16, "F32": np.float32}
    found = {}
    for name, place in header.items():
        if place.get("dtype") in types:
            begin, end = (8 + length + offset for offset in place["data_offsets"])
            values = np.frombuffer(raw[begin:end], types[place["dtype"]])
            found[name] = values.astype(np.float32).reshape(place["shape"])
    return found


class Graph:
    """Nodes and constants, named as they come."""

    def __init__(self):
        self.weights, self.nodes, self.constants = tensors(), [], []

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name):
        return self.constant(self.weights[name])

    def node(self, kind, inputs, domain="com.microsoft", outputs=1, **attributes):
        names = [f"n{len(self.nodes)}_{at}" for at in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def product(self, rows, name):
        return self.node("MatMul", [rows, self.constant(self.weights[name].T)], domain="")

    def norm(self, rows, added, norm, bias):
        inputs = [rows, added, self.weight(norm + ".weight"), self.weight(norm + ".bias"), self.weight(bias)]
        return self.node("SkipLayerNormalization", inputs, epsilon=config["layer_norm_eps"])

    def layer(self, rows, name, mask):
        parts = [f"{name}.attention.self.{part}" for part in ["query", "key", "value"]]
        weight = self.constant(np.concatenate([self.weights[part + ".weight"] for part in parts]).T)
        bias = self.constant(np.concatenate([self.weights[part + ".bias"] for part in parts]))
        context = self.node("Attention", [rows, weight, bias, mask], num_heads=config["num_attention_heads"])
        out = f"{name}.attention.output"
        rows = self.norm(self.product(context, out + ".dense.weight"), rows, out + ".LayerNorm", out + ".dense.bias")
        up = f"{name}.intermediate.dense"
        inner = self.node("BiasGelu", [self.product(rows, up + ".weight"), self.weight(up + ".bias")])
        out = f"{name}.output"
        return self.norm(self.product(inner, out + ".dense.weight"), rows, out + ".LayerNorm", out + ".dense.bias")


def export():
    graph = Graph()
    table = "embeddings."
    positions = graph.weights[table + "position_embeddings.weight"]
    positions = positions + graph.weights[table + "token_type_embeddings.weight"][0]
    tables = [graph.weight(table + "word_embeddings.weight"), graph.constant(positions), ""]
    norm = [graph.weight(table + "LayerNorm.weight"), graph.weight(table + "LayerNorm.bias")]
    inputs = ["ids", "", *tables, *norm, "mask"]
    rows, mask = graph.node("EmbedLayerNormalization", inputs, outputs=2, epsilon=config["layer_norm_eps"])
    for layer in range(config["num_hidden_layers"]):
        rows = graph.layer(rows, f"encoder.layer.{layer}", mask)
    graph.nodes.append(helper.make_node("Identity", [rows], ["states"]))
    shape = ["batch", "length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, shape) for name in ["ids", "mask"]]
    states = helper.make_tensor_value_info("states", TensorProto.FLOAT, [*shape, config["hidden_size"]])
    body = helper.make_graph(graph.nodes, "bert", inputs, [states], graph.constants)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(body, opset_imports=imports)
    model.ir_version = 8
    onnx.save(model, folder / "f32.onnx")
    quantize_dynamic(folder / "f32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8,
                     extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def session(name):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])


export()
sessions = [session("f32.onnx"), session("int8.onnx")]
print(ort.__version__, flush=True)
for line in sys.stdin:
    index, batch, length = map(int, line.split())
    ids = np.tile(1000 + np.arange(length, dtype=np.int32) % 500, (batch, 1))
    start = time.process_time()
    sessions[index].run(None, {"ids": ids, "mask": np.ones_like(ids)})
    print(time.process_time() - start, flush=True)
